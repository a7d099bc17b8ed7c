//! Times and lengths of time as text.

use fengbiao_model::{TimeSpan, Timestamp};
use fengbiao_wire::{TimeError, epoch, format_local, format_utc, parse_span, parse_time};
use jiff::tz::TimeZone;

#[test]
fn a_time_is_written_with_milliseconds() {
    let time = Timestamp::from_millis(1_795_413_909_120);
    let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
    assert_eq!(format_utc(time), "2026-11-23T06:05:09.120Z");
    assert_eq!(
        format_local(time, &shanghai),
        "2026-11-23T14:05:09.120+08:00"
    );
    assert_eq!(format_utc(Timestamp::EPOCH), "1970-01-01T00:00:00.000Z");
    for text in [format_utc(time), format_local(time, &shanghai)] {
        assert_eq!(parse_time(&text, &TimeZone::UTC), Ok(time), "{text}");
    }
    // Later than jiff can hold: its last point.
    assert_eq!(format_utc(Timestamp::MAX), "9999-12-30T22:00:00.999Z");
}

#[test]
fn a_change_of_the_clocks_makes_one_time_double_and_leaves_one_out() {
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let read = |text| format_utc(parse_time(text, &berlin).unwrap());
    assert_eq!(read("2026-10-25 02:30:00"), "2026-10-25T00:30:00.000Z");
    assert_eq!(read("2026-03-29 02:30:00"), "2026-03-29T01:30:00.000Z");
}

#[test]
fn seconds_and_milliseconds_are_told_by_their_size() {
    assert_eq!(
        epoch(99_999_999_999).map(format_utc).unwrap(),
        "5138-11-16T09:46:39.000Z"
    );
    assert_eq!(
        epoch(100_000_000_000).map(format_utc).unwrap(),
        "1973-03-03T09:46:40.000Z"
    );
    for wrong in [-1, i64::MIN, i64::MAX, 253_402_300_800_000] {
        assert_eq!(epoch(wrong), Err(TimeError::Range), "{wrong}");
    }
}

#[test]
fn what_is_no_time() {
    use TimeError::{Form, Range};
    let cases = [
        ("", Form),
        ("yesterday", Form),
        ("-", Form),
        ("2026-13-01", Form),
        ("2026-11-23 25:00:00", Form),
        ("2026-11-23T14:05:09+99:00", Form),
        ("2026/11/23", Form),
        ("1969-12-31T23:59:59Z", Range),
        ("1969-12-31 23:59:59", Range),
        ("-5", Range),
        ("99999999999999999999999", Range),
        ("9999-12-31T23:59:59Z", Range),
        ("9999-12-31 23:59:59", Range),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_time(text, &TimeZone::UTC), Err(expected), "{text}");
    }
}

#[test]
fn lengths_of_time() {
    for (text, millis) in [
        ("500ms", 500),
        ("90s", 90_000),
        ("10m", 600_000),
        ("24h", 86_400_000),
        ("0s", 0),
    ] {
        assert_eq!(
            parse_span(text),
            Ok(TimeSpan::from_millis(millis)),
            "{text}"
        );
    }
    for span in [
        TimeSpan::ZERO,
        TimeSpan::from_hours(168),
        TimeSpan::from_millis(1_500),
    ] {
        assert_eq!(parse_span(&span.to_string()), Ok(span));
    }
    for wrong in [
        "",
        "10",
        "m",
        "-5m",
        "1.5h",
        "10 m",
        "10M",
        "1w",
        "９m",
        "9223372036854775807d",
    ] {
        let error = parse_span(wrong).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "`{wrong}` is not a length of time, expected a whole number with `ms`, `s`, `m`, \
                 `h` or `d`, such as `10m`"
            )
        );
    }
}
