//! Incidents by event time: which one a post belongs to, what tier it gives, and when it calms.
//!
//! A tier *is true* at a minute at which it was evaluated and found so; evaluations happen at
//! hits. It is *held* at one at which its hold was found true and it was not: a hold raises nothing,
//! but keeps what stands. Calm counts from the end of the latest minute of either kind.

use std::collections::BTreeMap;

use fengbiao_model::{
    Actor, Happening, Hit, Incident, IncidentId, IncidentNumber, LabelKey, NoticeKind, PostId,
    Reason, Stage, StoryId, SubjectKey, Tier, TimeSpan, Timestamp, TopicId,
};

use crate::alerter::Alerter;
use crate::deadline::next_of;
use crate::entry::{Entry, Spans};
use crate::intake::first_eight;
use crate::judge::{Judge, Verdict};
use crate::limits::FOLLOWS_WITHIN;
use crate::outcome::Outcome;
use crate::question::next_of as next_of_question;
use crate::record::{EscalationState, Hold};
use crate::step::{Change, Remark, Withheld};
use crate::tier::{Condition, Quantity};
use crate::timers::{Dues, WallDue};
use crate::window::{Counted, Stream};

impl Alerter {
    /// Makes a post that was just counted a member of its incident, and acts on the tier.
    pub(crate) fn join(
        &mut self,
        stream: &Stream,
        hit: &Hit,
        counted: &Counted,
        joined: &mut Vec<IncidentId>,
        out: &mut Outcome,
    ) {
        let ladder = self.ladders.of(&stream.0, &stream.1);
        let Some(ladder) = ladder.filter(|ladder| !ladder.conditions.is_empty()) else {
            return;
        };
        let (found_at, calm_after) = (hit.post.found_at, ladder.calm_after);
        let id = match self.incident_at(stream, (found_at, Some(counted.story)), calm_after) {
            Some(id) => id,
            None => self.begin(stream, found_at),
        };
        // A post that names two subjects whose incidents were merged is counted once.
        if !joined.contains(&id) {
            self.add(id, hit, counted, out);
            if stream.1 != SubjectKey::All {
                joined.push(id);
            }
        }
        self.note_unsettled(stream, found_at.minute());
        if let Some(verdict) = self.judged(stream, id, |judge| judge.from(found_at.minute())) {
            self.apply(id, found_at, calm_after, verdict, out);
        }
    }

    /// A post that its incident holds reaches wider: acts on the tier where that is asked for.
    pub(crate) fn widen(&mut self, stream: &Stream, found_at: Timestamp, out: &mut Outcome) {
        let ladder = self.ladders.of(&stream.0, &stream.1);
        let asks = ladder.is_some_and(|ladder| ladder.asks(Quantity::Reach));
        let (calm_after, _) = self.spans(stream);
        if asks
            && let Some(id) = self.incident_at(stream, (found_at, None), calm_after)
            && let Some(verdict) = self.judged(stream, id, |judge| judge.from(found_at.minute()))
        {
            self.apply(id, found_at, calm_after, verdict, out);
        }
    }

    /// The event clock has passed all that a minute is compared with.
    pub(crate) fn judge_again(&mut self, stream: &Stream, minute: i64, out: &mut Outcome) {
        let found_at = Timestamp::of_minute(minute);
        let (calm_after, _) = self.spans(stream);
        let id = self.incident_at(stream, (found_at, None), calm_after);
        if let Some(id) = id
            && let Some(verdict) = self.judged(stream, id, |judge| judge.at(minute))
        {
            self.apply(id, found_at, calm_after, verdict, out);
        }
    }

    /// What the ladder of a stream says, for an incident of it.
    pub(crate) fn judged(
        &mut self,
        stream: &Stream,
        id: IncidentId,
        judge: impl FnOnce(Judge<'_>) -> Verdict,
    ) -> Option<Verdict> {
        let ladder = self.ladders.of(&stream.0, &stream.1)?;
        let incident = &self.entries.get(&id)?.incident;
        let mut series = self.windows.take(stream);
        let verdict = judge(Judge {
            ladder,
            series: &mut series,
            windows: &mut self.windows,
            stream,
            totals: &incident.totals,
            known: incident.tier,
            pulses: &self.pulses,
            since: self.watched.get(&stream.0).copied().unwrap_or_default(),
            event: self.clocks.event,
        });
        self.windows.give_back(stream, series);
        Some(verdict)
    }

    fn add(&mut self, id: IncidentId, hit: &Hit, counted: &Counted, out: &mut Outcome) {
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
    }

    /// A post that has joined several incidents is remembered as theirs together, should they be
    /// merged.
    pub(crate) fn share(&mut self, post: PostId, joined: &[IncidentId]) {
        if joined.len() < 2 {
            return;
        }
        for id in joined {
            if let Some(entry) = self.entries.get_mut(id) {
                entry.lifetime.shared.insert(first_eight(post.as_bytes()));
            }
        }
    }

    /// The latest incident of a stream that takes a post. One that was split off goes before the
    /// others: it takes copies of its own stories only.
    pub(crate) fn incident_at(
        &self,
        stream: &Stream,
        (found_at, story): (Timestamp, Option<StoryId>),
        calm_after: TimeSpan,
    ) -> Option<IncidentId> {
        let topic = self.policy.topics.get(&stream.0);
        let spans = Spans {
            calm_after,
            reopen_within: topic.map_or(calm_after, |topic| topic.reopen_within),
        };
        let ids = self.streams.get(stream)?.iter();
        ids.filter_map(|id| self.entries.get(id))
            .filter(|entry| entry.takes(found_at, spans, story))
            .map(|entry| {
                let incident = &entry.incident;
                let split = incident.split_from.is_some();
                (split, incident.last_found_at, entry.id())
            })
            .max()
            .map(|(_, _, id)| id)
    }

    /// A new incident, latent until its ladder gives a tier.
    pub(crate) fn begin(&mut self, stream: &Stream, found_at: Timestamp) -> IncidentId {
        self.clocks.last_incident += 1;
        let id = IncidentId(self.clocks.last_incident);
        let (topic, subject) = stream.clone();
        let incident = Incident::latent(id, topic, subject, found_at);
        self.entries.insert(id, Entry::new(incident));
        self.streams.entry(stream.clone()).or_default().insert(id);
        id
    }

    /// The next number of the year that it is where the policy says.
    pub(crate) fn next_number(&mut self, id: IncidentId) -> IncidentNumber {
        let year = self.zone.year(self.clocks.wall);
        let number = IncidentNumber::after(self.clocks.last_number, year);
        self.clocks.last_number = Some(number);
        self.numbers.insert(number, id);
        number
    }

    /// What an incident of a topic is sorted by that opens now.
    pub(crate) fn labels_of(&self, topic: &TopicId) -> BTreeMap<LabelKey, String> {
        let topic = self.policy.topics.get(topic);
        topic.map(|topic| topic.labels.clone()).unwrap_or_default()
    }

    /// What a new incident follows up: the one of its topic and subject, or the one that has
    /// absorbed it, whose last post lies before its first, and no further back than
    /// [`FOLLOWS_WITHIN`].
    fn followed(&self, new: &Incident) -> Option<IncidentNumber> {
        let stream = (new.topic.clone(), new.subject.clone());
        let ids = self.streams.get(&stream).into_iter().flatten();
        let kept = ids.filter_map(|id| self.entries.get(id));
        let kept = kept.map(|entry| &entry.incident);
        let before = |old: &&Incident| {
            let first = new.first_found_at;
            old.id != new.id
                && old.number.is_some()
                && old.last_found_at <= first
                && first.since(old.last_found_at) <= FOLLOWS_WITHIN
        };
        let latest = kept
            .chain(self.past.of(&stream))
            .filter(before)
            .max_by_key(|old| (old.last_found_at, old.id))?;
        latest.merged_into.or(latest.number)
    }

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
                raise(entry, tier, reason, wall, out);
                let opened = before.is_none();
                let kind = if opened {
                    NoticeKind::Opened
                } else {
                    NoticeKind::Raised
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

    /// Somebody has acknowledged: for how long that is good, and nobody else is asked.
    pub(crate) fn acknowledged(&mut self, id: IncidentId, out: &mut Outcome) {
        let tier = self.entries.get(&id).and_then(|entry| entry.incident.tier);
        let until = self.acknowledged_until(tier);
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.duties.acknowledged_until = until;
            out.touched.duties.insert(id);
        }
        self.stop_chains(id, out);
        self.written(id, out);
    }

    /// People have written something into the record of an incident: what is owed may be done, and
    /// the next follow-up counts from here.
    pub(crate) fn written(&mut self, id: IncidentId, out: &mut Outcome) {
        let wall = self.clocks.wall;
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.duties.written_at = Some(wall);
            out.touched.duties.insert(id);
        }
        // A label may have brought it under a silence, or out of one.
        self.align_chains_of(id, out);
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
        method: "calm".to_owned(),
        condition: match hold {
            Some(hold) => format!("{calm}, hold = {}", hold.text),
            None => calm,
        },
        measures: Vec::new(),
        at,
    }
}

/// Up to a tier, and one more change.
pub(crate) fn heighten(entry: &mut Entry, tier: Tier, wall: Timestamp, out: &mut Outcome) {
    let incident = &mut entry.incident;
    incident.tier = Some(tier);
    incident.highest_tier = incident.highest_tier.max(Some(tier));
    incident.change += 1;
    incident.changed_at = Some(wall);
    for reached in Tier::ALL.into_iter().filter(|reached| *reached <= tier) {
        entry.duties.reached.entry(reached).or_insert(wall);
    }
    out.touched.duties.insert(entry.id());
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
    entry.incident.acknowledged = None;
    entry.duties.acknowledged_until = None;
    if entry.incident.stage == Stage::Reported {
        entry.incident.stage = Stage::Detected;
    }
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
