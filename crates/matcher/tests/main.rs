//! The matcher from outside: texts of lexicons in, decisions and explanations out.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test binary: helpers panic like tests, and say what they skip"
)]

#[path = "it/support.rs"]
mod support;

#[path = "it/complaints.rs"]
mod complaints;
#[path = "it/corpora.rs"]
mod corpora;
#[path = "it/decisions.rs"]
mod decisions;
#[path = "it/explanations.rs"]
mod explanations;
#[path = "it/folding.rs"]
mod folding;
#[path = "it/spans.rs"]
mod spans;
