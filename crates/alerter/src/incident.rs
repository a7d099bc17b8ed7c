//! Incidents by event time: what tier they stand at, and when they calm.
//!
//! A tier *is true* at a minute at which it was evaluated and found so; evaluations happen at
//! hits. It is *held* at one at which its hold was found true and it was not: a hold raises nothing,
//! but keeps what stands. Calm counts from the end of the latest minute of either kind.

use fengbiao_model::{
    AcknowledgementEnd, Actor, CALM_METHOD, Happening, IncidentId, NoticeKind, Reason, Stage, Tier,
    TimeSpan, Timestamp,
};

use crate::alerter::Alerter;
use crate::deadline::next_of;
use crate::entry::Entry;
use crate::judge::Verdict;
use crate::outcome::Outcome;
use crate::question::next_of as next_of_question;
use crate::record::{EscalationState, Hold};
use crate::step::{Change, Remark, Withheld};
use crate::tier::Condition;
use crate::timers::{Dues, WallDue};

impl Alerter {
    /// Up at once: opens, raises or reopens, or only records.
    pub(crate) fn apply(
        &mut self,
        id: IncidentId,
        found_at: Timestamp,
        calm_after: TimeSpan,
        verdict: Verdict,
        out: &mut Outcome,
    ) {
        let zero = std::iter::repeat_n(Remark::DivisionByZero, verdict.divisions_by_zero);
        out.effects.remarks.extend(zero);
        let (event, wall) = (self.clocks.event, self.clocks.wall);
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        for (tier, at) in verdict.true_at {
            let known = entry.lifetime.true_at.entry(tier).or_insert(at);
            *known = at.max(*known);
        }
        entry.note_held(verdict.held);
        let before = entry.incident.tier;
        let best = verdict.best.as_ref();
        // A tier that came too late to stand by its condition may stand by its hold.
        let stands = best.is_some_and(|(tier, _)| {
            let held = entry.lifetime.held.get(tier);
            held.is_some_and(|reason| reason.at + calm_after > event)
        });
        let stale = found_at + calm_after <= event && !stands;
        let higher = verdict.best.filter(|(tier, _)| Some(*tier) > before);
        // What a person closed is opened again by what was found after that.
        let shut = entry.lifetime.shut_at.is_some_and(|shut| found_at <= shut);
        let closed = !entry.is_latent() && !entry.is_open();
        let told = match higher {
            None => None,
            Some((tier, reason)) if closed && (stale || shut) => {
                record_late(entry, tier, reason, wall, out).then_some((NoticeKind::Raised, true))
            }
            Some((tier, reason)) if entry.is_latent() => {
                self.open(id, tier, reason, out);
                Some((NoticeKind::Opened, stale))
            }
            Some((tier, reason)) => {
                if closed {
                    reopen(entry, wall, out);
                }
                if stale {
                    raise_stale(entry, tier, reason, wall, out);
                } else {
                    raise(entry, tier, reason, wall, out);
                }
                let opened = before.is_none();
                let kind = match (closed, opened) {
                    (true, _) => NoticeKind::Reopened,
                    (false, true) => NoticeKind::Opened,
                    (false, false) => NoticeKind::Raised,
                };
                Some((kind, stale))
            }
        };
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if let Some(tier) = entry.incident.tier {
            entry.incident.fired_at = entry.kept_at(tier);
        }
        out.touched.incidents.insert(id);
        if told.is_some() {
            self.owe(id, out);
        }
        match told {
            Some((kind, false)) => self.announce(id, kind, None, out),
            Some((kind, true)) => self.announce(id, kind, Some(Withheld::Stale), out),
            None => {}
        }
        self.retime(id);
    }

    /// A latent incident has a tier: it opens, under a number of its own.
    pub(crate) fn open(&mut self, id: IncidentId, tier: Tier, reason: Reason, out: &mut Outcome) {
        let wall = self.clocks.wall;
        let number = self.next_number(id);
        let new = self.entries.get(&id).map(|entry| &entry.incident);
        let follows = new.and_then(|new| self.followed(new));
        let labels = new.map(|new| self.labels_of(&new.topic));
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.incident.number = Some(number);
        entry.incident.opened_at = Some(wall);
        entry.incident.follows = follows;
        entry.incident.labels = labels.unwrap_or_default();
        heighten(entry, tier, wall, out);
        entry.lifetime.reason = Some(reason.clone());
        entry.happened(wall, Happening::Opened { tier, reason }, out);
        if let Some(incident) = follows {
            entry.happened(wall, Happening::FollowsUp { incident }, out);
        }
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

    /// Down after calm: to the highest tier that was true or held within `calm_after`, or closed.
    /// Where the tier itself was held it stays, and the record says so once.
    fn calm(&mut self, id: IncidentId, out: &mut Outcome) {
        let Some(stream) = self.entries.get(&id).map(Entry::stream) else {
            return;
        };
        let (calm_after, _) = self.spans(&stream);
        let (event, wall) = (self.clocks.event, self.clocks.wall);
        let ladder = self.ladders.of(&stream.0, &stream.1);
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let from = entry.incident.tier;
        let to = from.and_then(|from| entry.kept(from, event, calm_after));
        if let Some(tier) = to.filter(|_| to == from) {
            if let Some(reason) = entry.stay(tier, calm_after) {
                entry.happened(wall, Happening::TierHeld { tier, reason }, out);
            }
            out.touched.incidents.insert(id);
            return self.retime(id);
        }
        let hold = from.and_then(|from| ladder?.hold(from));
        let reason = calm_reason(calm_after, hold, event);
        entry.lifetime.reason = Some(reason.clone());
        entry.lifetime.stays = None;
        let kind = match to {
            Some(tier) => {
                entry.incident.tier = Some(tier);
                entry.incident.change += 1;
                entry.incident.changed_at = Some(wall);
                entry.incident.fired_at = entry.kept_at(tier);
                let to = tier;
                entry.happened(wall, Happening::TierChanged { from, to, reason }, out);
                NoticeKind::Calmed
            }
            None => {
                entry.close(wall);
                let (note, reason) = (String::new(), Some(reason));
                entry.happened(wall, Happening::Closed { note, reason }, out);
                NoticeKind::Closed
            }
        };
        out.touched.incidents.insert(id);
        if kind == NoticeKind::Closed {
            return self.over(id, out);
        }
        self.announce(id, kind, None, out);
        // A silence may be of the louder tiers only.
        self.let_through_of(id, out);
        // Those it spoke for speak for themselves now, where they are louder than what is left.
        self.let_through(Hold::Incident(id), out);
        self.retime(id);
    }

    /// An incident has closed: nobody is asked any more, those who heard of it hear that, and
    /// those it spoke for speak for themselves.
    pub(crate) fn over(&mut self, id: IncidentId, out: &mut Outcome) {
        self.stop_chains(id, out);
        self.announce(id, NoticeKind::Closed, None, out);
        self.let_through(Hold::Incident(id), out);
        self.retime(id);
    }

    /// Somebody has acknowledged: nobody else is asked.
    pub(crate) fn acknowledged(&mut self, id: IncidentId, out: &mut Outcome) {
        self.stop_chains(id, out);
        self.written(id, out);
    }

    /// People have written something into the record of an incident: what is owed may be done, the
    /// next follow-up counts from here, and so does the time for which an acknowledgement is good.
    pub(crate) fn written(&mut self, id: IncidentId, out: &mut Outcome) {
        let wall = self.clocks.wall;
        let entry = self.entries.get(&id);
        let until = entry.and_then(|entry| self.acknowledged_until(entry));
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.duties.written_at = Some(wall);
            entry.duties.acknowledged_until = until;
            out.touched.duties.insert(id);
        }
        // A label may have brought it under a silence or an inhibition, or out of one.
        self.align_chains_of(id, out);
        self.let_through_of(id, out);
        self.owe(id, out);
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
            wall: self.wall_dues(entry),
            late: pending
                .clone()
                .filter(|(_, pending)| pending.waiting.as_ref().is_some_and(|w| w.late))
                .map(|(receiver, _)| receiver.clone())
                .collect(),
            held: pending
                .filter_map(|(receiver, pending)| {
                    Some((pending.waiting.as_ref()?.held?, receiver.clone()))
                })
                .collect(),
        };
        self.timers.set(id, dues);
    }

    /// What an incident waits for on the wall clock.
    fn wall_dues(&self, entry: &Entry) -> Vec<(Timestamp, WallDue)> {
        let tell = entry.pending.iter().filter_map(|(receiver, pending)| {
            let due = self.told_due(entry, receiver, pending)?;
            Some((due, WallDue::Tell(receiver.clone())))
        });
        let mut dues: Vec<_> = tell.collect();
        if !entry.is_open() {
            return dues;
        }
        let duties = &entry.duties;
        dues.extend(duties.acknowledged_until.map(|at| (at, WallDue::Lapse)));
        let deadline = duties.deadlines.values().filter_map(next_of).min();
        dues.extend(deadline.map(|at| (at, WallDue::Deadline)));
        let reply = duties.asked.values().filter_map(next_of_question).min();
        dues.extend(reply.map(|at| (at, WallDue::Reply)));
        let chains = duties.chains.iter();
        dues.extend(chains.filter_map(|(chain, at)| match at.state {
            EscalationState::Running { due } => Some((due, WallDue::Climb(chain.clone()))),
            _ => None,
        }));
        dues
    }
}

/// Nothing kept the tier for so long: neither its condition nor its hold.
fn calm_reason(calm_after: TimeSpan, hold: Option<&Condition>, at: Timestamp) -> Reason {
    let calm = format!("calm_after = {calm_after}");
    Reason {
        method: CALM_METHOD.to_owned(),
        condition: match hold {
            Some(hold) => format!("{calm}, hold = {}", hold.text),
            None => calm,
        },
        holds: None,
        measures: Vec::new(),
        at,
    }
}

/// Up to a tier, and one more change.
pub(crate) fn heighten(entry: &mut Entry, tier: Tier, wall: Timestamp, out: &mut Outcome) {
    stand_at(entry, tier, wall);
    for reached in Tier::ALL.into_iter().filter(|reached| *reached <= tier) {
        entry.duties.reached.entry(reached).or_insert(wall);
    }
    out.touched.duties.insert(entry.id());
}

fn stand_at(entry: &mut Entry, tier: Tier, wall: Timestamp) {
    let incident = &mut entry.incident;
    incident.tier = Some(tier);
    incident.highest_tier = incident.highest_tier.max(Some(tier));
    incident.change += 1;
    incident.changed_at = Some(wall);
}

/// A higher tier: it clears an acknowledgement.
pub(crate) fn raise(
    entry: &mut Entry,
    to: Tier,
    reason: Reason,
    wall: Timestamp,
    out: &mut Outcome,
) {
    let from = entry.incident.tier;
    heighten(entry, to, wall, out);
    entry
        .incident
        .lose_acknowledgement(AcknowledgementEnd::Raised);
    entry.duties.acknowledged_until = None;
    if entry.incident.stage == Stage::Reported {
        entry.incident.stage = Stage::Detected;
    }
    entry.lifetime.reason = Some(reason.clone());
    entry.happened(wall, Happening::TierChanged { from, to, reason }, out);
}

/// A higher tier that is over already, so late do its posts come: it is written down and told to
/// nobody. Whoever has taken the incident on keeps it, and nothing is owed for it.
fn raise_stale(entry: &mut Entry, to: Tier, reason: Reason, wall: Timestamp, out: &mut Outcome) {
    let from = entry.incident.tier;
    stand_at(entry, to, wall);
    entry.lifetime.reason = Some(reason.clone());
    entry.happened(wall, Happening::TierChanged { from, to, reason }, out);
}

/// A closed incident takes a late post that shows it was higher than known. True when it was.
fn record_late(
    entry: &mut Entry,
    to: Tier,
    reason: Reason,
    wall: Timestamp,
    out: &mut Outcome,
) -> bool {
    let higher = Some(to) > entry.incident.highest_tier;
    if higher {
        entry.incident.highest_tier = Some(to);
        entry.incident.change += 1;
        entry.lifetime.reason = Some(reason.clone());
        let from = None;
        entry.happened(wall, Happening::TierChanged { from, to, reason }, out);
    }
    higher
}

/// Posts, or a silence, have come back: a closed incident is open again, under its number.
pub(crate) fn reopen(entry: &mut Entry, wall: Timestamp, out: &mut Outcome) {
    entry.incident.stage = Stage::Detected;
    entry.incident.closed_at = None;
    entry.incident.returns += 1;
    // Who took on what is over has not taken on what comes back.
    entry.incident.acknowledged = None;
    entry.incident.acknowledged_before = None;
    entry.lifetime.shut_at = None;
    entry.duties.renew(wall);
    let number = entry.incident.number;
    let number = number.map(|number| number.to_string());
    out.push(Change::Audit {
        by: Actor::daemon(),
        what: "incident.reopened",
        on: format!("incident {}", number.unwrap_or_default()),
        note: String::new(),
    });
    let note = String::new();
    entry.happened(wall, Happening::Reopened { note }, out);
}
