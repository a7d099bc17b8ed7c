//! Every bound of the crawler, named once. Units are in the names.

/// Longest line of a file or a push that is read; a longer one is skipped unbuffered.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;
/// Most bytes of a refused line that a dead letter keeps.
pub const MAX_LETTER_BYTES: usize = 4 * 1024;
/// How far before a post is found it may say it will be published; later is a mistake.
pub const MAX_PUBLISHED_AHEAD_HOURS: i64 = 24;

/// Characters a handle has at most, the `@` not counted. The bound of the largest services.
pub const MAX_HANDLE_CHARS: usize = 30;
/// Characters of a link inside a text that are looked at.
pub const MAX_INLINE_LINK_CHARS: usize = 2_048;
/// Longest host of a link without scheme that is looked for.
pub const MAX_BARE_HOST_CHARS: usize = 64;

/// Buffer in front of a file. One buffer of lines is one chunk, so that a slow writer is not
/// waited for.
pub const READ_BUFFER_BYTES: usize = 256 * 1024;
/// Most lines handed over at once.
pub const MAX_CHUNK_LINES: usize = 1_024;
/// Most bytes of lines handed over at once (one line more may come on top).
pub const MAX_CHUNK_BYTES: usize = 1024 * 1024;
/// Chunks that wait between the reader of a file and the outlet.
pub const MAX_WAITING_CHUNKS: usize = 4;
/// How often a followed file is looked at, real time.
pub const FOLLOW_POLL_MILLIS: u64 = 200;
/// Bytes at the start of a file by which it is known again.
pub const FINGERPRINT_BYTES: usize = 1_024;
/// Least real time between two writes of a place in a file.
pub const PLACE_EVERY_MILLIS: u64 = 1_000;

/// Longest wait for records of a foreign topic, real time; it bounds how late a stop is seen.
pub const FOREIGN_WAIT_MILLIS: u64 = 250;
/// Pause before the brokers of a foreign topic that are away are asked again.
pub const FOREIGN_RETRY_MILLIS: i64 = 1_000;

/// Largest body of a push, as sent.
pub const MAX_PUSH_BODY_BYTES: usize = 8 * 1024 * 1024;
/// Largest body of a push, decompressed.
pub const MAX_PUSH_DECODED_BYTES: usize = 32 * 1024 * 1024;
/// Most lines of one push.
pub const MAX_PUSH_LINES: usize = 20_000;
/// Pushes that are worked on at the same time; more are told to come again.
pub const MAX_PUSHES_IN_FLIGHT: usize = 16;
/// Longest time the body of a push may take to come, real time: a slow sender must not keep the
/// place of others.
pub const PUSH_READ_TIMEOUT_SECS: u64 = 30;
/// What `Retry-After` says when too many pushes are in flight.
pub const PUSH_RETRY_AFTER_SECS: u32 = 1;
/// Sources named by pushes that get pulses of their own; more are counted under the listener's.
pub const MAX_PUSH_SOURCES: usize = 1_000;

/// How often refused lines of a file are said, with how many there were.
pub const REFUSALS_SAID_EVERY_SECS: u64 = 60;
/// How often it is said, while it lasts, that pushes are not stored.
pub const UNSTORED_SAID_EVERY_SECS: u64 = 60;

/// Characters of a link that an error shows.
pub const SHOWN_LINK_CHARS: usize = 200;
/// Largest feed, decompressed.
pub const MAX_FEED_BYTES: usize = 8 * 1024 * 1024;
/// Most entries of one feed that are read.
pub const MAX_FEED_ENTRIES: usize = 1_000;
/// Entries of a feed that are remembered as seen.
pub const MAX_SEEN_ENTRIES: usize = 4_000;
/// Hosts of which the pauses and the robots.txt are remembered at the same time.
pub const MAX_KNOWN_HOSTS: usize = 10_000;
/// Redirects that are followed, for feeds and for robots.txt (RFC 9309: at least five).
pub const MAX_REDIRECTS: usize = 5;
/// Most bytes of a robots.txt that are read (RFC 9309: at least 500 KiB).
pub const MAX_ROBOTS_BYTES: usize = 500 * 1024;
/// How long a robots.txt is believed (RFC 9309: at most 24 h).
pub const ROBOTS_MAX_AGE_HOURS: i64 = 24;
/// When a robots.txt that could not be read is asked for again.
pub const ROBOTS_RETRY_MINUTES: i64 = 10;
/// Longest delay asked for by a server that is obeyed as such.
pub const MAX_SERVER_DELAY_HOURS: i64 = 24;
/// Least wait between two polls of a feed, however short its interval: a failure may cost no time.
pub const MIN_FEED_WAIT_MILLIS: i64 = 1_000;
/// Longest wait between polls of a feed that keeps failing.
pub const MAX_FEED_BACKOFF_HOURS: i64 = 6;
/// Longest time one request may take, real time.
pub const REQUEST_TIMEOUT_SECS: u64 = 30;

/// First wait before a failed source is started again.
pub const RESTART_FIRST_SECS: i64 = 1;
/// Longest wait before a failed source is started again.
pub const RESTART_MAX_SECS: i64 = 300;
/// First wait before a write that failed is tried again.
pub const OUTLET_RETRY_FIRST_MILLIS: i64 = 100;
/// Longest wait before a write that failed is tried again.
pub const OUTLET_RETRY_MAX_MILLIS: i64 = 30_000;
/// Pulses that are kept while they cannot be stored.
pub const MAX_WAITING_PULSES: usize = 10_000;

// A decompressed push may hold every line at its longest only a few times over, and a decompressed
// body is never smaller than a plain one.
const _: () = assert!(MAX_PUSH_DECODED_BYTES >= MAX_PUSH_BODY_BYTES);
const _: () = assert!(MAX_LETTER_BYTES <= MAX_LINE_BYTES);
const _: () = assert!(FINGERPRINT_BYTES <= READ_BUFFER_BYTES);
