//! What is owed may be done while the notice of it waits: by the time it goes it speaks of what is
//! still so.

use fengbiao_model::{DeadlineState, NoticeKind};

use super::kind::{gravity, is_owed};
use crate::entry::Entry;
use crate::record::{EscalationState, Waiting};

/// Whether what a notice of this kind speaks of is still so: somebody may have answered.
pub(super) fn is_still_so(entry: &Entry, kind: NoticeKind) -> bool {
    let duties = &entry.duties;
    let owed = |state| duties.deadlines.values().any(|one| one.state == state);
    let asked = |state| duties.asked.values().any(|one| one.state == state);
    match kind {
        NoticeKind::DeadlineNear => owed(DeadlineState::Warned),
        NoticeKind::DeadlineMissed => owed(DeadlineState::Missed),
        NoticeKind::ReplyNear => asked(DeadlineState::Warned),
        NoticeKind::ReplyMissed => asked(DeadlineState::Missed),
        NoticeKind::Unanswered => {
            let mut chains = duties.chains.values();
            chains.any(|chain| chain.state == EscalationState::Exhausted)
        }
        _ => true,
    }
}

/// A notice that waited, without what it spoke of where that is no longer so: of what else it stands
/// for, the gravest that is still owed, else what lasts.
pub(super) fn as_it_stands(entry: &Entry, waiting: Waiting) -> Waiting {
    if is_still_so(entry, waiting.kind) {
        return waiting;
    }
    let kinds = NoticeKind::ALL.into_iter().filter(|_| waiting.merged > 0);
    let owed = kinds.filter(|kind| is_owed(*kind) && is_still_so(entry, *kind));
    let gravest = owed.max_by_key(|kind| gravity(*kind));
    let (kind, beside) = match (gravest, waiting.beside) {
        (Some(kind), beside) => (kind, beside),
        (None, Some(kind)) => (kind, None),
        (None, None) => return waiting,
    };
    Waiting {
        kind,
        beside,
        ..waiting
    }
}
