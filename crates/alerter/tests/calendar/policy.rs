//! What `check_policy` refuses of schedules and calendars, each fault with its value.

use fengbiao_alerter::check_policy;
use fengbiao_model::{
    Calendar, CalendarId, Layer, Policy, Receiver, Schedule, ScheduleId, Tier, TimeSpan, Turn,
    Weekday,
};

use crate::support::{layer, office, receiver, schedule, times, zone};

fn policy(schedule: Schedule, calendar: Calendar) -> Policy {
    let receiver = |id| Receiver {
        id: receiver(id),
        from_tier: Tier::III,
        topics: None,
        group_wait: TimeSpan::ZERO,
        repeat_interval: TimeSpan::ZERO,
        pages: true,
    };
    Policy {
        receivers: ["a", "b"].map(|id| (receiver(id).id, receiver(id))).into(),
        schedules: [(ScheduleId::new("duty").unwrap(), schedule)].into(),
        calendars: [(CalendarId::new("office").unwrap(), calendar)].into(),
        ..Policy::default()
    }
}

fn sound() -> Schedule {
    let mut first = layer("a,b 2026-01-05T09:00 1d 09:00");
    first.only = Some(times("UTC", &["Mon-Fri 22:00-07:00"]));
    schedule(
        "Asia/Shanghai",
        vec![first, layer("a 2026-01-05T09:00 366d 00:00")],
    )
}

fn said(policy: &Policy) -> String {
    check_policy(policy).map_or_else(|errors| errors.to_string(), |()| "sound".to_owned())
}

#[track_caller]
fn in_layer(change: impl FnOnce(&mut Layer), expected: &str) {
    let mut faulty = sound();
    change(&mut faulty.layers[0]);
    let expected = format!("schedule `duty`: layer 1 {expected}");
    assert_eq!(said(&policy(faulty, office())), expected);
}

#[track_caller]
fn in_calendar(change: impl FnOnce(&mut Calendar), expected: &str) {
    let mut faulty = office();
    change(&mut faulty);
    let expected = format!("calendar `office`: {expected}");
    assert_eq!(said(&policy(sound(), faulty)), expected);
}

#[test]
fn sound_ones_are_not_refused() {
    assert_eq!(said(&policy(sound(), office())), "sound");
}

#[test]
fn schedules() {
    let mut elsewhere = sound();
    elsewhere.zone = zone("Asia/Beijing");
    assert_eq!(
        said(&policy(elsewhere, office())),
        "schedule `duty`: `Asia/Beijing` is no time zone, expected an IANA name such as \
         `Asia/Shanghai`"
    );
    let mut renamed = sound();
    renamed.id = ScheduleId::new("night").unwrap();
    assert_eq!(
        said(&policy(renamed, office())),
        "schedule `night`: stands under `duty`, expected its own id"
    );
    assert_eq!(
        said(&policy(schedule("UTC", Vec::new()), office())),
        "schedule `duty`: has 0 layers, expected 1 to 16"
    );
}

#[test]
fn layers() {
    in_layer(
        |one| one.members.clear(),
        "has 0 members, expected 1 to 100",
    );
    in_layer(
        |one| one.members.push(receiver("zoe")),
        "names the member `zoe`, expected one of the receivers",
    );
    for turn in [
        Turn::Hours(0),
        Turn::Days(0),
        Turn::Weeks(53),
        Turn::Days(367),
    ] {
        in_layer(
            |one| one.turn = turn,
            &format!("has `turn` = `{turn}`, expected at least 1h and at most 366d"),
        );
    }
    in_layer(
        |one| one.hand_over = "24:00".parse().unwrap(),
        "has `hand_over` at `24:00`, expected `00:00` to `23:59`",
    );
    in_layer(
        |one| one.starts = "2026-01-05 24:00".parse().unwrap(),
        "has `starts` at `24:00`, expected `00:00` to `23:59`",
    );
    in_layer(
        |one| one.only = Some(times("Mars/Base", &["Mon 01:00-02:00"])),
        "`Mars/Base` is no time zone, expected an IANA name such as `Asia/Shanghai`",
    );
    in_layer(
        |one| one.only = Some(times("UTC", &[])),
        "has 0 weekly intervals, expected 1 to 64",
    );
}

#[test]
fn calendars() {
    in_calendar(
        |one| one.zone = zone("CST"),
        "`CST` is no time zone, expected an IANA name such as `Asia/Shanghai`",
    );
    let mut renamed = office();
    renamed.id = CalendarId::new("works").unwrap();
    assert_eq!(
        said(&policy(sound(), renamed)),
        "calendar `works`: stands under `office`, expected its own id"
    );
    in_calendar(
        |one| one.hours.truncate(0),
        "has 0 weekly intervals, expected 1 to 64",
    );
    in_calendar(
        |one| {
            one.make_up_days
                .insert("2026-10-01".parse().unwrap(), String::new());
        },
        "has `2026-10-01` as a holiday and as a make-up day, expected one of them",
    );
    in_calendar(
        |one| one.make_up_like = Weekday::Sunday,
        "has make-up days like `Sun`, expected a weekday with hours",
    );
}

#[test]
fn every_fault_is_said_at_once() {
    let mut faulty = sound();
    faulty.layers[0].members.clear();
    faulty.layers[1].turn = Turn::Days(0);
    let mut calendar = office();
    calendar.zone = zone("Nowhere");
    let said = said(&policy(faulty, calendar));
    assert_eq!(said.split("; ").count(), 3, "{said}");
}
