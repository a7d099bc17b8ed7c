//! Routes, chains, inhibitions, deadline rules and silences on the wire.

use std::collections::BTreeMap;

use fengbiao_model::{
    Actor, CalendarId, Chain, ChainId, DeadlineRule, Duty, Filter, IncidentNumber, Inhibition,
    LabelKey, Pace, Policy, Receiver, ReceiverId, Route, ScheduleId, Silence, SilenceNumber,
    Silenced, StepTarget, Storm, Target, Tier, TimeSpan, TopicId, WeeklyTimes, Zone,
};
use fengbiao_wire::{SilenceJson, decode_command, decode_policy, encode_policy};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::of;
use proptest::prelude::{
    Just, ProptestConfig, Strategy, any, prop_assert_eq, prop_oneof, proptest,
};
use proptest::sample::select;

use crate::{golden, samples};

fn receiver(id: &str) -> ReceiverId {
    ReceiverId::new(id).unwrap()
}

fn nights() -> WeeklyTimes {
    WeeklyTimes {
        zone: Zone::new("Asia/Shanghai").unwrap(),
        intervals: vec!["Mon-Sun 22:00-07:00".parse().unwrap()],
    }
}

fn chain() -> Chain {
    Chain {
        id: ChainId::new("night").unwrap(),
        acknowledge_within: BTreeMap::from([
            (Tier::III, TimeSpan::from_minutes(30)),
            (Tier::I, TimeSpan::from_minutes(5)),
        ]),
        steps: vec![
            vec![StepTarget::Schedule(ScheduleId::new("duty").unwrap())],
            vec![
                StepTarget::Receiver(receiver("food-desk")),
                StepTarget::Receiver(receiver("all")),
            ],
        ],
        last_resort: receiver("all"),
    }
}

/// The policy of the samples, with one of every part that decides who is told.
fn policy() -> Policy {
    let subject = |name: &str| Filter {
        subjects: Some([name.to_owned()].into()),
        ..Filter::default()
    };
    let leaf = Route {
        takes: subject("*"),
        times: Some(nights()),
        to: vec![
            Target::Chain(ChainId::new("night").unwrap()),
            Target::Schedule(ScheduleId::new("duty").unwrap()),
        ],
        goes_on: true,
        ..Route::default()
    };
    let mut policy = samples::policy();
    policy.route.routes[0].routes.push(leaf);
    policy.route.pace.group_interval = Some(TimeSpan::from_minutes(5));
    policy.receivers.get_mut(&receiver("all")).unwrap().quiet = Some(nights());
    policy.inhibitions.push(Inhibition {
        by: subject("安宁市"),
        mutes: Filter {
            from_tier: Some(Tier::IV),
            ..Filter::default()
        },
    });
    policy.chains.insert(chain().id, chain());
    policy.deadlines = vec![DeadlineRule {
        duty: Duty::FollowUp,
        topics: Some([TopicId::new("food-safety").unwrap()].into()),
        from_tier: Tier::III,
        within: TimeSpan::from_hours(24),
        warn_before: TimeSpan::from_hours(1),
        calendar: Some(CalendarId::new("office").unwrap()),
    }];
    policy.acknowledgement_valid = BTreeMap::from([(Tier::I, TimeSpan::from_hours(2))]);
    policy.storm.notices = 0;
    policy
}

#[test]
fn a_policy_with_routes_and_chains_keeps_its_bytes() {
    golden::check(
        "policy-with-routes.json",
        &policy(),
        encode_policy,
        decode_policy,
    );
}

#[test]
fn a_silence_comes_back() {
    let silence = Silence {
        number: SilenceNumber(7),
        covers: Silenced::Incident(IncidentNumber::new(2026, 2).unwrap()),
        from: samples::at("2026-11-23T01:00:00Z"),
        until: samples::at("2026-11-23T03:00:00Z"),
        by: Actor::new("王明").unwrap(),
        reason: "正在处理".to_owned(),
    };
    let text = serde_json::to_string(&SilenceJson::from(&silence)).unwrap();
    let expected = r#"{"number":7,"covers":{"scope":"incident","incident":"2026-2"},"from":"2026-11-23T01:00:00.000Z","until":"2026-11-23T03:00:00.000Z","by":"王明","reason":"正在处理"}"#;
    assert_eq!(text, expected);
    let back: SilenceJson<'_> = serde_json::from_str(expected).unwrap();
    assert_eq!(back.into_model(), Ok(silence));
}

#[test]
fn what_cannot_be_is_refused_with_its_value() {
    let golden = String::from_utf8(encode_policy(&policy())).unwrap();
    let twice_in_a_list = "is `food-safety` twice, expected every name once";
    for (written, wrong, message) in [
        (
            r#""topics":["food-safety"],"from_tier""#,
            r#""topics":["food-safety","food-safety"],"from_tier""#,
            twice_in_a_list,
        ),
        (
            r#"{"kind":"chain","id":"night"}"#,
            r#"{"kind":"pigeon","id":"night"}"#,
            "unknown variant `pigeon`",
        ),
        (
            r#"{"kind":"chain","id":"night"}"#,
            r#"{"kind":"chain","id":"Night"}"#,
            "`to.chain` has the character `N` at byte 0",
        ),
        (
            r#"{"tier":"I","time_ms":300000}"#,
            r#"{"tier":"III","time_ms":300000}"#,
            "`chains.acknowledge_within.tier` is `III` twice, expected every tier once",
        ),
        (
            r#""duty":"follow_up""#,
            r#""duty":"sleep""#,
            "string \"sleep\", expected `report`, `verify`, `answer` or `follow_up`",
        ),
        (
            r#""last_resort":"all""#,
            r#""last_resort":"""#,
            "`chains.last_resort` is empty",
        ),
        (
            r#""storm":{"notices":0"#,
            r#""storm":{"notices":-1"#,
            "integer `-1`, expected u32",
        ),
        (
            r#""goes_on":true"#,
            r#""goes_on":true,"mutes":1"#,
            "unknown field `mutes`",
        ),
    ] {
        assert!(golden.contains(written), "{written}");
        let faulty = golden.replacen(written, wrong, 1);
        let error = decode_policy(faulty.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(message), "{wrong}: {error}");
    }
    for (action, message) in [
        (
            r#"{"kind":"silence","covers":{"scope":"topic"},"until":"2026-11-23T10:00:00Z","reason":""}"#,
            "unknown variant `topic`, expected `incident` or `filter`",
        ),
        (
            r#"{"kind":"silence","covers":{"scope":"incident","incident":"2026-2"},"until":"tomorrow","reason":""}"#,
            "string \"tomorrow\", expected an RFC 3339 time",
        ),
        (
            r#"{"kind":"stand_in","schedule":"duty","receiver":"A","to":"2026-11-23T10:00:00Z"}"#,
            "`receiver` has the character `A` at byte 0",
        ),
    ] {
        let command = format!(
            r#"{{"v":1,"number":1,"at":"2026-11-23T10:00:00Z","by":"li","action":{action}}}"#
        );
        let error = decode_command(command.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(message), "{action}: {error}");
    }
}

fn tiers() -> impl Strategy<Value = Tier> {
    select(&Tier::ALL[..])
}

fn spans() -> impl Strategy<Value = TimeSpan> {
    any::<i64>().prop_map(TimeSpan::from_millis)
}

fn topics() -> impl Strategy<Value = TopicId> {
    "[a-z][a-z-]{0,8}".prop_map(|id| TopicId::new(id).unwrap())
}

fn filters() -> impl Strategy<Value = Filter> {
    let parts = (
        of(btree_set(topics(), 0..3)),
        of(tiers()),
        of(btree_set("\\PC{0,6}", 0..3)),
        btree_map("[a-z][a-z-]{0,8}", "\\PC{0,6}", 0..3),
    );
    parts.prop_map(|(topics, from_tier, subjects, labels)| Filter {
        topics,
        from_tier,
        subjects,
        labels: labels
            .into_iter()
            .map(|(key, value)| (LabelKey::new(key).unwrap(), value))
            .collect(),
    })
}

fn targets() -> impl Strategy<Value = Target> {
    "[a-z][a-z-]{0,8}".prop_flat_map(|id| {
        prop_oneof![
            Just(Target::Receiver(receiver(&id))),
            Just(Target::Schedule(ScheduleId::new(id.as_str()).unwrap())),
            Just(Target::Chain(ChainId::new(id).unwrap())),
        ]
    })
}

fn routes() -> impl Strategy<Value = Route> {
    let pace = (of(spans()), of(spans()), of(spans()));
    let pace = pace.prop_map(|(group_wait, group_interval, repeat_interval)| Pace {
        group_wait,
        group_interval,
        repeat_interval,
    });
    let times = of(Just(nights()));
    let parts = (filters(), times, vec(targets(), 0..3), pace, any::<bool>());
    let leaf = parts.prop_map(|(takes, times, to, pace, goes_on)| Route {
        takes,
        times,
        to,
        pace,
        goes_on,
        routes: Vec::new(),
    });
    let leaf = leaf.boxed();
    leaf.clone().prop_recursive(4, 20, 3, move |inner| {
        (leaf.clone(), vec(inner, 0..3)).prop_map(|(leaf, routes)| Route { routes, ..leaf })
    })
}

fn rules() -> impl Strategy<Value = DeadlineRule> {
    let calendars = of("[a-z]{1,5}".prop_map(|id| CalendarId::new(id).unwrap()));
    let topics = of(btree_set(topics(), 0..3));
    let duties = select(&Duty::ALL[..]);
    (duties, topics, tiers(), spans(), spans(), calendars).prop_map(
        |(duty, topics, from_tier, within, warn_before, calendar)| DeadlineRule {
            duty,
            topics,
            from_tier,
            within,
            warn_before,
            calendar,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_routes_and_rules_come_back(
        route in routes(),
        (by, mutes) in (filters(), filters()),
        within in btree_map(tiers(), spans(), 0..4),
        deadlines in vec(rules(), 0..3),
        (notices, span) in (any::<u32>(), spans()),
        quiet in of(Just(nights())),
    ) {
        let one = Receiver { id: receiver("r"), pages: true, quiet };
        let chain = Chain { acknowledge_within: within.clone(), ..chain() };
        let policy = Policy {
            receivers: [(one.id.clone(), one)].into(),
            route,
            inhibitions: vec![Inhibition { by, mutes }],
            chains: [(chain.id.clone(), chain)].into(),
            deadlines,
            acknowledgement_valid: within,
            storm: Storm { notices, within: span },
            ..Policy::default()
        };
        prop_assert_eq!(decode_policy(&encode_policy(&policy)), Ok(policy));
    }
}
