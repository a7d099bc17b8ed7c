//! What people and the daemon itself ask of the alerter.

use std::fmt;

use crate::{Deed, IdError, IncidentNumber, Policy, PostId, Timestamp};

/// Who asks: a name for the audit trail, of somebody who works with Fengbiao, never of an author.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Actor(String);

impl Actor {
    /// The daemon itself.
    #[must_use]
    pub fn daemon() -> Self {
        Self("fengbiao".to_owned())
    }

    /// A name of 1 to 128 bytes without control characters.
    pub fn new(name: impl Into<String>) -> Result<Self, IdError> {
        let name = name.into();
        if name.trim().is_empty() {
            return Err(IdError::Empty);
        }
        if name.len() > 128 {
            return Err(IdError::TooLong {
                bytes: name.len(),
                limit: 128,
            });
        }
        match name.char_indices().find(|(_, c)| c.is_control()) {
            Some((at, found)) => Err(IdError::Character { found, at }),
            None => Ok(Self(name)),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Something is asked of an incident.
    Incident {
        /// Which.
        incident: IncidentNumber,
        /// What.
        deed: Deed,
    },
    /// From now on these topics, tiers and receivers.
    Policy(Box<Policy>),
    /// A post is to be forgotten at once.
    Purge {
        /// Which.
        post: PostId,
    },
    /// The operator says that the wall clock is right after it parted from the monotonic one.
    ConfirmClock,
    /// The operator says that the log was made anew: positions start again.
    NewGeneration,
}

/// One command, as the ledger keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Its running number in the ledger, from 1.
    pub number: u64,
    /// When it was asked (wall clock).
    pub at: Timestamp,
    /// Who asks.
    pub by: Actor,
    /// What is asked.
    pub action: Action,
}
