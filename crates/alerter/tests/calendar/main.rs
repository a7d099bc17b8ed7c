//! Time as people keep it: tables of local times where clocks change, and laws.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod business;
mod clocks;
mod laws;
mod on_call;
mod policy;
mod support;
mod weekly;
