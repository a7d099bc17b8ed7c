//! What holds of each source, and of all of them together.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use fengbiao_crawler::FieldMap;
use fengbiao_model::SourceId;

use super::bounds::within;
use super::{Config, Source, check_brokers, watchdog};
use crate::limits::FEED_INTERVAL_BOUNDS;

/// The listener's own name: what is pushed without a source stands under it.
const PUSH: &str = "push";

/// What is wrong, with its remedy.
pub(super) fn check(config: &Config) -> anyhow::Result<()> {
    let (mut names, mut paths) = (BTreeSet::new(), BTreeSet::new());
    for source in &config.source {
        let name = source.name();
        named(name)?;
        if !names.insert(name) {
            bail!("two sources have the name `{name}`\nhint: give one of them another");
        }
        if let Source::File { path, .. } = source
            && !paths.insert(path)
        {
            bail!(
                "the source `{name}`: another reads `{}`, too, and a place is kept for each file once\n\
                 hint: take one of the two out",
                path.display()
            );
        }
        one(source, config).with_context(|| format!("the source `{name}`"))?;
    }
    Ok(())
}

fn named(name: &str) -> anyhow::Result<()> {
    let id = SourceId::new(name);
    let id = id.map_err(|why| anyhow::anyhow!("a source's `name` {why}"))?;
    let keeps = |what: &str| {
        anyhow::anyhow!(
            "a source has the name `{name}`, which Fengbiao keeps for {what}\nhint: give it another"
        )
    };
    match name {
        _ if id.is_canary() => Err(keeps("its canaries")),
        PUSH => Err(keeps("what is pushed")),
        _ => Ok(()),
    }
}

fn one(source: &Source, config: &Config) -> anyhow::Result<()> {
    if let (Some(after), _) = source.patience() {
        watchdog::long_enough("dead_after", after)?;
    }
    if let Some(encoding) = source.encoding() {
        crate::posts::encoding(encoding)?;
    }
    if let Some(map) = source.map() {
        FieldMap::parse(map).with_context(|| format!("`map` is `{map}`"))?;
    }
    match source {
        Source::File { .. } => Ok(()),
        Source::Feed { url, interval, .. } => {
            fengbiao_sink::check_link(url).with_context(|| format!("`url` is `{url}`"))?;
            let why = "feeds are other people's; a few minutes are usual";
            within("interval", interval.0, &FEED_INTERVAL_BOUNDS, why)?;
            if config.crawler.contact.is_none() {
                bail!(
                    "a feed is not read without `crawler.contact`\n\
                     hint: a link or a mail address at which its owner can reach you"
                );
            }
            Ok(())
        }
        Source::Kafka { .. } => foreign(source, config),
    }
}

/// A topic of other people's is not one of ours: what crawlers write would come back.
fn foreign(source: &Source, config: &Config) -> anyhow::Result<()> {
    let Source::Kafka {
        brokers,
        topic,
        access,
        ..
    } = source
    else {
        return Ok(());
    };
    check_brokers("brokers", brokers)?;
    access.check("access")?;
    let ours = config.log.kafka.as_ref().map(|kafka| kafka.prefix.as_str());
    let ours = ours.and_then(|prefix| topic.strip_prefix(prefix));
    if topic.is_empty() || ours.is_some_and(|name| fengbiao_log::Topic::from_name(name).is_some()) {
        bail!("`topic` is `{topic}`, expected the topic of somebody else's collectors");
    }
    Ok(())
}
