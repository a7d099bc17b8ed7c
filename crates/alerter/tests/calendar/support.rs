//! Short words for the values of the tables.

use fengbiao_alerter::calendar::{Hours, LocalClock, Roster};
use fengbiao_model::{
    Actor, Calendar, CalendarId, Layer, Override, ReceiverId, Schedule, ScheduleId, Timestamp,
    Weekday, WeeklyTimes, Zone,
};

pub(crate) fn zone(name: &str) -> Zone {
    Zone::new(name).unwrap()
}

pub(crate) fn clock(name: &str) -> LocalClock {
    LocalClock::new(&zone(name)).unwrap()
}

/// `2026-03-08T07:00Z`.
pub(crate) fn utc(text: &str) -> Timestamp {
    let whole: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_millis(whole.as_millisecond())
}

/// As [`utc`] reads it.
pub(crate) fn shown(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap();
    at.to_string().replace(":00Z", "Z")
}

pub(crate) fn receiver(id: &str) -> ReceiverId {
    ReceiverId::new(id).unwrap()
}

pub(crate) fn times(zone_name: &str, intervals: &[&str]) -> WeeklyTimes {
    WeeklyTimes {
        zone: zone(zone_name),
        intervals: intervals.iter().map(|one| one.parse().unwrap()).collect(),
    }
}

pub(crate) fn hours(zone_name: &str, intervals: &[&str]) -> Hours {
    Hours::of_week(&times(zone_name, intervals)).unwrap()
}

/// Business from 09:00 to 12:00 and 13:00 to 18:00, the National Day of 2026 and its make-up days.
pub(crate) fn office() -> Calendar {
    let day = |date: &str| (date.parse().unwrap(), String::new());
    let holidays = (1..=7).map(|number| day(&format!("2026-10-0{number}")));
    Calendar {
        id: CalendarId::new("office").unwrap(),
        zone: zone("Asia/Shanghai"),
        hours: vec![
            "Mon-Fri 09:00-12:00".parse().unwrap(),
            "Mon-Fri 13:00-18:00".parse().unwrap(),
        ],
        holidays: holidays.collect(),
        make_up_days: ["2026-09-20", "2026-10-10"].map(day).into(),
        make_up_like: Weekday::Monday,
    }
}

/// A layer from `a,b 2026-01-05T09:00 1d 09:00`.
pub(crate) fn layer(line: &str) -> Layer {
    let mut words = line.split(' ');
    let mut next = || words.next().unwrap();
    Layer {
        members: next().split(',').map(receiver).collect(),
        starts: next().parse().unwrap(),
        turn: next().parse().unwrap(),
        hand_over: next().parse().unwrap(),
        only: None,
    }
}

pub(crate) fn schedule(zone_name: &str, layers: Vec<Layer>) -> Schedule {
    Schedule {
        id: ScheduleId::new("duty").unwrap(),
        zone: zone(zone_name),
        layers,
    }
}

pub(crate) fn roster(zone_name: &str, line: &str) -> Roster {
    Roster::new(&schedule(zone_name, vec![layer(line)])).unwrap()
}

pub(crate) fn stands_in(who: &str, from: Timestamp, to: Timestamp) -> Override {
    Override {
        schedule: ScheduleId::new("duty").unwrap(),
        receiver: receiver(who),
        from,
        to,
        by: Actor::new("chief").unwrap(),
    }
}

/// `a 2026-03-07T14:00Z..2026-03-08T13:00Z`, one shift a line; `-` is nobody.
pub(crate) fn shifts(roster: &Roster, held: &[Override], from: &str, to: &str) -> Vec<String> {
    let line = |shift: fengbiao_alerter::calendar::Shift| {
        let who = shift.on_call.map_or("-".to_owned(), |who| who.to_string());
        format!("{who} {}..{}", shown(shift.from), shown(shift.to))
    };
    let shifts = roster.shifts(held, utc(from), utc(to));
    shifts.into_iter().map(line).collect()
}
