//! Checks and reads a policy as a whole.

use std::collections::BTreeMap;

use fengbiao_model::{
    CalendarId, Floors, LabelKey, MAX_CALM_AFTER, MAX_FLOOR, MAX_REOPEN_WITHIN, MIN_SIGMA_BOUNDS,
    Policy, ReceiverId, ScheduleId, SubjectKey, TimeSpan, TopicId, TopicPolicy, check_label_value,
};

use crate::calendar::{TimeFault, faults_of_calendar, faults_of_schedule};
use crate::limits::MAX_LABELS;
use crate::routing::{RoutingFault, faults_of_routing};
use crate::tier::{CompiledLadder, TierError, check_ladder};
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
    /// A ladder of a topic.
    #[error("topic `{topic}`, {}: {error}", if *all { "tiers_all" } else { "tiers" })]
    Ladder {
        /// The topic.
        topic: TopicId,
        /// Whether it is `tiers_all`.
        all: bool,
        /// What is wrong.
        error: TierError,
    },
    /// `calm_after` of a ladder with conditions is out of its bounds.
    #[error(
        "topic `{topic}`, {}: `calm_after` is `{found}`, expected more than 0s and at most \
         {MAX_CALM_AFTER}", if *all { "tiers_all" } else { "tiers" }
    )]
    CalmAfter {
        /// The topic.
        topic: TopicId,
        /// Whether it is `tiers_all`.
        all: bool,
        /// What it has.
        found: TimeSpan,
    },
    /// `reopen_within` of a topic is out of its bounds.
    #[error("topic `{topic}`: `reopen_within` is `{found}`, expected at most {MAX_REOPEN_WITHIN}")]
    ReopenWithin {
        /// The topic.
        topic: TopicId,
        /// What it has.
        found: TimeSpan,
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
    /// `min_sigma` of a ladder is out of its bounds.
    #[error(
        "topic `{topic}`, {}: `min_sigma` is `{found}`, expected {} to {}",
        if *all { "tiers_all" } else { "tiers" },
        MIN_SIGMA_BOUNDS.start(), MIN_SIGMA_BOUNDS.end()
    )]
    MinSigma {
        /// The topic.
        topic: TopicId,
        /// Whether it is `tiers_all`.
        all: bool,
        /// What it has.
        found: f64,
    },
    /// Another floor of a ladder is out of its bounds.
    #[error(
        "topic `{topic}`, {}: `{name}` is `{found}`, expected at most {MAX_FLOOR}",
        if *all { "tiers_all" } else { "tiers" }
    )]
    Floor {
        /// The topic.
        topic: TopicId,
        /// Whether it is `tiers_all`.
        all: bool,
        /// Its name.
        name: &'static str,
        /// What it has.
        found: u64,
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
    if policy.reopen_within > MAX_REOPEN_WITHIN {
        let (topic, found) = (topic.clone(), policy.reopen_within);
        errors.push(PolicyError::ReopenWithin { topic, found });
    }
    check_labels(policy, errors);
    for (all, ladder) in [(false, &policy.tiers), (true, &policy.tiers_all)] {
        let wrong = check_ladder(ladder, all).into_iter();
        errors.extend(wrong.map(|error| PolicyError::Ladder {
            topic: topic.clone(),
            all,
            error,
        }));
        let found = ladder.calm_after;
        let calms = found > TimeSpan::ZERO && found <= MAX_CALM_AFTER;
        if !calms && !ladder.conditions.is_empty() {
            let topic = topic.clone();
            errors.push(PolicyError::CalmAfter { topic, all, found });
        }
        check_floors(topic, all, &ladder.floors, errors);
    }
}

fn check_floors(topic: &TopicId, all: bool, floors: &Floors, errors: &mut Vec<PolicyError>) {
    if !MIN_SIGMA_BOUNDS.contains(&floors.min_sigma) {
        let (topic, found) = (topic.clone(), floors.min_sigma);
        errors.push(PolicyError::MinSigma { topic, all, found });
    }
    let whole = [
        ("min_posts", floors.min_posts),
        ("min_sources", floors.min_sources),
        ("min_before", floors.min_before),
    ];
    let wrong = whole.into_iter().filter(|(_, found)| *found > MAX_FLOOR);
    errors.extend(wrong.map(|(name, found)| PolicyError::Floor {
        topic: topic.clone(),
        all,
        name,
        found,
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
