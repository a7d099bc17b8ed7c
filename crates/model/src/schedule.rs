//! Who is on call, and when the duty changes hands.

use std::fmt;
use std::str::FromStr;

use crate::actor::Actor;
use crate::civil::{CivilError, LocalMinute, TimeOfDay};
use crate::clock::Timestamp;
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
    /// What a text of one must be.
    pub const EXPECTED: &'static str =
        "a number of hours, days or weeks, as `12h`, `1d` or `2w`, of at most 65535";

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

/// `12h`, `1d`, `2w`.
impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(hours) => write!(f, "{hours}h"),
            Self::Days(days) => write!(f, "{days}d"),
            Self::Weeks(weeks) => write!(f, "{weeks}w"),
        }
    }
}

impl FromStr for Turn {
    type Err = CivilError;
    fn from_str(text: &str) -> Result<Self, CivilError> {
        let read = || {
            let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
            let (count, unit) = text.split_at(unit_at);
            let count = count.parse().ok()?;
            match unit {
                "h" => Some(Self::Hours(count)),
                "d" => Some(Self::Days(count)),
                "w" => Some(Self::Weeks(count)),
                _ => None,
            }
        };
        let expected = Self::EXPECTED;
        read().ok_or(CivilError { expected })
    }
}

/// The number of an override, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OverrideNumber(pub u64);

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_read_as_they_are_shown() {
        for text in ["12h", "1d", "2w", "0d"] {
            assert_eq!(text.parse::<Turn>().unwrap().to_string(), text);
        }
        for text in ["", "d", "1", "1m", "-1d", "+1d", "65536d", "1 d", "1D"] {
            assert!(text.parse::<Turn>().is_err(), "{text}");
        }
        assert_eq!(Turn::Weeks(2).minutes(), 2 * 7 * 24 * 60);
    }
}
