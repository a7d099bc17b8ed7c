//! The bounds of the daemon and of the commands, named once. Units are in the names or types.

use std::ops::RangeInclusive;
use std::time::Duration;

use fengbiao_model::TimeSpan;

/// Most records of a topic that a role takes in one round.
pub(crate) const BATCH_RECORDS: usize = 1_000;
/// With so many bytes of output a matcher commits, however many records of its batch are still to
/// come: an update goes to every partition of `hits`, so that what a batch makes has no bound of its
/// own.
pub(crate) const COMMIT_BYTES: usize = 8 << 20;
/// Most records of `posts` that a matcher takes in one round, 16 MiB of them at most (the log's bound of
/// one poll): enough for each of its threads, and so many that behind a backlog it does not wait for a
/// commit after every few milliseconds of work.
pub(crate) const MATCH_RECORDS: usize = 16_000;
/// Bytes of records that a matcher's threads match before what they found is taken.
pub(crate) const CREW_BYTES: usize = 2 << 20;
/// Fewest records for which a matcher has another thread begin.
pub(crate) const CREW_RECORDS: usize = 50;
/// Threads that a matcher may be told to have: more would have too little of what is taken at once.
pub(crate) const MAX_MATCHER_THREADS: u32 = 64;
/// Most records of `hits` that one step takes while the alerter keeps up.
pub(crate) const STEP_RECORDS: usize = 250;
/// Most records of `hits` that one step takes behind a backlog, 16 MiB of them at most (the log's
/// bound of one poll): what a step changes is stored once, so that larger steps cost less a hit.
pub(crate) const MAX_STEP_RECORDS: usize = 4_000;
/// Free space below which `fengbiao doctor` warns.
pub(crate) const MIN_FREE_DISK_BYTES: u64 = 2 << 30;
/// How far the wall clock may be behind the alerter's time before `fengbiao doctor` and `/readyz`
/// say so.
pub(crate) const MAX_CLOCK_BACK: TimeSpan = TimeSpan::from_secs(5);
/// How often brokers are asked whether they are there, and how long they may take to answer, in
/// real time.
pub(crate) const BROKER_LOOK_INTERVAL: Duration = Duration::from_secs(5);
pub(crate) const BROKER_LOOK_PATIENCE: Duration = Duration::from_secs(4);
/// How often it is looked, in real time, whether the files that are open still stand in the data
/// directory.
pub(crate) const OPEN_FILES_LOOK_INTERVAL: Duration = Duration::from_secs(2);
/// How often a crawler looks for the first lexicon, in real time.
pub(crate) const FIRST_LEXICON_INTERVAL: Duration = Duration::from_secs(1);
/// How often it is looked, in real time, whether the roles have begun.
pub(crate) const ROLES_LOOK_INTERVAL: Duration = Duration::from_millis(20);
/// How often, in real time, it is looked whether the service manager should hear something new.
pub(crate) const STATUS_INTERVAL: Duration = Duration::from_millis(500);
/// How long roles and requests may take to finish what they do before the log is closed under them: one
/// that waits for brokers gives up then.
pub(crate) const ROLES_END_WITHIN: Duration = Duration::from_secs(2);
/// Longest wait of a role for new records, in real time. It bounds how late a role sees a stop.
pub(crate) const POLL_WAIT: Duration = Duration::from_millis(100);
/// How often a matcher that makes progress says how far it has come.
pub(crate) const MARK_INTERVAL: TimeSpan = TimeSpan::from_secs(1);
/// How often a matcher without anything new says that it lives. The alerter leaves a partition
/// out after five minutes without a mark.
pub(crate) const MARK_SILENCE: TimeSpan = TimeSpan::from_secs(30);
/// A role that has not finished a round for so long, in real time, is not healthy.
pub(crate) const ROLE_SILENCE: Duration = Duration::from_secs(30);
/// How often it is looked, in real time, whether the demonstration has come to now.
pub(crate) const ARRIVAL_LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// How long threads of blocking work that is stuck may take to end.
pub(crate) const STUCK_WORK_ENDS_WITHIN: Duration = Duration::from_millis(200);
/// How long the parts of the daemon may take to stop. With what comes after, the whole takes less
/// than 5 s.
pub(crate) const STOP_WITHIN: Duration = Duration::from_secs(4);
/// How long requests that are under way may take when the daemon stops.
pub(crate) const REQUESTS_END_WITHIN: Duration = Duration::from_secs(2);
/// How long whoever asks for something waits, in real time, to hear what the alerter makes of it. A round
/// of the alerter takes a tenth of a second where nothing is in its way.
pub(crate) const VERDICT_WITHIN: Duration = Duration::from_secs(2);
/// Refusals of commands that are kept for those who wait for them.
pub(crate) const MAX_KEPT_REFUSALS: usize = 1_000;

const _: () = assert!(VERDICT_WITHIN.as_millis() <= REQUESTS_END_WITHIN.as_millis());
const _: () = assert!(
    REQUESTS_END_WITHIN.as_millis() < STOP_WITHIN.as_millis()
        && ROLES_END_WITHIN.as_millis() < STOP_WITHIN.as_millis()
        // The whole takes less than 5 s.
        && STOP_WITHIN.as_millis() + STUCK_WORK_ENDS_WITHIN.as_millis() < 5_000
);
/// How often a failed write to the ledger is tried again.
pub(crate) const LEDGER_RETRY: Duration = Duration::from_millis(500);
/// A checkpoint of the alerter's state after so many steps.
pub(crate) const STEPS_BETWEEN_CHECKPOINTS: u64 = 20_000;
/// How often the alerter tells the log how far it has come, so that retention may follow.
pub(crate) const CURSOR_INTERVAL: Duration = Duration::from_secs(5);
/// How often log and ledger are looked through for what is past its time, in real time.
pub(crate) const RETENTION_INTERVAL: Duration = Duration::from_secs(60);
/// How often the lexicon's folder is looked at for changes, in real time.
pub(crate) const LEXICON_POLL: Duration = Duration::from_secs(2);
/// How soon a lexicon that could not be published for a cause that passes is tried again, in real
/// time.
pub(crate) const PUBLISH_RETRY: Duration = Duration::from_secs(10);
/// Most bytes of one part of a published lexicon.
pub(crate) const LEXICON_PART_BYTES: usize = 256 * 1024;
/// Records of topic `lexicons` that are written, and that are read, at a time: 16 MiB at most.
pub(crate) const LEXICON_APPEND_RECORDS: usize = 16;
pub(crate) const LEXICON_PAGE_RECORDS: u64 = 16;
/// Matchers that are kept ready: of the version that comes and of the one in force.
pub(crate) const MAX_READY_MATCHERS: usize = 2;
/// Most bytes of a whole lexicon.
pub(crate) const MAX_LEXICON_BYTES: u64 = 64 * 1024 * 1024;

const _: () = assert!(MARK_SILENCE.as_millis() < 5 * 60_000);
// What one more record makes as a rule fits beside what waits to be committed.
const _: () = assert!(2 * COMMIT_BYTES <= fengbiao_log::MAX_APPEND_BYTES);
/// Most bytes of what could not be read that a dead letter keeps.
pub(crate) const DEAD_LETTER_BYTES: usize = 4 * 1024;
/// Dead letters that are listed where nobody says how many.
pub(crate) const USUAL_DEAD_LETTERS: usize = 50;
/// Most dead letters that one answer lists.
pub(crate) const MAX_LISTED_DEAD_LETTERS: usize = 1_000;
/// Characters of a dead letter that the list shows.
pub(crate) const SHOWN_LETTER_CHARS: usize = 200;
/// What a sender is told to wait when the log cannot keep up.
pub(crate) const BUSY_RETRY_SECS: u32 = 1;
/// So many refused lines are shown one by one; the others are counted.
pub(crate) const SHOWN_REFUSALS: u64 = 20;
/// How often long work says how far it has come.
pub(crate) const PROGRESS_INTERVAL: Duration = Duration::from_secs(2);
/// A role that has failed is started again after so long, in real time.
pub(crate) const ROLE_RETRY: Duration = Duration::from_secs(1);
/// Least pause between two requests of the crawler to one host, in real time.
pub(crate) const HOST_PAUSE: Duration = Duration::from_secs(2);
/// The shortest time after which a source may be called dead: it gives a sign of life once a minute,
/// and one that comes late must not look like death.
pub(crate) const MIN_DEAD_AFTER: TimeSpan = TimeSpan::from_minutes(2);
/// Longest time that a configuration may say, about a hundred years: sums of several stay times.
pub(crate) const MAX_LENGTH: TimeSpan = TimeSpan::from_hours(24 * 36_525);
/// How often a feed may be looked at.
pub(crate) const FEED_INTERVAL_BOUNDS: RangeInclusive<TimeSpan> =
    TimeSpan::from_secs(1)..=TimeSpan::from_hours(7 * 24);
/// How often a canary may be put in, and how long its way may take.
pub(crate) const CANARY_BOUNDS: RangeInclusive<TimeSpan> =
    TimeSpan::from_secs(1)..=TimeSpan::from_hours(24);
/// How often the heartbeat may go.
pub(crate) const HEARTBEAT_BOUNDS: RangeInclusive<TimeSpan> =
    TimeSpan::from_millis(100)..=TimeSpan::from_hours(24);
/// How long the text of posts may be kept.
pub(crate) const TEXT_RETENTION_BOUNDS: RangeInclusive<TimeSpan> =
    TimeSpan::from_hours(1)..=TimeSpan::from_hours(24 * 3_660);
/// After how long pseudonyms may change.
pub(crate) const ROTATION_BOUNDS: RangeInclusive<TimeSpan> =
    TimeSpan::from_hours(1)..=TimeSpan::from_hours(24 * 366);
/// How long a link that acknowledges may be good for.
pub(crate) const LINK_BOUNDS: RangeInclusive<TimeSpan> =
    TimeSpan::from_minutes(1)..=TimeSpan::from_hours(24 * 366);
/// Bytes that the topic `posts` of the embedded log may be allowed.
pub(crate) const POSTS_BYTES_BOUNDS: RangeInclusive<u64> = (64 << 20)..=(1 << 50);
/// How long an append to the embedded log may wait for others.
pub(crate) const GROUP_COMMIT_BOUNDS_MILLIS: RangeInclusive<u64> = 0..=1_000;
/// Largest file of holidays.
pub(crate) const MAX_HOLIDAYS_FILE_BYTES: usize = 256 * 1024;
/// Most days that `on-call` looks ahead; the alerter looks no further.
pub(crate) const MAX_ON_CALL_DAYS: u16 = 366;

const _: () = assert!((MAX_ON_CALL_DAYS as i64) < fengbiao_alerter::limits::MAX_DAYS_LOOKED_AHEAD);

// People have room for labels of their own beside those of the topic.
const _: () =
    assert!(fengbiao_lexicon::limits::MAX_LABELS_PER_TOPIC < fengbiao_alerter::limits::MAX_LABELS);

/// Where sessions of Kafka's groups may end: Kafka's own bounds, as brokers have them without being
/// told others.
pub(crate) const SESSION_TIMEOUT_BOUNDS: RangeInclusive<TimeSpan> =
    TimeSpan::from_secs(6)..=TimeSpan::from_minutes(30);
/// Most partitions of a topic in Kafka.
pub(crate) const MAX_KAFKA_PARTITIONS: u32 = 1_024;
/// Longest part of a topic's name that Kafka takes before ours: 249 with the longest of ours.
pub(crate) const MAX_PREFIX_CHARS: usize = 200;
/// Most brokers that keep one record.
pub(crate) const MAX_REPLICATION: u32 = 16;

/// Lines of the audit trail that the story of an incident shows.
pub(crate) const MAX_TRAIL_LINES: usize = 20;
/// Rows of the table of counts in the story of an incident.
pub(crate) const MAX_COUNT_ROWS: usize = 36;
/// Longest bar of that table, in characters.
pub(crate) const MAX_BAR_CHARS: u64 = 40;
/// Posts that the story shows because they were the first, and as many because they reach widest.
pub(crate) const SHOWN_POSTS_EACH_WAY: usize = 5;
/// Leading stories that the story of an incident shows, and the links of each.
pub(crate) const SHOWN_STORIES: usize = 10;
pub(crate) const SHOWN_STORY_LINKS: usize = 20;
/// Characters of a post that the story, or a replay, shows in its line.
pub(crate) const SHOWN_POST_CHARS: usize = 60;
/// Most bars of a plot.
pub(crate) const MAX_PLOT_BARS: i64 = 180;
/// Most changes of tier of which a plot says by what they were decided.
pub(crate) const MAX_PLOT_LINES: usize = 12;
/// Open incidents that the daemon looks at, at its start, for a place that has none yet.
pub(crate) const GREETING_INCIDENTS: usize = 1_000;
/// How long a command waits for the daemon's answer, in real time: a backup of a large log, or a purge
/// that looks through it, takes its time.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(3_600);
/// How long a command waits to hear whether the daemon is ready, in real time.
pub(crate) const READY_WITHIN: Duration = Duration::from_secs(30);
/// Longest answer of the daemon that a command reads.
pub(crate) const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;
/// Columns of a terminal that does not say how many it has, and of what is no terminal.
pub(crate) const USUAL_COLUMNS: usize = 100;
