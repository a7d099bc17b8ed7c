//! The watchdog: the pipeline watching itself, and the names that it keeps for itself.

use std::collections::BTreeMap;

use crate::{ReceiverId, RuleId, ServiceId, SourceId, Tier, TimeSpan, TopicId};

/// The topic of the pipeline's own alarms. No lexicon may define it.
pub const PIPELINE_TOPIC: &str = "pipeline";
/// The source of canaries. Nothing from outside may bear this name.
pub const CANARY_SOURCE: &str = "fengbiao-canary";
/// The text of every canary: the one rule of the pipeline's topic looks for it.
pub const CANARY_TEXT: &str = "风标自检金丝雀";
/// The receiver that confirms canaries and tells nobody. No configured receiver may bear its id.
pub const NULL_RECEIVER: &str = "null";
/// How an alarm of the watchdog names its method in a [`crate::Reason`].
pub const WATCHDOG_METHOD: &str = "watchdog";

impl TopicId {
    /// The topic of the pipeline's own alarms.
    #[must_use]
    pub fn pipeline() -> Self {
        Self::reserved(PIPELINE_TOPIC)
    }

    /// Whether it is the topic of the pipeline's own alarms.
    #[must_use]
    pub fn is_pipeline(&self) -> bool {
        self.as_str() == PIPELINE_TOPIC
    }
}

impl SourceId {
    /// The source of canaries.
    #[must_use]
    pub fn canary() -> Self {
        Self::reserved(CANARY_SOURCE)
    }

    /// Whether it is the source of canaries.
    #[must_use]
    pub fn is_canary(&self) -> bool {
        self.as_str() == CANARY_SOURCE
    }
}

impl ServiceId {
    /// The service that canaries say they were made on.
    #[must_use]
    pub fn canary() -> Self {
        Self::reserved(CANARY_SOURCE)
    }
}

impl RuleId {
    /// The one rule of the pipeline's topic, which every matcher has.
    #[must_use]
    pub fn canary() -> Self {
        Self::reserved("canary")
    }
}

impl ReceiverId {
    /// The receiver that confirms canaries and tells nobody.
    #[must_use]
    pub fn null() -> Self {
        Self::reserved(NULL_RECEIVER)
    }
}

/// What the watchdog goes by. Part of the policy, so that a replay decides by what was in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watchdog {
    /// A source without a successful poll for so long is dead; zero: never.
    pub dead_after: TimeSpan,
    /// A source that is polled well but brings nothing for so long, though it usually does, is
    /// quiet; zero: never.
    pub quiet_after: TimeSpan,
    /// The configured sources: these are missed also when nothing at all is heard of them.
    pub sources: BTreeMap<SourceId, SourceWatch>,
    /// A topic without a post for so long, though it usually has some, is quiet; zero: never.
    pub topic_quiet_after: TimeSpan,
    /// What is expected of canaries; none where there are none.
    pub canary: Option<CanaryWatch>,
    /// How loud the alarms are.
    pub tiers: WatchTiers,
}

/// What one configured source is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceWatch {
    /// In place of [`Watchdog::dead_after`].
    pub dead_after: TimeSpan,
    /// In place of [`Watchdog::quiet_after`].
    pub quiet_after: TimeSpan,
}

/// What is expected of canaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanaryWatch {
    /// How often one is put into each partition of `posts`; more than zero.
    pub interval: TimeSpan,
    /// How long its way may take.
    pub within: TimeSpan,
    /// The partitions of `posts`.
    pub partitions: u32,
}

impl CanaryWatch {
    /// From the making of one canary until the next must be out.
    #[must_use]
    pub const fn bound(self) -> TimeSpan {
        let (interval, within) = (self.interval.as_millis(), self.within.as_millis());
        TimeSpan::from_millis(interval.saturating_add(within))
    }
}

/// How loud the alarms of the watchdog are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchTiers {
    /// One source is dead or quiet.
    pub source: Tier,
    /// All sources are.
    pub all_sources: Tier,
    /// A topic is quiet.
    pub topic: Tier,
    /// A partition of `posts` has no marks.
    pub partition: Tier,
    /// A canary has not come out in time.
    pub canary: Tier,
}

impl Default for WatchTiers {
    fn default() -> Self {
        Self {
            source: Tier::III,
            all_sources: Tier::II,
            topic: Tier::III,
            partition: Tier::II,
            canary: Tier::II,
        }
    }
}

/// What an alarm of the watchdog is about: the kinds of its subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WatchKind {
    /// A source of posts.
    Source,
    /// A topic.
    Topic,
    /// A partition of `posts`.
    Partition,
    /// The canary of a partition of `posts`.
    Canary,
}

impl WatchKind {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Topic => "topic",
            Self::Partition => "partition",
            Self::Canary => "canary",
        }
    }
}
