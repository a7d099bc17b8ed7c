//! Every engine and instruction set against the oracle: every keyword tried at every place.

use proptest::prelude::*;

use super::*;
use crate::fold::{fold, fold_str};
use crate::limits::MAX_KEYWORDS_PER_ANCHOR;
use oracle::found;

#[path = "oracle.rs"]
mod oracle;

/// The engines to hold against the oracle. Under Miri the filter alone, which has the unsafe code: the
/// tables of one small automaton take minutes there.
const ENGINES: &[Engine] = if cfg!(miri) {
    &[Engine::Filter]
} else {
    &oracle::ENGINES
};

fn check(keywords: &[String], texts: &[String], rarity: &Rarity) {
    oracle::check(ENGINES, keywords, texts, rarity);
}

fn strings<const N: usize>(of: [&str; N]) -> Vec<String> {
    of.map(String::from).to_vec()
}

#[test]
fn overlapping_occurrences_are_all_told_over_their_own_bytes() {
    let keywords = strings([
        "食物",
        "食物中毒",
        "中毒",
        "毒",
        "🙂",
        "a🙂",
        "𠮷野家",
        "𠮷",
        "ABC",
        "停电",
        "é",
        "é了",
    ]);
    let texts = strings([
        "",
        "毒",
        "食物中毒",
        "食\u{200b}物中\u{200b}毒\u{200b}了",
        "吃了🙂a🙂🙂，𠮷野家",
        "ＡBcabc\0",
        "停電了，小区停\u{ad}电",
        "e\u{301}了e了É\u{300}了",
        "毒\0毒\0",
    ]);
    check(&keywords, &texts, &Rarity::unknown());
}

#[test]
#[cfg_attr(miri, ignore = "takes hours there")]
fn an_occurrence_anywhere_in_a_text_of_any_length_is_told() {
    let keywords = strings(["停电", "停水了", "小区突然停气", "炉", "🙂停"]);
    for filler in [
        "字",
        "a",
        "é",
        "🙂",
        "\u{200b}",
        "字a",
        "a🙂é字",
        "\u{1f46e}\u{200d}字",
    ] {
        for length in 0..70 {
            let before = filler.repeat(length);
            let texts = keywords
                .iter()
                .map(|keyword| format!("{before}{keyword}{filler}"))
                .chain([before.clone()])
                .collect::<Vec<_>>();
            check(&keywords, &texts, &Rarity::unknown());
        }
    }
}

/// The edges of blocks and of the widest loads, with a text that nothing lies behind: small enough for
/// an interpreter that sees every read beyond it.
#[test]
fn a_text_that_ends_at_an_edge_is_read_to_its_end_and_no_further() {
    let keywords = strings(["停电"]);
    let scanners = oracle::scanners(ENGINES, &keywords, &Rarity::unknown());
    let mut scan = Scan::default();
    for length in [0, 1, 15, 16, 17, 63, 64, 65, 79, 80, 81] {
        let filler = "a".repeat(length);
        for (text, expected) in [
            (filler.clone(), vec![]),
            (format!("{filler}停电"), vec![(length, length + 6, 0)]),
            (format!("停电{filler}"), vec![(0, 6, 0)]),
        ] {
            let text = text.into_boxed_str();
            for scanner in &scanners {
                assert_eq!(
                    found(scanner, &text, &mut scan),
                    expected,
                    "{scanner:?} {text}"
                );
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes hours there")]
fn keywords_that_share_all_their_parts_are_left_to_the_automaton() {
    let keywords: Vec<String> = (3..300).map(|length| "哈".repeat(length)).collect();
    let scanner = Scanner::new(&keywords, &Rarity::unknown()).unwrap();
    assert_eq!(scanner.engine(), Engine::Automaton);
    let told = found(&scanner, &"哈".repeat(70), &mut Scan::default());
    assert_eq!(told.len(), (3..=70).map(|length| 71 - length).sum());
    let refused = Scanner::with_engine(Engine::Filter, &keywords, &Rarity::unknown());
    assert!(matches!(refused, Err(ScanError::Many { .. })));
}

#[test]
#[cfg_attr(miri, ignore = "takes hours there")]
fn a_rare_stem_of_many_keywords_leaves_them_to_the_filter() {
    let tails: Vec<String> = (0..100)
        .map(|n| [0x4E00 + 2 * n, 0x4E01 + 2 * n].map(|code| char::from_u32(code).unwrap()))
        .map(String::from_iter)
        .collect();
    let common = tails.iter().map(String::as_str).chain(["幸", "咖啡"]);
    let rarity = Rarity::of_words(common.map(|word| (word, 1_000_000)));
    let keywords: Vec<String> = tails.iter().map(|tail| format!("瑞幸咖啡{tail}")).collect();
    let scanner = Scanner::new(&keywords, &rarity).unwrap();
    assert_eq!(scanner.engine(), Engine::Filter);
    let all = keywords.join("，");
    check(&keywords, &[all, "瑞幸咖啡".into()], &rarity);
    // Where the stem is all there is, they stay crowded.
    let alike = vec!["瑞幸咖"; usize::from(MAX_KEYWORDS_PER_ANCHOR) + 1];
    let full = Scanner::new(&alike[1..], &rarity).unwrap();
    assert_eq!(full.engine(), Engine::Filter);
    let crowded = Scanner::new(&alike, &rarity).unwrap();
    assert_eq!(crowded.engine(), Engine::Automaton);
}

#[test]
fn keywords_are_told_apart_and_bad_ones_named() {
    let told = strings(["停电", "停電", "炉", "爐"]);
    check(&told, &strings(["停电了，电炉"]), &Rarity::unknown());
    let empty = Scanner::new(&strings(["停电", "\u{200b}"]), &Rarity::unknown());
    assert!(matches!(empty, Err(ScanError::Empty { index: 1 })));
    let long = "字".repeat(MAX_SCAN_UNITS + 1);
    let long = Scanner::new(&[long], &Rarity::unknown());
    assert!(matches!(long, Err(ScanError::Long { index: 0, .. })));
    let none: [&str; 0] = [];
    let scanner = Scanner::new(&none, &Rarity::unknown()).unwrap();
    assert_eq!(found(&scanner, "停电", &mut Scan::default()), []);
    let most = u64::from(u32::MAX) - 1;
    assert!(check_room(most, most).is_ok());
    for (keywords, units) in [(most + 1, 1), (1, most + 1)] {
        let many = check_room(keywords, units);
        assert!(matches!(many, Err(ScanError::Many { .. })));
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes hours there")]
fn a_stored_form_is_used_where_it_fits_and_never_otherwise() {
    let keywords = strings(["炉", "停电", "停水了", "小区突然停气", "🙂停", "abc"]);
    let other = strings(["炉", "停电", "停水了", "小区突然停气", "🙂停", "abd"]);
    let text = "小区突然停气，停电停水了🙂停，电炉abc";
    let scanner = Scanner::new(&keywords, &Rarity::unknown()).unwrap();
    let expected = found(&scanner, text, &mut Scan::default());
    assert_eq!(expected.len(), 6);
    let bytes = scanner.to_stored().unwrap();
    let back = |bytes: &[u8], keywords: &[String]| {
        let (scanner, fits) = Scanner::from_stored(bytes, keywords, &Rarity::unknown()).unwrap();
        (found(&scanner, text, &mut Scan::default()), fits)
    };
    assert_eq!(back(&bytes, &keywords), (expected.clone(), Ok(())));
    let (again, fits) = Scanner::from_stored(&bytes, &keywords, &Rarity::unknown()).unwrap();
    assert_eq!((again.to_stored(), fits), (Some(bytes.clone()), Ok(())));
    assert_eq!(back(&bytes, &other).1, Err(Misfit::Keywords));
    assert_eq!(
        back(b"", &keywords),
        (expected.clone(), Err(Misfit::Version))
    );
    let mut of_another_build = bytes.clone();
    of_another_build[8] ^= 1;
    assert_eq!(
        back(&of_another_build, &keywords),
        (expected.clone(), Err(Misfit::Version))
    );
    for at in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        let (found, fits) = back(&damaged, &keywords);
        assert!(fits.is_err(), "{at}");
        assert_eq!(found, expected);
        assert!(back(&bytes[..at], &keywords).1.is_err(), "{at}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes hours there")]
fn a_forged_form_is_refused_though_its_sums_fit() {
    let keywords = strings(["小区突然停气"]);
    let scanner = Scanner::new(&keywords, &Rarity::unknown()).unwrap();
    let mut bytes = scanner.to_stored().unwrap();
    // The last table is the keyword's length and its six units; its length becomes nought.
    let (length, tables, sum) = (bytes.len() - 2 * 7, 8 + 3 * 32, 8 + 2 * 32);
    assert_eq!(bytes[length], 6);
    bytes[length] = 0;
    let hash = blake3::hash(&bytes[tables..]);
    bytes[sum..tables].copy_from_slice(hash.as_bytes());
    let (scanner, fits) = Scanner::from_stored(&bytes, &keywords, &Rarity::unknown()).unwrap();
    assert_eq!(fits, Err(Misfit::Damaged));
    let told = found(&scanner, "小区突然停气了", &mut Scan::default());
    assert_eq!(told.len(), 1);
}

/// 㑮 folds to a character of two units: a block that has one is left to safe code, also where half of
/// it was written already, and where the block before it wrote more units than it has bytes.
#[test]
fn a_character_that_folds_beyond_the_plane_is_found_wherever_it_stands_in_a_block() {
    let keywords = strings(["㑮x", "\u{2b748}", "a㑮", "🙂停"]);
    let mut texts = vec![format!("{}🙂停㑮x", "a".repeat(63))];
    for before in [0, 1, 30, 31, 32, 33, 61, 62, 63, 64, 65, 127] {
        texts.push(format!(
            "\u{200b}{}㑮{}",
            "a".repeat(before),
            "x".repeat(40)
        ));
        texts.push(format!("{}停㑮x", "停".repeat(before)));
    }
    check(&keywords, &texts, &Rarity::unknown());
}

#[test]
fn memory_used_for_a_long_text_does_not_leak_into_a_short_one() {
    let keywords = strings(["停电", "停电了吗"]);
    let texts = strings([&"停电了吗".repeat(100), "停", "停电", "电", "了吗", ""]);
    check(&keywords, &texts, &Rarity::unknown());
}

// Characters of all widths, few enough that keywords occur.
proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    #[cfg_attr(miri, ignore = "takes hours there")]
    fn agrees_with_the_oracle(
        keywords in proptest::collection::vec("[停电a1🙂㑮][停電电网a1Ａé🙂𠮷㑮\u{200b}\u{301}。\0]{0,5}", 0..12),
        texts in proptest::collection::vec("[停電电网a1Ａé🙂𠮷㑮\u{200b}\u{301}。\0]{0,200}", 1..4),
        words in proptest::collection::vec(("[停电网a1]{1,3}", 1..100_u64), 0..8),
    ) {
        let words = words.iter().map(|(word, frequency)| (word.as_str(), *frequency));
        let rarity = Rarity::of_words(words);
        check(&keywords, &texts, &rarity);
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes hours there")]
    fn agrees_with_the_oracle_on_any_characters(
        text in "\\PC{0,120}",
        from in 0..100_usize,
        lengths in proptest::collection::vec(1..9_usize, 1..6),
    ) {
        // Keywords cut from the text itself.
        let chars: Vec<char> = text.chars().collect();
        let cut = lengths.iter().enumerate().map(|(step, length)| {
            let start = (from + 7 * step) % chars.len().max(1);
            chars.iter().skip(start).take(*length).collect::<String>()
        });
        let keywords: Vec<String> = cut.filter(|key| !fold_str(key).is_empty()).collect();
        check(&keywords, &[text], &Rarity::unknown());
    }
}
