//! The ledger on real files.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod crash;
mod erasing;
mod join;
mod outbox;
mod people;
mod store;
mod values;
