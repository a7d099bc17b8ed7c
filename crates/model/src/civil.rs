//! Time as a calendar and a clock on the wall show it, without a zone: dates, times of day, days
//! of the week. Which instant they name is the alerter's question, since it needs a zone's rules.

use std::fmt;
use std::str::FromStr;

/// A text that is no date, time of day, day of the week or interval; it says what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CivilError {
    /// What should have stood there.
    pub expected: &'static str,
}

impl fmt::Display for CivilError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)
    }
}

impl std::error::Error for CivilError {}

/// A day of the week, from Monday on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// What a text of one must be.
    pub const EXPECTED: &'static str = "one of `Mon`, `Tue`, `Wed`, `Thu`, `Fri`, `Sat`, `Sun`";

    /// All days, from Monday on.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// Its place in the week: Monday is 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Three letters: `Mon`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monday => "Mon",
            Self::Tuesday => "Tue",
            Self::Wednesday => "Wed",
            Self::Thursday => "Thu",
            Self::Friday => "Fri",
            Self::Saturday => "Sat",
            Self::Sunday => "Sun",
        }
    }
}

impl fmt::Display for Weekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Weekday {
    type Err = CivilError;
    fn from_str(text: &str) -> Result<Self, CivilError> {
        let expected = Self::EXPECTED;
        let mut days = Self::ALL.into_iter();
        days.find(|day| day.as_str() == text)
            .ok_or(CivilError { expected })
    }
}

/// A date that there is in the Gregorian calendar, of the years 1970 to 9998.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i16,
    month: u8,
    day: u8,
}

impl Date {
    /// What a text of one must be.
    pub const EXPECTED: &'static str =
        "a date that there is, of the years 1970 to 9998, as `2026-10-01`";

    /// A date; none where the calendar has no such day.
    #[must_use]
    pub const fn new(year: i16, month: u8, day: u8) -> Option<Self> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => 0,
        };
        if year >= 1970 && year <= 9998 && day >= 1 && day <= days {
            Some(Self { year, month, day })
        } else {
            None
        }
    }

    /// The year.
    #[must_use]
    pub const fn year(self) -> i16 {
        self.year
    }

    /// The month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }
}

/// `2026-10-01`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = CivilError;
    fn from_str(text: &str) -> Result<Self, CivilError> {
        let read = || {
            let (year, rest) = text.split_once('-')?;
            let (month, day) = rest.split_once('-')?;
            let year = i16::try_from(digits(year, 4)?).ok()?;
            let month = u8::try_from(digits(month, 2)?).ok()?;
            Self::new(year, month, u8::try_from(digits(day, 2)?).ok()?)
        };
        let expected = Self::EXPECTED;
        read().ok_or(CivilError { expected })
    }
}

/// A time of day, to the minute: `00:00` to `24:00`, which is the end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// What a text of one must be.
    pub const EXPECTED: &'static str = "a time of day from `00:00` to `24:00`";
    /// `00:00`.
    pub const MIDNIGHT: Self = Self(0);
    /// `24:00`.
    pub const END: Self = Self(24 * 60);

    /// A time of day; none beyond `24:00`.
    #[must_use]
    pub const fn new(hour: u8, minute: u8) -> Option<Self> {
        let minutes = hour as u16 * 60 + minute as u16;
        if minute < 60 && minutes <= Self::END.0 {
            Some(Self(minutes))
        } else {
            None
        }
    }

    /// Minutes since the day began, as the clock counts them: 0 to 1,440.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

/// `09:05`.
impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for TimeOfDay {
    type Err = CivilError;
    fn from_str(text: &str) -> Result<Self, CivilError> {
        let read = || {
            let (hour, minute) = text.split_once(':')?;
            let hour = u8::try_from(digits(hour, 2)?).ok()?;
            Self::new(hour, u8::try_from(digits(minute, 2)?).ok()?)
        };
        let expected = Self::EXPECTED;
        read().ok_or(CivilError { expected })
    }
}

/// A date and a time of day, in a zone that is named elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalMinute {
    /// The date.
    pub date: Date,
    /// The time of day.
    pub time: TimeOfDay,
}

impl LocalMinute {
    /// What a text of one must be.
    pub const EXPECTED: &'static str = "a local date and time without an offset, as `2026-10-01 \
                                        09:00`";
}

/// `2026-10-01 09:00`.
impl fmt::Display for LocalMinute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.date, self.time)
    }
}

impl FromStr for LocalMinute {
    type Err = CivilError;
    fn from_str(text: &str) -> Result<Self, CivilError> {
        let read = || {
            let (date, time) = text.split_once([' ', 'T'])?;
            Some((date.parse().ok()?, time.parse().ok()?))
        };
        let expected = Self::EXPECTED;
        let (date, time) = read().ok_or(CivilError { expected })?;
        Ok(Self { date, time })
    }
}

/// Exactly `count` ASCII digits as a number; `parse` alone would take a sign.
fn digits(text: &str, count: usize) -> Option<u16> {
    let sound = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn same<T: FromStr<Err = CivilError> + fmt::Display>(text: &str) {
        assert_eq!(
            text.parse::<T>().map(|v| v.to_string()),
            Ok(text.to_owned())
        );
    }

    #[test]
    fn what_there_is_reads_as_it_is_shown() {
        for text in ["2026-10-01", "2024-02-29", "2000-02-29", "1970-01-01"] {
            same::<Date>(text);
        }
        for text in ["00:00", "09:05", "23:59", "24:00"] {
            same::<TimeOfDay>(text);
        }
        Weekday::ALL
            .iter()
            .for_each(|day| same::<Weekday>(day.as_str()));
        same::<LocalMinute>("2026-10-01 09:00");
        let with_t: LocalMinute = "2026-10-01T09:00".parse().unwrap();
        assert_eq!(with_t.to_string(), "2026-10-01 09:00");
    }

    #[test]
    fn what_there_is_not_is_refused() {
        let dates = [
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "1969-12-31",
            "9999-01-01",
            "2026-1-01",
            "+026-01-01",
            "2026/01/01",
            "2026-10-01 ",
            "",
        ];
        assert!(dates.iter().all(|text| text.parse::<Date>().is_err()));
        let times = [
            "24:01", "9:00", "09:60", "25:00", "-1:00", "0900", "09:00:00", "",
        ];
        assert!(times.iter().all(|text| text.parse::<TimeOfDay>().is_err()));
        assert!("mon".parse::<Weekday>().is_err() && "Monday".parse::<Weekday>().is_err());
        assert!("2026-10-01".parse::<LocalMinute>().is_err());
        assert!("2026-10-01 09:00Z".parse::<LocalMinute>().is_err());
    }
}
