//! The one connection that writes, and the thread that owns it.

use std::sync::Arc;
use std::time::Instant;

use fengbiao_model::{Clock, Offset, Position};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::heads::Heads;
use super::options::GroupCommit;
use super::queue::{Append, Queue, Work};
use super::stream::Streams;
use super::tails::Tails;
use super::{cursors, index};
use crate::error::failed_to;
use crate::{LogError, Metrics, Topic};

/// The one connection that writes.
pub(super) struct Store {
    connection: Connection,
    streams: Arc<Streams>,
    heads: Heads,
    tails: Arc<Tails>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    /// Why commits fail, while they do.
    failing: Option<LogError>,
}

impl Store {
    pub(super) fn new(
        connection: Connection,
        streams: Arc<Streams>,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
    ) -> Result<Self, LogError> {
        let heads = Heads::load(&connection).map_err(failed_to("read its partitions"))?;
        for stream in streams.iter() {
            let last = stream
                .last(&connection)
                .map_err(failed_to("read its partitions"))?;
            let next = heads.get(stream).next;
            if last.is_some_and(|last| last >= next) {
                return Err(LogError::Damaged {
                    doing: "read its partitions",
                    cause: format!(
                        "topic `{}`, partition {}: a record stands at or above {next}, the next offset",
                        stream.topic, stream.partition.0
                    ),
                });
            }
        }
        let tails = Arc::new(Tails::new(|topic| heads.nexts(topic)));
        let store = Self {
            connection,
            streams,
            heads,
            tails,
            clock,
            metrics,
            failing: None,
        };
        store.show_kept_bytes();
        Ok(store)
    }

    pub(super) fn tails(&self) -> Arc<Tails> {
        Arc::clone(&self.tails)
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn heads(&self) -> &Heads {
        &self.heads
    }

    pub(super) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Moves what the write-ahead file holds into the file and empties it, as far as readers at
    /// work allow.
    pub(super) fn checkpoint(&self) -> Result<(), LogError> {
        self.connection
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
            .map_err(failed_to("empty its write-ahead file"))
    }

    /// Runs `work` in one transaction and stores the heads it changed. After an error neither the
    /// file nor the heads in memory have changed.
    pub(super) fn transact<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>, &Streams, &mut Heads) -> rusqlite::Result<T>,
    ) -> Result<T, LogError> {
        let mut heads = self.heads.clone();
        let run = || {
            let transaction = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&transaction, &self.streams, &mut heads)?;
            heads.store_changes(&transaction, &self.streams, &self.heads)?;
            transaction.commit()?;
            Ok(value)
        };
        let value = run().map_err(failed_to(doing))?;
        self.heads = heads;
        self.show_kept_bytes();
        Ok(value)
    }

    /// Makes appends durable together, or none of them, and tells each caller.
    fn commit(&mut self, appends: Vec<Append>) {
        let started = Instant::now();
        match self.write(&appends) {
            Ok(positions) => {
                if self.failing.take().is_some() {
                    tracing::info!("the log commits again");
                }
                self.metrics
                    .commit_seconds
                    .observe(started.elapsed().as_secs_f64());
                self.count(&appends);
                self.publish(&appends);
                for (append, positions) in appends.into_iter().zip(positions) {
                    (append.reply)(Ok(positions));
                }
            }
            Err(error) => {
                self.metrics.commit_failures.inc();
                // Whoever wrote says what becomes of it; a fault that stays is said once.
                if self.failing.as_ref() != Some(&error) {
                    tracing::error!(%error, appends = appends.len(), "a commit of the log failed");
                    self.failing = Some(error.clone());
                }
                for append in appends {
                    (append.reply)(Err(error.clone()));
                }
            }
        }
    }

    /// The positions given to each append.
    fn write(&mut self, appends: &[Append]) -> Result<Vec<Vec<Position>>, LogError> {
        let at_millis = self.clock.wall().as_millis();
        self.transact("append records", |transaction, streams, heads| {
            let mut positions = Vec::with_capacity(appends.len());
            for append in appends {
                let mut given = Vec::with_capacity(append.records.len());
                for record in &append.records {
                    let stream = &streams.of(record.topic)[index(record.partition)];
                    let head = heads.get_mut(stream);
                    stream.insert(transaction, head.next, at_millis, &record.payload)?;
                    let offset = Offset(head.next);
                    given.push(Position {
                        partition: record.partition,
                        offset,
                    });
                    head.next += 1;
                    head.bytes += record.payload.len() as u64;
                }
                for cursor in &append.cursors {
                    cursors::store(transaction, cursor)?;
                }
                positions.push(given);
            }
            Ok(positions)
        })
    }

    fn count(&self, appends: &[Append]) {
        let (mut records, mut bytes) = ([0_u64; Topic::ALL.len()], [0_u64; Topic::ALL.len()]);
        for record in appends.iter().flat_map(|append| &append.records) {
            records[record.topic.index()] += 1;
            bytes[record.topic.index()] += record.payload.len() as u64;
        }
        #[allow(
            clippy::cast_precision_loss,
            reason = "a commit has far less than 2^52 records"
        )]
        self.metrics
            .commit_records
            .observe(records.iter().sum::<u64>() as f64);
        for topic in Topic::ALL
            .into_iter()
            .filter(|topic| records[topic.index()] > 0)
        {
            let label = [topic.name()];
            self.metrics
                .appended_records
                .with_label_values(&label)
                .inc_by(records[topic.index()]);
            self.metrics
                .appended_bytes
                .with_label_values(&label)
                .inc_by(bytes[topic.index()]);
        }
    }

    /// Wakes the consumers of the topics that grew.
    fn publish(&self, appends: &[Append]) {
        for topic in Topic::ALL {
            let mut records = appends.iter().flat_map(|append| &append.records);
            if records.any(|record| record.topic == topic) {
                self.tails.publish(topic, self.heads.nexts(topic));
            }
        }
    }

    fn show_kept_bytes(&self) {
        for topic in Topic::ALL {
            let bytes = i64::try_from(self.heads.bytes(topic)).unwrap_or(i64::MAX);
            self.metrics
                .kept_bytes
                .with_label_values(&[topic.name()])
                .set(bytes);
        }
    }
}

/// The writer thread: works until the queue is closed and empty.
pub(super) fn run(mut store: Store, queue: &Queue, group: &GroupCommit) {
    /// Should the thread die of a panic, nobody waits for it for ever.
    struct Guard<'a>(&'a Queue, Arc<Tails>);
    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            self.0.abandon();
            self.1.close();
        }
    }
    let _guard = Guard(queue, store.tails());
    while let Some(work) = queue.next(group) {
        match work {
            Work::Commit(appends) => store.commit(appends),
            Work::Job(job) => job(&mut store),
        }
    }
    // Readers may still be open, and the last of them could not do it.
    if let Err(error) = store.checkpoint() {
        tracing::warn!(%error, "the log's write-ahead file was left for the next start");
    }
}
