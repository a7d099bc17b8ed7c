//! Times and lengths of time as text.

use fengbiao_model::{TimeSpan, Timestamp};
use jiff::civil::DateTime;
use jiff::fmt::temporal::{DateTimeParser, DateTimePrinter, Pieces};
use jiff::tz::{Offset, TimeZone};

use crate::error::{SpanError, TimeError, shown};
use crate::limits::EPOCH_MILLIS_FROM;

/// Bytes of a time as [`format_utc`] writes it.
pub(crate) const TIME_BYTES: usize = 24;

static PARSER: DateTimeParser = DateTimeParser::new();
static PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

/// Reads a time: RFC 3339 with an offset, the same without one (a blank may stand for the `T`,
/// seconds may be missing, a date alone is its midnight) in `zone`, or a whole number of seconds
/// or milliseconds since 1970 (see [`epoch`]). Parts of a millisecond are cut off. Of a time that
/// a change of the clocks makes double, the first is meant; one that it leaves out moves on.
pub fn parse_time(text: &str, zone: &TimeZone) -> Result<Timestamp, TimeError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map_err(|_| TimeError::Range).and_then(epoch);
    }
    if let Ok(found) = PARSER.parse_timestamp(text) {
        return in_range(found);
    }
    if names_an_offset(text) {
        // A sound text that is no time lies outside of what can be held.
        return Err(if Pieces::parse(text).is_ok() {
            TimeError::Range
        } else {
            TimeError::Form
        });
    }
    let civil = PARSER.parse_datetime(text).map_err(|_| TimeError::Form)?;
    let found = zone
        .to_ambiguous_timestamp(civil)
        .compatible()
        .map_err(|_| TimeError::Range)?;
    in_range(found)
}

/// Reads RFC 3339 with an offset, as records on the internal wire carry it.
pub(crate) fn parse_rfc3339(text: &str) -> Result<Timestamp, TimeError> {
    if let Some(time) = canonical_time(text) {
        return Ok(time);
    }
    PARSER
        .parse_timestamp(text)
        .map_err(|_| TimeError::Form)
        .and_then(in_range)
}

/// Reads what [`format_utc`] writes, as nearly every record has it; none for all else, which the general
/// parser reads or refuses.
pub(crate) fn canonical_time(text: &str) -> Option<Timestamp> {
    const FORM: &[u8; TIME_BYTES] = b"0000-00-00T00:00:00.000Z";
    let bytes: &[u8; TIME_BYTES] = text.as_bytes().try_into().ok()?;
    // All bytes at once: what each is more than its form, which for a digit is what it is worth.
    let mut worth = [0; TIME_BYTES];
    let mut fits = true;
    for ((worth, byte), form) in worth.iter_mut().zip(bytes).zip(FORM) {
        *worth = byte.wrapping_sub(*form);
        fits &= *worth <= if *form == b'0' { 9 } else { 0 };
    }
    if !fits {
        return None;
    }
    let one = |at: usize| i16::from(worth[at]);
    let two = |at: usize| i8::try_from(one(at) * 10 + one(at + 1)).ok();
    let year = (one(0) * 10 + one(1)) * 100 + one(2) * 10 + one(3);
    let nanos = (i32::from(one(20) * 100) + i32::from(one(21) * 10 + one(22))) * 1_000_000;
    let (month, day) = (two(5)?, two(8)?);
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    let civil = DateTime::new(year, month, day, hour, minute, second, nanos).ok()?;
    in_range(Offset::UTC.to_timestamp(civil).ok()?).ok()
}

/// A whole number as a time since 1970-01-01T00:00:00Z: milliseconds from [`EPOCH_MILLIS_FROM`]
/// on, else seconds.
pub fn epoch(number: i64) -> Result<Timestamp, TimeError> {
    let millis = if number >= EPOCH_MILLIS_FROM {
        number
    } else {
        number.saturating_mul(1_000)
    };
    from_millis(millis)
}

/// `2026-11-23T06:05:09.123Z`: always milliseconds, always UTC, so that equal times are equal
/// text and text sorts by time.
#[must_use]
pub fn format_utc(time: Timestamp) -> String {
    PRINTER.timestamp_to_string(&to_jiff(time))
}

/// `2026-11-23T14:05:09.123+08:00`: the same in a time zone.
#[must_use]
pub fn format_local(time: Timestamp, zone: &TimeZone) -> String {
    let time = to_jiff(time);
    PRINTER.timestamp_with_offset_to_string(&time, zone.to_offset(time))
}

/// `2026-11-23 14:05`: as people read it, in a time zone.
#[must_use]
pub fn format_minute(time: Timestamp, zone: &TimeZone) -> String {
    let whole = format_local(time, zone);
    whole.get(..16).unwrap_or(&whole).replace('T', " ")
}

/// Writes [`format_utc`] without a text in between.
pub(crate) fn write_utc(time: Timestamp, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    PRINTER
        .print_timestamp(&to_jiff(time), jiff::fmt::StdFmtWrite(out))
        .map_err(|_| std::fmt::Error)
}

/// Reads a length of time: a whole number and one unit of `ms`, `s`, `m`, `h`, `d`.
pub fn parse_span(text: &str) -> Result<TimeSpan, SpanError> {
    let wrong = || SpanError { found: shown(text) };
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(unit_at);
    let number: i64 = number.parse().map_err(|_| wrong())?;
    let unit_millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    number
        .checked_mul(unit_millis)
        .map(TimeSpan::from_millis)
        .ok_or_else(wrong)
}

fn from_millis(millis: i64) -> Result<Timestamp, TimeError> {
    let range = 0..=jiff::Timestamp::MAX.as_millisecond();
    if range.contains(&millis) {
        Ok(Timestamp::from_millis(millis))
    } else {
        Err(TimeError::Range)
    }
}

fn in_range(found: jiff::Timestamp) -> Result<Timestamp, TimeError> {
    from_millis(found.as_millisecond())
}

/// jiff's last point lies 26 hours before that of [`Timestamp::MAX`], to leave room for offsets.
/// Nothing later is read, and what a computation made later is written as that point.
fn to_jiff(time: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(time.as_millis()).unwrap_or(jiff::Timestamp::MAX)
}

/// Whether an offset or a zone stands behind the date: without this question a text that failed
/// *because of* its offset would be read as if it had none.
fn names_an_offset(text: &str) -> bool {
    let clock = text.get("2026-11-23".len()..).unwrap_or_default();
    !clock
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"Tt :.,".contains(&byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn general(text: &str) -> Option<Timestamp> {
        PARSER
            .parse_timestamp(text)
            .ok()
            .and_then(|found| in_range(found).ok())
    }

    #[test]
    fn days_are_counted_as_the_general_parser_counts_them() {
        // Each third day of 230 years, then each 997th to the end of 9999.
        let days = (0..84_000_i64).step_by(3);
        for day in days.chain((84_000..2_932_895).step_by(997)) {
            let millis = day * 86_400_000 + (day * 7_919) % 86_400_000;
            let text = format_utc(Timestamp::from_millis(millis));
            let read = canonical_time(&text);
            assert_eq!(read.map(Timestamp::as_millis), Some(millis), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Dates that are none among them, and forms that are nearly this one.
        #[test]
        fn what_is_read_is_what_the_general_parser_reads(
            text in "(19[67][0-9]|20[0-4][0-9]|2100|9999|0000)-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9][.,][0-9]{3}[Zz]",
            (at, to) in (0..24_usize, "[0-9:TZ.é -]"),
            change in any::<bool>(),
        ) {
            let mut text = text;
            if change {
                text.replace_range(at..=at, &to);
            }
            if let Some(read) = canonical_time(&text) {
                prop_assert_eq!(Some(read), general(&text), "{}", text);
            }
        }
    }
}
