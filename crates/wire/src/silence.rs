//! Silences, for the ledger, the API and the command line.

use fengbiao_model::{Actor, IncidentNumber, Silence, SilenceNumber, Silenced, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::filter::FilterJson;
use crate::scalar::{Str, Text};

/// What a silence covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "scope", rename_all = "snake_case", deny_unknown_fields)]
pub enum SilencedJson<'a> {
    /// One incident.
    Incident {
        /// Its number.
        incident: Text<IncidentNumber>,
    },
    /// All that fit.
    Filter {
        /// What must fit.
        #[serde(borrow)]
        filter: FilterJson<'a>,
    },
}

/// A silence: while it lasts, the incidents it covers are not told, and their escalation stands
/// still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "silence")]
pub struct SilenceJson<'a> {
    /// Its number.
    pub number: u64,
    /// What it covers.
    #[serde(borrow)]
    pub covers: SilencedJson<'a>,
    /// When it begins (wall clock).
    pub from: Text<Timestamp>,
    /// When it ends (wall clock); this instant is not part of it.
    pub until: Text<Timestamp>,
    /// Who asked for it.
    #[serde(borrow)]
    pub by: Str<'a>,
    /// Why, in a sentence.
    #[serde(borrow)]
    pub reason: Str<'a>,
}

impl<'a> From<&'a Silenced> for SilencedJson<'a> {
    fn from(covers: &'a Silenced) -> Self {
        match covers {
            Silenced::Incident(number) => Self::Incident {
                incident: Text(*number),
            },
            Silenced::Filter(filter) => Self::Filter {
                filter: filter.into(),
            },
        }
    }
}

impl SilencedJson<'_> {
    /// What is covered, its names checked.
    pub fn into_model(self) -> Result<Silenced, WireError> {
        Ok(match self {
            Self::Incident { incident } => Silenced::Incident(incident.0),
            Self::Filter { filter } => Silenced::Filter(filter.into_model()?),
        })
    }
}

impl<'a> From<&'a Silence> for SilenceJson<'a> {
    fn from(silence: &'a Silence) -> Self {
        Self {
            number: silence.number.0,
            covers: (&silence.covers).into(),
            from: Text(silence.from),
            until: Text(silence.until),
            by: silence.by.as_str().into(),
            reason: silence.reason.as_str().into(),
        }
    }
}

impl SilenceJson<'_> {
    /// The silence, its names checked.
    pub fn into_model(self) -> Result<Silence, WireError> {
        Ok(Silence {
            number: SilenceNumber(self.number),
            covers: self.covers.into_model()?,
            from: self.from.0,
            until: self.until.0,
            by: Actor::new(self.by.0).map_err(|error| WireError::id("by", &error))?,
            reason: self.reason.0.into_owned(),
        })
    }
}
