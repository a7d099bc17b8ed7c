//! Against real texts, where `FENGBIAO_CORPORA` names their folder.

use std::path::PathBuf;

use fengbiao_matcher::fold::fold_str;

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
