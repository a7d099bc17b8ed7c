//! What a receiver has been told of an incident, and what waits for it: small changes of that.

use fengbiao_model::{NoticeKey, NoticeKind, ReceiverId, TimeSpan, Timestamp};

use crate::entry::Entry;
use crate::outcome::Outcome;
use crate::record::{Pending, Waiting};
use crate::step::{Change, Withheld};

/// What is told when an interval is over and nothing has changed.
pub(super) const fn repeated(pending: &Pending, now: Timestamp) -> Waiting {
    Waiting {
        due: now,
        kind: NoticeKind::Repeated,
        beside: None,
        change: pending.told_change,
        merged: 0,
        late: false,
        held: None,
    }
}

/// One receiver may be told of one change more than once: again, or as a step of a chain.
pub(super) fn rung(pending: &Pending, waiting: &Waiting) -> u16 {
    let told = pending.told_at.is_some() && pending.told_change == waiting.change;
    if told {
        pending.rung.saturating_add(1)
    } else {
        0
    }
}

pub(super) fn key(entry: &Entry, receiver: &ReceiverId, change: u32, rung: u16) -> NoticeKey {
    NoticeKey {
        incident: entry.id(),
        change,
        rung,
        receiver: receiver.clone(),
        part: 0,
    }
}

pub(super) fn put_pending(
    entry: &mut Entry,
    receiver: &ReceiverId,
    pending: Pending,
    out: &mut Outcome,
) {
    out.touched.pending.insert((entry.id(), receiver.clone()));
    entry.pending.insert(receiver.clone(), pending);
}

/// What waits for a receiver is not told, but what it was told is remembered, and repeated no more.
pub(crate) fn leave_untold(
    entry: &mut Entry,
    receiver: &ReceiverId,
    why: Withheld,
    out: &mut Outcome,
) {
    let Some(pending) = entry.pending.get_mut(receiver) else {
        return;
    };
    if pending.told_at.is_none() {
        return let_go(entry, receiver, why, out);
    }
    pending.repeat_interval = TimeSpan::ZERO;
    let waiting = pending.waiting.take();
    out.touched.pending.insert((entry.id(), receiver.clone()));
    if let Some(waiting) = waiting {
        let key = key(entry, receiver, waiting.change, 0);
        out.push(Change::Withheld(key, why));
    }
}

/// What waits for a receiver stands for the calm as well that wakes nobody: the raise that it tells
/// of may be undone by it.
pub(super) fn stand_for_one_more(entry: &mut Entry, receiver: &ReceiverId, out: &mut Outcome) {
    let id = entry.id();
    let pending = entry.pending.get_mut(receiver);
    if let Some(waiting) = pending.and_then(|pending| pending.waiting.as_mut()) {
        waiting.merged = waiting.merged.saturating_add(1);
        out.touched.pending.insert((id, receiver.clone()));
    }
}

/// A receiver has nothing more to do with an incident; what still waits for it is not told.
pub(crate) fn let_go(entry: &mut Entry, receiver: &ReceiverId, why: Withheld, out: &mut Outcome) {
    let Some(pending) = entry.pending.remove(receiver) else {
        return;
    };
    if let Some(waiting) = &pending.waiting {
        let key = key(entry, receiver, waiting.change, 0);
        out.push(Change::Withheld(key, why));
    }
    out.touched.pending.insert((entry.id(), receiver.clone()));
}
