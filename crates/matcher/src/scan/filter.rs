//! The filter: one word of 32 bits asked at each pair of neighbouring units.
//!
//! The word's place comes from the pair. It is asked twice at once: whether it has the three bits
//! of the pair, as it has where a keyword of two units is this pair, and whether it has the three
//! bits of the pair *and the unit behind it*, as it has where this is the anchor of a longer
//! keyword. The two filters of the design, pair and context, are one load.

use super::hash;
use super::stored::{Reader, Writer};

/// Words of the smallest and largest filter, as powers of two: 4 KiB to 16 MiB.
const LEAST_BITS: u32 = 10;
/// See [`LEAST_BITS`].
const MOST_BITS: u32 = 22;

/// Which single units are keywords, and which pairs and triples may be.
pub(super) struct Filter {
    words: Vec<u32>,
    /// By how much a hash is shifted to give a place.
    shift: u32,
    /// A bit for each unit of the plane; empty where no keyword has one unit.
    singles: Vec<u32>,
}

/// The places of a text that the filter lets through, in order; some may lie behind its end.
#[derive(Default)]
pub(super) struct Candidates {
    /// Where a keyword of two units may begin.
    pub(super) pairs: Vec<usize>,
    /// Where the anchor of a longer keyword may begin.
    pub(super) triples: Vec<usize>,
}

impl Candidates {
    pub(super) fn clear(&mut self) {
        self.pairs.clear();
        self.triples.clear();
    }
}

impl Filter {
    /// A filter for so many pairs and triples, empty: a word and a third for each, so that about
    /// one bit in fifteen is set.
    pub(super) fn for_entries(entries: usize) -> Self {
        let bits = entries.saturating_add(entries / 3).max(2).ilog2() + 1;
        let bits = bits.clamp(LEAST_BITS, MOST_BITS);
        Self {
            words: vec![0; 1 << bits],
            shift: u32::BITS - bits,
            singles: Vec::new(),
        }
    }

    pub(super) fn add_single(&mut self, unit: u16) {
        if self.singles.is_empty() {
            self.singles = vec![0; 0x1_0000 / 32];
        }
        self.singles[usize::from(unit >> 5)] |= 1 << (unit & 31);
    }

    pub(super) fn add_pair(&mut self, pair: u32) {
        let hash = hash::place(pair);
        self.words[(hash >> self.shift) as usize] |= hash::mask_of_pair(hash);
    }

    pub(super) fn add_triple(&mut self, pair: u32, third: u16) {
        let hash = hash::place(pair);
        let mask = hash::mask_of_triple(hash::of_triple(hash, third));
        self.words[(hash >> self.shift) as usize] |= mask;
    }

    /// The words, a power of two of them, and the shift: a hash shifted by it is a place in them.
    pub(super) fn words(&self) -> (&[u32], u32) {
        (&self.words, self.shift)
    }

    /// The bitmap of single units, empty where there are none.
    pub(super) fn singles(&self) -> &[u32] {
        &self.singles
    }

    pub(super) fn has_single(&self, unit: u16) -> bool {
        self.singles
            .get(usize::from(unit >> 5))
            .is_some_and(|word| word >> (unit & 31) & 1 == 1)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        (self.words.len() + self.singles.len()) * size_of::<u32>()
    }

    /// Its words and bitmap, for [`super::stored`].
    pub(super) fn write(&self, to: &mut Writer) {
        to.table(&self.words, |word| word.to_le_bytes());
        to.table(&self.singles, |word| word.to_le_bytes());
    }

    /// The same back; none where it is no filter.
    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let words = from.table(u32::from_le_bytes)?;
        let singles = from.table(u32::from_le_bytes)?;
        let bits = words.len().checked_ilog2()?;
        let sound = words.len().is_power_of_two()
            && (LEAST_BITS..=MOST_BITS).contains(&bits)
            && (singles.is_empty() || singles.len() == 0x1_0000 / 32);
        sound.then_some(Self {
            words,
            shift: u32::BITS - bits,
            singles,
        })
    }

    /// Whether a pair may be a keyword, and whether it may be an anchor with the unit behind it.
    pub(super) fn asks(&self, pair: u32, third: u16) -> [bool; 2] {
        let hash = hash::place(pair);
        let word = self.words[(hash >> self.shift) as usize];
        let two = hash::mask_of_pair(hash);
        let three = hash::mask_of_triple(hash::of_triple(hash, third));
        [two, three].map(|mask| word & mask == mask)
    }
}
