//! A note is read as it is written, and a log that has become shorter is gone on with.

mod anew;
mod commits;
mod crew;

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;

use fengbiao_lexicon::LexiconText;
use fengbiao_log::embedded::{Embedded, Options};
use fengbiao_log::{Destination, Producer as _};
use fengbiao_model::{Control, LexiconNumber, Position};

use super::note::Note;
use super::*;
use crate::limits::{CREW_BYTES, CREW_RECORDS};
use crate::log::Log;

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
    /// A partition that is lost once so many more commits were made.
    gone: Arc<Mutex<Option<(usize, Partition)>>>,
    /// Hits that were committed: offset of the post, number of the lexicon.
    written: Arc<Mutex<Vec<(u64, u64)>>>,
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
        if let Some((left, partition)) = self.gone.lock().unwrap().as_mut() {
            let Some(fewer) = left.checked_sub(1) else {
                return Err(LogError::NotOwned {
                    topic: Topic::Posts,
                    partition: *partition,
                });
            };
            *left = fewer;
        }
        let hit = |record: &&NewRecord| matches!(record.to, Destination::Key(_));
        let told = Told::Commit {
            next: cursors[0].1.next,
            hits: produced.iter().any(|record| hit(&record)),
        };
        self.told.lock().unwrap().push(told);
        let mut written = self.written.lock().unwrap();
        for record in &produced {
            if let Ok(HitRecord::Hit(hit)) = fengbiao_wire::decode_hit_record(&record.payload) {
                written.push((hit.origin.offset.0, hit.version.0));
            }
        }
        Ok(Vec::new())
    }
}

/// An embedded log with so many partitions of `hits`.
fn log(folder: &Path, hits_partitions: u32) -> Arc<Embedded> {
    let metrics = fengbiao_log::Metrics::register(&prometheus::Registry::new()).unwrap();
    let mut options = Options::default();
    options.topic_mut(Topic::Hits).partitions = hits_partitions;
    let clock = Arc::new(crate::clock::SystemClock::new());
    Embedded::open(&folder.join("log.sqlite"), options, clock, metrics).unwrap()
}

fn publications(folder: &Path, log: &Arc<Embedded>) -> Publications {
    Publications::new(
        Log::Embedded(Arc::clone(log)),
        fengbiao_matcher::Segmenter::load().unwrap(),
        super::super::compiled::Compiled::below(folder),
    )
}

fn publish(publications: &Publications, text: &LexiconText) {
    let lexicon = fengbiao_lexicon::check(text).lexicon.unwrap();
    let matcher = publications.compile(lexicon).unwrap();
    let none = LexiconNumber(0);
    let turn = publications.turn();
    publications.publish(&turn, text, matcher, none).unwrap();
}

/// The role, reading by `consumer`.
fn role(consumer: Box<dyn Consumer>, publications: Publications, log: &Embedded) -> Matching {
    Matching {
        consumer,
        publications,
        hits_partitions: log.partitions(Topic::Hits),
        clock: Arc::new(crate::clock::SystemClock::new()),
        health: Arc::new(Health::new(super::super::role::RoleSet::all())),
        metrics: Arc::new(Metrics::register(&prometheus::Registry::new()).unwrap()),
        crew: Crew::new(2),
        partitions: BTreeMap::new(),
        matchers: BTreeMap::new(),
        marked: None,
    }
}

fn matching(folder: &Path, script: &Script) -> Matching {
    let log = log(folder, 1);
    let publications = publications(folder, &log);
    publish(&publications, &crate::lexicons::shipped());
    role(Box::new(script.clone()), publications, &log)
}

/// A post as a crawler writes it.
fn post(line: &str) -> Vec<u8> {
    let preparer = fengbiao_crawler::Preparer::new(
        fengbiao_crawler::Intake::new(fengbiao_model::SourceId::new("square").unwrap()),
        fengbiao_crawler::PseudonymKeys::new([1; 32], TimeSpan::from_hours(1)),
        Arc::new(crate::clock::SystemClock::new()),
        fengbiao_crawler::Metrics::register(&prometheus::Registry::new()).unwrap(),
    );
    fengbiao_wire::encode_post_record(&preparer.line(line.as_bytes()).unwrap().record)
}

fn lexicon() -> LexiconText {
    let text = r#"
topic = "power"
name = "停电"
purpose = "尽早发现停电"
owner = "power-desk"
[[rule]]
id = "outage"
match = "substring:停电"
hits = ["停电了"]
misses = ["来电了"]
"#;
    LexiconText {
        files: [("power.toml".to_owned(), text.to_owned())].into(),
    }
}

fn append(log: &Embedded, payloads: impl IntoIterator<Item = Vec<u8>>) {
    let records = payloads.into_iter().map(|payload| NewRecord {
        topic: Topic::Posts,
        to: Destination::Partition(Partition(0)),
        payload,
    });
    log.append(records.collect()).unwrap();
}

/// What stands in `hits`, but for marks: `kind origin`, in the order of each partition.
fn written(log: &Arc<Embedded>) -> BTreeMap<Partition, Vec<String>> {
    let mut written: BTreeMap<Partition, Vec<String>> = BTreeMap::new();
    for record in log.scan_topic(Topic::Hits).unwrap() {
        let record = record.unwrap();
        let said = match fengbiao_wire::decode_hit_record(&record.payload).unwrap() {
            HitRecord::Hit(hit) => format!("hit {}", hit.origin.offset.0),
            HitRecord::Update { origin, .. } => format!("update {}", origin.offset.0),
            HitRecord::Stub { .. } => "stub".to_owned(),
            HitRecord::Delete { .. } => "delete".to_owned(),
            HitRecord::Marks(_) => continue,
        };
        written
            .entry(record.position.partition)
            .or_default()
            .push(said);
    }
    written
}

/// Rounds until all is read.
fn read_to_the_end(matching: &mut Matching, end: Offset) -> anyhow::Result<()> {
    while matching
        .partitions
        .get(&Partition(0))
        .is_none_or(|place| place.next < end)
    {
        matching.round()?;
    }
    Ok(())
}

#[test]
fn it_goes_on_from_the_end_of_a_log_that_has_become_shorter() {
    let partition = Partition(0);
    let cursor = Cursor {
        next: Offset(100),
        note: "lexicon=1 found_at=0".to_owned(),
    };
    let record = Record {
        position: Position {
            partition,
            offset: Offset(40),
        },
        payload: post(r#"{"text":"安吉县第一小学食堂午饭后十几个学生呕吐"}"#),
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

/// What failed before fails perhaps again with the first record.
#[test]
fn it_is_ready_once_it_has_read_and_not_when_it_was_told_what_to_read() {
    let folder = tempfile::tempdir().unwrap();
    let script = Script::default();
    let mut matching = matching(folder.path(), &script);
    let health = Arc::clone(&matching.health);
    health.open_crawler();
    health.alerter_alive(&fengbiao_alerter::record::Clocks::default());
    health.matcher_failed("an append is too long");
    let cursor = || {
        Some(Cursor {
            next: Offset(7),
            note: "lexicon=1 found_at=0".to_owned(),
        })
    };
    let partitions = [Partition(0), Partition(1)];
    let assigned = partitions.map(|one| (one, cursor())).to_vec();
    let end = |partition| Event::End {
        partition,
        next: Offset(7),
    };
    for (events, ready) in [
        (vec![], false),
        (vec![Event::Assigned(assigned)], false),
        (vec![end(Partition(0))], false),
        (vec![end(Partition(1))], true),
    ] {
        script.events.lock().unwrap().push_back(events);
        matching.round().unwrap();
        let obstacles = health.obstacles();
        let failed = "matcher: an append is too long".to_owned();
        assert_eq!(obstacles.contains(&failed), !ready, "{obstacles:?}");
        assert_eq!(obstacles.is_empty(), ready, "{obstacles:?}");
    }
}
