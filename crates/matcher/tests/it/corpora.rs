//! Against real texts, where `FENGBIAO_CORPORA` names their folder.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use aho_corasick::{AhoCorasick, MatchKind};
use fengbiao_matcher::fold::{fold, fold_str};
use fengbiao_matcher::scan::{Engine, InstructionSet, PatternId, Rarity, Scan, Scanner};

/// The folder of the corpora, or a line that says which test was skipped.
fn corpora(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("FENGBIAO_CORPORA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: {test}: FENGBIAO_CORPORA is not set");
    }
    folder
}

/// Measured when the table was made. Nearly all of the rest replace words by the words of another
/// region, which no table of characters can do.
const EQUAL_AT_LEAST: usize = 113;

#[test]
fn traditional_and_simplified_sentences_fold_alike() {
    let Some(folder) = corpora("traditional_and_simplified_sentences_fold_alike") else {
        return;
    };
    let text = std::fs::read_to_string(folder.join("t2s_cases.tsv")).unwrap();
    let (mut equal, mut cases) = (0, 0);
    for line in text.lines() {
        let mut parts = line.split('\t');
        let (Some(kind), Some(from), Some(to)) = (parts.next(), parts.next(), parts.next()) else {
            panic!("{line}")
        };
        cases += 1;
        if fold_str(from) == fold_str(to) {
            equal += 1;
        } else {
            eprintln!("differs: {kind}: {}", fold_str(from));
        }
    }
    eprintln!("{equal} of {cases} fold alike");
    assert!(equal >= EQUAL_AT_LEAST, "{equal} of {cases}");
}

/// Lines of the corpora that are scanned, of each file; raw JSON, so that ASCII is among them.
const LINES_OF_EACH: usize = 3_000;

#[test]
fn every_engine_finds_in_real_texts_what_aho_corasick_finds() {
    let test = "every_engine_finds_in_real_texts_what_aho_corasick_finds";
    let Some(folder) = corpora(test) else {
        return;
    };
    let words = std::fs::read_to_string(folder.join("lexicons/THUOCL_medical.txt")).unwrap();
    let word = |line: &str| {
        line.split('\t')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let mut keywords: Vec<String> = words.lines().map(word).collect();
    keywords.extend(
        [
            "的", "了", "\"", "a", "20", "：", "疫情", "新冠", "#", "🙂", "http",
        ]
        .map(Into::into),
    );
    keywords.retain(|keyword| !fold_str(keyword).is_empty());
    let oracle = AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .build(keywords.iter().map(|key| fold_str(key)))
        .unwrap();
    let mut scanners = Vec::new();
    for set in InstructionSet::available() {
        for engine in [Engine::Filter, Engine::Automaton] {
            let scanner = Scanner::with_engine(engine, &keywords, &Rarity::unknown()).unwrap();
            scanners.push(scanner.with_instructions(set));
        }
    }
    let (mut scan, mut occurrences) = (Scan::default(), 0);
    for file in std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if file.extension().is_none_or(|extension| extension != "zst") {
            continue;
        }
        let text = zstd::Decoder::new(std::fs::File::open(&file).unwrap()).unwrap();
        for line in BufReader::new(text).lines().take(LINES_OF_EACH) {
            let line = line.unwrap();
            let expected = by_the_oracle(&oracle, &line);
            occurrences += expected.len();
            for scanner in &scanners {
                let mut found = Vec::new();
                scanner.scan(&line, &mut scan, |PatternId(keyword), bytes| {
                    found.push((bytes.start, bytes.end, keyword));
                });
                found.sort_unstable();
                assert!(
                    found == expected,
                    "{scanner:?} in a line of {}",
                    file.display()
                );
            }
        }
    }
    assert!(occurrences > 10_000, "{occurrences}");
}

/// What aho-corasick finds in the folded text, over the bytes of the original.
fn by_the_oracle(oracle: &AhoCorasick, text: &str) -> Vec<(usize, usize, usize)> {
    let folded = fold(text);
    let mut found = Vec::new();
    for hit in oracle.find_overlapping_iter(folded.text()) {
        let (bytes, _) = folded.origin(folded.char_at(hit.start()), folded.char_at(hit.end()));
        found.push((bytes.start, bytes.end, hit.pattern().as_usize()));
    }
    found.sort_unstable();
    found
}
