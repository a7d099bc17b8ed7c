//! Sources to posts and pulses, politely: files, push, feeds, topics of other people's collectors.
//!
//! Everything that comes passes through [`Preparer`], the only place where an author's name, a
//! telephone number or a link to a person is handled. Behind it there are voices, masks and
//! canonical links. Where it goes is an [`Outlet`]; a post counts as taken once that says so.

mod canary;
mod encoding;
mod feed;
mod field_map;
mod file;
pub mod limits;
mod lines;
mod links;
mod local_state;
mod mask;
mod metrics;
mod outlet;
mod prepare;
mod pulses;
mod push;
mod source;
mod supervisor;
mod told;
mod topic;

pub use canary::{CanarySource, canary_partition};
pub use encoding::{Encoding, EncodingError};
pub use feed::{FeedSource, FetchError, FetchOptions, Fetcher};
pub use field_map::{FieldMap, MapError};
pub use file::FileSource;
pub use lines::{LineError, Lines, Place, PreparedLine};
pub use links::canonical;
pub use local_state::LocalState;
pub use mask::mask;
pub use metrics::Metrics;
pub use outlet::{DeadLetter, Outlet, OutletError};
pub use prepare::{Intake, Prepared, Preparer, PseudonymKeys, Refusal, Times, shown_of_record};
pub use pulses::{PulseBook, Tally};
pub use push::{PushOptions, STATUSES as PUSH_STATUSES, router as push_router};
pub use source::{Context, Running, Source, SourceError};
pub use supervisor::Supervisor;
pub use topic::{ForeignRecord, ForeignTopic, OpenTopic, TopicFault, TopicSource};
