//! Tests of the house, and of the binary just built.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod apart;
mod arrows;
#[path = "../crates/log/tests/kafka/broker.rs"]
#[allow(dead_code, reason = "the tests of the log use the rest")]
mod broker;
mod commands;
mod daemon;
mod deploy;
mod kill;
mod readme;
mod rubbish;
mod support;
