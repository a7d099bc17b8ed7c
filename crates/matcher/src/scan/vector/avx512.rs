//! AVX-512 with BW, VL and VBMI2: thirty-two bytes decoded, sixteen units folded, sixteen pairs
//! asked at a time.

use std::arch::x86_64::{
    __m128i, __m256i, __m512i, _mm_cvtsi32_si128, _mm256_cmpgt_epi8_mask, _mm256_loadu_si256,
    _mm256_set1_epi8, _mm256_storeu_si256, _mm512_add_epi32, _mm512_and_si512,
    _mm512_cmpeq_epi32_mask, _mm512_cmpgt_epu16_mask, _mm512_cvtepi32_epi16, _mm512_cvtepu8_epi16,
    _mm512_cvtepu16_epi32, _mm512_i32gather_epi32, _mm512_mask_blend_epi16,
    _mm512_maskz_compress_epi16, _mm512_mullo_epi32, _mm512_or_si512, _mm512_set1_epi16,
    _mm512_set1_epi32, _mm512_slli_epi16, _mm512_slli_epi32, _mm512_sllv_epi32, _mm512_srl_epi32,
    _mm512_srli_epi32, _mm512_storeu_si512, _mm512_xor_si512,
};

use super::super::filter::{KIND_BITS, MAYBE_PAIR, MAYBE_TRIPLE};
use super::super::hash;
use crate::fold::units::{FoldUnits, MARK_BITS, SKIP};

/// See [`super::decode_any`].
///
/// # Safety
/// The processor has the instructions; `block` has `READ_BYTES`, `buffer` has `PADDING_UNITS` from
/// `written`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,popcnt")]
pub(super) unsafe fn decode_block(
    block: &[u8],
    length: usize,
    buffer: &mut [u16],
    mut written: usize,
) -> usize {
    let mut at = 0;
    while at < length {
        // SAFETY: `at` is 0 or 32: loads end at byte 66 of the block's 80; `written` has grown by at
        // most `at` units, so the stores end 64 units from where it began.
        unsafe {
            let (decoded, begins) = decode(block.as_ptr().add(at));
            let pressed = _mm512_maskz_compress_epi16(begins, decoded);
            _mm512_storeu_si512(buffer.as_mut_ptr().add(written).cast(), pressed);
            written += begins.count_ones() as usize;
        }
        at += 32;
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

/// See [`super::look_up`].
///
/// # Safety
/// The processor has the instructions; `buffer` has `PADDING_UNITS` behind `len`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(super) unsafe fn look_up(buffer: &mut [u16], len: usize, table: &FoldUnits) -> usize {
    let entries = table.entries().as_ptr().cast::<i32>();
    let bits = _mm512_set1_epi32(i32::from(MARK_BITS));
    let mark = _mm512_set1_epi32(i32::from(SKIP));
    let mut at = 0;
    while at < len {
        // SAFETY: sixteen units from below `len` are read and written; an index is at most 65,535,
        // and the table has an entry behind that.
        unsafe {
            let place = buffer.as_mut_ptr().add(at).cast::<__m256i>();
            let units = _mm512_cvtepu16_epi32(_mm256_loadu_si256(place));
            let read = _mm512_i32gather_epi32::<2>(units, entries);
            // Rubbish behind the text may be told as a mark: then the rest is folded unit by unit.
            if _mm512_cmpeq_epi32_mask(_mm512_and_si512(read, bits), mark) != 0 {
                return at;
            }
            _mm256_storeu_si256(place, _mm512_cvtepi32_epi16(read));
        }
        at += 16;
    }
    len
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
    let low = _mm512_set1_epi32((1 << hash::MASK_BITS) - 1);
    let two = mask(_mm512_and_si512(place, low));
    let triple = times(_mm512_xor_si512(place, third), hash::TRIPLE);
    let three = mask(_mm512_srli_epi32::<{ 32 - hash::MASK_BITS }>(triple));
    [two, three].map(|mask| _mm512_cmpeq_epi32_mask(_mm512_and_si512(words, mask), mask))
}

/// The table of masks, worked out for sixteen choices.
#[target_feature(enable = "avx512f")]
fn mask(choices: __m512i) -> __m512i {
    let one = _mm512_set1_epi32(1);
    let low = _mm512_set1_epi32(31);
    let first = _mm512_and_si512(choices, low);
    let second = _mm512_srli_epi32::<5>(choices);
    let sum = _mm512_add_epi32(first, second);
    let third = _mm512_add_epi32(sum, _mm512_set1_epi32(hash::THIRD_BIT.cast_signed()));
    let [first, second, third] =
        [first, second, _mm512_and_si512(third, low)].map(|bit| _mm512_sllv_epi32(one, bit));
    _mm512_or_si512(_mm512_or_si512(first, second), third)
}
