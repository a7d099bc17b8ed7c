//! The policy: topics with their tiers, and receivers.

use std::collections::BTreeMap;

use fengbiao_model::{Ladder, Policy, Receiver, Tier, TimeSpan, TopicPolicy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::name::name;
use crate::record::{decode, encode};
use crate::scalar::{Str, Text, V1};
use crate::watchdog::WatchdogJson;

/// Everything of the configuration that decides about notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// What the pipeline itself is held to; not there: nobody watches it.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub watchdog: Option<WatchdogJson<'a>>,
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
}

/// The conditions of the tiers of one topic, as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LadderJson<'a> {
    /// The tiers that have a condition, from quiet to loud.
    #[serde(borrow)]
    pub conditions: Vec<ConditionJson<'a>>,
    /// How long a tier must not have been true before it goes down, in milliseconds.
    pub calm_after_ms: i64,
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

/// One receiver of notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiverJson<'a> {
    /// Its id.
    #[serde(borrow)]
    pub id: Str<'a>,
    /// The quietest tier it hears of.
    pub from_tier: Text<Tier>,
    /// The topics it hears of; not there: all.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub topics: Option<Vec<Str<'a>>>,
    /// How long a first notice waits for more of its incident, in milliseconds.
    pub group_wait_ms: i64,
    /// After how long an open, unacknowledged incident is told again, in milliseconds; 0: never.
    pub repeat_interval_ms: i64,
    /// Whether a notice here may wake a person.
    pub pages: bool,
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
            watchdog: policy.watchdog.as_ref().map(Into::into),
        }
    }
}

impl PolicyJson<'_> {
    /// The policy, its names checked; an id that stands there twice is an error.
    pub fn into_model(self) -> Result<Policy, WireError> {
        let topics = self.topics.into_iter().map(TopicPolicyJson::into_model);
        let receivers = self.receivers.into_iter().map(ReceiverJson::into_model);
        Ok(Policy {
            topics: keyed("topics.id", topics, |topic| topic.id.clone())?,
            receivers: keyed("receivers.id", receivers, |receiver| receiver.id.clone())?,
            watchdog: self.watchdog.map(WatchdogJson::into_model).transpose()?,
        })
    }
}

pub(crate) fn keyed<K: Ord + std::fmt::Display, T>(
    field: &'static str,
    values: impl Iterator<Item = Result<T, WireError>>,
    key: impl Fn(&T) -> K,
) -> Result<BTreeMap<K, T>, WireError> {
    let mut map = BTreeMap::new();
    for value in values {
        let value = value?;
        let id = key(&value);
        if map.contains_key(&id) {
            let reason = format!("is `{id}` twice, expected every id once");
            return Err(WireError::InvalidValue { field, reason });
        }
        map.insert(id, value);
    }
    Ok(map)
}

impl<'a> From<&'a TopicPolicy> for TopicPolicyJson<'a> {
    fn from(topic: &'a TopicPolicy) -> Self {
        Self {
            id: topic.id.as_str().into(),
            name: topic.name.as_str().into(),
            owner: topic.owner.as_str().into(),
            tiers: (&topic.tiers).into(),
            tiers_all: (&topic.tiers_all).into(),
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
            calm_after_ms: ladder.calm_after.as_millis(),
        }
    }
}

impl LadderJson<'_> {
    fn into_model(self) -> Result<Ladder, WireError> {
        let mut conditions = BTreeMap::new();
        for ConditionJson { tier, condition } in self.conditions {
            if conditions
                .insert(tier.0, condition.0.into_owned())
                .is_some()
            {
                let reason = format!("is `{tier}` twice, expected every tier once");
                return Err(WireError::InvalidValue {
                    field: "conditions.tier",
                    reason,
                });
            }
        }
        Ok(Ladder {
            conditions,
            calm_after: TimeSpan::from_millis(self.calm_after_ms),
        })
    }
}

impl<'a> From<&'a Receiver> for ReceiverJson<'a> {
    fn from(receiver: &'a Receiver) -> Self {
        let topics = receiver.topics.as_ref();
        Self {
            id: receiver.id.as_str().into(),
            from_tier: Text(receiver.from_tier),
            topics: topics.map(|topics| topics.iter().map(|topic| topic.as_str().into()).collect()),
            group_wait_ms: receiver.group_wait.as_millis(),
            repeat_interval_ms: receiver.repeat_interval.as_millis(),
            pages: receiver.pages,
        }
    }
}

impl ReceiverJson<'_> {
    fn into_model(self) -> Result<Receiver, WireError> {
        let topic = |topic: Str<'_>| name("receivers.topics", &topic.0);
        Ok(Receiver {
            id: name("receivers.id", &self.id.0)?,
            from_tier: self.from_tier.0,
            topics: self
                .topics
                .map(|topics| topics.into_iter().map(topic).collect())
                .transpose()?,
            group_wait: TimeSpan::from_millis(self.group_wait_ms),
            repeat_interval: TimeSpan::from_millis(self.repeat_interval_ms),
            pages: self.pages,
        })
    }
}
