//! What tells copies of a text: the hash of the folded text, and its SimHash.

use fengbiao_model::{Signature, StoryId};

use crate::fold::Folded;

/// Between title and text; no text contains it after white space became single spaces.
const SEPARATOR: char = '\n';

/// The signature of a folded title (empty without one) and text.
///
/// The story is the first 8 bytes (little-endian) of BLAKE3 over title, separator and text, in
/// which every run of white space is one space and none stands at the ends. The SimHash (Charikar
/// 2002) is over the trigrams of characters of the same text, each hashed by the finaliser of
/// SplitMix64 over its three code points; a text of fewer characters is one shingle.
pub(crate) fn signature(title: &Folded, text: &Folded) -> Signature {
    let mut said = spaced(title.text());
    said.push(SEPARATOR);
    said.push_str(&spaced(text.text()));
    let hash = blake3::hash(said.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    Signature {
        story: StoryId(u64::from_le_bytes(first)),
        simhash: simhash(&said),
    }
}

fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + 1);
    for word in text.split_whitespace() {
        if !spaced.is_empty() {
            spaced.push(' ');
        }
        spaced.push_str(word);
    }
    spaced
}

fn simhash(text: &str) -> u64 {
    let letters: Vec<u64> = text
        .trim()
        .chars()
        .map(|c| u64::from(u32::from(c)))
        .collect();
    let mut votes = [0_i64; 64];
    for shingle in letters.windows(3.min(letters.len().max(1))) {
        // Code points have 21 bits, so that three fit.
        let packed = shingle
            .iter()
            .fold(0, |packed, letter| packed << 21 | letter);
        let hash = mix(packed);
        for (bit, vote) in votes.iter_mut().enumerate() {
            *vote += if hash >> bit & 1 == 1 { 1 } else { -1 };
        }
    }
    votes
        .iter()
        .enumerate()
        .fold(0, |hash, (bit, vote)| hash | u64::from(*vote > 0) << bit)
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
fn mix(mut value: u64) -> u64 {
    value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ value >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::fold;

    fn of(title: &str, text: &str) -> Signature {
        signature(&fold(title), &fold(text))
    }

    #[test]
    fn equal_folded_text_is_one_story() {
        let story = |title, text| of(title, text).story;
        assert_eq!(
            story("", "小區停電了 Ａ"),
            story("", " 小区停电了\u{200b}\n\na ")
        );
        assert_ne!(story("", "小区停电了"), story("", "小区停水了"));
        assert_ne!(story("停电", "了"), story("", "停电了"));
        assert_ne!(story("停电", "了"), story("停", "电了"));
    }

    #[test]
    fn near_texts_differ_in_few_bits() {
        let long =
            "今天上午城东多个小区突然停电，物业说是变压器故障，抢修人员已经到场，预计下午恢复供电";
        let near = format!("{long}，请大家耐心等待");
        let far =
            "三中食堂午饭后十几个学生呕吐腹泻，已经送到医院检查，学校正在留样送检，结果明天公布";
        let bits = |a: &str, b: &str| (of("", a).simhash ^ of("", b).simhash).count_ones();
        assert!(bits(long, &near) < 16, "{}", bits(long, &near));
        assert!(bits(long, far) > 20, "{}", bits(long, far));
        assert_eq!(bits("停", "停"), 0);
    }
}
