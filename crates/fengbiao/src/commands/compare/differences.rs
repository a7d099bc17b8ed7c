//! What two lexicons make differently of one post.

use std::collections::BTreeMap;

use fengbiao_model::{Hit, RuleHit, TopicId};

/// How a hit differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It is one now.
    Added,
    /// It was one before.
    Removed,
    /// It is one with both, and about something else.
    Moved,
}

impl Change {
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Added => "+",
            Self::Removed => "-",
            Self::Moved => "~",
        }
    }
}

/// A hit of one topic with those rules alone that differ.
pub(super) struct Difference {
    pub(super) change: Change,
    pub(super) hit: Hit,
    /// The hit before, where its subjects were others.
    pub(super) before: Option<Hit>,
}

/// What differs, by topic: what is no more, what is now, what is about something else.
pub(super) fn differences(before: Vec<Hit>, now: Vec<Hit>) -> Vec<Difference> {
    let mut topics: BTreeMap<TopicId, [Option<Hit>; 2]> = BTreeMap::new();
    for (side, hits) in [before, now].into_iter().enumerate() {
        for hit in hits {
            let topic = hit.topic.clone();
            topics.entry(topic).or_default()[side] = Some(hit);
        }
    }
    let mut found = Vec::new();
    for [before, now] in topics.into_values() {
        found.extend(only(Change::Removed, before.as_ref(), now.as_ref()));
        found.extend(only(Change::Added, now.as_ref(), before.as_ref()));
        if let (Some(before), Some(now)) = (before, now) {
            found.extend(moved(before, now));
        }
    }
    found
}

fn has(hit: &Hit, rule: &RuleHit) -> bool {
    hit.rules.iter().any(|other| other.rule == rule.rule)
}

/// The hit with those rules that the other one does not have.
fn only(change: Change, hit: Option<&Hit>, other: Option<&Hit>) -> Option<Difference> {
    let mut hit = hit?.clone();
    if let Some(other) = other {
        hit.rules.retain(|rule| !has(other, rule));
    }
    let before = None;
    (!hit.rules.is_empty()).then_some(Difference {
        change,
        hit,
        before,
    })
}

/// The hit with the rules that both have, where its subjects differ.
fn moved(before: Hit, mut now: Hit) -> Option<Difference> {
    now.rules.retain(|rule| has(&before, rule));
    (before.subjects != now.subjects && !now.rules.is_empty()).then_some(Difference {
        change: Change::Moved,
        hit: now,
        before: Some(before),
    })
}
