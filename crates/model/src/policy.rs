//! What decides, beside the rules, who hears of what: topics with their tiers, and receivers.

use std::collections::BTreeMap;

use crate::{ReceiverId, Tier, TimeSpan, TopicId};

/// The conditions of the tiers of one topic, as written. `fengbiao-alerter` parses them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ladder {
    /// The condition of each tier that has one.
    pub conditions: BTreeMap<Tier, String>,
    /// How long a tier must not have been true before it goes down (event clock).
    pub calm_after: TimeSpan,
    /// What a detector must have before it says anything.
    pub floors: Floors,
}

/// The floors under the detectors of a ladder: below them a detector is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Floors {
    /// The least standard deviation of a baseline, in counts: without it one post after silence
    /// would be infinitely far above it.
    pub min_sigma: f64,
    /// Posts that the current window must have.
    pub min_posts: u64,
    /// Distinct sources that the current window must have.
    pub min_sources: u64,
    /// What the window before must have counted for `growth`.
    pub min_before: u64,
}

impl Default for Floors {
    fn default() -> Self {
        Self {
            min_sigma: 1.0,
            min_posts: 3,
            min_sources: 1,
            min_before: 1,
        }
    }
}

/// One topic.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// The topics, by id.
    pub topics: BTreeMap<TopicId, TopicPolicy>,
    /// The receivers, by id.
    pub receivers: BTreeMap<ReceiverId, Receiver>,
}
