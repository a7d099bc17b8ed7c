//! Who is told of which change, and when: listeners → wait → mute → tell, each with a named reason
//! where it ends.

mod audience;
mod gather;
pub(crate) mod kind;
mod mute;
mod passing;
mod pending;
mod release;
mod storm;
mod tell;
mod wait;

use fengbiao_model::{
    HeldBack, IncidentId, NoticeKey, NoticeKind, ReceiverId, Tier, TimeSpan, Timestamp,
};

pub(crate) use audience::Listener;
pub(crate) use storm::on_one_line;

use crate::alerter::Alerter;
use crate::entry::Entry;
use crate::limits::REMEMBERED_FOR;
use crate::outcome::Outcome;
use crate::record::{Hold, Pending, Waiting};
use crate::routing::Waits;
use crate::step::{Change, Withheld};
use kind::{is_news, is_relief};
use mute::{Verdict, refused};
use passing::as_it_stands;
use pending::{key, put_pending, repeated, rung, stand_for_one_more};
pub(crate) use pending::{leave_untold, let_go};
use wait::wait;

impl Alerter {
    /// A change of an incident is worth telling: each receiver whom it concerns will be told, or
    /// it is written down why not. `muted` holds for all of them.
    pub(crate) fn announce(
        &mut self,
        id: IncidentId,
        kind: NoticeKind,
        muted: Option<Withheld>,
        out: &mut Outcome,
    ) {
        self.align_chains_of(id, out);
        let listeners = self.listeners(id, kind, muted.is_none(), out);
        for listener in &listeners {
            self.offer(id, kind, listener, muted, out);
        }
        self.start_steps(id, None, out);
        if !is_relief(kind) {
            self.note_unrouted(id, &listeners, out);
        }
        self.retime(id);
    }

    /// One receiver will be told of a change, or it is written down why not.
    pub(crate) fn offer(
        &mut self,
        id: IncidentId,
        kind: NoticeKind,
        listener: &Listener,
        muted: Option<Withheld>,
        out: &mut Outcome,
    ) {
        let to = &listener.receiver;
        let receiver = self.policy.receivers.get(to);
        let (Some(entry), Some(receiver)) = (self.entries.get_mut(&id), receiver) else {
            return;
        };
        let pending = entry.pending.get(to).cloned().unwrap_or_default();
        if let Some(why) = refused(entry, receiver, &pending, kind).or(muted) {
            if kind == NoticeKind::Closed {
                let_go(entry, to, Withheld::Superseded, out);
            }
            if why == Withheld::Lowered {
                stand_for_one_more(entry, to, out);
            }
            let key = key(entry, to, entry.incident.change, 0);
            out.push(Change::Withheld(key, why));
            return;
        }
        let pending = Pending {
            waiting: Some(wait(
                entry,
                listener,
                &pending,
                kind,
                (&self.clocks, out.late),
            )),
            group_interval: listener.waits.group_interval,
            repeat_interval: listener.waits.repeat_interval,
            step: listener.step.clone(),
            ..pending
        };
        put_pending(entry, to, pending, out);
    }

    /// The receivers that some route names, but not for this incident.
    fn note_unrouted(&self, id: IncidentId, listeners: &[Listener], out: &mut Outcome) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        for receiver in &self.routing.named {
            if listeners
                .iter()
                .all(|listener| listener.receiver != *receiver)
            {
                let key = key(entry, receiver, entry.incident.change, 0);
                out.push(Change::Withheld(key, Withheld::NotRouted));
            }
        }
    }

    /// When a receiver is next told of an incident, by itself.
    pub(crate) fn told_due(
        &self,
        entry: &Entry,
        receiver: &ReceiverId,
        pending: &Pending,
    ) -> Option<Timestamp> {
        self.policy.receivers.get(receiver)?;
        if let Some(waiting) = &pending.waiting {
            let held = waiting.held.is_some_and(Hold::is_open_ended);
            return (!held).then_some(waiting.due);
        }
        let loud = entry.incident.tier.is_some_and(|tier| tier > Tier::IV);
        let repeats = pending.repeat_interval > TimeSpan::ZERO
            && loud
            && entry.is_open()
            && entry.incident.acknowledged.is_none()
            && pending.rung < u16::MAX;
        pending
            .told_at
            .filter(|_| repeats)
            .map(|told_at| told_at + pending.repeat_interval)
    }

    /// A wait is over, or it is time to tell again.
    pub(crate) fn fire_tell(&mut self, id: IncidentId, to: &ReceiverId, out: &mut Outcome) {
        self.fire_held(id, to, None, out);
    }

    /// A notice goes, if nothing holds it any more; what held it until now is said in it.
    fn fire_held(
        &mut self,
        id: IncidentId,
        to: &ReceiverId,
        held_back: Option<HeldBack>,
        out: &mut Outcome,
    ) {
        let entry = self.entries.get(&id);
        let Some((entry, mut pending)) =
            entry.and_then(|entry| Some((entry, entry.pending.get(to)?.clone())))
        else {
            return self.retime(id);
        };
        let again = pending.waiting.is_none();
        let waiting = pending.waiting.take();
        let waiting = waiting.unwrap_or_else(|| repeated(&pending, self.clocks.wall));
        let mut waiting = as_it_stands(entry, waiting);
        if let Some(others) = self.led_to_others(id, to, waiting.kind, out) {
            return self.pass_on(id, to, (pending, waiting), &others, out);
        }
        let (Some(entry), Some(receiver)) = (self.entries.get(&id), self.policy.receivers.get(to))
        else {
            return self.retime(id);
        };
        let verdict = self.verdict(entry, receiver, &pending, &waiting);
        let key = key(entry, to, waiting.change, rung(&pending, &waiting));
        match verdict {
            // The rest of a storm goes when it was said to go, in one.
            Verdict::Hold(Hold::Storm, until, _)
                if waiting.held == Some(Hold::Storm) && until <= self.clocks.wall =>
            {
                self.tell_rest(key, &waiting, pending, out);
            }
            Verdict::Tell if waiting.held == Some(Hold::Storm) => {
                self.tell_rest(key, &waiting, pending, out);
            }
            Verdict::Tell => {
                let quiet = waiting.held == Some(Hold::QuietHours);
                let held_back = held_back.or(quiet.then_some(HeldBack::QuietHours));
                self.tell(key, (&waiting, held_back), pending, out);
            }
            Verdict::Drop(why) => {
                self.skip(key, again, pending, why, out);
            }
            Verdict::Wait(until) => {
                (waiting.held, waiting.due) = (None, until);
                pending.waiting = Some(waiting);
                self.put_pending(id, to, pending, out);
            }
            Verdict::Hold(hold, _, why) if again && hold.is_open_ended() => {
                self.skip(key, again, pending, why, out);
            }
            Verdict::Hold(hold, until, why) => {
                if waiting.held != Some(hold) {
                    out.push(Change::Withheld(key, why));
                }
                if hold == Hold::Storm {
                    self.held_by_storm(to, until, out);
                }
                (waiting.held, waiting.due) = (Some(hold), until);
                pending.waiting = Some(waiting);
                self.put_pending(id, to, pending, out);
            }
        }
        self.retime(id);
    }

    /// Whom routes and schedules lead to by now, where they do not lead to `to` any more. A notice
    /// that waits for its first time still goes to `to` where they lead to nobody.
    fn led_to_others(
        &mut self,
        id: IncidentId,
        to: &ReceiverId,
        kind: NoticeKind,
        out: &mut Outcome,
    ) -> Option<Vec<Listener>> {
        let entry = self.entries.get(&id)?;
        let asked = entry.is_open() && entry.incident.acknowledged.is_none();
        if !asked || !is_news(kind) {
            return None;
        }
        let listeners = self.listeners(id, kind, false, out);
        let still = listeners.iter().any(|known| known.receiver == *to);
        let nobody = listeners.is_empty() && kind != NoticeKind::Repeated;
        (!still && !nobody).then_some(listeners)
    }

    /// A notice is not told to whom it waited for, but to those whom routes and schedules lead to
    /// now and who have not been told of this tier: whoever was relieved is left in peace.
    fn pass_on(
        &mut self,
        id: IncidentId,
        to: &ReceiverId,
        (pending, waiting): (Pending, Waiting),
        others: &[Listener],
        out: &mut Outcome,
    ) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let tier = entry.incident.tier;
        if pending.told_at.is_some() {
            let again = waiting.kind == NoticeKind::Repeated;
            let key = key(entry, to, waiting.change, rung(&pending, &waiting));
            self.skip(key, again, pending, Withheld::NotRouted, out);
        } else {
            let_go(entry, to, Withheld::NotRouted, out);
        }
        // Whoever has not been told hears of it as what it is to him.
        let kind = match waiting.kind {
            NoticeKind::Repeated => NoticeKind::Opened,
            kind => kind,
        };
        for other in others {
            let entry = self.entries.get(&id);
            let known = entry.and_then(|entry| entry.pending.get(&other.receiver));
            if known.is_some_and(|known| known.waiting.is_some() || known.told_tier >= tier) {
                continue;
            }
            let at_once = Waits {
                group_wait: TimeSpan::ZERO,
                ..other.waits
            };
            let other = Listener {
                waits: at_once,
                ..other.clone()
            };
            self.offer(id, kind, &other, None, out);
        }
        self.start_steps(id, None, out);
        self.retime(id);
    }

    /// A notice is not told. A repeat that is not told counts as one, so that the next comes in
    /// its time.
    fn skip(
        &mut self,
        key: NoticeKey,
        again: bool,
        mut pending: Pending,
        why: Withheld,
        out: &mut Outcome,
    ) {
        if again {
            pending.told_at = Some(self.clocks.wall);
            pending.rung = pending.rung.saturating_add(1);
        }
        let (id, receiver) = (key.incident, key.receiver.clone());
        out.push(Change::Withheld(key, why));
        self.put_pending(id, &receiver, pending, out);
        self.start_steps(id, None, out);
    }

    fn put_pending(
        &mut self,
        id: IncidentId,
        to: &ReceiverId,
        pending: Pending,
        out: &mut Outcome,
    ) {
        if let Some(entry) = self.entries.get_mut(&id) {
            put_pending(entry, to, pending, out);
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
        let incident = entry.incident;
        if incident.last_found_at + REMEMBERED_FOR > self.clocks.event {
            self.numbers
                .extend(incident.number.map(|number| (number, id)));
            self.past.put(incident);
        } else if out.touched.incidents.remove(&id) {
            out.push(Change::Incident(incident));
        }
    }

    /// What waits of an incident is not told, because somebody has taken it on; what is owed is.
    pub(crate) fn hush_acknowledged(&mut self, id: IncidentId, out: &mut Outcome) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        for (receiver, mut pending) in entry.pending.clone() {
            let hushed = |waiting: &mut Waiting| is_news(waiting.kind);
            if let Some(waiting) = pending.waiting.take_if(hushed) {
                let key = key(entry, &receiver, waiting.change, 0);
                out.push(Change::Withheld(key, Withheld::Acknowledged));
                put_pending(entry, &receiver, pending, out);
            }
        }
    }
}
