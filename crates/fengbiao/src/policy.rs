//! From configuration and lexicon to the policy that the alerter goes by.

use std::collections::BTreeMap;

use anyhow::anyhow;
use fengbiao_lexicon::compiled::Lexicon;
use fengbiao_model::{
    Calendar, CalendarId, CanaryWatch, Floors, Ladder, Policy, Receiver, ReceiverId, Schedule,
    ScheduleId, SourceId, SourceWatch, Tier, TimeSpan, TopicId, TopicPolicy, WatchTiers, Watchdog,
};

use crate::config::{Config, Tiers, TiersAll};
use crate::{config, lexicons};

/// How long a first notice waits for more of its incident, where it wakes a person.
const GROUP_WAIT: TimeSpan = TimeSpan::from_secs(30);

/// The policy of a configuration whose receivers have been checked, and a lexicon.
pub(crate) fn policy(config: &Config, lexicon: &Lexicon) -> anyhow::Result<Policy> {
    let mut policy = Policy {
        time_zone: config.time_zone.clone(),
        ..Policy::default()
    };
    (policy.schedules, policy.calendars) = (schedules(config)?, calendars(config)?);
    let (tiers, tiers_all) = (defaults(&config.tiers), defaults_all(&config.tiers_all));
    for topic in &lexicon.topics {
        let of = |text: &Option<_>, default: &Ladder| match text {
            Some(text) => lexicons::ladder(text, default),
            None => default.clone(),
        };
        let value = TopicPolicy {
            id: topic.id.clone(),
            name: topic.name.clone(),
            owner: topic.owner.clone(),
            tiers: of(&topic.tiers.tiers, &tiers),
            tiers_all: of(&topic.tiers.tiers_all, &tiers_all),
            reopen_within: topic.reopen_within.unwrap_or(config.reopen_within.0),
        };
        policy.topics.insert(topic.id.clone(), value);
    }
    if let Some((topic, watchdog)) = watchdog(config)? {
        policy.topics.insert(topic.id.clone(), topic);
        policy.watchdog = Some(watchdog);
    }
    for receiver in receivers(config) {
        let value = of_receiver(&receiver, &policy)?;
        policy.receivers.insert(value.id.clone(), value);
    }
    Ok(policy)
}

/// What of the policy can be said without a lexicon: who is on call, and hours of business. Of the
/// receivers it has the names alone.
pub(crate) fn times(config: &Config) -> anyhow::Result<Policy> {
    let mut policy = Policy {
        schedules: schedules(config)?,
        calendars: calendars(config)?,
        ..Policy::default()
    };
    for receiver in receivers(config) {
        let topics = None;
        let value = of_receiver(&config::Receiver { topics, ..receiver }, &policy)?;
        policy.receivers.insert(value.id.clone(), value);
    }
    Ok(policy)
}

fn schedules(config: &Config) -> anyhow::Result<BTreeMap<ScheduleId, Schedule>> {
    let values = config.schedule.iter();
    let values = values.map(|one| one.value(&config.time_zone));
    values
        .map(|one| one.map(|one| (one.id.clone(), one)))
        .collect()
}

fn calendars(config: &Config) -> anyhow::Result<BTreeMap<CalendarId, Calendar>> {
    let values = config.calendar.iter();
    let values = values.map(|one| one.value(&config.time_zone));
    values
        .map(|one| one.map(|one| (one.id.clone(), one)))
        .collect()
}

/// The topic of the pipeline's own alarms, and what they go by; none where the watchdog is off.
fn watchdog(config: &Config) -> anyhow::Result<Option<(TopicPolicy, Watchdog)>> {
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
    };
    let tier = |text: &String| text.parse::<Tier>();
    let canary = dog.canary().map(|(interval, within)| CanaryWatch {
        interval,
        within,
        partitions: config.log.posts_partitions,
    });
    let watchdog = Watchdog {
        dead_after: dog.dead_after.0,
        quiet_after: dog.quiet_after.0,
        sources: config
            .source
            .iter()
            .map(|source| source_watch(source, dog))
            .collect::<anyhow::Result<_>>()?,
        topic_quiet_after: dog.topic_quiet_after.0,
        canary,
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
    let (name, interval, dead_after, quiet_after) = match source {
        config::Source::File {
            name,
            dead_after,
            quiet_after,
            ..
        } => (name, TimeSpan::ZERO, dead_after, quiet_after),
        config::Source::Feed {
            name,
            interval,
            dead_after,
            quiet_after,
            ..
        } => (name, interval.0, dead_after, quiet_after),
    };
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
    Ok((SourceId::new(name.as_str())?, watch))
}

/// The receivers of a configuration; without any, the terminal.
pub(crate) fn receivers(config: &Config) -> Vec<config::Receiver> {
    if config.receiver.is_empty() {
        vec![config::Receiver::terminal()]
    } else {
        config.receiver.clone()
    }
}

fn of_receiver(receiver: &config::Receiver, policy: &Policy) -> anyhow::Result<Receiver> {
    let id = ReceiverId::new(receiver.id.as_str())?;
    let topics = receiver
        .topics
        .as_ref()
        .map(|topics| topics.iter().map(|t| topic(t, policy, &id)).collect());
    let pages = receiver.kind.pages();
    let wait = if pages { GROUP_WAIT } else { TimeSpan::ZERO };
    Ok(Receiver {
        from_tier: receiver
            .quietest()
            .map_err(|found| anyhow!("receiver `{id}`: `{found}` is no tier"))?,
        topics: topics.transpose()?,
        group_wait: receiver.group_wait.map_or(wait, |wait| wait.0),
        repeat_interval: receiver.repeat_interval.0,
        pages,
        id,
    })
}

fn topic(name: &str, policy: &Policy, receiver: &ReceiverId) -> anyhow::Result<TopicId> {
    let known = policy.topics.keys().find(|id| id.as_str() == name).cloned();
    known.ok_or_else(|| {
        let names: Vec<_> = policy.topics.keys().map(|id| format!("`{id}`")).collect();
        anyhow!(
            "receiver `{receiver}`: no topic `{name}`, there are {}",
            names.join(", ")
        )
    })
}

fn defaults(tiers: &Tiers) -> Ladder {
    ladder(
        [&tiers.IV, &tiers.III, &tiers.II, &tiers.I],
        tiers.calm_after.0,
        Floors {
            min_sigma: tiers.min_sigma,
            min_posts: tiers.min_posts,
            min_sources: tiers.min_sources,
            min_before: tiers.min_before,
        },
    )
}

fn defaults_all(tiers: &TiersAll) -> Ladder {
    ladder(
        [&tiers.IV, &tiers.III, &tiers.II, &tiers.I],
        tiers.calm_after.0,
        Floors {
            min_sigma: tiers.min_sigma,
            min_posts: tiers.min_posts,
            min_sources: tiers.min_sources,
            min_before: tiers.min_before,
        },
    )
}

/// Conditions from IV to I; an empty one never fires.
fn ladder(conditions: [&String; 4], calm_after: TimeSpan, floors: Floors) -> Ladder {
    let written = Tier::ALL
        .into_iter()
        .zip(conditions)
        .filter(|(_, text)| !text.trim().is_empty());
    Ladder {
        conditions: written.map(|(tier, text)| (tier, text.clone())).collect(),
        calm_after,
        floors,
    }
}
