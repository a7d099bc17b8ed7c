//! The alerter as its neighbours see it: steps in, effects out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod counting;
mod deeds;
mod evidence;
mod expressions;
mod laws;
mod merging;
mod returning;
mod script;
mod splitting;
mod story;
mod timing;
