//! Keywords and a text from any bytes: every engine and instruction set must find what the oracle
//! finds, with the same bytes under it.
//!
//! ```text
//! cargo +nightly fuzz run engines --fuzz-dir crates/matcher/fuzz -- -max_total_time=3600 -max_len=512
//! ```
//!
//! To make an automaton takes a hundred times as long as all the rest, and it is the simpler engine:
//! it is held against the oracle by one input in [`AUTOMATON_IN`], the filter by all.
#![no_main]

use std::sync::LazyLock;

use fengbiao_matcher::fold::{fold, fold_str};
use fengbiao_matcher::scan::{Engine, InstructionSet, PatternId, Rarity, Scan, Scanner};
use libfuzzer_sys::fuzz_target;

/// See the head of this file.
const AUTOMATON_IN: u8 = 16;

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

/// A dictionary by which parts of keywords differ in how rare they are, made once: its tables are
/// megabytes.
static RARITY: LazyLock<Rarity> = LazyLock::new(|| {
    let words = [
        ("停电", 90),
        ("食物", 70),
        ("食物中毒", 5),
        ("中毒", 40),
        ("网", 1_000),
        ("a1", 300),
        ("カ中", 2),
    ];
    Rarity::of_words(words)
});

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
    let unknown = Rarity::unknown();
    let rarity = if how & 2 == 2 { &RARITY } else { &unknown };
    let engines: &[Engine] = if (how >> 2) % AUTOMATON_IN == 0 {
        &oracle::ENGINES
    } else {
        &[Engine::Filter]
    };
    oracle::check(engines, &keywords, &[last.clone()], rarity);
});
