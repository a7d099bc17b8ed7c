//! One layer of a schedule: members who take turns by the wall clock.

use fengbiao_model::{Layer, LocalMinute, ReceiverId, Timestamp};
use jiff::civil;

use super::hours::Hours;
use super::local_clock::{LocalClock, UnknownZone, minute_of, minutes_between, plus_minutes};
use crate::limits::MAX_TURNS_CORRECTED;

/// A layer, made ready for questions.
#[derive(Clone, Debug)]
pub(super) struct Rotation {
    clock: LocalClock,
    members: Vec<ReceiverId>,
    /// The hand-over of the day on which it starts: turns are counted from here.
    origin: civil::DateTime,
    turn_minutes: i64,
    starts: Timestamp,
    /// How many lengths of a turn after `origin` the first turn ends.
    first_end: i64,
    only: Option<Hours>,
}

impl Rotation {
    pub(super) fn new(clock: &LocalClock, layer: &Layer) -> Result<Self, UnknownZone> {
        let origin = minute_of(LocalMinute {
            date: layer.starts.date,
            time: layer.hand_over,
        });
        let turn_minutes = layer.turn.minutes().max(1);
        let passed = minutes_between(origin, minute_of(layer.starts));
        Ok(Self {
            clock: clock.clone(),
            members: layer.members.clone(),
            origin,
            turn_minutes,
            starts: clock.instant(layer.starts),
            first_end: (passed.div_euclid(turn_minutes) + 1).max(1),
            only: layer.only.as_ref().map(Hours::of_week).transpose()?,
        })
    }

    /// Who has the turn at an instant, where there is anybody.
    pub(super) fn on_call(&self, at: Timestamp) -> Option<&ReceiverId> {
        let turn = self.turn(at)?;
        let here = self.only.as_ref().is_none_or(|only| only.contains(at));
        let place = usize::try_from(turn)
            .ok()?
            .checked_rem(self.members.len())?;
        self.members.get(place).filter(|_| here)
    }

    /// The first instant after `at` at which [`Rotation::on_call`] may be another.
    pub(super) fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        let Some(turn) = self.turn(at) else {
            return Some(self.starts);
        };
        let standing = self.only.as_ref().map(|only| only.standing(at));
        let restriction = standing.and_then(|standing| standing.until());
        // Turns that change while nobody is there, or from one to the same, are no change.
        let silent = standing.is_some_and(|standing| !standing.is_inside());
        if silent || self.members.len() < 2 {
            return restriction;
        }
        let turn_ends = self.begins(turn + 1);
        Some(restriction.map_or(turn_ends, |until| until.min(turn_ends)))
    }

    /// The number of the turn that an instant lies in, from 0; none before the layer starts.
    fn turn(&self, at: Timestamp) -> Option<i64> {
        if at < self.starts {
            return None;
        }
        let passed = minutes_between(self.origin, self.clock.shows(at));
        let mut turn = passed.div_euclid(self.turn_minutes) - self.first_end + 1;
        turn = turn.max(0);
        // Where the clock was turned back it shows less than it has shown: the turns that began
        // before that have begun.
        for _ in 0..MAX_TURNS_CORRECTED {
            if self.begins(turn + 1) > at {
                break;
            }
            turn += 1;
        }
        Some(turn)
    }

    /// When a turn begins.
    fn begins(&self, turn: i64) -> Timestamp {
        if turn <= 0 {
            return self.starts;
        }
        let lengths = (self.first_end + turn - 1).saturating_mul(self.turn_minutes);
        self.clock.first(plus_minutes(self.origin, lengths))
    }
}
