//! NEON: sixteen bytes decoded at a time. It has no gather, so units are folded one by one and the
//! pairs asked by the portable code.

use std::arch::aarch64::{
    uint8x8_t, uint8x16_t, uint16x8_t, vaddv_u8, vand_u8, vandq_u16, vbslq_u16, vcgt_s8, vcgtq_u16,
    vdup_n_s8, vdupq_n_u16, vget_high_u8, vget_low_u8, vld1_u8, vld1q_u8, vmovl_u8, vorrq_u16,
    vqtbl1q_u8, vreinterpret_s8_u8, vreinterpretq_u8_u16, vshlq_n_u16, vst1q_u8,
};

use super::compress::COMPRESS;

/// A bit for each of eight lanes.
const LANE_BITS: [u8; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

/// See [`super::decode_any`].
///
/// # Safety
/// The processor has NEON; `block` has `READ_BYTES`, `buffer` has `PADDING_UNITS` from `written`.
#[target_feature(enable = "neon")]
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
            let from = block.as_ptr().add(at);
            let [first, second, third] = [0, 1, 2].map(|offset| vld1q_u8(from.add(offset)));
            let low = [first, second, third].map(|bytes| vget_low_u8(bytes));
            let high = [first, second, third].map(|bytes| vget_high_u8(bytes));
            for half in [low, high] {
                let (decoded, begins) = decode(half);
                let shuffle = vld1q_u8(COMPRESS[usize::from(begins)].as_ptr());
                let bytes: uint8x16_t = vqtbl1q_u8(vreinterpretq_u8_u16(decoded), shuffle);
                vst1q_u8(buffer.as_mut_ptr().add(written).cast(), bytes);
                written += begins.count_ones() as usize;
            }
        }
        at += 16;
    }
    written
}

/// The character that would begin at each of eight bytes, and at which of them one does.
#[target_feature(enable = "neon")]
fn decode([first, second, third]: [uint8x8_t; 3]) -> (uint16x8_t, u8) {
    // SAFETY: eight bytes are read from an array of eight.
    let bits = unsafe { vld1_u8(LANE_BITS.as_ptr()) };
    // Continuation bytes are 0x80..=0xBF, as signed numbers the least.
    let begins = vcgt_s8(vreinterpret_s8_u8(first), vdup_n_s8(-65));
    let begins = vaddv_u8(vand_u8(begins, bits));
    let lead = vmovl_u8(first);
    let six = vdupq_n_u16(0x3F);
    let second = vandq_u16(vmovl_u8(second), six);
    let third = vandq_u16(vmovl_u8(third), six);
    // The four bits of a lead byte of three go to the top; its other bits fall off.
    let three = vorrq_u16(
        vorrq_u16(vshlq_n_u16::<12>(lead), vshlq_n_u16::<6>(second)),
        third,
    );
    let five = vandq_u16(lead, vdupq_n_u16(0x1F));
    let two = vorrq_u16(vshlq_n_u16::<6>(five), second);
    let is_two = vcgtq_u16(lead, vdupq_n_u16(0x7F));
    let is_three = vcgtq_u16(lead, vdupq_n_u16(0xDF));
    let decoded = vbslq_u16(is_two, two, lead);
    (vbslq_u16(is_three, three, decoded), begins)
}
