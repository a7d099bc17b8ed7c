//! The alerter as its neighbours see it: steps in, effects out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod counting;
mod evidence;
mod expressions;
mod laws;
mod script;
mod timing;
mod watching;
