//! What tells copies of a text: the hash of the folded text, and a sketch of its letters.
//!
//! `benches/README.md` has what was measured: the ways that were tried, at what size, and how well
//! they tell copies from different posts about one event.

use fengbiao_model::{Signature, Sketch, StoryId};

use crate::fold::Folded;

/// Between title and text; no text contains it after white space became single spaces.
const SEPARATOR: char = '\n';

/// The signature of a folded title (empty without one) and text.
///
/// The story is the first 8 bytes (little-endian) of BLAKE3 over title, separator and text, in
/// which every run of white space is one space and none stands at the ends. The sketch is over
/// their letters and digits alone, so that neither punctuation nor where the title stands changes
/// it.
#[must_use]
pub fn signature(title: &Folded, text: &Folded) -> Signature {
    let mut said = spaced(title.text());
    said.push(SEPARATOR);
    said.push_str(&spaced(text.text()));
    let hash = blake3::hash(said.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    Signature {
        story: StoryId(u64::from_le_bytes(first)),
        sketch: Sketch {
            numbers: numbers(&said),
            ..sketch([title.chars(), text.chars()])
        },
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

/// Whether a character counts. Nearly all are of the block that is asked for first, each of which does.
fn is_letter(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}') || c.is_alphanumeric()
}

/// Of the letters of a title and a text, without their numbers. A text of fewer letters than a run has
/// is one run.
fn sketch(said: [&[char]; 2]) -> Sketch {
    let mut letters: Vec<u64> = Vec::with_capacity(said[0].len() + said[1].len());
    let counting = said.into_iter().flatten().filter(|&&c| is_letter(c));
    letters.extend(counting.map(|&c| u64::from(u32::from(c))));
    let mut sketch = Sketch::default();
    let mut ranks = [u64::MAX; Sketch::BINS];
    for hash in runs(&letters) {
        let [low, high] = [hash & 0xFFFF_FFFF, hash >> 32];
        let bin = usize::try_from(low % Sketch::BINS as u64).unwrap_or(0);
        // Chosen without a branch, which nothing could foretell. Zero says that a bin is empty.
        let own = u16::try_from(low >> 16).unwrap_or(u16::MAX).max(1);
        let least = &mut sketch.least[bin];
        *least = if high < ranks[bin] { own } else { *least };
        ranks[bin] = ranks[bin].min(high);
        sketch.runs = sketch.runs.saturating_add(1);
    }
    sketch
}

/// A hash of each run of letters. The runs are mixed side by side, a letter at a time: one after another
/// each step would wait for the step before.
fn runs(letters: &[u64]) -> Vec<u64> {
    let length = Sketch::RUN_LETTERS.min(letters.len().max(1));
    let mut hashes = vec![0; (letters.len() + 1).saturating_sub(length)];
    for step in 0..length {
        for (hash, letter) in hashes.iter_mut().zip(letters.iter().skip(step)) {
            *hash = mix(*hash ^ letter);
        }
    }
    hashes
}

/// A bit for each run of digits.
fn numbers(text: &str) -> u64 {
    let runs = text.as_bytes().split(|byte| !byte.is_ascii_digit());
    runs.filter(|run| !run.is_empty()).fold(0, |bits, run| {
        let hash = run
            .iter()
            .fold(0, |hash, &digit| mix(hash ^ u64::from(digit)));
        bits | 1 << (hash % 64)
    })
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
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
    fn each_character_of_the_block_that_is_asked_for_first_is_a_letter() {
        assert!(('\u{4E00}'..='\u{9FFF}').all(char::is_alphanumeric));
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
    fn a_sketch_is_of_letters_digits_and_numbers() {
        // Name, title and text of two posts, whether their sketches are equal.
        let cases = [
            ("the same", ["", "小区停电了"], ["", "小区停电了"], true),
            ("script", ["", "小區停電了"], ["", "小区停电了"], true),
            (
                "punctuation",
                ["", "【小区】停电了！"],
                ["", "小区停电了😱"],
                true,
            ),
            (
                "title in the text",
                ["停电", "小区没灯"],
                ["", "停电 小区没灯"],
                true,
            ),
            (
                "width of digits",
                ["", "停电３小时"],
                ["", "停电3小时"],
                true,
            ),
            ("a number", ["", "停电3小时"], ["", "停电5小时"], false),
            ("a letter", ["", "小区停电了"], ["", "小区停水了"], false),
            ("length", ["", "停"], ["", "停电"], false),
        ];
        for (name, [title, text], [other_title, other_text], equal) in cases {
            let [one, other] = [of(title, text), of(other_title, other_text)];
            assert_eq!(one.sketch == other.sketch, equal, "{name}");
        }
    }

    #[test]
    fn sketches_are_what_they_were() {
        // What is stored must mean the same tomorrow: counted by hand are runs and empty bins.
        let none = of("", "……！");
        assert_eq!(none.sketch, Sketch::default());
        let five = of("", "小区停电了").sketch;
        assert_eq!(five.runs, 2);
        assert_eq!(five.least.iter().filter(|least| **least != 0).count(), 2);
        assert_eq!(five.numbers, 0);
        assert_eq!(of("", "1月2日1时").sketch.numbers.count_ones(), 2);
    }

    #[test]
    fn near_texts_share_bins_and_far_ones_do_not() {
        let long =
            "今天上午城东多个小区突然停电，物业说是变压器故障，抢修人员已经到场，预计下午恢复供电";
        let near = format!("{long}，请大家耐心等待");
        let far =
            "三中食堂午饭后十几个学生呕吐腹泻，已经送到医院检查，学校正在留样送检，结果明天公布";
        let shared = |other: &str| {
            let [a, b] = [of("", long).sketch.least, of("", other).sketch.least];
            a.iter()
                .zip(b)
                .filter(|(a, b)| **a != 0 && **a == *b)
                .count()
        };
        assert!(shared(&near) > 16, "{}", shared(&near));
        assert_eq!(shared(far), 0);
    }
}
