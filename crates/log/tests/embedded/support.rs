//! A log in a folder of its own, with a clock that is set by hand.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use fengbiao_log::embedded::{Embedded, GroupCommit, Options};
use fengbiao_log::{Consumer, Cursor, Destination, Event, LogError, Metrics, NewRecord, Topic};
use fengbiao_model::{Clock, Offset, Partition, Position, TimeSpan, Timestamp};

/// A clock that stands until it is set.
#[derive(Debug, Default)]
pub(crate) struct SetClock(AtomicI64);

impl SetClock {
    pub(crate) fn set_millis(&self, millis: i64) {
        self.0.store(millis, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn wall(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
    fn monotonic(&self) -> TimeSpan {
        TimeSpan::from_millis(self.0.load(Ordering::SeqCst))
    }
    fn real(&self, span: TimeSpan) -> Duration {
        Duration::from_millis(u64::try_from(span.as_millis()).unwrap())
    }
}

/// A log in a folder of its own.
pub(crate) struct Fixture {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) options: Options,
}

impl Fixture {
    /// `partitions` in each topic; commits wait for nobody; retention only when called.
    pub(crate) fn new(partitions: u32) -> Self {
        let mut options = Options {
            retain_every: None,
            ..Options::default()
        };
        options.group_commit = GroupCommit {
            window: Duration::ZERO,
            ..GroupCommit::default()
        };
        for topic in Topic::ALL {
            options.topic_mut(topic).partitions = partitions;
        }
        let clock = Arc::new(SetClock::default());
        Self {
            folder: tempfile::tempdir().unwrap(),
            clock,
            options,
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("log.sqlite")
    }

    fn try_open_at(&self, path: &Path) -> Result<Arc<Embedded>, LogError> {
        let metrics = Metrics::register(&prometheus::Registry::new()).unwrap();
        let clock = Arc::clone(&self.clock);
        Embedded::open(path, self.options.clone(), clock, metrics)
    }

    pub(crate) fn try_open(&self) -> Result<Arc<Embedded>, LogError> {
        self.try_open_at(&self.path())
    }

    pub(crate) fn open_at(&self, path: &Path) -> Arc<Embedded> {
        self.try_open_at(path).unwrap()
    }

    pub(crate) fn open(&self) -> Arc<Embedded> {
        self.try_open().unwrap()
    }
}

pub(crate) fn record(topic: Topic, partition: u32, payload: impl Into<Vec<u8>>) -> NewRecord {
    NewRecord {
        topic,
        to: Destination::Partition(Partition(partition)),
        payload: payload.into(),
    }
}

/// `count` posts to partition 0: "0", "1", …
pub(crate) fn posts(count: usize) -> Vec<NewRecord> {
    (0..count)
        .map(|index| record(Topic::Posts, 0, index.to_string()))
        .collect()
}

pub(crate) const fn position(partition: u32, offset: u64) -> Position {
    Position {
        partition: Partition(partition),
        offset: Offset(offset),
    }
}

pub(crate) fn cursor(partition: u32, next: u64) -> (Partition, Cursor) {
    (
        Partition(partition),
        Cursor {
            next: Offset(next),
            note: format!("at {next}"),
        },
    )
}

/// Events as short text: `records 0@3..=5`, `end 0@6`, `assigned 0@- 1@4`.
pub(crate) fn told(events: &[Event]) -> Vec<String> {
    let place = |(partition, cursor): &(Partition, Option<Cursor>)| match cursor {
        Some(cursor) => format!(" {}@{}", partition.0, cursor.next.0),
        None => format!(" {}@-", partition.0),
    };
    let tell = |event: &Event| match event {
        Event::Assigned(places) => {
            format!("assigned{}", places.iter().map(place).collect::<String>())
        }
        Event::Revoked(partitions) => format!("revoked {partitions:?}"),
        Event::Records(partition, records) => {
            let offset = |index: usize| records[index].position.offset.0;
            format!(
                "records {}@{}..={}",
                partition.0,
                offset(0),
                offset(records.len() - 1)
            )
        }
        Event::End { partition, next } => format!("end {}@{}", partition.0, next.0),
    };
    events.iter().map(tell).collect()
}

/// Polls without waiting.
pub(crate) fn poll(consumer: &mut dyn Consumer, max_records: usize) -> Vec<String> {
    told(&consumer.poll(max_records, Duration::ZERO).unwrap())
}
