//! Steps in, effects out: windows, tiers, incidents, notices. A state machine without a clock.
//!
//! [`Alerter::step`] is the only way in. It takes a reading of the clocks and records in their
//! order, and gives back every change of the record; the ledger stores them in one transaction and
//! [`Alerter::restore`] makes the same state of what it stored. What a tier is stands in
//! [`check_ladder`]; the bounds stand in [`limits`].

mod alerter;
mod archive;
pub mod calendar;
mod chronicle;
mod clock;
mod command;
mod deadline;
mod deeds;
pub mod detect;
mod distinct;
mod entry;
mod escalate;
mod history;
mod incident;
mod intake;
mod judge;
pub mod limits;
mod listed;
mod membership;
mod notify;
mod outcome;
mod past;
mod policy;
mod pulses;
mod question;
mod quotes;
pub mod record;
mod restore;
mod routing;
mod running;
mod silence;
mod step;
mod story;
mod tier;
mod timers;
mod unsettled;
mod watch;
mod watched;
mod window;
mod year;

pub use alerter::Alerter;
pub use archive::Archive;
pub use deeds::{Refusal, check_deed, check_merge};
pub use distinct::{Distinct, NotADistinct};
pub use policy::{
    KeyFault, PolicyError, PolicyErrors, check_policy, fault_of_reopen_within, faults_of_ladder,
    warnings_of_ladder,
};
pub use restore::RestoreError;
pub use routing::RoutingFault;
pub use step::{Change, Effects, Remark, Step, Withheld};
pub use story::{are_copies, likeness};
pub use tier::{TierError, check_ladder, tiers_of_nothing};
