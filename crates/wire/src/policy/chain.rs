//! Escalation: whom to tell next while nobody has acknowledged.

use std::collections::BTreeMap;

use fengbiao_model::{Chain, StepTarget, Tier, TimeSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::name::{keyed, name};
use crate::scalar::{Str, Text};

/// A chain of escalation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChainJson<'a> {
    /// Its id.
    #[serde(borrow)]
    pub id: Str<'a>,
    /// How long an incident may stay unacknowledged at a step, by tier from quiet to loud.
    pub acknowledge_within: Vec<TierTimeJson>,
    /// Whom each step tells.
    #[serde(borrow)]
    pub steps: Vec<Vec<StepTargetJson<'a>>>,
    /// The receiver who hears that nobody has answered.
    #[serde(borrow)]
    pub last_resort: Str<'a>,
}

/// A length of time for one tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TierTimeJson {
    /// The tier.
    pub tier: Text<Tier>,
    /// How long, in milliseconds.
    pub time_ms: i64,
}

/// To whom a step of a chain leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum StepTargetJson<'a> {
    /// A receiver.
    Receiver {
        /// Its id.
        #[serde(borrow)]
        id: Str<'a>,
    },
    /// Whoever is on call by a schedule when the step is reached.
    Schedule {
        /// Its id.
        #[serde(borrow)]
        id: Str<'a>,
    },
}

/// Times by tier, from quiet to loud.
pub(super) fn tier_times(times: &BTreeMap<Tier, TimeSpan>) -> Vec<TierTimeJson> {
    let listed = |(tier, time): (&Tier, &TimeSpan)| TierTimeJson {
        tier: Text(*tier),
        time_ms: time.as_millis(),
    };
    times.iter().map(listed).collect()
}

/// Times by tier; a tier that stands there twice is an error.
pub(super) fn by_tier(
    field: &'static str,
    times: Vec<TierTimeJson>,
) -> Result<BTreeMap<Tier, TimeSpan>, WireError> {
    let pairs = times.into_iter();
    let pairs = pairs.map(|json| Ok((json.tier.0, TimeSpan::from_millis(json.time_ms))));
    keyed(field, "tier", pairs)
}

impl<'a> From<&'a Chain> for ChainJson<'a> {
    fn from(chain: &'a Chain) -> Self {
        let steps = chain.steps.iter();
        Self {
            id: chain.id.as_str().into(),
            acknowledge_within: tier_times(&chain.acknowledge_within),
            steps: steps
                .map(|step| step.iter().map(Into::into).collect())
                .collect(),
            last_resort: chain.last_resort.as_str().into(),
        }
    }
}

impl ChainJson<'_> {
    /// The chain, its names checked; a tier that stands there twice is an error.
    pub fn into_model(self) -> Result<Chain, WireError> {
        let step = |step: Vec<StepTargetJson<'_>>| {
            let targets = step.into_iter().map(StepTargetJson::into_model);
            targets.collect::<Result<Vec<_>, _>>()
        };
        Ok(Chain {
            id: name("chains.id", &self.id.0)?,
            acknowledge_within: by_tier("chains.acknowledge_within.tier", self.acknowledge_within)?,
            steps: self.steps.into_iter().map(step).collect::<Result<_, _>>()?,
            last_resort: name("chains.last_resort", &self.last_resort.0)?,
        })
    }
}

impl<'a> From<&'a StepTarget> for StepTargetJson<'a> {
    fn from(target: &'a StepTarget) -> Self {
        match target {
            StepTarget::Receiver(id) => Self::Receiver {
                id: id.as_str().into(),
            },
            StepTarget::Schedule(id) => Self::Schedule {
                id: id.as_str().into(),
            },
        }
    }
}

impl StepTargetJson<'_> {
    fn into_model(self) -> Result<StepTarget, WireError> {
        Ok(match self {
            Self::Receiver { id } => StepTarget::Receiver(name("chains.steps.receiver", &id.0)?),
            Self::Schedule { id } => StepTarget::Schedule(name("chains.steps.schedule", &id.0)?),
        })
    }
}
