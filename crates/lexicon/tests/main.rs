//! The rule language from outside: what is valid and how it is read, every way of being wrong, and
//! what holds for any text.

#![allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it must be"
)]

mod folder;
mod invalid;
mod laws;
mod valid;
