//! Steps in, effects out: windows, tiers, incidents, notices. A state machine without a clock.

mod distinct;
pub mod record;
mod step;

pub use distinct::Distinct;
pub use step::{Change, Effects, Remark, Step, Withheld};
