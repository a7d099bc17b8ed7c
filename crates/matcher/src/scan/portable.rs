//! The search for candidates without special instructions.

use super::filter::{Candidates, Filter};
use super::hash;
use super::slots::Slots;

/// Appends to `found` the places of `units` that the filter lets through.
/// The last of `units` is padding behind the text's own.
pub(super) fn candidates(
    units: &[u16],
    (filter, slots): (&Filter, &Slots),
    found: &mut Candidates,
) {
    for (at, three) in units.windows(3).enumerate() {
        let [pair, triple] = filter.asks(hash::pair(three[0], three[1]), three[2]);
        if pair {
            found.pairs.push(at);
        }
        if triple {
            slots.prefetch_triple(three);
            found.triples.push(at);
        }
    }
}
