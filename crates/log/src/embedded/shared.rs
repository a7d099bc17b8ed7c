//! What all handles of an open log share.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, mpsc};

use fengbiao_model::Position;

use super::cursors::NewCursor;
use super::options::Options;
use super::queue::{Append, Queue, Reply, Routed, WhenFull};
use super::readers::Readers;
use super::store::Store;
use super::stream::Streams;
use super::tails::Tails;
use crate::{
    Destination, LogError, MAX_APPEND_BYTES, MAX_RECORD_BYTES, Metrics, NewRecord, Topic,
    partition_of,
};

/// What all handles of an open log share.
pub(super) struct Shared {
    pub(super) queue: Queue,
    pub(super) tails: Arc<Tails>,
    pub(super) readers: Readers,
    pub(super) streams: Arc<Streams>,
    pub(super) options: Options,
    pub(super) metrics: Metrics,
    /// The groups that are reading, each with its topic.
    pub(super) consumers: Mutex<BTreeSet<(String, Topic)>>,
}

impl Shared {
    /// Writes records and cursors in one commit and waits until they are durable.
    pub(super) fn append(
        &self,
        records: Vec<NewRecord>,
        cursors: Vec<NewCursor>,
    ) -> Result<Vec<Position>, LogError> {
        let (reply, answer) = mpsc::sync_channel(1);
        // The receiver waits below.
        let reply: Reply = Box::new(move |result| drop(reply.send(result)));
        self.submit(records, cursors, reply, WhenFull::Wait)?;
        answer.recv().unwrap_or(Err(LogError::Closed))
    }

    /// Checks records and hands them to the writer.
    pub(super) fn submit(
        &self,
        records: Vec<NewRecord>,
        cursors: Vec<NewCursor>,
        reply: Reply,
        when_full: WhenFull,
    ) -> Result<(), LogError> {
        let records = self.route(records)?;
        if records.is_empty() && cursors.is_empty() {
            reply(Ok(Vec::new()));
            return Ok(());
        }
        let pushed = self.queue.push(
            Append {
                records,
                cursors,
                reply,
            },
            when_full,
        );
        if pushed == Err(LogError::Busy) {
            self.metrics.busy_refusals.inc();
        }
        pushed
    }

    fn route(&self, records: Vec<NewRecord>) -> Result<Vec<Routed>, LogError> {
        let mut all_bytes = 0;
        records
            .into_iter()
            .map(|record| {
                let topic = record.topic;
                let partition = match record.to {
                    Destination::Key(key) => partition_of(&key, self.streams.count(topic)),
                    Destination::Partition(partition) => {
                        self.streams.get(topic, partition)?.partition
                    }
                };
                let (bytes, max) = (record.payload.len(), MAX_RECORD_BYTES);
                if bytes > max {
                    return Err(LogError::TooLong {
                        what: "a record",
                        topic,
                        bytes,
                        max,
                    });
                }
                all_bytes += bytes;
                let (bytes, max) = (all_bytes, MAX_APPEND_BYTES);
                if bytes > max {
                    return Err(LogError::TooLong {
                        what: "an append",
                        topic,
                        bytes,
                        max,
                    });
                }
                Ok(Routed {
                    topic,
                    partition,
                    payload: record.payload,
                })
            })
            .collect()
    }

    /// Runs a job on the writer's connection and waits for its result.
    pub(super) fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Store) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        let (reply, answer) = mpsc::sync_channel(1);
        // The receiver waits below.
        self.queue
            .push_job(Box::new(move |store| drop(reply.send(job(store)))))?;
        answer.recv().unwrap_or(Err(LogError::Closed))
    }
}
