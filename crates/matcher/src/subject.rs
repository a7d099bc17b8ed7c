//! What a post is about: the names of a topic's subject lists that occur in it as words.

use std::collections::BTreeSet;

use fengbiao_lexicon::compiled::Reading;
use fengbiao_lexicon::limits::DEFAULT_MARGIN_NATS;
use fengbiao_model::Subject;

use crate::view::View;

/// The subjects named, ascending, without repeats. Of names of one kind that overlap in place the
/// longest counts: 郑州 is not a second subject inside 郑州市, and 龙江 none inside 黑龙江 where that
/// is a stranger to the list. A name of one character counts where it is a token of its own.
pub(crate) fn subjects(view: &mut View<'_>) -> Vec<Subject> {
    let mut subjects = BTreeSet::new();
    for list in 0..view.topic.subjects.len() {
        for at in longest(view, list) {
            let key = view.found[at].key;
            for &(of, member) in &view.program.subjects_of_key[&key] {
                if let Some(member) = member.filter(|_| of == list) {
                    let kind = view.topic.subjects[list].kind.clone();
                    let name = view.topic.subjects[list].members[member].name.clone();
                    subjects.insert(Subject { kind, name });
                }
            }
        }
    }
    subjects.into_iter().collect()
}

/// The occurrences of a list's names and strangers that count, the longest where they overlap.
fn longest(view: &mut View<'_>, list: usize) -> Vec<usize> {
    let mut candidates = Vec::new();
    for at in 0..view.found.len() {
        let found = view.found[at];
        let named = view.program.subjects_of_key.get(&found.key);
        let reading = if found.end - found.start == 1 {
            Reading::Word
        } else {
            Reading::Margin
        };
        if found.parted.is_none()
            && named.is_some_and(|named| named.iter().any(|&(of, _)| of == list))
            && view.read(at, reading, DEFAULT_MARGIN_NATS).is_ok()
        {
            candidates.push(at);
        }
    }
    candidates.sort_by_key(|&at| {
        let found = view.found[at];
        (
            std::cmp::Reverse(found.end - found.start),
            found.field,
            found.start,
        )
    });
    let mut taken = BTreeSet::new();
    let mut kept: Vec<usize> = Vec::new();
    let mut places = BTreeSet::new();
    for at in candidates {
        let found = view.found[at];
        let place = (found.field, found.start, found.end);
        let free = (found.start..found.end).all(|c| !taken.contains(&(found.field, c)));
        if free || places.contains(&place) {
            taken.extend((found.start..found.end).map(|c| (found.field, c)));
            places.insert(place);
            kept.push(at);
        }
    }
    kept
}
