//! Lengths of time in the configuration: `90s`, `10m`, `24h`, `7d`.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use fengbiao_model::TimeSpan;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits::MAX_LENGTH;

/// A length of time as the operator writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Length(pub(crate) TimeSpan);

impl Length {
    pub(crate) const fn seconds(seconds: i64) -> Self {
        Self(TimeSpan::from_secs(seconds))
    }

    /// By the clock of the machine, whatever the demonstration does to ours.
    pub(crate) fn real(self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.as_millis()).unwrap_or(0))
    }

    pub(crate) const fn minutes(minutes: i64) -> Self {
        Self(TimeSpan::from_minutes(minutes))
    }

    pub(crate) const fn hours(hours: i64) -> Self {
        Self(TimeSpan::from_hours(hours))
    }

    pub(crate) const fn days(days: i64) -> Self {
        Self::hours(24 * days)
    }
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

struct Text;

impl Visitor<'_> for Text {
    type Value = Length;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a length of time such as `10m` or `14d`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Length, E> {
        let span = fengbiao_wire::parse_span(text).map_err(E::custom)?;
        if span > MAX_LENGTH {
            return Err(E::custom(format!(
                "`{text}` is too long, expected at most `{MAX_LENGTH}`"
            )));
        }
        Ok(Length(span))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Length, E> {
        Err(E::custom(format!(
            "`{number}` has no unit, expected a length of time in quotes, such as `\"{number}d\"`"
        )))
    }
}

impl JsonSchema for Length {
    fn schema_name() -> Cow<'static, str> {
        "Length".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$" })
    }
}
