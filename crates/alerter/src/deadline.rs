//! What is owed of an incident: deadlines, their warnings, and acknowledgements that expire.
//!
//! Deadlines go by the wall clock and the calendars, from when the incident first reached a tier.
//! No silence and no other incident holds them back.

use fengbiao_model::{
    AcknowledgementEnd, Deadline, DeadlineRule, DeadlineState, Duty, Happening, IncidentId,
    NoticeKind, Stage, Timestamp,
};

use crate::alerter::Alerter;
use crate::entry::Entry;
use crate::outcome::Outcome;

impl Alerter {
    /// Works out anew what is owed of an incident, after whatever may have changed it.
    pub(crate) fn owe(&mut self, id: IncidentId, out: &mut Outcome) {
        let Some(entry) = self.entries.get(&id).filter(|entry| entry.is_open()) else {
            return;
        };
        let mut deadlines = std::collections::BTreeMap::new();
        for duty in Duty::ALL {
            let before = entry.duties.deadlines.get(&duty);
            let met = is_met(entry, duty);
            // A grade can be taken back; that somebody looked cannot.
            let stands =
                |before: &Deadline| before.state != DeadlineState::Met || duty == Duty::Report;
            let owed = self.owed(entry, duty);
            let state = match before {
                _ if met => DeadlineState::Met,
                Some(before)
                    if owed.is_some_and(|(due, _)| due == before.due) && stands(before) =>
                {
                    before.state
                }
                _ => DeadlineState::Running,
            };
            // What was met keeps the end it had.
            let end = match (owed, before) {
                (Some(end), _) => Some(end),
                (None, Some(before)) if met => Some((before.due, before.warn_at)),
                _ => None,
            };
            if let Some((due, warn_at)) = end {
                let deadline = Deadline {
                    duty,
                    due,
                    warn_at,
                    state,
                };
                deadlines.insert(duty, deadline);
            }
        }
        if let Some(entry) = self.entries.get_mut(&id)
            && entry.duties.deadlines != deadlines
        {
            entry.duties.deadlines = deadlines;
            out.touched.duties.insert(id);
        }
        self.retime(id);
    }

    /// The earliest end that the rules give a duty, with the time of its warning.
    fn owed(&self, entry: &Entry, duty: Duty) -> Option<(Timestamp, Option<Timestamp>)> {
        let topic = &entry.incident.topic;
        let rules = self
            .policy
            .deadlines
            .iter()
            .filter(|rule| rule.duty == duty && rule.holds_for(topic));
        let ends = rules.filter_map(|rule| {
            let from = counts_from(entry, rule)?;
            let due = self
                .routing
                .after(rule.calendar.as_ref(), from, rule.within);
            let warns = rule.warn_before > fengbiao_model::TimeSpan::ZERO;
            Some((due, warns.then(|| due - rule.warn_before)))
        });
        ends.min()
    }

    /// A warning or an end has come: one notice for all of the incident's that have.
    pub(crate) fn fire_deadlines(&mut self, id: IncidentId, out: &mut Outcome) {
        let wall = self.clocks.wall;
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let mut told = None::<NoticeKind>;
        let mut happened = Vec::new();
        for deadline in entry.duties.deadlines.values_mut() {
            if next_of(deadline).is_none_or(|at| at > wall) {
                continue;
            }
            let Deadline { duty, due, .. } = *deadline;
            let (state, kind) = if wall >= due {
                happened.push(Happening::DeadlineMissed { duty, due });
                (DeadlineState::Missed, NoticeKind::DeadlineMissed)
            } else {
                happened.push(Happening::DeadlineNear { duty, due });
                (DeadlineState::Warned, NoticeKind::DeadlineNear)
            };
            deadline.state = state;
            told = told.max(Some(kind));
        }
        let Some(kind) = told else {
            return self.retime(id);
        };
        entry.incident.change += 1;
        out.touched.duties.insert(id);
        for what in happened {
            entry.happened(wall, what, out);
        }
        self.announce(id, kind, None, out);
    }

    /// An acknowledgement has expired: for as long as it is good nobody has written anything into
    /// the record, at whatever stage the incident stands. It is as if there had been none, and
    /// chains begin anew.
    pub(crate) fn lapse(&mut self, id: IncidentId, out: &mut Outcome) {
        let wall = self.clocks.wall;
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.duties.acknowledged_until = None;
        out.touched.duties.insert(id);
        if !entry.is_open() || entry.incident.acknowledged.is_none() {
            return self.retime(id);
        }
        entry
            .incident
            .lose_acknowledgement(AcknowledgementEnd::Expired);
        // What was begun stays begun; that somebody was told of it, and nothing more, is undone.
        if entry.incident.stage == Stage::Reported {
            entry.incident.stage = Stage::Detected;
        }
        entry.incident.change += 1;
        entry.happened(wall, Happening::Lapsed, out);
        self.owe(id, out);
        self.announce(id, NoticeKind::Lapsed, None, out);
    }

    /// Until when an acknowledgement is good that is given now, or shown by something written now
    /// to be still meant.
    pub(crate) fn acknowledged_until(&self, entry: &Entry) -> Option<Timestamp> {
        let taken = entry.is_open() && entry.incident.acknowledged.is_some();
        let tier = entry.incident.tier.filter(|_| taken)?;
        let valid = self.policy.acknowledgement_valid.get(&tier)?;
        Some(self.clocks.wall + *valid)
    }
}

/// When a deadline has something to say next (wall clock).
pub(crate) fn next_of(deadline: &Deadline) -> Option<Timestamp> {
    speaks_next(deadline.state, deadline.warn_at, deadline.due)
}

/// When what stands so has something to say next, if it has: the warning, then the end.
pub(crate) fn speaks_next(
    state: DeadlineState,
    warn_at: Option<Timestamp>,
    due: Timestamp,
) -> Option<Timestamp> {
    match state {
        DeadlineState::Running => Some(warn_at.unwrap_or(due)),
        DeadlineState::Warned => Some(due),
        DeadlineState::Missed | DeadlineState::Met => None,
    }
}

/// From when a rule counts; none while it does not hold.
fn counts_from(entry: &Entry, rule: &DeadlineRule) -> Option<Timestamp> {
    let reached = entry.duties.reached.range(rule.from_tier..);
    let reached = reached.map(|(_, at)| *at).min()?;
    match rule.duty {
        Duty::FollowUp => entry.duties.written_at,
        _ => Some(reached),
    }
}

/// Whether a duty is done. A follow-up never is: it is owed again from each line that is written.
fn is_met(entry: &Entry, duty: Duty) -> bool {
    let incident = &entry.incident;
    match duty {
        Duty::Report => incident.acknowledged.is_some() || incident.stage > Stage::Reported,
        Duty::Verify => entry.duties.verified || incident.stage >= Stage::Answered,
        Duty::Answer => incident.stage >= Stage::Answered,
        Duty::FollowUp => false,
    }
}
