//! The fast engine: filter, candidates, verification.

use super::filter::{Candidates, Filter};
use super::instructions::{InstructionSet, Kind};
use super::rarity::Rarity;
use super::slots::{MAX_BEFORE_UNITS, Slots, Verified};
use super::units::Units;
use super::{hash, portable, vector};
use crate::limits::MAX_KEYWORDS_PER_ANCHOR;

/// Finds keywords by their rarest parts.
pub(super) struct Filtered {
    pub(super) filter: Filter,
    pub(super) slots: Slots,
}

/// Too many keywords have no part of their own.
pub(super) struct Crowded;

impl Filtered {
    /// From folded keywords, none of them empty.
    pub(super) fn new(keywords: &[Box<[u16]>], rarity: &Rarity) -> Result<Self, Crowded> {
        let pairs = keywords.iter().filter(|units| units.len() == 2).count();
        let triples = keywords.iter().filter(|units| units.len() > 2).count();
        let mut slots = Slots::for_entries(pairs, triples);
        let mut anchors = Anchors::new(triples, rarity);
        for (number, units) in (0..).zip(keywords) {
            match **units {
                [] => {}
                [unit] => slots.add_single(unit, number),
                [first, second] => slots.add_pair(hash::pair(first, second), number),
                _ => slots.add_triple(units, anchors.choose(units)?, number),
            }
        }
        slots.sort_singles();
        let mut filter = Filter::for_entries(pairs + triples);
        slots.fill(&mut filter);
        Ok(Self { filter, slots })
    }

    /// Calls `found` with each keyword of the text and the units it stands over. `candidates` is
    /// memory.
    pub(super) fn scan(
        &self,
        units: &Units,
        set: InstructionSet,
        candidates: &mut Candidates,
        mut found: impl FnMut(Verified),
    ) {
        let text = units.as_slice();
        let tables = (&self.filter, &self.slots);
        if !self.filter.singles().is_empty() {
            for (at, &unit) in text.iter().enumerate() {
                if self.filter.has_single(unit) {
                    self.slots.single(text, at, &mut found);
                }
            }
        }
        candidates.clear();
        match set.0 {
            Kind::Portable => {
                // One unit of the padding, so that the last pair has one behind it.
                let padded = &units.buffer[..units.len + 1];
                portable::candidates(padded, tables, candidates);
            }
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            _ => vector::candidates(set, (&units.buffer, units.len), tables, candidates),
        }
        self.slots.pairs(text, &candidates.pairs, &mut found);
        self.slots.triples(text, &candidates.triples, &mut found);
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.filter.memory_bytes() + self.slots.memory_bytes()
    }
}

/// Chooses the three units at which a keyword is looked for.
struct Anchors<'r> {
    rarity: &'r Rarity,
    /// Keywords so far, by a hash of their anchor.
    taken: Vec<u16>,
}

impl<'r> Anchors<'r> {
    fn new(triples: usize, rarity: &'r Rarity) -> Self {
        let cells = (triples * 2).next_power_of_two().max(2);
        let taken = vec![0; cells];
        Self { rarity, taken }
    }

    /// The rarest of the keyword's triples, those of few other keywords preferred, of those that have
    /// room left: a rare stem of many keywords fills up, and the next one is found by another part.
    fn choose(&mut self, units: &[u16]) -> Result<usize, Crowded> {
        let mut best: Option<(f32, usize, usize)> = None;
        for (at, three) in units.windows(3).enumerate().take(MAX_BEFORE_UNITS) {
            let hash = hash::of_triple(hash::place(hash::pair(three[0], three[1])), three[2]);
            let cell = (hash >> (u32::BITS - self.taken.len().ilog2())) as usize;
            if self.taken[cell] >= MAX_KEYWORDS_PER_ANCHOR {
                continue;
            }
            let cost = self.rarity.triple(three[0], three[1], three[2])
                * (1.0 + f32::from(self.taken[cell]));
            if best.is_none_or(|(least, ..)| cost < least) {
                best = Some((cost, at, cell));
            }
        }
        let (_, at, cell) = best.ok_or(Crowded)?;
        self.taken[cell] += 1;
        Ok(at)
    }
}
