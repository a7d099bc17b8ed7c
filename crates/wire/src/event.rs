//! The record of an incident, for the ledger, the API and the command line.

use fengbiao_model::{
    Actor, Class, Duty, Event, Grade, Happening, IncidentId, IncidentNumber, PostId, Stage, Tier,
    Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::name::name;
use crate::notice::ReasonJson;
use crate::record::{decode, encode};
use crate::scalar::{Str, Text, V1, owned};

/// One entry of the record of an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "event")]
pub struct EventJson<'a> {
    /// Version of this shape.
    pub v: V1,
    /// The incident's name inside the machine.
    pub incident: u64,
    /// Its running number within the incident, from 1.
    pub number: u32,
    /// When (wall clock).
    pub at: Text<Timestamp>,
    /// Who: somebody who works with Fengbiao, or `fengbiao` itself.
    #[serde(borrow)]
    pub by: Str<'a>,
    /// What happened.
    #[serde(borrow)]
    pub what: HappeningJson<'a>,
}

/// What happened to an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum HappeningJson<'a> {
    /// It opened.
    Opened {
        /// At which tier.
        tier: Text<Tier>,
        /// Why.
        #[serde(borrow)]
        reason: ReasonJson<'a>,
    },
    /// Its tier went up or down.
    TierChanged {
        /// The tier before; not there after it was opened again, or where only the record of how high it was grew.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Text<Tier>>,
        /// The tier after.
        to: Text<Tier>,
        /// Why.
        #[serde(borrow)]
        reason: ReasonJson<'a>,
    },
    /// Its condition has not been true for long enough to go down, but its hold has: it stays.
    TierHeld {
        /// The tier.
        tier: Text<Tier>,
        /// The hold, and what it measured when it was last true.
        #[serde(borrow)]
        reason: ReasonJson<'a>,
    },
    /// It is over.
    Closed {
        /// What a person says of it.
        #[serde(borrow, default, skip_serializing_if = "Str::is_empty")]
        note: Str<'a>,
        /// Why, where it calmed by itself.
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        reason: Option<ReasonJson<'a>>,
    },
    /// It is open again, under its number.
    Reopened {
        /// What a person says of it; not there where posts came back.
        #[serde(borrow, default, skip_serializing_if = "Str::is_empty")]
        note: Str<'a>,
    },
    /// Somebody took it on.
    Acknowledged {},
    /// It moved on in its life.
    Staged {
        /// To where.
        stage: Text<Stage>,
        /// What is said of it.
        #[serde(borrow, default, skip_serializing_if = "Str::is_empty")]
        note: Str<'a>,
    },
    /// People graded the event; without a grade, they took theirs back.
    Graded {
        /// The grade.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grade: Option<Text<Grade>>,
        /// What is said of it.
        #[serde(borrow, default, skip_serializing_if = "Str::is_empty")]
        note: Str<'a>,
    },
    /// People said what kind of matter it is.
    Classified {
        /// The class.
        class: Text<Class>,
        /// What is said of it.
        #[serde(borrow, default, skip_serializing_if = "Str::is_empty")]
        note: Str<'a>,
    },
    /// A label was set or, without a value, taken off.
    Labelled {
        /// Which.
        #[serde(borrow)]
        key: Str<'a>,
        /// Its value.
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        value: Option<Str<'a>>,
    },
    /// Somebody wrote something down.
    Noted {
        /// What.
        #[serde(borrow)]
        text: Str<'a>,
    },
    /// The contact sheet: somebody was asked something.
    Asked {
        /// Number of the item within the incident, from 1.
        item: u32,
        /// Who.
        #[serde(borrow)]
        of: Str<'a>,
        /// What.
        #[serde(borrow)]
        what: Str<'a>,
        /// By when the answer is due (wall clock).
        by_when: Text<Timestamp>,
    },
    /// The contact sheet: the answer to an item.
    Replied {
        /// Number of the item.
        item: u32,
        /// The answer.
        #[serde(borrow)]
        answer: Str<'a>,
    },
    /// One owner's part in a joint assessment.
    Assessed {
        /// Whose opinion it is.
        #[serde(borrow)]
        owner: Str<'a>,
        /// The grade that this owner would give.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grade: Option<Text<Grade>>,
        /// The opinion.
        #[serde(borrow)]
        opinion: Str<'a>,
    },
    /// A factual answer to the public is out.
    Answered {
        /// What is said.
        #[serde(borrow)]
        text: Str<'a>,
        /// Where.
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        link: Option<Str<'a>>,
    },
    /// What became of one post.
    Outcome {
        /// The post.
        post: Text<PostId>,
        /// What became of it.
        #[serde(borrow)]
        outcome: Str<'a>,
    },
    /// It was merged into another one.
    MergedInto {
        /// Which.
        into: Text<IncidentNumber>,
        /// What is said of it.
        #[serde(borrow, default, skip_serializing_if = "Str::is_empty")]
        note: Str<'a>,
    },
    /// Another one was merged into it.
    Absorbed {
        /// Which.
        from: Text<IncidentNumber>,
        /// What is said of it.
        #[serde(borrow, default, skip_serializing_if = "Str::is_empty")]
        note: Str<'a>,
    },
    /// Some of its posts became an incident of their own.
    SplitOff {
        /// Which.
        into: Text<IncidentNumber>,
        /// How many posts.
        posts: u32,
        /// What is said of it.
        #[serde(borrow, default, skip_serializing_if = "Str::is_empty")]
        note: Str<'a>,
    },
    /// It was made of posts of another one.
    SplitFrom {
        /// Which.
        from: Text<IncidentNumber>,
        /// How many posts.
        posts: u32,
        /// What is said of it.
        #[serde(borrow, default, skip_serializing_if = "Str::is_empty")]
        note: Str<'a>,
    },
    /// It is new, but what closed not long ago was about the same.
    FollowsUp {
        /// The closed one.
        incident: Text<IncidentNumber>,
    },
    /// Its acknowledgement has expired, and nothing was done since.
    Lapsed {},
    /// Nobody has acknowledged it in time: the next step of a chain is asked.
    Escalated {
        /// The chain.
        #[serde(borrow)]
        chain: Str<'a>,
        /// The step, from 0.
        step: u16,
        /// Who is asked.
        #[serde(borrow)]
        asked: Vec<Str<'a>>,
    },
    /// A chain is at its end, and nobody has acknowledged.
    Unanswered {
        /// The chain.
        #[serde(borrow)]
        chain: Str<'a>,
        /// The last resort, who is told.
        #[serde(borrow)]
        told: Str<'a>,
    },
    /// A deadline is near.
    DeadlineNear {
        /// What is owed.
        duty: Text<Duty>,
        /// Until when.
        due: Text<Timestamp>,
    },
    /// A deadline has passed.
    DeadlineMissed {
        /// What is owed.
        duty: Text<Duty>,
        /// Until when it was.
        due: Text<Timestamp>,
    },
}

/// The canonical bytes of an event.
#[must_use]
pub fn encode_event(event: &Event) -> Vec<u8> {
    encode(&EventJson::from(event))
}

/// Reads an event.
pub fn decode_event(bytes: &[u8]) -> Result<Event, WireError> {
    decode::<EventJson<'_>>("event", bytes)?.into_model()
}

impl<'a> From<&'a Event> for EventJson<'a> {
    fn from(event: &'a Event) -> Self {
        Self {
            v: V1,
            incident: event.incident.0,
            number: event.number,
            at: Text(event.at),
            by: event.by.as_str().into(),
            what: (&event.what).into(),
        }
    }
}

impl EventJson<'_> {
    /// The event, its names checked.
    pub fn into_model(self) -> Result<Event, WireError> {
        Ok(Event {
            incident: IncidentId(self.incident),
            number: self.number,
            at: self.at.0,
            by: Actor::new(self.by.0).map_err(|error| WireError::id("by", &error))?,
            what: self.what.into_model()?,
        })
    }
}

impl<'a> From<&'a Happening> for HappeningJson<'a> {
    fn from(what: &'a Happening) -> Self {
        match what {
            Happening::Opened { tier, reason } => Self::Opened {
                tier: Text(*tier),
                reason: reason.into(),
            },
            Happening::TierChanged { from, to, reason } => Self::TierChanged {
                from: from.map(Text),
                to: Text(*to),
                reason: reason.into(),
            },
            Happening::TierHeld { tier, reason } => Self::TierHeld {
                tier: Text(*tier),
                reason: reason.into(),
            },
            Happening::Closed { note, reason } => Self::Closed {
                note: note.as_str().into(),
                reason: reason.as_ref().map(Into::into),
            },
            Happening::Reopened { note } => Self::Reopened {
                note: note.as_str().into(),
            },
            Happening::Acknowledged => Self::Acknowledged {},
            Happening::Staged { stage, note } => Self::Staged {
                stage: Text(*stage),
                note: note.as_str().into(),
            },
            Happening::Graded { grade, note } => Self::Graded {
                grade: grade.map(Text),
                note: note.as_str().into(),
            },
            Happening::Classified { class, note } => Self::Classified {
                class: Text(*class),
                note: note.as_str().into(),
            },
            Happening::Labelled { key, value } => Self::Labelled {
                key: key.as_str().into(),
                value: value.as_deref().map(Into::into),
            },
            Happening::Noted { text } => Self::Noted {
                text: text.as_str().into(),
            },
            Happening::Asked {
                item,
                of,
                what,
                by_when,
            } => Self::Asked {
                item: *item,
                of: of.as_str().into(),
                what: what.as_str().into(),
                by_when: Text(*by_when),
            },
            Happening::Replied { item, answer } => Self::Replied {
                item: *item,
                answer: answer.as_str().into(),
            },
            Happening::Assessed {
                owner,
                grade,
                opinion,
            } => Self::Assessed {
                owner: owner.as_str().into(),
                grade: grade.map(Text),
                opinion: opinion.as_str().into(),
            },
            Happening::Answered { text, link } => Self::Answered {
                text: text.as_str().into(),
                link: link.as_deref().map(Into::into),
            },
            Happening::Outcome { post, outcome } => Self::Outcome {
                post: Text(*post),
                outcome: outcome.as_str().into(),
            },
            Happening::MergedInto { into, note } => Self::MergedInto {
                into: Text(*into),
                note: note.as_str().into(),
            },
            Happening::Absorbed { from, note } => Self::Absorbed {
                from: Text(*from),
                note: note.as_str().into(),
            },
            Happening::SplitOff { into, posts, note } => Self::SplitOff {
                into: Text(*into),
                posts: *posts,
                note: note.as_str().into(),
            },
            Happening::SplitFrom { from, posts, note } => Self::SplitFrom {
                from: Text(*from),
                posts: *posts,
                note: note.as_str().into(),
            },
            Happening::FollowsUp { incident } => Self::FollowsUp {
                incident: Text(*incident),
            },
            Happening::Lapsed => Self::Lapsed {},
            Happening::Escalated { chain, step, asked } => Self::Escalated {
                chain: chain.as_str().into(),
                step: *step,
                asked: asked.iter().map(|id| id.as_str().into()).collect(),
            },
            Happening::Unanswered { chain, told } => Self::Unanswered {
                chain: chain.as_str().into(),
                told: told.as_str().into(),
            },
            Happening::DeadlineNear { duty, due } => Self::DeadlineNear {
                duty: Text(*duty),
                due: Text(*due),
            },
            Happening::DeadlineMissed { duty, due } => Self::DeadlineMissed {
                duty: Text(*duty),
                due: Text(*due),
            },
        }
    }
}

impl HappeningJson<'_> {
    fn into_model(self) -> Result<Happening, WireError> {
        Ok(match self {
            Self::Opened { tier, reason } => Happening::Opened {
                tier: tier.0,
                reason: reason.into(),
            },
            Self::TierChanged { from, to, reason } => Happening::TierChanged {
                from: from.map(|from| from.0),
                to: to.0,
                reason: reason.into(),
            },
            Self::TierHeld { tier, reason } => Happening::TierHeld {
                tier: tier.0,
                reason: reason.into(),
            },
            Self::Closed { note, reason } => Happening::Closed {
                note: note.0.into_owned(),
                reason: reason.map(Into::into),
            },
            Self::Reopened { note } => Happening::Reopened {
                note: note.0.into_owned(),
            },
            Self::Acknowledged {} => Happening::Acknowledged,
            Self::Staged { stage, note } => Happening::Staged {
                stage: stage.0,
                note: note.0.into_owned(),
            },
            Self::Graded { grade, note } => Happening::Graded {
                grade: grade.map(|grade| grade.0),
                note: note.0.into_owned(),
            },
            Self::Classified { class, note } => Happening::Classified {
                class: class.0,
                note: note.0.into_owned(),
            },
            Self::Labelled { key, value } => Happening::Labelled {
                key: name("key", &key.0)?,
                value: value.map(owned),
            },
            Self::Noted { text } => Happening::Noted {
                text: text.0.into_owned(),
            },
            Self::Asked {
                item,
                of,
                what,
                by_when,
            } => Happening::Asked {
                item,
                of: of.0.into_owned(),
                what: what.0.into_owned(),
                by_when: by_when.0,
            },
            Self::Replied { item, answer } => Happening::Replied {
                item,
                answer: answer.0.into_owned(),
            },
            Self::Assessed {
                owner,
                grade,
                opinion,
            } => Happening::Assessed {
                owner: owner.0.into_owned(),
                grade: grade.map(|grade| grade.0),
                opinion: opinion.0.into_owned(),
            },
            Self::Answered { text, link } => Happening::Answered {
                text: text.0.into_owned(),
                link: link.map(owned),
            },
            Self::Outcome { post, outcome } => Happening::Outcome {
                post: post.0,
                outcome: outcome.0.into_owned(),
            },
            Self::MergedInto { into, note } => Happening::MergedInto {
                into: into.0,
                note: note.0.into_owned(),
            },
            Self::Absorbed { from, note } => Happening::Absorbed {
                from: from.0,
                note: note.0.into_owned(),
            },
            Self::SplitOff { into, posts, note } => Happening::SplitOff {
                into: into.0,
                posts,
                note: note.0.into_owned(),
            },
            Self::SplitFrom { from, posts, note } => Happening::SplitFrom {
                from: from.0,
                posts,
                note: note.0.into_owned(),
            },
            Self::FollowsUp { incident } => Happening::FollowsUp {
                incident: incident.0,
            },
            Self::Lapsed {} => Happening::Lapsed,
            Self::Escalated { chain, step, asked } => Happening::Escalated {
                chain: name("chain", &chain.0)?,
                step,
                asked: asked
                    .into_iter()
                    .map(|id| name("asked", &id.0))
                    .collect::<Result<_, _>>()?,
            },
            Self::Unanswered { chain, told } => Happening::Unanswered {
                chain: name("chain", &chain.0)?,
                told: name("told", &told.0)?,
            },
            Self::DeadlineNear { duty, due } => Happening::DeadlineNear {
                duty: duty.0,
                due: due.0,
            },
            Self::DeadlineMissed { duty, due } => Happening::DeadlineMissed {
                duty: duty.0,
                due: due.0,
            },
        })
    }
}
