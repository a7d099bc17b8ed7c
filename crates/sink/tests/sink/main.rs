//! The sinks as a daemon meets them: real files, a real server on loopback, real requests.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

mod bench;
mod cards;
mod cards_of_duty;
mod cards_of_people;
mod dispatch;
mod event;
mod file;
mod sample;
mod server;
mod webhook;
mod wecom;
