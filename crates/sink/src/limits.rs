//! The bounds of the sinks, named once. Units are in the names; those of a service are its own.

/// Longest content of a WeCom group bot's markdown message (UTF-8 bytes).
pub const MAX_WECOM_MARKDOWN_BYTES: usize = 4_096;
/// Longest content of a WeCom group bot's text message (UTF-8 bytes).
pub const MAX_WECOM_TEXT_BYTES: usize = 2_048;
/// Messages that a WeCom group bot takes in [`WECOM_WINDOW_SECS`].
pub const MAX_WECOM_MESSAGES_IN_WINDOW: usize = 20;
/// The span over which WeCom counts messages, with a second to spare for the way there.
pub const WECOM_WINDOW_SECS: u64 = 61;
/// How long to wait after WeCom said that the bot speaks too often.
pub const WECOM_FREQUENCY_WAIT_MILLIS: u64 = 60_000;

/// Room kept in each part of a split message for its number, `(12/34) #56`.
pub const PART_HEADER_BYTES: usize = 96;

/// Largest body of one webhook event, unless a single quote is larger. Standard Webhooks advises
/// 20 kB; five whole posts of ordinary length stay below that, and five of the longest do not. Such
/// a notice goes out as several events.
pub const MAX_WEBHOOK_BODY_BYTES: usize = 256 * 1024;
/// Longest answer of a service that is read; the rest cannot matter.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// Longest piece of a service's own message that is shown in an error (characters).
pub const MAX_SHOWN_ANSWER_CHARS: usize = 200;

/// By how many bytes two lines of one notice may differ: by their links that acknowledge.
pub const LINK_ROOM_BYTES: usize = 4 * 1024;

/// How long one request may take unless the options say otherwise. Standard Webhooks: 15 to 30 s.
pub const DEFAULT_TIMEOUT_SECS: u64 = 15;
/// Longest wait that a service may ask for.
pub const MAX_RETRY_AFTER_SECS: u64 = 24 * 60 * 60;

/// Shortest and longest signing key that Standard Webhooks allows.
pub const SIGNING_KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Notices whose partial progress is remembered by one sink; the oldest is forgotten first.
pub const MAX_PARTIAL_NOTICES: usize = 256;

/// A notice that could not be delivered for so long goes to the fallback receiver as well: at tier I, II,
/// III and IV, in seconds.
pub const STAND_IN_SECS: [i64; 4] = [60, 5 * 60, 15 * 60, 60 * 60];
/// How long a worker waits before it asks an outbox again that failed.
pub const OUTBOX_RETRY_MILLIS: u64 = 1_000;
/// Longest sleep of a worker: it looks again even if a wake-up was lost or the clock was set.
pub const MAX_SLEEP_SECS: u64 = 60;
/// Shortest sleep of a worker: a due time that is not yet due by a rounding of the clock must not
/// make a busy loop.
pub const MIN_SLEEP_MILLIS: u64 = 5;
/// How long an attempt under way may still take after the stop.
pub const SHUTDOWN_GRACE_MILLIS: u64 = 2_000;

/// Longest time one beat of the heartbeat may take.
pub const HEARTBEAT_TIMEOUT_SECS: u64 = 10;

/// Quotes of a card that says that an incident is calmer, or over.
pub const MAX_RELIEF_QUOTES: usize = 2;
/// A notice does not say until when it looked at the data where that is no longer before its own
/// making.
pub const DATA_AS_OLD_AS_THE_NOTICE_SECS: i64 = 60;

/// Narrowest card on a terminal (columns).
pub const MIN_CARD_COLUMNS: usize = 24;
/// Widest card on a terminal (columns): longer lines are hard to read.
pub const MAX_CARD_COLUMNS: usize = 100;

// A part must have room for its number and for a good deal of text.
const _: () = assert!(PART_HEADER_BYTES * 4 < MAX_WECOM_TEXT_BYTES);
const _: () = assert!(MAX_WECOM_TEXT_BYTES <= MAX_WECOM_MARKDOWN_BYTES);
// A clean stop takes 5 s at most, and the outbox must still be told of the last attempt.
const _: () = assert!(SHUTDOWN_GRACE_MILLIS < 4_000);
