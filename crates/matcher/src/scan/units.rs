//! A text as the scan sees it: folded units, and the way back to its bytes.

use std::ops::Range;

use super::instructions::{InstructionSet, Kind};
use super::vector;
use crate::fold::{FoldUnits, is_special};

/// Bytes of text after each of which it is noted how many units came before.
pub(super) const BLOCK_BYTES: usize = 64;
/// Units that may be written or read, as rubbish, behind the last: those of a whole block and the
/// widest vector behind it.
pub(super) const PADDING_UNITS: usize = 80;

/// The memory into which texts are folded, one after another.
#[derive(Default)]
pub(super) struct Units {
    /// The units of the text, then rubbish; longer than any text so far by the padding.
    pub(super) buffer: Vec<u16>,
    /// Units of the text.
    pub(super) len: usize,
    /// How many units come from characters that begin before each multiple of [`BLOCK_BYTES`].
    before: Vec<usize>,
    /// Memory for units that are folded one by one.
    spare: Vec<u16>,
    places: Places,
}

impl Units {
    /// Folds a text.
    pub(super) fn refill(&mut self, text: &str, set: InstructionSet) {
        let room = text.len() + PADDING_UNITS;
        if self.buffer.len() < room {
            self.buffer.resize(room, 0);
        }
        self.before.clear();
        self.places.begun = false;
        let table = FoldUnits::get();
        self.len = match set.0 {
            Kind::Portable => self.fold_portably(text, table),
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            _ => self.fold_by_vectors(text, table, set),
        };
        self.buffer[self.len..self.len + PADDING_UNITS].fill(0);
    }

    fn fold_portably(&mut self, text: &str, table: &FoldUnits) -> usize {
        let mut written = 0;
        let mut rest = text;
        let mut taken = 0;
        for block in 0..text.len().div_ceil(BLOCK_BYTES) {
            self.before.push(written);
            let end = rest.ceil_char_boundary((block + 1) * BLOCK_BYTES - taken);
            let (now, later) = rest.split_at(end);
            written = fold_into(now, table, &mut self.buffer, written);
            rest = later;
            taken += end;
        }
        written
    }

    /// First everything is decoded, then everything looked up: the units just written could not be
    /// read again at once by wider loads.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    fn fold_by_vectors(&mut self, text: &str, table: &FoldUnits, set: InstructionSet) -> usize {
        let len = vector::decode(set, text, table, &mut self.buffer, &mut self.before);
        let folded = vector::look_up(set, (&mut self.buffer, len), table);
        if folded == len {
            return len;
        }
        // A mark: what is left is folded unit by unit, from a copy, since one may become two.
        self.spare.clear();
        self.spare.extend_from_slice(&self.buffer[folded..len]);
        let mut block = self.before.partition_point(|&before| before < folded);
        let mut written = folded;
        for (at, &unit) in (folded..).zip(&self.spare) {
            while self.before.get(block).is_some_and(|&before| before == at) {
                self.before[block] = written;
                block += 1;
            }
            let entry = table.of(unit);
            if !is_special(entry) {
                self.buffer[written] = entry;
                written += 1;
            } else if let Some(c) = char::from_u32(u32::from(unit)) {
                table.fold(c, |unit| {
                    self.buffer[written] = unit;
                    written += 1;
                });
            }
        }
        for before in &mut self.before[block..] {
            *before = written;
        }
        written
    }

    /// The units.
    pub(super) fn as_slice(&self) -> &[u16] {
        &self.buffer[..self.len]
    }

    /// The bytes of `text`, which is what was folded, under the units `start..end` (at least one).
    pub(super) fn bytes(&mut self, text: &str, start: usize, end: usize) -> Range<usize> {
        let from = self.place(text, start).0;
        from..self.place(text, end - 1).1
    }

    /// First and one past the last byte of the character that a unit comes from.
    fn place(&mut self, text: &str, unit: usize) -> (usize, usize) {
        self.places.begin(self.len);
        if self.places.of_unit[unit] == UNREAD {
            let block = self.before.partition_point(|&before| before <= unit) - 1;
            self.places.read(text, block, self.before[block]);
        }
        self.places.of_unit[unit]
    }
}

/// Folds into a buffer from `written` on, and returns where it ends.
pub(super) fn fold_into(
    text: &str,
    table: &FoldUnits,
    buffer: &mut [u16],
    mut written: usize,
) -> usize {
    for c in text.chars() {
        table.fold(c, |unit| {
            buffer[written] = unit;
            written += 1;
        });
    }
    written
}

/// The place of a unit whose block was not read: no character ends at nought.
const UNREAD: (usize, usize) = (0, 0);

/// Where units come from. Most texts have no hit and are never asked for; of the others a block is read
/// when a hit is in it, and once, since where hits are many they lie across the borders of blocks.
#[derive(Default)]
struct Places {
    /// Whether the text at hand was asked for.
    begun: bool,
    of_unit: Vec<(usize, usize)>,
}

impl Places {
    fn begin(&mut self, units: usize) {
        if !self.begun {
            self.begun = true;
            self.of_unit.clear();
            self.of_unit.resize(units, UNREAD);
        }
    }

    /// Reads a block, whose first unit is `unit`.
    fn read(&mut self, text: &str, block: usize, mut unit: usize) {
        let from = text.ceil_char_boundary(block * BLOCK_BYTES);
        let to = text.ceil_char_boundary((block + 1) * BLOCK_BYTES);
        let table = FoldUnits::get();
        for (at, c) in text[from..to].char_indices() {
            let start = from + at;
            table.fold(c, |_| {
                self.of_unit[unit] = (start, start + c.len_utf8());
                unit += 1;
            });
        }
    }
}
