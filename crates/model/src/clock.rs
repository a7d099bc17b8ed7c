//! Time as values: a point, a length, and the one interface that reads a clock.

use std::fmt;
use std::ops::{Add, Sub};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, never before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last point that can be named: 9999-12-31T23:59:59.999Z.
    pub const MAX: Self = Self(253_402_300_799_999);
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// A point from milliseconds since the epoch; outside of 1970 to 9999 it is moved to the
    /// nearest end.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        if millis < 0 {
            Self(0)
        } else if millis > Self::MAX.0 {
            Self::MAX
        } else {
            Self(millis)
        }
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The whole minute this point lies in, counted from the epoch.
    #[must_use]
    pub const fn minute(self) -> i64 {
        self.0 / 60_000
    }

    /// The start of a minute counted from the epoch.
    #[must_use]
    pub const fn of_minute(minute: i64) -> Self {
        Self::from_millis(minute.saturating_mul(60_000))
    }

    /// How long after `earlier` this point is; zero when it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0).max(0))
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self::from_millis(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self::from_millis(self.0.saturating_sub(span.0))
    }
}

/// A length of time in milliseconds, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A length from milliseconds; a negative one is zero.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(if millis < 0 { 0 } else { millis })
    }

    /// A length from seconds.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self::from_millis(secs.saturating_mul(1_000))
    }

    /// A length from minutes.
    #[must_use]
    pub const fn from_minutes(minutes: i64) -> Self {
        Self::from_secs(minutes.saturating_mul(60))
    }

    /// A length from hours.
    #[must_use]
    pub const fn from_hours(hours: i64) -> Self {
        Self::from_minutes(hours.saturating_mul(60))
    }

    /// Milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole minutes.
    #[must_use]
    pub const fn as_minutes(self) -> i64 {
        self.0 / 60_000
    }
}

/// As people write it: `90s`, `10m`, `24h`, `7d`; the largest unit that divides it.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, millis) in [
            ("d", 86_400_000),
            ("h", 3_600_000),
            ("m", 60_000),
            ("s", 1_000),
        ] {
            if self.0 != 0 && self.0 % millis == 0 {
                return write!(f, "{}{unit}", self.0 / millis);
            }
        }
        if self.0 == 0 {
            f.write_str("0s")
        } else {
            write!(f, "{}ms", self.0)
        }
    }
}

/// Reads the two clocks of a process. Only shells hold one; the demonstration scales both alike.
pub trait Clock: Send + Sync {
    /// The wall clock.
    fn wall(&self) -> Timestamp;
    /// A clock that never goes back and is not set by anyone: time since the process began.
    fn monotonic(&self) -> Span;
    /// How much real time (milliseconds) passes while this clock advances by `span`.
    fn real(&self, span: Span) -> std::time::Duration;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_stay_within_their_range() {
        assert_eq!(Timestamp::from_millis(-5), Timestamp::EPOCH);
        assert_eq!(Timestamp::from_millis(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MAX + Span::from_hours(1), Timestamp::MAX);
        assert_eq!(Timestamp::EPOCH - Span::from_hours(1), Timestamp::EPOCH);
        assert_eq!(Timestamp::EPOCH.since(Timestamp::MAX), Span::ZERO);
    }

    #[test]
    fn spans_read_as_people_write_them() {
        let shown = |millis| Span::from_millis(millis).to_string();
        assert_eq!(shown(0), "0s");
        assert_eq!(shown(90_000), "90s");
        assert_eq!(shown(600_000), "10m");
        assert_eq!(shown(86_400_000), "1d");
        assert_eq!(shown(5), "5ms");
    }
}
