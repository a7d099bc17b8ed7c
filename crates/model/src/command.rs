//! What people and the daemon itself ask of the alerter.

use crate::{
    Actor, Deed, IncidentNumber, OverrideNumber, Policy, PostId, ReceiverId, ScheduleId,
    SilenceNumber, Silenced, Timestamp,
};

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
