//! AVX2: sixteen bytes decoded, eight units folded, eight pairs asked at a time.

use std::arch::x86_64::{
    __m128i, __m256i, _mm_and_si128, _mm_cmpeq_epi16, _mm_cmpgt_epi8, _mm_cvtsi32_si128,
    _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8, _mm_set1_epi16, _mm_shuffle_epi8,
    _mm_storeu_si128, _mm_unpackhi_epi16, _mm_unpacklo_epi16, _mm256_add_epi32, _mm256_and_si256,
    _mm256_blendv_epi8, _mm256_castsi256_ps, _mm256_castsi256_si128, _mm256_cmpeq_epi32,
    _mm256_cmpgt_epi16, _mm256_cvtepu8_epi16, _mm256_cvtepu16_epi32, _mm256_extracti128_si256,
    _mm256_i32gather_epi32, _mm256_movemask_ps, _mm256_mullo_epi32, _mm256_or_si256,
    _mm256_packus_epi32, _mm256_permute4x64_epi64, _mm256_set_m128i, _mm256_set1_epi16,
    _mm256_set1_epi32, _mm256_slli_epi16, _mm256_sllv_epi32, _mm256_srl_epi32, _mm256_srli_epi32,
    _mm256_xor_si256,
};

use super::super::filter::Candidates;
use super::super::hash;
use super::super::slots::Slots;
use super::compress::COMPRESS;
use crate::fold::units::{FoldUnits, MARK_BITS, SKIP};

/// See [`super::decode_any`].
///
/// # Safety
/// The processor has AVX2; `block` has `READ_BYTES`, `buffer` has `PADDING_UNITS` from `written`.
#[target_feature(enable = "avx2,popcnt")]
pub(super) unsafe fn decode_block(
    block: &[u8],
    length: usize,
    buffer: &mut [u16],
    mut written: usize,
) -> usize {
    let mut at = 0;
    while at < length {
        // SAFETY: `at` is at most 48: loads end at byte 66 of the block's 80; `written` has grown by at
        // most `at` units, so the stores end 64 units from where it began.
        unsafe {
            let (decoded, begins) = decode(block.as_ptr().add(at));
            let [low, high] = [begins & 0xFF, begins >> 8];
            press(
                _mm256_castsi256_si128(decoded),
                low,
                buffer.as_mut_ptr().add(written),
            );
            written += low.count_ones() as usize;
            press(
                _mm256_extracti128_si256::<1>(decoded),
                high,
                buffer.as_mut_ptr().add(written),
            );
            written += high.count_ones() as usize;
        }
        at += 16;
    }
    written
}

/// The character that would begin at each of sixteen bytes, and at which of them one does.
///
/// # Safety
/// Eighteen bytes from `from` can be read.
#[target_feature(enable = "avx2")]
unsafe fn decode(from: *const u8) -> (__m256i, u32) {
    // SAFETY: the caller's.
    let [first, second, third] =
        unsafe { [0, 1, 2].map(|offset| _mm_loadu_si128(from.add(offset).cast::<__m128i>())) };
    // Continuation bytes are 0x80..=0xBF, as signed numbers the least.
    let begins = _mm_movemask_epi8(_mm_cmpgt_epi8(first, _mm_set1_epi8(-65)));
    let lead = _mm256_cvtepu8_epi16(first);
    let six = _mm256_set1_epi16(0x3F);
    let second = _mm256_and_si256(_mm256_cvtepu8_epi16(second), six);
    let third = _mm256_and_si256(_mm256_cvtepu8_epi16(third), six);
    // The four bits of a lead byte of three go to the top; its other bits fall off.
    let three = _mm256_or_si256(
        _mm256_or_si256(
            _mm256_slli_epi16::<12>(lead),
            _mm256_slli_epi16::<6>(second),
        ),
        third,
    );
    let five = _mm256_and_si256(lead, _mm256_set1_epi16(0x1F));
    let two = _mm256_or_si256(_mm256_slli_epi16::<6>(five), second);
    let is_two = _mm256_cmpgt_epi16(lead, _mm256_set1_epi16(0x7F));
    let is_three = _mm256_cmpgt_epi16(lead, _mm256_set1_epi16(0xDF));
    let decoded = _mm256_blendv_epi8(_mm256_blendv_epi8(lead, two, is_two), three, is_three);
    (decoded, begins.cast_unsigned())
}

/// Writes the chosen ones of eight units, then rubbish up to eight.
///
/// # Safety
/// Eight units can be written to `to`; `chosen` is below 256.
#[target_feature(enable = "avx2")]
unsafe fn press(units: __m128i, chosen: u32, to: *mut u16) {
    // SAFETY: the caller's; a shuffle of the table has sixteen bytes.
    unsafe {
        let shuffle = _mm_loadu_si128(COMPRESS.as_ptr().add(chosen as usize).cast());
        _mm_storeu_si128(to.cast(), _mm_shuffle_epi8(units, shuffle));
    }
}

/// See [`super::look_up`].
///
/// # Safety
/// The processor has AVX2; `buffer` has `PADDING_UNITS` behind `len`.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn look_up(buffer: &mut [u16], len: usize, table: &FoldUnits) -> usize {
    let bits = _mm_set1_epi16(MARK_BITS.cast_signed());
    let mark = _mm_set1_epi16(SKIP.cast_signed());
    let mut at = 0;
    while at < len {
        // SAFETY: eight units from below `len` are read and written; see `entries`.
        unsafe {
            let place = buffer.as_mut_ptr().add(at).cast::<__m128i>();
            let entries = entries(_mm_loadu_si128(place), table);
            let marks = _mm_cmpeq_epi16(_mm_and_si128(entries, bits), mark);
            // Rubbish behind the text may be told as a mark: then the rest is folded unit by unit.
            if _mm_movemask_epi8(marks) != 0 {
                return at;
            }
            _mm_storeu_si128(place, entries);
        }
        at += 8;
    }
    len
}

/// The table's entries of eight units.
#[target_feature(enable = "avx2")]
fn entries(units: __m128i, table: &FoldUnits) -> __m128i {
    let entries = table.entries().as_ptr().cast::<i32>();
    // SAFETY: an index is at most 65,535, and the table has an entry behind that.
    let read = unsafe { _mm256_i32gather_epi32::<2>(entries, _mm256_cvtepu16_epi32(units)) };
    let entries = _mm256_and_si256(read, _mm256_set1_epi32(0xFFFF));
    let packed = _mm256_packus_epi32(entries, entries);
    _mm256_castsi256_si128(_mm256_permute4x64_epi64::<0b1000>(packed))
}

/// See [`super::candidates`].
///
/// # Safety
/// The processor has AVX2; `buffer` has `PADDING_UNITS` behind `len`; a hash shifted by the
/// filter's shift is a place in its words.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn candidates(
    buffer: &[u16],
    len: usize,
    (words, shift): (&[u32], u32),
    (slots, found): (&Slots, &mut Candidates),
) {
    let shift = _mm_cvtsi32_si128(shift.cast_signed());
    let mut at = 0;
    while at + 1 < len {
        // SAFETY: at most ten units are read from below `len`; the filter's places are in it.
        let lanes = unsafe {
            let [first, second, third] = [0, 1, 2]
                .map(|offset| _mm_loadu_si128(buffer.as_ptr().add(at + offset).cast::<__m128i>()));
            let pairs = _mm256_set_m128i(
                _mm_unpackhi_epi16(first, second),
                _mm_unpacklo_epi16(first, second),
            );
            asks(pairs, _mm256_cvtepu16_epi32(third), words, shift)
        };
        if lanes != [0, 0] {
            super::tell(buffer, at, lanes, (slots, found));
        }
        at += 8;
    }
}

/// Which of eight pairs may be keywords, and which anchors with the units behind them.
///
/// # Safety
/// A hash shifted right by `shift` is a place in `words`.
#[target_feature(enable = "avx2")]
unsafe fn asks(pairs: __m256i, third: __m256i, words: &[u32], shift: __m128i) -> [usize; 2] {
    let times =
        |value, factor: u32| _mm256_mullo_epi32(value, _mm256_set1_epi32(factor.cast_signed()));
    let place = times(pairs, hash::PLACE);
    // SAFETY: the caller's.
    let words = unsafe {
        _mm256_i32gather_epi32::<4>(words.as_ptr().cast(), _mm256_srl_epi32(place, shift))
    };
    let low = _mm256_set1_epi32((1 << hash::MASK_BITS) - 1);
    let two = mask(_mm256_and_si256(place, low));
    let triple = times(_mm256_xor_si256(place, third), hash::TRIPLE);
    let three = mask(_mm256_srli_epi32::<{ 32 - hash::MASK_BITS.cast_signed() }>(
        triple,
    ));
    [two, three].map(|mask| {
        let all = _mm256_cmpeq_epi32(_mm256_and_si256(words, mask), mask);
        _mm256_movemask_ps(_mm256_castsi256_ps(all)).cast_unsigned() as usize
    })
}

/// The table of masks, worked out for eight choices.
#[target_feature(enable = "avx2")]
fn mask(choices: __m256i) -> __m256i {
    let one = _mm256_set1_epi32(1);
    let low = _mm256_set1_epi32(31);
    let first = _mm256_and_si256(choices, low);
    let second = _mm256_srli_epi32::<5>(choices);
    let sum = _mm256_add_epi32(first, second);
    let third = _mm256_add_epi32(sum, _mm256_set1_epi32(hash::THIRD_BIT.cast_signed()));
    let [first, second, third] =
        [first, second, _mm256_and_si256(third, low)].map(|bit| _mm256_sllv_epi32(one, bit));
    _mm256_or_si256(_mm256_or_si256(first, second), third)
}
