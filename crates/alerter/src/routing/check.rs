//! What is wrong with routes, chains, inhibitions, deadlines and storms.

use std::collections::BTreeSet;

use fengbiao_model::{
    Chain, DeadlineRule, Filter, Policy, ReceiverId, Route, ScheduleId, StepTarget, Target,
    TimeSpan, TopicId, WeeklyTimes,
};

use crate::calendar::{Hours, UnknownZone};
use crate::limits::{
    MAX_ACKNOWLEDGE_WITHIN, MAX_CHAIN_STEPS, MAX_DEADLINE, MAX_GROUP_INTERVAL, MAX_GROUP_WAIT,
    MAX_ROUTE_DEPTH, MAX_STORM_NOTICES, MAX_STORM_WITHIN, MAX_WEEKLY_INTERVALS,
    MIN_REPEAT_INTERVAL,
};

/// One thing that is wrong with how notices find people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoutingFault {
    /// A name of something that there is not.
    #[error("names the {what} `{name}`, expected one of the {what}s")]
    Unknown {
        /// What it should be.
        what: &'static str,
        /// What it names.
        name: String,
    },
    /// A time out of its bounds.
    #[error("has `{name}` = `{found}`, expected {expected}")]
    Time {
        /// Its name.
        name: &'static str,
        /// What it has.
        found: TimeSpan,
        /// What it may have.
        expected: String,
    },
    /// Something that must not be empty.
    #[error("has no {0}, expected at least one")]
    Empty(&'static str),
    /// Too many of something.
    #[error("has {found} {what}, expected at most {most}")]
    TooMany {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// A zone that there is not.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    /// Quiet hours without an end.
    #[error(
        "has quiet hours all week long, expected some time outside of them; hint: `from_tier = \"II\"` \
         says that it hears of nothing quieter, whatever the hour"
    )]
    AlwaysQuiet,
    /// Something stands under another id than its own.
    #[error("stands under `{0}`, expected its own id")]
    Key(String),
}

/// All that is wrong, each with the place: `route 1 2`, ``chain `night` ``.
pub(crate) fn faults_of_routing(policy: &Policy) -> Vec<(String, RoutingFault)> {
    let mut found = Faults {
        policy,
        place: String::new(),
        all: Vec::new(),
    };
    found.route(&policy.route, "route", 1);
    for (number, rule) in (1..).zip(&policy.inhibitions) {
        found.place = format!("inhibition {number}");
        found.filter(&rule.by);
        found.filter(&rule.mutes);
    }
    for (key, chain) in &policy.chains {
        found.place = format!("chain `{}`", chain.id);
        if *key != chain.id {
            found.add(RoutingFault::Key(key.to_string()));
        }
        found.chain(chain);
    }
    for (number, rule) in (1..).zip(&policy.deadlines) {
        found.place = format!("deadline {number} (`{}`)", rule.duty);
        found.deadline(rule);
    }
    for receiver in policy.receivers.values() {
        found.place = format!("receiver `{}`", receiver.id);
        found.times(receiver.quiet.as_ref());
        let hours = receiver.quiet.as_ref().map(Hours::of_week);
        if hours.is_some_and(|hours| hours.is_ok_and(|hours| hours.are_always())) {
            found.add(RoutingFault::AlwaysQuiet);
        }
    }
    found.place = "acknowledgement_valid".to_owned();
    for valid in policy.acknowledgement_valid.values() {
        found.between(
            "valid",
            *valid,
            TimeSpan::from_minutes(1),
            MAX_ACKNOWLEDGE_WITHIN,
        );
    }
    found.storm();
    found.all
}

struct Faults<'a> {
    policy: &'a Policy,
    place: String,
    all: Vec<(String, RoutingFault)>,
}

impl Faults<'_> {
    fn add(&mut self, fault: RoutingFault) {
        self.all.push((self.place.clone(), fault));
    }

    fn route(&mut self, route: &Route, place: &str, depth: usize) {
        place.clone_into(&mut self.place);
        if depth > MAX_ROUTE_DEPTH {
            let (what, found, most) = ("levels of routes", depth, MAX_ROUTE_DEPTH);
            return self.add(RoutingFault::TooMany { what, found, most });
        }
        self.filter(&route.takes);
        self.times(route.times.as_ref());
        for target in &route.to {
            match target {
                Target::Receiver(receiver) => self.receiver(receiver),
                Target::Schedule(schedule) => self.schedule(schedule),
                Target::Chain(chain) => {
                    let known = self.policy.chains.contains_key(chain);
                    self.known(known, "chain", chain.as_str());
                }
            }
        }
        let pace = route.pace;
        let zero = TimeSpan::ZERO;
        for (name, found, most) in [
            ("group_wait", pace.group_wait, MAX_GROUP_WAIT),
            ("group_interval", pace.group_interval, MAX_GROUP_INTERVAL),
        ] {
            self.between(name, found.unwrap_or(zero), zero, most);
        }
        if let Some(found) = pace.repeat_interval
            && found > zero
            && found < MIN_REPEAT_INTERVAL
        {
            let expected = format!("0s or at least {MIN_REPEAT_INTERVAL}");
            let name = "repeat_interval";
            self.add(RoutingFault::Time {
                name,
                found,
                expected,
            });
        }
        for (number, child) in (1..).zip(&route.routes) {
            self.route(child, &format!("{place} {number}"), depth + 1);
        }
    }

    fn chain(&mut self, chain: &Chain) {
        if chain.steps.is_empty() {
            self.add(RoutingFault::Empty("steps"));
        }
        let (what, found, most) = ("steps", chain.steps.len(), MAX_CHAIN_STEPS);
        if found > most {
            self.add(RoutingFault::TooMany { what, found, most });
        }
        for step in &chain.steps {
            if step.is_empty() {
                self.add(RoutingFault::Empty("receivers in a step"));
            }
            for target in step {
                match target {
                    StepTarget::Receiver(receiver) => self.receiver(receiver),
                    StepTarget::Schedule(schedule) => self.schedule(schedule),
                }
            }
        }
        self.receiver(&chain.last_resort);
        if chain.acknowledge_within.is_empty() {
            self.add(RoutingFault::Empty("tiers in `acknowledge_within`"));
        }
        for within in chain.acknowledge_within.values() {
            let least = TimeSpan::from_secs(1);
            self.between("acknowledge_within", *within, least, MAX_ACKNOWLEDGE_WITHIN);
        }
    }

    fn deadline(&mut self, rule: &DeadlineRule) {
        self.topics(rule.topics.as_ref());
        self.between(
            "within",
            rule.within,
            TimeSpan::from_minutes(1),
            MAX_DEADLINE,
        );
        self.between("warn_before", rule.warn_before, TimeSpan::ZERO, rule.within);
        if let Some(calendar) = &rule.calendar {
            let known = self.policy.calendars.contains_key(calendar);
            self.known(known, "calendar", calendar.as_str());
        }
    }

    fn storm(&mut self) {
        let storm = self.policy.storm;
        self.place = "storm".to_owned();
        let least = TimeSpan::from_minutes(1);
        self.between("within", storm.within, least, MAX_STORM_WITHIN);
        if storm.notices > MAX_STORM_NOTICES {
            let found = usize::try_from(storm.notices).unwrap_or(usize::MAX);
            let most = usize::try_from(MAX_STORM_NOTICES).unwrap_or(usize::MAX);
            let what = "notices";
            self.add(RoutingFault::TooMany { what, found, most });
        }
    }

    fn filter(&mut self, filter: &Filter) {
        self.topics(filter.topics.as_ref());
    }

    fn topics(&mut self, topics: Option<&BTreeSet<TopicId>>) {
        for topic in topics.into_iter().flatten() {
            let known = self.policy.topics.contains_key(topic);
            self.known(known, "topic", topic.as_str());
        }
    }

    fn times(&mut self, times: Option<&WeeklyTimes>) {
        let Some(times) = times else { return };
        if times.intervals.is_empty() {
            self.add(RoutingFault::Empty("weekly intervals"));
        }
        let (what, found, most) = (
            "weekly intervals",
            times.intervals.len(),
            MAX_WEEKLY_INTERVALS,
        );
        if found > most {
            self.add(RoutingFault::TooMany { what, found, most });
        }
        if let Err(error) = Hours::of_week(times) {
            self.add(error.into());
        }
    }

    fn receiver(&mut self, receiver: &ReceiverId) {
        let known = self.policy.receivers.contains_key(receiver);
        self.known(known, "receiver", receiver.as_str());
    }

    fn schedule(&mut self, schedule: &ScheduleId) {
        let known = self.policy.schedules.contains_key(schedule);
        self.known(known, "schedule", schedule.as_str());
    }

    fn known(&mut self, known: bool, what: &'static str, name: &str) {
        if !known {
            let name = name.to_owned();
            self.add(RoutingFault::Unknown { what, name });
        }
    }

    fn between(&mut self, name: &'static str, found: TimeSpan, least: TimeSpan, most: TimeSpan) {
        if found < least || found > most {
            let expected = format!("{least} to {most}");
            self.add(RoutingFault::Time {
                name,
                found,
                expected,
            });
        }
    }
}
