//! The arrows between rooms are those of ARCHITECTURE.md, which names the rooms there are.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    Model,
    Core,
    Shell,
    App,
}

/// The rooms of ARCHITECTURE.md. `benches` and `xtask` stand outside.
const ROOMS: [(&str, Kind); 11] = [
    ("fengbiao-model", Kind::Model),
    ("fengbiao-wire", Kind::Core),
    ("fengbiao-lexicon", Kind::Core),
    ("fengbiao-matcher", Kind::Core),
    ("fengbiao-alerter", Kind::Core),
    ("fengbiao-log", Kind::Shell),
    ("fengbiao-ledger", Kind::Shell),
    ("fengbiao-crawler", Kind::Shell),
    ("fengbiao-sink", Kind::Shell),
    ("fengbiao-console", Kind::Shell),
    ("fengbiao", Kind::App),
];
const OUTSIDE: [&str; 2] = ["fengbiao-benches", "xtask"];
/// The only arrows between rooms of one kind.
const SIDEWAYS: [(&str, &str); 2] = [
    ("fengbiao-matcher", "fengbiao-lexicon"),
    ("fengbiao-console", "fengbiao-ledger"),
];

fn metadata() -> Metadata {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .unwrap()
}

fn allowed(from: &str, to: &str, rooms: &BTreeMap<&str, Kind>) -> bool {
    match (rooms.get(from), rooms.get(to)) {
        (Some(a), Some(b)) => a > b || SIDEWAYS.contains(&(from, to)),
        _ => false,
    }
}

#[test]
fn the_arrows_are_those_of_the_architecture() {
    let rooms: BTreeMap<&str, Kind> = ROOMS.into();
    let metadata = metadata();
    let members: BTreeSet<&str> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    let known: BTreeSet<&str> = rooms.keys().copied().chain(OUTSIDE).collect();
    assert_eq!(
        members, known,
        "a package that is no room, or a room that is missing"
    );
    let mut wrong = Vec::new();
    for package in metadata
        .packages
        .iter()
        .filter(|p| !OUTSIDE.contains(&p.name.as_str()))
    {
        for dependency in &package.dependencies {
            let inside = members.contains(dependency.name.as_str());
            let counted = dependency.kind != DependencyKind::Development;
            if inside && counted && !allowed(&package.name, &dependency.name, &rooms) {
                wrong.push(format!("{} -> {}", package.name, dependency.name));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "arrows that ARCHITECTURE.md forbids: {wrong:?}"
    );
}

#[test]
fn a_forbidden_arrow_is_seen() {
    let rooms: BTreeMap<&str, Kind> = ROOMS.into();
    assert!(allowed("fengbiao", "fengbiao-log", &rooms));
    assert!(allowed("fengbiao-console", "fengbiao-ledger", &rooms));
    for (from, to) in [
        ("fengbiao-log", "fengbiao-ledger"),
        ("fengbiao-wire", "fengbiao-matcher"),
        ("fengbiao-lexicon", "fengbiao-matcher"),
        ("fengbiao-model", "fengbiao-wire"),
        ("fengbiao-alerter", "fengbiao-ledger"),
        ("fengbiao-log", "xtask"),
    ] {
        assert!(!allowed(from, to, &rooms), "{from} -> {to}");
    }
}

#[test]
fn the_architecture_names_the_crates_there_are() {
    let text = include_str!("../ARCHITECTURE.md");
    let named: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("### `")?.split('`').next())
        .collect();
    let metadata = metadata();
    let root = metadata.workspace_root.clone();
    let there: BTreeSet<String> = metadata
        .packages
        .iter()
        .filter_map(|p| p.manifest_path.parent()?.strip_prefix(&root).ok())
        .map(ToString::to_string)
        .collect();
    assert_eq!(named, there.iter().map(String::as_str).collect());
}
