//! Time as people keep it: weekly times, business hours, and who is on call.
//!
//! Everything here is a function of its arguments and of the rules of time zones that were built
//! in ([`LocalClock`]): the same build gives the same answers on every machine.
//!
//! One rule turns times of the wall clock into instants, everywhere: *a local time names the first
//! instant at which the wall clock shows it or a later one*. A time that happens twice means the
//! first; one that the clocks leave out means the instant at which they move on. The rule keeps
//! the order of times, so that what meets on the wall clock meets in fact, without a gap or an
//! overlap, also where a whole day is left out (Apia, 2011-12-30).

mod business;
mod hours;
mod local_clock;
mod roster;
mod rotation;

pub use hours::{Hours, Standing};
pub use local_clock::{LocalClock, UnknownZone};
pub use roster::{HandOver, Roster, Shift};
