//! A schedule with those who stand in: who is on call, and when that changes.

use fengbiao_model::{Override, ReceiverId, Schedule, ScheduleId, TimeSpan, Timestamp};

use super::local_clock::{LocalClock, UnknownZone};
use super::rotation::Rotation;
use crate::limits::{MAX_CHANGES_EXAMINED, MAX_DAYS_LOOKED_AHEAD};

/// A schedule, made ready for questions. Reading the rules of a zone costs more than a question:
/// keep it. Overrides of other schedules among those it is given count for nothing.
#[derive(Clone, Debug)]
pub struct Roster {
    id: ScheduleId,
    layers: Vec<Rotation>,
}

/// A time in which one receiver is on call, or nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends; this instant is not part of it.
    pub to: Timestamp,
    /// Who is on call.
    pub on_call: Option<ReceiverId>,
}

/// A change of who is on call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOver {
    /// When.
    pub at: Timestamp,
    /// Who is on call from then on; none: nobody.
    pub to: Option<ReceiverId>,
}

impl Roster {
    /// Of a schedule.
    pub fn new(schedule: &Schedule) -> Result<Self, UnknownZone> {
        let clock = LocalClock::new(&schedule.zone)?;
        let layers = schedule.layers.iter();
        let layers = layers.map(|layer| Rotation::new(&clock, layer));
        Ok(Self {
            id: schedule.id.clone(),
            layers: layers.collect::<Result<_, _>>()?,
        })
    }

    /// Who is on call at an instant: the last of the overrides that hold then, else the member of
    /// the first layer that has somebody.
    #[must_use]
    pub fn on_call(&self, overrides: &[Override], at: Timestamp) -> Option<ReceiverId> {
        let mut held = self.own(overrides).rev();
        let stands_in = held.find(|one| one.from <= at && at < one.to);
        let stands_in = stands_in.map(|one| &one.receiver);
        let member = || self.layers.iter().find_map(|layer| layer.on_call(at));
        stands_in.or_else(member).cloned()
    }

    /// The next change of who is on call after an instant. None where there is none within
    /// [`MAX_DAYS_LOOKED_AHEAD`] days, or behind [`MAX_CHANGES_EXAMINED`] turns that change nothing.
    #[must_use]
    pub fn next_hand_over(&self, overrides: &[Override], after: Timestamp) -> Option<HandOver> {
        let now = self.on_call(overrides, after);
        let horizon = after + TimeSpan::from_hours(24 * MAX_DAYS_LOOKED_AHEAD);
        let mut at = after;
        for _ in 0..MAX_CHANGES_EXAMINED {
            at = self.next_change(overrides, at)?;
            if at > horizon {
                return None;
            }
            let to = self.on_call(overrides, at);
            if to != now {
                return Some(HandOver { at, to });
            }
        }
        None
    }

    /// The shifts from one instant to another, cut at both: each ends where the next begins, and no
    /// two neighbours are the same. They reach [`MAX_DAYS_LOOKED_AHEAD`] days at most.
    #[must_use]
    pub fn shifts(&self, overrides: &[Override], from: Timestamp, to: Timestamp) -> Vec<Shift> {
        let to = to.min(from + TimeSpan::from_hours(24 * MAX_DAYS_LOOKED_AHEAD));
        let mut shifts = Vec::new();
        let mut begins = from;
        while begins < to && shifts.len() < MAX_CHANGES_EXAMINED {
            let ends = self.next_hand_over(overrides, begins);
            let ends = ends.map_or(to, |change| change.at.min(to));
            shifts.push(Shift {
                from: begins,
                to: ends,
                on_call: self.on_call(overrides, begins),
            });
            begins = ends;
        }
        shifts
    }

    /// The first instant after `at` at which who is on call may change.
    fn next_change(&self, overrides: &[Override], at: Timestamp) -> Option<Timestamp> {
        let layers = self.layers.iter().filter_map(|layer| layer.next_change(at));
        let ends = self.own(overrides).flat_map(|one| [one.from, one.to]);
        layers.chain(ends).filter(|change| *change > at).min()
    }

    fn own<'a>(
        &'a self,
        overrides: &'a [Override],
    ) -> impl DoubleEndedIterator<Item = &'a Override> + 'a {
        overrides.iter().filter(|one| one.schedule == self.id)
    }
}
