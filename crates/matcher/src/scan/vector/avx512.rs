//! AVX-512 with VBMI2: sixty-four bytes decoded and folded, sixteen pairs asked at a time.
//!
//! The characters that begin in a block are pressed together as bytes before anything is made of
//! them, so that no lane works for a continuation byte; and they are folded before they are written,
//! so that what the fold skips is pressed out too.

use std::arch::x86_64::{
    __m128i, __m512i, _mm_cvtsi32_si128, _mm256_loadu_si256, _mm512_add_epi32, _mm512_and_si512,
    _mm512_castsi512_si256, _mm512_cmpeq_epi16_mask, _mm512_cmpge_epu8_mask,
    _mm512_cmpge_epu16_mask, _mm512_cmpgt_epi8_mask, _mm512_cvtepu8_epi16, _mm512_cvtepu16_epi32,
    _mm512_extracti64x4_epi64, _mm512_i32gather_epi32, _mm512_loadu_si512, _mm512_mask_mov_epi16,
    _mm512_maskz_compress_epi8, _mm512_maskz_compress_epi16, _mm512_maskz_loadu_epi8,
    _mm512_mullo_epi32, _mm512_or_si512, _mm512_permutex2var_epi16, _mm512_permutexvar_epi16,
    _mm512_rorv_epi32, _mm512_set1_epi8, _mm512_set1_epi16, _mm512_set1_epi32, _mm512_slli_epi16,
    _mm512_srl_epi32, _mm512_srli_epi32, _mm512_storeu_si512, _mm512_ternarylogic_epi32,
    _mm512_test_epi32_mask, _mm512_xor_si512,
};

use super::super::filter::Candidates;
use super::super::hash;
use super::super::slots::Slots;
use super::super::units::{BLOCK_BYTES, Block};
use crate::fold::units::{BEYOND, FoldUnits, MARK_BITS, SKIP};

/// Units in a vector.
const LANES: u16 = 32;
/// The function of three bits that is "any of them", and that which is "all of them".
const ANY: i32 = 0xFE;
/// See [`ANY`].
const ALL: i32 = 0x80;

/// Decodes and folds the blocks of `text` from `at` on, up to one in which a character takes two
/// units; returns where that begins (or a place behind the text) and how many units are written.
///
/// # Safety
/// The processor has AVX-512 F, BW and VBMI2; `at` is the beginning of a block, `written` at most the
/// text's bytes up to the end of the last character before it, and `buffer` is longer than the text by
/// `PADDING_UNITS`.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
pub(super) unsafe fn decode(
    text: &[u8],
    mut at: usize,
    table: &FoldUnits,
    (buffer, mut written): (&mut [u16], usize),
    blocks: &mut Vec<Block>,
) -> (usize, usize) {
    while at < text.len() {
        let before = written;
        // SAFETY: the caller's, and a block writes no more units than it has bytes of the text.
        let Some(gave) = (unsafe { block(&text[at..], table, buffer.as_mut_ptr().add(written)) })
        else {
            break;
        };
        written += gave.units;
        let plain = gave.plain;
        blocks.push(Block { before, plain });
        at += BLOCK_BYTES;
    }
    (at, written)
}

/// What a block gave.
struct Gave {
    units: usize,
    /// One for each character that begins in it.
    plain: bool,
}

/// Decodes and folds the characters that begin in the first block of `text`; none where one of them
/// takes two units.
///
/// # Safety
/// The processor has AVX-512 F, BW and VBMI2; from `to` on `BLOCK_BYTES` units can be written, of which
/// those behind the block's own are rubbish.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
unsafe fn block(text: &[u8], table: &FoldUnits, to: *mut u16) -> Option<Gave> {
    // SAFETY: reads no byte behind the text.
    let [first, second, third] = [0, 1, 2].map(|offset| unsafe { load(text, offset) });
    if _mm512_cmpge_epu8_mask(first, _mm512_set1_epi8(0xF0_u8.cast_signed())) != 0 {
        return None;
    }
    // Continuation bytes are 0x80..=0xBF, as signed numbers the least.
    let begins = _mm512_cmpgt_epi8_mask(first, _mm512_set1_epi8(-65)) & here(text.len());
    let six = _mm512_set1_epi8(0x3F);
    let [first, second, third] = [
        first,
        _mm512_and_si512(second, six),
        _mm512_and_si512(third, six),
    ]
    .map(|bytes| _mm512_maskz_compress_epi8(begins, bytes));
    let low = |bytes| _mm512_cvtepu8_epi16(_mm512_castsi512_si256(bytes));
    let high = |bytes| _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64::<1>(bytes));
    let (characters, lanes) = (begins.count_ones(), u32::from(LANES));
    let entries = entries(decoded(low(first), low(second), low(third)), table);
    // SAFETY: the caller's; what is written second begins at most a vector behind `to`.
    unsafe {
        let mut units = write(entries, characters.min(lanes), to)?;
        if characters > lanes {
            let entries = self::entries(decoded(high(first), high(second), high(third)), table);
            units += write(entries, characters - lanes, to.add(units))?;
        }
        let plain = units == characters as usize;
        Some(Gave { units, plain })
    }
}

/// Which of a block's bytes are bytes of a text that has so many more.
fn here(left: usize) -> u64 {
    match left {
        0..BLOCK_BYTES => !(u64::MAX << left),
        _ => u64::MAX,
    }
}

/// A block's bytes from `offset` on, nought behind the text.
///
/// # Safety
/// None but the processor's instructions: what lies behind the text is not read.
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn load(text: &[u8], offset: usize) -> __m512i {
    let from = text.as_ptr().wrapping_add(offset);
    let left = text.len().saturating_sub(offset);
    if left >= BLOCK_BYTES {
        // SAFETY: so many bytes are left.
        unsafe { _mm512_loadu_si512(from.cast()) }
    } else {
        // SAFETY: of what the mask leaves out nothing is read.
        unsafe { _mm512_maskz_loadu_epi8(here(left), from.cast()) }
    }
}

/// Characters from their first bytes and the six bits of their second and third.
#[target_feature(enable = "avx512f,avx512bw")]
fn decoded(first: __m512i, second: __m512i, third: __m512i) -> __m512i {
    // The four bits of a first byte of three go to the top; its other bits fall off.
    let three = _mm512_ternarylogic_epi32::<ANY>(
        _mm512_slli_epi16::<12>(first),
        _mm512_slli_epi16::<6>(second),
        third,
    );
    let five = _mm512_and_si512(first, _mm512_set1_epi16(0x1F));
    let two = _mm512_or_si512(_mm512_slli_epi16::<6>(five), second);
    let is_two = _mm512_cmpge_epu16_mask(first, _mm512_set1_epi16(0x80));
    let is_three = _mm512_cmpge_epu16_mask(first, _mm512_set1_epi16(0xE0));
    _mm512_mask_mov_epi16(_mm512_mask_mov_epi16(first, is_two, two), is_three, three)
}

/// The table's entries of a vector of units.
#[target_feature(enable = "avx512f,avx512bw")]
fn entries(units: __m512i, table: &FoldUnits) -> __m512i {
    let table = table.entries().as_ptr().cast::<i32>();
    let [low, high] = [
        _mm512_castsi512_si256(units),
        _mm512_extracti64x4_epi64::<1>(units),
    ]
    // SAFETY: an index is at most 65,535, and the table has an entry behind that.
    .map(|units| unsafe { _mm512_i32gather_epi32::<2>(_mm512_cvtepu16_epi32(units), table) });
    // Two entries were read at each place: the first counts.
    // SAFETY: the table has a vector's bytes.
    let firsts = unsafe { _mm512_loadu_si512(EVENS.as_ptr().cast()) };
    _mm512_permutex2var_epi16(low, firsts, high)
}

/// Each second of the units of two vectors.
static EVENS: [u16; LANES as usize] = {
    let mut evens = [0; LANES as usize];
    let mut at = 0;
    while at < LANES {
        evens[at as usize] = 2 * at;
        at += 1;
    }
    evens
};

/// Writes the first entries but those skipped, then rubbish up to a vector, and returns how many
/// units were written; none where one folds to a character beyond the plane.
///
/// # Safety
/// A vector can be written to `to`; `count` is at most its units.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
unsafe fn write(entries: __m512i, count: u32, to: *mut u16) -> Option<usize> {
    let valid = u32::MAX.checked_shr(u32::from(LANES) - count).unwrap_or(0);
    let bits = _mm512_set1_epi16(MARK_BITS.cast_signed());
    let skip = _mm512_set1_epi16(SKIP.cast_signed());
    let marks = valid & _mm512_cmpeq_epi16_mask(_mm512_and_si512(entries, bits), skip);
    if marks == 0 {
        // SAFETY: the caller's.
        unsafe { _mm512_storeu_si512(to.cast(), entries) };
        return Some(count as usize);
    }
    let beyond = _mm512_set1_epi16(BEYOND.cast_signed());
    if marks & _mm512_cmpeq_epi16_mask(entries, beyond) != 0 {
        return None;
    }
    let kept = valid & !marks;
    let pressed = _mm512_maskz_compress_epi16(kept, entries);
    // SAFETY: the caller's.
    unsafe { _mm512_storeu_si512(to.cast(), pressed) };
    Some(kept.count_ones() as usize)
}

/// See [`super::candidates`].
///
/// # Safety
/// The processor has AVX-512 F and BW; `buffer` has `PADDING_UNITS` behind `len`; a hash shifted by
/// the filter's shift is a place in its words.
#[target_feature(enable = "avx512f,avx512bw,popcnt")]
pub(super) unsafe fn candidates(
    buffer: &[u16],
    len: usize,
    (words, shift): (&[u32], u32),
    (slots, found): (&Slots, &mut Candidates),
) {
    let shift = _mm_cvtsi32_si128(shift.cast_signed());
    // SAFETY: the table has a vector's bytes.
    let neighbours = unsafe { _mm512_loadu_si512(NEIGHBOURS.as_ptr().cast()) };
    let mut at = 0;
    while at + 1 < len {
        // SAFETY: a vector's units are read from below `len`, and sixteen from two behind that; the
        // filter's places are in it.
        let lanes = unsafe {
            let from = buffer.as_ptr().add(at);
            let pairs = _mm512_permutexvar_epi16(neighbours, _mm512_loadu_si512(from.cast()));
            let third = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.add(2).cast()));
            asks(pairs, third, words, shift)
        };
        if lanes != [0, 0] {
            super::tell(buffer, at, lanes, (slots, found));
        }
        at += 16;
    }
}

/// Each of the first sixteen units of a vector and the one behind it.
static NEIGHBOURS: [u16; LANES as usize] = {
    let mut neighbours = [0; LANES as usize];
    let mut at = 0;
    while at < LANES {
        neighbours[at as usize] = at.div_ceil(2);
        at += 1;
    }
    neighbours
};

/// Which of sixteen pairs may be keywords, and which anchors with the units behind them.
///
/// # Safety
/// A hash shifted right by `shift` is a place in `words`.
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn asks(pairs: __m512i, third: __m512i, words: &[u32], shift: __m128i) -> [usize; 2] {
    let times =
        |value, factor: u32| _mm512_mullo_epi32(value, _mm512_set1_epi32(factor.cast_signed()));
    let place = times(pairs, hash::PLACE);
    // SAFETY: the caller's.
    let words = unsafe {
        _mm512_i32gather_epi32::<4>(_mm512_srl_epi32(place, shift), words.as_ptr().cast())
    };
    let triple = times(_mm512_xor_si512(place, third), hash::TRIPLE);
    let three = _mm512_srli_epi32::<{ 32 - hash::MASK_BITS }>(triple);
    [has(words, place), has(words, three)]
}

/// Which of sixteen words have all three bits of the choice beside them: rotated by its parts, they
/// are the lowest. A rotation takes five bits of a count and leaves the rest of it out.
#[target_feature(enable = "avx512f")]
fn has(words: __m512i, choices: __m512i) -> usize {
    let second = _mm512_srli_epi32::<5>(choices);
    let third = _mm512_add_epi32(
        _mm512_add_epi32(choices, second),
        _mm512_set1_epi32(hash::THIRD_BIT.cast_signed()),
    );
    let [first, second, third] = [choices, second, third].map(|by| _mm512_rorv_epi32(words, by));
    let all = _mm512_ternarylogic_epi32::<ALL>(first, second, third);
    usize::from(_mm512_test_epi32_mask(all, _mm512_set1_epi32(1)))
}
