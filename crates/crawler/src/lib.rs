//! Sources to posts and pulses, politely: files, push, feeds.

mod outlet;

pub use outlet::{DeadLetter, Outlet, OutletError};
