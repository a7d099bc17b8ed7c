//! From configuration and lexicon to the policy that the alerter goes by.

mod faults;
mod ladders;
mod named;
#[cfg(test)]
mod tests;
mod watchdog;

use std::collections::BTreeMap;

use fengbiao_lexicon::compiled::Lexicon;
use fengbiao_model::{Ladder, Policy, Route, TopicPolicy};

use crate::config::{Config, Deadline, USUAL_PACE};
use crate::{config, lexicons};
use faults::{Topics, checked};
use ladders::{check_defaults, defaults, defaults_all};

/// The policy of a configuration and a lexicon, all of it checked.
pub(crate) fn policy(config: &Config, lexicon: &Lexicon) -> anyhow::Result<Policy> {
    let mut policy = routing(config)?;
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
            labels: topic.labels.clone(),
        };
        policy.topics.insert(topic.id.clone(), value);
    }
    if let Some((topic, watchdog)) = watchdog::watchdog(config)? {
        policy.topics.insert(topic.id.clone(), topic);
        policy.watchdog = Some(watchdog);
    }
    checked(policy, own_routes(config)?, Topics::Known)
}

/// What of the policy can be said without a lexicon, checked: all but the topics.
pub(crate) fn without_topics(config: &Config) -> anyhow::Result<Policy> {
    check_defaults(config)?;
    checked(routing(config)?, own_routes(config)?, Topics::Unknown)
}

/// What the operator should know of a policy that nothing is wrong with; it is that of the
/// configuration and the lexicon.
pub(crate) fn warnings(policy: &Policy, config: &Config, lexicon: &Lexicon) -> Vec<String> {
    let mut said = named::warnings(policy);
    said.extend(ladders::warnings(config, lexicon));
    said
}

/// All but the topics and the routes of the receivers' own keys.
fn routing(config: &Config) -> anyhow::Result<Policy> {
    let zone = &config.time_zone;
    let receivers = receivers(config);
    let receivers = receivers.iter().map(|one| one.value(zone));
    let chains = config.chain.iter().map(config::Chain::value);
    let schedules = config.schedule.iter().map(|one| one.value(zone));
    let calendars = config.calendar.iter().map(|one| one.value(zone));
    let routes = (1..).zip(&config.route);
    let routes = routes.map(|(number, one)| one.value(&format!("route {number}"), zone));
    let inhibitions = (1..).zip(&config.inhibit);
    let inhibitions = inhibitions.map(|(number, one)| one.value(&format!("inhibition {number}")));
    let written = config.deadline.clone().unwrap_or_else(Deadline::usual);
    let deadlines = (1..).zip(&written);
    let deadlines = deadlines.map(|(number, one)| one.value(number));
    Ok(Policy {
        topics: BTreeMap::new(),
        receivers: by_id(receivers, |one| &one.id)?,
        time_zone: zone.clone(),
        route: Route {
            pace: USUAL_PACE,
            routes: routes.collect::<Result<_, _>>()?,
            ..Route::default()
        },
        inhibitions: inhibitions.collect::<Result<_, _>>()?,
        chains: by_id(chains, |one| &one.id)?,
        deadlines: deadlines.collect::<Result<_, _>>()?,
        acknowledgement_valid: config.acknowledgement.value(),
        storm: config.storm.value(),
        schedules: by_id(schedules, |one| &one.id)?,
        calendars: by_id(calendars, |one| &one.id)?,
        watchdog: None,
    })
}

fn by_id<K: Ord + Clone, V>(
    values: impl Iterator<Item = anyhow::Result<V>>,
    id: impl Fn(&V) -> &K,
) -> anyhow::Result<BTreeMap<K, V>> {
    values
        .map(|value| value.map(|value| (id(&value).clone(), value)))
        .collect()
}

/// The routes of the receivers that nothing names, which hear by their own keys.
fn own_routes(config: &Config) -> anyhow::Result<Vec<Route>> {
    let policy = routing(config)?;
    let receivers = receivers(config);
    let own = named::by_own_keys(&receivers, &policy)?;
    own.into_iter().map(config::Receiver::own_route).collect()
}

/// The receivers of a configuration; without any, the terminal.
pub(crate) fn receivers(config: &Config) -> Vec<config::Receiver> {
    if config.receiver.is_empty() {
        vec![config::Receiver::terminal()]
    } else {
        config.receiver.clone()
    }
}
