//! Durable ordered topics with cursors, moving bytes.
//!
//! Nothing here knows what a record says. Two small traits are the narrow place: [`Producer`]
//! writes, [`Consumer`] reads one topic for one group. They fit Kafka: topics have partitions,
//! records are read in batches, partitions come and go, and a cursor is stored after the work
//! that it stands for is durable, together with what that work produced. What this costs on one
//! machine: a consumer must answer `Assigned` and `Revoked` although here nothing is ever revoked.
//!
//! [`embedded`] keeps all topics in one SQLite file, [`kafka`] in the brokers of Apache Kafka. They
//! differ in what is stored at once: the embedded log writes records and cursors in one
//! transaction; Kafka acknowledges the records first, and stores the cursors after them. So a reader
//! of what was produced must bear to meet it twice, and never meets a gap.

pub mod embedded;
mod error;
mod interface;
pub mod kafka;
mod limits;
mod lock;
mod metrics;
mod partitioner;
mod topic;

pub use error::{LogError, TopicFault};
pub use interface::{Consumer, Cursor, Destination, Event, NewRecord, Producer, Record};
pub use limits::*;
pub use metrics::Metrics;
pub use partitioner::partition_of;
pub use topic::Topic;
