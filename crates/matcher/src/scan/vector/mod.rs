//! The only unsafe code of the crate: vector instructions for the three loops of the scan.
//!
//! Three functions, [`decode`], [`look_up`] and [`candidates`], of which AVX2 has its own; AVX-512 folds as
//! it decodes and looks nothing up, and NEON has no gathers, so that it decodes and leaves the rest to the
//! portable code. What has to hold for them to be sound, and why it does:
//!
//! 1. **The processor has the instructions.** Each function of a set is reached through an
//!    [`InstructionSet`] alone, and a value of that can only be had by asking the processor.
//! 2. **Reads of the text stay inside it.** The kernels read through raw pointers only while
//!    `at + READ_BYTES <= text.len()`; what is left over is copied into a buffer of its own that is
//!    longer by that much. AVX-512 takes it where it lies, by loads whose mask leaves out what is
//!    behind the text.
//! 3. **Writes of units stay inside the buffer.** A character of `n` bytes gives at most `n` units,
//!    so what was written never exceeds the bytes taken; each store writes at most
//!    `PADDING_UNITS` from there, and [`decode`] asserts that the buffer is longer than the text by
//!    that much.
//! 4. **Gathers stay inside their tables.** The folding table has an entry for each value of a unit
//!    and one more, since 32 bits are read at each; the filter's index is a hash shifted right
//!    until it is below the number of words, which [`candidates`] asserts.
//! 5. **Reads of units stay inside the buffer**: [`look_up`] and [`candidates`] assert that it is
//!    longer than the text's units by `PADDING_UNITS`, more than the widest vector (32) and two.
//! 6. **A prefetch is of a reference**, and changes nothing that a program can see.
//!
//! Everything else (text with four-byte characters, entries of the table that are marks but for those
//! that AVX-512 presses out, the verification of candidates) is safe code.
#![allow(unsafe_code, reason = "see the obligations above")]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod compress;
#[cfg(target_arch = "aarch64")]
mod neon;

use super::filter::{Candidates, Filter};
use super::instructions::{InstructionSet, Kind};
use super::slots::Slots;
use super::units::{BLOCK_BYTES, Block, PADDING_UNITS, fold_into};
use crate::fold::FoldUnits;

/// Bytes that AVX2 and NEON may read from the beginning of a block: itself, and what the widest load at
/// its last place reaches beyond.
const READ_BYTES: usize = BLOCK_BYTES + 16;

/// Decodes `text` into the beginning of `buffer`, notes in `blocks` what is known of each block, and
/// returns how many units there are. What folds, or takes two units, may or may not be folded yet.
pub(super) fn decode(
    set: InstructionSet,
    text: &str,
    table: &FoldUnits,
    buffer: &mut [u16],
    blocks: &mut Vec<Block>,
) -> usize {
    assert!(buffer.len() >= text.len() + PADDING_UNITS);
    #[cfg(target_arch = "x86_64")]
    if set.0 == Kind::Avx512 {
        return decode_and_fold(text, table, buffer, blocks);
    }
    let bytes = text.as_bytes();
    let mut written = 0;
    let mut at = 0;
    while at + READ_BYTES <= bytes.len() {
        let block = &bytes[at..at + READ_BYTES];
        let before = written;
        let plain;
        (written, plain) = decode_any(
            (set, table),
            (text, at),
            block,
            BLOCK_BYTES,
            buffer,
            written,
        );
        blocks.push(Block { before, plain });
        at += BLOCK_BYTES;
    }
    // A continuation byte begins no character, so what lies behind the text gives no unit.
    let mut padded = [0x80; BLOCK_BYTES + READ_BYTES];
    let rest = &bytes[at..];
    padded[..rest.len()].copy_from_slice(rest);
    for taken in (0..rest.len()).step_by(BLOCK_BYTES) {
        let block = &padded[taken..taken + READ_BYTES];
        let left = (rest.len() - taken).min(BLOCK_BYTES);
        let place = (text, at + taken);
        let before = written;
        let plain;
        (written, plain) = decode_any((set, table), place, block, left, buffer, written);
        blocks.push(Block { before, plain });
    }
    written
}

/// The same with AVX-512, which folds everything at once: block after block by vectors, but for those in
/// which a character takes two units.
#[cfg(target_arch = "x86_64")]
fn decode_and_fold(
    text: &str,
    table: &FoldUnits,
    buffer: &mut [u16],
    blocks: &mut Vec<Block>,
) -> usize {
    let (mut at, mut written) = (0, 0);
    loop {
        // SAFETY: the processor has the instructions (1); the buffer is longer than the text by what a
        // block may write behind its end (3), as `decode` has asserted.
        (at, written) =
            unsafe { avx512::decode(text.as_bytes(), at, table, (buffer, written), blocks) };
        if at >= text.len() {
            return written;
        }
        let from = text.ceil_char_boundary(at);
        let to = text.ceil_char_boundary(at + BLOCK_BYTES);
        let before = written;
        let plain;
        (written, plain) = fold_into(&text[from..to], table, buffer, written);
        blocks.push(Block { before, plain });
        at += BLOCK_BYTES;
    }
}

/// Decodes the characters that begin in the first `length` bytes of `block`, which lies at a place
/// of a text; with safe code where one of them takes two units. Also tells whether each gave one unit,
/// marks not looked at.
fn decode_any(
    (set, table): (InstructionSet, &FoldUnits),
    (text, at): (&str, usize),
    block: &[u8],
    length: usize,
    buffer: &mut [u16],
    written: usize,
) -> (usize, bool) {
    if has_four_bytes(&block[..BLOCK_BYTES]) {
        let from = text.ceil_char_boundary(at);
        let to = text.ceil_char_boundary(at + BLOCK_BYTES);
        return fold_into(&text[from..to], table, buffer, written);
    }
    assert!(block.len() >= READ_BYTES && length <= BLOCK_BYTES);
    assert!(buffer.len() >= written + PADDING_UNITS);
    let written = match set.0 {
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512 => unreachable!("it has decoded all in `decode_and_fold`"),
        // SAFETY: the processor has the instructions (1); the block and the buffer are long enough for
        // every read and write of a block (2, 3), as just asserted.
        #[cfg(target_arch = "x86_64")]
        Kind::Avx2 => unsafe { avx2::decode_block(block, length, buffer, written) },
        // SAFETY: the same.
        #[cfg(target_arch = "aarch64")]
        Kind::Neon => unsafe { neon::decode_block(block, length, buffer, written) },
        Kind::Portable => written,
    };
    (written, true)
}

/// Whether a character of four bytes begins here: a byte whose four high bits are set. Eight bytes at
/// a time, of which the compiler makes vectors.
fn has_four_bytes(block: &[u8]) -> bool {
    let (words, _) = block.as_chunks::<8>();
    let four_bits = |word: u64| word & word << 1 & word << 2 & word << 3;
    let any = words
        .iter()
        .fold(0, |any, &word| any | four_bits(u64::from_le_bytes(word)));
    any & 0x8080_8080_8080_8080 != 0
}

/// Replaces the first `len` units by their entries in the table, up to one that is a mark or a
/// little before it, and returns how many were replaced.
pub(super) fn look_up(
    set: InstructionSet,
    (buffer, len): (&mut [u16], usize),
    table: &FoldUnits,
) -> usize {
    assert!(buffer.len() >= len + PADDING_UNITS);
    match set.0 {
        // SAFETY: (1), and (4, 5) as just asserted.
        #[cfg(target_arch = "x86_64")]
        Kind::Avx2 => unsafe { avx2::look_up(buffer, len, table) },
        // It has folded what it decoded.
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512 => len,
        // NEON has no gather: the units are folded one by one.
        _ => {
            let _ = table;
            0
        }
    }
}

/// Appends to `found` the places among the first `len` units of `buffer` that the filter lets
/// through, and has the memory of their slots brought near.
pub(super) fn candidates(
    set: InstructionSet,
    (buffer, len): (&[u16], usize),
    (filter, slots): (&Filter, &Slots),
    found: &mut Candidates,
) {
    let (words, shift) = filter.words();
    assert!(buffer.len() >= len + PADDING_UNITS);
    assert!(shift < u32::BITS && words.len() > (u32::MAX >> shift) as usize);
    match set.0 {
        // SAFETY: (1), and (4, 5) as just asserted.
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512 => unsafe { avx512::candidates(buffer, len, (words, shift), (slots, found)) },
        // SAFETY: the same.
        #[cfg(target_arch = "x86_64")]
        Kind::Avx2 => unsafe { avx2::candidates(buffer, len, (words, shift), (slots, found)) },
        #[cfg(target_arch = "aarch64")]
        Kind::Neon => super::portable::candidates(&buffer[..len + 1], (filter, slots), found),
        Kind::Portable => {}
    }
}

/// Tells what the filter lets through of some places of `buffer` from `at` on, of which one of each kind
/// has a bit.
#[cfg(target_arch = "x86_64")]
fn tell(
    buffer: &[u16],
    at: usize,
    [pairs, triples]: [usize; 2],
    (slots, found): (&Slots, &mut Candidates),
) {
    for_each_set_bit(pairs, |lane| found.pairs.push(at + lane));
    for_each_set_bit(triples, |lane| {
        slots.prefetch_triple(&buffer[at + lane..]);
        found.triples.push(at + lane);
    });
}

/// The places of the bits that are set.
#[cfg(target_arch = "x86_64")]
fn for_each_set_bit(mut bits: usize, mut place: impl FnMut(usize)) {
    while bits != 0 {
        place(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

/// Has the memory of something brought near that will soon be read, where the language has a way to ask
/// for it.
pub(crate) fn prefetch<T>(one: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every processor of this kind has the instruction (6).
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(one).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = one;
}
