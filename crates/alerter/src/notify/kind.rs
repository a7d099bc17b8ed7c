//! What a notice is about, and what that lets through.

use fengbiao_model::{NoticeKind, Tier};

/// Whether a change is worse news than before, or an unanswered one: an acknowledgement, a silence
/// or another incident may mute it.
pub(crate) const fn is_news(kind: NoticeKind) -> bool {
    use NoticeKind::{Escalated, Lapsed, Opened, Raised, Repeated};
    matches!(kind, Opened | Raised | Repeated | Escalated | Lapsed)
}

/// Whether a change is better news: it is told to those who heard the worse.
pub(crate) const fn is_relief(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::Calmed | NoticeKind::Closed)
}

/// Whether something is owed and late, or nearly: it speaks through silences.
pub(crate) const fn is_owed(kind: NoticeKind) -> bool {
    use NoticeKind::{DeadlineMissed, DeadlineNear, ReplyMissed, ReplyNear, Unanswered};
    matches!(
        kind,
        DeadlineMissed | DeadlineNear | ReplyMissed | ReplyNear | Unanswered
    )
}

/// Whether it tells of a tier that has changed.
pub(crate) const fn is_of_tier(kind: NoticeKind) -> bool {
    matches!(
        kind,
        NoticeKind::Opened | NoticeKind::Raised | NoticeKind::Calmed
    )
}

/// What a notice is about for a receiver that was told `told` and now hears of `tier`: news of a
/// tier is what it is to whom it is told.
pub(crate) fn to_whom_was_told(kind: NoticeKind, told: Option<Tier>, tier: Tier) -> NoticeKind {
    match told {
        _ if !is_of_tier(kind) => kind,
        None => NoticeKind::Opened,
        Some(told) if tier > told => NoticeKind::Raised,
        Some(told) if tier < told => NoticeKind::Calmed,
        Some(_) => kind,
    }
}

/// What one notice is about that stands for two: the end comes last, else the graver remains.
pub(crate) const fn merged(before: NoticeKind, new: NoticeKind) -> NoticeKind {
    if matches!(new, NoticeKind::Closed) || gravity(new) >= gravity(before) {
        new
    } else {
        before
    }
}

const fn gravity(kind: NoticeKind) -> u8 {
    match kind {
        NoticeKind::Repeated => 0,
        NoticeKind::Opened | NoticeKind::Raised | NoticeKind::Calmed => 1,
        NoticeKind::DeadlineNear | NoticeKind::ReplyNear | NoticeKind::Escalated => 2,
        NoticeKind::Lapsed => 3,
        NoticeKind::DeadlineMissed | NoticeKind::ReplyMissed => 4,
        NoticeKind::Unanswered => 5,
        NoticeKind::Closed => 6,
    }
}
