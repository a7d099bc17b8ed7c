//! What the pipeline itself is held to: a part of the policy.

use fengbiao_model::{CanaryWatch, SourceId, SourceWatch, Tier, TimeSpan, WatchTiers, Watchdog};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::name::{keyed, name};
use crate::scalar::{Str, Text};

/// What the watchdog goes by. Lengths are in milliseconds; zero means never.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchdogJson<'a> {
    /// A source without a successful poll for so long is dead.
    pub dead_after_ms: i64,
    /// A source that brings nothing for so long, though it usually does, is quiet.
    pub quiet_after_ms: i64,
    /// The configured sources.
    #[serde(borrow)]
    pub sources: Vec<SourceWatchJson<'a>>,
    /// A topic without a post for so long, though it usually has some, is quiet.
    pub topic_quiet_after_ms: i64,
    /// What is expected of canaries; not there: there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<CanaryWatchJson>,
    /// How loud the alarms are.
    pub tiers: WatchTiersJson,
}

/// One configured source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceWatchJson<'a> {
    /// The source.
    #[serde(borrow)]
    pub source: Str<'a>,
    /// After how long without a successful poll it is dead, in milliseconds; 0: never.
    pub dead_after_ms: i64,
    /// After how long without a post it may be quiet, in milliseconds; 0: never.
    pub quiet_after_ms: i64,
}

/// What is expected of canaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CanaryWatchJson {
    /// How often one is put into each partition of `posts`, in milliseconds.
    pub interval_ms: i64,
    /// How long its way may take, in milliseconds.
    pub within_ms: i64,
    /// The partitions of `posts`.
    pub partitions: u32,
}

/// How loud the alarms are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchTiersJson {
    /// One source is dead or quiet.
    pub source: Text<Tier>,
    /// All sources are.
    pub all_sources: Text<Tier>,
    /// A topic is quiet.
    pub topic: Text<Tier>,
    /// A partition of `posts` has no marks.
    pub partition: Text<Tier>,
    /// A canary has not come out in time.
    pub canary: Text<Tier>,
}

impl<'a> From<&'a Watchdog> for WatchdogJson<'a> {
    fn from(watchdog: &'a Watchdog) -> Self {
        let source = |(source, watch): (&'a SourceId, &SourceWatch)| SourceWatchJson {
            source: source.as_str().into(),
            dead_after_ms: watch.dead_after.as_millis(),
            quiet_after_ms: watch.quiet_after.as_millis(),
        };
        let canary = |canary: CanaryWatch| CanaryWatchJson {
            interval_ms: canary.interval.as_millis(),
            within_ms: canary.within.as_millis(),
            partitions: canary.partitions,
        };
        let tiers = watchdog.tiers;
        Self {
            dead_after_ms: watchdog.dead_after.as_millis(),
            quiet_after_ms: watchdog.quiet_after.as_millis(),
            sources: watchdog.sources.iter().map(source).collect(),
            topic_quiet_after_ms: watchdog.topic_quiet_after.as_millis(),
            canary: watchdog.canary.map(canary),
            tiers: WatchTiersJson {
                source: Text(tiers.source),
                all_sources: Text(tiers.all_sources),
                topic: Text(tiers.topic),
                partition: Text(tiers.partition),
                canary: Text(tiers.canary),
            },
        }
    }
}

impl WatchdogJson<'_> {
    pub(crate) fn into_model(self) -> Result<Watchdog, WireError> {
        let span = TimeSpan::from_millis;
        let source = |json: SourceWatchJson<'_>| {
            let source: SourceId = name("watchdog.sources.source", &json.source.0)?;
            let watch = SourceWatch {
                dead_after: span(json.dead_after_ms),
                quiet_after: span(json.quiet_after_ms),
            };
            Ok((source, watch))
        };
        let sources = self.sources.into_iter().map(source);
        let sources = keyed("watchdog.sources.source", "source", sources)?;
        let canary = |json: CanaryWatchJson| CanaryWatch {
            interval: span(json.interval_ms),
            within: span(json.within_ms),
            partitions: json.partitions,
        };
        Ok(Watchdog {
            dead_after: span(self.dead_after_ms),
            quiet_after: span(self.quiet_after_ms),
            sources,
            topic_quiet_after: span(self.topic_quiet_after_ms),
            canary: self.canary.map(canary),
            tiers: WatchTiers {
                source: self.tiers.source.0,
                all_sources: self.tiers.all_sources.0,
                topic: self.tiers.topic.0,
                partition: self.tiers.partition.0,
                canary: self.tiers.canary.0,
            },
        })
    }
}
