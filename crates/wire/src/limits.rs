//! The bounds of this room, named once. Units are in the names.

/// From this magnitude on, a whole number given as a time counts milliseconds; below it, seconds.
/// As seconds it is the year 5138, as milliseconds it is March 1973: no post is misread.
pub const EPOCH_MILLIS_FROM: i64 = 100_000_000_000;

/// As many characters of a wrong value are shown in an error.
pub const MAX_SHOWN_CHARS: usize = 40;

/// Names of services, and as many of sources, that a [`PostReader`](crate::PostReader) remembers:
/// names of at most 512 bytes, so that they hold 64 KiB each at most.
pub const REMEMBERED_NAMES: usize = 128;
