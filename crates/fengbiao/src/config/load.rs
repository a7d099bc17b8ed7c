//! From a file to values that are known to be sound.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use fengbiao_alerter::calendar::LocalClock;
use fengbiao_model::{NULL_RECEIVER, ReceiverId, SourceId, Tier, TimeSpan, Zone};
use jiff::tz::TimeZone;

use super::{
    Config, Http, KafkaLog, Length, LogKind, Receiver, ReceiverKind, Source, Watchdog,
    check_brokers,
};
use crate::limits::MIN_DEAD_AFTER;

/// A configuration that has been checked, with its paths made whole.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    /// The values.
    pub(crate) config: Config,
    /// The zone that `time_zone` names.
    pub(crate) zone: TimeZone,
}

/// Reads and checks a configuration; without a path, the defaults.
pub(crate) fn load(path: Option<&Path>) -> anyhow::Result<Loaded> {
    let Some(path) = path else {
        return check(Config::default(), Path::new(""));
    };
    let text = fs::read_to_string(path)
        .with_context(|| format!("reading the configuration `{}`", path.display()))?;
    let config: Config =
        toml::from_str(&text).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    check(config, path.parent().unwrap_or(Path::new("")))
        .with_context(|| format!("the configuration `{}`", path.display()))
}

fn check(mut config: Config, base: &Path) -> anyhow::Result<Loaded> {
    let zone = zone(&config.time_zone)?;
    reachable_with_token(&config.http)?;
    config.log.check()?;
    config.matcher.check()?;
    if config.log.kind == LogKind::Kafka && config.privacy.pseudonym_secret_file.is_none() {
        bail!(
            "`log.kind` is `kafka`, and there is no `privacy.pseudonym_secret_file`: crawlers that run \
             apart would count one voice as several\n\
             hint: write at least 32 bytes into a file that every crawler has, and name it there"
        );
    }
    sources(&config)?;
    receivers(&config.receiver)?;
    watchdog(&config.watchdog)?;
    make_whole(&mut config, base);
    for calendar in &mut config.calendar {
        calendar.read_files()?;
    }
    twice("schedule", config.schedule.iter().map(|one| &one.id))?;
    twice("calendar", config.calendar.iter().map(|one| &one.id))?;
    twice("chain", config.chain.iter().map(|one| &one.id))?;
    crate::policy::without_topics(&config)?;
    Ok(Loaded { config, zone })
}

/// The zone of a name, by the rules that the alerter goes by: those built in, not the machine's own.
pub(crate) fn zone(name: &str) -> anyhow::Result<TimeZone> {
    let found = Zone::new(name).ok().map(|zone| LocalClock::new(&zone));
    let Some(Ok(clock)) = found else {
        bail!("`time_zone` is `{name}`, expected an IANA name\nhint: such as `Asia/Shanghai`");
    };
    Ok(clock.into_zone())
}

/// Whoever can be reached by others asks them for a token.
pub(crate) fn reachable_with_token(http: &Http) -> anyhow::Result<()> {
    if !http.listen.ip().is_loopback() && http.token_file.is_none() {
        bail!(
            "`http.listen` is `{}`, which others can reach, and there is no `http.token_file`\n\
             hint: write a token of at least 32 characters into a file and name it there",
            http.listen
        );
    }
    Ok(())
}

fn twice<'a>(what: &str, ids: impl Iterator<Item = &'a String>) -> anyhow::Result<()> {
    let mut seen = std::collections::BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            bail!("two {what}s have the id `{id}`\nhint: give one of them another");
        }
    }
    Ok(())
}

fn sources(config: &Config) -> anyhow::Result<()> {
    let mut names = std::collections::BTreeSet::new();
    for source in &config.source {
        let name = source.name();
        let id = SourceId::new(name);
        let id = id.map_err(|why| anyhow::anyhow!("a source's `name` {why}"))?;
        if id.is_canary() {
            bail!(
                "a source has the name `{name}`, which Fengbiao keeps for its canaries\nhint: give it another"
            );
        }
        if !names.insert(name) {
            bail!("two sources have the name `{name}`\nhint: give one of them another");
        }
        if let (Some(after), _) = source.patience() {
            long_enough("dead_after", after).with_context(|| format!("the source `{name}`"))?;
        }
        if let Some(encoding) = source.encoding() {
            crate::posts::encoding(encoding).with_context(|| format!("the source `{name}`"))?;
        }
        if let Source::Kafka { .. } = source {
            foreign(source, config).with_context(|| format!("the source `{name}`"))?;
        }
        if matches!(source, Source::Feed { .. }) && config.crawler.contact.is_none() {
            bail!(
                "the feed `{name}` is not read without `crawler.contact`\n\
                 hint: a link or a mail address at which its owner can reach you"
            );
        }
    }
    Ok(())
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

/// A time without a sign of life that is no shorter than signs of life need.
fn long_enough(key: &str, after: Length) -> anyhow::Result<()> {
    if after.0 != TimeSpan::ZERO && after.0 < MIN_DEAD_AFTER {
        bail!(
            "`{key}` is `{}`, expected `0s` or at least `{MIN_DEAD_AFTER}`: sources give signs of \
             life once a minute\nhint: `0s` means never",
            after.0
        );
    }
    Ok(())
}

fn watchdog(dog: &Watchdog) -> anyhow::Result<()> {
    long_enough("watchdog.dead_after", dog.dead_after)?;
    for (key, tier) in [
        ("source_tier", &dog.source_tier),
        ("all_sources_tier", &dog.all_sources_tier),
        ("topic_tier", &dog.topic_tier),
        ("partition_tier", &dog.partition_tier),
        ("canary_tier", &dog.canary_tier),
    ] {
        if tier.parse::<Tier>().is_err() {
            bail!("`watchdog.{key}` is `{tier}`, expected a tier: `I`, `II`, `III` or `IV`");
        }
    }
    if dog.owner.trim().is_empty() {
        bail!("`watchdog.owner` is empty, expected who answers for its alarms");
    }
    if dog
        .canary(1)
        .is_some_and(|canary| canary.within == TimeSpan::ZERO)
    {
        bail!("`watchdog.canary_within` is `0s`, expected how long a canary may take");
    }
    if dog.heartbeat_interval.0 == TimeSpan::ZERO {
        bail!(
            "`watchdog.heartbeat_interval` is `0s`, expected more\n\
             hint: without `heartbeat_url` there is no heartbeat"
        );
    }
    if dog.heartbeat_url.is_some() && dog.heartbeat_url_file.is_some() {
        bail!(
            "`watchdog.heartbeat_url` and `watchdog.heartbeat_url_file` are both there\nhint: leave one of them out; a file keeps a secret link out of the configuration"
        );
    }
    Ok(())
}

fn receivers(receivers: &[Receiver]) -> anyhow::Result<()> {
    for (index, receiver) in receivers.iter().enumerate() {
        let id = &receiver.id;
        ReceiverId::new(id.as_str())
            .map_err(|why| anyhow::anyhow!("receiver `{id}`: `id` {why}"))?;
        if id == NULL_RECEIVER {
            bail!(
                "a receiver has the id `{id}`, which Fengbiao keeps for its canaries\nhint: give it another"
            );
        }
        if receivers[..index].iter().any(|other| other.id == *id) {
            bail!("two receivers have the id `{id}`\nhint: give one of them another");
        }
        if let Some(fallback) = &receiver.fallback
            && (fallback == id || !receivers.iter().any(|other| other.id == *fallback))
        {
            bail!(
                "receiver `{id}`: `fallback` is `{fallback}`, expected the id of another receiver"
            );
        }
        keys_of(receiver)?;
    }
    Ok(())
}

/// Each kind has its own keys: one that is missing, and one that belongs to another kind, is said.
fn keys_of(receiver: &Receiver) -> anyhow::Result<()> {
    use ReceiverKind::{File, Webhook, Wecom};
    let keys = [
        ("path", File, receiver.path.is_some(), true),
        ("url", Webhook, receiver.url.is_some(), true),
        ("secret_file", Webhook, receiver.secret_file.is_some(), true),
        ("url_file", Wecom, receiver.url_file.is_some(), true),
        ("mention_all", Wecom, receiver.mention_all.is_some(), false),
    ];
    let (id, kind) = (&receiver.id, receiver.kind.as_str());
    for (key, of, given, needed) in keys {
        if of == receiver.kind && needed && !given {
            bail!("receiver `{id}`: a `{kind}` needs `{key}`");
        }
        if of != receiver.kind && given {
            bail!(
                "receiver `{id}`: `{key}` belongs to `{}`, this is a `{kind}`",
                of.as_str()
            );
        }
    }
    Ok(())
}

/// Relative paths are taken from the folder of the configuration, not from where one stands.
fn make_whole(config: &mut Config, base: &Path) {
    let whole = |path: &mut PathBuf| *path = base.join(&*path);
    whole(&mut config.data_dir);
    for path in [
        &mut config.lexicon_dir,
        &mut config.http.token_file,
        &mut config.privacy.pseudonym_secret_file,
        &mut config.watchdog.heartbeat_url_file,
    ]
    .into_iter()
    .flatten()
    {
        whole(path);
    }
    config
        .log
        .kafka
        .iter_mut()
        .flat_map(KafkaLog::paths)
        .for_each(whole);
    for source in &mut config.source {
        match source {
            Source::File { path, .. } => whole(path),
            Source::Kafka { access, .. } => access.paths().for_each(whole),
            Source::Feed { .. } => {}
        }
    }
    for calendar in &mut config.calendar {
        calendar.holidays_files.iter_mut().for_each(whole);
    }
    for receiver in &mut config.receiver {
        for path in [
            &mut receiver.path,
            &mut receiver.secret_file,
            &mut receiver.url_file,
        ]
        .into_iter()
        .flatten()
        {
            whole(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let parsed = toml::from_str(text).map_err(anyhow::Error::from);
        let error = parsed
            .and_then(|config| check(config, Path::new("/etc")))
            .unwrap_err();
        let shown = format!("{error:#}");
        assert!(shown.contains(expected), "{shown}");
    }

    #[test]
    fn what_is_wrong_is_said() {
        refused("colour = 1", "unknown field `colour`");
        refused("[http]\nlisten = \"here\"", "socket address");
        refused("[http]\nlisten = \"0.0.0.0:80\"", "hint: write a token");
        refused("time_zone = \"Mars\"", "`time_zone` is `Mars`");
        // The alerter would refuse it, too.
        refused("time_zone = \"Etc/Unknown\"", "expected an IANA name");
        refused("[log]\nposts_partitions = 0", "expected 1 to 64");
        refused("reopen_within = \"8d\"", "expected at most 7d");
        refused("[matcher]\nthreads = 65", "expected at most 64");
        let tier = "[tiers]\nIII = \"voices_1h >>= 5\"";
        refused(tier, "`tiers.III` is `voices_1h >>= 5`: ");
        let tier = "[tiers_all]\nII = \"weight >= 5\"";
        refused(tier, "hint: ");
        let hold = "[tiers]\nI = \"\"\nhold = { I = \"voices_1h >= 5\" }";
        refused(hold, "`tiers.hold.I` is `voices_1h >= 5`: ");
        let calm = "[tiers_all]\ncalm_after = \"30d\"";
        refused(calm, "`tiers_all.calm_after` is `30d`, expected");
        refused("[tiers]\nmin_sigma = 0.0", "`tiers.min_sigma` is `0`");
        refused("[privacy]\ntext_retention = \"soon\"", "soon");
        refused(
            "[[source]]\nkind = \"feed\"\nname = \"a\"\nurl = \"http://a\"",
            "crawler.contact",
        );
        refused(
            "[[source]]\nkind = \"file\"\nname = \"a\"\npath = \"b\"\nfolow = true",
            "folow",
        );
        let receiver = "[[receiver]]\nid = \"a\"\nkind = ";
        refused(&format!("{receiver}\"file\""), "needs `path`");
        refused(
            &format!("{receiver}\"terminal\"\nurl = \"http://a\""),
            "belongs to `webhook`",
        );
        refused(
            &format!("{receiver}\"terminal\"\nfallback = \"b\""),
            "another receiver",
        );
        refused(
            &format!("{receiver}\"terminal\"\nfrom_tier = \"V\""),
            "expected a tier",
        );
        refused(&format!("{receiver}\"pigeon\""), "unknown variant `pigeon`");
        refused(
            "[[receiver]]\nid = \"null\"\nkind = \"terminal\"",
            "keeps for its canaries",
        );
        refused(
            "[[source]]\nkind = \"file\"\nname = \"fengbiao-canary\"\npath = \"a\"",
            "keeps for its canaries",
        );
        let dog = |line: &str| format!("[watchdog]\n{line}");
        refused(&dog("canary_tier = \"V\""), "`watchdog.canary_tier` is `V`");
        refused(&dog("canary_within = \"0s\""), "how long a canary may take");
        refused(&dog("heartbeat_interval = \"0s\""), "hint: without");
        refused(&dog("owner = \" \""), "who answers");
        refused(
            &dog("heartbeat_url = \"http://a\"\nheartbeat_url_file = \"b\""),
            "both there",
        );
    }

    #[test]
    fn relative_paths_are_those_of_the_file() {
        let loaded = check(Config::default(), Path::new("/etc/fengbiao")).unwrap();
        assert_eq!(
            loaded.config.data_dir,
            Path::new("/etc/fengbiao/fengbiao-data")
        );
    }
}
