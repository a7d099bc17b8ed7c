//! Messages to people.

use std::fmt;

use crate::{
    Counts, IncidentId, IncidentNumber, KeywordSpan, PostId, ReceiverId, RuleId, SourceId,
    SubjectKey, Tier, Timestamp, TopicId, Totals,
};

/// The identity of a notice: the same on every attempt, so that a receiver can tell a repeat.
/// Nothing in it depends on how the alerter's work was cut into steps.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeKey {
    /// The incident.
    pub incident: IncidentId,
    /// The running number of its change.
    pub change: u32,
    /// Rung of escalation; a repeat is a rung of its own.
    pub rung: u16,
    /// To whom.
    pub receiver: ReceiverId,
    /// Part of a message that had to be split, from 0.
    pub part: u16,
}

/// `incident.change.rung.receiver.part`
impl fmt::Display for NoticeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            incident,
            change,
            rung,
            receiver,
            part,
        } = self;
        write!(f, "{}.{change}.{rung}.{receiver}.{part}", incident.0)
    }
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeKind {
    /// An incident has opened.
    Opened,
    /// Its tier went up.
    Raised,
    /// Nobody has acknowledged it and the repeat interval is over.
    Repeated,
    /// Its tier went down.
    Calmed,
    /// It is over.
    Closed,
}

impl NoticeKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Opened,
        Self::Raised,
        Self::Repeated,
        Self::Calmed,
        Self::Closed,
    ];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Raised => "raised",
            Self::Repeated => "repeated",
            Self::Calmed => "calmed",
            Self::Closed => "closed",
        }
    }
}

/// A number that a decision was made by.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Its name in the tier expressions, such as `voices_1h`.
    pub name: String,
    /// Its value at the time.
    pub value: f64,
}

/// Why a tier is what it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// How it was decided: `count` for a threshold on counts, `calm` for the end of one,
    /// `watchdog` for an alarm of the pipeline about itself.
    pub method: String,
    /// The condition, as written: it holds the threshold.
    pub condition: String,
    /// What was measured, in the order of the condition.
    pub measures: Vec<Measure>,
    /// What would be usual; none where the method knows no baseline.
    pub baseline: Option<f64>,
    /// The end of the minute that was looked at (event clock).
    pub at: Timestamp,
}

/// A post as a notice shows it. Whoever spoke is not in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Quote {
    /// The post.
    pub post: PostId,
    /// Where it was found.
    pub source: SourceId,
    /// Where it can be read.
    pub url: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Its text, verbatim as stored.
    pub text: String,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// When it was found.
    pub found_at: Timestamp,
    /// What the service shows beside it.
    pub counts: Counts,
    /// The rule that fits it best: the heaviest, then the first.
    pub rule: RuleId,
    /// Where that rule's keywords stand.
    pub spans: Vec<KeywordSpan>,
    /// How many posts say the same, this one included.
    pub copies: u64,
}

/// One message to one receiver about one change of an incident.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Its identity.
    pub key: NoticeKey,
    /// What it is about.
    pub kind: NoticeKind,
    /// The incident's number.
    pub number: IncidentNumber,
    /// The topic.
    pub topic: TopicId,
    /// The topic's name, for people.
    pub topic_name: String,
    /// Who answers for the topic.
    pub owner: String,
    /// The subject.
    pub subject: SubjectKey,
    /// The tier told of: the new one, or at the end the last one.
    pub tier: Tier,
    /// The tier that this receiver was told before, if any.
    pub previous_tier: Option<Tier>,
    /// Why.
    pub reason: Reason,
    /// Counts over the incident's life.
    pub totals: Totals,
    /// When its first post was found.
    pub first_found_at: Timestamp,
    /// When its latest post was found.
    pub last_found_at: Timestamp,
    /// Posts that show what it is about: the first, then the widest reach.
    pub quotes: Vec<Quote>,
    /// Whether it waited for a catch-up.
    pub late: bool,
    /// When it was made (wall clock).
    pub made_at: Timestamp,
    /// How many earlier notices to this receiver it stands for, because they were waiting still.
    pub merged: u32,
}
