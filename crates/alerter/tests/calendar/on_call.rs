//! Who is on call, and when duty changes hands.

use fengbiao_alerter::calendar::Roster;

use crate::support::{layer, receiver, roster, schedule, shifts, shown, stands_in, times, utc};

#[test]
fn nobody_is_on_call_before_the_beginning() {
    let daily = roster("Asia/Shanghai", "a,b 2026-11-23T09:00 1d 09:00");
    assert_eq!(daily.on_call(&[], utc("2026-11-23T00:59Z")), None);
    assert_eq!(
        daily.on_call(&[], utc("2026-11-23T01:00Z")),
        Some(receiver("a"))
    );
    assert_eq!(
        daily.on_call(&[], utc("2026-11-24T00:59Z")),
        Some(receiver("a"))
    );
    assert_eq!(
        daily.on_call(&[], utc("2026-11-24T01:00Z")),
        Some(receiver("b"))
    );
    assert_eq!(
        daily.on_call(&[], utc("2026-11-25T01:00Z")),
        Some(receiver("a"))
    );
    let first = daily.next_hand_over(&[], utc("2026-11-01T00:00Z")).unwrap();
    assert_eq!(
        (shown(first.at), first.to),
        ("2026-11-23T01:00Z".to_owned(), Some(receiver("a")))
    );
}

#[test]
fn a_hand_over_at_nine_stays_at_nine() {
    let daily = roster("America/New_York", "a,b 2026-01-05T09:00 1d 09:00");
    assert_eq!(
        shifts(&daily, &[], "2026-03-07T14:00Z", "2026-03-09T13:00Z"),
        [
            "b 2026-03-07T14:00Z..2026-03-08T13:00Z", // 23 hours
            "a 2026-03-08T13:00Z..2026-03-09T13:00Z",
        ]
    );
    assert_eq!(
        shifts(&daily, &[], "2026-10-31T13:00Z", "2026-11-02T14:00Z"),
        [
            "b 2026-10-31T13:00Z..2026-11-01T14:00Z", // 25 hours
            "a 2026-11-01T14:00Z..2026-11-02T14:00Z",
        ]
    );
    let weekly = roster("Europe/Berlin", "a,b 2026-03-16T09:00 1w 09:00");
    assert_eq!(
        shifts(&weekly, &[], "2026-03-23T08:00Z", "2026-04-06T07:00Z"),
        [
            "b 2026-03-23T08:00Z..2026-03-30T07:00Z",
            "a 2026-03-30T07:00Z..2026-04-06T07:00Z",
        ]
    );
}

#[test]
fn a_shift_that_starts_in_the_hour_left_out_starts_as_the_clocks_move() {
    let daily = roster("America/New_York", "a,b 2026-03-07T02:30 1d 02:30");
    assert_eq!(
        shifts(&daily, &[], "2026-03-07T07:30Z", "2026-03-10T06:30Z"),
        [
            "a 2026-03-07T07:30Z..2026-03-08T07:00Z",
            "b 2026-03-08T07:00Z..2026-03-09T06:30Z",
            "a 2026-03-09T06:30Z..2026-03-10T06:30Z",
        ]
    );
}

#[test]
fn a_hand_over_in_the_hour_that_comes_twice_is_done_once() {
    let daily = roster("America/New_York", "a,b 2026-10-31T01:30 1d 01:30");
    assert_eq!(
        shifts(&daily, &[], "2026-10-31T05:30Z", "2026-11-02T06:30Z"),
        [
            "a 2026-10-31T05:30Z..2026-11-01T05:30Z",
            "b 2026-11-01T05:30Z..2026-11-02T06:30Z",
        ]
    );
    // At the second 01:15 the clock shows less than 01:30, which has been.
    for at in [
        "2026-11-01T06:00Z",
        "2026-11-01T06:15Z",
        "2026-11-01T06:30Z",
    ] {
        assert_eq!(daily.on_call(&[], utc(at)), Some(receiver("b")), "{at}");
        let next = daily.next_hand_over(&[], utc(at)).unwrap();
        assert_eq!(shown(next.at), "2026-11-02T06:30Z", "{at}");
    }
}

#[test]
fn turns_of_hours_keep_to_the_wall_clock() {
    let halves = roster("Europe/Berlin", "a,b 2026-03-28T08:00 12h 08:00");
    assert_eq!(
        shifts(&halves, &[], "2026-03-28T07:00Z", "2026-03-29T18:00Z"),
        [
            "a 2026-03-28T07:00Z..2026-03-28T19:00Z",
            "b 2026-03-28T19:00Z..2026-03-29T06:00Z", // 11 hours
            "a 2026-03-29T06:00Z..2026-03-29T18:00Z",
        ]
    );
    // The turn from 02:00 to 03:00 has no length in March, and two hours in October.
    let single = roster("Europe/Berlin", "a,b,c 2026-03-29T00:00 1h 00:00");
    assert_eq!(
        shifts(&single, &[], "2026-03-28T23:00Z", "2026-03-29T02:00Z"),
        [
            "a 2026-03-28T23:00Z..2026-03-29T00:00Z",
            "b 2026-03-29T00:00Z..2026-03-29T01:00Z",
            "a 2026-03-29T01:00Z..2026-03-29T02:00Z",
        ]
    );
    let single = roster("Europe/Berlin", "a,b,c 2026-10-25T00:00 1h 00:00");
    assert_eq!(
        shifts(&single, &[], "2026-10-24T23:00Z", "2026-10-25T03:00Z"),
        [
            "b 2026-10-24T23:00Z..2026-10-25T00:00Z",
            "c 2026-10-25T00:00Z..2026-10-25T02:00Z",
            "a 2026-10-25T02:00Z..2026-10-25T03:00Z",
        ]
    );
    // Half an hour at Lord Howe: the turn that holds it is an hour and a half.
    let single = roster("Australia/Lord_Howe", "a,b,c 2026-04-05T00:00 1h 00:00");
    assert_eq!(
        shifts(&single, &[], "2026-04-04T13:00Z", "2026-04-04T16:30Z"),
        [
            "a 2026-04-04T13:00Z..2026-04-04T14:00Z",
            "b 2026-04-04T14:00Z..2026-04-04T15:30Z",
            "c 2026-04-04T15:30Z..2026-04-04T16:30Z",
        ]
    );
}

#[test]
fn apia_skips_the_turn_of_the_day_left_out() {
    let daily = roster("Pacific/Apia", "a,b,c 2011-12-28T09:00 1d 00:00");
    assert_eq!(
        shifts(&daily, &[], "2011-12-28T19:00Z", "2012-01-01T10:00Z"),
        [
            "a 2011-12-28T19:00Z..2011-12-29T10:00Z",
            "b 2011-12-29T10:00Z..2011-12-30T10:00Z",
            "a 2011-12-30T10:00Z..2011-12-31T10:00Z",
            "b 2011-12-31T10:00Z..2012-01-01T10:00Z",
        ]
    );
}

#[test]
fn the_first_turn_reaches_to_the_first_hand_over() {
    // From Wednesday noon to Wednesday nine a week later.
    let weekly = roster("UTC", "a,b 2026-11-25T12:00 1w 09:00");
    assert_eq!(
        shifts(&weekly, &[], "2026-11-25T12:00Z", "2026-12-09T09:00Z"),
        [
            "a 2026-11-25T12:00Z..2026-12-02T09:00Z",
            "b 2026-12-02T09:00Z..2026-12-09T09:00Z"
        ]
    );
    // A start before the hand-over: a day and an hour.
    let daily = roster("UTC", "a,b 2026-11-25T08:00 1d 09:00");
    assert_eq!(
        shifts(&daily, &[], "2026-11-25T08:00Z", "2026-11-27T09:00Z"),
        [
            "a 2026-11-25T08:00Z..2026-11-26T09:00Z",
            "b 2026-11-26T09:00Z..2026-11-27T09:00Z"
        ]
    );
    // Turns of four hours at 01:00, 05:00, 09:00, 13:00 …, begun at two.
    let hours = roster("UTC", "a,b 2026-11-25T14:00 4h 09:00");
    assert_eq!(
        shifts(&hours, &[], "2026-11-25T14:00Z", "2026-11-25T21:00Z"),
        [
            "a 2026-11-25T14:00Z..2026-11-25T17:00Z",
            "b 2026-11-25T17:00Z..2026-11-25T21:00Z"
        ]
    );
}

#[test]
fn the_first_layer_that_has_somebody_wins() {
    let mut nights = layer("n,m 2026-11-23T00:00 1d 12:00");
    nights.only = Some(times("Asia/Shanghai", &["Mon-Fri 22:00-07:00"]));
    let days = layer("a 2026-11-23T09:00 1w 09:00");
    let roster = Roster::new(&schedule("Asia/Shanghai", vec![nights, days])).unwrap();
    assert_eq!(
        shifts(&roster, &[], "2026-11-22T16:00Z", "2026-11-25T01:00Z"),
        [
            "- 2026-11-22T16:00Z..2026-11-23T01:00Z", // Sunday has no night, the days begin at nine
            "a 2026-11-23T01:00Z..2026-11-23T14:00Z",
            "n 2026-11-23T14:00Z..2026-11-23T23:00Z",
            "a 2026-11-23T23:00Z..2026-11-24T14:00Z",
            "m 2026-11-24T14:00Z..2026-11-24T23:00Z",
            "a 2026-11-24T23:00Z..2026-11-25T01:00Z",
        ]
    );
}

#[test]
fn a_restriction_may_hang_on_another_wall() {
    let mut only_berlin = layer("a 2026-01-01T00:00 1d 00:00");
    only_berlin.only = Some(times("Europe/Berlin", &["Mon-Sun 09:00-17:00"]));
    let roster = Roster::new(&schedule("Asia/Shanghai", vec![only_berlin])).unwrap();
    assert_eq!(
        shifts(&roster, &[], "2026-03-28T08:00Z", "2026-03-29T15:00Z"),
        [
            "a 2026-03-28T08:00Z..2026-03-28T16:00Z",
            "- 2026-03-28T16:00Z..2026-03-29T07:00Z",
            "a 2026-03-29T07:00Z..2026-03-29T15:00Z",
        ]
    );
}

#[test]
fn an_override_wins_and_ends_and_the_later_goes_before() {
    let daily = roster("UTC", "a,b 2026-11-23T09:00 1d 09:00");
    let held = [
        stands_in("c", utc("2026-11-23T12:00Z"), utc("2026-11-24T12:00Z")),
        stands_in("d", utc("2026-11-23T20:00Z"), utc("2026-11-23T22:00Z")),
    ];
    let expected = [
        "a 2026-11-23T09:00Z..2026-11-23T12:00Z",
        "c 2026-11-23T12:00Z..2026-11-23T20:00Z",
        "d 2026-11-23T20:00Z..2026-11-23T22:00Z",
        "c 2026-11-23T22:00Z..2026-11-24T12:00Z",
        "b 2026-11-24T12:00Z..2026-11-25T09:00Z",
    ];
    assert_eq!(
        shifts(&daily, &held, "2026-11-23T09:00Z", "2026-11-25T09:00Z"),
        expected
    );
    let mut other = stands_in("e", utc("2026-11-23T00:00Z"), utc("2026-11-30T00:00Z"));
    other.schedule = fengbiao_model::ScheduleId::new("another").unwrap();
    let held = [held[0].clone(), held[1].clone(), other];
    assert_eq!(
        shifts(&daily, &held, "2026-11-23T09:00Z", "2026-11-25T09:00Z"),
        expected
    );
}

#[test]
fn an_override_that_fits_a_shift_makes_one_shift_of_two() {
    let daily = roster("UTC", "a,b 2026-11-23T09:00 1d 09:00");
    let held = [stands_in(
        "a",
        utc("2026-11-24T09:00Z"),
        utc("2026-11-25T09:00Z"),
    )];
    assert_eq!(
        shifts(&daily, &held, "2026-11-23T09:00Z", "2026-11-26T09:00Z"),
        ["a 2026-11-23T09:00Z..2026-11-26T09:00Z"]
    );
}

#[test]
fn who_is_alone_is_never_relieved() {
    let alone = roster("UTC", "a 2026-11-23T09:00 1h 09:00");
    assert_eq!(alone.next_hand_over(&[], utc("2026-11-23T09:00Z")), None);
    let nobody = Roster::new(&schedule("UTC", Vec::new())).unwrap();
    assert_eq!(nobody.on_call(&[], utc("2026-11-23T09:00Z")), None);
    assert_eq!(nobody.next_hand_over(&[], utc("2026-11-23T09:00Z")), None);
}
