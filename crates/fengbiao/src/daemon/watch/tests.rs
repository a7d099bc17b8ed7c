//! An edit is published as soon as it can be, and an audit entry is not lost with a failure.

use std::path::Path;

use clap::Parser as _;
use fengbiao_model::LexiconNumber;

use super::*;
use crate::cli::Cli;
use crate::clock::SystemClock;

/// A folder with a lexicon and the files of a daemon.
struct Desk {
    folder: tempfile::TempDir,
    app: App,
    files: Files,
    watched: Watched,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let (data, lexicon) = (path("data"), path("lexicon"));
        let line = [
            "fengbiao",
            "--data-dir",
            &data,
            "--lexicon",
            &lexicon,
            "run",
        ];
        let app = App::new(&Cli::try_parse_from(line).unwrap()).unwrap();
        write(folder.path(), "停电", "power-desk");
        let files = Files::open(&app, Arc::new(SystemClock::new())).unwrap();
        Self {
            folder,
            app,
            files,
            watched: Watched::default(),
        }
    }

    fn look(&mut self) {
        look(&self.app, &self.files, &mut self.watched, false);
    }

    /// As if the pause after a failure was over.
    fn look_later(&mut self) {
        if let Some(at) = &mut self.watched.failed {
            *at -= PUBLISH_RETRY;
        }
        self.look();
    }

    /// What the audit trail says of published lexicons.
    fn told(&self) -> Vec<String> {
        let lines = self.files.ledger.audit_after(0, 100).unwrap();
        let lines = lines
            .into_iter()
            .filter(|line| line.what == "lexicon.published");
        lines.map(|line| line.note).collect()
    }

    fn latest(&self) -> Option<LexiconNumber> {
        self.files.pipeline.publications.latest().unwrap()
    }

    /// While it is held nobody writes into the ledger.
    fn lock_ledger(&self) -> rusqlite::Connection {
        let path = self
            .folder
            .path()
            .join("data")
            .join(super::super::LEDGER_FILE);
        let other = rusqlite::Connection::open(path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        other
    }
}

fn write(folder: &Path, keyword: &str, owner: &str) {
    let text = format!(
        r#"
topic = "power"
name = "停电"
purpose = "尽早发现停电"
owner = "{owner}"
[[rule]]
id = "outage"
match = "{keyword}"
hits = ["{keyword}了"]
misses = ["来电了"]
"#
    );
    std::fs::create_dir_all(folder.join("lexicon")).unwrap();
    std::fs::write(folder.join("lexicon/power.toml"), text).unwrap();
}

#[test]
fn an_edit_that_meets_a_passing_failure_is_published_when_it_is_over() {
    let mut desk = Desk::new();
    desk.look();
    assert_eq!(
        (desk.latest(), desk.told()),
        (Some(LexiconNumber(1)), vec!["version 1".to_owned()])
    );

    // The policy goes into the ledger first.
    write(desk.folder.path(), "停水", "water-desk");
    let locked = desk.lock_ledger();
    desk.look();
    assert_eq!(desk.latest(), Some(LexiconNumber(1)));
    drop(locked);
    desk.look();
    assert_eq!(
        desk.latest(),
        Some(LexiconNumber(1)),
        "it pauses after a failure"
    );
    desk.look_later();
    assert_eq!(desk.latest(), Some(LexiconNumber(2)));

    // Here the audit entry is the first that is written.
    write(desk.folder.path(), "停气", "water-desk");
    let locked = desk.lock_ledger();
    desk.look();
    assert_eq!(desk.latest(), Some(LexiconNumber(3)));
    assert_eq!(desk.told(), ["version 1", "version 2"]);
    drop(locked);
    desk.look_later();
    assert_eq!(desk.latest(), Some(LexiconNumber(3)));
    assert_eq!(desk.told(), ["version 1", "version 2", "version 3"]);
}

#[test]
fn an_edit_with_errors_is_not_tried_again_before_it_is_edited() {
    let mut desk = Desk::new();
    write(desk.folder.path(), "停电 AND (", "power-desk");
    desk.look();
    let text = desk.app.lexicon_text().unwrap();
    assert_eq!(desk.watched.known, Some(text.hash()));
    assert!(desk.watched.failed.is_none() && !desk.watched.wants(text.hash()));
    write(desk.folder.path(), "停电", "power-desk");
    desk.look();
    assert_eq!(desk.latest(), Some(LexiconNumber(1)));
    assert_eq!(desk.watched.said, None, "it is sound again");
}

/// The place list of the lexicon, in another encoding than UTF-8.
#[test]
fn an_edit_that_is_not_utf8_is_refused_and_named() {
    let mut desk = Desk::new();
    let folder = desk.folder.path().join("lexicon");
    std::fs::create_dir_all(folder.join("lists")).unwrap();
    let topic = folder.join("power.toml");
    let text = std::fs::read_to_string(&topic).unwrap();
    let listed = text.replace("[[rule]]", "[lists]\nplace = { file = \"lists/places.txt\" }\n[subjects]\nplace = \"@place\"\n[[rule]]");
    std::fs::write(&topic, listed).unwrap();
    let list = folder.join("lists/places.txt");
    std::fs::write(&list, "郑州市\n").unwrap();
    desk.look();
    assert_eq!(desk.latest(), Some(LexiconNumber(1)));

    let gbk = b"\xd6\xa3\xd6\xdd\xca\xd0\n";
    std::fs::write(&list, gbk).unwrap();
    desk.look();
    assert_eq!(desk.latest(), Some(LexiconNumber(1)));
    let said = desk.watched.said.clone().unwrap_or_default();
    assert!(said.contains("error[not-utf8]"), "{said}");
    assert!(said.contains("lists/places.txt:1:2"), "{said}");
}

#[test]
fn a_folder_that_is_gone_is_said_once_and_so_is_its_return() {
    let mut desk = Desk::new();
    desk.look();
    let (folder, aside) = (
        desk.folder.path().join("lexicon"),
        desk.folder.path().join("aside"),
    );
    std::fs::rename(&folder, &aside).unwrap();
    desk.look();
    let said = desk.watched.said.clone().unwrap_or_default();
    assert!(said.contains("reading the lexicon `"), "{said}");
    desk.look();
    assert_eq!(desk.watched.said.as_ref(), Some(&said));
    std::fs::rename(&aside, &folder).unwrap();
    desk.look();
    assert_eq!(
        (desk.watched.said.clone(), desk.latest()),
        (None, Some(LexiconNumber(1)))
    );
}

#[test]
fn warnings_are_told_with_their_number() {
    let mut desk = Desk::new();
    let topic = desk.folder.path().join("lexicon/power.toml");
    let text = std::fs::read_to_string(&topic).unwrap();
    std::fs::write(&topic, text + "expires = 2020-01-01\n").unwrap();
    std::fs::write(topic.with_file_name("old.txt"), "旧\n").unwrap();
    let text = desk.app.lexicon_text().unwrap();
    let done = desk.files.control.publish(&text).unwrap();
    let said = done.warnings.unwrap();
    assert!(said.starts_with("warning[unused-file]"), "{said}");
    assert!(
        said.ends_with("and 2 more: `fengbiao lexicon check` shows them"),
        "{said}"
    );
    desk.look();
    assert_eq!(desk.watched.said, None, "warnings are no fault");
}
