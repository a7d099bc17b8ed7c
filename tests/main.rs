//! Tests of the house, and of the binary just built.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod arrows;
mod commands;
mod daemon;
mod kill;
mod readme;
mod rubbish;
mod support;
