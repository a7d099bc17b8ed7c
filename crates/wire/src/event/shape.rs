//! What may happen to an incident, as JSON.

use fengbiao_model::{Class, Duty, Grade, IncidentNumber, PostId, Stage, Tier, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::notice::ReasonJson;
use crate::scalar::{Str, Text};

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
        /// By when the reply is due (wall clock).
        by_when: Text<Timestamp>,
    },
    /// The contact sheet: the reply to an item.
    Replied {
        /// Number of the item.
        item: u32,
        /// The reply.
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
    /// Its acknowledgement has expired: nothing was written for as long as it is good.
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
    /// Too many notices came at once: a receiver was told of it in the notice of another incident.
    ToldWith {
        /// The incident in whose notice it was.
        notice_of: Text<IncidentNumber>,
        /// Who was told.
        #[serde(borrow)]
        to: Str<'a>,
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
    /// The reply to a question of the contact sheet is due soon.
    ReplyNear {
        /// Number of the item.
        item: u32,
        /// Who was asked.
        #[serde(borrow)]
        of: Str<'a>,
        /// By when the reply is due (wall clock).
        due: Text<Timestamp>,
    },
    /// The reply to a question of the contact sheet has not come in time.
    ReplyMissed {
        /// Number of the item.
        item: u32,
        /// Who was asked.
        #[serde(borrow)]
        of: Str<'a>,
        /// By when the reply was due (wall clock).
        due: Text<Timestamp>,
    },
}
