//! The nouns every stage of Fengbiao shares.
//!
//! A value of these types is valid: what must hold is checked where it is made.
//! Nothing here reads or writes, and nothing here knows a wire format (`fengbiao-wire` does).

mod actor;
mod calendar;
mod chain;
mod civil;
mod clock;
mod command;
mod condition;
mod deadline;
mod deed;
mod event;
mod filter;
mod hit;
mod id;
mod incident;
mod judgement;
mod language;
mod limits;
mod measure;
mod notice;
mod number;
mod policy;
mod position;
mod post;
mod pulse;
mod question;
mod reason_words;
mod route;
mod schedule;
mod signature;
mod silence;
mod steers;
mod tier;
mod watch;
mod weekly;

pub use actor::{Actor, PersonError};
pub use calendar::Calendar;
pub use chain::{Chain, StepTarget};
pub use civil::{CivilError, Date, LocalMinute, TimeOfDay, Weekday};
pub use clock::{Clock, Span as TimeSpan, Timestamp};
pub use command::{Action, Command};
pub use condition::{Threshold, thresholds};
pub use deadline::{Deadline, DeadlineRule, DeadlineState, Duty, NotADuty};
pub use deed::{Deed, DeedError, check_label_value};
pub use event::{Event, Happening};
pub use filter::Filter;
pub use hit::{
    Hit, HitRecord, KeywordSpan, Marks, PartitionMark, RuleHit, Span, Subject, SubjectKey,
};
pub use id::{
    CalendarId, ChainId, IdError, LabelKey, LexiconHash, LexiconNumber, PolicyId, PostId,
    PostIdentity, ReceiverId, RuleId, ScheduleId, ServiceId, SourceId, TopicId, Voice, Zone,
};
pub use incident::{Acknowledgement, AcknowledgementEnd, Incident, IncidentId, Stage, Totals};
pub use judgement::{Answer, Class, Grade, NotAWord};
pub use language::{Language, counted};
pub use limits::*;
pub use measure::measured_number;
pub use notice::{
    CALM_METHOD, HeadlineOf, HeldBack, LastTold, LedgerId, Measure, NotALedgerId, Notice, NoticeId,
    NoticeKey, NoticeKind, OtherIncident, Quote, Reason, SubjectShare, TakenOn, Usual, WidestCopy,
};
pub use number::{IncidentNumber, NotANumber};
pub use policy::{Floors, Ladder, Policy, Receiver, Storm, TopicPolicy};
pub use position::{Offset, Partition, Position};
pub use post::{
    Control, Counts, Deletion, Field, Link, Post, PostError, PostRecord, PostText, Title,
};
pub use pulse::Pulse;
pub use question::Question;
pub use reason_words::Said;
pub use route::{Inhibition, Pace, Route, Target};
pub use schedule::{Layer, Override, OverrideNumber, Schedule, Turn};
pub use signature::{Signature, Sketch, StoryId};
pub use silence::{Silence, SilenceNumber, Silenced};
pub use steers::steers;
pub use tier::Tier;
pub use watch::{
    CANARY_SOURCE, CANARY_TEXT, CanaryWatch, NULL_RECEIVER, PIPELINE_TOPIC, SourceWatch,
    WATCHDOG_METHOD, WatchKind, WatchTiers, Watchdog,
};
pub use weekly::{Weekdays, WeeklyInterval, WeeklyTimes};
