//! The nouns every stage of Fengbiao shares.
//!
//! A value of these types is valid: what must hold is checked where it is made.
//! Nothing here reads or writes, and nothing here knows a wire format (`fengbiao-wire` does).

mod calendar;
mod civil;
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
mod schedule;
mod signature;
mod tier;
mod weekly;

pub use calendar::Calendar;
pub use civil::{CivilError, Date, LocalMinute, TimeOfDay, Weekday};
pub use clock::{Clock, Span as TimeSpan, Timestamp};
pub use command::{Action, Actor, Command};
pub use hit::{
    Hit, HitRecord, KeywordSpan, Marks, PartitionMark, RuleHit, Span, Subject, SubjectKey,
};
pub use id::{
    CalendarId, IdError, LexiconHash, LexiconNumber, PolicyId, PostId, PostIdentity, ReceiverId,
    RuleId, ScheduleId, ServiceId, SourceId, TopicId, Voice, Zone,
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
pub use schedule::{Layer, Override, Schedule, Turn};
pub use signature::{Signature, Sketch, StoryId};
pub use tier::Tier;
pub use weekly::{Weekdays, WeeklyInterval, WeeklyTimes};
