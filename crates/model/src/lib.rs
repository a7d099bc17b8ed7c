//! The nouns every stage of Fengbiao shares.
//!
//! A value of these types is valid: what must hold is checked where it is made.
//! Nothing here reads or writes, and nothing here knows a wire format (`fengbiao-wire` does).

mod clock;
mod command;
mod hit;
mod id;
mod incident;
mod limits;
mod notice;
mod policy;
mod position;
mod post;
mod pulse;
mod tier;
mod watch;

pub use clock::{Clock, Span as TimeSpan, Timestamp};
pub use command::{Action, Actor, Command};
pub use hit::{
    Hit, HitRecord, KeywordSpan, Marks, PartitionMark, RuleHit, Signature, Span, StoryId, Subject,
    SubjectKey,
};
pub use id::{
    IdError, LexiconHash, LexiconNumber, PolicyId, PostId, PostIdentity, ReceiverId, RuleId,
    ServiceId, SourceId, TopicId, Voice,
};
pub use incident::{Acknowledgement, Incident, IncidentId, IncidentNumber, Stage, Totals};
pub use limits::*;
pub use notice::{Measure, Notice, NoticeKey, NoticeKind, Quote, Reason};
pub use policy::{Ladder, Policy, Receiver, TopicPolicy};
pub use position::{Offset, Partition, Position};
pub use post::{
    Control, Counts, Deletion, Field, Link, Post, PostError, PostRecord, PostText, Title,
};
pub use pulse::Pulse;
pub use tier::Tier;
pub use watch::{
    CANARY_SOURCE, CANARY_TEXT, CanaryWatch, NULL_RECEIVER, PIPELINE_TOPIC, SourceWatch,
    WATCHDOG_METHOD, WatchKind, WatchTiers, Watchdog,
};
