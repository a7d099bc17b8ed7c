//! Incidents by event time: which one a post belongs to, what tier it gives, and when it calms.
//!
//! A tier *is true* at a minute at which it was evaluated and found so; evaluations happen at
//! hits. Calm counts from the end of the latest such minute.

use std::collections::BTreeMap;

use fengbiao_model::{
    Hit, Incident, IncidentId, IncidentNumber, Measure, NoticeKind, Reason, Stage, Tier, TimeSpan,
    Timestamp, Totals,
};

use crate::alerter::Alerter;
use crate::entry::Entry;
use crate::outcome::Outcome;
use crate::step::{Change, Remark, Withheld};
use crate::tier::{CompiledLadder, Condition, Metric, Quantity, Truth, Window};
use crate::timers::Dues;
use crate::window::{Counted, Series, Stream};

/// What a ladder says after a hit.
#[derive(Debug, Default)]
struct Verdict {
    /// The highest tier, with the reason where it was first true.
    best: Option<(Tier, Reason)>,
    /// The end of the latest minute at which each tier was true.
    true_at: BTreeMap<Tier, Timestamp>,
    divisions_by_zero: usize,
}

impl Alerter {
    /// Makes a post that was just counted a member of its incident, and acts on the tier.
    pub(crate) fn join(
        &mut self,
        stream: &Stream,
        hit: &Hit,
        counted: &Counted,
        out: &mut Outcome,
    ) {
        let ladder = self.ladders.of(&stream.0, &stream.1);
        let Some(ladder) = ladder.filter(|ladder| !ladder.conditions.is_empty()) else {
            return;
        };
        let (found_at, calm_after) = (hit.post.found_at, ladder.calm_after);
        let id = match self.incident_at(stream, found_at, calm_after) {
            Some(id) => id,
            None => self.begin(stream, found_at),
        };
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let gone = entry.add(hit, counted, out);
        if gone != Some(hit.post.id) {
            self.quoted.entry(hit.post.id).or_default().insert(id);
        }
        if let Some(gone) = gone {
            self.unquote(gone, id);
        }
        let (Some(ladder), Some(entry)) =
            (self.ladders.of(&stream.0, &stream.1), self.entries.get(&id))
        else {
            return;
        };
        let mut nothing = Series::default();
        let series = self.windows.series(stream).unwrap_or(&mut nothing);
        let verdict = judge(ladder, series, &entry.incident.totals, found_at.minute());
        let zero = std::iter::repeat_n(Remark::DivisionByZero, verdict.divisions_by_zero);
        out.effects.remarks.extend(zero);
        self.apply(id, found_at, calm_after, verdict, out);
    }

    /// The latest incident of a stream that takes a post found at this time.
    fn incident_at(
        &self,
        stream: &Stream,
        found_at: Timestamp,
        calm_after: TimeSpan,
    ) -> Option<IncidentId> {
        let ids = self.streams.get(stream)?.iter();
        ids.filter_map(|id| self.entries.get(id))
            .filter(|entry| entry.takes(found_at, calm_after))
            .map(|entry| (entry.incident.last_found_at, entry.id()))
            .max()
            .map(|(_, id)| id)
    }

    /// A new incident, latent until its ladder gives a tier.
    pub(crate) fn begin(&mut self, stream: &Stream, found_at: Timestamp) -> IncidentId {
        self.clocks.last_incident += 1;
        let id = IncidentId(self.clocks.last_incident);
        let incident = Incident {
            id,
            number: None,
            topic: stream.0.clone(),
            subject: stream.1.clone(),
            stage: Stage::Detected,
            tier: None,
            highest_tier: None,
            change: 0,
            first_found_at: found_at,
            last_found_at: found_at,
            opened_at: None,
            changed_at: None,
            fired_at: None,
            closed_at: None,
            acknowledged: None,
            totals: Totals::default(),
        };
        self.entries.insert(id, Entry::new(incident));
        self.streams.entry(stream.clone()).or_default().insert(id);
        id
    }

    /// Up at once: opens, raises or reopens, or only records.
    fn apply(
        &mut self,
        id: IncidentId,
        found_at: Timestamp,
        calm_after: TimeSpan,
        verdict: Verdict,
        out: &mut Outcome,
    ) {
        let (event, wall) = (self.clocks.event, self.clocks.wall);
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        for (tier, at) in verdict.true_at {
            let known = entry.lifetime.true_at.entry(tier).or_insert(at);
            *known = at.max(*known);
        }
        let stale = found_at + calm_after <= event;
        let before = entry.incident.tier;
        let higher = verdict.best.filter(|(tier, _)| Some(*tier) > before);
        let shut = entry.lifetime.shut_at.is_some();
        let closed = !entry.is_latent() && !entry.is_open();
        let told = match higher {
            None => None,
            Some((tier, reason)) if closed && (stale || shut) => {
                record_late(entry, tier, reason).then_some((NoticeKind::Raised, true))
            }
            Some((tier, reason)) => {
                let kind = if before.is_none() {
                    NoticeKind::Opened
                } else {
                    NoticeKind::Raised
                };
                if entry.is_latent() {
                    self.clocks.last_number += 1;
                    let number = IncidentNumber(self.clocks.last_number);
                    entry.incident.number = Some(number);
                    entry.incident.opened_at = Some(wall);
                    self.numbers.insert(number, id);
                }
                if closed {
                    out.push(reopened(entry));
                }
                raise(entry, tier, reason, wall);
                Some((kind, stale))
            }
        };
        if let Some(tier) = entry.incident.tier {
            entry.incident.fired_at = entry.fired_at(tier);
        }
        out.touched.incidents.insert(id);
        match told {
            Some((kind, false)) => self.announce(id, kind, None, out),
            Some((kind, true)) => self.announce(id, kind, Some(Withheld::Stale), out),
            None => {}
        }
        self.retime(id);
    }

    /// The event clock has reached an incident: a latent one is dropped, an open one calms, a
    /// closed one leaves memory.
    pub(crate) fn fire_event(&mut self, id: IncidentId, out: &mut Outcome) {
        let Some(entry) = self.entries.get(&id) else {
            return self.timers.remove(id);
        };
        if entry.is_latent() {
            self.remove(id);
            out.touched.dropped.insert(id);
        } else if entry.is_open() {
            self.calm(id, out);
        } else {
            self.archive(id, out);
        }
    }

    /// Down after calm: to the highest tier that was true within `calm_after`, or closed.
    fn calm(&mut self, id: IncidentId, out: &mut Outcome) {
        let Some(stream) = self.entries.get(&id).map(Entry::stream) else {
            return;
        };
        let (calm_after, _) = self.spans(&stream);
        let (event, wall) = (self.clocks.event, self.clocks.wall);
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.lifetime.reason = Some(Reason {
            method: "calm".to_owned(),
            condition: format!("calm_after = {calm_after}"),
            measures: Vec::new(),
            baseline: None,
            at: event,
        });
        let kind = match entry.tier_at(event, calm_after) {
            Some(tier) => {
                entry.incident.tier = Some(tier);
                entry.incident.change += 1;
                entry.incident.changed_at = Some(wall);
                entry.incident.fired_at = entry.fired_at(tier);
                NoticeKind::Calmed
            }
            None => {
                entry.close(wall);
                NoticeKind::Closed
            }
        };
        out.touched.incidents.insert(id);
        self.announce(id, kind, None, out);
        self.retime(id);
    }

    /// Works out anew what an incident waits for.
    pub(crate) fn retime(&mut self, id: IncidentId) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        let (calm_after, reach) = self.spans(&entry.stream());
        let pending = entry.pending.iter();
        let dues = Dues {
            event: entry.event_due(calm_after, reach),
            wall: pending
                .clone()
                .filter_map(|(receiver, pending)| {
                    Some((self.wall_due(entry, receiver, pending)?, receiver.clone()))
                })
                .collect(),
            late: pending
                .filter(|(_, pending)| pending.waiting.as_ref().is_some_and(|w| w.late))
                .map(|(receiver, _)| receiver.clone())
                .collect(),
        };
        self.timers.set(id, dues);
    }
}

/// A higher tier: it clears an acknowledgement.
pub(crate) fn raise(entry: &mut Entry, tier: Tier, reason: Reason, wall: Timestamp) {
    let incident = &mut entry.incident;
    incident.tier = Some(tier);
    incident.highest_tier = incident.highest_tier.max(Some(tier));
    incident.change += 1;
    incident.changed_at = Some(wall);
    incident.acknowledged = None;
    if incident.stage == Stage::Reported {
        incident.stage = Stage::Detected;
    }
    entry.lifetime.reason = Some(reason);
}

/// A closed incident takes a late post that shows it was higher than known. True when it was.
fn record_late(entry: &mut Entry, tier: Tier, reason: Reason) -> bool {
    let higher = Some(tier) > entry.incident.highest_tier;
    if higher {
        entry.incident.highest_tier = Some(tier);
        entry.incident.change += 1;
        entry.lifetime.reason = Some(reason);
    }
    higher
}

pub(crate) fn reopened(entry: &mut Entry) -> Change {
    entry.incident.stage = Stage::Detected;
    entry.incident.closed_at = None;
    let number = entry
        .incident
        .number
        .map(|number| number.to_string())
        .unwrap_or_default();
    Change::Audit {
        by: fengbiao_model::Actor::daemon(),
        what: "incident.reopened",
        on: format!("incident {number}"),
        note: String::new(),
    }
}

/// Evaluates a ladder at the minute of a hit, and at each later one that holds hits of the same
/// stream and whose windows reach back to it: so the highest tier does not hang on the order in
/// which hits arrive.
fn judge(ladder: &CompiledLadder, series: &mut Series, totals: &Totals, minute: i64) -> Verdict {
    let mut verdict = Verdict::default();
    let minutes: Vec<i64> = series.minutes_from(minute, ladder.reach_minutes).collect();
    for at in minutes {
        let mut measured: Vec<(Metric, f64)> = Vec::new();
        for (tier, condition) in &ladder.conditions {
            let mut once = |metric: Metric| match measured.iter().find(|(m, _)| *m == metric) {
                Some((_, value)) => *value,
                None => {
                    let value = measure(series, totals, metric, at);
                    measured.push((metric, value));
                    value
                }
            };
            let values: Vec<f64> = condition.metrics.iter().map(|(_, m)| once(*m)).collect();
            match condition.holds(&values) {
                Truth::False => continue,
                Truth::DividedByZero => verdict.divisions_by_zero += 1,
                Truth::True => {
                    let end = Timestamp::of_minute(at + 1);
                    verdict.true_at.insert(*tier, end);
                    if verdict.best.as_ref().is_none_or(|(best, _)| tier > best) {
                        verdict.best = Some((*tier, reason(condition, &values, end)));
                    }
                }
            }
        }
    }
    verdict
}

#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn measure(series: &mut Series, totals: &Totals, metric: Metric, minute: i64) -> f64 {
    if metric.window != Window::Life {
        return series.measure(metric, minute);
    }
    match metric.quantity {
        Quantity::Posts => totals.posts as f64,
        Quantity::Stories => totals.stories as f64,
        Quantity::Voices => totals.voices as f64,
        Quantity::Sources => totals.sources as f64,
        Quantity::WeightMax => f64::from(totals.weight_max),
        Quantity::Weight | Quantity::Subjects => 0.0, // refused without a window when parsed
    }
}

fn reason(condition: &Condition, values: &[f64], at: Timestamp) -> Reason {
    let names = condition.metrics.iter().map(|(name, _)| name.clone());
    Reason {
        method: "count".to_owned(),
        condition: condition.text.clone(),
        measures: names
            .zip(values)
            .map(|(name, &value)| Measure { name, value })
            .collect(),
        baseline: None,
        at,
    }
}
