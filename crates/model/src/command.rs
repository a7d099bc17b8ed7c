//! What people and the daemon itself ask of the alerter.

use std::fmt;

use crate::{
    Deed, IdError, IncidentNumber, OverrideNumber, Policy, PostId, ReceiverId, ScheduleId,
    SilenceNumber, Silenced, Timestamp,
};

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
    /// For a while some incidents shall not be told.
    Silence {
        /// Which.
        covers: Silenced,
        /// When it begins; none means now.
        from: Option<Timestamp>,
        /// When it ends.
        until: Timestamp,
        /// Why, in a sentence.
        reason: String,
    },
    /// A silence ends now.
    EndSilence {
        /// Which.
        silence: SilenceNumber,
    },
    /// Somebody stands in for whoever is on call.
    StandIn {
        /// Of which schedule.
        schedule: ScheduleId,
        /// Who stands in.
        receiver: ReceiverId,
        /// From when on; none means now.
        from: Option<Timestamp>,
        /// Until when.
        to: Timestamp,
    },
    /// Somebody stands in no longer.
    EndStandIn {
        /// Which.
        number: OverrideNumber,
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
