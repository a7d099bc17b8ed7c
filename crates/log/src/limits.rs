//! The bounds of the log, named once. Units are in the names.

/// Longest record.
pub const MAX_RECORD_BYTES: usize = 1 << 20;
/// Longest note of a cursor.
pub const MAX_NOTE_BYTES: usize = 4 * 1024;
/// Most bytes of one append or commit, all its records together.
pub const MAX_APPEND_BYTES: usize = 64 << 20;
/// Most partitions of a topic of the embedded log.
pub const MAX_PARTITIONS: u32 = 64;

/// Appends that may wait for the writer; one more is [`Busy`](crate::LogError::Busy) or waits.
pub const MAX_QUEUED_APPENDS: usize = 8_192;
/// Bytes that may wait for the writer, but that one append always fits into an empty queue. Kafka's
/// counts the keys as well, and [`QUEUED_RECORD_BYTES`] for each record.
pub const MAX_QUEUED_BYTES: usize = 64 << 20;
/// Records after which no further append joins a commit.
pub const MAX_COMMIT_RECORDS: usize = 16_384;
/// Bytes after which no further append joins a commit.
pub const MAX_COMMIT_BYTES: usize = 16 << 20;

/// Bytes after which a poll or a page of a scan takes no further record.
pub const MAX_POLL_BYTES: usize = 16 << 20;
/// Records a scan holds at a time.
pub const SCAN_PAGE_RECORDS: usize = 1_000;

/// Records that retention looks at and removes in one transaction: some milliseconds.
pub const RETENTION_SLICE_RECORDS: usize = 2_000;
/// Pages of 4 KiB given back to the file system in one step.
pub const VACUUM_SLICE_PAGES: u32 = 1_000;
/// Free pages of 4 KiB that are kept for new records in any case.
pub const RESERVED_FREE_PAGES: u64 = 256;
/// Retention keeps up to one part in so many of the file free, rather than move pages about
/// that the next records will fill.
pub const RESERVED_FREE_PARTS: u64 = 4;
/// Shortest real pause between two rounds of retention, in milliseconds, however fast the
/// clock is scaled.
pub const MIN_RETENTION_PAUSE_MILLIS: u64 = 50;

/// Room in a message of Kafka beside the record: its key and the batch that encloses it. A topic
/// must take messages of [`MAX_RECORD_BYTES`] and this.
pub const RECORD_OVERHEAD_BYTES: usize = 64 << 10;
/// Records that a consumer of Kafka holds ready for its caller.
pub const MAX_READY_RECORDS: usize = 20_000;
/// Bytes of records that a consumer of Kafka holds ready for its caller, but that one batch
/// always fits in.
pub const MAX_READY_BYTES: usize = 16 << 20;
/// Batches of one partition that are remembered, with their age, until the caller is done with them.
pub const MAX_TAKEN_BATCHES: usize = 1_000;
/// Records that the reading thread hands over at a time.
pub const READ_BATCH_RECORDS: usize = 500;
/// Bytes after which the reading thread hands over what it has.
pub const READ_BATCH_BYTES: usize = 1 << 20;
/// KiB that the client library fetches ahead for one consumer.
pub const PREFETCH_KIBIBYTES: usize = 16 << 10;
/// Longest that the reading thread waits for the broker before it looks at what its caller wants,
/// in milliseconds.
pub const READ_WAIT_MILLIS: u64 = 50;
/// How long the reading thread waits for a caller that takes nothing before it pauses its
/// partitions, in milliseconds. A pause costs a new fetch, a short wait nothing.
pub const PAUSE_AFTER_MILLIS: u64 = 250;
/// How often a client of Kafka says how far reading is behind, in milliseconds.
pub const STATISTICS_MILLIS: u64 = 5_000;
/// How often the brokers of a topic of somebody else's that brings nothing are asked whether they are
/// there, in milliseconds.
pub const FOREIGN_LOOK_MILLIS: u64 = 5_000;
/// How long they may take to answer, in milliseconds: whoever polls waits for it.
pub const FOREIGN_ANSWER_MILLIS: u64 = 2_000;
/// After so long without a poll a client of Kafka gives its partitions up, in milliseconds, or after
/// its session where that is longer.
pub const LONGEST_WITHOUT_POLL_MILLIS: u64 = 300_000;
/// Pause between two attempts at what a broker did not do, in milliseconds.
pub const BROKER_RETRY_MILLIS: u64 = 200;
/// Longest that one question to a broker may take, in milliseconds.
pub const BROKER_ANSWER_MILLIS: u64 = 10_000;
/// Longest that a group is asked who has the place of its only member, in milliseconds. A broker
/// that was killed is asked as well until the others know that it is gone (nine seconds by default).
pub const PLACE_LOOK_MILLIS: u64 = 20_000;
/// How long one such question may take, in milliseconds.
pub const PLACE_ANSWER_MILLIS: u64 = 3_000;
/// An append that Kafka's brokers have not acknowledged for so long is told of, in milliseconds.
pub const OVERDUE_APPEND_MILLIS: u64 = 10_000;
/// Bytes that a record on its way to Kafka's brokers costs beside its key and its payload: its place
/// in our queue and in the client's, and what it needs to be acknowledged.
pub const QUEUED_RECORD_BYTES: usize = 512;
/// How long records wait for others to share a request with, in milliseconds.
pub const PRODUCE_LINGER_MILLIS: u64 = 2;
/// Cursors are stored in the brokers at most so often, in milliseconds, and in any case before a
/// partition is given up. What lies between is read again after a crash.
pub const CURSOR_STORE_MILLIS: u64 = 200;

/// How long a connection waits for another process (a backup tool) to let go, in milliseconds.
pub const SQLITE_BUSY_TIMEOUT_MILLIS: u64 = 5_000;
/// Size to which SQLite cuts its write-ahead file after a checkpoint.
pub const WAL_KEPT_BYTES: u64 = 64 << 20;

// An append that is allowed must fit where it has to go, and a record into an append.
const _: () = assert!(MAX_RECORD_BYTES <= MAX_APPEND_BYTES && MAX_APPEND_BYTES <= MAX_QUEUED_BYTES);
// A batch of the reading thread fits what it fills.
const _: () = assert!(READ_BATCH_BYTES + MAX_RECORD_BYTES <= MAX_READY_BYTES);
// Every post and every hit fits a record, whatever its bytes are, and so what a broker takes without
// being told.
const _: () = assert!(fengbiao_model::MAX_ESCAPED_HIT_BYTES < MAX_RECORD_BYTES);
