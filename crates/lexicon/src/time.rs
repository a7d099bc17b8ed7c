//! Times as analysts write them.

use fengbiao_model::{TimeSpan, Timestamp};
use jiff::ToSpan as _;
use jiff::civil;
use jiff::tz;
use toml::value::{Datetime, Offset};

use crate::limits::CIVIL_OFFSET_HOURS;

/// The first moment after what was written: of a date, the midnight at its end; of a date and a
/// time, that moment. Without an offset it is read in UTC+8. None where there is no date.
pub(crate) fn end_of(written: &Datetime) -> Option<Timestamp> {
    let date = written.date?;
    let number = |n: u8| i8::try_from(n).ok();
    let date = civil::Date::new(
        i16::try_from(date.year).ok()?,
        number(date.month)?,
        number(date.day)?,
    );
    let date = date.ok()?;
    let at = match written.time {
        None => date.checked_add(1.day()).ok()?.at(0, 0, 0, 0),
        Some(time) => {
            let nanos = i32::try_from(time.nanosecond.unwrap_or(0)).ok()?;
            // A leap second is counted as the one before it.
            let second = number(time.second.unwrap_or(0).min(59))?;
            let time = civil::Time::new(number(time.hour)?, number(time.minute)?, second, nanos);
            date.to_datetime(time.ok()?)
        }
    };
    let offset = match written.offset {
        None => tz::offset(CIVIL_OFFSET_HOURS),
        Some(Offset::Z) => tz::Offset::UTC,
        Some(Offset::Custom { minutes }) => {
            tz::Offset::from_seconds(i32::from(minutes) * 60).ok()?
        }
    };
    let moment = offset.to_timestamp(at).ok()?;
    Some(Timestamp::from_millis(moment.as_millisecond()))
}

/// A length of time as `90s`, `10m`, `24h`, `7d`: a whole number and a unit, above zero.
pub(crate) fn length(text: &str) -> Option<TimeSpan> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at(unit_at);
    let unit = match unit {
        "s" => TimeSpan::from_secs(1),
        "m" => TimeSpan::from_minutes(1),
        "h" => TimeSpan::from_hours(1),
        "d" => TimeSpan::from_hours(24),
        _ => return None,
    };
    let millis = digits.parse::<i64>().ok()?.checked_mul(unit.as_millis())?;
    (millis > 0).then(|| TimeSpan::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_holds_through_its_day_in_china() {
        for (written, expected) in [
            ("2027-12-31", "2027-12-31T16:00:00Z"),
            ("2027-12-31T08:30:00", "2027-12-31T00:30:00Z"),
            ("2027-12-31T08:30:00Z", "2027-12-31T08:30:00Z"),
            ("2027-12-31T08:30:00.5-01:30", "2027-12-31T10:00:00.5Z"),
        ] {
            let expected: jiff::Timestamp = expected.parse().unwrap();
            let found = end_of(&written.parse().unwrap()).unwrap();
            assert_eq!(found.as_millis(), expected.as_millisecond(), "{written}");
        }
        assert_eq!(end_of(&"08:30:00".parse().unwrap()), None);
    }

    #[test]
    fn lengths() {
        assert_eq!(length("90s"), Some(TimeSpan::from_secs(90)));
        assert_eq!(length("7d"), Some(TimeSpan::from_hours(168)));
        for wrong in [
            "",
            "7",
            "d",
            "1.5h",
            "-1h",
            "1 h",
            "0s",
            "99999999999999999d",
            "1w",
        ] {
            assert_eq!(length(wrong), None, "{wrong}");
        }
    }
}
