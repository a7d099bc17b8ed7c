//! What goes into the alerter and what comes out.

use fengbiao_model::{
    Command, Deletion, Event, HitRecord, Incident, IncidentId, Notice, NoticeKey, Override,
    OverrideNumber, Partition, Position, PostId, Pulse, Quote, ReceiverId, ScheduleId, Silence,
    SilenceNumber, SourceId, StoryId, TimeSpan, Timestamp, TopicId,
};

use crate::record::{
    Bucket, BucketKey, Canary, Clocks, Coverage, Duties, Lifetime, Memory, Pending, Rate,
    SourceLife, Told, Watermark, WatermarkKey,
};

/// One step: a reading of the clocks, then commands, pulses and hits, each in order.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// The wall clock.
    pub wall: Timestamp,
    /// The monotonic clock of this process, since it began.
    pub monotonic: TimeSpan,
    /// Counts the processes that ran the alerter: monotonic readings compare within one only.
    pub process: u64,
    /// Commands, by number.
    pub commands: Vec<Command>,
    /// Pulses, in the order of the log.
    pub pulses: Vec<Pulse>,
    /// Records of the topic `hits` with their places in it, in the order they were taken.
    pub hits: Vec<(Position, HitRecord)>,
}

/// All that a step changes: what the ledger stores in one transaction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// First what happened, in order (members, events, notices, refusals, the trail, purges,
    /// deletions, policies), then each record that the step changed, once, as it stands at the end,
    /// in canonical order.
    pub changes: Vec<Change>,
    /// How many of the step's hits were taken, from the front. Fewer than were given only when the
    /// log was found made anew ([`Clocks::recreated`]): the rest must be given again after
    /// `Action::NewGeneration`, and the stored step ends here.
    pub taken: usize,
    /// Things that are worth a line in the operator's log and a metric; nothing is stored.
    pub remarks: Vec<Remark>,
}

/// One change of the record.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The clocks and running numbers of the state.
    Clocks(Clocks),
    /// How far one matcher's partition has come, as seen in one partition of `hits`.
    Watermark(WatermarkKey, Watermark),
    /// The highest position of a partition of `posts` seen for a topic.
    Seen(TopicId, Position),
    /// The positions of a partition of `posts` start again for a topic: what `Seen` said is gone.
    ForgetSeen(TopicId, Partition),
    /// A post is remembered, or what is known of it has changed.
    Remember(TopicId, PostId, Memory),
    /// A post is no longer remembered.
    Forget(TopicId, PostId),
    /// A story that was told in a topic.
    Told(TopicId, StoryId, Told),
    /// A story that is no longer remembered.
    ForgetTold(TopicId, StoryId),
    /// A bucket of a window.
    Bucket(BucketKey, Bucket),
    /// A bucket that no window reaches any more.
    DropBucket(BucketKey),
    /// What the pulses say of an hour since the epoch.
    Coverage(i64, Coverage),
    /// An hour that no baseline reaches any more.
    DropCoverage(i64),
    /// Since when a topic is watched: its first policy (wall clock), or a post found before that.
    Watched(TopicId, Timestamp),
    /// A topic is not watched any more.
    Unwatched(TopicId),
    /// An incident.
    Incident(Incident),
    /// What is known of an incident beside [`Change::Incident`].
    Lifetime(IncidentId, Box<Lifetime>),
    /// How many posts of an incident tell a story.
    Story(IncidentId, StoryId, u64),
    /// An incident that never opened and has fallen out of every window. All that hangs on it goes
    /// with it: its members, quotes, stories, lifetime and pendings.
    DropIncident(IncidentId),
    /// A post, found at this time, became a member of an incident.
    Member(IncidentId, PostId, Timestamp),
    /// All posts of the second incident are members of the first from here on, beside its own.
    Absorbed(IncidentId, IncidentId),
    /// An entry of the record of an incident. Entries are added, never changed; they are no part
    /// of the state.
    Event(Event),
    /// A post that an incident quotes.
    Quote(IncidentId, Quote),
    /// A quote that another one displaced, or whose post is gone.
    DropQuote(IncidentId, PostId),
    /// What a receiver waits for, or has been told, of an incident.
    Pending(IncidentId, ReceiverId, Pending),
    /// A receiver has nothing more to do with an incident.
    DropPending(IncidentId, ReceiverId),
    /// What is owed of an incident, and who is being asked.
    Duties(IncidentId, Box<Duties>),
    /// What a receiver was told of late.
    Rate(ReceiverId, Rate),
    /// A silence that has not ended.
    Silence(Silence),
    /// A silence has ended.
    DropSilence(SilenceNumber),
    /// Somebody stands in, or will.
    StandIn(OverrideNumber, Override),
    /// Somebody stands in no longer.
    DropStandIn(OverrideNumber),
    /// What is known of the life of a source.
    Source(SourceId, Box<SourceLife>),
    /// A source that is not watched any more.
    DropSource(SourceId),
    /// The latest canary of a partition of `posts`.
    Canary(Partition, Canary),
    /// A notice goes out. The ledger puts it into the outbox under its key.
    Notice(Box<Notice>),
    /// A notice was not made, or not yet, and why.
    Withheld(NoticeKey, Withheld),
    /// The policy in force.
    Policy(Box<fengbiao_model::Policy>),
    /// A post is on the list of what must not be read again, and nothing of its text stays.
    Purged(PostId),
    /// A source has taken a post back: what it said of it leaves everything that is kept so far,
    /// also incidents that have left memory and notices.
    TakenBack(Deletion),
    /// A line of the audit trail.
    Audit {
        /// Who.
        by: fengbiao_model::Actor,
        /// What, such as `incident.acknowledged`.
        what: &'static str,
        /// On what: `incident 7`, `post 0a…`.
        on: String,
        /// Anything else worth keeping.
        note: String,
    },
}

/// Why a receiver is not told of a change. Counted by reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Withheld {
    /// The receiver listens to higher tiers only, or to other topics.
    NotRouted,
    /// A louder or newer change of the same incident is already waiting or told.
    Superseded,
    /// The incident is acknowledged and the tier is not higher.
    Acknowledged,
    /// `*` of the topic is open at this tier or above and gathers it: a notice of `*` has named it, or
    /// it is below III. When that calms, it is told.
    Gathered,
    /// Another incident on the same subject mutes it. When that calms, it is told.
    Inhibited,
    /// A silence covers it. When that ends, it is told.
    Silenced,
    /// The receiver has quiet hours. When they end, it is told.
    QuietHours,
    /// Too many notices at once: it is told with others, in one.
    Storm,
    /// What happened lies further back than calm: it is recorded, nobody is woken.
    Stale,
    /// A lower tier wakes nobody.
    Lowered,
}

impl Withheld {
    /// As it is written in metrics and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotRouted => "not_routed",
            Self::Superseded => "superseded",
            Self::Acknowledged => "acknowledged",
            Self::Gathered => "gathered",
            Self::Inhibited => "inhibited",
            Self::Silenced => "silenced",
            Self::QuietHours => "quiet_hours",
            Self::Storm => "storm",
            Self::Stale => "stale",
            Self::Lowered => "lowered",
        }
    }
}

/// Something that is worth the operator's attention or a counter.
#[derive(Clone, Debug, PartialEq)]
pub enum Remark {
    /// A record of `hits` was not above the highest position seen: a delivery again.
    Redelivered,
    /// A post was found again.
    FoundAgain,
    /// A post was published more than 24 hours before it was found: it counts in no window.
    Old,
    /// A post that was purged came again: it is ignored.
    Purged(PostId),
    /// A hit too large for a record came as a stub.
    Stub(PostId),
    /// A topic has more stories than are remembered: the one told the longest ago was forgotten.
    StoryForgotten(TopicId),
    /// No mark of a partition of `posts` for five minutes: it is left out of the event clock.
    Unmarked(WatermarkKey),
    /// A partition that was left out has a mark again.
    MarkedAgain(WatermarkKey),
    /// A mark lies below the highest position: the log was made anew. The alerter holds.
    LogRecreated(WatermarkKey),
    /// A matcher that had lost the partition, and did not know it yet, told of an end that lies below
    /// the highest position: its mark is set aside.
    LateMark(WatermarkKey),
    /// Wall and monotonic clock have parted; timers hold.
    ClocksParted {
        /// By how much.
        by: TimeSpan,
    },
    /// They agree again, or the operator has confirmed.
    ClocksAgree,
    /// A command was refused, and why.
    Refused {
        /// Its number.
        command: u64,
        /// Why, in a sentence.
        why: String,
    },
    /// A hit names a topic that the policy does not have.
    UnknownTopic(TopicId),
    /// A schedule has nobody on call: its step of a chain, or its route, tells nobody.
    NobodyOnCall(ScheduleId),
    /// A division by zero in a condition: it counts as false.
    DivisionByZero,
    /// A pulse of a source speaks of a time far ahead: it is not believed.
    PulseAhead(SourceId),
    /// So many sources are watched already that nobody will miss this one.
    SourceUnwatched(SourceId),
}
