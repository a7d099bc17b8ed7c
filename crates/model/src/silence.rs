//! Silences: what people ask not to be told, for a while, and why.

use std::fmt;

use crate::{Actor, Filter, IncidentNumber, Timestamp};

/// The number of a silence, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SilenceNumber(pub u64);

impl fmt::Display for SilenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a silence covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Silenced {
    /// One incident.
    Incident(IncidentNumber),
    /// All that fit.
    Filter(Filter),
}

/// While it lasts, the incidents it covers tell nobody that they opened, rose or are still there,
/// and their escalation stands still. Deadlines speak all the same. What had to wait is told when
/// it ends, as things stand then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Its number.
    pub number: SilenceNumber,
    /// What it covers.
    pub covers: Silenced,
    /// When it begins (wall clock).
    pub from: Timestamp,
    /// When it ends (wall clock): this instant is not part of it.
    pub until: Timestamp,
    /// Who asked for it.
    pub by: Actor,
    /// Why, in a sentence.
    pub reason: String,
}

impl Silence {
    /// Whether it holds at an instant.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}
