//! The narrow place: what every log does, and the values that pass through it.

use std::time::Duration;

use fengbiao_model::{Offset, Partition, Position};

use crate::{LogError, Topic};

/// A record to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// Where to.
    pub topic: Topic,
    /// Chooses the partition: equal keys, equal partition.
    pub to: Destination,
    /// The record's bytes, at most [`MAX_RECORD_BYTES`](crate::MAX_RECORD_BYTES).
    pub payload: Vec<u8>,
}

/// Which partition a record goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The one that the key hashes to, see [`partition_of`](crate::partition_of).
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
    /// Partitions to read from now on, each with its stored cursor. Without a cursor reading
    /// starts at the first record that is kept.
    Assigned(Vec<(Partition, Option<Cursor>)>),
    /// Partitions that go to another consumer. All that was told of them is to be finished and
    /// committed before the next poll, which lets them go; what is committed later is refused with
    /// [`LogError::NotOwned`]. Where they were lost already, that is so at once.
    Revoked(Vec<Partition>),
    /// Records of one partition, in order, without gaps but for what retention removed.
    Records(Partition, Vec<Record>),
    /// Nothing more to read in this partition now; `next` is the place a new record will get.
    /// It lies below the place sought where the log is shorter than the seeker remembers.
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
    /// A few bytes of the consumer's own, such as the lexicon version in force; at most
    /// [`MAX_NOTE_BYTES`](crate::MAX_NOTE_BYTES).
    pub note: String,
}

/// Writes records.
pub trait Producer: Send + Sync {
    /// Writes all of them; returns when they are durable, with their places in the order of
    /// `records`. Where it fails, the embedded log has written none of them; of Kafka's partitions
    /// each holds the first of its records, or none, and nothing behind a gap. After
    /// [`LogError::Closed`] it is not known whether they were written.
    fn append(&self, records: Vec<NewRecord>) -> Result<Vec<Position>, LogError>;
    /// How many partitions a topic has.
    fn partitions(&self, topic: Topic) -> u32;
}

/// Reads one topic for one group.
pub trait Consumer: Send {
    /// The next events, at most `max_records` records in all (0 counts as 1); waits up to `wait`
    /// for the first. `Assigned` comes before any record and alone, so that the caller can seek
    /// before it reads; `Revoked` comes alone, so that nothing else need be finished in haste. The
    /// embedded log assigns in the first call, Kafka once the group has agreed. `End` is told once
    /// each time the end is reached. On Kafka a poll may take longer where cursors wait to be
    /// stored: a fifth of a second, and behind `Assigned` or `Revoked` up to half a session.
    fn poll(&mut self, max_records: usize, wait: Duration) -> Result<Vec<Event>, LogError>;
    /// Reads on from another place, once `Assigned` was told; it may lie beyond the end. The
    /// alerter, whose positions are the ledger's, does this when partitions are assigned.
    fn seek(&mut self, partition: Partition, next: Offset) -> Result<(), LogError>;
    /// Stores `produced` and then the cursors: at once where the log can, else the cursors only
    /// after all that was produced is durable, soon, and at the latest before their partitions go.
    /// Never the other way round.
    fn commit(
        &mut self,
        produced: Vec<NewRecord>,
        cursors: Vec<(Partition, Cursor)>,
    ) -> Result<Vec<Position>, LogError>;
}
