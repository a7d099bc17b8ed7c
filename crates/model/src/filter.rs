//! Which incidents something is meant for.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Incident, LabelKey, SubjectKey, Tier, TopicId};

/// A choice among incidents: all that is named must fit, what is not named fits everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Its topic is one of these.
    pub topics: Option<BTreeSet<TopicId>>,
    /// Its tier is this one or a louder one.
    pub from_tier: Option<Tier>,
    /// Its subject is one of these, by name: `*`, `-`, or as the topic's list writes it.
    pub subjects: Option<BTreeSet<String>>,
    /// It bears these labels, key and value, from its topic or from people.
    pub labels: BTreeMap<LabelKey, String>,
}

impl Filter {
    /// Whether an incident at a tier fits.
    #[must_use]
    pub fn takes(&self, incident: &Incident, tier: Tier) -> bool {
        let named = |subjects: &BTreeSet<String>| match &incident.subject {
            SubjectKey::Named(subject) => subjects.contains(&subject.name),
            other => subjects.contains(&other.to_string()),
        };
        self.topics
            .as_ref()
            .is_none_or(|topics| topics.contains(&incident.topic))
            && self.from_tier.is_none_or(|from| tier >= from)
            && self.subjects.as_ref().is_none_or(named)
            && self
                .labels
                .iter()
                .all(|(key, value)| incident.labels.get(key) == Some(value))
    }

    /// Whether everything fits.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}
