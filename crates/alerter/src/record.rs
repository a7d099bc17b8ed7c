//! The records that make up the alerter's state. The ledger stores them by key; the state that
//! is rebuilt from what it stored equals the one in memory.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_model::{
    ChainId, Counts, Deadline, DeadlineState, Duty, IncidentId, IncidentNumber, LastTold,
    NoticeKind, Offset, Partition, Question, Reason, SilenceNumber, Sketch, StoryId, SubjectKey,
    Tier, TimeSpan, Timestamp, TopicId,
};

use crate::distinct::Distinct;
use crate::limits::SLOWER_WHEN_AHEAD;
pub use crate::listed::Listed;

/// The clocks and running numbers of the state: one record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    /// The time that timers go by. It never goes back: where the wall clock is set back it stays
    /// ahead of it, and goes on more slowly until the clock has caught up.
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
    pub last_number: Option<IncidentNumber>,
    /// The last `SilenceNumber` given.
    pub last_silence: u64,
    /// The last `OverrideNumber` given.
    pub last_override: u64,
    /// Generation of the log; goes up when the operator confirms a new one.
    pub generation: u32,
    /// Whether the log was found made anew: no hits are taken until the operator confirms.
    pub recreated: bool,
    /// Since when we have listened without a gap (wall clock): no silence counts from before.
    pub watched_since: Timestamp,
    /// Running number of the last canary that came.
    pub last_canary: u32,
}

impl Clocks {
    /// By how much the time that timers go by is ahead of the wall clock.
    #[must_use]
    pub fn ahead(&self) -> TimeSpan {
        self.wall.since(self.anchor)
    }

    /// What the wall clock will read when that time reaches `wall`.
    pub(crate) fn reads_at(&self, wall: Timestamp) -> Timestamp {
        if self.ahead() == TimeSpan::ZERO {
            return wall;
        }
        let left = wall.since(self.wall).as_millis();
        let passes = TimeSpan::from_millis(left.saturating_mul(SLOWER_WHEN_AHEAD));
        wall.min(self.anchor + passes)
    }
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
    /// Since when the latest of its matchers has had the partition.
    pub since: Option<Timestamp>,
    /// When the mark came (wall clock).
    pub marked_at: Timestamp,
    /// Whether it is left out because no mark came for too long.
    pub left_out: bool,
}

/// What is remembered of a post in a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// When it was first found: the earliest of its deliveries.
    pub found_at: Timestamp,
    /// When it was found by the delivery that was taken first: it was counted there.
    pub counted_at: Timestamp,
    /// When it was last delivered (event clock): it is forgotten 60 days after.
    pub delivered_at: Timestamp,
    /// The best counts seen.
    pub counts: Counts,
    /// Its story, named by the first post that told it.
    pub story: StoryId,
}

/// What is remembered of a story in a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Of the post that began it.
    pub sketch: Sketch,
    /// When its latest post was found (event clock): it is forgotten 60 days after.
    pub last_found_at: Timestamp,
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
    /// Reach of all posts together. What a post that is found again gained counts where the post
    /// was first counted.
    pub reach: u64,
    /// Distinct voices.
    pub voices: Distinct,
    /// Distinct sources.
    pub sources: Distinct,
    /// Distinct stories.
    pub stories: Distinct,
    /// Distinct subjects; only under `*`.
    pub subjects: Distinct,
    /// What ranking sources say.
    pub listed: Listed,
}

/// What the pulses say of one hour.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Posts that all sources gave.
    pub posts: u64,
    /// How many minutes of the hour have passed by the latest pulse, 1 to 60.
    pub minutes: u8,
    /// The sources that pulsed.
    pub seen: Distinct,
    /// The sources that were polled without error at least once.
    pub polled: Distinct,
}

/// What a receiver waits for, or has been told, of one incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// What will be told, and when.
    pub waiting: Option<Waiting>,
    /// The tier it was last told.
    pub told_tier: Option<Tier>,
    /// The loudest tier it was told.
    pub loudest_told: Option<Tier>,
    /// The change it was last told.
    pub told_change: u32,
    /// When it was last told (wall clock); intervals count from here.
    pub told_at: Option<Timestamp>,
    /// What it was told last. Unlike [`Self::told_at`] no repeat that was passed over counts.
    pub last_told: Option<LastTold>,
    /// How often it was told of that change beyond the first time.
    pub rung: u16,
    /// The least time between two notices, of the route by which it is told.
    pub group_interval: TimeSpan,
    /// After how long it is told again, of the route by which it is told; zero means never.
    pub repeat_interval: TimeSpan,
    /// The step of a chain by which it is told, if any.
    pub step: Option<(ChainId, u16)>,
}

/// A notice that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// When it goes (wall clock); while it is held by a silence or another incident, not before
    /// that lets it go.
    pub due: Timestamp,
    /// What it will be about.
    pub kind: NoticeKind,
    /// What else it is about, where `kind` speaks of a question: that may be answered before the
    /// notice goes.
    pub beside: Option<NoticeKind>,
    /// The change it will tell.
    pub change: u32,
    /// How many earlier ones it stands for.
    pub merged: u32,
    /// Whether it waits for a catch-up, or comes of a post that was found long before.
    pub late: bool,
    /// What holds it, beside the time.
    pub held: Option<Hold>,
}

/// What holds a notice that would otherwise go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hold {
    /// The receiver's quiet hours.
    QuietHours,
    /// A silence.
    Silence(SilenceNumber),
    /// Another incident, which gathers it or mutes it.
    Incident(IncidentId),
    /// Too many notices at once: it goes with others, in one.
    Storm,
}

impl Hold {
    /// Whether it ends by an event rather than at a known time.
    #[must_use]
    pub const fn is_open_ended(self) -> bool {
        matches!(self, Self::Silence(_) | Self::Incident(_))
    }
}

/// What is owed of an incident, and who is being asked: one record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duties {
    /// When each tier was first reached since it opened (wall clock).
    pub reached: BTreeMap<Tier, Timestamp>,
    /// How far each chain has come.
    pub chains: BTreeMap<ChainId, Escalation>,
    /// Its deadlines.
    pub deadlines: BTreeMap<Duty, Deadline>,
    /// The questions that wait for an answer, by their numbers on the contact sheet.
    pub asked: BTreeMap<u32, Question>,
    /// Until when its acknowledgement is good (wall clock), unless something is written into its
    /// record before; none: without end, or there is none.
    pub acknowledged_until: Option<Timestamp>,
    /// When people last wrote something into its record (wall clock).
    pub written_at: Option<Timestamp>,
    /// Whether it was graded since it opened, and the grade was not taken back. The grade of an
    /// earlier life stays, but verifies nothing of this one.
    pub verified: bool,
}

impl Duties {
    /// The incident opens again: everything is owed anew, and chains begin another round. What was
    /// asked runs on; where the answer was due while the incident was closed, nobody is told.
    pub(crate) fn renew(&mut self, now: Timestamp) {
        let late = self
            .asked
            .values_mut()
            .filter(|question| question.due <= now);
        late.for_each(|question| question.state = DeadlineState::Missed);
        *self = Self {
            chains: std::mem::take(&mut self.chains),
            asked: std::mem::take(&mut self.asked),
            ..Self::default()
        };
    }
}

/// How far a chain has come for one incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// The step that is being asked, from 0.
    pub step: u16,
    /// How often the chain was begun, from 1.
    pub round: u16,
    /// Where it stands.
    pub state: EscalationState,
}

/// Where a chain stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EscalationState {
    /// Nobody of the step has been told yet: their notices wait.
    Telling,
    /// The next step is due then (wall clock).
    Running {
        /// When.
        due: Timestamp,
    },
    /// A silence holds it.
    Paused {
        /// How long the step has left.
        left: TimeSpan,
    },
    /// Somebody has acknowledged, or the incident is over.
    Stopped,
    /// All steps were told, and nobody has acknowledged.
    Exhausted,
}

/// What one receiver was told of late, whatever the incident: it bounds a storm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// When it was told, the latest last; no more than the bound of the policy.
    pub told: Vec<Timestamp>,
    /// When the notice that stands for the rest goes (wall clock).
    pub rest_due: Option<Timestamp>,
    /// When one last did.
    pub rest_told_at: Option<Timestamp>,
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
    /// The latest minute at which the hold of each tier was found true while the tier was not, with
    /// what was measured: kept also of tiers that do not stand, which a late post may yet raise.
    pub held: BTreeMap<Tier, Reason>,
    /// The tier of which the record says that it is held, and when it would have gone down.
    pub stays: Option<(Tier, Timestamp)>,
    /// Why it stands where it stands: the reason of its latest change.
    pub reason: Option<Reason>,
    /// Where the event clock stood when a person closed it: posts found before do not open it
    /// again.
    pub shut_at: Option<Timestamp>,
    /// The subjects of incidents that were merged into it: it takes their posts.
    pub absorbed: BTreeSet<SubjectKey>,
    /// Of its own and of the absorbed subjects those of which it takes copies of its stories only,
    /// because it was split off from an incident that takes the other posts.
    pub copies_only: BTreeSet<SubjectKey>,
    /// Posts that belong to other incidents of its topic as well, that of `*` left aside: what is
    /// not to be counted twice when two incidents are merged.
    pub shared: Distinct,
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
    pub usual: UsualPosts,
}

/// How many posts a source usually brings, by the hour of the day (UTC).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsualPosts {
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
