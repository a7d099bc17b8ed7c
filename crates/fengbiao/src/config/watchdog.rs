//! `[watchdog]`: how the pipeline watches itself.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use fengbiao_model::{CanaryWatch, Tier, TimeSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Length;
use super::bounds::within;
use crate::limits::{CANARY_BOUNDS, HEARTBEAT_BOUNDS, MIN_DEAD_AFTER};

/// How the pipeline watches itself. Its alarms are incidents of the topic `pipeline`, told to every
/// receiver that hears of that topic, and they close by themselves when life returns.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Watchdog {
    /// Whether it does. Where it does not, there are neither canaries nor a heartbeat.
    pub(crate) enabled: bool,
    /// Who answers for its alarms.
    pub(crate) owner: String,
    /// A source without a successful poll for so long is dead; a feed has time for three polls at
    /// least. Sources give signs of life once a minute, so at least `2m`; `0s` means never.
    pub(crate) dead_after: Length,
    /// A source that is polled well but brings nothing for so long is quiet, where it usually would
    /// have brought some twenty posts by then, by the hour of the day. `0s` means never.
    pub(crate) quiet_after: Length,
    /// A topic without a hit for so long is quiet, where by its last two weeks it would have had
    /// some twenty. `0s` means never: most topics are calm by nature.
    pub(crate) topic_quiet_after: Length,
    /// Tier of the alarm that one source is dead or quiet.
    pub(crate) source_tier: String,
    /// Tier of the alarm that all sources are.
    pub(crate) all_sources_tier: String,
    /// Tier of the alarm that a topic is quiet.
    pub(crate) topic_tier: String,
    /// Tier of the alarm that no matcher reads a partition of `posts`.
    pub(crate) partition_tier: String,
    /// Tier of the alarm that a canary has not come out in time.
    pub(crate) canary_tier: String,
    /// How often a canary, a post of Fengbiao's own, is put in at the source side; it must come out
    /// as a notice to nobody, and counts nowhere: `1s` to `1d`; `0s` means never.
    pub(crate) canary_interval: Length,
    /// How long the way of a canary may take: `1s` to `1d`.
    pub(crate) canary_within: Length,
    /// Where a heartbeat goes by HTTP GET while the daemon is ready (as `/readyz` says it) and no
    /// alarm of the topic `pipeline` at tier II or above is open: a dead man's switch outside of
    /// this machine, which tells somebody when it stops.
    #[schemars(example = &"https://hc.example.org/ping/fengbiao")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) heartbeat_url: Option<String>,
    /// A file with that address, where it holds a secret.
    #[schemars(example = &"/etc/fengbiao/heartbeat-url")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) heartbeat_url_file: Option<PathBuf>,
    /// How often the heartbeat goes: `100ms` to `1d`.
    pub(crate) heartbeat_interval: Length,
}

impl Default for Watchdog {
    fn default() -> Self {
        Self {
            enabled: true,
            owner: "operations".to_owned(),
            dead_after: Length::minutes(15),
            quiet_after: Length::hours(3),
            topic_quiet_after: Length(TimeSpan::ZERO),
            source_tier: "III".to_owned(),
            all_sources_tier: "II".to_owned(),
            topic_tier: "III".to_owned(),
            partition_tier: "II".to_owned(),
            canary_tier: "II".to_owned(),
            canary_interval: Length::minutes(1),
            canary_within: Length::minutes(1),
            heartbeat_url: None,
            heartbeat_url_file: None,
            heartbeat_interval: Length::minutes(1),
        }
    }
}

impl Watchdog {
    /// What is wrong, with its remedy.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        long_enough("watchdog.dead_after", self.dead_after)?;
        for (key, tier) in [
            ("source_tier", &self.source_tier),
            ("all_sources_tier", &self.all_sources_tier),
            ("topic_tier", &self.topic_tier),
            ("partition_tier", &self.partition_tier),
            ("canary_tier", &self.canary_tier),
        ] {
            if tier.parse::<Tier>().is_err() {
                bail!("`watchdog.{key}` is `{tier}`, expected a tier: `I`, `II`, `III` or `IV`");
            }
        }
        if self.owner.trim().is_empty() {
            bail!("`watchdog.owner` is empty, expected who answers for its alarms");
        }
        if self.canary_interval.0 != TimeSpan::ZERO {
            let (interval, wait) = (self.canary_interval.0, self.canary_within.0);
            let why = "`0s` means never";
            within("watchdog.canary_interval", interval, &CANARY_BOUNDS, why)?;
            let why = "it says how long a canary may take";
            within("watchdog.canary_within", wait, &CANARY_BOUNDS, why)?;
        }
        self.check_heartbeat()
    }

    fn check_heartbeat(&self) -> anyhow::Result<()> {
        let interval = self.heartbeat_interval.0;
        let why = "without `heartbeat_url` there is no heartbeat";
        within(
            "watchdog.heartbeat_interval",
            interval,
            &HEARTBEAT_BOUNDS,
            why,
        )?;
        if self.heartbeat_url.is_some() && self.heartbeat_url_file.is_some() {
            bail!(
                "`watchdog.heartbeat_url` and `watchdog.heartbeat_url_file` are both there\nhint: leave one of them out; a file keeps a secret link out of the configuration"
            );
        }
        if let Some(url) = &self.heartbeat_url {
            fengbiao_sink::check_link(url)
                .context("`watchdog.heartbeat_url` is no address to ask for")?;
        }
        Ok(())
    }

    /// What is expected of canaries in so many partitions; none where there are none.
    pub(crate) fn canary(&self, partitions: u32) -> Option<CanaryWatch> {
        let on = self.enabled && self.canary_interval.0 > TimeSpan::ZERO;
        on.then_some(CanaryWatch {
            interval: self.canary_interval.0,
            within: self.canary_within.0,
            partitions,
        })
    }
}

/// A time without a sign of life that is no shorter than signs of life need.
pub(super) fn long_enough(key: &str, after: Length) -> anyhow::Result<()> {
    if after.0 != TimeSpan::ZERO && after.0 < MIN_DEAD_AFTER {
        bail!(
            "`{key}` is `{}`, expected `0s` or at least `{MIN_DEAD_AFTER}`: sources give signs of \
             life once a minute\nhint: `0s` means never",
            after.0
        );
    }
    Ok(())
}
