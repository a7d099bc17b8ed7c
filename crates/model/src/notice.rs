//! Messages to people.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::{
    Acknowledgement, AcknowledgementEnd, Answer, Class, Counts, Deadline, Grade, IncidentId,
    IncidentNumber, KeywordSpan, LabelKey, PostId, Question, ReceiverId, RuleId, SourceId, StoryId,
    SubjectKey, Tier, Timestamp, TopicId, Totals,
};

/// The identity of a notice in its ledger: the same on every attempt. Nothing in it depends on how the
/// alerter's work was cut into steps.
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

/// The identity of a ledger: a new one counts its incidents from the beginning, so that a key alone
/// would name another notice there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedgerId(u32);

impl LedgerId {
    /// Of notices that no ledger holds: those of a replay of an archive, and of examples.
    pub const NONE: Self = Self(0);
}

/// 8 lower-case hexadecimal digits.
impl fmt::Display for LedgerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// Why a text is no [`LedgerId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotALedgerId;

impl fmt::Display for NotALedgerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is not 8 lower-case hexadecimal digits")
    }
}

impl std::error::Error for NotALedgerId {}

impl FromStr for LedgerId {
    type Err = NotALedgerId;

    fn from_str(text: &str) -> Result<Self, NotALedgerId> {
        let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 8 || !text.bytes().all(digit) {
            return Err(NotALedgerId);
        }
        let number = u32::from_str_radix(text, 16).map_err(|_| NotALedgerId)?;
        Ok(Self(number))
    }
}

/// The identity of a notice as everybody outside sees it: the same on every attempt, and no other
/// notice's of any ledger, so that a receiver can tell a repeat.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeId {
    /// The ledger.
    pub ledger: LedgerId,
    /// The notice in it.
    pub key: NoticeKey,
}

/// `ledger.incident.change.rung.receiver.part`
impl fmt::Display for NoticeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.ledger, self.key)
    }
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeKind {
    /// An incident has opened.
    Opened,
    /// It has opened again after it was closed.
    Reopened,
    /// Its tier went up.
    Raised,
    /// Nobody has acknowledged it and the repeat interval is over.
    Repeated,
    /// Its tier went down.
    Calmed,
    /// It is over.
    Closed,
    /// Nobody of the step before has acknowledged it in time: now you.
    Escalated,
    /// The chain is at its end, and nobody has acknowledged it.
    Unanswered,
    /// An acknowledgement has expired: nothing was written into the record for as long as it is good.
    Lapsed,
    /// A deadline is near.
    DeadlineNear,
    /// A deadline has passed.
    DeadlineMissed,
    /// The answer to a question of the contact sheet is due soon.
    ReplyNear,
    /// The answer to a question of the contact sheet has not come in time.
    ReplyMissed,
}

impl NoticeKind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Opened,
        Self::Reopened,
        Self::Raised,
        Self::Repeated,
        Self::Calmed,
        Self::Closed,
        Self::Escalated,
        Self::Unanswered,
        Self::Lapsed,
        Self::DeadlineNear,
        Self::DeadlineMissed,
        Self::ReplyNear,
        Self::ReplyMissed,
    ];

    /// Whether it says that a matter is there, again, or graver than before.
    #[must_use]
    pub const fn is_rise(self) -> bool {
        matches!(self, Self::Opened | Self::Reopened | Self::Raised)
    }

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Reopened => "reopened",
            Self::Raised => "raised",
            Self::Repeated => "repeated",
            Self::Calmed => "calmed",
            Self::Closed => "closed",
            Self::Escalated => "escalated",
            Self::Unanswered => "unanswered",
            Self::Lapsed => "lapsed",
            Self::DeadlineNear => "deadline_near",
            Self::DeadlineMissed => "deadline_missed",
            Self::ReplyNear => "reply_near",
            Self::ReplyMissed => "reply_missed",
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
    /// What a detector compared; none for a plain count, and where it had too little to judge by.
    pub usual: Option<Usual>,
}

/// What a detector compared, so that its verdict can be checked by eye.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usual {
    /// The count of the current window.
    pub count: f64,
    /// The count that would be usual.
    pub baseline: f64,
    /// The standard deviation of the usual, at least `min_sigma`.
    pub spread: f64,
    /// How many windows the baseline stands on.
    pub windows: u32,
}

/// The method of a reason that is the end of what was above: nothing kept it for long enough.
pub const CALM_METHOD: &str = "calm";

/// Why a tier is what it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// How it was decided: the first detector in what holds, such as `ears`; `count` for thresholds
    /// on counts alone, `calm` for the end of one, `watchdog` for an alarm of the
    /// pipeline about itself.
    pub method: String,
    /// The condition, as written: it holds the threshold.
    pub condition: String,
    /// What is left of it without the branches that were not true; none where all were.
    pub holds: Option<String>,
    /// What was measured, in the order of the condition.
    pub measures: Vec<Measure>,
    /// The end of the minute that was looked at (event clock).
    pub at: Timestamp,
}

/// A post as a notice shows it. Whoever spoke is not in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Quote {
    /// The post.
    pub post: PostId,
    /// The story that it tells: equal in posts of one topic that say the same.
    pub story: StoryId,
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
    /// Of the others that say the same, the one that reaches widest among those whose link is
    /// known; in notices only.
    pub widest_copy: Option<WidestCopy>,
}

/// Where another post can be read that says the same as a quoted one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WidestCopy {
    /// The post.
    pub post: PostId,
    /// Where it was found.
    pub source: SourceId,
    /// Where it can be read.
    pub url: String,
    /// How far it reaches: reposts, comments and likes together.
    pub reach: u64,
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
    /// The loudest tier that it ever had, where that is louder than `tier`.
    pub peak_tier: Option<Tier>,
    /// What this receiver was told before, if anything.
    pub last_told: Option<LastTold>,
    /// Why.
    pub reason: Reason,
    /// What kind of matter it is.
    pub class: Class,
    /// What people say of the event after verification.
    pub grade: Option<Grade>,
    /// What it is sorted by: the labels of its topic, and those that people gave it.
    pub labels: BTreeMap<LabelKey, String>,
    /// The factual answer that is out.
    pub answer: Option<Answer>,
    /// Counts over the incident's life.
    pub totals: Totals,
    /// When its first post was found.
    pub first_found_at: Timestamp,
    /// When its latest post was found.
    pub last_found_at: Timestamp,
    /// Of `*`: its subjects, the one with the most posts first; where they are too many, those that
    /// stand at III or above by themselves and then the largest.
    pub subjects: Vec<SubjectShare>,
    /// How many of its subjects are not among them.
    pub more_subjects: u64,
    /// Posts that show what it is about: the first, then the widest reach; of `*`, one of each
    /// subject before more of one.
    pub quotes: Vec<Quote>,
    /// Whether its posts were found a while before they came here: behind a backlog, or held up on
    /// the way.
    pub late: bool,
    /// When it was made (wall clock).
    pub made_at: Timestamp,
    /// How many earlier notices to this receiver it stands for, because they were waiting still.
    pub merged: u32,
    /// What held it back until now, where that is worth a word.
    pub held_back: Option<HeldBack>,
    /// Who has taken the incident on, or did before it was raised or the acknowledgement expired.
    pub taken_on: Option<TakenOn>,
    /// What is owed of the incident, and until when, in the order of the duties.
    pub deadlines: Vec<Deadline>,
    /// Questions that wait for an answer, in the order in which they are due: those whose time is
    /// nearest to that of the notice, where there are many.
    pub asked: Vec<Question>,
    /// Who was told before without an answer, where nobody has acknowledged it in time.
    pub told_before: Vec<ReceiverId>,
    /// Other incidents that this notice stands for, because too many notices came at once.
    pub others: Vec<OtherIncident>,
}

/// A subject of `*`, and its part in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectShare {
    /// The subject.
    pub subject: SubjectKey,
    /// Its posts since the first post of `*` was found.
    pub posts: u64,
    /// The tier at which it stands by itself, where that is III or above.
    pub tier: Option<Tier>,
}

/// What held a notice back that goes now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeldBack {
    /// A silence, which is over.
    Silence {
        /// Until when it was (wall clock).
        until: Timestamp,
        /// Why people had asked for it.
        reason: String,
    },
    /// The quiet hours of the receiver, which are over.
    QuietHours,
}

/// Who took an incident on, and how long that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenOn {
    /// Who, and when.
    pub acknowledgement: Acknowledgement,
    /// Until when it holds unless something is written into the record (wall clock); none: without
    /// end, or it holds no longer.
    pub until: Option<Timestamp>,
    /// Why it holds no longer; none: it does.
    pub ended: Option<AcknowledgementEnd>,
}

/// What a receiver was told of an incident before, so that a notice can say what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastTold {
    /// When (wall clock).
    pub at: Timestamp,
    /// The counts that it was told.
    pub totals: Totals,
}

/// An incident that a notice stands for beside its own, in a line.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherIncident {
    /// Its number.
    pub number: IncidentNumber,
    /// What would have been told of it.
    pub kind: NoticeKind,
    /// The name of its topic, for people.
    pub topic_name: String,
    /// Its subject.
    pub subject: SubjectKey,
    /// Its tier.
    pub tier: Tier,
    /// Counts over its life.
    pub totals: Totals,
    /// The beginning of its first quote that it has, on one line.
    pub headline: String,
    /// The post that the headline is of; none where there is no quote.
    pub headline_of: Option<HeadlineOf>,
}

/// The post that a headline is of, so that it can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadlineOf {
    /// The post.
    pub post: PostId,
    /// Where it was found.
    pub source: SourceId,
}
