//! What must survive: steps, incidents, windows, outbox, commands, audit trail, on SQLite.
//!
//! One file, `ledger.sqlite`, in WAL mode with `synchronous=FULL`: what a method has returned is
//! on the disk. One connection writes, a few read beside it; all methods block and belong on a
//! blocking thread.
//!
//! What holds here:
//!
//! - A step, its effects and the positions behind it are one transaction
//!   ([`Ledger::commit_step`]), compared with the positions and the owner's epoch before it, so
//!   that a second alerter fails instead of doubling.
//! - The state of the alerter is a keyed store of its changes: [`Ledger::load`] gives back what
//!   the changes so far amount to.
//! - A notice is in the outbox once under its key, until it is delivered or given up.
//! - The audit trail is only ever added to; triggers in the schema refuse the rest.
//! - A purged post leaves no byte of its text in the file. Backups are files of their own, also
//!   those made before a migration: who keeps them deletes them.
//! - Nothing here decides anything, and nothing here reads a clock but to date what it stores.

mod canonical;
mod columns;
mod commands;
mod commit;
mod duty_record;
mod error;
mod incidents;
mod ledger;
pub mod limits;
mod load;
mod members;
mod memories;
mod metrics;
mod onlooker;
mod outbox;
mod purge;
mod record;
mod retain;
mod schema;
mod shared_json;
mod steps;
mod stories;
mod watch_record;

pub use canonical::{canonical_bytes, digest};
pub use commit::StepCommit;
pub use error::LedgerError;
pub use incidents::{IncidentDetail, IncidentFilter};
pub use ledger::{AuditLine, Ledger, Positions};
pub use load::Checkpoint;
pub use metrics::Metrics;
pub use onlooker::Onlooker;
pub use outbox::{Delivery, DeliveryState, Queued};
pub use purge::PURGED_TEXT;
pub use retain::Retained;
pub use steps::{PartitionRange, StepRecord, StoredStep};
pub use stories::{StoryDetail, StoryPost};
