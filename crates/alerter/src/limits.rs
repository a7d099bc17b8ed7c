//! The bounds of the alerter, named once. Units are in the names.

use fengbiao_model::TimeSpan;

/// Distinct things counted exactly; above it a sketch counts.
pub const MAX_EXACT_DISTINCT: usize = 1_024;
/// Stories of one incident whose copies are counted; copies of later ones are not.
pub const MAX_STORIES_PER_INCIDENT: usize = 10_000;
/// Posts quoted because they were the first.
pub const MAX_FIRST_QUOTES: usize = 100;
/// Posts quoted because they reach widest.
pub const MAX_WIDE_QUOTES: usize = 100;
/// Quotes in one notice.
pub const MAX_NOTICE_QUOTES: usize = 5;
/// Longest condition of a tier.
pub const MAX_CONDITION_BYTES: usize = 1_024;
/// Deepest nesting of parentheses and signs in a condition.
pub const MAX_CONDITION_DEPTH: usize = 32;

/// How far a window counted in minutes reaches, and how long minute buckets are kept.
pub const MINUTES_KEPT: i64 = 48 * 60;
/// How far a window counted in hours reaches, and how long hour buckets are kept.
pub const HOURS_KEPT: i64 = 60 * 24;
/// A window over at most so many buckets is summed each time it is asked for, unless they hold many
/// posts; a longer sum is kept and counted on.
pub const MAX_WINDOW_BUCKETS_SUMMED_EACH_TIME: usize = 4;
/// Most posts in a window that is summed each time it is asked for.
pub const MAX_WINDOW_POSTS_SUMMED_EACH_TIME: u64 = 64;
/// Sums of windows that a stream keeps for each width of bucket, those that end latest. A sum takes
/// up to 24 KiB where it counts tens of thousands, mostly far less.
pub const MAX_RUNNING_WINDOWS_PER_STREAM: usize = 64;
/// Longest `calm_after`.
pub const MAX_CALM_AFTER: TimeSpan = TimeSpan::from_hours(7 * 24);
/// `calm_after` of a topic that the policy no longer has.
pub const CALM_AFTER_WITHOUT_TOPIC: TimeSpan = TimeSpan::from_hours(24);
/// How long after its last post a closed incident stays in memory: late posts may still join it.
pub const CLOSED_KEPT: TimeSpan = TimeSpan::from_hours(14 * 24);
/// How long after its last delivery a post is remembered.
pub const MEMORY_KEPT: TimeSpan = TimeSpan::from_hours(60 * 24);
/// A post published longer than this before it was found counts in no window.
pub const OLD_AFTER: TimeSpan = TimeSpan::from_hours(24);
/// Longest `group_wait`.
pub const MAX_GROUP_WAIT: TimeSpan = TimeSpan::from_hours(1);
/// Shortest `repeat_interval` that is not zero.
pub const MIN_REPEAT_INTERVAL: TimeSpan = TimeSpan::from_minutes(1);

/// Wall and monotonic clock may part by this much before timers hold.
pub const MAX_CLOCK_GAP: TimeSpan = TimeSpan::from_minutes(10);
/// A partition without marks for this long (wall clock) is left out of the event clock.
pub const LEFT_OUT_AFTER: TimeSpan = TimeSpan::from_minutes(5);
/// An event clock further than this behind the wall clock is behind.
pub const BEHIND_AFTER: TimeSpan = TimeSpan::from_minutes(2);
/// How long raises wait for a catch-up at most.
pub const MAX_CATCH_UP_WAIT: TimeSpan = TimeSpan::from_minutes(5);

// A closed incident can be joined while a post may lie within `calm_after` of its last one, and
// can open again while that post is itself within `calm_after` of the event clock.
const _: () = assert!(CLOSED_KEPT.as_millis() >= 2 * MAX_CALM_AFTER.as_millis());
