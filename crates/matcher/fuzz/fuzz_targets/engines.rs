//! Keywords and a text from any bytes: every engine and instruction set must find what the oracle
//! finds, with the same bytes under it.
//!
//! ```text
//! cargo +nightly fuzz run engines --fuzz-dir crates/matcher/fuzz -- -max_total_time=3600
//! ```
#![no_main]

use fengbiao_matcher::fold::{fold, fold_str};
use fengbiao_matcher::scan::{Engine, InstructionSet, PatternId, Rarity, Scan, Scanner};
use libfuzzer_sys::fuzz_target;

#[path = "../../src/scan/oracle.rs"]
mod oracle;

/// Most keywords made of one input; the oracle tries each at every place.
const MAX_KEYWORDS: usize = 24;
/// What the lower bytes stand for: characters of every width, near in folding, few enough that
/// keywords occur by chance. Other bytes are taken as they are.
const LETTERS: [char; 32] = [
    '停',
    '电',
    '電',
    '网',
    '網',
    '食',
    '物',
    '中',
    '毒',
    'a',
    'A',
    'Ａ',
    '1',
    'é',
    'e',
    '\u{301}',
    '🙂',
    '𠮷',
    '\u{20bb7}',
    '\u{200b}',
    '\u{ad}',
    '\u{e0100}',
    '。',
    ' ',
    '*',
    'ß',
    'ｶ',
    'カ',
    '\u{fdd0}',
    '\u{fdd1}',
    '\u{2f800}',
    '\u{10ffff}',
];

/// Bytes below 32 are letters of the alphabet above, the rest is UTF-8 or, where it is none, marks of
/// replacement.
fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for part in bytes.chunk_by(|a, b| (*a < 32) == (*b < 32)) {
        if part[0] < 32 {
            text.extend(part.iter().map(|&byte| LETTERS[usize::from(byte)]));
        } else {
            text.push_str(&String::from_utf8_lossy(part));
        }
    }
    text
}

fuzz_target!(|bytes: &[u8]| {
    // The first byte says how the rest is cut: keywords are parted by 0xFF, the text comes last; or
    // keywords are cut from the text.
    let Some((&how, rest)) = bytes.split_first() else {
        return;
    };
    let parts: Vec<String> = rest.split(|&byte| byte == 0xFF).map(text).collect();
    let Some((last, keywords)) = parts.split_last() else {
        return;
    };
    let mut keywords = keywords.to_vec();
    if how & 1 == 1 {
        let chars: Vec<char> = last.chars().collect();
        let length = usize::from(how >> 1) % 9 + 1;
        keywords.extend(
            chars
                .chunks(length)
                .map(|part| part.iter().collect::<String>()),
        );
    }
    keywords.retain(|keyword| !fold_str(keyword).is_empty());
    keywords.truncate(MAX_KEYWORDS);
    let words = keywords
        .iter()
        .map(|keyword| (keyword.as_str(), u64::from(how)));
    let rarity = if how & 2 == 2 {
        Rarity::of_words(words)
    } else {
        Rarity::unknown()
    };
    oracle::check(&keywords, &[last.clone()], &rarity);
});
