//! All topics in one SQLite file (WAL, `synchronous = FULL`).
//!
//! One thread owns the connection that writes. Appends of all callers wait for it in a bounded
//! queue and share commits; a caller is answered when its records are on the disk. Consumers read
//! on connections of their own and are woken by each commit. A commit that fails has written
//! nothing, gives out no offsets and is told to every caller that shared it; the next one starts
//! afresh.
//!
//! # Cost
//!
//! `cargo run --release -p fengbiao-log --example append`, records of 400 bytes, one partition,
//! beside bare SQLite transactions of the same bytes in the same run. Medians of three runs on two
//! cores that eight builds shared; the spread in brackets is the machine's, so measure again on a
//! quiet one before a figure is relied upon.
//!
//! | | k records/s | to bare SQLite |
//! |---|---|---|
//! | durable, appends of 1000 | 91 | 0.94 (0.8 to 1.3) |
//! | durable, appends of 1, one caller | 0.74 | 0.93 (0.3 to 3.1) |
//! | durable, appends of 1, eight callers | 5.4 | 3.5 (2.6 to 10.8) |
//! | read, polls of 1000 | 627 (560 to 742) | |
//!
//! A lone caller pays one sync of the disk for each append; callers at the same time share it.
//!
//! # One process
//!
//! A caller must see to it that one process alone opens the file for writing (the data
//! directory's lock is the app's).

mod backup;
mod consumer;
mod cursors;
mod heads;
mod maintenance;
mod options;
mod queue;
mod readers;
mod retention;
mod scan;
mod schema;
mod shared;
mod store;
mod stream;
mod tails;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use fengbiao_model::{Clock, Offset, Partition, Position, Timestamp};

use self::consumer::EmbeddedConsumer;
use self::heads::Heads;
use self::queue::{Queue, WhenFull};
use self::readers::Readers;
use self::shared::Shared;
use self::store::Store;
use crate::error::failed_to;
use crate::lock::lock;
use crate::{
    Consumer, LogError, MIN_RETENTION_PAUSE_MILLIS, Metrics, NewRecord, Producer, Record, Topic,
};

pub use self::maintenance::{GroupState, check};
pub use self::options::{GroupCommit, Options, TopicOptions};
pub use self::scan::Scan;

/// The embedded log, open. Dropping the last handle closes it as [`Embedded::close`] does.
pub struct Embedded {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Embedded {
    /// Opens the log at `path`, a file such as `log.sqlite`, making or migrating it.
    ///
    /// An older schema version is copied to `<path>.v<version>.bak` first. Fails where the file is
    /// of something else ([`LogError::NotALog`]), of a later version ([`LogError::Newer`]),
    /// damaged, or where a topic with records should have another number of partitions
    /// ([`LogError::PartitionsDiffer`]).
    pub fn open(
        path: &Path,
        options: Options,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
    ) -> Result<Arc<Self>, LogError> {
        let (connection, streams) = schema::open_writer(path, &options, schema::MIGRATIONS)?;
        let streams = Arc::new(streams);
        let store = Store::new(
            connection,
            Arc::clone(&streams),
            Arc::clone(&clock),
            metrics.clone(),
        )?;
        let shared = Arc::new(Shared {
            queue: Queue::new(metrics.queued_bytes.clone()),
            tails: store.tails(),
            readers: Readers::new(path.to_owned()),
            consumers: Mutex::default(),
            streams,
            options,
            metrics,
        });
        let log = Self {
            shared: Arc::clone(&shared),
            threads: Mutex::default(),
        };
        log.spawn("log-writer", move || {
            store::run(store, &shared.queue, &shared.options.group_commit);
        })?;
        if let Some(every) = log.shared.options.retain_every {
            let shared = Arc::clone(&log.shared);
            let pause = clock
                .real(every)
                .max(Duration::from_millis(MIN_RETENTION_PAUSE_MILLIS));
            log.spawn("log-retention", move || {
                retain_for_ever(&shared, &*clock, pause);
            })?;
        }
        Ok(Arc::new(log))
    }

    fn spawn(&self, name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), LogError> {
        let spawned = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(work);
        let thread = spawned.map_err(|error| LogError::Store {
            doing: "start a thread",
            cause: error.to_string(),
        })?;
        lock(&self.threads).push(thread);
        Ok(())
    }

    /// Writes all of the records or none; the future is ready when they are durable. Answers
    /// [`LogError::Busy`] at once where the queue is full. Dropping the future after its first
    /// poll does not undo the append.
    pub async fn append_async(&self, records: Vec<NewRecord>) -> Result<Vec<Position>, LogError> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.shared.submit(
            records,
            Vec::new(),
            // Without a receiver nobody wants to know any more.
            Box::new(move |result| drop(reply.send(result))),
            WhenFull::Refuse,
        )?;
        answer.await.unwrap_or(Err(LogError::Closed))
    }

    /// The consumer of a group for a topic; makes the group known, so that from now on retention
    /// waits for it. Fails with [`LogError::ConsumerExists`] while another one lives.
    pub fn consumer(&self, group: &str, topic: Topic) -> Result<Box<dyn Consumer>, LogError> {
        Ok(Box::new(EmbeddedConsumer::new(
            Arc::clone(&self.shared),
            group,
            topic,
        )?))
    }

    /// The records of `from..to` that are kept, in order; all at once, so ask for ranges that fit
    /// into memory.
    pub fn read_range(
        &self,
        topic: Topic,
        partition: Partition,
        from: Offset,
        to: Offset,
    ) -> Result<Vec<Record>, LogError> {
        let stream = self.shared.streams.get(topic, partition)?;
        let to = to.0.min(self.next_offset(topic, partition)?.0);
        let mut records: Vec<Record> = Vec::new();
        loop {
            let from = records
                .last()
                .map_or(from.0, |record| record.position.offset.0 + 1);
            let more = self.shared.readers.read("read records", |reader| {
                stream.read(reader, from, to, usize::MAX)
            })?;
            if more.is_empty() {
                return Ok(records);
            }
            records.extend(more);
        }
    }

    /// All records of a topic, page by page.
    pub fn scan_topic(&self, topic: Topic) -> Result<Scan, LogError> {
        let tails = self.shared.tails.of(topic);
        let reader = self.shared.readers.open()?;
        Ok(Scan::new(
            Arc::clone(&self.shared.streams),
            reader,
            topic,
            tails,
        ))
    }

    /// All records of a topic of the log at `path`, which must be there, whether another process has it
    /// open or not: nothing is written, and retention does not wait for it.
    pub fn scan_from_aside(path: &Path, topic: Topic) -> Result<Scan, LogError> {
        let connection = schema::open_existing(path)?;
        let read = |connection| {
            let streams = schema::stored_streams(connection)?;
            Ok((streams, Heads::load(connection)?.nexts(topic)))
        };
        let (streams, tails) = read(&connection).map_err(failed_to("read its partitions"))?;
        Ok(Scan::new(Arc::new(streams), connection, topic, tails))
    }

    /// The offset of the first record kept; where none is, that of the next one.
    pub fn first_kept(&self, topic: Topic, partition: Partition) -> Result<Offset, LogError> {
        let stream = self.shared.streams.get(topic, partition)?;
        let next = self.next_offset(topic, partition)?;
        let first = self
            .shared
            .readers
            .read("read records", |reader| stream.first(reader))?;
        Ok(first.map_or(next, Offset))
    }

    /// The offset that the next record will get.
    pub fn next_offset(&self, topic: Topic, partition: Partition) -> Result<Offset, LogError> {
        let stream = self.shared.streams.get(topic, partition)?;
        Ok(Offset(self.shared.tails.of(topic)[stream.index()]))
    }

    /// Removes at once what retention would remove at `now`; how many records. Appends go on
    /// meanwhile.
    pub fn retain(&self, now: Timestamp) -> Result<u64, LogError> {
        retention::retain(&self.shared, now)
    }

    /// Finishes what waits, refuses what comes, wakes every consumer, and returns when the file is
    /// closed for writing. Closing twice does nothing.
    pub fn close(&self) {
        self.shared.queue.close();
        let threads = std::mem::take(&mut *lock(&self.threads));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the log panicked");
            }
        }
    }
}

impl Producer for Embedded {
    fn append(&self, records: Vec<NewRecord>) -> Result<Vec<Position>, LogError> {
        self.shared.append(records, Vec::new())
    }

    fn partitions(&self, topic: Topic) -> u32 {
        self.shared.streams.count(topic)
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.close();
    }
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedded").finish_non_exhaustive()
    }
}

fn retain_for_ever(shared: &Shared, clock: &dyn Clock, pause: Duration) {
    while !shared.queue.wait_closed(pause) {
        match retention::retain(shared, clock.wall()) {
            Ok(0) | Err(LogError::Closed) => {}
            Ok(records) => tracing::info!(records, "retention removed records of the log"),
            Err(error) => tracing::error!(%error, "retention of the log failed"),
        }
    }
}

/// A partition's place in lists of its topic's partitions; it was checked when it came in.
fn index(partition: Partition) -> usize {
    usize::try_from(partition.0).unwrap_or(usize::MAX)
}
