//! Escalation: whom to tell next while nobody has acknowledged.

use std::collections::BTreeMap;

use crate::{ChainId, ReceiverId, ScheduleId, Tier, TimeSpan};

/// To whom a step of a chain leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepTarget {
    /// A receiver.
    Receiver(ReceiverId),
    /// Whoever is on call by a schedule when the step is reached.
    Schedule(ScheduleId),
}

/// A chain of escalation. Its clock begins when somebody of a step was told, and stands still
/// while the incident is silenced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Its id.
    pub id: ChainId,
    /// How long an incident of each tier may stay unacknowledged at a step. A tier that is not
    /// named has the time of the next louder one that is.
    pub acknowledge_within: BTreeMap<Tier, TimeSpan>,
    /// Whom each step tells, at least one.
    pub steps: Vec<Vec<StepTarget>>,
    /// Who hears that nobody has answered.
    pub last_resort: ReceiverId,
}

impl Chain {
    /// How long an incident of a tier may stay unacknowledged at a step.
    #[must_use]
    pub fn within(&self, tier: Tier) -> Option<TimeSpan> {
        let louder = self.acknowledge_within.range(tier..).next();
        let any = louder.or_else(|| self.acknowledge_within.iter().next_back());
        any.map(|(_, within)| *within)
    }
}
