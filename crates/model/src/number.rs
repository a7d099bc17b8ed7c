//! The numbers that people call incidents by.

use std::fmt;
use std::str::FromStr;

/// The number that people use, such as `2026-17`: the year in which the incident opened, in the
/// time zone of the policy, and its place among the incidents of that year, without gaps, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncidentNumber(u64);

impl IncidentNumber {
    /// Numbers that a year has room for: thirty a second.
    pub const PER_YEAR: u64 = 1_000_000_000;
    /// The years that a number can name: those of [`crate::Timestamp`].
    pub const YEARS: std::ops::RangeInclusive<u16> = 1970..=9999;

    /// The number of a year and a place in it; none where the year is not one of
    /// [`Self::YEARS`] or the place is not 1 to [`Self::PER_YEAR`] less one.
    #[must_use]
    pub const fn new(year: u16, running: u32) -> Option<Self> {
        let (first, last) = (*Self::YEARS.start(), *Self::YEARS.end());
        let running = running as u64;
        if year < first || year > last || running == 0 || running >= Self::PER_YEAR {
            return None;
        }
        Some(Self(year as u64 * Self::PER_YEAR + running))
    }

    /// From what [`Self::as_u64`] gave.
    #[must_use]
    pub fn from_u64(number: u64) -> Option<Self> {
        let year = u16::try_from(number / Self::PER_YEAR).ok()?;
        Self::new(year, u32::try_from(number % Self::PER_YEAR).ok()?)
    }

    /// One number that sorts as the incidents came: year times [`Self::PER_YEAR`], plus the place.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The year.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "at most 9999")]
    pub const fn year(self) -> u16 {
        (self.0 / Self::PER_YEAR) as u16
    }

    /// The place within the year, from 1.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "below a billion")]
    pub const fn running(self) -> u32 {
        (self.0 % Self::PER_YEAR) as u32
    }

    /// The number that follows `last` for an incident that opens in `year`. Years never go back,
    /// also where a change of the time zone would have it so.
    #[must_use]
    pub fn after(last: Option<Self>, year: u16) -> Self {
        let year = year.clamp(*Self::YEARS.start(), *Self::YEARS.end());
        match last {
            Some(last) if last.year() >= year => Self(last.0 + 1),
            _ => Self(u64::from(year) * Self::PER_YEAR + 1),
        }
    }
}

/// `year-place`
impl fmt::Display for IncidentNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}-{}", self.year(), self.running()))
    }
}

/// The text is not a year, a hyphen and a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotANumber;

impl fmt::Display for NotANumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected the number of an incident, such as `2026-17`")
    }
}

impl std::error::Error for NotANumber {}

impl FromStr for IncidentNumber {
    type Err = NotANumber;
    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let plain = |digits: &str| {
            let digit = digits.bytes().all(|byte| byte.is_ascii_digit());
            digit && !digits.starts_with('0')
        };
        let (year, running) = text.split_once('-').ok_or(NotANumber)?;
        if !plain(year) || !plain(running) {
            return Err(NotANumber);
        }
        let year = year.parse().map_err(|_| NotANumber)?;
        let running = running.parse().map_err(|_| NotANumber)?;
        Self::new(year, running).ok_or(NotANumber)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> IncidentNumber {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_are_read_as_they_are_shown() {
        for text in ["2026-1", "1970-1", "9999-999999999"] {
            assert_eq!(number(text).to_string(), text);
            assert_eq!(
                IncidentNumber::from_u64(number(text).as_u64()),
                Some(number(text))
            );
        }
        for wrong in [
            "",
            "17",
            "2026",
            "2026-",
            "2026-0",
            "2026-01",
            "-17",
            "26-1",
            "2026-1000000000",
            "2026-1-1",
            "２026-1",
            "+2026-1",
            "2026-+1",
        ] {
            assert_eq!(wrong.parse::<IncidentNumber>(), Err(NotANumber), "{wrong}");
        }
        assert_eq!(IncidentNumber::from_u64(17), None);
    }

    #[test]
    fn the_year_begins_anew_and_never_goes_back() {
        let mut last = IncidentNumber::after(None, 2026);
        assert_eq!(last, number("2026-1"));
        for (year, expected) in [
            (2026, "2026-2"),
            (2027, "2027-1"),
            (2026, "2027-2"),
            (2027, "2027-3"),
        ] {
            last = IncidentNumber::after(Some(last), year);
            assert_eq!(last, number(expected));
        }
    }
}
