//! What a notice says of its own way, and of people: what `*` gathers, what held it back, who has
//! taken the incident on.

use fengbiao_model::{
    Acknowledgement, AcknowledgementEnd, Actor, HeldBack, SubjectShare, TakenOn, Tier, Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::incident::SubjectKeyJson;
use crate::scalar::{Str, Text};

/// A subject of `*`, and its part in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectShareJson<'a> {
    /// The subject.
    #[serde(borrow)]
    pub subject: SubjectKeyJson<'a>,
    /// Its posts since the first post of `*` was found.
    pub posts: u64,
    /// The tier at which it stands by itself; not there: below III.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Text<Tier>>,
}

/// What held a notice back that goes now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum HeldBackJson<'a> {
    /// A silence, which is over.
    Silence {
        /// Until when it was (wall clock).
        until: Text<Timestamp>,
        /// Why people had asked for it.
        #[serde(borrow)]
        reason: Str<'a>,
    },
    /// The quiet hours of the receiver, which are over.
    QuietHours {},
}

/// Who took an incident on, and how long that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TakenOnJson<'a> {
    /// Who: somebody who works with Fengbiao.
    #[serde(borrow)]
    pub by: Str<'a>,
    /// When (wall clock).
    pub at: Text<Timestamp>,
    /// Until when it holds unless something is written into the record (wall clock); not there:
    /// without end, or it holds no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Text<Timestamp>>,
    /// Why it holds no longer; not there: it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Text<AcknowledgementEnd>>,
}

impl<'a> From<&'a SubjectShare> for SubjectShareJson<'a> {
    fn from(share: &'a SubjectShare) -> Self {
        Self {
            subject: (&share.subject).into(),
            posts: share.posts,
            tier: share.tier.map(Text),
        }
    }
}

impl From<SubjectShareJson<'_>> for SubjectShare {
    fn from(json: SubjectShareJson<'_>) -> Self {
        Self {
            subject: json.subject.into(),
            posts: json.posts,
            tier: json.tier.map(|tier| tier.0),
        }
    }
}

impl<'a> From<&'a HeldBack> for HeldBackJson<'a> {
    fn from(held: &'a HeldBack) -> Self {
        match held {
            HeldBack::Silence { until, reason } => Self::Silence {
                until: Text(*until),
                reason: reason.as_str().into(),
            },
            HeldBack::QuietHours => Self::QuietHours {},
        }
    }
}

impl From<HeldBackJson<'_>> for HeldBack {
    fn from(json: HeldBackJson<'_>) -> Self {
        match json {
            HeldBackJson::Silence { until, reason } => Self::Silence {
                until: until.0,
                reason: reason.0.into_owned(),
            },
            HeldBackJson::QuietHours {} => Self::QuietHours,
        }
    }
}

impl<'a> From<&'a TakenOn> for TakenOnJson<'a> {
    fn from(taken: &'a TakenOn) -> Self {
        Self {
            by: taken.acknowledgement.by.as_str().into(),
            at: Text(taken.acknowledgement.at),
            until: taken.until.map(Text),
            ended: taken.ended.map(Text),
        }
    }
}

impl TakenOnJson<'_> {
    pub(crate) fn into_model(self) -> Result<TakenOn, WireError> {
        let by = Actor::new(self.by.0);
        let by = by.map_err(|error| WireError::id("taken_on.by", &error))?;
        Ok(TakenOn {
            acknowledgement: Acknowledgement { by, at: self.at.0 },
            until: self.until.map(|until| until.0),
            ended: self.ended.map(|ended| ended.0),
        })
    }
}
