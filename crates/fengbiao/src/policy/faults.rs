//! What the alerter has against a policy, said in the words of the configuration.

use std::collections::BTreeMap;

use anyhow::anyhow;
use fengbiao_alerter::{PolicyError, RoutingFault, check_policy};
use fengbiao_model::{Policy, Route, Target};

/// Whether the topics of a policy are there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Topics {
    /// They are: a name that is none of them is a fault.
    Known,
    /// The lexicon has not been read: any name may be one.
    Unknown,
}

/// The policy with the routes of the receivers' own keys, where nothing is wrong with it.
///
/// These routes come first and all go on, so that a written route that does not go on hides
/// nothing from them. While the policy is checked they stand last: the places of faults then count
/// the routes as the operator has written them.
pub(super) fn checked(
    mut policy: Policy,
    own: Vec<Route>,
    topics: Topics,
) -> anyhow::Result<Policy> {
    let written = policy.route.routes.len();
    policy.route.routes.extend(own);
    if let Err(errors) = check_policy(&policy) {
        let places = places_of_own(&policy, written);
        let lines: Vec<String> = errors
            .0
            .iter()
            .filter(|error| topics == Topics::Known || !of_topic(error))
            .map(|error| said(error, &policy, &places))
            .collect();
        if !lines.is_empty() {
            return Err(anyhow!("{}", lines.join("\n")));
        }
    }
    policy.route.routes.rotate_left(written);
    Ok(policy)
}

fn of_topic(error: &PolicyError) -> bool {
    let PolicyError::Routing { fault, .. } = error else {
        return false;
    };
    matches!(fault, RoutingFault::Unknown { what: "topic", .. })
}

/// The routes that nobody wrote, by their place: each is that of a receiver.
fn places_of_own(policy: &Policy, written: usize) -> BTreeMap<String, String> {
    let own = (1..).zip(&policy.route.routes).skip(written);
    let place = own.filter_map(|(number, route)| match route.to.first() {
        Some(Target::Receiver(receiver)) => {
            Some((format!("route {number}"), format!("receiver `{receiver}`")))
        }
        _ => None,
    });
    place.collect()
}

fn said(error: &PolicyError, policy: &Policy, places: &BTreeMap<String, String>) -> String {
    let PolicyError::Routing { place, fault } = error else {
        return hinted(error, error.hint());
    };
    let place = places.get(place).unwrap_or(place);
    match fault {
        RoutingFault::Unknown { what, .. } => {
            format!("{place} {fault}\nhint: {}", there_are(what, policy))
        }
        _ => format!("{place} {fault}"),
    }
}

/// What is wrong, and below it what could help.
pub(super) fn hinted(what: &impl std::fmt::Display, hint: Option<String>) -> String {
    match hint {
        Some(hint) => format!("{what}\nhint: {hint}"),
        None => what.to_string(),
    }
}

/// The names that something may have.
fn there_are(what: &str, policy: &Policy) -> String {
    let names: Vec<&str> = match what {
        "topic" => policy.topics.keys().map(|id| id.as_str()).collect(),
        "receiver" => policy.receivers.keys().map(|id| id.as_str()).collect(),
        "schedule" => policy.schedules.keys().map(|id| id.as_str()).collect(),
        "chain" => policy.chains.keys().map(|id| id.as_str()).collect(),
        "calendar" => policy.calendars.keys().map(|id| id.as_str()).collect(),
        _ => Vec::new(),
    };
    if names.is_empty() {
        return format!("there is none; `[[{what}]]` makes one");
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("there are {}", names.join(", "))
}
