//! What can go wrong.

use std::path::{Path, PathBuf};

use fengbiao_model::{Partition, Position};
use rusqlite::ErrorCode;

use crate::Topic;

/// What can go wrong. Cloned, because one failed commit answers every caller that shared it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The store failed; nothing of the attempt was written.
    #[error("the log could not {doing}: {cause}")]
    Store {
        /// What was attempted, as a verb phrase.
        doing: &'static str,
        /// The store's own words.
        cause: String,
    },
    /// No space is left; nothing of the attempt was written, and it can be tried again.
    #[error(
        "the log could not {doing}: the disk, or the log's own limit, is full\n\
         hint: free space or shorten the retention; the attempt can be repeated"
    )]
    DiskFull {
        /// What was attempted, as a verb phrase.
        doing: &'static str,
    },
    /// The file's structure is broken.
    #[error(
        "the log is damaged, found while trying to {doing}: {cause}\n\
         hint: keep the file aside and restore a backup"
    )]
    Damaged {
        /// What was attempted, as a verb phrase.
        doing: &'static str,
        /// What was found.
        cause: String,
    },
    /// The file is no log of this program.
    #[error("`{}` is not a log of fengbiao: {cause}", path.display())]
    NotALog {
        /// The file.
        path: PathBuf,
        /// How that was seen.
        cause: String,
    },
    /// The file was written by a later version of this program.
    #[error(
        "`{}` has schema version {found}, this program knows up to {known}\n\
         hint: run the newer program, or restore a backup from before the upgrade",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: i64,
        /// The highest version known.
        known: i64,
    },
    /// The configuration asks for another number of partitions than the topic was made with.
    #[error(
        "topic `{topic}` has {stored} partitions and records in them, {asked} were asked for\n\
         hint: the number cannot change in place, or equal keys would part; set it back to {stored}"
    )]
    PartitionsDiffer {
        /// The topic.
        topic: Topic,
        /// How many it has.
        stored: u32,
        /// How many were asked for.
        asked: u32,
    },
    /// A number of partitions that cannot be.
    #[error("topic `{topic}` cannot have {asked} partitions, expected 1 to {max}")]
    PartitionCount {
        /// The topic.
        topic: Topic,
        /// How many were asked for.
        asked: u32,
        /// The most there can be.
        max: u32,
    },
    /// There is no such partition.
    #[error("topic `{topic}` has no partition {}, expected one below {count}", partition.0)]
    NoSuchPartition {
        /// The topic.
        topic: Topic,
        /// The partition asked for.
        partition: Partition,
        /// How many there are.
        count: u32,
    },
    /// There is no record at this place (any more).
    #[error(
        "topic `{topic}` has no record at offset {} of partition {}",
        position.offset.0, position.partition.0
    )]
    NoSuchRecord {
        /// The topic.
        topic: Topic,
        /// The place.
        position: Position,
    },
    /// A record or note is longer than its bound.
    #[error("{what} of {bytes} bytes is too long for topic `{topic}`, expected at most {max}")]
    TooLong {
        /// What it is: a record, a note, an append.
        what: &'static str,
        /// The topic.
        topic: Topic,
        /// Its length.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// The queue of the writer is full: slow down and try again.
    #[error("the log is busy: its queue of writes is full\nhint: try again a little later")]
    Busy,
    /// The log was closed; what was under way may or may not have been written.
    #[error("the log is closed")]
    Closed,
    /// The group has a consumer for this topic: there is no second one, and it is not forgotten.
    #[error(
        "group `{group}` already has a consumer of topic `{topic}`; the embedded log has one consumer per group"
    )]
    ConsumerExists {
        /// The group.
        group: String,
        /// The topic.
        topic: Topic,
    },
    /// No broker answered in time.
    #[error(
        "no broker answered at `{brokers}` within {seconds} s: {cause}\n\
         hint: look whether the brokers run and can be reached from here; a broker with TLS does not answer without it"
    )]
    Unreachable {
        /// The addresses tried.
        brokers: String,
        /// How long, in seconds.
        seconds: u64,
        /// The last that was heard.
        cause: String,
    },
    /// The brokers answer, and yet acknowledge nothing.
    #[error(
        "the brokers at `{brokers}` have not acknowledged for {seconds} s what is on its way to them\n\
         hint: look whether as many copies of every partition are in sync as `min.insync.replicas` asks for, and at the brokers' disks; what waits is written once they take it"
    )]
    Overdue {
        /// The brokers' addresses.
        brokers: String,
        /// How long the oldest append waits, in seconds.
        seconds: u64,
    },
    /// The brokers do not take this name and password.
    #[error(
        "the brokers at `{brokers}` refuse the login of `{user}` by {mechanism}: {cause}\n\
         hint: the password is read from {place}; look whether it, the user and the mechanism are what the broker knows"
    )]
    LoginRefused {
        /// The addresses tried.
        brokers: String,
        /// Who.
        user: String,
        /// How the password was proved.
        mechanism: &'static str,
        /// Where the password came from.
        place: String,
        /// The broker's own words.
        cause: String,
    },
    /// No encrypted connection came about.
    #[error(
        "no encrypted connection to the brokers at `{brokers}`: {cause}\n\
         hint: look whether the certificates are in date, name the host, and come from the authority that is configured"
    )]
    TlsRefused {
        /// The addresses tried.
        brokers: String,
        /// What was heard.
        cause: String,
    },
    /// A secret is not where it should be.
    #[error("there is no secret in {place}\nhint: put it there, on the first line")]
    NoSecret {
        /// The place.
        place: String,
    },
    /// The brokers did not do what was asked.
    #[error("could not {doing}: {cause}\nhint: {hint}")]
    Broker {
        /// What was attempted, as a verb phrase.
        doing: &'static str,
        /// The broker's or its client's own words.
        cause: String,
        /// What can be done.
        hint: &'static str,
    },
    /// Topics are missing or not set up as they should be.
    #[error("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Topics {
        /// All that is wrong, at least one thing.
        faults: Vec<TopicFault>,
    },
    /// The partition has gone to another consumer meanwhile; nothing of the attempt was written.
    #[error(
        "partition {} of topic `{topic}` has gone to another consumer of the group\n\
         hint: what was read of it is read there; forget it and poll again", partition.0
    )]
    NotOwned {
        /// The topic.
        topic: Topic,
        /// The partition.
        partition: Partition,
    },
    /// Another process has taken the place of this one in a group that has one member only.
    #[error(
        "another process has taken the place `{member}` in Kafka's group `{group}` at `{brokers}`: there may be only one\n\
         hint: stop one of the two; where both are wanted, give one of them another `log.kafka.prefix`"
    )]
    Fenced {
        /// The place that was taken.
        member: String,
        /// The group.
        group: String,
        /// The addresses of its brokers.
        brokers: String,
    },
    /// A file beside the log could not be handled.
    #[error("could not {doing} `{}`: {cause}", path.display())]
    File {
        /// What was attempted, as a verb.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's words.
        cause: String,
    },
}

/// Something about a topic in the brokers that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("topic `{name}`: {found}, expected {expected}\nhint: {remedy}")]
pub struct TopicFault {
    /// The topic's name in the brokers.
    pub name: String,
    /// What is there.
    pub found: String,
    /// What should be there.
    pub expected: String,
    /// What to do.
    pub remedy: String,
}

impl LogError {
    /// Names a failure of SQLite by its code.
    pub(crate) fn store(doing: &'static str, error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { doing },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged {
                doing,
                cause: error.to_string(),
            },
            _ => Self::Store {
                doing,
                cause: error.to_string(),
            },
        }
    }

    /// A failure of the file system.
    pub(crate) fn file(doing: &'static str, path: &Path, error: &std::io::Error) -> Self {
        Self::File {
            doing,
            path: path.to_owned(),
            cause: error.to_string(),
        }
    }
}

/// For `map_err`: names what was attempted.
pub(crate) fn failed_to(doing: &'static str) -> impl Fn(rusqlite::Error) -> LogError + Copy {
    move |error| LogError::store(doing, &error)
}
