//! The crawler's shells against real files and real servers on loopback.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

mod feeds;
mod files;
mod pushes;
mod support;
mod topics;
