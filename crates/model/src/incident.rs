//! Incidents: the hits of one topic and one subject over time.

use std::collections::BTreeMap;

use crate::{
    Actor, Answer, Class, Grade, IncidentNumber, LabelKey, SubjectKey, Tier, Timestamp, TopicId,
};

/// Names an incident inside the machine, from its first hit on; also one that is not yet open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncidentId(pub u64);

/// Where an incident stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The machine has seen it.
    Detected,
    /// A person has acknowledged it.
    Reported,
    /// It is being verified.
    Verifying,
    /// A factual answer is out.
    Answered,
    /// It is being followed.
    Following,
    /// It is over.
    Closed,
    /// It was looked back upon.
    Reviewed,
}

impl Stage {
    /// All stages in order.
    pub const ALL: [Self; 7] = [
        Self::Detected,
        Self::Reported,
        Self::Verifying,
        Self::Answered,
        Self::Following,
        Self::Closed,
        Self::Reviewed,
    ];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Detected => "detected",
            Self::Reported => "reported",
            Self::Verifying => "verifying",
            Self::Answered => "answered",
            Self::Following => "following",
            Self::Closed => "closed",
            Self::Reviewed => "reviewed",
        }
    }

    /// Whether the incident still takes notices.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Closed | Self::Reviewed)
    }
}

/// Who took an incident on, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Who.
    pub by: Actor,
    /// When, by the wall clock.
    pub at: Timestamp,
}

/// Why an acknowledgement holds no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AcknowledgementEnd {
    /// The incident was raised: it has become graver than what was taken on.
    Raised,
    /// Nothing was written into the record for as long as it is good.
    Expired,
}

impl AcknowledgementEnd {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Raised, Self::Expired];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Expired => "expired",
        }
    }
}

/// Counts over the whole life of an incident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Distinct posts.
    pub posts: u64,
    /// Distinct stories: copies counted once.
    pub stories: u64,
    /// Distinct voices.
    pub voices: u64,
    /// Distinct sources.
    pub sources: u64,
    /// Weight of the heaviest post.
    pub weight_max: u8,
}

/// The hits of one topic and one subject over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Its name inside the machine.
    pub id: IncidentId,
    /// Its number; none before it opens.
    pub number: Option<IncidentNumber>,
    /// The topic.
    pub topic: TopicId,
    /// The subject.
    pub subject: SubjectKey,
    /// Where it stands in its life.
    pub stage: Stage,
    /// Its tier now; none before it opens and after it has closed.
    pub tier: Option<Tier>,
    /// The highest tier it has reached.
    pub highest_tier: Option<Tier>,
    /// Running number of its latest change that is worth a notice.
    pub change: u32,
    /// When its first post was found (event clock).
    pub first_found_at: Timestamp,
    /// When its latest post was found (event clock).
    pub last_found_at: Timestamp,
    /// When it opened (wall clock).
    pub opened_at: Option<Timestamp>,
    /// When its tier last changed (wall clock).
    pub changed_at: Option<Timestamp>,
    /// When its tier, or a higher one, was last true, or its tier was last held (event clock); calm
    /// counts from here.
    pub fired_at: Option<Timestamp>,
    /// When it closed (wall clock).
    pub closed_at: Option<Timestamp>,
    /// Who took it on.
    pub acknowledged: Option<Acknowledgement>,
    /// Who took it on before, and why that holds no longer; none while somebody has.
    pub acknowledged_before: Option<(Acknowledgement, AcknowledgementEnd)>,
    /// Counts over its life.
    pub totals: Totals,
    /// What kind of matter it is: that of its heaviest rule hits, the most serious of them, until
    /// people say otherwise.
    pub class: Class,
    /// Whether people have said so.
    pub classified: bool,
    /// What people say of the event after verification; not the tier.
    pub grade: Option<Grade>,
    /// What people sort and route it by.
    pub labels: BTreeMap<LabelKey, String>,
    /// The factual answer, shown in every later notice.
    pub answer: Option<Answer>,
    /// The closed incident that it follows up.
    pub follows: Option<IncidentNumber>,
    /// The incident that it was merged into; then it is closed and takes no post.
    pub merged_into: Option<IncidentNumber>,
    /// The incident that it was split off from; then it takes copies of its own stories only.
    pub split_from: Option<IncidentNumber>,
    /// How often it has opened again after it was closed.
    pub returns: u32,
    /// Number of the latest event of its record; 0 before the first.
    pub events: u32,
    /// Number of the latest item of its contact sheet; 0 before the first.
    pub items: u32,
    /// The items of its contact sheet that wait for an answer, and by when (wall clock).
    pub asked: BTreeMap<u32, Timestamp>,
}

impl Incident {
    /// One that has just been seen for the first time: nothing of it is known but when.
    #[must_use]
    pub fn latent(
        id: IncidentId,
        topic: TopicId,
        subject: SubjectKey,
        found_at: Timestamp,
    ) -> Self {
        Self {
            id,
            number: None,
            topic,
            subject,
            stage: Stage::Detected,
            tier: None,
            highest_tier: None,
            change: 0,
            first_found_at: found_at,
            last_found_at: found_at,
            opened_at: None,
            changed_at: None,
            fired_at: None,
            closed_at: None,
            acknowledged: None,
            acknowledged_before: None,
            totals: Totals::default(),
            class: Class::default(),
            classified: false,
            grade: None,
            labels: BTreeMap::new(),
            answer: None,
            follows: None,
            merged_into: None,
            split_from: None,
            returns: 0,
            events: 0,
            items: 0,
            asked: BTreeMap::new(),
        }
    }

    /// Nobody has taken it on any more.
    pub fn lose_acknowledgement(&mut self, end: AcknowledgementEnd) {
        if let Some(lost) = self.acknowledged.take() {
            self.acknowledged_before = Some((lost, end));
        }
    }

    /// Whether it has opened and not closed.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.number.is_some() && self.stage.is_open()
    }
}
