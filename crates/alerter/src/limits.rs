//! The bounds of the alerter, named once. Units are in the names.

use fengbiao_model::{MAX_CALM_AFTER, MAX_REOPEN_WITHIN, TimeSpan};

/// Distinct things counted exactly; above it a sketch counts.
pub const MAX_EXACT_DISTINCT: usize = 1_024;
/// Stories of one incident whose copies are counted; copies of later ones are not.
pub const MAX_STORIES_PER_INCIDENT: usize = 10_000;
/// Stories that are remembered in one topic, some 2 KiB each; when there are more, the one that was
/// told the longest ago goes, and a later copy of it begins a story anew.
pub const MAX_STORIES_PER_TOPIC: usize = 50_000;
/// How long after its last post a story is remembered: as long as the longest window counts it.
pub const STORY_KEPT: TimeSpan = TimeSpan::from_hours(HOURS_KEPT);
/// A value of a sketch that more stories of a topic share says nothing: a phrase of the topic.
pub const MAX_STORIES_PER_VALUE: usize = 32;
/// Values of a sketch that a post must share with a story to be compared with it.
pub const MIN_SHARED_VALUES: usize = 2;
/// Posts quoted because they were the first.
pub const MAX_FIRST_QUOTES: usize = 100;
/// Posts quoted because they reach widest.
pub const MAX_WIDE_QUOTES: usize = 100;
/// Quotes in one notice.
pub const MAX_NOTICE_QUOTES: usize = 5;
/// Subjects that a notice of `*` names; of more it says how many.
pub const MAX_NOTICE_SUBJECTS: usize = 20;
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
/// Sums of windows that every stream may keep for each width of bucket, those that end latest. A sum
/// takes up to 24 KiB where it counts tens of thousands, mostly far less.
pub const RUNNING_WINDOWS_PER_WIDTH: usize = 64;
/// Sums of windows that a stream keeps at most: posts that come late are judged at every minute
/// with hits whose windows reach back to them, which may be all minutes that are kept.
pub const MAX_RUNNING_WINDOWS_PER_STREAM: usize = 4_096;
/// Sums of windows that all streams keep above [`RUNNING_WINDOWS_PER_WIDTH`]; where there are
/// more, each is cut to that.
pub const MAX_MORE_RUNNING_WINDOWS: usize = 8_192;
/// Windows of a baseline.
pub const BASELINE_WINDOWS: usize = 7;
/// Fewest windows of a baseline that must be present: with less a detector says nothing.
pub const MIN_BASELINE_WINDOWS: usize = 4;
/// Windows between the current one and the baseline of C2 and C3.
pub const C2_GAP_WINDOWS: usize = 2;
/// Windows that a CUSUM sums over, the current one included; its baseline lies before them.
pub const CUSUM_RUN_WINDOWS: usize = 7;
/// Windows that a burst is looked for in, the current one included.
pub const BURST_WINDOWS: usize = 24;
/// The windows that a detector looks back at are counted by minutes where all of them, the current
/// one included, lie within so many minutes; else by hours. Half of what is kept, so that a post
/// that comes a day late still finds them.
pub const HISTORY_BY_MINUTES: i64 = MINUTES_KEPT / 2;
/// Counts of windows looked back at, that a stream keeps for the next hit.
pub const MAX_HISTORIES_PER_STREAM: usize = 16;
/// Windows that hold at most so many buckets in all are counted anew at each hit.
pub const MAX_HISTORY_BUCKETS_COUNTED_EACH_TIME: usize = 16;
/// A window is missing from a baseline when more than one in so many of its minutes lies in hours
/// that are missing.
pub const MISSING_MINUTES_ONE_IN: i64 = 10;
/// How long the coverage of an hour is kept, in hours: while a window reaches it, and while the
/// hours that do are judged by its sources.
pub const COVERAGE_KEPT: i64 = HOURS_KEPT + EXPECTED_WITHIN_HOURS;
/// A pulse that speaks of a minute further ahead of the wall clock comes from a clock that is wrong.
pub const MAX_PULSE_AHEAD: TimeSpan = TimeSpan::from_hours(1);
/// Sources that pulsed within so many hours are expected to be polled.
pub const EXPECTED_WITHIN_HOURS: i64 = 24;

/// `calm_after` of a topic that the policy no longer has.
pub const CALM_AFTER_WITHOUT_TOPIC: TimeSpan = TimeSpan::from_hours(24);
/// How long after its last post a closed incident stays in memory with all that hangs on it: late
/// posts may still join it, and people may open it again.
pub const CLOSED_KEPT: TimeSpan = TimeSpan::from_hours(14 * 24);
/// How long after its last post an incident is remembered at all: people may still write into its
/// record, and a new one may be linked to it.
pub const REMEMBERED_FOR: TimeSpan = TimeSpan::from_hours(60 * 24);
/// A new incident of a topic and subject is linked to the closed one before it whose last post lies
/// no further back.
pub const FOLLOWS_WITHIN: TimeSpan = TimeSpan::from_hours(30 * 24);
/// By when an item of the contact sheet is due where nothing is said of it.
pub const CONTACT_ANSWERED_WITHIN: TimeSpan = TimeSpan::from_hours(24);
/// How long before the answer to a question is due people are reminded of it.
pub const CONTACT_REMINDED_BEFORE: TimeSpan = TimeSpan::from_hours(1);
/// Characters of a question that notices show.
pub const MAX_QUESTION_CHARACTERS: usize = 60;
/// Questions without an answer in one notice.
pub const MAX_NOTICE_QUESTIONS: usize = 5;
/// Items of one contact sheet that wait for an answer at once.
pub const MAX_OPEN_ITEMS: usize = 100;
/// Labels of one incident.
pub const MAX_LABELS: usize = 32;
/// Events of one incident's record that people may write; the machine's own are never refused.
pub const MAX_EVENTS: u32 = 10_000;
/// How long after its last delivery a post is remembered.
pub const MEMORY_KEPT: TimeSpan = TimeSpan::from_hours(60 * 24);
/// A post published longer than this before it was found counts in no window.
pub const OLD_AFTER: TimeSpan = TimeSpan::from_hours(24);
/// Longest `group_wait`.
pub const MAX_GROUP_WAIT: TimeSpan = TimeSpan::from_hours(1);
/// Longest `group_interval`.
pub const MAX_GROUP_INTERVAL: TimeSpan = TimeSpan::from_hours(24);
/// How deep routes may stand in one another.
pub const MAX_ROUTE_DEPTH: usize = 8;
/// Most steps of a chain.
pub const MAX_CHAIN_STEPS: usize = 20;
/// Longest time that a step of a chain has.
pub const MAX_ACKNOWLEDGE_WITHIN: TimeSpan = TimeSpan::from_hours(7 * 24);
/// Longest time of a deadline, in its calendar's hours.
pub const MAX_DEADLINE: TimeSpan = TimeSpan::from_hours(60 * 24);
/// Longest time within which the notices of a storm are counted.
pub const MAX_STORM_WITHIN: TimeSpan = TimeSpan::from_hours(1);
/// Most notices to one receiver within that time that go by themselves.
pub const MAX_STORM_NOTICES: u32 = 1_000;
/// How long the first of those that are too many wait for others.
pub const STORM_WAIT: TimeSpan = TimeSpan::from_secs(30);
/// Other incidents that one notice of a storm stands for; more wait for the next one.
pub const MAX_OTHER_INCIDENTS: usize = 100;
/// Characters of a quote in a line of another incident.
pub const MAX_HEADLINE_CHARACTERS: usize = 60;
/// Longest silence, from the moment it is asked for.
pub const MAX_SILENCE: TimeSpan = TimeSpan::from_hours(30 * 24);
/// Most silences that have not ended.
pub const MAX_SILENCES: usize = 1_000;
/// Most overrides of schedules that have not ended.
pub const MAX_STAND_INS: usize = 1_000;
/// Longest reason that people give.
pub const MAX_REASON_BYTES: usize = 4 * 1024;
/// Shortest `repeat_interval` that is not zero.
pub const MIN_REPEAT_INTERVAL: TimeSpan = TimeSpan::from_minutes(1);

/// Wall and monotonic clock may part by this much before timers hold.
pub const MAX_CLOCK_GAP: TimeSpan = TimeSpan::from_minutes(10);
/// How much slower the alerter's time goes while it is ahead of the wall clock, which was set back:
/// timers go on, and what it is ahead by is gone after as many times that time.
pub const SLOWER_WHEN_AHEAD: i64 = 2;
/// A partition without marks for this long (wall clock) is left out of the event clock.
pub const LEFT_OUT_AFTER: TimeSpan = TimeSpan::from_minutes(5);
/// An event clock further than this behind the wall clock is behind.
pub const BEHIND_AFTER: TimeSpan = TimeSpan::from_minutes(2);
/// How long raises wait for a catch-up at most.
pub const MAX_CATCH_UP_WAIT: TimeSpan = TimeSpan::from_minutes(5);

/// Days that are looked ahead for the next change of weekly times, of business hours, of who is on
/// call: more than a year, so that yearly holidays are found.
pub const MAX_DAYS_LOOKED_AHEAD: i64 = 400;
/// Days before an instant on which an interval that holds it may begin: one for the midnight it
/// passes, one for a clock that was turned back.
pub const DAYS_LOOKED_BACK: i64 = 2;
/// Days over which business time is counted.
pub const MAX_BUSINESS_DAYS: i64 = 3_660;
/// Ends of turns and overrides that are examined for one hand-over, and shifts in one list.
pub const MAX_CHANGES_EXAMINED: usize = 20_000;
/// Turns that a clock may have been turned back over: 26 hours of the shortest.
pub const MAX_TURNS_CORRECTED: usize = 26;
/// Changes of a zone's rules that are asked for the one that left a local time out.
pub const MAX_TRANSITIONS_ASKED: usize = 4;

/// Layers of a schedule.
pub const MAX_LAYERS: usize = 16;
/// Members of a layer.
pub const MAX_LAYER_MEMBERS: usize = 100;
/// Longest turn.
pub const MAX_TURN_DAYS: i64 = 366;
/// Intervals of weekly times or of a calendar's week.
pub const MAX_WEEKLY_INTERVALS: usize = 64;
/// Holidays and make-up days of a calendar: some thirty years of them.
pub const MAX_CALENDAR_DAYS: usize = 2_000;

// Whoever takes turns with others is relieved within the days that are looked ahead.
const _: () = assert!(MAX_TURN_DAYS < MAX_DAYS_LOOKED_AHEAD);

/// How often the watchdog judges what should speak (wall clock).
pub const WATCH_TICK: TimeSpan = TimeSpan::from_secs(15);
/// Steps further apart than this mean that we did not run, or heard nothing: silence counts anew.
pub const MAX_WATCH_GAP: TimeSpan = TimeSpan::from_minutes(3);
/// Sources whose life is watched; more that are not configured are not.
pub const MAX_WATCHED_SOURCES: usize = 10_000;
/// How long a source that is not configured is watched after its last pulse.
pub const SOURCE_KEPT: TimeSpan = TimeSpan::from_hours(14 * 24);
/// A source without pulses for so long is not heard of at all; with pulses it may still fail.
pub const PULSES_MISSED_AFTER: TimeSpan = TimeSpan::from_minutes(5);
/// A silence is unusual once so many posts were to be expected in it: if they came one by one at
/// random, none of 20 would be missed but once in 5 × 10^8 times; real posts come in bursts.
pub const MIN_EXPECTED_POSTS: u64 = 20;
/// Minutes of an hour in which a source must have been looked at, for the hour to count.
pub const MIN_MINUTES_OF_AN_HOUR: u32 = 30;
/// How far back the posts to be expected are summed.
pub const MAX_EXPECTED_HOURS: i64 = 14 * 24;
/// Days before its last post over which a topic's usual number is taken.
pub const TOPIC_BASELINE_DAYS: i64 = 14;
/// Days of which a topic must be known before it can be quiet.
pub const TOPIC_BASELINE_MIN_DAYS: i64 = 3;
/// An alarm that returns within so long after it closed by itself is opened again.
pub const ALARM_REOPENS_WITHIN: TimeSpan = TimeSpan::from_hours(24);

// A tick must not be mistaken for a gap, nor may a partition that is left out be.
const _: () = assert!(MAX_WATCH_GAP.as_millis() > 2 * WATCH_TICK.as_millis());
const _: () = assert!(MAX_WATCH_GAP.as_millis() < LEFT_OUT_AFTER.as_millis());

// A closed incident can be joined while a post may lie within `calm_after` or `reopen_within` of
// its last one, and can open again while that post is itself within `calm_after` of the event clock.
const _: () = assert!(
    CLOSED_KEPT.as_millis() >= MAX_REOPEN_WITHIN.as_millis() + MAX_CALM_AFTER.as_millis()
        && MAX_REOPEN_WITHIN.as_millis() >= MAX_CALM_AFTER.as_millis()
        && REMEMBERED_FOR.as_millis() >= FOLLOWS_WITHIN.as_millis()
        && FOLLOWS_WITHIN.as_millis() >= CLOSED_KEPT.as_millis()
);
