//! `[[chain]]`: whom to tell next while nobody has acknowledged.

use std::collections::BTreeMap;

use anyhow::{Context, anyhow};
use fengbiao_model::{ChainId, ReceiverId, Tier, TimeSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::written::Written;
use super::{Length, target};

/// One chain of escalation. A route leads to it with `chain:` and its id.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = Chain::night())]
pub(crate) struct Chain {
    /// Its id: lower-case letters, digits, `-` and `_`.
    #[schemars(example = &"night")]
    pub(crate) id: String,
    /// How long an incident of each tier may stay unacknowledged at a step, at most `168h`. A tier
    /// that is not named has the time of the next louder one that is.
    #[schemars(with = "BTreeMap<String, Length>")]
    #[schemars(example = serde_json::json!({ "I": "5m", "II": "10m", "III": "30m" }))]
    pub(crate) acknowledge_within: ByTier,
    /// Whom each step tells, in order: ids of receivers, or `schedule:` with an id for whoever is
    /// on call when the step is reached.
    #[schemars(example = serde_json::json!([["schedule:duty"], ["lead-desk"]]))]
    pub(crate) steps: Vec<Vec<String>>,
    /// The receiver that hears, after the last step, that nobody has answered.
    #[schemars(example = &"head-office")]
    pub(crate) last_resort: String,
}

/// A length of time for each tier that is named.
pub(crate) type ByTier = BTreeMap<Written<Tier>, Length>;

/// The same in the words of the model.
pub(super) fn by_tier(lengths: &ByTier) -> BTreeMap<Tier, TimeSpan> {
    let lengths = lengths.iter();
    lengths.map(|(tier, length)| (tier.0, length.0)).collect()
}

impl Chain {
    /// The chain it means.
    pub(crate) fn value(&self) -> anyhow::Result<fengbiao_model::Chain> {
        let name = || format!("chain `{}`", self.id);
        let id = ChainId::new(self.id.as_str());
        let last = ReceiverId::new(self.last_resort.as_str());
        let last = last.map_err(|why| anyhow!("`last_resort` is `{}`: {why}", self.last_resort));
        let step = |(number, step): (u32, &Vec<String>)| {
            let step = step.iter().map(|text| target::step_target(text));
            let step = step.collect::<Result<_, _>>();
            step.with_context(|| format!("step {number}"))
        };
        let steps = (1..).zip(&self.steps).map(step);
        Ok(fengbiao_model::Chain {
            id: id.map_err(|why| anyhow!("`id` {why}")).with_context(name)?,
            acknowledge_within: by_tier(&self.acknowledge_within),
            steps: steps.collect::<Result<_, _>>().with_context(name)?,
            last_resort: last.with_context(name)?,
        })
    }

    /// An example: who is on call, then the desk of the lead, then the head office.
    fn night() -> Self {
        let text = "id = \"night\"\n\
                    acknowledge_within = { I = \"5m\", II = \"10m\", III = \"30m\" }\n\
                    steps = [[\"schedule:duty\"], [\"lead-desk\"]]\nlast_resort = \"head-office\"\n";
        #[allow(clippy::expect_used, reason = "a text of this file, read by its tests")]
        toml::from_str(text).expect("the example reads")
    }
}

/// Acknowledgements.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Acknowledgement {
    /// For how long an acknowledgement is good, by tier, `1m` to `168h`: from when it was given, and
    /// anew from each thing that people write into the record, at whatever stage. That of a tier that
    /// is not named does not expire.
    #[schemars(with = "BTreeMap<String, Length>")]
    pub(crate) valid: ByTier,
}

impl Default for Acknowledgement {
    fn default() -> Self {
        let valid = [
            (Tier::I, Length::hours(2)),
            (Tier::II, Length::hours(4)),
            (Tier::III, Length::hours(24)),
        ];
        Self {
            valid: valid.map(|(tier, span)| (Written(tier), span)).into(),
        }
    }
}

impl Acknowledgement {
    /// What it means.
    pub(crate) fn value(&self) -> BTreeMap<Tier, TimeSpan> {
        by_tier(&self.valid)
    }
}
