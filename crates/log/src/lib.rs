//! Durable ordered topics with cursors, moving bytes.
//!
//! Nothing here knows what a record says. Two small traits are the narrow place: [`Producer`]
//! writes, [`Consumer`] reads one topic for one group. They fit Kafka: topics have partitions,
//! records are read in batches, partitions come and go, and a cursor is stored after the work
//! that it stands for is durable, together with what that work produced. What this costs on one
//! machine: a consumer must answer `Assigned` and `Revoked` although here nothing is ever revoked.
//!
//! [`embedded`] keeps all topics in one SQLite file.

pub mod embedded;
mod error;
mod interface;
mod limits;
mod metrics;
mod partitioner;
mod topic;

pub use error::LogError;
pub use interface::{Consumer, Cursor, Destination, Event, NewRecord, Producer, Record};
pub use limits::*;
pub use metrics::Metrics;
pub use partitioner::partition_of;
pub use topic::Topic;
