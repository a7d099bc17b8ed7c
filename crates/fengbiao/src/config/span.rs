//! Lengths of time in the configuration: `90s`, `10m`, `24h`, `7d`.

use std::borrow::Cow;
use std::time::Duration;

use fengbiao_model::TimeSpan;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

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
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        fengbiao_wire::parse_span(&text)
            .map(Self)
            .map_err(de::Error::custom)
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
