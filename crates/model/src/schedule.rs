//! Who is on call, and when the duty changes hands.

use crate::civil::{LocalMinute, TimeOfDay};
use crate::clock::Timestamp;
use crate::command::Actor;
use crate::id::{ReceiverId, ScheduleId, Zone};
use crate::weekly::WeeklyTimes;

/// A schedule of people on call. Of its layers the first that has somebody at an instant says who
/// it is, unless an [`Override`] does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// Where the clock hangs by which duty changes hands.
    pub zone: Zone,
    /// The layers, the one that goes before the others first.
    pub layers: Vec<Layer>,
}

/// A rotation: its members take turns.
///
/// Turns are counted on the wall clock, not in elapsed time: a hand-over at 09:00 stays at 09:00
/// when the clocks change, and the turn across the change is an hour longer or shorter. A local
/// time that happens twice means the first; one that the clocks leave out means the instant at
/// which they move on. So turns meet exactly, and a turn that lies wholly inside what the clocks
/// leave out has no length.
///
/// Turn *n* ends *n* × `turn` after `hand_over` on the day of `starts`; the first turn begins at
/// `starts` itself, and is as much longer or shorter as that lies before or after `hand_over`.
/// (A turn of hours ends at the first such point after `starts`.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Those who take turns, in order. At least one: `check_policy` sees to it.
    pub members: Vec<ReceiverId>,
    /// When it begins; before that it has nobody.
    pub starts: LocalMinute,
    /// How long a turn is.
    pub turn: Turn,
    /// The time of day at which duty changes hands; of turns of hours, one such time.
    pub hand_over: TimeOfDay,
    /// Where given, it has somebody only in these times. Turns go on outside of them: a weekly
    /// turn that a restriction cuts stays the turn of the same member.
    pub only: Option<WeeklyTimes>,
}

/// The length of a turn, on the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Turn {
    /// So many hours.
    Hours(u16),
    /// So many days.
    Days(u16),
    /// So many weeks.
    Weeks(u16),
}

impl Turn {
    /// Minutes of the wall clock.
    #[must_use]
    pub const fn minutes(self) -> i64 {
        match self {
            Self::Hours(hours) => hours as i64 * 60,
            Self::Days(days) => days as i64 * 24 * 60,
            Self::Weeks(weeks) => weeks as i64 * 7 * 24 * 60,
        }
    }
}

/// Somebody stands in, from an instant up to another. Where two overlap, the later in the record
/// wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Of which schedule.
    pub schedule: ScheduleId,
    /// Who stands in.
    pub receiver: ReceiverId,
    /// From when on.
    pub from: Timestamp,
    /// Until when; this instant is not part of it.
    pub to: Timestamp,
    /// Who said so.
    pub by: Actor,
}
