//! Receivers, and how many notices they take at once.

use fengbiao_model::{Receiver, Storm, TimeSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::weekly::WeeklyTimesJson;
use crate::error::WireError;
use crate::name::name;
use crate::scalar::Str;

/// One receiver of notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiverJson<'a> {
    /// Its id.
    #[serde(borrow)]
    pub id: Str<'a>,
    /// Whether a notice here may wake a person.
    pub pages: bool,
    /// Times in which only tiers I and II are told here; not there: none.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<WeeklyTimesJson<'a>>,
}

/// Above so many notices to one receiver in a time, the rest become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StormJson {
    /// Notices to one receiver that go by themselves; 0: no bound.
    pub notices: u32,
    /// In so long a time, in milliseconds.
    pub within_ms: i64,
}

impl<'a> From<&'a Receiver> for ReceiverJson<'a> {
    fn from(receiver: &'a Receiver) -> Self {
        Self {
            id: receiver.id.as_str().into(),
            pages: receiver.pages,
            quiet: receiver.quiet.as_ref().map(Into::into),
        }
    }
}

impl ReceiverJson<'_> {
    /// The receiver, its names checked.
    pub fn into_model(self) -> Result<Receiver, WireError> {
        Ok(Receiver {
            id: name("receivers.id", &self.id.0)?,
            pages: self.pages,
            quiet: self.quiet.map(WeeklyTimesJson::into_model).transpose()?,
        })
    }
}

impl From<Storm> for StormJson {
    fn from(storm: Storm) -> Self {
        Self {
            notices: storm.notices,
            within_ms: storm.within.as_millis(),
        }
    }
}

impl From<StormJson> for Storm {
    fn from(json: StormJson) -> Self {
        Self {
            notices: json.notices,
            within: TimeSpan::from_millis(json.within_ms),
        }
    }
}
