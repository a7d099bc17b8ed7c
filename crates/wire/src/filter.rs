//! A choice among incidents, for routes, inhibitions and silences.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_model::{Filter, LabelKey, Tier};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::name::{distinct, name};
use crate::scalar::{Str, Text};

/// A choice among incidents: all that is named must fit, what is not named fits everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterJson<'a> {
    /// Its topic is one of these; not there: any.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub topics: Option<Vec<Str<'a>>>,
    /// Its tier is this one or a louder one; not there: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_tier: Option<Text<Tier>>,
    /// Its subject is one of these, by name: `*`, `-`, or as the topic's list writes it; not there:
    /// any.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub subjects: Option<Vec<Str<'a>>>,
    /// It bears these labels, from its topic or from people; not there: any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

impl FilterJson<'_> {
    /// Whether it names nothing, so that everything fits.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == FilterJson::default()
    }

    /// The filter, its names checked; what stands in a list twice is an error.
    pub fn into_model(self) -> Result<Filter, WireError> {
        let topic = |topic: Str<'_>| name("topics", &topic.0);
        let topics = self
            .topics
            .map(|topics| distinct("topics", topics.into_iter().map(topic)));
        let subject = |subject: Str<'_>| Ok(subject.0.into_owned());
        let subjects = self
            .subjects
            .map(|subjects| distinct("subjects", subjects.into_iter().map(subject)));
        Ok(Filter {
            topics: topics.transpose()?,
            from_tier: self.from_tier.map(|tier| tier.0),
            subjects: subjects.transpose()?,
            labels: labels_of(self.labels)?,
        })
    }
}

impl<'a> From<&'a Filter> for FilterJson<'a> {
    fn from(filter: &'a Filter) -> Self {
        let subjects = |subjects: &'a BTreeSet<String>| {
            let subjects = subjects.iter();
            subjects.map(|subject| subject.as_str().into()).collect()
        };
        let topics = filter.topics.as_ref();
        Self {
            topics: topics.map(|topics| topics.iter().map(|topic| topic.as_str().into()).collect()),
            from_tier: filter.from_tier.map(Text),
            subjects: filter.subjects.as_ref().map(subjects),
            labels: texts_of(&filter.labels),
        }
    }
}

/// Labels as they are written.
pub(crate) fn texts_of(labels: &BTreeMap<LabelKey, String>) -> BTreeMap<String, String> {
    let labels = labels.iter();
    labels
        .map(|(key, value)| (key.to_string(), value.clone()))
        .collect()
}

/// Labels as they were written, their keys checked.
pub(crate) fn labels_of(
    labels: BTreeMap<String, String>,
) -> Result<BTreeMap<LabelKey, String>, WireError> {
    let labels = labels.into_iter();
    labels
        .map(|(key, value)| Ok((name("labels", &key)?, value)))
        .collect()
}
