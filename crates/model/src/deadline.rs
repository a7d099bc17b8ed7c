//! What is owed of an incident, and until when.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::{CalendarId, Tier, TimeSpan, Timestamp, TopicId};

/// What is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duty {
    /// That somebody has acknowledged it.
    Report,
    /// That its facts were verified: a grade was given, or it was answered.
    Verify,
    /// That a factual answer is out.
    Answer,
    /// That something was written into its record since the last time.
    FollowUp,
}

impl Duty {
    /// All, in the order in which they come.
    pub const ALL: [Self; 4] = [Self::Report, Self::Verify, Self::Answer, Self::FollowUp];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Verify => "verify",
            Self::Answer => "answer",
            Self::FollowUp => "follow_up",
        }
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text is none of `report`, `verify`, `answer`, `follow_up`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotADuty;

impl fmt::Display for NotADuty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a duty: `report`, `verify`, `answer` or `follow_up`")
    }
}

impl std::error::Error for NotADuty {}

impl FromStr for Duty {
    type Err = NotADuty;
    fn from_str(text: &str) -> Result<Self, NotADuty> {
        let found = Self::ALL.into_iter().find(|duty| duty.as_str() == text);
        found.ok_or(NotADuty)
    }
}

/// Until when something is owed. Where several rules fit, the earliest end counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadlineRule {
    /// What is owed.
    pub duty: Duty,
    /// The topics it holds for; none means all that people post about, and not the alarms of the
    /// pipeline: nobody outside waits for a word about a source that is dead.
    pub topics: Option<BTreeSet<TopicId>>,
    /// It holds from this tier on, and counts from when the incident first reached it; a follow-up
    /// counts from what was last written into the record.
    pub from_tier: Tier,
    /// How long it may take.
    pub within: TimeSpan,
    /// How long before its end a warning goes out (wall clock); zero means none.
    pub warn_before: TimeSpan,
    /// The hours that `within` counts; none means all.
    pub calendar: Option<CalendarId>,
}

impl DeadlineRule {
    /// Whether it holds for incidents of a topic.
    #[must_use]
    pub fn holds_for(&self, topic: &TopicId) -> bool {
        match &self.topics {
            Some(topics) => topics.contains(topic),
            None => !topic.is_pipeline(),
        }
    }
}

/// How a deadline stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeadlineState {
    /// It lies ahead.
    Running,
    /// It lies ahead, and the warning has gone out.
    Warned,
    /// It has passed.
    Missed,
    /// It was met in time, or late.
    Met,
}

impl DeadlineState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Running, Self::Warned, Self::Missed, Self::Met];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Warned => "warned",
            Self::Missed => "missed",
            Self::Met => "met",
        }
    }
}

/// One deadline of one incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// What is owed.
    pub duty: Duty,
    /// Until when (wall clock).
    pub due: Timestamp,
    /// When the warning goes out (wall clock); none without one.
    pub warn_at: Option<Timestamp>,
    /// How it stands.
    pub state: DeadlineState,
}
