//! The only unsafe code of the crate: vector instructions for the two loops of the scan.
//!
//! Two functions, [`fold`] and [`candidates`], each once for every instruction set. What has to
//! hold for them to be sound, and why it does:
//!
//! 1. **The processor has the instructions.** Each function of a set is reached through an
//!    [`InstructionSet`] alone, and a value of that can only be had by asking the processor.
//! 2. **Reads of the text stay inside it.** The kernels read through raw pointers only while
//!    `at + READ_BYTES <= text.len()`; what is left over is copied into a buffer of its own that is
//!    longer by that much.
//! 3. **Writes of units stay inside the buffer.** A character of `n` bytes gives at most `n` units,
//!    so what was written never exceeds the bytes taken; each store writes at most
//!    `PADDING_UNITS` from there, and [`fold`] asserts that the buffer is longer than the text by
//!    that much.
//! 4. **Gathers stay inside their tables.** The folding table has an entry for each value of a unit
//!    and one more, since 32 bits are read at each; the filter's index is a hash shifted right
//!    until it is below the number of words, which [`candidates`] asserts; the bitmap of single
//!    units has a bit for each value, asserted too.
//! 5. **Reads of units stay inside the buffer**: [`candidates`] asserts that it is longer than the
//!    text's units by `PADDING_UNITS`, more than the widest vector and two.
//!
//! Everything else (text with four-byte characters, entries of the table that are marks, the
//! verification of candidates) is safe code.
#![allow(unsafe_code, reason = "see the obligations above")]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod compress;
#[cfg(target_arch = "aarch64")]
mod neon;

use super::filter::Filter;
use super::instructions::{InstructionSet, Kind};
use super::units::{BLOCK_BYTES, PADDING_UNITS, fold_into};
use crate::fold::{FoldUnits, SKIP, is_special};

/// Bytes that may be read from the beginning of a block: itself, and what the widest load at its
/// last place reaches beyond.
const READ_BYTES: usize = BLOCK_BYTES + 16;

/// Folds `text` into the beginning of `buffer`, notes in `before` the units before each block,
/// and returns how many units there are.
pub(super) fn fold(
    set: InstructionSet,
    text: &str,
    table: &FoldUnits,
    buffer: &mut [u16],
    before: &mut Vec<usize>,
) -> usize {
    assert!(buffer.len() >= text.len() + PADDING_UNITS);
    let bytes = text.as_bytes();
    let mut written = 0;
    let mut at = 0;
    while at + READ_BYTES <= bytes.len() {
        before.push(written);
        let block = &bytes[at..at + READ_BYTES];
        written = if has_four_bytes(&block[..BLOCK_BYTES]) {
            let from = text.ceil_char_boundary(at);
            let to = text.ceil_char_boundary(at + BLOCK_BYTES);
            fold_into(&text[from..to], table, buffer, written)
        } else {
            fold_block(set, block, BLOCK_BYTES, table, buffer, written)
        };
        at += BLOCK_BYTES;
    }
    if at < bytes.len() {
        written = fold_rest(set, (text, at), table, buffer, before, written);
    }
    written
}

/// The last bytes of a text, from `at`, which is a multiple of [`BLOCK_BYTES`]: fewer than
/// [`READ_BYTES`].
fn fold_rest(
    set: InstructionSet,
    (text, mut at): (&str, usize),
    table: &FoldUnits,
    buffer: &mut [u16],
    before: &mut Vec<usize>,
    mut written: usize,
) -> usize {
    let rest = &text.as_bytes()[at..];
    // A continuation byte begins no character, so what lies behind the text gives no unit.
    let mut padded = [0x80; BLOCK_BYTES + READ_BYTES];
    padded[..rest.len()].copy_from_slice(rest);
    let mut taken = 0;
    while taken < rest.len() {
        before.push(written);
        let block = &padded[taken..taken + READ_BYTES];
        let left = (rest.len() - taken).min(BLOCK_BYTES);
        written = if has_four_bytes(&block[..BLOCK_BYTES]) {
            let from = text.ceil_char_boundary(at);
            let to = text.ceil_char_boundary(at + BLOCK_BYTES);
            fold_into(&text[from..to], table, buffer, written)
        } else {
            fold_block(set, block, left, table, buffer, written)
        };
        taken += BLOCK_BYTES;
        at += BLOCK_BYTES;
    }
    written
}

/// Whether a character of four bytes begins here. Plain code: the compiler makes vectors of it.
fn has_four_bytes(block: &[u8]) -> bool {
    block.iter().fold(0, |most, &byte| most.max(byte)) >= 0xF0
}

/// Folds the characters that begin in the first `length` bytes of `block`, none of four bytes.
fn fold_block(
    set: InstructionSet,
    block: &[u8],
    length: usize,
    table: &FoldUnits,
    buffer: &mut [u16],
    written: usize,
) -> usize {
    assert!(block.len() >= READ_BYTES && length <= BLOCK_BYTES);
    assert!(buffer.len() >= written + PADDING_UNITS);
    // SAFETY: the processor has the instructions (1); the block and the buffer are long enough for
    // every read and write of a block (2, 3), as just asserted.
    unsafe {
        match set.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => avx512::fold_block(block, length, table, buffer, written),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => avx2::fold_block(block, length, table, buffer, written),
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => neon::fold_block(block, length, table, buffer, written),
            Kind::Portable => written,
        }
    }
}

/// Units one by one: those with marks among them, and all where there is no gather.
fn fold_slowly(raw: &[u16], table: &FoldUnits, buffer: &mut [u16], mut written: usize) -> usize {
    for &unit in raw {
        let entry = table.of(unit);
        if entry == SKIP {
            continue;
        }
        if !is_special(entry) {
            buffer[written] = entry;
            written += 1;
        } else if let Some(c) = char::from_u32(u32::from(unit)) {
            // Two units of one that took three bytes: still no more units than bytes.
            table.fold(c, |unit| {
                buffer[written] = unit;
                written += 1;
            });
        }
    }
    written
}

/// Appends to `found` the places among the first `len` units of `buffer` that the filter lets
/// through, shifted by [`super::filter::KIND_BITS`], with what they may be.
pub(super) fn candidates(
    set: InstructionSet,
    (buffer, len): (&[u16], usize),
    filter: &Filter,
    found: &mut Vec<usize>,
) {
    let (words, shift) = filter.words();
    assert!(buffer.len() >= len + PADDING_UNITS);
    assert!(shift < u32::BITS && words.len() > (u32::MAX >> shift) as usize);
    // SAFETY: (1), and (4, 5) as just asserted.
    unsafe {
        match set.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => avx512::candidates(buffer, len, (words, shift), found),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => avx2::candidates(buffer, len, (words, shift), found),
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => super::portable::candidates(&buffer[..len + 1], filter, found),
            Kind::Portable => {}
        }
    }
}
