//! The record of an incident: what happened to it, who did it, when.

use crate::{
    Actor, ChainId, Class, Duty, Grade, IncidentId, IncidentNumber, LabelKey, PostId, Reason,
    ReceiverId, Stage, Tier, Timestamp,
};

/// One entry of the record of an incident. Entries are added, never changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The incident.
    pub incident: IncidentId,
    /// Its running number within the incident, from 1.
    pub number: u32,
    /// When (wall clock).
    pub at: Timestamp,
    /// Who; the daemon itself for what the machine decides.
    pub by: Actor,
    /// What happened.
    pub what: Happening,
}

/// What happened to an incident.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// It opened.
    Opened {
        /// At which tier.
        tier: Tier,
        /// Why.
        reason: Reason,
    },
    /// Its tier went up or down.
    TierChanged {
        /// The tier before; none after it was opened again, or where it stays closed and only the
        /// record of how high it was grew.
        from: Option<Tier>,
        /// The tier after.
        to: Tier,
        /// Why.
        reason: Reason,
    },
    /// Its condition has not been true for long enough to go down, but its hold has: it stays.
    TierHeld {
        /// The tier.
        tier: Tier,
        /// The hold, and what it measured when it was last true.
        reason: Reason,
    },
    /// It is over.
    Closed {
        /// What a person says of it; empty where it calmed by itself.
        note: String,
        /// Why, where it calmed by itself.
        reason: Option<Reason>,
    },
    /// It is open again, under its number.
    Reopened {
        /// What a person says of it; empty where posts came back.
        note: String,
    },
    /// Somebody took it on.
    Acknowledged,
    /// It moved on in its life.
    Staged {
        /// To where.
        stage: Stage,
        /// What is said of it; may be empty.
        note: String,
    },
    /// People graded the event, or took their grade back.
    Graded {
        /// The grade.
        grade: Option<Grade>,
        /// What is said of it; may be empty.
        note: String,
    },
    /// People said what kind of matter it is.
    Classified {
        /// The class.
        class: Class,
        /// What is said of it; may be empty.
        note: String,
    },
    /// A label was set or, without a value, taken off.
    Labelled {
        /// Which.
        key: LabelKey,
        /// Its value.
        value: Option<String>,
    },
    /// Somebody wrote something down.
    Noted {
        /// What.
        text: String,
    },
    /// The contact sheet: somebody was asked something.
    Asked {
        /// Number of the item within the incident, from 1.
        item: u32,
        /// Who.
        of: String,
        /// What.
        what: String,
        /// By when the reply is due (wall clock).
        by_when: Timestamp,
    },
    /// The contact sheet: the reply to an item. An item may be replied to again.
    Replied {
        /// Number of the item.
        item: u32,
        /// The reply.
        answer: String,
    },
    /// One owner's part in a joint assessment.
    Assessed {
        /// Whose opinion it is.
        owner: String,
        /// The grade that this owner would give.
        grade: Option<Grade>,
        /// The opinion.
        opinion: String,
    },
    /// A factual answer to the public is out.
    Answered {
        /// What is said.
        text: String,
        /// Where.
        link: Option<String>,
    },
    /// What became of one post.
    Outcome {
        /// The post.
        post: PostId,
        /// What became of it.
        outcome: String,
    },
    /// It was merged into another one, which has its posts from here on.
    MergedInto {
        /// Which.
        into: IncidentNumber,
        /// What is said of it; may be empty.
        note: String,
    },
    /// Another one was merged into it.
    Absorbed {
        /// Which.
        from: IncidentNumber,
        /// What is said of it; may be empty.
        note: String,
    },
    /// Some of its posts became an incident of their own.
    SplitOff {
        /// Which.
        into: IncidentNumber,
        /// How many posts.
        posts: u32,
        /// What is said of it; may be empty.
        note: String,
    },
    /// It was made of posts of another one.
    SplitFrom {
        /// Which.
        from: IncidentNumber,
        /// How many posts.
        posts: u32,
        /// What is said of it; may be empty.
        note: String,
    },
    /// It is new, but what closed not long ago was about the same.
    FollowsUp {
        /// The closed one.
        incident: IncidentNumber,
    },
    /// Its acknowledgement has expired: nothing was written for as long as it is good.
    Lapsed,
    /// Nobody has acknowledged it in time: the next step of a chain is asked.
    Escalated {
        /// The chain.
        chain: ChainId,
        /// The step, from 0.
        step: u16,
        /// Who is asked.
        asked: Vec<ReceiverId>,
    },
    /// Too many notices came at once: a receiver was told of it in the notice of another incident.
    ToldWith {
        /// The incident in whose notice it was.
        notice_of: IncidentNumber,
        /// Who was told.
        to: ReceiverId,
    },
    /// A chain is at its end, and nobody has acknowledged.
    Unanswered {
        /// The chain.
        chain: ChainId,
        /// The last resort, who is told.
        told: ReceiverId,
    },
    /// A deadline is near.
    DeadlineNear {
        /// What is owed.
        duty: Duty,
        /// Until when.
        due: Timestamp,
    },
    /// A deadline has passed.
    DeadlineMissed {
        /// What is owed.
        duty: Duty,
        /// Until when it was.
        due: Timestamp,
    },
    /// The reply to a question of the contact sheet is due soon.
    ReplyNear {
        /// Number of the item.
        item: u32,
        /// Who was asked.
        of: String,
        /// By when the reply is due (wall clock).
        due: Timestamp,
    },
    /// The reply to a question of the contact sheet has not come in time.
    ReplyMissed {
        /// Number of the item.
        item: u32,
        /// Who was asked.
        of: String,
        /// By when the reply was due (wall clock).
        due: Timestamp,
    },
}

impl Happening {
    /// Its kind, as it is written.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::TierChanged { .. } => "tier_changed",
            Self::TierHeld { .. } => "tier_held",
            Self::Closed { .. } => "closed",
            Self::Reopened { .. } => "reopened",
            Self::Acknowledged => "acknowledged",
            Self::Staged { .. } => "staged",
            Self::Graded { .. } => "graded",
            Self::Classified { .. } => "classified",
            Self::Labelled { .. } => "labelled",
            Self::Noted { .. } => "noted",
            Self::Asked { .. } => "asked",
            Self::Replied { .. } => "replied",
            Self::Assessed { .. } => "assessed",
            Self::Answered { .. } => "answered",
            Self::Outcome { .. } => "outcome",
            Self::MergedInto { .. } => "merged_into",
            Self::Absorbed { .. } => "absorbed",
            Self::SplitOff { .. } => "split_off",
            Self::SplitFrom { .. } => "split_from",
            Self::FollowsUp { .. } => "follows_up",
            Self::Lapsed => "lapsed",
            Self::Escalated { .. } => "escalated",
            Self::ToldWith { .. } => "told_with",
            Self::Unanswered { .. } => "unanswered",
            Self::DeadlineNear { .. } => "deadline_near",
            Self::DeadlineMissed { .. } => "deadline_missed",
            Self::ReplyNear { .. } => "reply_near",
            Self::ReplyMissed { .. } => "reply_missed",
        }
    }
}
