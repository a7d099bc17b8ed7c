//! An alarm is an incident of the topic `pipeline`: it has a number, is told, acknowledged and
//! kept like any other. It opens by silence and closes by a sign of life.

use std::collections::BTreeSet;

use fengbiao_model::{
    IncidentId, IncidentNumber, Measure, NoticeKind, PIPELINE_TOPIC, Reason, SubjectKey, Tier,
    Timestamp, TopicId, WATCHDOG_METHOD, WatchKind,
};

use super::{Sign, Silence};
use crate::alerter::Alerter;
use crate::entry::Entry;
use crate::incident::{raise, reopened};
use crate::limits::ALARM_REOPENS_WITHIN;
use crate::outcome::Outcome;

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

    /// The subjects of all alarms that are open, with their incidents.
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
        let wall = self.clocks.wall;
        let mut again = None;
        if let Some(last) = self.latest_alarm(subject) {
            let by_hand = last.lifetime.shut_at.is_some();
            // Whoever closed it knows of this silence; the next one is news again.
            if by_hand && last.incident.opened_at >= Some(silence.last_sign) {
                return;
            }
            let recent = |closed| wall.since(closed) <= ALARM_REOPENS_WITHIN;
            let recent = last.incident.closed_at.is_some_and(recent);
            again = (recent && !by_hand).then(|| last.id());
        }
        let stream = (TopicId::pipeline(), subject.clone());
        let id = again.unwrap_or_else(|| self.begin(&stream, silence.since));
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if entry.is_latent() {
            self.clocks.last_number += 1;
            let number = IncidentNumber(self.clocks.last_number);
            entry.incident.number = Some(number);
            entry.incident.opened_at = Some(wall);
            self.numbers.insert(number, id);
        } else {
            out.push(reopened(entry));
        }
        entry.incident.first_found_at = silence.since;
        entry.incident.last_found_at = wall;
        entry.incident.fired_at = Some(wall);
        let tier = silence.tier;
        raise(entry, tier, reason(silence, wall), wall);
        out.touched.incidents.insert(id);
        self.announce(id, NoticeKind::Opened, None, out);
    }

    /// The silence goes on. Its tier may change with the policy, and its kind (quiet, then dead).
    fn change_alarm(&mut self, id: IncidentId, silence: Silence, out: &mut Outcome) {
        let wall = self.clocks.wall;
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let (before, tier) = (entry.incident.tier, silence.tier);
        let known = entry.lifetime.reason.as_ref();
        let same = known.is_some_and(|known| known.condition == silence.condition);
        if before == Some(tier) && same {
            return;
        }
        out.touched.incidents.insert(id);
        if before < Some(tier) {
            raise(entry, tier, reason(silence, wall), wall);
            return self.announce(id, NoticeKind::Raised, None, out);
        }
        entry.lifetime.reason = Some(reason(silence, wall));
        if before > Some(tier) {
            entry.incident.tier = Some(tier);
            entry.incident.change += 1;
            entry.incident.changed_at = Some(wall);
            self.announce(id, NoticeKind::Calmed, None, out);
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
            let condition = entry.lifetime.reason.take().map(|reason| reason.condition);
            entry.close(wall);
            entry.incident.last_found_at = wall;
            #[allow(clippy::cast_precision_loss, reason = "minutes stay below 2^53")]
            let minutes = silent.as_minutes() as f64;
            entry.lifetime.reason = Some(Reason {
                method: WATCHDOG_METHOD.to_owned(),
                condition: condition.unwrap_or_default(),
                measures: vec![Measure {
                    name: "silent_minutes".to_owned(),
                    value: minutes,
                }],
                baseline: None,
                at: wall,
            });
            out.touched.incidents.insert(id);
        }
        self.announce(id, NoticeKind::Closed, None, out);
        if *subject == SubjectKey::All {
            self.tell_those_gathered(out);
        }
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

    /// While `*` was open it spoke for all sources. Those that are silent still have been told to
    /// nobody.
    fn tell_those_gathered(&mut self, out: &mut Outcome) {
        let untold = |entry: &&Entry| {
            let told = entry.pending.values().any(|p| p.told_tier.is_some());
            !told && entry.incident.acknowledged.is_none()
        };
        let ids: Vec<_> = self.open_alarms().filter(untold).map(Entry::id).collect();
        for id in ids {
            if let Some(entry) = self.entries.get_mut(&id) {
                entry.incident.change += 1;
                out.touched.incidents.insert(id);
            }
            self.announce(id, NoticeKind::Opened, None, out);
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

fn reason(silence: Silence, at: Timestamp) -> Reason {
    Reason {
        method: WATCHDOG_METHOD.to_owned(),
        condition: silence.condition,
        measures: silence.measures,
        baseline: silence.baseline,
        at,
    }
}
