//! Which receivers something names, which hear by their own keys, and what nobody hears of.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use fengbiao_model::{
    Policy, ReceiverId, Route, ScheduleId, StepTarget, Target, Tier, TopicId, TopicPolicy, Watchdog,
};

use crate::config;

/// The receivers that no route, chain or schedule names; a `fallback` names nobody, since who
/// stands in for another, such as a log of everything, has things of its own to hear. One that something names has no keys of
/// its own that say what it hears of: nobody would know which of the two holds.
pub(super) fn by_own_keys<'a>(
    receivers: &'a [config::Receiver],
    policy: &Policy,
) -> anyhow::Result<Vec<&'a config::Receiver>> {
    let named = named(policy);
    let mut own = Vec::new();
    for receiver in receivers {
        let id = &receiver.id;
        let by = named.iter().find(|(name, _)| name.as_str() == id);
        let Some((_, by)) = by else {
            own.push(receiver);
            continue;
        };
        if let Some(key) = receiver.own_keys().next() {
            bail!(
                "receiver `{id}`: `{key}` is written on it, and {by} names it, which says what it \
                 hears of\nhint: put `{key}` on the route that leads there"
            );
        }
    }
    Ok(own)
}

/// Each receiver that something names, with the first thing that does.
fn named(policy: &Policy) -> BTreeMap<ReceiverId, String> {
    let mut found = BTreeMap::new();
    let mut add = |receiver: &ReceiverId, by: String| {
        found.entry(receiver.clone()).or_insert(by);
    };
    for target in targets(&policy.route) {
        if let Target::Receiver(receiver) = target {
            add(receiver, "a route".to_owned());
        }
    }
    for chain in policy.chains.values() {
        let steps = chain.steps.iter().flatten().filter_map(|step| match step {
            StepTarget::Receiver(receiver) => Some(receiver),
            StepTarget::Schedule(_) => None,
        });
        for receiver in steps.chain([&chain.last_resort]) {
            add(receiver, format!("chain `{}`", chain.id));
        }
    }
    for schedule in policy.schedules.values() {
        for receiver in schedule.layers.iter().flat_map(|layer| &layer.members) {
            add(receiver, format!("schedule `{}`", schedule.id));
        }
    }
    found
}

/// To whom a route and those inside it lead.
fn targets(route: &Route) -> Vec<&Target> {
    let inner = route.routes.iter().flat_map(targets);
    route.to.iter().chain(inner).collect()
}

/// What nobody hears of, and who hears nothing.
pub(super) fn warnings(policy: &Policy) -> Vec<String> {
    let mut said = unheard(policy);
    said.extend(untold(policy));
    said
}

/// The topics of which nobody is told, since no route can take them.
fn untold(policy: &Policy) -> Vec<String> {
    let untold = policy.topics.values().filter(|topic| {
        let loudest = loudest(topic, policy.watchdog.as_ref());
        loudest.is_some_and(|loudest| !leads_on(&policy.route, &topic.id, loudest))
    });
    let say = |topic: &TopicPolicy| {
        let id = &topic.id;
        let of = if id.is_pipeline() {
            "the pipeline's own alarms: sources that fail, posts that do not come through"
        } else {
            topic.name.as_str()
        };
        format!(
            "nobody is told of the topic `{id}` ({of}): no route takes it\n\
             hint: a last `[[route]]` without `topics` and with `to = [\"…\"]` takes all that is left"
        )
    };
    untold.map(say).collect()
}

/// The loudest tier that an incident of a topic can have; none where it can have none.
fn loudest(topic: &TopicPolicy, watchdog: Option<&Watchdog>) -> Option<Tier> {
    if !topic.id.is_pipeline() {
        let ladders = [&topic.tiers, &topic.tiers_all].into_iter();
        return ladders.flat_map(|one| one.conditions.keys()).max().copied();
    }
    let tiers = watchdog?.tiers;
    [
        tiers.source,
        tiers.all_sources,
        tiers.topic,
        tiers.partition,
        tiers.canary,
    ]
    .into_iter()
    .max()
}

/// Whether a route can lead an incident of a topic to anybody, at some time and with some subject.
fn leads_on(route: &Route, topic: &TopicId, loudest: Tier) -> bool {
    let takes = &route.takes;
    takes
        .topics
        .as_ref()
        .is_none_or(|topics| topics.contains(topic))
        && takes.from_tier.is_none_or(|from| loudest >= from)
        && (!route.to.is_empty()
            || route
                .routes
                .iter()
                .any(|inner| leads_on(inner, topic, loudest)))
}

/// What the operator should know of receivers that are named and yet hear nothing, since no route
/// leads to what names them.
fn unheard(policy: &Policy) -> Vec<String> {
    let mut heard: BTreeSet<&ReceiverId> = BTreeSet::new();
    let mut schedules: BTreeSet<&ScheduleId> = BTreeSet::new();
    for target in targets(&policy.route) {
        match target {
            Target::Receiver(receiver) => _ = heard.insert(receiver),
            Target::Schedule(schedule) => _ = schedules.insert(schedule),
            Target::Chain(chain) => {
                let Some(chain) = policy.chains.get(chain) else {
                    continue;
                };
                heard.insert(&chain.last_resort);
                for step in chain.steps.iter().flatten() {
                    match step {
                        StepTarget::Receiver(receiver) => heard.insert(receiver),
                        StepTarget::Schedule(schedule) => schedules.insert(schedule),
                    };
                }
            }
        }
    }
    let on_call = schedules
        .into_iter()
        .filter_map(|id| policy.schedules.get(id));
    heard.extend(on_call.flat_map(|schedule| schedule.layers.iter().flat_map(|one| &one.members)));
    let named = named(policy);
    let unheard = named
        .iter()
        .filter(|(receiver, _)| !heard.contains(receiver));
    let say = |(receiver, by): (&ReceiverId, &String)| {
        format!(
            "receiver `{receiver}` hears nothing: {by} names it, and no route leads there\n\
             hint: a `[[route]]` with `to = [\"…\"]`"
        )
    };
    unheard.map(say).collect()
}
