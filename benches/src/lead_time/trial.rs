//! One run of the alerter over the archive, and whom it told of what.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_alerter::{Archive, Change, Effects};
use fengbiao_model::{
    Filter, Hit, HitRecord, Incident, IncidentId, NoticeKind, Offset, Pace, Policy, PostId,
    Receiver, ReceiverId, Route, SubjectKey, Target, Tier, TimeSpan, Timestamp, Totals,
};

use super::titles::Title;

/// Hears of everything at once and wakes nobody.
const LOG: &str = "log";
/// Is woken from III on, as receivers are that do not say otherwise. Nothing is repeated: as if
/// somebody took each incident on.
const DESK: &str = "desk";
const DESK_WAITS: TimeSpan = TimeSpan::from_secs(30);

/// A notice that an incident has opened or was raised.
pub(crate) struct Told {
    pub(crate) at: Timestamp,
    pub(crate) kind: NoticeKind,
    pub(crate) tier: Tier,
    pub(crate) incident: IncidentId,
    pub(crate) topic: String,
    pub(crate) subject: SubjectKey,
    pub(crate) totals: Totals,
    /// The record of the latest post of the incident.
    pub(crate) record: u64,
    /// Whether it went to the desk: III and above.
    pub(crate) page: bool,
}

/// What a run has shown.
#[derive(Default)]
pub(crate) struct Trial {
    pub(crate) told: Vec<Told>,
    /// The records of each incident, in the order they came, and its tier when each had come.
    pub(crate) members: BTreeMap<IncidentId, Vec<(u64, Option<Tier>)>>,
    /// Each incident as it stood last.
    pub(crate) incidents: BTreeMap<IncidentId, Incident>,
}

/// Runs the hits through an alerter under a policy without receivers.
pub(crate) fn run(
    titles: &[Title],
    records: &BTreeMap<PostId, u64>,
    mut policy: Policy,
) -> anyhow::Result<Trial> {
    tell(&mut policy)?;
    let mut archive = Archive::new(policy);
    let mut trial = Trial::default();
    for title in titles.iter().filter(|title| !title.hits.is_empty()) {
        let hits = title.hits.iter().cloned().map(HitRecord::Hit);
        let offset = Offset(title.record - 1);
        for effects in archive.take(offset, title.found_at, hits.collect()) {
            trial.take(&effects, records);
        }
    }
    for effects in archive.rest() {
        trial.take(&effects, records);
    }
    Ok(trial)
}

/// The log hears of everything at once, the desk from III on; no storm makes one notice of many.
fn tell(policy: &mut Policy) -> anyhow::Result<()> {
    for (id, from_tier, group_wait, pages) in [
        (LOG, Tier::IV, TimeSpan::ZERO, false),
        (DESK, Tier::III, DESK_WAITS, true),
    ] {
        let id = ReceiverId::new(id)?;
        policy.route.routes.push(Route {
            takes: Filter {
                from_tier: Some(from_tier),
                ..Filter::default()
            },
            to: vec![Target::Receiver(id.clone())],
            pace: Pace {
                group_wait: Some(group_wait),
                ..Pace::default()
            },
            goes_on: true,
            ..Route::default()
        });
        let quiet = None;
        let receiver = Receiver { id, pages, quiet };
        policy.receivers.insert(receiver.id.clone(), receiver);
    }
    policy.storm.notices = 0;
    Ok(())
}

impl Trial {
    fn take(&mut self, effects: &Effects, records: &BTreeMap<PostId, u64>) {
        let mut joined = Vec::new();
        for change in &effects.changes {
            match change {
                Change::Member(id, post, _) => {
                    if let Some(&record) = records.get(post) {
                        self.members.entry(*id).or_default().push((record, None));
                        joined.push(*id);
                    }
                }
                Change::Incident(incident) => {
                    self.incidents.insert(incident.id, incident.clone());
                }
                _ => {}
            }
        }
        for id in joined {
            let tier = self.incidents.get(&id).and_then(|incident| incident.tier);
            if let Some(last) = self.members.get_mut(&id).and_then(|all| all.last_mut()) {
                last.1 = tier;
            }
        }
        for change in &effects.changes {
            if let Change::Notice(notice) = change
                && notice.kind.is_rise()
            {
                let incident = notice.key.incident;
                let last = self.members.get(&incident).and_then(|all| all.last());
                self.told.push(Told {
                    at: notice.made_at,
                    kind: notice.kind,
                    tier: notice.tier,
                    incident,
                    topic: notice.topic.as_str().to_owned(),
                    subject: notice.subject.clone(),
                    totals: notice.totals,
                    record: last.map_or(0, |(record, _)| *record),
                    page: notice.key.receiver.as_str() == DESK,
                });
            }
        }
    }

    /// Whether an incident held one of these records when `record` was its latest.
    pub(crate) fn holds(&self, id: IncidentId, until: u64, records: &BTreeSet<u64>) -> bool {
        let members = self.members.get(&id).into_iter().flatten();
        members
            .take_while(|(record, _)| *record <= until)
            .any(|(record, _)| records.contains(record))
    }
}

/// Distinct posts and stories among hits of a topic.
pub(crate) fn posts_and_stories<'a>(hits: impl Iterator<Item = &'a Hit>) -> (usize, usize) {
    let (mut posts, mut stories) = (BTreeSet::new(), BTreeSet::new());
    for hit in hits {
        posts.insert(hit.post.id);
        stories.insert(hit.signature.story);
    }
    (posts.len(), stories.len())
}
