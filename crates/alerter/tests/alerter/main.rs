//! The alerter as its neighbours see it: steps in, effects out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod counting;
mod deadlines;
mod escalation;
mod evidence;
mod expressions;
mod holds;
mod laws;
mod policies;
mod routes;
mod script;
mod timing;
