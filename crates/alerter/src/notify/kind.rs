//! What a notice is about, and what that lets through.

use fengbiao_model::{NoticeKind, Tier};

use crate::record::Waiting;

/// Whether a change is worse news than before, or an unanswered one: an acknowledgement, a silence
/// or another incident may mute it.
pub(crate) const fn is_news(kind: NoticeKind) -> bool {
    use NoticeKind::{Escalated, Lapsed, Opened, Raised, Reopened, Repeated};
    matches!(
        kind,
        Opened | Reopened | Raised | Repeated | Escalated | Lapsed
    )
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
    use NoticeKind::{Calmed, Opened, Raised, Reopened};
    matches!(kind, Opened | Reopened | Raised | Calmed)
}

/// What a notice is about for a receiver that was told `told` since the incident opened (`returned`:
/// again) and now hears of `tier`: news of a tier is what it is to whom it is told.
pub(crate) fn to_whom_was_told(
    kind: NoticeKind,
    told: Option<Tier>,
    tier: Tier,
    returned: bool,
) -> NoticeKind {
    match told {
        _ if !is_of_tier(kind) => kind,
        None if returned => NoticeKind::Reopened,
        None => NoticeKind::Opened,
        Some(told) if tier > told => NoticeKind::Raised,
        Some(told) if tier < told => NoticeKind::Calmed,
        Some(_) => kind,
    }
}

/// What one notice is about that stands for two: the end comes last unless the matter comes back,
/// else the graver remains.
pub(crate) const fn merged(before: NoticeKind, new: NoticeKind) -> NoticeKind {
    let ends = matches!(new, NoticeKind::Closed);
    let back = matches!(before, NoticeKind::Closed) && new.is_rise();
    if ends || back || gravity(new) >= gravity(before) {
        new
    } else {
        before
    }
}

/// What two that are told in one are about beside what is owed, which may be done before it goes.
pub(crate) fn merged_beside(before: &Waiting, new: NoticeKind) -> Option<NoticeKind> {
    let lasting = |kind| Some(kind).filter(|kind| !is_owed(*kind));
    match (before.beside.or(lasting(before.kind)), lasting(new)) {
        (Some(before), Some(new)) => Some(merged(before, new)),
        (before, new) => before.or(new),
    }
}

pub(crate) const fn gravity(kind: NoticeKind) -> u8 {
    match kind {
        NoticeKind::Repeated => 0,
        NoticeKind::Opened | NoticeKind::Reopened | NoticeKind::Raised | NoticeKind::Calmed => 1,
        NoticeKind::DeadlineNear | NoticeKind::ReplyNear | NoticeKind::Escalated => 2,
        NoticeKind::Lapsed => 3,
        NoticeKind::DeadlineMissed | NoticeKind::ReplyMissed => 4,
        NoticeKind::Unanswered => 5,
        NoticeKind::Closed => 6,
    }
}

#[cfg(test)]
mod tests {
    use NoticeKind::{
        Closed, DeadlineMissed, Opened, Raised, Reopened, ReplyMissed, ReplyNear, Unanswered,
    };

    use super::*;

    #[test]
    fn the_end_comes_last_unless_the_matter_comes_back() {
        for (before, new, expected) in [
            (Opened, Raised, Raised),
            (Raised, Closed, Closed),
            (DeadlineMissed, Raised, DeadlineMissed),
            (Closed, DeadlineMissed, Closed),
            (Closed, Reopened, Reopened),
            (Closed, Raised, Raised),
        ] {
            assert_eq!(merged(before, new), expected, "{before:?}, then {new:?}");
        }
    }

    #[test]
    fn what_stands_beside_what_is_owed_is_kept() {
        let waiting = |kind, beside| Waiting {
            due: fengbiao_model::Timestamp::EPOCH,
            kind,
            beside,
            change: 1,
            merged: 0,
            late: false,
            held: None,
        };
        for (before, new, expected) in [
            (waiting(ReplyNear, None), ReplyMissed, None),
            (waiting(Opened, None), ReplyNear, Some(Opened)),
            (waiting(ReplyNear, Some(Opened)), ReplyMissed, Some(Opened)),
            (
                waiting(ReplyMissed, Some(Opened)),
                DeadlineMissed,
                Some(Opened),
            ),
            (waiting(DeadlineMissed, None), ReplyMissed, None),
            (waiting(Opened, None), Unanswered, Some(Opened)),
        ] {
            assert_eq!(
                merged_beside(&before, new),
                expected,
                "{before:?}, then {new:?}"
            );
        }
    }
}
