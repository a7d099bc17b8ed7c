//! What decides, beside the rules, who hears of what: topics with their tiers, and receivers.

use std::collections::BTreeMap;

use crate::{ReceiverId, Tier, TimeSpan, TopicId, Watchdog};

/// The conditions of the tiers of one topic, as written. `fengbiao-alerter` parses them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ladder {
    /// The condition of each tier that has one.
    pub conditions: BTreeMap<Tier, String>,
    /// How long a tier must not have been true before it goes down (event clock).
    pub calm_after: TimeSpan,
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPolicy {
    /// Its id.
    pub id: TopicId,
    /// Its name, for people.
    pub name: String,
    /// Who answers for it.
    pub owner: String,
    /// The tiers of an incident with a subject, or of `-`.
    pub tiers: Ladder,
    /// The tiers of `*`, over all hits of the topic.
    pub tiers_all: Ladder,
}

/// One receiver of notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Its id.
    pub id: ReceiverId,
    /// The quietest tier it hears of.
    pub from_tier: Tier,
    /// The topics it hears of; none means all.
    pub topics: Option<Vec<TopicId>>,
    /// How long a first notice waits for more of its incident.
    pub group_wait: TimeSpan,
    /// After how long an open, unacknowledged incident is told again; zero means never.
    pub repeat_interval: TimeSpan,
    /// Whether a notice here may wake a person. Tier IV goes only where it does not.
    pub pages: bool,
}

/// Everything of the configuration that decides about notices. It goes to the alerter as a
/// command, so that a replay decides by what was in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The topics, by id.
    pub topics: BTreeMap<TopicId, TopicPolicy>,
    /// The receivers, by id.
    pub receivers: BTreeMap<ReceiverId, Receiver>,
    /// What the pipeline itself is held to; none where nobody watches it.
    pub watchdog: Option<Watchdog>,
}
