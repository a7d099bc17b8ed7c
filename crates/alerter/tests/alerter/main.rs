//! The alerter as its neighbours see it: steps in, effects out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod counting;
mod deadlines;
mod deeds;
mod detection;
mod detectors;
mod escalation;
mod evidence;
mod expressions;
mod gathering;
mod holding;
mod holds;
mod kleinberg;
mod labels;
mod laws;
mod listed;
mod meetings;
mod merging;
mod policies;
mod questions;
mod relieved;
mod returning;
mod routes;
mod script;
mod splitting;
mod stories;
mod story;
mod telling;
mod timing;
mod voices;
mod watching;
