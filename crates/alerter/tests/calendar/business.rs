//! Business time over nights, weekends, holidays and changes of the clocks.

use fengbiao_alerter::calendar::Hours;
use fengbiao_model::TimeSpan;

use crate::support::{hours, office, shown, utc};

#[test]
fn a_span_ends_within_business_or_with_it() {
    let office = Hours::of_calendar(&office()).unwrap();
    let table = [
        // Monday 2026-11-23, 09:00 is 01:00Z; noon is 04:00Z to 05:00Z.
        ("2026-11-23T01:00Z", 0, "2026-11-23T01:00Z"),
        ("2026-11-22T12:00Z", 0, "2026-11-22T12:00Z"),
        ("2026-11-23T01:00Z", 3 * 60, "2026-11-23T04:00Z"),
        ("2026-11-23T01:00Z", 3 * 60 + 1, "2026-11-23T05:01Z"),
        ("2026-11-23T01:00Z", 8 * 60, "2026-11-23T10:00Z"),
        ("2026-11-23T01:00Z", 8 * 60 + 1, "2026-11-24T01:01Z"),
        // At night, at noon, on Saturday it does not count.
        ("2026-11-23T15:00Z", 60, "2026-11-24T02:00Z"),
        ("2026-11-23T04:30Z", 60, "2026-11-23T06:00Z"),
        ("2026-11-28T03:00Z", 24 * 60, "2026-12-02T10:00Z"),
        // Over the National Day: an hour on the 30th, seven on the 8th, the 9th, the 10th.
        ("2026-09-30T09:00Z", 8 * 60, "2026-10-08T09:00Z"),
        ("2026-09-30T09:00Z", 24 * 60, "2026-10-10T09:00Z"),
    ];
    for (start, minutes, expected) in table {
        let span = TimeSpan::from_minutes(minutes);
        let end = office.business_after(utc(start), span).unwrap();
        assert_eq!(shown(end), expected, "{start} + {span}");
        assert_eq!(
            office.business_between(utc(start), end),
            Some(span),
            "{start} + {span}"
        );
    }
}

#[test]
fn overlapping_hours_count_once() {
    let hours = hours(
        "UTC",
        &["Mon-Fri 08:00-12:00", "Mon 10:00-14:00", "Mon 11:00-11:30"],
    );
    let counted = hours.business_between(utc("2026-11-23T00:00Z"), utc("2026-11-25T00:00Z"));
    assert_eq!(counted, Some(TimeSpan::from_hours(6 + 4)));
    let end = hours.business_after(utc("2026-11-23T07:00Z"), TimeSpan::from_hours(5));
    assert_eq!(end.map(shown), Some("2026-11-23T13:00Z".to_owned()));
}

#[test]
fn a_night_of_business_has_the_length_it_had() {
    let nights = hours("Europe/Berlin", &["Sat 22:00-06:00"]);
    for (day, length) in [("2026-03-28", 7), ("2026-10-24", 9), ("2026-11-21", 8)] {
        let from = utc(&format!("{day}T12:00Z"));
        let counted = nights.business_between(from, from + TimeSpan::from_hours(24));
        assert_eq!(counted, Some(TimeSpan::from_hours(length)), "{day}");
    }
}

#[test]
fn an_end_before_the_beginning_has_no_business() {
    let all = hours("UTC", &["Mon-Sun 00:00-24:00"]);
    let at = utc("2026-11-23T00:00Z");
    assert_eq!(
        all.business_between(at + TimeSpan::from_hours(1), at),
        Some(TimeSpan::ZERO)
    );
    assert_eq!(all.business_between(at, at), Some(TimeSpan::ZERO));
}

#[test]
fn what_is_too_far_is_not_said() {
    let never = hours("UTC", &[]);
    let at = utc("2026-11-23T00:00Z");
    assert_eq!(never.business_after(at, TimeSpan::from_minutes(1)), None);
    assert_eq!(never.business_after(at, TimeSpan::ZERO), Some(at));
    let years = |days: i64| at + TimeSpan::from_hours(24 * days);
    assert_eq!(
        never.business_between(at, years(3_660)),
        Some(TimeSpan::ZERO)
    );
    assert_eq!(never.business_between(at, years(3_661)), None);
    let all = hours("UTC", &["Mon-Sun 00:00-24:00"]);
    let most = TimeSpan::from_hours(24 * 3_660);
    assert_eq!(all.business_after(at, most), Some(at + most));
    assert_eq!(all.business_between(at, at + most), Some(most));
}
