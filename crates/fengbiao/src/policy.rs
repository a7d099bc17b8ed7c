//! From configuration and lexicon to the policy that the alerter goes by.

use std::collections::BTreeMap;

use anyhow::anyhow;
use fengbiao_lexicon::compiled::Lexicon;
use fengbiao_model::{
    Calendar, CalendarId, Floors, Ladder, Policy, Receiver, ReceiverId, Schedule, ScheduleId, Tier,
    TimeSpan, TopicId, TopicPolicy,
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
