//! What holds for any schedule, any hours, any instant.

use fengbiao_alerter::calendar::{Hours, Roster, Shift};
use fengbiao_model::{
    Calendar, CalendarId, Date, Layer, LocalMinute, Override, Schedule, TimeOfDay, TimeSpan,
    Timestamp, Turn, Weekday, Weekdays, WeeklyInterval, WeeklyTimes,
};
use proptest::collection::{btree_set, vec};
use proptest::option::of;
use proptest::prelude::{
    ProptestConfig, Strategy, prop_assert, prop_assert_eq, prop_assert_ne, prop_oneof, proptest,
};
use proptest::sample::select;

use crate::support::{clock, receiver, schedule, stands_in, utc, zone};

/// Zones with an ordinary change, half an hour's, a skipped day, one at 00:01, and none.
const ZONES: [&str; 7] = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/St_Johns",
    "Asia/Shanghai",
    "Antarctica/Troll",
];

/// Around changes: the weeks in which something happens somewhere in [`ZONES`].
fn instants() -> impl Strategy<Value = Timestamp> {
    let weeks = [
        "2026-03-05T00:00Z",
        "2026-03-26T00:00Z",
        "2026-04-02T00:00Z",
        "2026-10-01T00:00Z",
        "2026-10-22T00:00Z",
        "2026-10-29T00:00Z",
        "2010-11-04T00:00Z",
        "2011-12-27T00:00Z",
    ]
    .map(utc);
    (0..weeks.len(), 0_i64..6 * 24 * 60)
        .prop_map(move |(week, minute)| weeks[week] + TimeSpan::from_minutes(minute))
}

fn times_of_day() -> impl Strategy<Value = TimeOfDay> {
    // Few, so that ends meet; many between midnight and four, where the clocks change.
    (
        select(&[0_u8, 1, 2, 3, 4, 9, 12, 22][..]),
        select(&[0_u8, 1, 15, 30][..]),
    )
        .prop_map(|(hour, minute)| TimeOfDay::new(hour, minute).unwrap())
}

fn intervals() -> impl Strategy<Value = Vec<WeeklyInterval>> {
    let days = vec(select(&Weekday::ALL[..]), 1..7);
    let one = (days, times_of_day(), times_of_day())
        .prop_filter_map("no length", |(d, from, to)| {
            WeeklyInterval::new(d.into_iter().collect::<Weekdays>(), from, to)
        });
    vec(one, 1..4)
}

fn weekly() -> impl Strategy<Value = WeeklyTimes> {
    (select(&ZONES[..]), intervals()).prop_map(|(name, intervals)| WeeklyTimes {
        zone: zone(name),
        intervals,
    })
}

fn calendars() -> impl Strategy<Value = Hours> {
    let days = || btree_set((select(&[3_u8, 4, 10, 11][..]), 1_u8..=30), 0..8);
    let like = select(&Weekday::ALL[..]);
    (weekly(), days(), days(), like).prop_map(|(times, holidays, make_up, make_up_like)| {
        let dates = |days: std::collections::BTreeSet<(u8, u8)>| {
            let date = |(month, day)| Date::new(2026, month, day).unwrap();
            days.into_iter()
                .map(|day| (date(day), String::new()))
                .collect()
        };
        let calendar = Calendar {
            id: CalendarId::new("office").unwrap(),
            zone: times.zone,
            hours: times.intervals,
            holidays: dates(holidays),
            make_up_days: dates(make_up),
            make_up_like,
        };
        Hours::of_calendar(&calendar).unwrap()
    })
}

fn layers() -> impl Strategy<Value = Layer> {
    let turns = prop_oneof![
        (1_u16..30).prop_map(Turn::Hours),
        (1_u16..4).prop_map(Turn::Days),
        (1_u16..3).prop_map(Turn::Weeks),
    ];
    let start = (
        select(&[2010_i16, 2026][..]),
        select(&[2_u8, 3, 10, 11][..]),
        1_u8..=28,
    );
    let members = vec(select(&["a", "b", "c"][..]), 1..4);
    (
        members,
        start,
        times_of_day(),
        turns,
        times_of_day(),
        of(weekly()),
    )
        .prop_map(
            |(members, (year, month, day), time, turn, hand_over, only)| Layer {
                members: members.into_iter().map(receiver).collect(),
                starts: LocalMinute {
                    date: Date::new(year, month, day).unwrap(),
                    time,
                },
                turn,
                hand_over,
                only,
            },
        )
}

fn schedules() -> impl Strategy<Value = Schedule> {
    (select(&ZONES[..]), vec(layers(), 1..3)).prop_map(|(zone, layers)| schedule(zone, layers))
}

fn overrides() -> impl Strategy<Value = Vec<Override>> {
    let one =
        (select(&["a", "d"][..]), instants(), 1_i64..3_000).prop_map(|(who, from, minutes)| {
            stands_in(who, from, from + TimeSpan::from_minutes(minutes))
        });
    vec(one, 0..3)
}

/// Neighbours that are the same are one.
fn joined(shifts: impl IntoIterator<Item = Shift>) -> Vec<Shift> {
    let mut whole: Vec<Shift> = Vec::new();
    for shift in shifts {
        match whole.last_mut() {
            Some(last) if last.to == shift.from && last.on_call == shift.on_call => {
                last.to = shift.to;
            }
            _ => whole.push(shift),
        }
    }
    whole
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn shifts_tile_time_and_say_who_is_on_call(
        schedule in schedules(),
        held in overrides(),
        from in instants(),
        days in 1_i64..20,
        asked in vec(0_i64..20 * 24 * 60, 20),
    ) {
        let roster = Roster::new(&schedule).unwrap();
        let to = from + TimeSpan::from_hours(24 * days);
        let shifts = roster.shifts(&held, from, to);
        prop_assert_eq!(shifts.first().map(|shift| shift.from), Some(from));
        prop_assert_eq!(shifts.last().map(|shift| shift.to), Some(to));
        for shift in &shifts {
            prop_assert!(shift.from < shift.to);
        }
        for pair in shifts.windows(2) {
            prop_assert_eq!(pair[0].to, pair[1].from);
            prop_assert_ne!(&pair[0].on_call, &pair[1].on_call);
        }
        // Minute by minute somebody else could be found: ask at random, and at both sides of each
        // end.
        let random = asked.into_iter().map(|minute| from + TimeSpan::from_minutes(minute));
        let ends = shifts.iter().flat_map(|shift| [shift.from, shift.to - TimeSpan::from_millis(1)]);
        for at in random.chain(ends).filter(|at| *at < to) {
            let shift = shifts.iter().find(|shift| shift.from <= at && at < shift.to).unwrap();
            prop_assert_eq!(&roster.on_call(&held, at), &shift.on_call);
        }
    }

    #[test]
    fn a_question_may_be_cut_in_two(
        schedule in schedules(),
        held in overrides(),
        from in instants(),
        minutes in (1_i64..10_000, 1_i64..10_000),
    ) {
        let roster = Roster::new(&schedule).unwrap();
        let middle = from + TimeSpan::from_minutes(minutes.0);
        let to = middle + TimeSpan::from_minutes(minutes.1);
        let parts = roster.shifts(&held, from, middle).into_iter().chain(roster.shifts(&held, middle, to));
        prop_assert_eq!(joined(parts), roster.shifts(&held, from, to));
    }

    #[test]
    fn an_override_wins_and_then_ends(
        schedule in schedules(),
        from in instants(),
        minutes in 1_i64..5_000,
        inside in 0.0_f64..1.0,
    ) {
        let roster = Roster::new(&schedule).unwrap();
        let to = from + TimeSpan::from_minutes(minutes);
        let held = [stands_in("z", from, to)];
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a place within")]
        let within = from + TimeSpan::from_millis((inside * (minutes * 60_000) as f64) as i64);
        prop_assert_eq!(roster.on_call(&held, within), Some(receiver("z")));
        for at in [from - TimeSpan::from_millis(1), to, to + TimeSpan::from_hours(5)] {
            prop_assert_eq!(roster.on_call(&held, at), roster.on_call(&[], at));
        }
        let ends = roster.next_hand_over(&held, within).map(|change| change.at);
        prop_assert_eq!(ends, Some(to).filter(|_| roster.on_call(&[], to) != Some(receiver("z"))));
    }

    #[test]
    fn business_after_and_business_between_agree(
        hours in calendars(),
        start in instants(),
        minutes in 0_i64..20_000,
    ) {
        let span = TimeSpan::from_minutes(minutes);
        if let Some(end) = hours.business_after(start, span) {
            prop_assert_eq!(hours.business_between(start, end), Some(span));
            if minutes > 0 {
                // It is the first such instant.
                let before = end - TimeSpan::from_millis(1);
                prop_assert!(hours.business_between(start, before) < Some(span));
                prop_assert!(hours.contains(before));
            }
        }
    }

    #[test]
    fn business_time_may_be_cut_in_two(
        hours in calendars(),
        from in instants(),
        minutes in (0_i64..10_000, 0_i64..10_000),
    ) {
        let middle = from + TimeSpan::from_minutes(minutes.0);
        let to = middle + TimeSpan::from_minutes(minutes.1);
        let counted = |from, to| hours.business_between(from, to).unwrap().as_millis();
        prop_assert_eq!(counted(from, middle) + counted(middle, to), counted(from, to));
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Minute by minute, the three ways of asking say the same.
    #[test]
    fn standing_contains_and_business_agree(hours in calendars(), from in instants()) {
        let mut at = from;
        let end = from + TimeSpan::from_hours(60);
        let minute = TimeSpan::from_minutes(1);
        let mut counted = 0;
        while at < end {
            let standing = hours.standing(at);
            let until = standing.until().unwrap_or(end).min(end);
            prop_assert!(until > at);
            if let Some(until) = standing.until() {
                prop_assert_ne!(hours.contains(until), standing.is_inside());
            }
            while at < until {
                prop_assert_eq!(hours.contains(at), standing.is_inside());
                counted += i64::from(standing.is_inside());
                at = at + minute;
            }
        }
        prop_assert_eq!(hours.business_between(from, end), Some(TimeSpan::from_minutes(counted)));
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Later on the wall is never earlier in fact.
    #[test]
    fn instants_keep_the_order_of_local_times(
        name in select(&ZONES[..]),
        day in (select(&[(2010_i16, 11_u8), (2011, 12), (2026, 3), (2026, 4), (2026, 10)][..]), 1_u8..=30),
        times in ((0_u8..24, 0_u8..60), (0_u8..24, 0_u8..60)),
    ) {
        let ((year, month), day) = day;
        let date = Date::new(year, month, day).unwrap();
        let local = |(hour, minute)| LocalMinute {
            date,
            time: TimeOfDay::new(hour, minute).unwrap(),
        };
        let clock = clock(name);
        let (first, last) = (times.0.min(times.1), times.0.max(times.1));
        prop_assert!(clock.instant(local(first)) <= clock.instant(local(last)));
    }
}
