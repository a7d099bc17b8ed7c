//! Times that come back every week: quiet hours, the hours of a route, of a shift, of business.

use std::fmt;
use std::str::FromStr;

use crate::civil::{CivilError, TimeOfDay, Weekday};
use crate::id::Zone;

/// A set of days of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weekdays(u8);

impl Weekdays {
    /// All seven.
    pub const ALL: Self = Self(0x7f);

    /// Whether a day is among them.
    #[must_use]
    pub const fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.index()) != 0
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// From `first` to `last`, both among them; `Sat` to `Mon` goes past the week's end.
    #[must_use]
    pub fn range(first: Weekday, last: Weekday) -> Self {
        let length = (last.index() + 7 - first.index()) % 7 + 1;
        (first.index()..first.index() + length)
            .map(|place| Weekday::ALL[place % 7])
            .collect()
    }
}

impl FromIterator<Weekday> for Weekdays {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        Self(days.into_iter().fold(0, |set, day| set | 1 << day.index()))
    }
}

/// `Mon-Fri`, `Sat,Sun`, `Mon,Wed-Fri`: runs of three or more as ranges, from Monday on.
impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut place, mut comma) = (0, "");
        while let Some(first) = Weekday::ALL.get(place) {
            let run = Weekday::ALL[place..].iter();
            let run = run.take_while(|day| self.contains(**day)).count();
            match run {
                0 => place += 1,
                1 | 2 => {
                    write!(f, "{comma}{first}")?;
                    (place, comma) = (place + 1, ",");
                }
                _ => {
                    write!(f, "{comma}{first}-{}", Weekday::ALL[place + run - 1])?;
                    (place, comma) = (place + run, ",");
                }
            }
        }
        Ok(())
    }
}

impl FromStr for Weekdays {
    type Err = CivilError;
    fn from_str(text: &str) -> Result<Self, CivilError> {
        let mut days = Self::default();
        for part in text.split(',') {
            let part = match part.split_once('-') {
                Some((first, last)) => Self::range(first.parse()?, last.parse()?),
                None => [part.parse()?].into_iter().collect(),
            };
            days.0 |= part.0;
        }
        Ok(days)
    }
}

/// A time of some days of the week, its end not part of it. Where the end is before the beginning
/// it lies on the next day; the interval belongs to the day on which it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WeeklyInterval {
    days: Weekdays,
    from: TimeOfDay,
    to: TimeOfDay,
}

impl WeeklyInterval {
    /// What a text of one must be.
    pub const EXPECTED: &'static str =
        "days and two different times, as `Mon-Fri 22:00-07:00` or `Sat,Sun 00:00-24:00`";

    /// An interval; none without days, without length, or with a beginning at `24:00`.
    #[must_use]
    pub fn new(days: Weekdays, from: TimeOfDay, to: TimeOfDay) -> Option<Self> {
        let sound = !days.is_empty()
            && from != to
            && from != TimeOfDay::END
            && (from, to) != (TimeOfDay::MIDNIGHT, TimeOfDay::MIDNIGHT);
        sound.then_some(Self { days, from, to })
    }

    /// The days on which it begins.
    #[must_use]
    pub const fn days(self) -> Weekdays {
        self.days
    }

    /// When it begins.
    #[must_use]
    pub const fn from(self) -> TimeOfDay {
        self.from
    }

    /// When it ends.
    #[must_use]
    pub const fn to(self) -> TimeOfDay {
        self.to
    }

    /// Where it ends, in minutes of the clock since the day of its beginning began: more than
    /// 1,440 where it passes midnight.
    #[must_use]
    pub const fn end_minutes(self) -> u16 {
        let to = self.to.minutes();
        if to < self.from.minutes() {
            to + TimeOfDay::END.minutes()
        } else {
            to
        }
    }
}

/// `Mon-Fri 22:00-07:00`.
impl fmt::Display for WeeklyInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}-{}", self.days, self.from, self.to)
    }
}

impl FromStr for WeeklyInterval {
    type Err = CivilError;
    fn from_str(text: &str) -> Result<Self, CivilError> {
        let read = || {
            let (days, times) = text.split_once(' ')?;
            let (from, to) = times.split_once('-')?;
            Self::new(days.parse().ok()?, from.parse().ok()?, to.parse().ok()?)
        };
        let expected = Self::EXPECTED;
        read().ok_or(CivilError { expected })
    }
}

/// Times of the week in a zone; where intervals overlap they are one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WeeklyTimes {
    /// Where the clock hangs.
    pub zone: Zone,
    /// The intervals. At least one: `check_policy` sees to it.
    pub intervals: Vec<WeeklyInterval>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shown(text: &str) -> String {
        text.parse::<WeeklyInterval>().unwrap().to_string()
    }

    #[test]
    fn intervals_are_shown_in_one_way() {
        assert_eq!(shown("Mon-Fri 22:00-07:00"), "Mon-Fri 22:00-07:00");
        assert_eq!(shown("Sun,Sat 00:00-24:00"), "Sat,Sun 00:00-24:00");
        assert_eq!(shown("Sat-Mon 01:00-02:00"), "Mon,Sat,Sun 01:00-02:00");
        assert_eq!(
            shown("Mon,Tue,Wed,Fri 01:00-02:00"),
            "Mon-Wed,Fri 01:00-02:00"
        );
        assert_eq!(shown("Mon-Sun 22:00-00:00"), "Mon-Sun 22:00-00:00");
    }

    #[test]
    fn an_end_before_the_beginning_is_on_the_next_day() {
        let interval: WeeklyInterval = "Fri 22:00-07:00".parse().unwrap();
        assert_eq!(interval.end_minutes(), 24 * 60 + 7 * 60);
        let interval: WeeklyInterval = "Fri 22:00-24:00".parse().unwrap();
        assert_eq!(interval.end_minutes(), 24 * 60);
    }

    #[test]
    fn what_is_no_interval_is_refused() {
        for text in [
            "",
            "Mon",
            "22:00-07:00",
            "Mon 22:00",
            "Mon 22:00-22:00",
            "Mon 24:00-07:00",
            "Mon 00:00-00:00",
            "mon 01:00-02:00",
            "Mon- 01:00-02:00",
            ", 01:00-02:00",
            "Mon  01:00-02:00",
            "Mon 01:00 - 02:00",
            "Mon,,Tue 01:00-02:00",
        ] {
            assert!(text.parse::<WeeklyInterval>().is_err(), "{text}");
        }
    }
}
