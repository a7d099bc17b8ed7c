//! A text as the scan sees it: folded units, and the way back to its bytes.

use std::ops::Range;

use super::instructions::{InstructionSet, Kind};
use super::vector;
use crate::fold::{FoldUnits, is_special};

/// Bytes of text after each of which it is noted how many units came before.
pub(super) const BLOCK_BYTES: usize = 64;
/// Units that may be written or read, as rubbish, behind the last: those of a whole block, or the widest
/// vector and what stands two units behind its first half.
pub(super) const PADDING_UNITS: usize = 80;

/// The memory into which texts are folded, one after another.
#[derive(Default)]
pub(super) struct Units {
    /// The units of the text, then rubbish; longer than any text so far by the padding.
    pub(super) buffer: Vec<u16>,
    /// Units of the text.
    pub(super) len: usize,
    /// The text in pieces of [`BLOCK_BYTES`].
    blocks: Vec<Block>,
    /// Memory for units that are folded one by one.
    spare: Vec<u16>,
    places: Places,
}

/// What is known of a piece of text.
#[derive(Clone, Copy)]
pub(super) struct Block {
    /// Units of the characters that begin before it.
    pub(super) before: usize,
    /// Whether each character that begins in it gives one unit.
    pub(super) plain: bool,
}

impl Units {
    /// Folds a text.
    pub(super) fn refill(&mut self, text: &str, set: InstructionSet) {
        let room = text.len() + PADDING_UNITS;
        if self.buffer.len() < room {
            self.buffer.resize(room, 0);
        }
        self.blocks.clear();
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
            let end = rest.ceil_char_boundary((block + 1) * BLOCK_BYTES - taken);
            let (now, later) = rest.split_at(end);
            let before = written;
            let plain;
            (written, plain) = fold_into(now, table, &mut self.buffer, written);
            self.blocks.push(Block { before, plain });
            rest = later;
            taken += end;
        }
        written
    }

    /// First everything is decoded, then everything looked up: the units just written could not be
    /// read again at once by wider loads. AVX-512 folds what it decodes before it is written.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    fn fold_by_vectors(&mut self, text: &str, table: &FoldUnits, set: InstructionSet) -> usize {
        let len = vector::decode(set, text, table, &mut self.buffer, &mut self.blocks);
        let folded = vector::look_up(set, (&mut self.buffer, len), table);
        if folded == len {
            return len;
        }
        // A mark: what is left is folded unit by unit, from a copy, since one may become two.
        self.spare.clear();
        self.spare.extend_from_slice(&self.buffer[folded..len]);
        let mut block = self.blocks.partition_point(|block| block.before < folded);
        let mut written = folded;
        for (at, &unit) in (folded..).zip(&self.spare) {
            while let Some(begun) = self.blocks.get_mut(block).filter(|next| next.before == at) {
                begun.before = written;
                block += 1;
            }
            let entry = table.of(unit);
            if !is_special(entry) {
                self.buffer[written] = entry;
                written += 1;
                continue;
            }
            self.blocks[block - 1].plain = false;
            if let Some(c) = char::from_u32(u32::from(unit)) {
                table.fold(c, |unit| {
                    self.buffer[written] = unit;
                    written += 1;
                });
            }
        }
        for block in &mut self.blocks[block..] {
            block.before = written;
        }
        written
    }

    /// The units.
    pub(super) fn as_slice(&self) -> &[u16] {
        &self.buffer[..self.len]
    }

    /// The bytes of `text`, which is what was folded, under the units `start..end` (at least one).
    pub(super) fn bytes(&mut self, text: &str, start: usize, end: usize) -> Range<usize> {
        let from = self.place(text, start);
        let last = self.place(text, end - 1);
        from..last + character_bytes(text.as_bytes()[last])
    }

    /// The first byte of the character that a unit comes from.
    fn place(&mut self, text: &str, unit: usize) -> usize {
        self.places.begin(self.len);
        if self.places.of_unit[unit] == UNREAD {
            self.read_block_of(text, unit);
        }
        self.places.of_unit[unit]
    }

    #[inline(never)]
    fn read_block_of(&mut self, text: &str, unit: usize) {
        let number = self.blocks.partition_point(|block| block.before <= unit) - 1;
        let block = self.blocks[number];
        if block.plain {
            self.places.read_plain(text, number, block.before);
        } else {
            self.places.read(text, number, block.before);
        }
    }
}

/// How many bytes the character has that begins with this one.
fn character_bytes(lead: u8) -> usize {
    [0xC0, 0xE0, 0xF0]
        .iter()
        .fold(1, |bytes, &least| bytes + usize::from(lead >= least))
}

/// Folds into a buffer from `written` on, and returns where it ends, and whether each character gave
/// one unit.
pub(super) fn fold_into(
    text: &str,
    table: &FoldUnits,
    buffer: &mut [u16],
    mut written: usize,
) -> (usize, bool) {
    let mut plain = true;
    for c in text.chars() {
        let before = written;
        table.fold(c, |unit| {
            buffer[written] = unit;
            written += 1;
        });
        plain &= written == before + 1;
    }
    (written, plain)
}

/// The place of a unit whose block was not read.
const UNREAD: usize = usize::MAX;

/// Where units come from. Most texts have no hit and are never asked for; of the others a block is read
/// when a hit is in it, and once, since where hits are many they lie across the borders of blocks.
#[derive(Default)]
struct Places {
    /// Whether the text at hand was asked for.
    begun: bool,
    /// The first byte of each unit's character.
    of_unit: Vec<usize>,
}

impl Places {
    fn begin(&mut self, units: usize) {
        if !self.begun {
            self.begun = true;
            self.of_unit.clear();
            self.of_unit.resize(units, UNREAD);
        }
    }

    /// Reads the block of this number, whose first unit is `unit`, where each character gives one.
    fn read_plain(&mut self, text: &str, number: usize, unit: usize) {
        let from = number * BLOCK_BYTES;
        let to = text.len().min(from + BLOCK_BYTES);
        // Noted at each byte, kept where a character begins: there is nothing to guess wrong.
        let mut starts = [0; BLOCK_BYTES + 1];
        let mut count = 0;
        for (at, byte) in (from..to).zip(&text.as_bytes()[from..to]) {
            starts[count] = at;
            count += usize::from(!matches!(byte, 0x80..=0xBF));
        }
        self.of_unit[unit..unit + count].copy_from_slice(&starts[..count]);
    }

    /// Reads the block of this number, whose first unit is `unit`.
    fn read(&mut self, text: &str, number: usize, mut unit: usize) {
        let from = text.ceil_char_boundary(number * BLOCK_BYTES);
        let to = text.ceil_char_boundary((number + 1) * BLOCK_BYTES);
        let table = FoldUnits::get();
        for (at, c) in text[from..to].char_indices() {
            table.fold(c, |_| {
                self.of_unit[unit] = from + at;
                unit += 1;
            });
        }
    }
}
