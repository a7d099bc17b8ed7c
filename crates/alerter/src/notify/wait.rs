//! How long a notice waits, and for what.

use fengbiao_model::{NoticeKind, TimeSpan};

use super::audience::Listener;
use super::kind::{is_news, is_of_tier, merged, merged_beside};
use crate::entry::Entry;
use crate::limits::MAX_CATCH_UP_WAIT;
use crate::record::{Clocks, Pending, Waiting};

/// What a receiver waits for after one more change; `late` says that this comes of a post that was
/// found long before.
pub(crate) fn wait(
    entry: &Entry,
    listener: &Listener,
    pending: &Pending,
    kind: NoticeKind,
    (clocks, late): (&Clocks, bool),
) -> Waiting {
    let now = clocks.wall;
    let tier = entry.incident.tier;
    let news = is_news(kind);
    let louder = news && pending.told_tier.is_some() && tier > pending.told_tier;
    let gathers = (is_of_tier(kind) || kind == NoticeKind::Closed) && !louder;
    let wait = if gathers {
        listener.waits.group_wait
    } else {
        TimeSpan::ZERO
    };
    let mut due = now + wait;
    // What is louder than all that was told does not wait for the interval.
    let loudest = news && tier > pending.loudest_told;
    if is_of_tier(kind)
        && !loudest
        && let Some(told_at) = pending.told_at
    {
        due = due.max(told_at + listener.waits.group_interval);
    }
    // What held the one before is asked again when the new one is due.
    let before = pending.waiting.as_ref();
    if let Some(before) = before.filter(|before| before.held.is_none()) {
        due = due.min(before.due);
    }
    // What the pipeline says of itself does not wait for it to catch up.
    let of_posts = !entry.incident.topic.is_pipeline();
    let behind = clocks.behind_since.filter(|_| news && of_posts);
    if let Some(since) = behind {
        due = due.max(since + MAX_CATCH_UP_WAIT);
    }
    let mut waiting = Waiting {
        due,
        kind,
        beside: None,
        change: entry.incident.change,
        merged: 0,
        late: behind.is_some() || late && news && of_posts,
        held: None,
    };
    if let Some(before) = before {
        waiting.kind = merged(before.kind, kind);
        let beside = merged_beside(before, kind);
        waiting.beside = beside.filter(|beside| *beside != waiting.kind);
        waiting.late |= before.late;
        waiting.merged = before.merged.saturating_add(1);
    }
    waiting
}
