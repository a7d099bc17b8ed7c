//! The bounds of the ledger, named once. Units are in the names.

use fengbiao_model::TimeSpan;

/// Checkpoints that are kept; older ones go.
pub const KEPT_CHECKPOINTS: usize = 4;
/// Rows that one slice of retention removes, so that a step never waits long behind it.
pub const RETAIN_SLICE_ROWS: usize = 2_000;
/// What is remembered of posts is written anew when it has grown to three times what was left the
/// last time, or of this.
pub const LEAST_COMPACTED_BYTES: i64 = 4 << 20;
/// Entries of one row of it then.
pub const COMPACTED_ROW_ENTRIES: usize = 4_096;
/// How long a notice that was delivered or given up is kept with its attempts.
pub const KEPT_FINISHED_NOTICES: TimeSpan = TimeSpan::from_hours(24 * 90);
/// How long a canary that came out is kept: it is no notice, and there is one every minute.
pub const KEPT_CANARIES: TimeSpan = TimeSpan::from_hours(1);
/// How long SQLite waits for a lock that another connection holds.
pub const BUSY_TIMEOUT_MS: u32 = 5_000;
/// Prepared statements that a connection keeps.
pub const STATEMENT_CACHE: usize = 128;
/// Canonical bytes that are gathered before they are hashed.
pub const HASHED_AT_ONCE_BYTES: usize = 64 * 1024;
/// Most memory that the connection which writes keeps pages in.
pub const WRITER_CACHE_KIB: u32 = 64 * 1024;
/// Pages (4 KiB each) after which the write-ahead log is copied back into the file.
pub const WAL_KEPT_PAGES: u32 = 8 * 1024;
/// Connections for reading that are kept open; more are opened under load and closed after.
pub const KEPT_READERS: usize = 4;
/// Most incidents, steps, commands or notices that one call returns.
pub const MAX_PAGE_ROWS: usize = 1_000;
/// Longest error text that is kept of a delivery.
pub const MAX_ERROR_BYTES: usize = 2_048;
/// Most notices and audit lines shown with one incident: the latest ones.
pub const MAX_DETAIL_ROWS: usize = 500;
/// Stories shown with one incident: those told most often.
pub const MAX_DETAIL_STORIES: usize = 20;
/// Links shown of one story: those of widest reach.
pub const MAX_STORY_LINKS: usize = 50;

const _: () = assert!(
    KEPT_CHECKPOINTS >= 2,
    "the latest may be cut off by the log's retention"
);
