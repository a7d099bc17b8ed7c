//! AVX-512 with BW, VL and VBMI2: thirty-two bytes decoded, sixteen units folded, sixteen pairs
//! asked at a time.

use std::arch::x86_64::{
    __m128i, __m256i, __m512i, _mm_cvtsi32_si128, _mm256_cmpgt_epi8_mask, _mm256_loadu_si256,
    _mm256_set1_epi8, _mm256_storeu_si256, _mm512_and_si512, _mm512_cmpeq_epi32_mask,
    _mm512_cmpgt_epu16_mask, _mm512_cvtepi32_epi16, _mm512_cvtepu8_epi16, _mm512_cvtepu16_epi32,
    _mm512_i32gather_epi32, _mm512_mask_blend_epi16, _mm512_maskz_compress_epi16,
    _mm512_mullo_epi32, _mm512_or_si512, _mm512_set1_epi16, _mm512_set1_epi32, _mm512_slli_epi16,
    _mm512_slli_epi32, _mm512_sllv_epi32, _mm512_srl_epi32, _mm512_srli_epi32, _mm512_storeu_si512,
    _mm512_xor_si512,
};

use super::super::filter::{KIND_BITS, MAYBE_PAIR, MAYBE_TRIPLE};
use super::super::hash;
use super::super::units::BLOCK_BYTES;
use super::fold_slowly;
use crate::fold::{FoldUnits, SKIP};

/// See [`super::fold_block`].
///
/// # Safety
/// The processor has the instructions; `block` has `READ_BYTES`, `buffer` has `PADDING_UNITS` from
/// `written`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,popcnt")]
pub(super) unsafe fn fold_block(
    block: &[u8],
    length: usize,
    table: &FoldUnits,
    buffer: &mut [u16],
    written: usize,
) -> usize {
    let mut raw = [0_u16; BLOCK_BYTES + 32];
    let mut units = 0;
    let mut at = 0;
    while at < length {
        // SAFETY: `at` is 0 or 32: loads end at byte 66 of the block's 80; `units` is at most `at`,
        // so the store ends within the 96 of `raw`.
        unsafe {
            let (decoded, begins) = decode(block.as_ptr().add(at));
            let pressed = _mm512_maskz_compress_epi16(begins, decoded);
            _mm512_storeu_si512(raw.as_mut_ptr().add(units).cast(), pressed);
            units += begins.count_ones() as usize;
        }
        at += 32;
    }
    let mut written = written;
    let mut at = 0;
    while at < units {
        let count = (units - at).min(16);
        // SAFETY: `at` is below 64, so sixteen units of `raw` are read; `written` has grown by at
        // most `at` and one, so the store ends within the padding.
        let special = unsafe {
            let from = _mm256_loadu_si256(raw.as_ptr().add(at).cast());
            let (folded, special) = look_up(from, table);
            _mm256_storeu_si256(buffer.as_mut_ptr().add(written).cast(), folded);
            special
        };
        if u32::from(special) & ((1 << count) - 1) == 0 {
            written += count;
        } else {
            written = fold_slowly(&raw[at..at + count], table, buffer, written);
        }
        at += 16;
    }
    written
}

/// The character that would begin at each of thirty-two bytes, and at which of them one does.
///
/// # Safety
/// Thirty-four bytes from `from` can be read.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
unsafe fn decode(from: *const u8) -> (__m512i, u32) {
    // SAFETY: the caller's.
    let [first, second, third] =
        unsafe { [0, 1, 2].map(|offset| _mm256_loadu_si256(from.add(offset).cast::<__m256i>())) };
    // Continuation bytes are 0x80..=0xBF, as signed numbers the least.
    let begins = _mm256_cmpgt_epi8_mask(first, _mm256_set1_epi8(-65));
    let lead = _mm512_cvtepu8_epi16(first);
    let six = _mm512_set1_epi16(0x3F);
    let second = _mm512_and_si512(_mm512_cvtepu8_epi16(second), six);
    let third = _mm512_and_si512(_mm512_cvtepu8_epi16(third), six);
    // The four bits of a lead byte of three go to the top; its other bits fall off.
    let three = _mm512_or_si512(
        _mm512_or_si512(
            _mm512_slli_epi16::<12>(lead),
            _mm512_slli_epi16::<6>(second),
        ),
        third,
    );
    let five = _mm512_and_si512(lead, _mm512_set1_epi16(0x1F));
    let two = _mm512_or_si512(_mm512_slli_epi16::<6>(five), second);
    let is_two = _mm512_cmpgt_epu16_mask(lead, _mm512_set1_epi16(0x7F));
    let is_three = _mm512_cmpgt_epu16_mask(lead, _mm512_set1_epi16(0xDF));
    let decoded = _mm512_mask_blend_epi16(is_two, lead, two);
    (_mm512_mask_blend_epi16(is_three, decoded, three), begins)
}

/// The table's entries of sixteen units, and which of them are marks.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn look_up(units: __m256i, table: &FoldUnits) -> (__m256i, u16) {
    let entries = table.entries().as_ptr().cast::<i32>();
    // SAFETY: an index is at most 65,535, and the table has an entry behind that.
    let read = unsafe { _mm512_i32gather_epi32::<2>(_mm512_cvtepu16_epi32(units), entries) };
    let marks = _mm512_and_si512(read, _mm512_set1_epi32(0xF800));
    let special = _mm512_cmpeq_epi32_mask(marks, _mm512_set1_epi32(i32::from(SKIP)));
    (_mm512_cvtepi32_epi16(read), special)
}

/// See [`super::candidates`].
///
/// # Safety
/// The processor has the instructions; `buffer` has `PADDING_UNITS` behind `len`; a hash shifted by
/// the filter's shift is a place in its words.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(super) unsafe fn candidates(
    buffer: &[u16],
    len: usize,
    (words, shift): (&[u32], u32),
    found: &mut Vec<usize>,
) {
    let shift = _mm_cvtsi32_si128(shift.cast_signed());
    let mut at = 0;
    while at + 1 < len {
        // SAFETY: at most eighteen units are read from below `len`; the filter's places are in it.
        let [two, three] = unsafe {
            let [first, second, third] = [0, 1, 2].map(|offset| {
                let units = _mm256_loadu_si256(buffer.as_ptr().add(at + offset).cast());
                _mm512_cvtepu16_epi32(units)
            });
            let pairs = _mm512_or_si512(first, _mm512_slli_epi32::<16>(second));
            asks(pairs, third, words, shift)
        };
        let mut either = two | three;
        while either != 0 {
            let lane = either.trailing_zeros();
            let kind = usize::from(two >> lane & 1) * MAYBE_PAIR
                + usize::from(three >> lane & 1) * MAYBE_TRIPLE;
            found.push((at + lane as usize) << KIND_BITS | kind);
            either &= either - 1;
        }
        at += 16;
    }
}

/// Which of sixteen pairs may be keywords, and which anchors with the units behind them.
///
/// # Safety
/// A hash shifted right by `shift` is a place in `words`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
unsafe fn asks(pairs: __m512i, third: __m512i, words: &[u32], shift: __m128i) -> [u16; 2] {
    let times =
        |value, factor: u32| _mm512_mullo_epi32(value, _mm512_set1_epi32(factor.cast_signed()));
    let place = times(pairs, hash::PLACE);
    // SAFETY: the caller's.
    let words = unsafe {
        _mm512_i32gather_epi32::<4>(_mm512_srl_epi32(place, shift), words.as_ptr().cast())
    };
    let two = mask(times(pairs, hash::PAIR));
    let three = mask(times(_mm512_xor_si512(place, third), hash::TRIPLE));
    [two, three].map(|mask| _mm512_cmpeq_epi32_mask(_mm512_and_si512(words, mask), mask))
}

/// [`hash::mask`] of sixteen hashes.
#[target_feature(enable = "avx512f")]
fn mask(hashes: __m512i) -> __m512i {
    let one = _mm512_set1_epi32(1);
    let low = _mm512_set1_epi32(31);
    let first = _mm512_sllv_epi32(one, _mm512_srli_epi32::<27>(hashes));
    let second = _mm512_sllv_epi32(one, _mm512_and_si512(_mm512_srli_epi32::<22>(hashes), low));
    let third = _mm512_sllv_epi32(one, _mm512_and_si512(_mm512_srli_epi32::<17>(hashes), low));
    _mm512_or_si512(_mm512_or_si512(first, second), third)
}
