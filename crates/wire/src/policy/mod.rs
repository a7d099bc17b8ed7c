//! The policy: topics with their tiers, receivers and routes, escalation, deadlines, who is on call,
//! business hours, what the pipeline itself is held to.

mod calendar;
mod chain;
mod deadline;
mod floors;
mod receiver;
mod route;
mod schedule;
mod watchdog;
mod weekly;

use std::collections::BTreeMap;

use fengbiao_model::{Ladder, Policy, Tier, TimeSpan, TopicPolicy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::filter::{labels_of, texts_of};
use crate::name::{keyed, name};
use crate::record::{decode, encode};
use crate::scalar::{Str, Text, V1};

pub use calendar::{CalendarJson, NamedDayJson};
pub use chain::{ChainJson, StepTargetJson, TierTimeJson};
use chain::{by_tier, tier_times};
pub use deadline::DeadlineRuleJson;
pub use floors::FloorsJson;
pub use receiver::{ReceiverJson, StormJson};
pub use route::{InhibitionJson, RouteJson, TargetJson};
pub use schedule::{LayerJson, OverrideJson, ScheduleJson};
pub use watchdog::{CanaryWatchJson, SourceWatchJson, WatchTiersJson, WatchdogJson};
pub use weekly::WeeklyTimesJson;

/// Everything of the configuration that decides about notices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "policy")]
pub struct PolicyJson<'a> {
    /// Version of this shape.
    pub v: V1,
    /// The topics, by id.
    #[serde(borrow)]
    pub topics: Vec<TopicPolicyJson<'a>>,
    /// The receivers, by id.
    #[serde(borrow)]
    pub receivers: Vec<ReceiverJson<'a>>,
    /// Who hears of what.
    #[serde(borrow)]
    pub route: RouteJson<'a>,
    /// What mutes what; not there: nothing.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub inhibitions: Vec<InhibitionJson<'a>>,
    /// Escalation, by id; not there: no chains.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub chains: Vec<ChainJson<'a>>,
    /// What is owed, and until when; not there: nothing.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub deadlines: Vec<DeadlineRuleJson<'a>>,
    /// For how long an acknowledgement is good, by tier from quiet to loud. For a tier that is not
    /// there it does not expire.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acknowledgement_valid: Vec<TierTimeJson>,
    /// When many notices come at once.
    pub storm: StormJson,
    /// Who is on call, by id; not there: no schedules.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<ScheduleJson<'a>>,
    /// Business hours with their holidays, by id; not there: no calendars.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub calendars: Vec<CalendarJson<'a>>,
    /// The time zone in which a year of incidents begins, by its name in the time zone database;
    /// nothing in it means UTC.
    #[serde(borrow)]
    pub time_zone: Str<'a>,
    /// What the pipeline itself is held to; not there: nobody watches it.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub watchdog: Option<WatchdogJson<'a>>,
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopicPolicyJson<'a> {
    /// Its id.
    #[serde(borrow)]
    pub id: Str<'a>,
    /// Its name, for people.
    #[serde(borrow)]
    pub name: Str<'a>,
    /// Who answers for it.
    #[serde(borrow)]
    pub owner: Str<'a>,
    /// The tiers of an incident with a subject, or of `-`.
    #[serde(borrow)]
    pub tiers: LadderJson<'a>,
    /// The tiers of `*`, over all hits of the topic.
    #[serde(borrow)]
    pub tiers_all: LadderJson<'a>,
    /// How long after its last post a closed incident that returns is opened again under its
    /// number, in milliseconds.
    pub reopen_within_ms: i64,
    /// The labels that its incidents bear from the moment they open; not there: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// The conditions of the tiers of one topic, as written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LadderJson<'a> {
    /// The tiers that have a condition, from quiet to loud.
    #[serde(borrow)]
    pub conditions: Vec<ConditionJson<'a>>,
    /// What keeps a tier once it stands, beside its condition; only of tiers that have one.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<ConditionJson<'a>>,
    /// How long neither condition nor hold of a tier must have been true before it goes down, in
    /// milliseconds.
    pub calm_after_ms: i64,
    /// The floors under its detectors.
    pub floors: FloorsJson,
}

/// The condition of one tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionJson<'a> {
    /// The tier.
    pub tier: Text<Tier>,
    /// Its condition, as written.
    #[serde(borrow)]
    pub condition: Str<'a>,
}

/// The canonical bytes of a policy.
#[must_use]
pub fn encode_policy(policy: &Policy) -> Vec<u8> {
    encode(&PolicyJson::from(policy))
}

/// Reads a policy.
pub fn decode_policy(bytes: &[u8]) -> Result<Policy, WireError> {
    decode::<PolicyJson<'_>>("policy", bytes)?.into_model()
}

impl<'a> From<&'a Policy> for PolicyJson<'a> {
    fn from(policy: &'a Policy) -> Self {
        Self {
            v: V1,
            topics: policy.topics.values().map(Into::into).collect(),
            receivers: policy.receivers.values().map(Into::into).collect(),
            route: (&policy.route).into(),
            inhibitions: policy.inhibitions.iter().map(Into::into).collect(),
            chains: policy.chains.values().map(Into::into).collect(),
            deadlines: policy.deadlines.iter().map(Into::into).collect(),
            acknowledgement_valid: tier_times(&policy.acknowledgement_valid),
            storm: policy.storm.into(),
            schedules: policy.schedules.values().map(Into::into).collect(),
            calendars: policy.calendars.values().map(Into::into).collect(),
            time_zone: policy.time_zone.as_str().into(),
            watchdog: policy.watchdog.as_ref().map(Into::into),
        }
    }
}

impl PolicyJson<'_> {
    /// The policy, its names checked; an id that stands there twice is an error.
    pub fn into_model(self) -> Result<Policy, WireError> {
        let inhibitions = self.inhibitions.into_iter();
        let deadlines = self.deadlines.into_iter();
        Ok(Policy {
            topics: identified(
                "topics.id",
                self.topics,
                TopicPolicyJson::into_model,
                |one| one.id.clone(),
            )?,
            receivers: identified(
                "receivers.id",
                self.receivers,
                ReceiverJson::into_model,
                |one| one.id.clone(),
            )?,
            route: self.route.into_model()?,
            inhibitions: inhibitions
                .map(InhibitionJson::into_model)
                .collect::<Result<_, _>>()?,
            chains: identified("chains.id", self.chains, ChainJson::into_model, |one| {
                one.id.clone()
            })?,
            deadlines: deadlines
                .map(DeadlineRuleJson::into_model)
                .collect::<Result<_, _>>()?,
            acknowledgement_valid: by_tier(
                "acknowledgement_valid.tier",
                self.acknowledgement_valid,
            )?,
            storm: self.storm.into(),
            schedules: identified(
                "schedules.id",
                self.schedules,
                ScheduleJson::into_model,
                |one| one.id.clone(),
            )?,
            calendars: identified(
                "calendars.id",
                self.calendars,
                CalendarJson::into_model,
                |one| one.id.clone(),
            )?,
            time_zone: self.time_zone.0.into_owned(),
            watchdog: self.watchdog.map(WatchdogJson::into_model).transpose()?,
        })
    }
}

/// Values by id; one that stands there twice is an error.
fn identified<K: Ord + std::fmt::Display, J, T>(
    field: &'static str,
    list: Vec<J>,
    into_model: impl Fn(J) -> Result<T, WireError>,
    id: impl Fn(&T) -> K,
) -> Result<BTreeMap<K, T>, WireError> {
    let values = list.into_iter().map(into_model);
    let pairs = values.map(|value| value.map(|value| (id(&value), value)));
    keyed(field, "id", pairs)
}

impl<'a> From<&'a TopicPolicy> for TopicPolicyJson<'a> {
    fn from(topic: &'a TopicPolicy) -> Self {
        Self {
            id: topic.id.as_str().into(),
            name: topic.name.as_str().into(),
            owner: topic.owner.as_str().into(),
            tiers: (&topic.tiers).into(),
            tiers_all: (&topic.tiers_all).into(),
            reopen_within_ms: topic.reopen_within.as_millis(),
            labels: texts_of(&topic.labels),
        }
    }
}

impl TopicPolicyJson<'_> {
    fn into_model(self) -> Result<TopicPolicy, WireError> {
        Ok(TopicPolicy {
            id: name("topics.id", &self.id.0)?,
            name: self.name.0.into_owned(),
            owner: self.owner.0.into_owned(),
            tiers: self.tiers.into_model()?,
            tiers_all: self.tiers_all.into_model()?,
            reopen_within: TimeSpan::from_millis(self.reopen_within_ms),
            labels: labels_of(self.labels)?,
        })
    }
}

impl<'a> From<&'a Ladder> for LadderJson<'a> {
    fn from(ladder: &'a Ladder) -> Self {
        let condition = |(tier, condition): (&Tier, &'a String)| ConditionJson {
            tier: Text(*tier),
            condition: condition.as_str().into(),
        };
        Self {
            conditions: ladder.conditions.iter().map(condition).collect(),
            holds: ladder.holds.iter().map(condition).collect(),
            calm_after_ms: ladder.calm_after.as_millis(),
            floors: ladder.floors.into(),
        }
    }
}

impl LadderJson<'_> {
    fn into_model(self) -> Result<Ladder, WireError> {
        let by_tier = |field, list: Vec<ConditionJson<'_>>| {
            let pairs = list.into_iter();
            let pairs = pairs.map(|json| Ok((json.tier.0, json.condition.0.into_owned())));
            keyed(field, "tier", pairs)
        };
        Ok(Ladder {
            conditions: by_tier("conditions.tier", self.conditions)?,
            holds: by_tier("holds.tier", self.holds)?,
            calm_after: TimeSpan::from_millis(self.calm_after_ms),
            floors: self.floors.into(),
        })
    }
}
