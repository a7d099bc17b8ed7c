//! Durable ordered topics with cursors, moving bytes.
//!
//! Nothing here knows what a record says. The two traits fit Kafka: topics have partitions,
//! records are read in batches, partitions come and go, and a cursor is stored after the work
//! that it stands for is durable, together with what that work produced.

use std::time::Duration;

use fengbiao_model::{Offset, Partition, Position};

/// The topics of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// What crawlers found, and control records.
    Posts,
    /// What the matcher found, and its marks.
    Hits,
    /// Signs of life of sources.
    Pulses,
    /// Texts of published lexicons; never deleted.
    Lexicons,
    /// What could not be read.
    DeadLetters,
}

/// A record to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// Where to.
    pub topic: Topic,
    /// Chooses the partition: equal keys, equal partition.
    pub to: Destination,
    /// The record's bytes.
    pub payload: Vec<u8>,
}

/// Which partition a record goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The one that the key hashes to.
    Key(Vec<u8>),
    /// This very one.
    Partition(Partition),
}

/// A record as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it stands.
    pub position: Position,
    /// Its bytes.
    pub payload: Vec<u8>,
}

/// What a consumer meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Partitions to read from now on, each with its stored cursor.
    Assigned(Vec<(Partition, Option<Cursor>)>),
    /// Partitions that go to another consumer: finish and commit, then poll again.
    Revoked(Vec<Partition>),
    /// Records of one partition, in order, without gaps but for what retention removed.
    Records(Partition, Vec<Record>),
    /// Nothing more to read in this partition now; `next` is the place a new record will get.
    End {
        /// The partition.
        partition: Partition,
        /// The place behind the last record.
        next: Offset,
    },
}

/// How far a group has come in a partition, and what it needs to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The place to read next.
    pub next: Offset,
    /// A few bytes of the consumer's own, such as the lexicon version in force.
    pub note: String,
}

/// Writes records.
pub trait Producer: Send + Sync {
    /// Writes all of them or none; returns when they are durable, with their places.
    fn append(&self, records: Vec<NewRecord>) -> Result<Vec<Position>, LogError>;
    /// How many partitions a topic has.
    fn partitions(&self, topic: Topic) -> u32;
}

/// Reads one topic for one group.
pub trait Consumer: Send {
    /// The next events, at most `max_records` records in all; waits up to `wait` for the first.
    /// `End` is told once each time the end is reached.
    fn poll(&mut self, max_records: usize, wait: Duration) -> Result<Vec<Event>, LogError>;
    /// Reads on from another place. The alerter, whose positions are the ledger's, does this when
    /// partitions are assigned.
    fn seek(&mut self, partition: Partition, next: Offset) -> Result<(), LogError>;
    /// Stores `produced` and then the cursors: at once where the log can, else the cursors only
    /// after all that was produced is durable. Never the other way round.
    fn commit(
        &mut self,
        produced: Vec<NewRecord>,
        cursors: Vec<(Partition, Cursor)>,
    ) -> Result<Vec<Position>, LogError>;
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The store failed.
    #[error("{0}")]
    Store(String),
}
