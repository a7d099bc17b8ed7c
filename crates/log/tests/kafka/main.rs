//! The log on a real Apache Kafka. `cargo xtask kafka up` starts one; without it these tests are
//! skipped, each by its name.

#![allow(
    clippy::unwrap_used,
    reason = "this file and its modules are tests, helpers included"
)]

mod broken;
mod broker;
mod kill;
mod login;
mod order;
mod places;
mod pressure;
mod rebalance;
mod refusals;
mod sole;
mod support;
mod topics;
