//! The ledger on real files.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod crash;
mod join;
mod people;
mod store;
mod values;
