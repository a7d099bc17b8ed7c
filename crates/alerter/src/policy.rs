//! Checks and reads a policy as a whole.

use std::collections::BTreeMap;
use std::fmt;

use fengbiao_model::{
    CalendarId, LabelKey, Ladder, MAX_CALM_AFTER, MAX_FLOOR, MAX_REOPEN_WITHIN, MIN_SIGMA_BOUNDS,
    Policy, ReceiverId, ScheduleId, SubjectKey, TimeSpan, TopicId, TopicPolicy, check_label_value,
};

use crate::calendar::{TimeFault, faults_of_calendar, faults_of_schedule};
use crate::limits::MAX_LABELS;
use crate::routing::{RoutingFault, faults_of_routing};
use crate::tier::{CompiledLadder, TierError, check_ladder, tiers_of_nothing};
use crate::year::YearZone;

/// All that is wrong with a policy, at least one thing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", listed(.0))]
pub struct PolicyErrors(pub Vec<PolicyError>);

fn listed(errors: &[PolicyError]) -> String {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    lines.join("; ")
}

/// One thing that is wrong with a policy.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PolicyError {
    /// A key of a topic: of its ladders, or `reopen_within`.
    #[error("topic `{topic}`: {fault}")]
    Key {
        /// The topic.
        topic: TopicId,
        /// What is wrong.
        fault: KeyFault,
    },
    /// A topic has too many labels.
    #[error("topic `{topic}` has {found} labels, expected at most {MAX_LABELS}")]
    Labels {
        /// The topic.
        topic: TopicId,
        /// How many it has.
        found: usize,
    },
    /// A value of a label of a topic.
    #[error("topic `{topic}`, label `{key}`: the value {reason}")]
    Label {
        /// The topic.
        topic: TopicId,
        /// Which.
        key: LabelKey,
        /// What is wrong.
        reason: String,
    },
    /// There is no such time zone.
    #[error("`time_zone` is `{found}`, expected an IANA name such as `Asia/Shanghai`")]
    TimeZone {
        /// What it is.
        found: String,
    },
    /// A topic stands under another id than its own.
    #[error("topic `{found}` stands under `{key}`, expected its own id")]
    TopicKey {
        /// Where it stands.
        key: TopicId,
        /// Its own id.
        found: TopicId,
    },
    /// A receiver stands under another id than its own.
    #[error("receiver `{found}` stands under `{key}`, expected its own id")]
    ReceiverKey {
        /// Where it stands.
        key: ReceiverId,
        /// Its own id.
        found: ReceiverId,
    },
    /// How notices find people.
    #[error("{place} {fault}")]
    Routing {
        /// Where: `route 1 2`, `chain `night``.
        place: String,
        /// What is wrong.
        fault: RoutingFault,
    },
    /// A schedule.
    #[error("schedule `{schedule}`: {fault}")]
    Schedule {
        /// Which.
        schedule: ScheduleId,
        /// What is wrong with it.
        fault: TimeFault,
    },
    /// A calendar.
    #[error("calendar `{calendar}`: {fault}")]
    Calendar {
        /// Which.
        calendar: CalendarId,
        /// What is wrong with it.
        fault: TimeFault,
    },
}

impl PolicyError {
    /// What could help, where more than the expectation can be said.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Key { fault, .. } => fault.hint.clone(),
            Self::Labels { .. } => Some("leave some of them out".to_owned()),
            _ => None,
        }
    }
}

/// A key that a topic has, or takes from the configuration, with a value that it may not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct KeyFault {
    /// What is wrong, with its key: `` `tiers.calm_after` is `0s`, expected … ``.
    pub message: String,
    /// What could help.
    pub hint: Option<String>,
}

/// What is wrong with `reopen_within`, if anything is.
#[must_use]
pub fn fault_of_reopen_within(found: TimeSpan) -> Option<KeyFault> {
    (found > MAX_REOPEN_WITHIN).then(|| KeyFault {
        message: format!("`reopen_within` is `{found}`, expected at most {MAX_REOPEN_WITHIN}"),
        hint: Some("what returns later is a new incident with a link to the old".to_owned()),
    })
}

/// The table of a ladder.
const fn name_of(all: bool) -> &'static str {
    if all { "tiers_all" } else { "tiers" }
}

fn of_key(ladder: &Ladder, name: &str, error: TierError) -> KeyFault {
    let (texts, hold) = if error.hold {
        (&ladder.holds, "hold.")
    } else {
        (&ladder.conditions, "")
    };
    let text = texts.get(&error.tier).map_or("", String::as_str);
    KeyFault {
        message: format!(
            "`{name}.{hold}{}` is `{text}`: {}",
            error.tier, error.message
        ),
        hint: error.hint,
    }
}

/// What whoever has written a ladder should look at, though nothing is wrong with it; `all` says
/// whether it is that of `*`, `tiers_all`.
#[must_use]
pub fn warnings_of_ladder(ladder: &Ladder, all: bool) -> Vec<KeyFault> {
    let found = tiers_of_nothing(ladder, all).into_iter();
    found.map(|one| of_key(ladder, name_of(all), one)).collect()
}

/// All that is wrong with a ladder, its lengths and floors included; `all` says whether it is that
/// of `*`, `tiers_all`.
#[must_use]
pub fn faults_of_ladder(ladder: &Ladder, all: bool) -> Vec<KeyFault> {
    let name = name_of(all);
    let errors = check_ladder(ladder, all).into_iter();
    let mut faults: Vec<_> = errors.map(|error| of_key(ladder, name, error)).collect();
    let mut bounded = |key: &str, within: bool, found: &dyn fmt::Display, expected, hint: &str| {
        if !within {
            faults.push(KeyFault {
                message: format!("`{name}.{key}` is `{found}`, expected {expected}"),
                hint: Some(hint.to_owned()),
            });
        }
    };
    let (calm, floors) = (ladder.calm_after, &ladder.floors);
    bounded(
        "calm_after",
        ladder.conditions.is_empty() || (calm > TimeSpan::ZERO && calm <= MAX_CALM_AFTER),
        &calm,
        format!("more than 0s and at most {MAX_CALM_AFTER}"),
        "a tier that stands goes down when it has been calm for so long",
    );
    bounded(
        "min_sigma",
        MIN_SIGMA_BOUNDS.contains(&floors.min_sigma),
        &floors.min_sigma,
        format!("{} to {}", MIN_SIGMA_BOUNDS.start(), MIN_SIGMA_BOUNDS.end()),
        "with no floor one post after silence would be infinitely far above the usual",
    );
    for (key, found) in [
        ("min_posts", floors.min_posts),
        ("min_sources", floors.min_sources),
        ("min_before", floors.min_before),
    ] {
        bounded(
            key,
            found <= MAX_FLOOR,
            &found,
            format!("at most {MAX_FLOOR}"),
            "below this floor the detectors of the ladder say nothing; 0 is no floor",
        );
    }
    faults
}

/// Checks a policy as a whole: all that [`crate::Alerter::step`] would refuse.
pub fn check_policy(policy: &Policy) -> Result<(), PolicyErrors> {
    let mut errors = Vec::new();
    if YearZone::named(&policy.time_zone).is_none() {
        let found = policy.time_zone.clone();
        errors.push(PolicyError::TimeZone { found });
    }
    for (key, topic) in &policy.topics {
        check_topic(key, topic, &mut errors);
    }
    for (key, receiver) in &policy.receivers {
        if *key != receiver.id {
            let (key, found) = (key.clone(), receiver.id.clone());
            errors.push(PolicyError::ReceiverKey { key, found });
        }
    }
    let faults = faults_of_routing(policy).into_iter();
    errors.extend(faults.map(|(place, fault)| PolicyError::Routing { place, fault }));
    check_times(policy, &mut errors);
    if errors.is_empty() {
        Ok(())
    } else {
        Err(PolicyErrors(errors))
    }
}

fn check_labels(policy: &TopicPolicy, errors: &mut Vec<PolicyError>) {
    let labels = &policy.labels;
    if labels.len() > MAX_LABELS {
        let (topic, found) = (policy.id.clone(), labels.len());
        errors.push(PolicyError::Labels { topic, found });
    }
    let wrong = labels.iter().filter_map(|(key, value)| {
        let error = check_label_value(value).err()?;
        Some(PolicyError::Label {
            topic: policy.id.clone(),
            key: key.clone(),
            reason: error.reason,
        })
    });
    errors.extend(wrong);
}

fn check_topic(key: &TopicId, policy: &TopicPolicy, errors: &mut Vec<PolicyError>) {
    let topic = &policy.id;
    if key != topic {
        let (key, found) = (key.clone(), topic.clone());
        errors.push(PolicyError::TopicKey { key, found });
    }
    check_labels(policy, errors);
    let mut faults = faults_of_ladder(&policy.tiers, false);
    faults.extend(faults_of_ladder(&policy.tiers_all, true));
    faults.extend(fault_of_reopen_within(policy.reopen_within));
    errors.extend(faults.into_iter().map(|fault| PolicyError::Key {
        topic: topic.clone(),
        fault,
    }));
}

fn check_times(policy: &Policy, errors: &mut Vec<PolicyError>) {
    for (key, value) in &policy.schedules {
        let faults = faults_of_schedule(key, value, &policy.receivers);
        errors.extend(faults.into_iter().map(|fault| PolicyError::Schedule {
            schedule: value.id.clone(),
            fault,
        }));
    }
    for (key, value) in &policy.calendars {
        let faults = faults_of_calendar(key, value);
        errors.extend(faults.into_iter().map(|fault| PolicyError::Calendar {
            calendar: value.id.clone(),
            fault,
        }));
    }
}

/// The ladders of all topics, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ladders(BTreeMap<TopicId, (CompiledLadder, CompiledLadder)>);

impl Ladders {
    /// Of a policy that [`check_policy`] has nothing against.
    pub(crate) fn new(policy: &Policy) -> Result<Self, Vec<TierError>> {
        let mut ladders = BTreeMap::new();
        for (id, topic) in &policy.topics {
            let each = CompiledLadder::new(&topic.tiers, false)?;
            let all = CompiledLadder::new(&topic.tiers_all, true)?;
            ladders.insert(id.clone(), (each, all));
        }
        Ok(Self(ladders))
    }

    /// The ladder that an incident stands on; none where the topic is gone.
    pub(crate) fn of(&self, topic: &TopicId, subject: &SubjectKey) -> Option<&CompiledLadder> {
        let (each, all) = self.0.get(topic)?;
        Some(if *subject == SubjectKey::All {
            all
        } else {
            each
        })
    }
}
