//! Times of the week.

use fengbiao_model::{WeeklyInterval, WeeklyTimes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::name::name;
use crate::scalar::{Str, Text};

/// Times of the week in a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklyTimesJson<'a> {
    /// The zone, an IANA name.
    #[serde(borrow)]
    pub zone: Str<'a>,
    /// The intervals.
    pub intervals: Vec<Text<WeeklyInterval>>,
}

impl<'a> From<&'a WeeklyTimes> for WeeklyTimesJson<'a> {
    fn from(times: &'a WeeklyTimes) -> Self {
        Self {
            zone: times.zone.as_str().into(),
            intervals: times.intervals.iter().copied().map(Text).collect(),
        }
    }
}

impl WeeklyTimesJson<'_> {
    /// The times, the zone's name checked.
    pub fn into_model(self) -> Result<WeeklyTimes, WireError> {
        Ok(WeeklyTimes {
            zone: name("zone", &self.zone.0)?,
            intervals: self.intervals.into_iter().map(|one| one.0).collect(),
        })
    }
}
