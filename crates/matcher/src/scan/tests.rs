//! Every engine and instruction set against the oracle: every keyword tried at every place.

use proptest::prelude::*;

use super::*;
use crate::fold::{fold, fold_str};
use oracle::{check, found};

#[path = "oracle.rs"]
mod oracle;

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
        keywords in proptest::collection::vec("[停电a1🙂][停電电网a1Ａé🙂𠮷\u{200b}\u{301}。\0]{0,5}", 0..12),
        texts in proptest::collection::vec("[停電电网a1Ａé🙂𠮷\u{200b}\u{301}。\0]{0,200}", 1..4),
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
