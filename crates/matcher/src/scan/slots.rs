//! The tables that say which keyword a candidate is: exact, by whole units.

use super::filter::Filter;
use super::hash;
use super::stored::{Reader, Writer};
#[cfg(target_arch = "x86_64")]
use super::vector;

/// No keyword has this number.
const NONE: u32 = u32::MAX;
/// Flag of [`Triple::before`]: the keyword is these three units and no more.
const EXACT: u16 = 1 << 15;
/// Units before the anchor at most, so that the flag has room.
pub(super) const MAX_BEFORE_UNITS: usize = (EXACT - 1) as usize;

/// A keyword of two units.
#[derive(Clone, Copy)]
struct Pair {
    pair: u32,
    keyword: u32,
}

/// A longer keyword, found by three of its units, its anchor: 16 bytes, so that four share a line
/// of the cache and a keyword of three units needs no second look.
#[derive(Clone, Copy)]
struct Triple {
    pair: u32,
    third: u16,
    /// Units before the anchor, and [`EXACT`].
    before: u16,
    keyword: u32,
    /// Where its text begins.
    text: u32,
}

const NO_PAIR: Pair = Pair {
    pair: 0,
    keyword: NONE,
};
const NO_TRIPLE: Triple = Triple {
    pair: 0,
    third: 0,
    before: 0,
    keyword: NONE,
    text: 0,
};

/// Places whose slots are read before anything is decided by them: where keywords are many, the memory
/// answers for all of them at once.
const BATCH: usize = 8;

/// Keywords by their units. Open addressing, linear steps, at most half full.
pub(super) struct Slots {
    /// Keyword of each unit, by unit; empty where none has one unit.
    singles: Vec<(u16, u32)>,
    pairs: Vec<Pair>,
    pairs_shift: u32,
    triples: Vec<Triple>,
    triples_shift: u32,
    /// The units of the longer keywords, one after another, each behind its length.
    texts: Vec<u16>,
}

/// A keyword found: its number, and the units that it stands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verified {
    pub(super) keyword: u32,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// By how much a hash is shifted to give a place in a table of a power of two of entries.
fn shift<T>(table: &[T]) -> Option<u32> {
    let bits = table.len().checked_ilog2()?;
    (table.len().is_power_of_two() && bits > 0).then(|| u32::BITS.saturating_sub(bits))
}

/// Bytes one after another, `N` in all.
fn join<const N: usize, const PARTS: usize>(parts: [&[u8]; PARTS]) -> [u8; N] {
    let mut joined = [0; N];
    let mut at = 0;
    for part in parts {
        joined[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    joined
}

impl Slots {
    pub(super) fn for_entries(pairs: usize, triples: usize) -> Self {
        let room = |entries: usize| (entries * 2).next_power_of_two().max(2);
        let (pairs, triples) = (room(pairs), room(triples));
        Self {
            singles: Vec::new(),
            pairs: vec![NO_PAIR; pairs],
            pairs_shift: u32::BITS - pairs.ilog2(),
            triples: vec![NO_TRIPLE; triples],
            triples_shift: u32::BITS - triples.ilog2(),
            texts: Vec::new(),
        }
    }

    pub(super) fn add_single(&mut self, unit: u16, keyword: u32) {
        self.singles.push((unit, keyword));
    }

    /// Once, after the last single.
    pub(super) fn sort_singles(&mut self) {
        self.singles.sort_unstable();
    }

    pub(super) fn add_pair(&mut self, pair: u32, keyword: u32) {
        let mut at = (hash::of_pair(pair) >> self.pairs_shift) as usize;
        while self.pairs[at].keyword != NONE {
            at = (at + 1) & (self.pairs.len() - 1);
        }
        self.pairs[at] = Pair { pair, keyword };
    }

    /// A keyword of three or more units, at most [`MAX_BEFORE_UNITS`] of them before its anchor.
    pub(super) fn add_triple(&mut self, units: &[u16], anchor: usize, keyword: u32) {
        let pair = hash::pair(units[anchor], units[anchor + 1]);
        let third = units[anchor + 2];
        #[allow(
            clippy::cast_possible_truncation,
            reason = "`anchor` is at most `MAX_BEFORE_UNITS`; lengths and the sum of them are checked \
                      by who builds the scanner (`super::check`)"
        )]
        let (before, length, text) = (anchor as u16, units.len() as u16, self.texts.len() as u32);
        let exact = units.len() == 3;
        if !exact {
            self.texts.push(length);
            self.texts.extend_from_slice(units);
        }
        let mut at = self.triple_slot(pair, third);
        while self.triples[at].keyword != NONE {
            at = (at + 1) & (self.triples.len() - 1);
        }
        self.triples[at] = Triple {
            pair,
            third,
            before: before | if exact { EXACT } else { 0 },
            keyword,
            text,
        };
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(self.singles.as_slice())
            + size_of_val(self.pairs.as_slice())
            + size_of_val(self.triples.as_slice())
            + size_of_val(self.texts.as_slice())
    }

    /// Its tables, for [`super::stored`].
    pub(super) fn write(&self, to: &mut Writer) {
        to.table(&self.singles, |&(unit, keyword)| {
            join::<6, 2>([&unit.to_le_bytes(), &keyword.to_le_bytes()])
        });
        to.table(&self.pairs, |of| {
            join::<8, 2>([&of.pair.to_le_bytes(), &of.keyword.to_le_bytes()])
        });
        to.table(&self.triples, |of| {
            join::<16, 5>([
                &of.pair.to_le_bytes(),
                &of.third.to_le_bytes(),
                &of.before.to_le_bytes(),
                &of.keyword.to_le_bytes(),
                &of.text.to_le_bytes(),
            ])
        });
        to.table(&self.texts, |unit| unit.to_le_bytes());
    }

    /// The same back; none where a step through them could go astray.
    pub(super) fn read(from: &mut Reader<'_>, keywords: usize) -> Option<Self> {
        let singles = from.table(|[a, b, c, d, e, f]| {
            (u16::from_le_bytes([a, b]), u32::from_le_bytes([c, d, e, f]))
        })?;
        let word = |of: &[u8; 16], at: usize| {
            u32::from_le_bytes([of[at], of[at + 1], of[at + 2], of[at + 3]])
        };
        let pairs = from.table(|[a, b, c, d, e, f, g, h]| Pair {
            pair: u32::from_le_bytes([a, b, c, d]),
            keyword: u32::from_le_bytes([e, f, g, h]),
        })?;
        let triples = from.table(|of: [u8; 16]| Triple {
            pair: word(&of, 0),
            third: u16::from_le_bytes([of[4], of[5]]),
            before: u16::from_le_bytes([of[6], of[7]]),
            keyword: word(&of, 8),
            text: word(&of, 12),
        })?;
        let slots = Self {
            singles,
            pairs_shift: shift(&pairs)?,
            pairs,
            triples_shift: shift(&triples)?,
            triples,
            texts: from.table(u16::from_le_bytes)?,
        };
        slots.sound(keywords).then_some(slots)
    }

    /// Whether every search ends, every text lies in the table of texts, and every anchor in its text.
    fn sound(&self, keywords: usize) -> bool {
        let known = |keyword: u32| (keyword as usize) < keywords;
        let text = |of: &Triple| {
            if of.before & EXACT != 0 {
                return true;
            }
            let at = of.text as usize;
            let length = self.texts.get(at).map_or(0, |&length| usize::from(length));
            length > 3
                && usize::from(of.before) + 3 <= length
                && at + 1 + length <= self.texts.len()
        };
        self.singles.iter().all(|&(_, keyword)| known(keyword))
            && self.pairs.iter().any(|of| of.keyword == NONE)
            && self
                .pairs
                .iter()
                .all(|of| of.keyword == NONE || known(of.keyword))
            && self.triples.iter().any(|of| of.keyword == NONE)
            && self
                .triples
                .iter()
                .all(|of| of.keyword == NONE || known(of.keyword) && text(of))
    }

    /// The keywords that are the unit at `at`.
    pub(super) fn single(&self, units: &[u16], at: usize, found: &mut impl FnMut(Verified)) {
        let unit = units[at];
        let first = self.singles.partition_point(|&(known, _)| known < unit);
        let same = self.singles[first..]
            .iter()
            .take_while(|&&(known, _)| known == unit);
        for &(_, keyword) in same {
            found(Verified {
                keyword,
                start: at,
                end: at + 1,
            });
        }
    }

    /// The keywords of two units that begin at one of these places, which are in order.
    pub(super) fn pairs(&self, units: &[u16], places: &[usize], found: &mut impl FnMut(Verified)) {
        for batch in within(places, 2, units).chunks(BATCH) {
            let mut asked = [(0, 0, NO_PAIR); BATCH];
            for (asked, &at) in asked.iter_mut().zip(batch) {
                let pair = hash::pair(units[at], units[at + 1]);
                let slot = (hash::of_pair(pair) >> self.pairs_shift) as usize;
                *asked = (pair, slot, self.pairs[slot]);
            }
            for (&(pair, mut slot, mut known), &start) in asked.iter().zip(batch) {
                while known.keyword != NONE {
                    if known.pair == pair {
                        found(Verified {
                            keyword: known.keyword,
                            start,
                            end: start + 2,
                        });
                    }
                    slot = (slot + 1) & (self.pairs.len() - 1);
                    known = self.pairs[slot];
                }
            }
        }
    }

    /// Has the slot brought near of the anchor that the first three of `units` may be. In a large table
    /// it comes from afar; until all of a text's candidates are known it has the time.
    #[cfg_attr(
        not(target_arch = "x86_64"),
        allow(unused_variables, reason = "no prefetch there")
    )]
    pub(super) fn prefetch_triple(&self, units: &[u16]) {
        #[cfg(target_arch = "x86_64")]
        if let [first, second, third, ..] = *units {
            vector::prefetch(&self.triples[self.triple_slot(hash::pair(first, second), third)]);
        }
    }

    /// Where the search for an anchor begins.
    fn triple_slot(&self, pair: u32, third: u16) -> usize {
        (hash::of_triple(hash::place(pair), third) >> self.triples_shift) as usize
    }

    /// The longer keywords whose anchor begins at one of these places, which are in order.
    pub(super) fn triples(
        &self,
        units: &[u16],
        places: &[usize],
        found: &mut impl FnMut(Verified),
    ) {
        for batch in within(places, 3, units).chunks(BATCH) {
            let mut asked = [(0, 0, NO_TRIPLE); BATCH];
            for (asked, &at) in asked.iter_mut().zip(batch) {
                let pair = hash::pair(units[at], units[at + 1]);
                let slot = self.triple_slot(pair, units[at + 2]);
                *asked = (pair, slot, self.triples[slot]);
            }
            for (&(pair, mut slot, mut known), &at) in asked.iter().zip(batch) {
                while known.keyword != NONE {
                    if known.pair == pair
                        && known.third == units[at + 2]
                        && let Some((start, end)) = self.stands(&known, units, at)
                    {
                        found(Verified {
                            keyword: known.keyword,
                            start,
                            end,
                        });
                    }
                    slot = (slot + 1) & (self.triples.len() - 1);
                    known = self.triples[slot];
                }
            }
        }
    }

    /// Where the whole keyword stands, if it does.
    fn stands(&self, known: &Triple, units: &[u16], at: usize) -> Option<(usize, usize)> {
        if known.before & EXACT != 0 {
            return Some((at, at + 3));
        }
        let text = known.text as usize;
        let length = usize::from(self.texts[text]);
        let start = at.checked_sub(usize::from(known.before))?;
        let end = start + length;
        let stands = units.get(start..end)? == &self.texts[text + 1..text + 1 + length];
        stands.then_some((start, end))
    }

    /// The slots a filter's candidates lead to, added to it.
    pub(super) fn fill(&self, filter: &mut Filter) {
        for &(unit, _) in &self.singles {
            filter.add_single(unit);
        }
        for pair in self.pairs.iter().filter(|pair| pair.keyword != NONE) {
            filter.add_pair(pair.pair);
        }
        for triple in self.triples.iter().filter(|one| one.keyword != NONE) {
            filter.add_triple(triple.pair, triple.third);
        }
    }
}

/// Of places in order, those with so many units of the text from them on.
fn within<'a>(places: &'a [usize], count: usize, units: &[u16]) -> &'a [usize] {
    &places[..places.partition_point(|at| at + count <= units.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Slots {
        /// Whether each table has entries, and each field one that is not nought.
        pub(in super::super) fn is_varied(&self) -> bool {
            let triples = || self.triples.iter().filter(|of| of.keyword != NONE);
            self.singles.iter().any(|&(_, keyword)| keyword != NONE)
                && self
                    .pairs
                    .iter()
                    .any(|of| of.keyword != NONE && of.keyword > 0)
                && triples().any(|of| of.before & EXACT != 0)
                && triples().any(|of| of.before > 0 && of.before & EXACT == 0)
                && triples().any(|of| of.text > 0)
        }
    }

    /// One keyword of five units, found by the second to the fourth of them, changed.
    fn sound(change: impl FnOnce(&mut Triple, &mut Vec<u16>)) -> bool {
        let mut slots = Slots::for_entries(0, 1);
        slots.add_triple(&[1, 2, 3, 4, 5], 1, 0);
        let triple = slots.triples.iter_mut().find(|of| of.keyword == 0).unwrap();
        change(triple, &mut slots.texts);
        slots.sound(1)
    }

    #[test]
    fn what_would_lead_a_search_astray_is_unsound() {
        assert!(sound(|_, _| {}));
        assert!(sound(|triple, _| triple.before = 2));
        assert!(!sound(|triple, _| triple.before = 3), "beyond its end");
        assert!(!sound(|triple, _| triple.before = EXACT - 1));
        for length in [0, 3, 6, u16::MAX] {
            assert!(!sound(|_, texts| texts[0] = length), "length {length}");
        }
        assert!(!sound(|triple, _| triple.text = 1), "another place");
        assert!(!sound(|triple, _| triple.text = u32::MAX));
        assert!(!sound(|triple, _| triple.keyword = 1), "no such keyword");
        assert!(!sound(|_, texts| texts.clear()));
    }
}
