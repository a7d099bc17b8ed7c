//! Steps in, effects out: windows, tiers, incidents, notices. A state machine without a clock.
//!
//! [`Alerter::step`] is the only way in. It takes a reading of the clocks and records in their
//! order, and gives back every change of the record; the ledger stores them in one transaction and
//! [`Alerter::restore`] makes the same state of what it stored. What a tier is stands in
//! [`check_ladder`]; the bounds stand in [`limits`].

mod alerter;
mod clock;
mod command;
mod distinct;
mod entry;
mod incident;
mod intake;
pub mod limits;
mod notify;
mod outcome;
mod policy;
pub mod record;
mod restore;
mod route;
mod running;
mod step;
mod tier;
mod timers;
mod watch;
mod window;

pub use alerter::Alerter;
pub use distinct::{Distinct, NotADistinct};
pub use policy::{PolicyError, PolicyErrors, check_policy};
pub use restore::RestoreError;
pub use step::{Change, Effects, Remark, Step, Withheld};
pub use tier::{TierError, check_ladder};
