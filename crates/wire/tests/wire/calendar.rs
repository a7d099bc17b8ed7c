//! Schedules, calendars and overrides on the wire.

use fengbiao_model::{
    Actor, Calendar, CalendarId, Date, Layer, LocalMinute, Override, Policy, ReceiverId, Schedule,
    ScheduleId, TimeOfDay, Turn, Weekday, Weekdays, WeeklyInterval, WeeklyTimes, Zone,
};
use fengbiao_wire::{OverrideJson, decode_policy, encode_policy};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;

use crate::{golden, samples};

fn receiver(id: &str) -> ReceiverId {
    ReceiverId::new(id).unwrap()
}

/// The policy of the samples, with people on call and hours of business.
fn policy() -> Policy {
    let nights = WeeklyTimes {
        zone: Zone::new("Europe/Berlin").unwrap(),
        intervals: vec![
            "Mon-Fri 22:00-07:00".parse().unwrap(),
            "Sat,Sun 00:00-24:00".parse().unwrap(),
        ],
    };
    let layer = |turn: &str, only| Layer {
        members: vec![receiver("food-desk"), receiver("all")],
        starts: "2026-01-05 09:00".parse().unwrap(),
        turn: turn.parse().unwrap(),
        hand_over: "09:00".parse().unwrap(),
        only,
    };
    let schedule = Schedule {
        id: ScheduleId::new("duty").unwrap(),
        zone: Zone::new("Asia/Shanghai").unwrap(),
        layers: vec![layer("12h", Some(nights)), layer("1w", None)],
    };
    let day = |date: &str, name: &str| (date.parse().unwrap(), name.to_owned());
    let calendar = Calendar {
        id: CalendarId::new("office").unwrap(),
        zone: Zone::new("Asia/Shanghai").unwrap(),
        hours: vec!["Mon-Fri 09:00-18:00".parse().unwrap()],
        holidays: [day("2026-10-01", "国庆节"), day("2026-10-02", "国庆节")].into(),
        make_up_days: [day("2026-10-10", "补班")].into(),
        make_up_like: Weekday::Monday,
    };
    Policy {
        schedules: [(schedule.id.clone(), schedule)].into(),
        calendars: [(calendar.id.clone(), calendar)].into(),
        ..samples::policy()
    }
}

#[test]
fn a_policy_with_schedules_and_calendars_keeps_its_bytes() {
    let file = "policy-with-calendar.json";
    golden::check(file, &policy(), encode_policy, decode_policy);
}

#[test]
fn an_override_comes_back() {
    let held = Override {
        schedule: ScheduleId::new("duty").unwrap(),
        receiver: receiver("food-desk"),
        from: samples::at("2026-11-23T01:00:00Z"),
        to: samples::at("2026-11-24T01:00:00Z"),
        by: Actor::new("王明").unwrap(),
    };
    let text = serde_json::to_string(&OverrideJson::from(&held)).unwrap();
    let expected = r#"{"schedule":"duty","receiver":"food-desk","from":"2026-11-23T01:00:00.000Z","to":"2026-11-24T01:00:00.000Z","by":"王明"}"#;
    assert_eq!(text, expected);
    let back: OverrideJson<'_> = serde_json::from_str(expected).unwrap();
    assert_eq!(back.into_model(), Ok(held));
}

#[test]
fn what_is_no_time_is_refused_with_its_value() {
    let golden = String::from_utf8(encode_policy(&policy())).unwrap();
    for (written, wrong, message) in [
        (
            "\"12h\"",
            "\"12m\"",
            "string \"12m\", expected a number of hours, days or weeks",
        ),
        (
            "2026-01-05 09:00",
            "2026-02-30 09:00",
            "string \"2026-02-30 09:00\", expected a local",
        ),
        (
            "\"hand_over\":\"09:00\"",
            "\"hand_over\":\"9\"",
            "expected a time of day",
        ),
        (
            "Mon-Fri 22:00-07:00",
            "Mon-Fri 22:00-22:00",
            "expected days and two different times",
        ),
        ("2026-10-10", "2026-13-10", "expected a date that there is"),
        (
            "\"make_up_like\":\"Mon\"",
            "\"make_up_like\":\"mon\"",
            "expected one of `Mon`",
        ),
        (
            "Europe/Berlin",
            "Europe Berlin",
            "has the character ` ` at byte 6",
        ),
        (
            "2026-10-02",
            "2026-10-01",
            "is `2026-10-01` twice, expected every date once",
        ),
        (
            "\"turn\":\"1w\"",
            "\"turn\":\"1w\",\"colour\":1",
            "unknown field `colour`",
        ),
    ] {
        assert!(golden.contains(written), "{written}");
        let faulty = golden.replacen(written, wrong, 1);
        let error = decode_policy(faulty.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(message), "{wrong}: {error}");
    }
}

fn zones() -> impl Strategy<Value = Zone> {
    const NAMES: [&str; 3] = [
        "Asia/Shanghai",
        "Etc/GMT+8",
        "America/Argentina/Buenos_Aires",
    ];
    select(&NAMES[..]).prop_map(|name| Zone::new(name).unwrap())
}

fn times() -> impl Strategy<Value = TimeOfDay> {
    (0_u8..24, 0_u8..60).prop_map(|(hour, minute)| TimeOfDay::new(hour, minute).unwrap())
}

fn dates() -> impl Strategy<Value = Date> {
    (1970_i16..=9998, 1_u8..=12, 1_u8..=28)
        .prop_map(|(year, month, day)| Date::new(year, month, day).unwrap())
}

fn intervals() -> impl Strategy<Value = Vec<WeeklyInterval>> {
    let days = vec(select(&Weekday::ALL[..]), 1..7);
    let one = (days, times(), times()).prop_filter_map("no length", |(days, from, to)| {
        let days: Weekdays = days.into_iter().collect();
        WeeklyInterval::new(days, from, to)
    });
    vec(one, 1..5)
}

fn layers() -> impl Strategy<Value = Layer> {
    let members = vec("[a-z][a-z-]{0,8}", 1..4);
    let turns = prop_oneof![
        any::<u16>().prop_map(Turn::Hours),
        any::<u16>().prop_map(Turn::Days),
        any::<u16>().prop_map(Turn::Weeks),
    ];
    let only = of((zones(), intervals()));
    (members, (dates(), times()), turns, times(), only).prop_map(
        |(members, (date, time), turn, hand_over, only)| Layer {
            members: members.iter().map(|member| receiver(member)).collect(),
            starts: LocalMinute { date, time },
            turn,
            hand_over,
            only: only.map(|(zone, intervals)| WeeklyTimes { zone, intervals }),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_schedule_and_calendar_come_back(
        zone in zones(),
        layers in vec(layers(), 0..4),
        hours in intervals(),
        holidays in btree_map(dates(), "\\PC{0,8}", 0..5),
        make_up_days in btree_map(dates(), "\\PC{0,8}", 0..5),
        make_up_like in select(&Weekday::ALL[..]),
    ) {
        let schedule = Schedule {
            id: ScheduleId::new("s").unwrap(),
            zone: zone.clone(),
            layers,
        };
        let id = CalendarId::new("c").unwrap();
        let calendar = Calendar { id, zone, hours, holidays, make_up_days, make_up_like };
        let policy = Policy {
            schedules: [(schedule.id.clone(), schedule)].into(),
            calendars: [(calendar.id.clone(), calendar)].into(),
            ..Policy::default()
        };
        prop_assert_eq!(decode_policy(&encode_policy(&policy)), Ok(policy));
    }
}
