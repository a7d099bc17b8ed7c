//! The nouns every stage of Fengbiao shares.
//!
//! A value of these types is valid: what must hold is checked where it is made.
//! Nothing here reads or writes, and nothing here knows a wire format (`fengbiao-wire` does).

mod clock;
mod command;
mod deed;
mod event;
mod hit;
mod id;
mod incident;
mod judgement;
mod limits;
mod notice;
mod number;
mod policy;
mod position;
mod post;
mod pulse;
mod tier;

pub use clock::{Clock, Span as TimeSpan, Timestamp};
pub use command::{Action, Actor, Command};
pub use deed::{Deed, DeedError};
pub use event::{Event, Happening};
pub use hit::{
    Hit, HitRecord, KeywordSpan, Marks, PartitionMark, RuleHit, Signature, Span, StoryId, Subject,
    SubjectKey,
};
pub use id::{
    IdError, LabelKey, LexiconHash, LexiconNumber, PolicyId, PostId, PostIdentity, ReceiverId,
    RuleId, ServiceId, SourceId, TopicId, Voice,
};
pub use incident::{Acknowledgement, Incident, IncidentId, Stage, Totals};
pub use judgement::{Answer, Class, Grade, NotAWord};
pub use limits::*;
pub use notice::{Measure, Notice, NoticeKey, NoticeKind, Quote, Reason};
pub use number::{IncidentNumber, NotANumber};
pub use policy::{Ladder, Policy, Receiver, TopicPolicy};
pub use position::{Offset, Partition, Position};
pub use post::{
    Control, Counts, Deletion, Field, Link, Post, PostError, PostRecord, PostText, Title,
};
pub use pulse::Pulse;
pub use tier::Tier;
