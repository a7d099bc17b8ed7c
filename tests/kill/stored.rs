//! What a daemon has stored.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fengbiao_log::embedded::{Embedded, Options};
use fengbiao_log::{Metrics, Record, Topic};
use fengbiao_model::{Clock, HitRecord, PostRecord, TimeSpan, Timestamp};
use fengbiao_wire::{decode_hit_record, decode_post_record};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

/// A clock that stands: so nothing that is read grows old.
struct Still;

impl Clock for Still {
    fn wall(&self) -> Timestamp {
        Timestamp::EPOCH
    }

    fn monotonic(&self) -> TimeSpan {
        TimeSpan::ZERO
    }

    fn real(&self, _: TimeSpan) -> Duration {
        Duration::from_secs(1)
    }
}

/// The topics of a log.
pub(crate) struct Stored {
    /// Ids of posts.
    pub(crate) posts: BTreeSet<String>,
    /// Topic, post, rule and version.
    pub(crate) hits: BTreeSet<(String, String, String, u64)>,
}

impl Stored {
    /// Reads the log of a daemon that has stopped.
    pub(crate) fn read(data: &Path) -> Self {
        let metrics = Metrics::register(&prometheus::Registry::new()).unwrap();
        let path = data.join("log.sqlite");
        let log = Embedded::open(&path, Options::default(), Arc::new(Still), metrics).unwrap();
        let records = |topic| log.scan_topic(topic).unwrap().map(Result::unwrap);
        let stored = Self::of(records(Topic::Posts), records(Topic::Hits));
        log.close();
        stored
    }

    /// What is in records of the topics `posts` and `hits`.
    pub(crate) fn of(
        posts: impl Iterator<Item = Record>,
        hit_records: impl Iterator<Item = Record>,
    ) -> Self {
        let mut hits = BTreeSet::new();
        for record in hit_records {
            let HitRecord::Hit(hit) = decode_hit_record(&record.payload).unwrap() else {
                continue;
            };
            for rule in &hit.rules {
                let (topic, post) = (hit.topic.to_string(), hit.post.id.to_string());
                hits.insert((topic, post, rule.rule.to_string(), hit.version.0));
            }
        }
        let posts = posts.filter_map(|record| post(&record)).collect();
        Self { posts, hits }
    }
}

fn post(record: &Record) -> Option<String> {
    match decode_post_record(&record.payload).unwrap() {
        PostRecord::Post(post) | PostRecord::Update(post) => Some(post.id.to_string()),
        PostRecord::Delete(_) | PostRecord::Control(_) => None,
    }
}

pub(crate) fn reader(path: &Path) -> Connection {
    let reader = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    reader.busy_timeout(crate::support::PATIENCE).unwrap();
    reader
}

pub(crate) fn rows(reader: &Connection, sql: &str) -> Vec<(String, i64)> {
    let mut statement = reader.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

/// What matcher, alerter and receivers of a running daemon still have to do; none when nothing is
/// left of what its sources have brought.
pub(crate) fn left_to_do(data: &Path) -> Option<String> {
    let (log, ledger) = (
        reader(&data.join("log.sqlite")),
        reader(&data.join("ledger.sqlite")),
    );
    // Each stage is asked before the one that feeds on it.
    let posts = "SELECT 'posts', next FROM partitions WHERE topic = 'posts'";
    let matched = "SELECT 'posts', next FROM cursors WHERE topic = 'posts' AND name = 'matcher'";
    let hits = "SELECT 'hits', next FROM partitions WHERE topic = 'hits'";
    let taken = "SELECT 'hits', next FROM positions WHERE input = 'hits'";
    let steps = [
        (rows(&log, posts), rows(&log, matched)),
        (rows(&log, hits), rows(&ledger, taken)),
    ];
    for (there, done) in steps {
        if done.is_empty() || there.iter().zip(&done).any(|(there, done)| there > done) {
            return Some(format!("there is {there:?}, done is {done:?}"));
        }
    }
    notices_wait(&ledger)
}

/// Notices that have not been delivered yet.
pub(crate) fn notices_wait(ledger: &Connection) -> Option<String> {
    let waiting = "SELECT receiver, count(*) FROM outbox WHERE state = 'waiting' GROUP BY receiver";
    let waiting = rows(ledger, waiting);
    (!waiting.is_empty()).then(|| format!("notices wait: {waiting:?}"))
}

/// Keys of notices that were not delivered.
pub(crate) fn undelivered(data: &Path) -> Vec<String> {
    let sql = "SELECT key, row FROM outbox WHERE state <> 'delivered'";
    let rows = rows(&reader(&data.join("ledger.sqlite")), sql);
    rows.into_iter().map(|(key, _)| key).collect()
}

/// All incidents of one topic and subject.
#[derive(Clone, Default)]
pub(crate) struct Incidents {
    /// Ids of posts.
    pub(crate) members: BTreeSet<String>,
    pub(crate) highest_tier: Option<i64>,
}

/// The incidents in the ledger of a daemon that has stopped, by topic and subject.
pub(crate) fn incidents(data: &Path) -> BTreeMap<(String, String), Incidents> {
    let ledger = reader(&data.join("ledger.sqlite"));
    let sql = "SELECT body, highest_tier, posts
               FROM incidents JOIN members ON incident = id";
    let mut statement = ledger.prepare(sql).unwrap();
    let mut found = BTreeMap::new();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let body: Value = serde_json::from_str(&row.get::<_, String>(0).unwrap()).unwrap();
        let subject = (
            body["topic"].as_str().unwrap().to_owned(),
            body["subject"].to_string(),
        );
        let all: &mut Incidents = found.entry(subject).or_default();
        all.highest_tier = all.highest_tier.max(row.get(1).unwrap());
        // An id, and when it was found, one behind the other.
        let posts: Vec<u8> = row.get(2).unwrap();
        let (members, rest) = posts.as_chunks::<24>();
        assert!(rest.is_empty(), "half a member: {rest:?}");
        for member in members {
            let id: String = member[..16]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            all.members.insert(id);
        }
    }
    found
}
