//! Which instant a local time names, where the clocks change.

use fengbiao_alerter::calendar::LocalClock;
use fengbiao_model::Timestamp;

use crate::support::{clock, shown, zone};

#[track_caller]
fn check(zone: &str, table: &[(&str, &str)]) {
    let clock = clock(zone);
    for (local, expected) in table {
        let found = shown(clock.instant(local.parse().unwrap()));
        assert_eq!(found, *expected, "{zone} {local}");
    }
}

#[test]
fn new_york() {
    check(
        "America/New_York",
        &[
            // 2026-03-08 02:00 becomes 03:00.
            ("2026-03-08 01:59", "2026-03-08T06:59Z"),
            ("2026-03-08 02:00", "2026-03-08T07:00Z"),
            ("2026-03-08 02:30", "2026-03-08T07:00Z"),
            ("2026-03-08 03:00", "2026-03-08T07:00Z"),
            ("2026-03-08 03:01", "2026-03-08T07:01Z"),
            // 2026-11-01 02:00 becomes 01:00.
            ("2026-11-01 00:59", "2026-11-01T04:59Z"),
            ("2026-11-01 01:00", "2026-11-01T05:00Z"),
            ("2026-11-01 01:59", "2026-11-01T05:59Z"),
            ("2026-11-01 02:00", "2026-11-01T07:00Z"),
        ],
    );
}

#[test]
fn berlin() {
    check(
        "Europe/Berlin",
        &[
            ("2026-03-29 01:59", "2026-03-29T00:59Z"),
            ("2026-03-29 02:15", "2026-03-29T01:00Z"),
            ("2026-03-29 03:00", "2026-03-29T01:00Z"),
            ("2026-10-25 02:30", "2026-10-25T00:30Z"),
            ("2026-10-25 03:00", "2026-10-25T02:00Z"),
            ("2026-10-25 24:00", "2026-10-25T23:00Z"),
        ],
    );
}

#[test]
fn lord_howe_moves_half_an_hour() {
    check(
        "Australia/Lord_Howe",
        &[
            // 2026-04-05 02:00 (+11) becomes 01:30 (+10:30).
            ("2026-04-05 01:29", "2026-04-04T14:29Z"),
            ("2026-04-05 01:45", "2026-04-04T14:45Z"),
            ("2026-04-05 02:00", "2026-04-04T15:30Z"),
            // 2026-10-04 02:00 (+10:30) becomes 02:30 (+11).
            ("2026-10-04 01:59", "2026-10-03T15:29Z"),
            ("2026-10-04 02:10", "2026-10-03T15:30Z"),
            ("2026-10-04 02:30", "2026-10-03T15:30Z"),
            ("2026-10-04 02:31", "2026-10-03T15:31Z"),
        ],
    );
}

#[test]
fn apia_leaves_out_a_day() {
    check(
        "Pacific/Apia",
        &[
            ("2011-12-29 23:59", "2011-12-30T09:59Z"),
            ("2011-12-30 00:00", "2011-12-30T10:00Z"),
            ("2011-12-30 12:34", "2011-12-30T10:00Z"),
            ("2011-12-31 00:00", "2011-12-30T10:00Z"),
            ("2011-12-31 00:01", "2011-12-30T10:01Z"),
        ],
    );
}

#[test]
fn shanghai_had_summer_time_from_1986_to_1991() {
    check(
        "Asia/Shanghai",
        &[
            ("1985-07-01 12:00", "1985-07-01T04:00Z"),
            ("1986-05-04 02:30", "1986-05-03T18:00Z"),
            ("1990-07-01 12:00", "1990-07-01T03:00Z"),
            ("1991-09-15 01:30", "1991-09-14T16:30Z"),
            ("1992-07-01 12:00", "1992-07-01T04:00Z"),
            ("2026-07-01 12:00", "2026-07-01T04:00Z"),
        ],
    );
}

/// St. John's turned its clocks back at 00:01, so that a date was shown, taken back, shown again.
#[test]
fn a_date_that_begins_twice_begins_at_first() {
    check(
        "America/St_Johns",
        &[
            ("2010-11-07 00:00", "2010-11-07T02:30Z"),
            ("2010-11-06 23:30", "2010-11-07T02:00Z"),
            ("2010-11-07 00:01", "2010-11-07T03:31Z"),
        ],
    );
}

#[test]
fn the_ends_of_time_are_kept_to() {
    let first = clock("Asia/Shanghai").instant("1970-01-01 00:00".parse().unwrap());
    assert_eq!(first, Timestamp::EPOCH);
    let last = clock("America/New_York").instant("9998-12-31 24:00".parse().unwrap());
    assert_eq!(shown(last), "9999-01-01T05:00Z");
}

#[test]
fn a_zone_that_there_is_not_is_refused_by_name() {
    for name in ["Mars/Olympus", "Asia/shanghai2", "Etc/Unknown", "GMT+8"] {
        let error = LocalClock::new(&zone(name)).unwrap_err().to_string();
        let expected = format!("`{name}` is no time zone, expected an IANA name");
        assert!(error.starts_with(&expected), "{error}");
    }
    for name in [
        "UTC",
        "Asia/Shanghai",
        "Etc/GMT-8",
        "America/Argentina/Buenos_Aires",
    ] {
        assert!(LocalClock::new(&zone(name)).is_ok(), "{name}");
    }
}
