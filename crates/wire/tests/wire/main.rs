//! Every shape of the wire: golden files, round trips, and each way of being wrong.

#![allow(
    clippy::unwrap_used,
    reason = "everything here is a test or serves one"
)]

mod borrowing;
mod calendar;
mod faults;
mod golden;
mod incoming;
mod privacy;
mod round_trip;
mod routing;
mod samples;
mod schema;
mod size;
mod times;
