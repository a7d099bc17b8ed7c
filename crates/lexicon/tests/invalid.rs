//! One file in `testdata/invalid` for each way of being wrong, named `<code>--<detail>.toml`, with
//! a snapshot of what an analyst sees.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fengbiao_lexicon::{LexiconText, Severity, check, reference};

fn fixtures() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/invalid");
    let mut fixtures = BTreeMap::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            fixtures.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
    fixtures
}

/// The fixture as a folder of its own, with the lists it names and those it means.
fn folder(text: &str) -> LexiconText {
    let mut files = BTreeMap::from([("food.toml".to_owned(), text.to_owned())]);
    for (name, list) in [
        (
            "counties.txt",
            include_str!("../testdata/invalid/lists/counties.txt"),
        ),
        (
            "counties-faulty.txt",
            include_str!("../testdata/invalid/lists/counties-faulty.txt"),
        ),
        (
            "counties-odd.txt",
            include_str!("../testdata/invalid/lists/counties-odd.txt"),
        ),
    ] {
        if text.contains(name) || (name == "counties.txt" && text.contains("countys.txt")) {
            files.insert(format!("lists/{name}"), list.to_owned());
        }
    }
    LexiconText { files }
}

fn rendered(texts: &LexiconText) -> String {
    let shown = |fault: &fengbiao_lexicon::Diagnostic| fault.render(texts, false);
    check(texts)
        .diagnostics
        .iter()
        .map(shown)
        .collect::<Vec<_>>()
        .join("\n\n")
}

#[test]
fn each_mistake_is_shown_as_an_analyst_needs_it() {
    for (name, text) in fixtures() {
        let texts = folder(&text);
        let checked = check(&texts);
        let code = name.split("--").next().unwrap();
        let meant = checked
            .diagnostics
            .iter()
            .filter(|fault| fault.code.as_str() == code);
        if name != "every-kind-at-once" {
            assert!(meant.count() > 0, "{name}: {:#?}", checked.diagnostics);
        }
        let errors = checked
            .diagnostics
            .iter()
            .any(|fault| fault.severity == Severity::Error);
        assert_eq!(checked.lexicon.is_none(), errors, "{name}");
        insta::assert_snapshot!(name, rendered(&texts));
    }
}

#[test]
fn every_code_has_a_fixture_or_a_test_of_its_own() {
    let elsewhere = [
        "not-utf8",
        "no-topics",
        "duplicate-topic",
        "tier-condition",
        "tier-of-nothing",
        "case-failed",
        "unused-file",
        "expired",
    ];
    let fixtures = fixtures();
    let shown: BTreeSet<_> = fixtures
        .keys()
        .filter_map(|name| name.split("--").next())
        .collect();
    let codes: BTreeSet<_> = reference().iter().map(|row| row.code.as_str()).collect();
    assert_eq!(codes.len(), reference().len());
    for row in reference() {
        let code = row.code.as_str();
        assert!(shown.contains(code) != elsewhere.contains(&code), "{code}");
        assert!(
            row.meaning.ends_with('.') && !row.example.is_empty(),
            "{code}"
        );
    }
}

#[test]
fn all_mistakes_of_a_file_are_reported_at_once() {
    let texts = folder(&fixtures()["every-kind-at-once"]);
    let found: BTreeSet<_> = check(&texts)
        .diagnostics
        .iter()
        .map(|f| f.code.as_str())
        .collect();
    let expected = [
        "blank",
        "duplicate-entry",
        "duplicate-rule",
        "empty-list",
        "invalid-id",
        "invalid-time",
        "list-entry",
        "list-file-missing",
        "missing-cases",
        "missing-key",
        "mixed-and-or",
        "near-distance",
        "operator-case",
        "out-of-range",
        "true-without-keys",
        "unclosed",
        "unknown-key",
        "unknown-list",
        "wrong-type",
    ];
    for code in expected {
        assert!(found.contains(code), "{code} is not among {found:?}");
    }
}
