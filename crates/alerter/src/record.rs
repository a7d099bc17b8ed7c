//! The records that make up the alerter's state. The ledger stores them by key; the state that
//! is rebuilt from what it stored equals the one in memory.

use std::collections::BTreeMap;

use fengbiao_model::{
    Counts, NoticeKind, Offset, Partition, Reason, StoryId, SubjectKey, Tier, TimeSpan, Timestamp,
    TopicId,
};

use crate::distinct::Distinct;

/// The clocks and running numbers of the state: one record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    /// The latest wall reading that timers went by.
    pub wall: Timestamp,
    /// The monotonic reading beside it.
    pub monotonic: TimeSpan,
    /// The wall reading that belongs to `monotonic`: below `wall` after the clock was set back.
    pub anchor: Timestamp,
    /// The process that read it.
    pub process: u64,
    /// Whether timers hold because the clocks have parted.
    pub held: bool,
    /// The event clock.
    pub event: Timestamp,
    /// When the alerter fell behind (wall clock); none while it keeps up.
    pub behind_since: Option<Timestamp>,
    /// The last `IncidentId` given.
    pub last_incident: u64,
    /// The last `IncidentNumber` given.
    pub last_number: u64,
    /// Generation of the log; goes up when the operator confirms a new one.
    pub generation: u32,
    /// Whether the log was found made anew: no hits are taken until the operator confirms.
    pub recreated: bool,
    /// Since when we have listened without a gap (wall clock): no silence counts from before.
    pub watched_since: Timestamp,
    /// Running number of the last canary that came.
    pub last_canary: u32,
}

/// A partition of `posts` as marked in a partition of `hits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WatermarkKey {
    /// The partition of `hits` the mark stood in.
    pub hits: Partition,
    /// The partition of `posts` it speaks of.
    pub posts: Partition,
}

/// The latest mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watermark {
    /// The place the matcher will read next.
    pub next: Offset,
    /// The highest `found_at` it has read.
    pub found_at: Timestamp,
    /// Whether it stood at the end.
    pub at_end: bool,
    /// When the mark came (wall clock).
    pub marked_at: Timestamp,
    /// Whether it is left out because no mark came for too long.
    pub left_out: bool,
}

/// What is remembered of a post in a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// When it was first found (event clock).
    pub found_at: Timestamp,
    /// When it was last delivered (event clock): it is forgotten 60 days after.
    pub delivered_at: Timestamp,
    /// The best counts seen.
    pub counts: Counts,
    /// Its story.
    pub story: StoryId,
}

/// A bucket of the windows of one topic and subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketKey {
    /// The topic.
    pub topic: TopicId,
    /// The subject.
    pub subject: SubjectKey,
    /// How long the bucket is.
    pub width: BucketWidth,
    /// Its start, in widths since the epoch.
    pub index: i64,
}

/// Minutes for 48 hours, hours for 60 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BucketWidth {
    /// One minute.
    Minute,
    /// One hour.
    Hour,
}

/// What was counted in a bucket.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bucket {
    /// Posts.
    pub posts: u64,
    /// Weight of all posts together.
    pub weight: u64,
    /// Weight of the heaviest post.
    pub weight_max: u8,
    /// Distinct voices.
    pub voices: Distinct,
    /// Distinct sources.
    pub sources: Distinct,
    /// Distinct stories.
    pub stories: Distinct,
    /// Distinct subjects; only under `*`.
    pub subjects: Distinct,
}

/// What a receiver waits for, or has been told, of one incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// What will be told, and when (wall clock).
    pub waiting: Option<Waiting>,
    /// The tier it was last told.
    pub told_tier: Option<Tier>,
    /// The change it was last told.
    pub told_change: u32,
    /// When it was last told (wall clock); the repeat interval counts from here.
    pub told_at: Option<Timestamp>,
    /// How often it was told of that change.
    pub rung: u16,
}

/// A notice that waits for its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// When it goes (wall clock).
    pub due: Timestamp,
    /// What it will be about.
    pub kind: NoticeKind,
    /// The change it will tell.
    pub change: u32,
    /// How many earlier ones it stands for.
    pub merged: u32,
    /// Whether it waits for a catch-up.
    pub late: bool,
}

/// What is known of an incident beside [`fengbiao_model::Incident`]: one record each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifetime {
    /// Distinct voices over its life.
    pub voices: Distinct,
    /// Distinct sources over its life.
    pub sources: Distinct,
    /// Distinct stories over its life.
    pub stories: Distinct,
    /// The end of the latest minute at which each tier was found true (event clock).
    pub true_at: BTreeMap<Tier, Timestamp>,
    /// Why it stands where it stands: the reason of its latest change.
    pub reason: Option<Reason>,
    /// Where the event clock stood when a person closed it: posts found later begin a new one.
    pub shut_at: Option<Timestamp>,
}

/// Hours of a day.
pub const HOURS_OF_A_DAY: usize = 24;

/// What is known of the life of a source, from its pulses. Times are of the wall clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceLife {
    /// When it was first heard of, or configured.
    pub known_since: Timestamp,
    /// The end of the latest minute of which it had a pulse.
    pub pulsed_at: Option<Timestamp>,
    /// The end of the latest minute in which it was polled with success.
    pub succeeded_at: Option<Timestamp>,
    /// The end of the latest minute in which it brought a post.
    pub posted_at: Option<Timestamp>,
    /// Attempts that failed since the last success.
    pub errors: u32,
    /// Whether it has come to its end.
    pub ended: bool,
    /// How many posts it usually brings.
    pub usual: Usual,
}

/// How many posts a source usually brings, by the hour of the day (UTC).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usual {
    /// Thousandths of a post an hour; none for an hour of which nothing is known.
    pub milliposts: [Option<u32>; HOURS_OF_A_DAY],
    /// The hour being counted, since the epoch.
    pub hour: i64,
    /// Posts in it so far.
    pub posts: u64,
    /// Minutes in it so far in which the source was looked at.
    pub minutes: u32,
}

/// The latest canary of a partition of `posts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canary {
    /// When it was put in.
    pub put_at: Timestamp,
    /// When it came here.
    pub came_at: Timestamp,
}
