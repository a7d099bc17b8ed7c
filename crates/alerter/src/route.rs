//! Whether a change concerns a receiver, and how long it waits: each refusal has its name.

use fengbiao_model::{NoticeKind, Receiver, Tier, TimeSpan};

use crate::entry::Entry;
use crate::limits::MAX_CATCH_UP_WAIT;
use crate::record::{Clocks, Pending, Waiting};
use crate::step::Withheld;

/// Whether a change is worse news than before.
pub(crate) const fn is_upwards(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::Opened | NoticeKind::Raised)
}

/// Whether a receiver listens to an incident at a tier.
pub(crate) fn hears(receiver: &Receiver, entry: &Entry, tier: Tier) -> bool {
    let topics = receiver.topics.as_ref();
    topics.is_none_or(|topics| topics.contains(&entry.incident.topic))
        && tier >= receiver.from_tier
        && (tier > Tier::IV || !receiver.pages)
}

/// Why a change does not concern a receiver, if it does not. The end of something is told to those
/// who heard, or are about to hear, of it, and wakes nobody.
pub(crate) fn route(
    entry: &Entry,
    receiver: &Receiver,
    pending: &Pending,
    kind: NoticeKind,
) -> Option<Withheld> {
    match kind {
        NoticeKind::Calmed | NoticeKind::Closed => {
            let told = pending.told_tier.is_some();
            let concerns = told || (kind == NoticeKind::Calmed && pending.waiting.is_some());
            match (concerns, receiver.pages) {
                (false, _) if pending.waiting.is_some() => Some(Withheld::Superseded),
                (false, _) => Some(Withheld::NotRouted),
                (true, true) => Some(Withheld::Lowered),
                (true, false) => None,
            }
        }
        _ => {
            let tier = entry.incident.tier.or(entry.incident.highest_tier);
            (!tier.is_some_and(|tier| hears(receiver, entry, tier))).then_some(Withheld::NotRouted)
        }
    }
}

/// Why a notice whose wait is over is not told after all, if it is not.
pub(crate) fn hush(
    entry: &Entry,
    receiver: &Receiver,
    pending: &Pending,
    waiting: &Waiting,
    gathered: bool,
) -> Option<Withheld> {
    if entry.incident.acknowledged.is_some() && is_upwards(waiting.kind) {
        return Some(Withheld::Acknowledged);
    }
    let Some(tier) = entry.incident.tier else {
        let told = pending.told_tier.is_some() && waiting.kind == NoticeKind::Closed;
        return (!told).then_some(Withheld::Superseded);
    };
    if gathered {
        return Some(Withheld::Gathered);
    }
    let lower = pending.told_tier.is_some_and(|told| tier < told);
    let silent = if lower {
        receiver.pages
    } else {
        !hears(receiver, entry, tier)
    };
    if silent {
        return Some(Withheld::Lowered);
    }
    // Changes that undid each other while they waited leave nothing to tell; a raise by itself is
    // told again also to those who were not told of the calm before it.
    let undone = match waiting.kind {
        NoticeKind::Opened => false,
        NoticeKind::Raised => waiting.merged > 0,
        _ => true,
    };
    (undone && pending.told_tier == Some(tier)).then_some(Withheld::Superseded)
}

/// What a receiver waits for after one more change.
pub(crate) fn wait(
    entry: &Entry,
    receiver: &Receiver,
    pending: &Pending,
    kind: NoticeKind,
    clocks: &Clocks,
) -> Waiting {
    let now = clocks.wall;
    let upwards = is_upwards(kind);
    let told = pending.told_tier;
    let louder = upwards && told.is_some() && entry.incident.tier > told;
    let wait = if louder {
        TimeSpan::ZERO
    } else {
        receiver.group_wait
    };
    let mut due = now + wait;
    // What the pipeline says of itself does not wait for it to catch up.
    let hits = !entry.incident.topic.is_pipeline();
    let behind = clocks.behind_since.filter(|_| upwards && hits);
    if let Some(since) = behind {
        due = due.max(since + MAX_CATCH_UP_WAIT);
    }
    let mut waiting = Waiting {
        due,
        kind,
        change: entry.incident.change,
        merged: 0,
        late: behind.is_some(),
    };
    if let Some(before) = &pending.waiting {
        waiting.late |= before.late;
        waiting.merged = before.merged.saturating_add(1);
        waiting.due = if waiting.late {
            before.due.max(due)
        } else {
            before.due.min(due)
        };
    }
    waiting
}
