//! What a ledger keeps of the changes, and how two alerters are compared.

use std::collections::BTreeMap;

use fengbiao_alerter::{Alerter, Change, Effects, Step};
use proptest::prelude::*;

/// What the ledger does with changes: it keeps the latest under each key.
#[derive(Default)]
pub(super) struct Store(pub(super) BTreeMap<String, Change>);

impl Store {
    pub(super) fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            let kept = &mut self.0;
            match change {
                Change::Forget(topic, post) => drop(kept.remove(&format!("memory {topic} {post}"))),
                Change::ForgetSeen(topic, part) => {
                    kept.remove(&format!("seen {topic} {part:?}"));
                }
                Change::ForgetTold(topic, story) => {
                    kept.remove(&format!("told {topic} {story:?}"));
                }
                Change::DropCoverage(hour) => drop(kept.remove(&format!("coverage {hour}"))),
                Change::Unwatched(topic) => drop(kept.remove(&format!("watched {topic}"))),
                Change::DropBucket(key) => drop(kept.remove(&format!("bucket {key:?}"))),
                Change::DropIncident(id) => {
                    let of = [format!("{id:?}"), format!("hangs {id:?}")];
                    kept.retain(|key, _| *key != of[0] && !key.starts_with(&of[1]));
                }
                Change::DropQuote(id, post) => drop(kept.remove(&format!("hangs {id:?} q {post}"))),
                Change::DropPending(id, to) => drop(kept.remove(&format!("hangs {id:?} p {to}"))),
                Change::DropSilence(number) => drop(kept.remove(&format!("{number:?}"))),
                Change::DropStandIn(number) => drop(kept.remove(&format!("{number:?}"))),
                Change::Absorbed(into, from) => {
                    let theirs = format!("hangs {from:?} m ");
                    let members: Vec<Change> = kept
                        .iter()
                        .filter(|(key, _)| key.starts_with(&theirs))
                        .map(|(_, member)| member.clone())
                        .collect();
                    for member in members {
                        let Change::Member(_, post, at) = member else {
                            continue;
                        };
                        let member = Change::Member(*into, post, at);
                        kept.insert(key(&member), member);
                    }
                }
                Change::Notice(_)
                | Change::Withheld(..)
                | Change::Audit { .. }
                | Change::TakenBack(_)
                | Change::Event(_) => {}
                Change::DropSource(id) => drop(kept.remove(&format!("source {id}"))),
                record => drop(kept.insert(key(record), record.clone())),
            }
        }
    }

    pub(super) fn restore(&self) -> Alerter {
        Alerter::restore(self.0.values().cloned()).unwrap()
    }
}

pub(super) fn key(record: &Change) -> String {
    match record {
        Change::Clocks(_) => "clocks".to_owned(),
        Change::Policy(_) => "policy".to_owned(),
        Change::Watermark(key, _) => format!("{key:?}"),
        Change::Seen(topic, at) => format!("seen {topic} {:?}", at.partition),
        Change::Remember(topic, post, _) => format!("memory {topic} {post}"),
        Change::Told(topic, story, _) => format!("told {topic} {story:?}"),
        Change::Bucket(key, _) => format!("bucket {key:?}"),
        Change::Coverage(hour, _) => format!("coverage {hour}"),
        Change::Watched(topic, _) => format!("watched {topic}"),
        Change::Incident(incident) => format!("{:?}", incident.id),
        Change::Member(id, post, _) => format!("hangs {id:?} m {post}"),
        Change::Lifetime(id, _) => format!("hangs {id:?} l"),
        Change::Story(id, story, _) => format!("hangs {id:?} s {story:?}"),
        Change::Quote(id, quote) => format!("hangs {id:?} q {}", quote.post),
        Change::Pending(id, to, _) => format!("hangs {id:?} p {to}"),
        Change::Duties(id, _) => format!("hangs {id:?} d"),
        Change::Rate(to, _) => format!("rate {to}"),
        Change::Silence(silence) => format!("{:?}", silence.number),
        Change::StandIn(number, _) => format!("{number:?}"),
        Change::Purged(post) => format!("purged {post}"),
        Change::Source(source, _) => format!("source {source}"),
        Change::Canary(partition, _) => format!("canary {partition:?}"),
        other => panic!("no record: {other:?}"),
    }
}

/// What happened, without the records: it has an order.
pub(super) fn happened(effects: &Effects) -> Vec<&Change> {
    let happens = |change: &&Change| {
        matches!(
            change,
            Change::Notice(_)
                | Change::Withheld(..)
                | Change::Audit { .. }
                | Change::Event(_)
                | Change::Absorbed(..)
                | Change::Member(..)
                | Change::Purged(_)
                | Change::TakenBack(_)
                | Change::Policy(_)
        )
    };
    effects.changes.iter().filter(happens).collect()
}

/// Says only what differs: whole states are too long to read.
pub(super) fn same(
    one: &BTreeMap<String, Change>,
    other: &BTreeMap<String, Change>,
) -> Result<(), TestCaseError> {
    for key in one.keys().chain(other.keys()) {
        prop_assert_eq!(one.get(key), other.get(key), "{}", key);
    }
    Ok(())
}

pub(super) fn keyed(alerter: &Alerter) -> BTreeMap<String, Change> {
    let mut store = Store::default();
    store.apply(&alerter.records());
    store.0
}

pub(super) fn run(alerter: &mut Alerter, steps: &[Step]) -> Effects {
    let mut all = Effects::default();
    for step in steps {
        let effects = alerter.step(step);
        all.changes.extend(effects.changes);
        all.remarks.extend(effects.remarks);
        all.taken += effects.taken;
    }
    all
}
