//! What the pipeline's own alarms go by.

use std::collections::BTreeMap;

use fengbiao_model::{
    Ladder, SourceId, SourceWatch, Tier, TimeSpan, TopicId, TopicPolicy, WatchTiers, Watchdog,
};

use crate::config::{self, Config};

/// The topic of the pipeline's own alarms, and what they go by; none where the watchdog is off.
pub(super) fn watchdog(config: &Config) -> anyhow::Result<Option<(TopicPolicy, Watchdog)>> {
    let dog = &config.watchdog;
    if !dog.enabled {
        return Ok(None);
    }
    let topic = TopicPolicy {
        id: TopicId::pipeline(),
        name: match config.language {
            config::Language::Zh => "采集与处理".to_owned(),
            config::Language::En => "the pipeline itself".to_owned(),
        },
        owner: dog.owner.clone(),
        tiers: Ladder::default(),
        tiers_all: Ladder::default(),
        // How an alarm returns is the watchdog's own rule.
        reopen_within: TimeSpan::ZERO,
        labels: BTreeMap::new(),
    };
    let tier = |text: &String| text.parse::<Tier>();
    let watchdog = Watchdog {
        dead_after: dog.dead_after.0,
        quiet_after: dog.quiet_after.0,
        sources: config
            .source
            .iter()
            .map(|source| source_watch(source, dog))
            .collect::<anyhow::Result<_>>()?,
        topic_quiet_after: dog.topic_quiet_after.0,
        canary: dog.canary(config.log.posts_partitions),
        tiers: WatchTiers {
            source: tier(&dog.source_tier)?,
            all_sources: tier(&dog.all_sources_tier)?,
            topic: tier(&dog.topic_tier)?,
            partition: tier(&dog.partition_tier)?,
            canary: tier(&dog.canary_tier)?,
        },
    };
    Ok(Some((topic, watchdog)))
}

/// A feed that is looked at rarely is given time for three looks.
fn source_watch(
    source: &config::Source,
    dog: &config::Watchdog,
) -> anyhow::Result<(SourceId, SourceWatch)> {
    let interval = match source {
        config::Source::Feed { interval, .. } => interval.0,
        config::Source::File { .. } | config::Source::Kafka { .. } => TimeSpan::ZERO,
    };
    let (dead_after, quiet_after) = source.patience();
    let usual = match dog.dead_after.0 {
        TimeSpan::ZERO => TimeSpan::ZERO,
        usual => usual.max(TimeSpan::from_millis(
            interval.as_millis().saturating_mul(3),
        )),
    };
    let watch = SourceWatch {
        dead_after: dead_after.map_or(usual, |length| length.0),
        quiet_after: quiet_after.map_or(dog.quiet_after.0, |length| length.0),
    };
    Ok((SourceId::new(source.name())?, watch))
}
