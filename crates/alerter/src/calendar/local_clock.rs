//! A clock on a wall: from instants to local times and back.

use fengbiao_model::{Date, LocalMinute, Timestamp, Zone};
use jiff::civil;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::limits::MAX_TRANSITIONS_ASKED;

/// There is no such zone among those that were built in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time zone, expected an IANA name such as `Asia/Shanghai`")]
pub struct UnknownZone(pub Zone);

/// The wall clock of a zone.
#[derive(Clone, Debug)]
pub struct LocalClock(TimeZone);

impl LocalClock {
    /// Of a zone of the database that was built in; the machine's own files are not asked.
    pub fn new(zone: &Zone) -> Result<Self, UnknownZone> {
        // jiff knows this name as a stand-in for a zone that could not be found.
        let real = zone.as_str() != "Etc/Unknown";
        let found = TimeZoneDatabase::bundled().get(zone.as_str());
        match found {
            Ok(found) if real => Ok(Self(found)),
            _ => Err(UnknownZone(zone.clone())),
        }
    }

    /// Of UTC.
    pub(crate) const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Its zone, for whoever shows times.
    #[must_use]
    pub fn into_zone(self) -> TimeZone {
        self.0
    }

    /// The first instant at which this clock shows `local` or later; the nearest end of what a
    /// [`Timestamp`] can name where that lies outside.
    #[must_use]
    pub fn instant(&self, local: LocalMinute) -> Timestamp {
        self.first(minute_of(local))
    }

    /// What this clock shows.
    pub(crate) fn shows(&self, at: Timestamp) -> civil::DateTime {
        self.0.to_datetime(to_jiff(at))
    }

    /// [`LocalClock::instant`] of jiff's own form.
    pub(super) fn first(&self, local: civil::DateTime) -> Timestamp {
        let Ok(earlier) = self.0.to_ambiguous_timestamp(local).earlier() else {
            return beyond(local);
        };
        if self.0.to_datetime(earlier) >= local {
            return from_jiff(earlier);
        }
        // The clocks leave `local` out: `earlier` reads it by the offset after the change, and so
        // lies before the change.
        let mut changes = self.0.following(earlier).take(MAX_TRANSITIONS_ASKED);
        let moved_on = changes.find(|change| self.0.to_datetime(change.timestamp()) >= local);
        from_jiff(moved_on.map_or(earlier, |change| change.timestamp()))
    }
}

/// Where a local time lies that jiff cannot name as an instant.
fn beyond(local: civil::DateTime) -> Timestamp {
    if local.year() < 1970 {
        Timestamp::EPOCH
    } else {
        Timestamp::MAX
    }
}

/// Midnight of a date; `24:00` is that of the next.
pub(super) fn minute_of(local: LocalMinute) -> civil::DateTime {
    plus_minutes(midnight(local.date), i64::from(local.time.minutes()))
}

/// The beginning of a date of the model.
pub(super) fn midnight(date: Date) -> civil::DateTime {
    let part = |number: u8| i8::try_from(number).unwrap_or(1);
    civil::Date::new(date.year(), part(date.month()), part(date.day()))
        .unwrap_or(civil::Date::MAX)
        .at(0, 0, 0, 0)
}

/// On the wall clock, which knows no changes; the last time there is where it would lie beyond.
pub(super) fn plus_minutes(local: civil::DateTime, minutes: i64) -> civil::DateTime {
    local.saturating_add(jiff::SignedDuration::from_secs(minutes.saturating_mul(60)))
}

/// Whole minutes from one local time to another on the wall clock, rounded down.
pub(super) fn minutes_between(from: civil::DateTime, to: civil::DateTime) -> i64 {
    let millis = to.duration_since(from).as_millis();
    i64::try_from(millis.div_euclid(60_000)).unwrap_or(i64::MAX)
}

fn to_jiff(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or(jiff::Timestamp::MAX)
}

fn from_jiff(at: jiff::Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millisecond())
}
