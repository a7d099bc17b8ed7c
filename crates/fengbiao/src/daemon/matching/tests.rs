//! A note is read as it is written, and a log that has become shorter is gone on with.

use std::collections::VecDeque;
use std::sync::Mutex;

use fengbiao_log::{Destination, NewRecord};

use super::*;

#[test]
fn the_note_of_a_cursor_is_read_as_it_is_written() {
    for number in [None, Some(LexiconNumber(7))] {
        let note = Note {
            number,
            found_at: Timestamp::from_millis(1_700_000_000_123),
        };
        assert_eq!(Note::parse(&note.to_string()), Some(note));
    }
    assert_eq!(Note::parse(""), None);
}

/// What a consumer tells, and where it was told to read.
#[derive(Clone, Default)]
struct Script {
    events: Arc<Mutex<VecDeque<Vec<Event>>>>,
    told: Arc<Mutex<Vec<Told>>>,
}

#[derive(Debug, PartialEq, Eq)]
enum Told {
    Seek(Offset),
    Commit { next: Offset, hits: bool },
}

impl Consumer for Script {
    fn poll(&mut self, _: usize, _: Duration) -> Result<Vec<Event>, LogError> {
        Ok(self.events.lock().unwrap().pop_front().unwrap_or_default())
    }

    fn seek(&mut self, _: Partition, next: Offset) -> Result<(), LogError> {
        self.told.lock().unwrap().push(Told::Seek(next));
        Ok(())
    }

    fn commit(
        &mut self,
        produced: Vec<NewRecord>,
        cursors: Vec<(Partition, Cursor)>,
    ) -> Result<Vec<Position>, LogError> {
        let hit = |record: &&NewRecord| matches!(record.to, Destination::Key(_));
        let told = Told::Commit {
            next: cursors[0].1.next,
            hits: produced.iter().any(|record| hit(&record)),
        };
        self.told.lock().unwrap().push(told);
        Ok(Vec::new())
    }
}

fn matching(folder: &std::path::Path, script: &Script) -> Matching {
    use fengbiao_log::embedded::{Embedded, Options};
    let registry = prometheus::Registry::new();
    let clock = Arc::new(crate::clock::SystemClock::new());
    let metrics = fengbiao_log::Metrics::register(&registry).unwrap();
    let path = folder.join("log.sqlite");
    let log = Embedded::open(&path, Options::default(), clock.clone(), metrics).unwrap();
    let publications = Publications::new(
        crate::log::Log::Embedded(log),
        fengbiao_matcher::Segmenter::load().unwrap(),
        super::super::compiled::Compiled::below(folder),
    );
    let text = crate::lexicons::shipped();
    let lexicon = fengbiao_lexicon::check(&text).lexicon.unwrap();
    let matcher = publications.compile(lexicon).unwrap();
    publications.publish(&text, matcher).unwrap();
    Matching {
        consumer: Box::new(script.clone()),
        publications,
        hits_partitions: 1,
        clock,
        health: Arc::new(Health::new(super::super::role::RoleSet::all())),
        metrics: Arc::new(Metrics::register(&registry).unwrap()),
        reader: PostReader::default(),
        scratch: Scratch::default(),
        partitions: BTreeMap::new(),
        matchers: BTreeMap::new(),
        marked: None,
    }
}

#[test]
fn it_goes_on_from_the_end_of_a_log_that_has_become_shorter() {
    let partition = Partition(0);
    let cursor = Cursor {
        next: Offset(100),
        note: "lexicon=1 found_at=0".to_owned(),
    };
    let post = fengbiao_crawler::Preparer::new(
        fengbiao_crawler::Intake::new(fengbiao_model::SourceId::new("square").unwrap()),
        fengbiao_crawler::PseudonymKeys::new([1; 32], TimeSpan::from_hours(1)),
        Arc::new(crate::clock::SystemClock::new()),
        fengbiao_crawler::Metrics::register(&prometheus::Registry::new()).unwrap(),
    );
    let line = r#"{"text":"安吉县第一小学食堂午饭后十几个学生呕吐"}"#;
    let post = post.line(line.as_bytes()).unwrap().record;
    let record = Record {
        position: Position {
            partition,
            offset: Offset(40),
        },
        payload: fengbiao_wire::encode_post_record(&post),
    };
    let script = Script::default();
    script.events.lock().unwrap().extend([
        vec![Event::Assigned(vec![(partition, Some(cursor))])],
        vec![Event::End {
            partition,
            next: Offset(40),
        }],
        vec![Event::Records(partition, vec![record])],
    ]);
    let folder = tempfile::tempdir().unwrap();
    let mut matching = matching(folder.path(), &script);
    for _ in 0..3 {
        matching.round().unwrap();
    }
    let told = std::mem::take(&mut *script.told.lock().unwrap());
    let commit = |next, hits| Told::Commit {
        next: Offset(next),
        hits,
    };
    // The mark of the assignment, then the end, then what stands behind it.
    let expected = [
        commit(100, false),
        Told::Seek(Offset(40)),
        commit(40, false),
        commit(41, true),
    ];
    assert_eq!(told, expected);
    assert_eq!(matching.metrics.posts_lost.get(), 60);
}
