//! Signs of life from a source.

use crate::{SourceId, Timestamp};

/// One source in one minute: was it looked at, what came, what failed. Pulses tell quiet from
/// dead, and missing from zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// The source.
    pub source: SourceId,
    /// The start of the minute spoken of.
    pub minute: Timestamp,
    /// How often it was looked at.
    pub polls: u32,
    /// Posts taken.
    pub posts: u32,
    /// Posts refused, each with an answer or a dead letter.
    pub refused: u32,
    /// Attempts that failed.
    pub errors: u32,
    /// Whether this is its last one: the source has come to its end and is not missed.
    pub ended: bool,
}
