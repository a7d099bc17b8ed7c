//! Who is told of which change, and when: route → mute → wait → tell, each with a named reason
//! where it ends.

use fengbiao_model::{
    IncidentId, Notice, NoticeKey, NoticeKind, Quote, Receiver, ReceiverId, StoryId, SubjectKey,
    Tier, TimeSpan, Timestamp,
};

use crate::alerter::Alerter;
use crate::entry::Entry;
use crate::limits::MAX_NOTICE_QUOTES;
use crate::outcome::Outcome;
use crate::record::{Pending, Waiting};
use crate::route::{hears, hush, is_upwards, route, wait};
use crate::step::{Change, Withheld};
use crate::watch::stands_alone;

impl Alerter {
    /// A change of an incident is worth telling: each receiver will be told, or it is written
    /// down why not. `muted` holds for all of them.
    pub(crate) fn announce(
        &mut self,
        id: IncidentId,
        kind: NoticeKind,
        muted: Option<Withheld>,
        out: &mut Outcome,
    ) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        let gathered = self.is_gathered(entry);
        // Who took it on is not told that it grew; how it ended belongs into every record.
        let acknowledged = entry.incident.acknowledged.is_some() && is_upwards(kind);
        let receivers: Vec<Receiver> = self.policy.receivers.values().cloned().collect();
        for receiver in receivers {
            let Some(entry) = self.entries.get_mut(&id) else {
                return;
            };
            let pending = entry.pending.get(&receiver.id).cloned().unwrap_or_default();
            let why = route(entry, &receiver, &pending, kind)
                .or(muted)
                .or_else(|| acknowledged.then_some(Withheld::Acknowledged))
                .or_else(|| gathered.then_some(Withheld::Gathered));
            let Some(why) = why else {
                let waiting = wait(entry, &receiver, &pending, kind, &self.clocks);
                let pending = Pending {
                    waiting: Some(waiting),
                    ..pending
                };
                put_pending(entry, &receiver.id, pending, out);
                continue;
            };
            if kind == NoticeKind::Closed {
                let_go(entry, &receiver.id, Withheld::Superseded, out);
            }
            let key = key(entry, &receiver.id, entry.incident.change, 0);
            out.push(Change::Withheld(key, why));
        }
        self.retime(id);
    }

    /// When a receiver is next told of an incident, by itself.
    pub(crate) fn wall_due(
        &self,
        entry: &Entry,
        receiver: &ReceiverId,
        pending: &Pending,
    ) -> Option<Timestamp> {
        let receiver = self.policy.receivers.get(receiver)?;
        if let Some(waiting) = &pending.waiting {
            return Some(waiting.due);
        }
        let tier = entry.incident.tier.filter(|tier| *tier > Tier::IV)?;
        let repeats = receiver.repeat_interval > TimeSpan::ZERO
            && entry.is_open()
            && entry.incident.acknowledged.is_none()
            && pending.rung < u16::MAX
            && hears(receiver, entry, tier);
        pending
            .told_at
            .filter(|_| repeats)
            .map(|told_at| told_at + receiver.repeat_interval)
    }

    /// A wait is over, or it is time to tell again.
    pub(crate) fn fire_wall(&mut self, id: IncidentId, receiver: &ReceiverId, out: &mut Outcome) {
        let gathered = self
            .entries
            .get(&id)
            .is_some_and(|entry| self.is_gathered(entry));
        let policy = self.policy.receivers.get(receiver);
        let wall = self.clocks.wall;
        let (Some(entry), Some(policy)) = (self.entries.get_mut(&id), policy) else {
            return self.retime(id);
        };
        let Some(mut pending) = entry.pending.get(receiver).cloned() else {
            return self.retime(id);
        };
        let told = match pending.waiting.take() {
            Some(waiting) => {
                let key = key(entry, receiver, waiting.change, 0);
                match hush(entry, policy, &pending, &waiting, gathered) {
                    Some(why) => Err((key, why)),
                    None => Ok((key, Some(waiting))),
                }
            }
            None => {
                pending.rung = pending.rung.saturating_add(1);
                pending.told_at = Some(wall);
                let key = key(entry, receiver, pending.told_change, pending.rung);
                if gathered {
                    Err((key, Withheld::Gathered))
                } else {
                    Ok((key, None))
                }
            }
        };
        match told {
            Err((key, why)) => {
                out.push(Change::Withheld(key, why));
                put_pending(entry, receiver, pending, out);
            }
            Ok((key, waiting)) => self.tell(key, waiting.as_ref(), pending, out),
        }
        self.retime(id);
    }

    /// Makes a notice with the latest state.
    fn tell(
        &mut self,
        key: NoticeKey,
        waiting: Option<&Waiting>,
        mut pending: Pending,
        out: &mut Outcome,
    ) {
        let (id, receiver) = (key.incident, key.receiver.clone());
        let notice = self.notice(key, waiting, &pending);
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        // Only an incident that never opened has nothing to tell; nothing waits for one.
        let Some(notice) = notice else {
            return put_pending(entry, &receiver, pending, out);
        };
        let closed = notice.kind == NoticeKind::Closed;
        pending.told_tier = Some(notice.tier);
        pending.told_at = Some(notice.made_at);
        if waiting.is_some() {
            pending.told_change = notice.key.change;
            pending.rung = 0;
        }
        out.push(Change::Notice(Box::new(notice)));
        if closed {
            entry.pending.remove(&receiver);
            out.touched.pending.insert((id, receiver));
        } else {
            put_pending(entry, &receiver, pending, out);
        }
    }

    fn notice(
        &self,
        key: NoticeKey,
        waiting: Option<&Waiting>,
        pending: &Pending,
    ) -> Option<Notice> {
        let entry = self.entries.get(&key.incident)?;
        let incident = &entry.incident;
        let topic = self.policy.topics.get(&incident.topic);
        let kind = match waiting {
            None => NoticeKind::Repeated,
            Some(_) if pending.told_tier.is_none() => NoticeKind::Opened,
            Some(waiting) => waiting.kind,
        };
        Some(Notice {
            key,
            kind,
            number: incident.number?,
            topic: incident.topic.clone(),
            topic_name: topic.map_or_else(|| incident.topic.to_string(), |t| t.name.clone()),
            owner: topic.map(|topic| topic.owner.clone()).unwrap_or_default(),
            subject: incident.subject.clone(),
            tier: incident
                .tier
                .or(pending.told_tier)
                .or(incident.highest_tier)?,
            previous_tier: pending.told_tier,
            reason: entry.lifetime.reason.clone()?,
            totals: incident.totals,
            first_found_at: incident.first_found_at,
            last_found_at: incident.last_found_at,
            quotes: self.chosen_quotes(entry),
            late: waiting.is_some_and(|waiting| waiting.late),
            made_at: self.clocks.wall,
            merged: waiting.map_or(0, |waiting| waiting.merged),
        })
    }

    /// The first post, the one of widest reach, then the latest; no two of one story.
    fn chosen_quotes(&self, entry: &Entry) -> Vec<Quote> {
        let mut quotes: Vec<&Quote> = entry.quotes.values().collect();
        quotes.sort_unstable_by_key(|quote| (quote.found_at, quote.post));
        let first = quotes.first().copied();
        let widest = quotes
            .iter()
            .copied()
            .rev()
            .max_by_key(|quote| quote.counts.reach());
        let mut chosen: Vec<(Option<StoryId>, Quote)> = Vec::new();
        for quote in first
            .into_iter()
            .chain(widest)
            .chain(quotes.iter().rev().copied())
        {
            // A post that is no longer remembered stands for a story of its own.
            let memory = self.memory.get(&(entry.incident.topic.clone(), quote.post));
            let story = memory.map(|memory| memory.story);
            let known = chosen.iter().any(|(told, other)| {
                other.post == quote.post || (story.is_some() && *told == story)
            });
            if !known && chosen.len() < MAX_NOTICE_QUOTES {
                let copies = story.and_then(|story| entry.stories.get(&story)).copied();
                let copies = copies.unwrap_or(quote.copies);
                chosen.push((
                    story,
                    Quote {
                        copies,
                        ..quote.clone()
                    },
                ));
            }
        }
        chosen.into_iter().map(|(_, quote)| quote).collect()
    }

    /// Whether `*` of the topic is open at this incident's tier or above.
    fn is_gathered(&self, entry: &Entry) -> bool {
        let incident = &entry.incident;
        if incident.subject == SubjectKey::All || stands_alone(entry) {
            return false;
        }
        let all = self.streams.get(&(incident.topic.clone(), SubjectKey::All));
        all.into_iter()
            .flatten()
            .filter_map(|id| self.entries.get(id))
            .any(|all| {
                all.is_open() && all.incident.tier >= incident.tier.or(incident.highest_tier)
            })
    }

    /// The catch-up is over: what waited for it goes now.
    pub(crate) fn release_late(&mut self, out: &mut Outcome) {
        let wall = self.clocks.wall;
        for (id, receiver) in self.timers.late() {
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            let Some(mut pending) = entry.pending.get(&receiver).cloned() else {
                continue;
            };
            if let Some(waiting) = &mut pending.waiting
                && waiting.due > wall
            {
                waiting.due = wall;
                put_pending(entry, &receiver, pending, out);
                self.retime(id);
            }
        }
    }

    /// A closed incident leaves memory; the ledger keeps it. What still waits to be told of it is
    /// too old to tell.
    pub(crate) fn archive(&mut self, id: IncidentId, out: &mut Outcome) {
        let Some(mut entry) = self.remove(id) else {
            return;
        };
        let receivers: Vec<ReceiverId> = entry.pending.keys().cloned().collect();
        for receiver in receivers {
            let_go(&mut entry, &receiver, Withheld::Stale, out);
        }
        out.give_out(&entry);
    }

    /// What waits of an incident is not told, because somebody has taken it on.
    pub(crate) fn hush_acknowledged(&mut self, id: IncidentId, out: &mut Outcome) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        for (receiver, mut pending) in entry.pending.clone() {
            if let Some(waiting) = pending.waiting.take() {
                let key = key(entry, &receiver, waiting.change, 0);
                out.push(Change::Withheld(key, Withheld::Acknowledged));
                put_pending(entry, &receiver, pending, out);
            }
        }
    }
}

fn key(entry: &Entry, receiver: &ReceiverId, change: u32, rung: u16) -> NoticeKey {
    NoticeKey {
        incident: entry.id(),
        change,
        rung,
        receiver: receiver.clone(),
        part: 0,
    }
}

fn put_pending(entry: &mut Entry, receiver: &ReceiverId, pending: Pending, out: &mut Outcome) {
    out.touched.pending.insert((entry.id(), receiver.clone()));
    entry.pending.insert(receiver.clone(), pending);
}

/// A receiver has nothing more to do with an incident; what still waits for it is not told.
fn let_go(entry: &mut Entry, receiver: &ReceiverId, why: Withheld, out: &mut Outcome) {
    let Some(pending) = entry.pending.remove(receiver) else {
        return;
    };
    if let Some(waiting) = &pending.waiting {
        let key = key(entry, receiver, waiting.change, 0);
        out.push(Change::Withheld(key, why));
    }
    out.touched.pending.insert((entry.id(), receiver.clone()));
}
