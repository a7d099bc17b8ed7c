//! What every scanner must find: every keyword tried at every place. The tests and the fuzzer
//! include this file, each with its own way to what it names.

use std::collections::BTreeSet;

use super::{Engine, InstructionSet, PatternId, Rarity, Scan, Scanner, fold, fold_str};

/// First and one past the last byte of an occurrence in the original text, and the keyword.
pub(super) type Found = (usize, usize, usize);

/// Occurrences as byte spans of the original, with the keyword.
fn naive(keywords: &[String], text: &str) -> BTreeSet<Found> {
    let folded = fold(text);
    let mut found = BTreeSet::new();
    for (number, keyword) in keywords.iter().enumerate() {
        let keyword: Vec<char> = fold_str(keyword).chars().collect();
        for (start, window) in folded.chars().windows(keyword.len()).enumerate() {
            if window == keyword {
                let (bytes, _) = folded.origin(start, start + keyword.len());
                found.insert((bytes.start, bytes.end, number));
            }
        }
    }
    found
}

/// What a scanner finds, in order.
pub(super) fn found(scanner: &Scanner, text: &str, scan: &mut Scan) -> Vec<Found> {
    let mut found = Vec::new();
    scanner.scan(text, scan, |PatternId(keyword), bytes| {
        found.push((bytes.start, bytes.end, keyword));
    });
    found.sort_unstable();
    found
}

/// Both engines.
pub(super) const ENGINES: [Engine; 2] = [Engine::Filter, Engine::Automaton];

/// Engines with every instruction set that they can have here.
pub(super) fn scanners(engines: &[Engine], keywords: &[String], rarity: &Rarity) -> Vec<Scanner> {
    let mut scanners = Vec::new();
    for set in InstructionSet::available() {
        for &engine in engines {
            match Scanner::with_engine(engine, keywords, rarity) {
                Ok(scanner) => scanners.push(scanner.with_instructions(set)),
                // Too many of them share their parts.
                Err(refused) => assert_eq!(engine, Engine::Filter, "{refused} {keywords:?}"),
            }
        }
    }
    scanners
}

/// Holds engines against the oracle.
pub(super) fn check(engines: &[Engine], keywords: &[String], texts: &[String], rarity: &Rarity) {
    let scanners = scanners(engines, keywords, rarity);
    let mut scan = Scan::default();
    for text in texts {
        let expected: Vec<Found> = naive(keywords, text).into_iter().collect();
        for scanner in &scanners {
            assert_eq!(
                found(scanner, text, &mut scan),
                expected,
                "{scanner:?} {keywords:?} in {text:?}"
            );
        }
    }
}
