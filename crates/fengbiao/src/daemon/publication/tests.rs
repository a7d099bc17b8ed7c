//! Compiled once, found without being read whole, and put right where a topic was made anew.

use std::path::Path;

use fengbiao_log::Metrics;
use fengbiao_log::embedded::{Embedded, Options};

use super::*;
use crate::clock::SystemClock;

fn publications(folder: &Path) -> Publications {
    publications_in(folder, "log.sqlite")
}

/// Another file is a log that was made anew.
fn publications_in(folder: &Path, file: &str) -> Publications {
    let metrics = Metrics::register(&prometheus::Registry::new()).unwrap();
    let clock = Arc::new(SystemClock::new());
    let path = folder.join(file);
    let log = Embedded::open(&path, Options::default(), clock, metrics).unwrap();
    let compiled = Compiled::below(folder);
    Publications::new(Log::Embedded(log), Segmenter::load().unwrap(), compiled)
}

/// What was compiled to check it is what posts are matched with: at the first start, and where the
/// same lexicon is found in force.
#[test]
fn a_lexicon_is_compiled_once() {
    let folder = tempfile::tempdir().unwrap();
    let text = crate::lexicons::shipped();
    for new in [true, false] {
        let publications = publications(folder.path());
        let lexicon = fengbiao_lexicon::check(&text).lexicon.unwrap();
        let matcher = publications.compile(lexicon).unwrap();
        let checked = Arc::clone(matcher.lexicon());
        let turn = publications.turn();
        let published = publications
            .publish(&turn, &text, matcher, LexiconNumber(0))
            .unwrap();
        drop(turn);
        assert_eq!(published, (LexiconNumber(1), new));
        let matcher = publications.matcher(LexiconNumber(1)).unwrap();
        assert!(Arc::ptr_eq(matcher.lexicon(), &checked));
        assert_eq!(matcher.number(), LexiconNumber(1));
        publications.log.close();
    }
}

fn lexicon(keyword: &str) -> LexiconText {
    let text = format!(
        r#"
topic = "power"
name = "停电"
purpose = "尽早发现停电"
owner = "power-desk"
[[rule]]
id = "outage"
match = "substring:{keyword}"
hits = ["{keyword}了"]
misses = ["来电了"]
"#
    );
    LexiconText {
        files: [("power.toml".to_owned(), text)].into(),
    }
}

fn publish(publications: &Publications, keyword: &str, above: u64) -> (u64, bool) {
    let text = lexicon(keyword);
    let checked = fengbiao_lexicon::check(&text).lexicon.unwrap();
    let matcher = publications.compile(checked).unwrap();
    let turn = publications.turn();
    let published = publications.publish(&turn, &text, matcher, LexiconNumber(above));
    let (number, new) = published.unwrap();
    (number.0, new)
}

/// What stands in `posts`: `!3` is the control record of lexicon 3.
fn posts(publications: &Publications) -> Vec<String> {
    let records = publications.log.scan_topic(Topic::Posts).unwrap();
    let said = |record: &Record| match decode_post_record(&record.payload) {
        Ok(PostRecord::Control(control)) => format!("!{}", control.number.0),
        _ => "post".to_owned(),
    };
    records.map(|record| said(&record.unwrap())).collect()
}

/// Copies what `lexicons` holds into a log whose `posts` is empty.
fn copy_lexicons(from: &Publications, to: &Publications) {
    let records = from.log.scan_topic(Topic::Lexicons).unwrap();
    let records = records.map(|record| NewRecord {
        topic: Topic::Lexicons,
        to: Destination::Partition(Partition(0)),
        payload: record.unwrap().payload,
    });
    to.log.append(records.collect()).unwrap();
}

fn add_post(publications: &Publications) {
    let post = NewRecord {
        topic: Topic::Posts,
        to: Destination::Partition(Partition(0)),
        payload: b"{}".to_vec(),
    };
    publications.log.append(vec![post]).unwrap();
}

fn in_force(publications: &Publications, offset: u64) -> Option<u64> {
    let at = Position {
        partition: Partition(0),
        offset: Offset(offset),
    };
    publications.in_force(at).unwrap().map(|number| number.0)
}

#[test]
fn another_process_finds_what_was_published_since_and_reads_the_one_that_it_wants() {
    let folder = tempfile::tempdir().unwrap();
    let ours = publications(folder.path());
    // It has read the topic before, as a matcher has that runs apart.
    let theirs = Publications {
        ready: Arc::default(),
        index: Arc::default(),
        ..ours.clone()
    };
    assert_eq!(theirs.latest().unwrap(), None);
    for (number, keyword) in [(1, "停电"), (2, "停水"), (3, "停气")] {
        assert_eq!(publish(&ours, keyword, 0), (number, true));
        assert_eq!(theirs.latest().unwrap(), Some(LexiconNumber(number)));
    }
    let found = theirs.lexicon(LexiconNumber(2)).unwrap();
    assert_eq!(found.hash, lexicon("停水").hash());
    // Only what is new is read.
    let read = theirs.index.lock().unwrap().next;
    assert_eq!(
        read,
        ours.log.next_offset(Topic::Lexicons, Partition(0)).unwrap()
    );
    assert!(!theirs.has(LexiconNumber(4)).unwrap());
}

/// The parts of a publication that died are there, and the others are not.
#[test]
fn what_is_not_whole_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let publications = publications(folder.path());
    publish(&publications, "停电", 0);
    let text = lexicon("停水");
    let manifest = LexiconManifest {
        number: LexiconNumber(2),
        hash: text.hash(),
        files: Vec::new(),
        parts: 1,
    };
    let manifest = lexicon_record(&LexiconRecord::Manifest(manifest));
    publications.log.append(vec![manifest]).unwrap();
    assert!(!publications.has(LexiconNumber(2)).unwrap());
    assert_eq!(publications.latest().unwrap(), Some(LexiconNumber(1)));
    assert_eq!(publish(&publications, "停水", 0), (3, true));
}

#[test]
fn a_log_that_is_another_one_is_read_from_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let before = publications(folder.path());
    publish(&before, "停电", 0);
    publish(&before, "停水", 0);
    let anew = publications_in(folder.path(), "anew.sqlite");
    for keyword in ["停气", "停暖", "停工"] {
        publish(&anew, keyword, 0);
    }
    let mut index = Index::default();
    index.catch_up(&before.log).unwrap();
    index.catch_up(&anew.log).unwrap();
    let hashes: Vec<_> = index.iter().map(|(_, published)| published.hash).collect();
    let expected = ["停气", "停暖", "停工"].map(|keyword| lexicon(keyword).hash());
    assert_eq!(hashes, expected);
    index.catch_up(&before.log).unwrap();
    assert_eq!(index.iter().count(), 2);
}

#[test]
fn control_records_are_written_again_where_posts_was_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let before = publications(folder.path());
    add_post(&before);
    publish(&before, "停电", 0);
    publish(&before, "停水", 0);
    let anew = publications_in(folder.path(), "anew.sqlite");
    copy_lexicons(&before, &anew);
    assert_eq!(in_force(&anew, 0), Some(2), "the newest, where none stands");
    // Those of a crawler stand where control records are believed.
    add_post(&anew);
    add_post(&anew);
    add_post(&anew);
    assert_eq!(in_force(&anew, 0), Some(2));
    assert_eq!(publish(&anew, "停水", 2), (2, false));
    assert_eq!(posts(&anew), ["post", "post", "post", "!2"]);
    assert_eq!(publish(&anew, "停水", 2), (2, false));
    assert_eq!(posts(&anew).len(), 4, "once is enough");
    assert_eq!(publish(&anew, "停气", 2), (3, true));
    assert_eq!(posts(&anew)[4..], ["!3"]);
    assert_eq!(in_force(&anew, 0), Some(2), "the first that stands there");
    let first = in_force(&before, 0);
    assert_eq!(first, Some(1), "also where nothing was lost");
}

#[test]
fn numbers_go_on_behind_those_of_the_ledger_where_lexicons_was_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let publications = publications(folder.path());
    assert_eq!(publish(&publications, "停电", 7), (8, true));
    assert_eq!(publish(&publications, "停电", 8), (8, false));
    assert_eq!(publish(&publications, "停水", 8), (9, true));
}

/// The folder is watched while somebody publishes by the API: numbers are taken one after another, and
/// each stands for one text.
#[test]
fn publications_at_once_take_numbers_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let publications = publications(folder.path());
    let words: Vec<String> = (0..8).map(|n| format!("停电{n}")).collect();
    let publications = &publications;
    let mut taken: Vec<(u64, String)> = std::thread::scope(|scope| {
        let one = |word: String| scope.spawn(move || (publish(publications, &word, 0).0, word));
        let all: Vec<_> = words.into_iter().map(one).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    taken.sort();
    for (at, (number, word)) in (1..).zip(taken) {
        assert_eq!(number, at);
        let read = publications.lexicon(LexiconNumber(number)).unwrap();
        let text = lexicon(&word);
        assert_eq!(read.hash, text.hash(), "{word}");
    }
    publications.log.close();
}
