//! The search for candidates without special instructions.

use super::filter::{Filter, KIND_BITS};
use super::hash;

/// Appends to `found` the places of `units` that the filter lets through, with what they may be.
/// The last of `units` is padding behind the text's own.
pub(super) fn candidates(units: &[u16], filter: &Filter, found: &mut Vec<usize>) {
    for (at, three) in units.windows(3).enumerate() {
        let kind = filter.asks(hash::pair(three[0], three[1]), three[2]);
        if kind != 0 {
            found.push(at << KIND_BITS | kind);
        }
    }
}
