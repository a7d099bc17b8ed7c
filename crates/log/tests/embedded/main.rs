//! The embedded log on real files.

#![allow(
    clippy::unwrap_used,
    reason = "this file and its modules are tests, helpers included"
)]

mod appending;
mod consuming;
mod file;
mod kill;
mod model;
mod retention;
mod support;
