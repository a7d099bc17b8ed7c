//! Where routes lead, and the pace they keep.

use std::collections::BTreeSet;

use fengbiao_alerter::{Alerter, Change, Step};
use fengbiao_model::*;

use crate::script::{check, policy};

#[test]
fn the_first_waits_and_what_comes_meanwhile_goes_with_it_then_it_repeats() {
    check(
        r#"
        00:00 policy III="posts_1h >= 1" II="posts_1h >= 3" wait=5m repeat=1h calm=24h
        00:00 hit place=甲县
        00:02 hit place=甲县 times=2
        00:05 expect opened #1 II 甲县 to desk merged 1
        01:05 expect repeated #1 II 甲县 to desk
        01:30 silence 1 for=1h
        03:05 expect repeated #1 II 甲县 to desk
        03:10 ack 1
        20:00 tick
        "#,
    );
}

#[test]
fn within_the_interval_only_what_is_louder_goes() {
    check(
        r#"
        00:00 policy IV="posts_10m >= 1" III="posts_10m >= 2" II="posts_10m >= 5" interval=1h calm=30m
        00:00 hit place=甲县 times=2
        00:00 expect opened #1 IV 甲县 to desk
        00:00 expect raised #1 III 甲县 to desk
        00:20 hit place=甲县
        00:45 hit place=甲县 times=2
        01:00 expect withheld superseded desk
        01:05 hit place=甲县 times=5
        01:05 expect raised #1 II 甲县 to desk
        01:20 hit place=甲县
        01:45 hit place=甲县
        02:00 hit place=甲县
        02:05 expect calmed #1 IV 甲县 to desk
        02:31 expect closed #1 IV 甲县 to desk
        "#,
    );
}

/// Receivers `a` to `d`, a topic `food`, and this tree.
fn told(routes: Vec<Route>, tier: &str, place: &str) -> BTreeSet<String> {
    let mut policy = policy(&format!(r#"{tier}="posts_1h >= 1" topics=power"#));
    policy.receivers = ["a", "b", "c", "d"]
        .map(|name| {
            let id = ReceiverId::new(name).unwrap();
            let receiver = Receiver {
                id: id.clone(),
                pages: false,
                quiet: None,
            };
            (id, receiver)
        })
        .into();
    policy.route = Route {
        to: vec![to("d")],
        routes,
        ..Route::default()
    };
    let mut alerter = Alerter::new();
    let hit = crate::script::hit_at(place);
    let effects = alerter.step(&Step {
        wall: crate::script::MIDNIGHT,
        commands: vec![Command {
            number: 1,
            at: crate::script::MIDNIGHT,
            by: Actor::daemon(),
            action: Action::Policy(Box::new(policy)),
        }],
        hits: vec![(Position::default(), HitRecord::Hit(hit))],
        ..Step::default()
    });
    let notices = effects.changes.iter().filter_map(|change| match change {
        Change::Notice(notice) => Some(notice.key.receiver.to_string()),
        _ => None,
    });
    notices.collect()
}

fn to(name: &str) -> Target {
    Target::Receiver(ReceiverId::new(name).unwrap())
}

fn route(name: &str, takes: Filter) -> Route {
    Route {
        takes,
        to: vec![to(name)],
        ..Route::default()
    }
}

fn from(tier: Tier) -> Filter {
    Filter {
        from_tier: Some(tier),
        ..Filter::default()
    }
}

fn of(place: &str) -> Filter {
    Filter {
        subjects: Some([place.to_owned()].into()),
        ..Filter::default()
    }
}

#[test]
fn the_first_child_that_takes_it_tells_it() {
    let on = |route: Route| Route {
        goes_on: true,
        ..route
    };
    let times = |text: &str| {
        Some(WeeklyTimes {
            zone: Zone::new("UTC").unwrap(),
            intervals: vec![text.parse().unwrap()],
        })
    };
    // Name, children of the root (whose own target is d), tier and place of the incident, told.
    type Row = (
        &'static str,
        Vec<Route>,
        &'static str,
        &'static str,
        &'static [&'static str],
    );
    let table: Vec<Row> = vec![
        ("no child: the root", vec![], "III", "甲县", &["d"]),
        (
            "none takes it: the root",
            vec![route("a", from(Tier::II))],
            "III",
            "甲县",
            &["d"],
        ),
        (
            "one takes it: not the root",
            vec![route("a", from(Tier::III))],
            "III",
            "甲县",
            &["a"],
        ),
        (
            "the first that takes it ends the search",
            vec![route("a", Filter::default()), route("b", Filter::default())],
            "III",
            "甲县",
            &["a"],
        ),
        (
            "unless it goes on",
            vec![
                on(route("a", Filter::default())),
                route("b", Filter::default()),
            ],
            "III",
            "甲县",
            &["a", "b"],
        ),
        (
            "a child of a child, and not its parent",
            vec![Route {
                routes: vec![route("b", of("甲县"))],
                ..route("a", Filter::default())
            }],
            "III",
            "甲县",
            &["b"],
        ),
        (
            "the parent where its child does not take it",
            vec![Route {
                routes: vec![route("b", of("乙县"))],
                ..route("a", Filter::default())
            }],
            "III",
            "甲县",
            &["a"],
        ),
        (
            "another topic",
            vec![route("a", crate::policies::filter("power"))],
            "III",
            "甲县",
            &["d"],
        ),
        (
            "its hours",
            vec![Route {
                times: times("Thu 00:00-01:00"),
                ..route("a", Filter::default())
            }],
            "III",
            "甲县",
            &["a"],
        ),
        (
            "not its hours",
            vec![Route {
                times: times("Thu 01:00-02:00"),
                ..route("a", Filter::default())
            }],
            "III",
            "甲县",
            &["d"],
        ),
    ];
    for (name, routes, tier, place, expected) in table {
        let expected: BTreeSet<String> = expected.iter().map(|id| (*id).to_owned()).collect();
        assert_eq!(told(routes, tier, place), expected, "{name}");
    }
}

#[test]
fn quiet_hours_that_never_end_are_refused() {
    for (quiet, refused) in [
        ("Mon-Sun 00:00-24:00", true),
        ("Mon-Sun 00:00-23:59", false),
    ] {
        let line = format!(r#"III="posts_1h >= 1" pager=III quiet="{quiet}""#);
        let told =
            fengbiao_alerter::check_policy(&policy(&line)).map_err(|errors| errors.to_string());
        let wanted = "receiver `pager` has quiet hours all week long, expected some time outside";
        assert_eq!(
            told.is_err_and(|errors| errors.contains(wanted)),
            refused,
            "{quiet}"
        );
    }
}
