//! Weekly times: where an instant stands, and until when.

use fengbiao_alerter::calendar::{Hours, Standing};

use crate::support::{hours, office, shown, utc};

/// `in 2026-…` or `out 2026-…`, `-` where it never changes.
fn standing(hours: &Hours, at: &str) -> String {
    let standing = hours.standing(utc(at));
    assert_eq!(hours.contains(utc(at)), standing.is_inside(), "{at}");
    let until = standing.until().map_or("-".to_owned(), shown);
    match standing {
        Standing::Inside { .. } => format!("in {until}"),
        Standing::Outside { .. } => format!("out {until}"),
    }
}

#[track_caller]
fn check(hours: &Hours, table: &[(&str, &str)]) {
    for (at, expected) in table {
        assert_eq!(standing(hours, at), *expected, "{at}");
    }
}

#[test]
fn nights_pass_midnight_and_belong_to_the_day_they_begin_on() {
    let nights = hours("Asia/Shanghai", &["Mon-Fri 22:00-07:00"]);
    check(
        &nights,
        &[
            // Monday 2026-11-23.
            ("2026-11-23T13:59Z", "out 2026-11-23T14:00Z"),
            ("2026-11-23T14:00Z", "in 2026-11-23T23:00Z"),
            ("2026-11-23T22:59Z", "in 2026-11-23T23:00Z"),
            ("2026-11-23T23:00Z", "out 2026-11-24T14:00Z"),
            // Friday's reaches into Saturday; Sunday has none.
            ("2026-11-27T22:00Z", "in 2026-11-27T23:00Z"),
            ("2026-11-28T14:30Z", "out 2026-11-30T14:00Z"),
        ],
    );
}

#[test]
fn what_touches_or_overlaps_is_one() {
    let weekend = hours(
        "Asia/Shanghai",
        &[
            "Fri 22:00-24:00",
            "Sat,Sun 00:00-24:00",
            "Sun 20:00-08:00",
            "Sun 21:00-22:00",
        ],
    );
    check(
        &weekend,
        &[
            ("2026-11-27T15:00Z", "in 2026-11-30T00:00Z"),
            ("2026-11-29T23:59Z", "in 2026-11-30T00:00Z"),
            ("2026-11-30T00:00Z", "out 2026-12-04T14:00Z"),
        ],
    );
}

#[test]
fn always_and_never_have_no_end() {
    for always in [
        &["Mon-Sun 00:00-24:00"][..],
        &["Mon-Sun 12:00-24:00", "Mon-Sun 00:00-12:00"],
        &["Mon-Sun 22:00-10:00", "Mon-Sun 09:00-22:00"],
    ] {
        let always = hours("Europe/Berlin", always);
        assert_eq!(standing(&always, "2026-03-29T01:00Z"), "in -");
    }
    assert_eq!(standing(&hours("UTC", &[]), "2026-03-29T01:00Z"), "out -");
    let almost = hours("UTC", &["Mon-Sat 00:00-24:00", "Sun 00:00-23:59"]);
    assert_eq!(
        standing(&almost, "2026-11-25T12:00Z"),
        "in 2026-11-29T23:59Z"
    );
    assert_eq!(
        standing(&almost, "2026-11-29T23:59Z"),
        "out 2026-11-30T00:00Z"
    );
}

#[test]
fn a_night_is_shorter_and_longer_where_the_clocks_change() {
    let night = hours("America/New_York", &["Sat 22:00-07:00"]);
    check(
        &night,
        &[
            ("2026-03-08T03:00Z", "in 2026-03-08T11:00Z"),
            ("2026-11-01T02:00Z", "in 2026-11-01T12:00Z"),
        ],
    );
}

#[test]
fn what_lies_in_the_hour_left_out_is_not_there() {
    let inside = hours("Europe/Berlin", &["Sun 02:10-02:50"]);
    check(
        &inside,
        &[
            ("2026-03-22T01:10Z", "in 2026-03-22T01:50Z"),
            // The 29th has no 02:10; the next is that of the 5th of April.
            ("2026-03-29T01:00Z", "out 2026-04-05T00:10Z"),
        ],
    );
    let across = hours("Europe/Berlin", &["Sun 01:30-02:30"]);
    check(&across, &[("2026-03-29T00:30Z", "in 2026-03-29T01:00Z")]);
    let from_within = hours("Europe/Berlin", &["Sun 02:30-03:30"]);
    check(
        &from_within,
        &[("2026-03-29T00:59Z", "out 2026-03-29T01:00Z")],
    );
    check(
        &from_within,
        &[("2026-03-29T01:00Z", "in 2026-03-29T01:30Z")],
    );
}

#[test]
fn in_the_hour_that_comes_twice_the_first_counts() {
    // 02:00 to 03:00 comes twice on the 25th of October.
    let ends_within = hours("Europe/Berlin", &["Sun 01:00-02:30"]);
    check(
        &ends_within,
        &[
            ("2026-10-24T23:00Z", "in 2026-10-25T00:30Z"),
            ("2026-10-25T01:00Z", "out 2026-11-01T00:00Z"),
        ],
    );
    let begins_within = hours("Europe/Berlin", &["Sun 02:30-03:30"]);
    check(
        &begins_within,
        &[("2026-10-25T00:30Z", "in 2026-10-25T02:30Z")],
    );
}

#[test]
fn apia_has_no_friday_that_week() {
    let friday = hours("Pacific/Apia", &["Fri 09:00-17:00"]);
    check(
        &friday,
        &[
            ("2011-12-23T20:00Z", "in 2011-12-24T03:00Z"),
            // Friday the 30th is left out: the next is the 6th of January, now ahead of UTC.
            ("2011-12-24T03:00Z", "out 2012-01-05T19:00Z"),
        ],
    );
    let night = hours("Pacific/Apia", &["Thu 22:00-06:00"]);
    check(&night, &[("2011-12-30T09:00Z", "in 2011-12-30T10:00Z")]);
}

#[test]
fn holidays_and_make_up_days() {
    let office = Hours::of_calendar(&office()).unwrap();
    check(
        &office,
        &[
            // Sunday 2026-09-20 makes up: business as on a Monday.
            ("2026-09-20T00:59Z", "out 2026-09-20T01:00Z"),
            ("2026-09-20T01:00Z", "in 2026-09-20T04:00Z"),
            ("2026-09-20T05:00Z", "in 2026-09-20T10:00Z"),
            // From Wednesday evening over the holiday to Thursday the 8th.
            ("2026-09-30T10:00Z", "out 2026-10-08T01:00Z"),
            ("2026-10-03T03:00Z", "out 2026-10-08T01:00Z"),
            // Saturday the 10th makes up, Sunday does not.
            ("2026-10-09T10:00Z", "out 2026-10-10T01:00Z"),
            ("2026-10-10T10:00Z", "out 2026-10-12T01:00Z"),
        ],
    );
}

#[test]
fn a_night_before_a_holiday_reaches_into_it() {
    let mut calendar = office();
    calendar.hours = vec!["Mon-Sun 20:00-04:00".parse().unwrap()];
    let nights = Hours::of_calendar(&calendar).unwrap();
    check(
        &nights,
        &[
            ("2026-09-30T13:00Z", "in 2026-09-30T20:00Z"),
            ("2026-09-30T20:00Z", "out 2026-10-08T12:00Z"),
        ],
    );
}

/// An end is known although nothing begins again within the days that are looked ahead.
#[test]
fn a_last_end_is_found() {
    let mut calendar = office();
    calendar.hours = vec!["Mon 09:00-18:00".parse().unwrap()];
    calendar.make_up_days.clear();
    let first = jiff::civil::date(2026, 11, 24);
    calendar.holidays = (0..500)
        .map(|day| {
            let date = first.saturating_add(jiff::Span::new().days(day));
            (date.to_string().parse().unwrap(), String::new())
        })
        .collect();
    let hours = Hours::of_calendar(&calendar).unwrap();
    assert_eq!(
        standing(&hours, "2026-11-23T02:00Z"),
        "in 2026-11-23T10:00Z"
    );
    assert_eq!(standing(&hours, "2026-11-23T10:00Z"), "out -");
}
