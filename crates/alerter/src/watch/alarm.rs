//! An alarm is an incident of the topic `pipeline`: it has a number, is told, acknowledged and
//! kept like any other, and its record says what became of it. It opens by silence and closes by a
//! sign of life.

use std::collections::BTreeSet;

use fengbiao_model::{
    Happening, IncidentId, Measure, NoticeKind, PIPELINE_TOPIC, Reason, SubjectKey, Tier, TimeSpan,
    Timestamp, TopicId, WATCHDOG_METHOD, WatchKind,
};

use super::{Sign, Silence};
use crate::alerter::Alerter;
use crate::entry::Entry;
use crate::incident::{raise, reopen};
use crate::limits::ALARM_REOPENS_WITHIN;
use crate::outcome::Outcome;
use crate::record::Hold;

impl Alerter {
    /// Acts on a judgement. Gives the subject back, so that it is known to be watched.
    pub(super) fn act(&mut self, subject: SubjectKey, sign: Sign, out: &mut Outcome) -> SubjectKey {
        match sign {
            Sign::Unsure => {}
            Sign::Alive => self.end_alarm(&subject, out),
            Sign::Silent(silence) => self.alarm(&subject, silence, out),
        }
        subject
    }

    /// The latest incident of a subject that is still in memory.
    fn latest_alarm(&self, subject: &SubjectKey) -> Option<&Entry> {
        let stream = (TopicId::pipeline(), subject.clone());
        let id = self.streams.get(&stream)?.last()?;
        self.entries.get(id)
    }

    fn open_alarm(&self, subject: &SubjectKey) -> Option<IncidentId> {
        let latest = self.latest_alarm(subject).filter(|entry| entry.is_open());
        latest.map(Entry::id)
    }

    /// All alarms that are open.
    fn open_alarms(&self) -> impl Iterator<Item = &Entry> {
        let streams = self.streams.range((TopicId::pipeline(), SubjectKey::All)..);
        streams
            .take_while(|((topic, _), _)| topic.as_str() == PIPELINE_TOPIC)
            .filter_map(|(_, ids)| self.entries.get(ids.last()?))
            .filter(|entry| entry.is_open())
    }

    /// The highest tier at which an alarm of the pipeline about itself is open.
    #[must_use]
    pub fn pipeline_tier(&self) -> Option<Tier> {
        self.open_alarms()
            .filter_map(|entry| entry.incident.tier)
            .max()
    }

    fn alarm(&mut self, subject: &SubjectKey, silence: Silence, out: &mut Outcome) {
        if let Some(id) = self.open_alarm(subject) {
            return self.change_alarm(id, silence, out);
        }
        let again = match self.latest_alarm(subject) {
            Some(last) if is_known_to_people(last, &silence) => return,
            Some(last) if self.returns(last) => Some(last.id()),
            _ => None,
        };
        let (wall, tier, since) = (self.clocks.wall, silence.tier, silence.since);
        let reason = reason(silence, wall);
        let id = match again {
            Some(id) => {
                if let Some(entry) = self.entries.get_mut(&id) {
                    entry.incident.first_found_at = since;
                    reopen(entry, wall, out);
                    raise(entry, tier, reason, wall, out);
                }
                id
            }
            None => {
                let id = self.begin(&(TopicId::pipeline(), subject.clone()), since);
                self.open(id, tier, reason, out);
                id
            }
        };
        self.rings(id, NoticeKind::Opened, out);
    }

    /// Whether an alarm that closed by itself is opened again by a new silence, under its number.
    fn returns(&self, last: &Entry) -> bool {
        let recent = |closed| self.clocks.wall.since(closed) <= ALARM_REOPENS_WITHIN;
        last.lifetime.shut_at.is_none() && last.incident.closed_at.is_some_and(recent)
    }

    /// An alarm is up at a tier: what is owed of it counts from here, and people are told.
    fn rings(&mut self, id: IncidentId, kind: NoticeKind, out: &mut Outcome) {
        let wall = self.clocks.wall;
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.incident.last_found_at = wall;
            entry.incident.fired_at = Some(wall);
        }
        out.touched.incidents.insert(id);
        self.owe(id, out);
        self.announce(id, kind, None, out);
    }

    /// The silence goes on. Its tier may change with the policy, and its kind (quiet, then dead).
    fn change_alarm(&mut self, id: IncidentId, silence: Silence, out: &mut Outcome) {
        let wall = self.clocks.wall;
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let (from, to) = (entry.incident.tier, silence.tier);
        let known = entry.lifetime.reason.as_ref();
        let same = known.is_some_and(|known| known.condition == silence.condition);
        if from == Some(to) && same {
            return;
        }
        out.touched.incidents.insert(id);
        let reason = reason(silence, wall);
        if from < Some(to) {
            raise(entry, to, reason, wall, out);
            return self.rings(id, NoticeKind::Raised, out);
        }
        entry.lifetime.reason = Some(reason.clone());
        if from > Some(to) {
            entry.incident.tier = Some(to);
            entry.incident.change += 1;
            entry.incident.changed_at = Some(wall);
            entry.happened(wall, Happening::TierChanged { from, to, reason }, out);
            self.announce(id, NoticeKind::Calmed, None, out);
            self.let_through(Hold::Incident(id), out);
        }
    }

    /// Life has returned, or nobody waits for it any more.
    pub(super) fn end_alarm(&mut self, subject: &SubjectKey, out: &mut Outcome) {
        let wall = self.clocks.wall;
        let Some(id) = self.open_alarm(subject) else {
            return;
        };
        if let Some(entry) = self.entries.get_mut(&id) {
            let silent = wall.since(entry.incident.first_found_at);
            let known = entry.lifetime.reason.take();
            let reason = life_again(known.map(|reason| reason.condition), silent, wall);
            entry.lifetime.reason = Some(reason.clone());
            entry.close(wall);
            entry.incident.last_found_at = wall;
            let (note, reason) = (String::new(), Some(reason));
            entry.happened(wall, Happening::Closed { note, reason }, out);
        }
        self.over(id, out);
    }

    /// Alarms of things that are watched no more end.
    pub(super) fn end_alarms_without(&mut self, watched: &BTreeSet<SubjectKey>, out: &mut Outcome) {
        let open = self.open_alarms().map(|entry| &entry.incident.subject);
        let strays: Vec<_> = open
            .filter(|subject| !watched.contains(*subject))
            .cloned()
            .collect();
        for subject in strays {
            self.end_alarm(&subject, out);
        }
    }
}

/// Whether an alarm is told also while all sources are silent: that says nothing of the way
/// between them and the people.
pub(crate) fn stands_alone(entry: &Entry) -> bool {
    let of_sources = |kind: &str| kind == WatchKind::Source.as_str();
    match &entry.incident.subject {
        SubjectKey::Named(subject) if entry.incident.topic.is_pipeline() => {
            !of_sources(&subject.kind)
        }
        _ => false,
    }
}

/// Whoever closed an alarm knows of the silence that it last rang for; the next one is news again.
fn is_known_to_people(last: &Entry, silence: &Silence) -> bool {
    last.lifetime.shut_at.is_some() && last.incident.fired_at >= Some(silence.last_sign)
}

fn reason(silence: Silence, at: Timestamp) -> Reason {
    Reason {
        method: WATCHDOG_METHOD.to_owned(),
        condition: silence.condition,
        holds: None,
        measures: silence.measures,
        at,
    }
}

/// Why an alarm is over: the bound that was crossed, and for how long nothing was heard.
#[allow(clippy::cast_precision_loss, reason = "minutes stay below 2^53")]
fn life_again(condition: Option<String>, silent: TimeSpan, at: Timestamp) -> Reason {
    Reason {
        method: WATCHDOG_METHOD.to_owned(),
        condition: condition.unwrap_or_default(),
        holds: None,
        measures: vec![Measure {
            name: "silent_minutes".to_owned(),
            value: silent.as_minutes() as f64,
            usual: None,
        }],
        at,
    }
}
