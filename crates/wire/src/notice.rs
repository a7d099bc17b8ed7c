//! Notices, for the outbox and for receivers that read JSON.

use std::collections::BTreeMap;

use fengbiao_model::{
    Class, Grade, HeadlineOf, IncidentId, IncidentNumber, LastTold, Measure, Notice, NoticeKey,
    NoticeKind, OtherIncident, PostId, Reason, Tier, Timestamp, Usual,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::deadline::DeadlineJson;
use crate::error::WireError;
use crate::filter::{labels_of, texts_of};
use crate::incident::{AnswerJson, SubjectKeyJson, TotalsJson};
use crate::name::name;
use crate::question::QuestionJson;
use crate::quote::QuoteJson;
use crate::record::{decode, encode};
use crate::scalar::{Number, Str, Text, V1};
use crate::telling::{HeldBackJson, SubjectShareJson, TakenOnJson};

/// The identity of a notice in its ledger: the same on every attempt. Another ledger may use it again;
/// what a receiver can tell a repeat by is the event's `id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeKeyJson<'a> {
    /// The incident's name inside the machine.
    pub incident: u64,
    /// The running number of its change.
    pub change: u32,
    /// Rung of escalation; a repeat is a rung of its own.
    pub rung: u16,
    /// To whom.
    #[serde(borrow)]
    pub receiver: Str<'a>,
    /// Part of a message that had to be split, from 0.
    pub part: u16,
}

/// A number that a decision was made by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasureJson<'a> {
    /// Its name in the tier expressions, such as `voices_1h`.
    #[serde(borrow)]
    pub name: Str<'a>,
    /// Its value at the time.
    pub value: Number,
    /// What a detector compared; not there for a plain count, and where a detector had too little to
    /// judge by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual: Option<UsualJson>,
}

/// What a detector compared, so that its verdict can be checked by eye.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsualJson {
    /// The count of the current window.
    pub count: Number,
    /// The count that would be usual.
    pub baseline: Number,
    /// The standard deviation of the usual, at least `min_sigma`.
    pub spread: Number,
    /// How many windows the baseline stands on.
    pub windows: u32,
}

/// Why a tier is what it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonJson<'a> {
    /// How it was decided: the first detector in what holds, such as `ears`; `count` for thresholds
    /// on counts alone, `calm` for the end of one.
    #[serde(borrow)]
    pub method: Str<'a>,
    /// The condition, as written: it holds the threshold.
    #[serde(borrow)]
    pub condition: Str<'a>,
    /// What is left of it without the branches that were not true; not there: all were.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<Str<'a>>,
    /// What was measured, in the order of the condition.
    #[serde(borrow)]
    pub measures: Vec<MeasureJson<'a>>,
    /// The end of the minute that was looked at (event clock).
    pub at: Text<Timestamp>,
}

/// One message to one receiver about one change of an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "notice")]
pub struct NoticeJson<'a> {
    /// Version of this shape.
    pub v: V1,
    /// Its identity.
    #[serde(borrow)]
    pub key: NoticeKeyJson<'a>,
    /// What it is about.
    pub kind: Text<NoticeKind>,
    /// The incident's number.
    pub number: Text<IncidentNumber>,
    /// The topic.
    #[serde(borrow)]
    pub topic: Str<'a>,
    /// The topic's name, for people.
    #[serde(borrow)]
    pub topic_name: Str<'a>,
    /// Who answers for the topic.
    #[serde(borrow)]
    pub owner: Str<'a>,
    /// The subject.
    #[serde(borrow)]
    pub subject: SubjectKeyJson<'a>,
    /// The tier told of: the new one, or at the end the last one.
    pub tier: Text<Tier>,
    /// The tier that this receiver was told before, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_tier: Option<Text<Tier>>,
    /// The loudest tier that it ever had, where that is louder than `tier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_tier: Option<Text<Tier>>,
    /// What this receiver was told before; not there: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_told: Option<LastToldJson>,
    /// Why.
    #[serde(borrow)]
    pub reason: ReasonJson<'a>,
    /// What kind of matter it is.
    pub class: Text<Class>,
    /// What people say of the event after verification; not the tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Text<Grade>>,
    /// What it is sorted by: the labels of its topic, and those that people gave it; not there:
    /// none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The factual answer that is out.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerJson<'a>>,
    /// Counts over the incident's life.
    pub totals: TotalsJson,
    /// When its first post was found (event clock).
    pub first_found_at: Text<Timestamp>,
    /// When its latest post was found (event clock).
    pub last_found_at: Text<Timestamp>,
    /// Of `*`: its subjects, the one with the most posts first; not there: it is of one subject.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<SubjectShareJson<'a>>,
    /// How many of its subjects are not among them; not there: none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_subjects: u64,
    /// Posts that show what it is about: the first, then the widest reach; of `*`, one of each
    /// subject before more of one.
    #[serde(borrow)]
    pub quotes: Vec<QuoteJson<'a>>,
    /// Whether its posts were found a while before they came here: behind a backlog, or held up on
    /// the way.
    pub late: bool,
    /// When it was made (wall clock).
    pub made_at: Text<Timestamp>,
    /// How many earlier notices to this receiver it stands for.
    pub merged: u32,
    /// What held it back until now; not there: nothing worth a word.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<HeldBackJson<'a>>,
    /// Who has taken the incident on, or did before; not there: nobody.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub taken_on: Option<TakenOnJson<'a>>,
    /// What is owed of the incident, and until when; not there: nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deadlines: Vec<DeadlineJson>,
    /// Questions that wait for an answer, in the order in which they are due; not there: none.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<QuestionJson<'a>>,
    /// The receivers who were told before without an answer; not there: nobody.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub told_before: Vec<Str<'a>>,
    /// Other incidents that it stands for, because too many notices came at once; not there: none.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherIncidentJson<'a>>,
}

/// What a receiver was told of an incident before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LastToldJson {
    /// When (wall clock).
    pub at: Text<Timestamp>,
    /// The counts that it was told.
    pub totals: TotalsJson,
}

/// An incident that a notice stands for beside its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherIncidentJson<'a> {
    /// Its number.
    pub number: Text<IncidentNumber>,
    /// What would have been told of it.
    pub kind: Text<NoticeKind>,
    /// The name of its topic, for people.
    #[serde(borrow)]
    pub topic_name: Str<'a>,
    /// Its subject.
    #[serde(borrow)]
    pub subject: SubjectKeyJson<'a>,
    /// Its tier.
    pub tier: Text<Tier>,
    /// Counts over its life.
    pub totals: TotalsJson,
    /// The beginning of its first quote, on one line.
    #[serde(borrow)]
    pub headline: Str<'a>,
    /// The post that the headline is of; not there: there is no quote.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub headline_of: Option<HeadlineOfJson<'a>>,
}

/// The post that a headline is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeadlineOfJson<'a> {
    /// The post.
    pub post: Text<PostId>,
    /// Where it was found.
    #[serde(borrow)]
    pub source: Str<'a>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The canonical bytes of a notice.
#[must_use]
pub fn encode_notice(notice: &Notice) -> Vec<u8> {
    encode(&NoticeJson::from(notice))
}

/// Reads a notice.
pub fn decode_notice(bytes: &[u8]) -> Result<Notice, WireError> {
    decode::<NoticeJson<'_>>("notice", bytes)?.into_model()
}

impl<'a> From<&'a Notice> for NoticeJson<'a> {
    fn from(notice: &'a Notice) -> Self {
        Self {
            v: V1,
            key: (&notice.key).into(),
            kind: Text(notice.kind),
            number: Text(notice.number),
            topic: notice.topic.as_str().into(),
            topic_name: notice.topic_name.as_str().into(),
            owner: notice.owner.as_str().into(),
            subject: (&notice.subject).into(),
            tier: Text(notice.tier),
            previous_tier: notice.previous_tier.map(Text),
            peak_tier: notice.peak_tier.map(Text),
            last_told: notice.last_told.map(Into::into),
            reason: (&notice.reason).into(),
            class: Text(notice.class),
            grade: notice.grade.map(Text),
            labels: texts_of(&notice.labels),
            answer: notice.answer.as_ref().map(Into::into),
            totals: notice.totals.into(),
            first_found_at: Text(notice.first_found_at),
            last_found_at: Text(notice.last_found_at),
            subjects: notice.subjects.iter().map(Into::into).collect(),
            more_subjects: notice.more_subjects,
            quotes: notice.quotes.iter().map(Into::into).collect(),
            late: notice.late,
            made_at: Text(notice.made_at),
            merged: notice.merged,
            held_back: notice.held_back.as_ref().map(Into::into),
            taken_on: notice.taken_on.as_ref().map(Into::into),
            deadlines: notice.deadlines.iter().copied().map(Into::into).collect(),
            asked: notice.asked.iter().map(Into::into).collect(),
            told_before: notice
                .told_before
                .iter()
                .map(|receiver| receiver.as_str().into())
                .collect(),
            others: notice.others.iter().map(Into::into).collect(),
        }
    }
}

impl NoticeJson<'_> {
    /// The notice, its names checked.
    pub fn into_model(self) -> Result<Notice, WireError> {
        let quotes = self.quotes.into_iter().map(QuoteJson::into_model);
        let told_before = self.told_before.into_iter();
        let told_before = told_before.map(|receiver| name("told_before", &receiver.0));
        let others = self.others.into_iter().map(OtherIncidentJson::into_model);
        Ok(Notice {
            key: self.key.into_model()?,
            kind: self.kind.0,
            number: self.number.0,
            topic: name("topic", &self.topic.0)?,
            topic_name: self.topic_name.0.into_owned(),
            owner: self.owner.0.into_owned(),
            subject: self.subject.into(),
            tier: self.tier.0,
            previous_tier: self.previous_tier.map(|tier| tier.0),
            peak_tier: self.peak_tier.map(|tier| tier.0),
            last_told: self.last_told.map(Into::into),
            reason: self.reason.into(),
            class: self.class.0,
            grade: self.grade.map(|grade| grade.0),
            labels: labels_of(self.labels)?,
            answer: self.answer.map(AnswerJson::into_model).transpose()?,
            totals: self.totals.into(),
            first_found_at: self.first_found_at.0,
            last_found_at: self.last_found_at.0,
            subjects: self.subjects.into_iter().map(Into::into).collect(),
            more_subjects: self.more_subjects,
            quotes: quotes.collect::<Result<_, _>>()?,
            late: self.late,
            made_at: self.made_at.0,
            merged: self.merged,
            held_back: self.held_back.map(Into::into),
            taken_on: self.taken_on.map(TakenOnJson::into_model).transpose()?,
            deadlines: self.deadlines.into_iter().map(Into::into).collect(),
            asked: self.asked.into_iter().map(Into::into).collect(),
            told_before: told_before.collect::<Result<_, _>>()?,
            others: others.collect::<Result<_, _>>()?,
        })
    }
}

impl From<LastTold> for LastToldJson {
    fn from(told: LastTold) -> Self {
        Self {
            at: Text(told.at),
            totals: told.totals.into(),
        }
    }
}

impl From<LastToldJson> for LastTold {
    fn from(json: LastToldJson) -> Self {
        Self {
            at: json.at.0,
            totals: json.totals.into(),
        }
    }
}

impl<'a> From<&'a OtherIncident> for OtherIncidentJson<'a> {
    fn from(other: &'a OtherIncident) -> Self {
        Self {
            number: Text(other.number),
            kind: Text(other.kind),
            topic_name: other.topic_name.as_str().into(),
            subject: (&other.subject).into(),
            tier: Text(other.tier),
            totals: other.totals.into(),
            headline: other.headline.as_str().into(),
            headline_of: other.headline_of.as_ref().map(Into::into),
        }
    }
}

impl OtherIncidentJson<'_> {
    fn into_model(self) -> Result<OtherIncident, WireError> {
        let headline_of = self.headline_of.map(HeadlineOfJson::into_model);
        Ok(OtherIncident {
            number: self.number.0,
            kind: self.kind.0,
            topic_name: self.topic_name.0.into_owned(),
            subject: self.subject.into(),
            tier: self.tier.0,
            totals: self.totals.into(),
            headline: self.headline.0.into_owned(),
            headline_of: headline_of.transpose()?,
        })
    }
}

impl<'a> From<&'a HeadlineOf> for HeadlineOfJson<'a> {
    fn from(of: &'a HeadlineOf) -> Self {
        Self {
            post: Text(of.post),
            source: of.source.as_str().into(),
        }
    }
}

impl HeadlineOfJson<'_> {
    fn into_model(self) -> Result<HeadlineOf, WireError> {
        Ok(HeadlineOf {
            post: self.post.0,
            source: name("others.headline_of.source", &self.source.0)?,
        })
    }
}

impl<'a> From<&'a NoticeKey> for NoticeKeyJson<'a> {
    fn from(key: &'a NoticeKey) -> Self {
        Self {
            incident: key.incident.0,
            change: key.change,
            rung: key.rung,
            receiver: key.receiver.as_str().into(),
            part: key.part,
        }
    }
}

impl NoticeKeyJson<'_> {
    fn into_model(self) -> Result<NoticeKey, WireError> {
        Ok(NoticeKey {
            incident: IncidentId(self.incident),
            change: self.change,
            rung: self.rung,
            receiver: name("key.receiver", &self.receiver.0)?,
            part: self.part,
        })
    }
}

impl From<&Usual> for UsualJson {
    fn from(usual: &Usual) -> Self {
        Self {
            count: Number(usual.count),
            baseline: Number(usual.baseline),
            spread: Number(usual.spread),
            windows: usual.windows,
        }
    }
}

impl From<UsualJson> for Usual {
    fn from(json: UsualJson) -> Self {
        Self {
            count: json.count.0,
            baseline: json.baseline.0,
            spread: json.spread.0,
            windows: json.windows,
        }
    }
}

impl<'a> From<&'a Reason> for ReasonJson<'a> {
    fn from(reason: &'a Reason) -> Self {
        let measure = |measure: &'a Measure| MeasureJson {
            name: measure.name.as_str().into(),
            value: Number(measure.value),
            usual: measure.usual.as_ref().map(Into::into),
        };
        Self {
            method: reason.method.as_str().into(),
            condition: reason.condition.as_str().into(),
            holds: reason.holds.as_deref().map(Into::into),
            measures: reason.measures.iter().map(measure).collect(),
            at: Text(reason.at),
        }
    }
}

impl From<ReasonJson<'_>> for Reason {
    fn from(json: ReasonJson<'_>) -> Self {
        let measure = |json: MeasureJson<'_>| Measure {
            name: json.name.0.into_owned(),
            value: json.value.0,
            usual: json.usual.map(Into::into),
        };
        Self {
            method: json.method.0.into_owned(),
            condition: json.condition.0.into_owned(),
            holds: json.holds.map(|holds| holds.0.into_owned()),
            measures: json.measures.into_iter().map(measure).collect(),
            at: json.at.0,
        }
    }
}
