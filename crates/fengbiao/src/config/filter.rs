//! Which incidents a route or an inhibition is meant for.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{anyhow, bail};
use fengbiao_model::{LabelKey, Tier, TopicId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::written::Written;

/// A choice among incidents: all that is named must fit, what is not named fits everything.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Filter {
    /// The topics; without it, all.
    #[schemars(example = &["food-safety"])]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) topics: Option<Vec<String>>,
    /// The quietest tier; without it, all.
    #[schemars(example = &"III")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub(crate) from_tier: Option<Written<Tier>>,
    /// The subjects, by name as in the topic's list; `*` is the whole topic, `-` what has no
    /// subject. Without it, all.
    #[schemars(example = &["*"])]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) subjects: Option<Vec<String>>,
    /// Labels that the incident bears, from its topic or from people, key and value; all must be
    /// there.
    #[schemars(example = serde_json::json!({ "drill": "yes" }))]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) labels: BTreeMap<String, String>,
}

impl Filter {
    /// The filter it means. Whether there are such topics is checked with the whole.
    pub(crate) fn value(&self) -> anyhow::Result<fengbiao_model::Filter> {
        let label = |(key, value): (&String, &String)| {
            let key = LabelKey::new(key.as_str()).map_err(|why| anyhow!("label `{key}` {why}"))?;
            anyhow::Ok((key, value.clone()))
        };
        let subjects = self.subjects.as_ref();
        if subjects.is_some_and(Vec::is_empty) {
            bail!("`subjects` is empty, expected at least one\nhint: without the key, all fit");
        }
        Ok(fengbiao_model::Filter {
            topics: self.topics.as_deref().map(topics).transpose()?,
            from_tier: self.from_tier.map(|tier| tier.0),
            subjects: subjects.map(|names| names.iter().cloned().collect()),
            labels: self.labels.iter().map(label).collect::<Result<_, _>>()?,
        })
    }
}

/// The topics that a list names.
pub(super) fn topics(names: &[String]) -> anyhow::Result<BTreeSet<TopicId>> {
    if names.is_empty() {
        bail!("`topics` is empty, expected at least one\nhint: without the key, all fit");
    }
    let topic = |name: &String| {
        TopicId::new(name.as_str()).map_err(|why| anyhow!("the topic `{name}` {why}"))
    };
    names.iter().map(topic).collect()
}
