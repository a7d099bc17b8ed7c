//! Weekly times and business hours as one thing: which instants lie inside.

use std::collections::BTreeMap;

use fengbiao_model::{Calendar, TimeOfDay, Timestamp, Weekday, WeeklyInterval, WeeklyTimes, Zone};
use jiff::{ToSpan as _, civil};

use super::local_clock::{LocalClock, UnknownZone, midnight, plus_minutes};
use crate::limits::{DAYS_LOOKED_BACK, MAX_DAYS_LOOKED_AHEAD};

/// Weekly times or the hours of a calendar, made ready for questions. Reading the rules of a zone
/// costs more than a question: keep it.
#[derive(Clone, Debug)]
pub struct Hours {
    clock: LocalClock,
    /// Of each weekday the intervals that begin on it, by their beginnings: minutes of the wall
    /// clock since the day began.
    week: [Vec<(i64, i64)>; 7],
    /// Days that are not as their weekday is: as another, or (none) without hours.
    other: BTreeMap<civil::Date, Option<Weekday>>,
    /// Whether every instant lies inside, so that there is nothing to look for.
    always: bool,
}

/// Where an instant stands. `until` is the first instant at which that is no longer so; none where
/// it does not come within [`MAX_DAYS_LOOKED_AHEAD`] days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Inside the hours.
    Inside {
        /// When they end.
        until: Option<Timestamp>,
    },
    /// Outside of them.
    Outside {
        /// When the next begin.
        until: Option<Timestamp>,
    },
}

impl Standing {
    /// Whether it is inside.
    #[must_use]
    pub const fn is_inside(self) -> bool {
        matches!(self, Self::Inside { .. })
    }

    /// When that changes.
    #[must_use]
    pub const fn until(self) -> Option<Timestamp> {
        match self {
            Self::Inside { until } | Self::Outside { until } => until,
        }
    }
}

impl Hours {
    /// Of times of the week.
    pub fn of_week(times: &WeeklyTimes) -> Result<Self, UnknownZone> {
        Self::new(&times.zone, &times.intervals, BTreeMap::new())
    }

    /// Of a calendar. A day that is both, a holiday and a make-up day, is a make-up day.
    pub fn of_calendar(calendar: &Calendar) -> Result<Self, UnknownZone> {
        let holidays = calendar.holidays.keys().map(|date| (*date, None));
        let like = Some(calendar.make_up_like);
        let make_up = calendar.make_up_days.keys().map(|date| (*date, like));
        let other = holidays.chain(make_up);
        let other = other.map(|(date, like)| (midnight(date).date(), like));
        Self::new(&calendar.zone, &calendar.hours, other.collect())
    }

    fn new(
        zone: &Zone,
        intervals: &[WeeklyInterval],
        other: BTreeMap<civil::Date, Option<Weekday>>,
    ) -> Result<Self, UnknownZone> {
        let week = Weekday::ALL.map(|day| of_day(intervals, day));
        Ok(Self {
            clock: LocalClock::new(zone)?,
            always: other.is_empty() && fills(&week),
            week,
            other,
        })
    }

    /// Whether every instant lies inside.
    #[must_use]
    pub const fn are_always(&self) -> bool {
        self.always
    }

    /// Whether an instant lies inside.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        let days = DAYS_LOOKED_BACK + 2;
        self.always
            || self
                .pieces(at, days)
                .take_while(|(from, _)| *from <= at)
                .any(|(_, to)| at < to)
    }

    /// Where an instant stands, and until when.
    #[must_use]
    pub fn standing(&self, at: Timestamp) -> Standing {
        if self.always {
            return Standing::Inside { until: None };
        }
        let mut inside = None;
        for (from, to) in self.pieces(at, MAX_DAYS_LOOKED_AHEAD) {
            let reached = inside.unwrap_or(at);
            if from > reached {
                return match inside {
                    Some(_) => Standing::Inside { until: inside },
                    None => Standing::Outside { until: Some(from) },
                };
            }
            if to > reached {
                inside = Some(to);
            }
        }
        // What still goes on at the last day that was looked at has no end that is known.
        let horizon = self.day(at, MAX_DAYS_LOOKED_AHEAD);
        let horizon = self.clock.first(horizon.at(0, 0, 0, 0));
        match inside {
            Some(end) => Standing::Inside {
                until: (end < horizon).then_some(end),
            },
            None => Standing::Outside { until: None },
        }
    }

    /// The intervals of so many days, from [`DAYS_LOOKED_BACK`] before the day of `at` on, as
    /// instants, by their beginnings. They may overlap; what the clocks leave out is not there.
    pub(super) fn pieces(
        &self,
        at: Timestamp,
        days: i64,
    ) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        let first = self.day(at, 0);
        let days = (0..days).map_while(move |day| first.checked_add(day.days()).ok());
        days.flat_map(move |day| self.on(day))
            .filter(|(from, to)| from < to)
    }

    /// The day that comes as the `number`th when one looks from `at`.
    fn day(&self, at: Timestamp, number: i64) -> civil::Date {
        self.clock
            .shows(at)
            .date()
            .saturating_add((number - DAYS_LOOKED_BACK).days())
    }

    /// The intervals that begin on a day.
    fn on(&self, day: civil::Date) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        let usual = usize::from(day.weekday().to_monday_zero_offset().unsigned_abs());
        let place = match self.other.get(&day) {
            Some(other) => other.map(Weekday::index),
            None => Some(usual),
        };
        let intervals = place.map_or(&[][..], |place| &self.week[place][..]);
        let midnight = day.at(0, 0, 0, 0);
        intervals.iter().map(move |&(from, to)| {
            let instant = |minutes| self.clock.first(plus_minutes(midnight, minutes));
            (instant(from), instant(to))
        })
    }
}

/// The intervals that begin on a day of the week, by their beginnings.
fn of_day(intervals: &[WeeklyInterval], day: Weekday) -> Vec<(i64, i64)> {
    let here = intervals.iter().filter(|one| one.days().contains(day));
    let minutes = |one: &WeeklyInterval| (one.from().minutes().into(), one.end_minutes().into());
    let mut here: Vec<(i64, i64)> = here.map(minutes).collect();
    here.sort_unstable();
    here
}

/// Whether a week has no minute outside: then nothing ever changes.
fn fills(week: &[Vec<(i64, i64)>; 7]) -> bool {
    let day_minutes = i64::from(TimeOfDay::END.minutes());
    // Twice through the week, since its last night reaches into its first day.
    let days = (0_i64..).zip(week.iter().chain(week));
    let mut reached = 7 * day_minutes;
    for (day, intervals) in days {
        for (from, to) in intervals {
            if day * day_minutes + from <= reached {
                reached = reached.max(day * day_minutes + to);
            }
        }
    }
    reached >= 14 * day_minutes
}
