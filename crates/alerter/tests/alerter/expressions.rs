//! Conditions of tiers: what reads, and each way of being wrong with its place.

use fengbiao_alerter::{check_ladder, check_policy, tiers_of_nothing};
use fengbiao_model::{
    CalendarId, Chain, Floors, Ladder, Policy, ReceiverId, Tier, TimeSpan, TopicId, TopicPolicy,
};

fn ladder(condition: &str) -> Ladder {
    Ladder {
        conditions: [(Tier::III, condition.to_owned())].into(),
        holds: [].into(),
        calm_after: TimeSpan::from_hours(1),
        floors: Floors::default(),
    }
}

/// The faulty part, the message and the hint; none when it reads.
fn fault(condition: &str, all: bool) -> Option<(String, String, String)> {
    let errors = check_ladder(&ladder(condition), all);
    assert!(errors.len() <= 1);
    errors.into_iter().next().map(|error| {
        assert_eq!(error.tier, Tier::III);
        (
            condition[error.range].to_owned(),
            error.message,
            error.hint.unwrap_or_default(),
        )
    })
}

#[test]
fn conditions_that_read() {
    for condition in [
        "posts_1h >= 1",
        "voices_30m * 2 > posts_1d - 3.5 && !(sources < 2 || weight_max == 10)",
        "-posts + 4 <= - -2 && weight_7d / 2 != 1",
        "posts_2880m > 0 && posts_1440h > 0 && posts_60d > 0",
        "(((stories_1h)))>=1",
        "rank_best_1h <= 10 || list_hours_2h >= 6 && lists_1d >= 2",
        "ears_1h >= 3.0 && voices_1h >= 20 || c1_30m > 3 || c2_voices_1h_same_hour > 3",
        "c3_stories_1d_same_weekday >= 2 || cusum_6h >= 2.26 || burst_posts_2h > 3 || growth_30m > 3",
        "ears_24h_same_hour > 3 || ears_7d_same_weekday > 3 || cusum_5d > 3 || growth_24d > 2",
    ] {
        assert_eq!(fault(condition, false), None, "{condition}");
    }
    assert_eq!(fault("subjects_1h >= 10", true), None);
}

#[test]
fn conditions_that_do_not() {
    let deep = format!("{}posts{} > 1", "(".repeat(40), ")".repeat(40));
    let signs = format!("{}posts > 1", "-".repeat(40));
    let long = format!("posts > {}", "1".repeat(2_000));
    #[rustfmt::skip]
    let table = [
        ("", "", "ends", ""),
        ("posts_1h", "posts_1h", "is a number", "posts_1h >= 1"),
        ("post_1h > 1", "post_1h", "not a known name", "`posts_1h`"),
        ("voice > 1", "voice", "not a known name", "`voices`"),
        ("tides_1h >= 3", "tides_1h", "not a known name", "known are"),
        ("eears_1h >= 3", "eears_1h", "not a known name", "`ears_1h`"),
        ("cumsum_1h >= 3", "cumsum_1h", "not a known name", "`cusum_1h`"),
        ("ears >= 3", "ears", "has no window", "comes last"),
        ("ears_voices >= 3", "ears_voices", "such as `ears_voices_1h`", "comes last"),
        ("ears_sources_1h >= 3", "ears_sources_1h", "not at `sources`", "`ears_voices_1h`"),
        ("c2_weight_max_2h > 3", "c2_weight_max_2h", "not at `weight_max`", "`c2_voices_2h`"),
        ("ears_1w >= 3", "ears_1w", "expected a window", "60d"),
        ("posts_1h_same_hour > 3", "posts_1h_same_hour", "is a count", "`ears_posts_1h_same_hour`"),
        ("ears_30m_same_hour > 3", "ears_30m_same_hour", "by hours", "whole hours"),
        ("ears_200m > 3", "ears_200m", "by hours", "whole hours"),
        ("ears_2d_same_hour > 3", "ears_2d_same_hour", "overlap", "up to 24h"),
        ("ears_15d > 3", "ears_15d", "needs counts of 75 days, 60 are kept", "4 windows"),
        ("cusum_1h_same_weekday > 2", "cusum_1h_same_weekday", "60 are kept", "10 windows"),
        ("ears_1h_same_week > 2", "ears_1h_same_week", "not at `1h_same_week`", "`ears_voices_1h`"),
        ("subjects_1h > 1", "subjects_1h", "not a known name", "tiers_all"),
        ("weight > 3", "weight", "has no window", "over the life"),
        ("rank_best < 3", "rank_best", "has no window", "over the life"),
        ("posts_61d > 1", "posts_61d", "expected a window", "60d"),
        ("posts_0m > 1", "posts_0m", "expected a window", "1m"),
        ("posts_1w > 1", "posts_1w", "expected a window", ""),
        ("posts_2881m > 1", "posts_2881m", "expected a window", ""),
        ("posts > 1 && voices", "voices", "is a number", ""),
        ("!posts > 1", "posts", "is a number", ""),
        ("(posts > 1) + 2 > 1", "(posts > 1)", "is a condition", ""),
        ("1 < posts < 5", "<", "does not follow", "do not chain"),
        ("posts > 1 voices > 2", "voices", "does not follow", "&&"),
        ("posts > 1 & voices > 2", "&", "no meaning", "`&&`"),
        ("posts = 1", "=", "no meaning", "`==`"),
        ("posts ≥ 1", "≥", "no meaning", "`>=`"),
        ("（posts > 1", "（", "no meaning", "ASCII"),
        ("(posts > 1", "(", "not closed", ""),
        ("posts > 1)", ")", "does not follow", ""),
        ("posts >", "", "ends", ""),
        ("posts > * 2", "*", "expected a name", ""),
        ("posts > 1h", "1h", "not a number", ""),
        ("posts > 1.", "1.", "not a number", ""),
        (deep.as_str(), "(", "deep", ""),
        (signs.as_str(), "-", "deep", ""),
        (long.as_str(), long.as_str(), "bytes", ""),
    ];
    for (condition, part, message, hint) in table {
        let Some(found) = fault(condition, false) else {
            panic!("`{condition}` reads")
        };
        assert_eq!(found.0, part, "{condition}: {found:?}");
        assert!(found.1.contains(message), "{condition}: {found:?}");
        assert!(found.2.contains(hint), "{condition}: {found:?}");
    }
}

#[test]
fn a_policy_is_checked_as_a_whole() {
    type Spoil = fn(&mut Policy);
    let table: [(Spoil, &str); 18] = [
        (
            |policy| topic(policy).tiers.floors.min_sigma = 0.0,
            "`tiers.min_sigma` is `0`, expected 0.1 to 1000",
        ),
        (
            |policy| topic(policy).tiers_all.floors.min_sigma = f64::NAN,
            "`tiers_all.min_sigma` is `NaN`",
        ),
        (
            |policy| topic(policy).tiers.floors.min_before = 1_000_001,
            "`tiers.min_before` is `1000001`, expected at most 1000000",
        ),
        (
            |policy| topic(policy).tiers.calm_after = TimeSpan::ZERO,
            "`tiers.calm_after` is `0s`",
        ),
        (
            |policy| topic(policy).tiers.calm_after = TimeSpan::from_hours(169),
            "at most 7d",
        ),
        (
            |policy| topic(policy).id = TopicId::new("other").unwrap(),
            "expected its own id",
        ),
        (
            |policy| policy.route.pace.group_wait = Some(TimeSpan::from_hours(2)),
            "route has `group_wait` = `2h`, expected 0s to 1h",
        ),
        (
            |policy| policy.route.routes[0].pace.repeat_interval = Some(TimeSpan::from_secs(1)),
            "route 1 has `repeat_interval` = `1s`, expected 0s or at least 1m",
        ),
        (
            |policy| policy.route.routes[0].takes.topics = Some([other_topic()].into()),
            "route 1 names the topic `no`, expected one of the topics",
        ),
        (
            |policy| drop(policy.receivers.remove(&ReceiverId::new("lead").unwrap())),
            "chain `night` names the receiver `lead`",
        ),
        (
            |policy| chain(policy).steps.clear(),
            "chain `night` has no steps, expected at least one",
        ),
        (
            |policy| chain(policy).steps[0].clear(),
            "no receivers in a step",
        ),
        (
            |policy| chain(policy).acknowledge_within.clear(),
            "no tiers in `acknowledge_within`",
        ),
        (
            |policy| policy.deadlines[0].warn_before = TimeSpan::from_hours(25),
            "deadline 1 (`verify`) has `warn_before` = `25h`, expected 0s to 1d",
        ),
        (
            |policy| policy.deadlines[0].calendar = Some(CalendarId::new("no").unwrap()),
            "names the calendar `no`",
        ),
        (
            |policy| policy.storm.within = TimeSpan::from_hours(2),
            "storm has `within` = `2h`, expected 1m to 1h",
        ),
        (
            |policy| policy.storm.notices = 5_000,
            "storm has 5000 notices, expected at most 1000",
        ),
        (
            |policy| {
                for _ in 0..9 {
                    let inner = std::mem::take(&mut policy.route);
                    policy.route.routes.push(inner);
                }
            },
            "levels of routes, expected at most 8",
        ),
    ];
    for (spoil, message) in table {
        let line = r#"IV="posts >= 1" chain="duty/lead" deadline="verify III 24h 1h""#;
        let mut policy = crate::script::policy(line);
        assert_eq!(check_policy(&policy), Ok(()));
        spoil(&mut policy);
        let found = check_policy(&policy).map_err(|errors| errors.to_string());
        assert!(
            found.as_ref().is_err_and(|text| text.contains(message)),
            "{message}: {found:?}"
        );
    }
}

fn topic(policy: &mut Policy) -> &mut TopicPolicy {
    policy.topics.values_mut().next().unwrap()
}

fn chain(policy: &mut Policy) -> &mut Chain {
    policy.chains.values_mut().next().unwrap()
}

fn other_topic() -> TopicId {
    TopicId::new("no").unwrap()
}

#[test]
fn what_is_true_of_nothing_is_found() {
    let found = |condition: &str, hold: Option<&str>| -> Vec<String> {
        let hold = hold.map(|hold| (Tier::III, hold.to_owned()));
        let ladder = Ladder {
            holds: hold.into_iter().collect(),
            ..ladder(condition)
        };
        let found = tiers_of_nothing(&ladder, false).into_iter();
        found.map(|one| format!("{:?} {one}", one.range)).collect()
    };
    let raised = "it is true where nothing was counted: every post raises `III`";
    for condition in [
        "voices_1h >= 0",
        "voices_1h < 5",
        "!(posts_1h > 3)",
        "ears_1h > -1.0 && voices_1h + 1 > 0",
        "posts_1h >= 5 || sources >= 0",
        "rank_best_1h > 10",
    ] {
        let expected = format!("0..{} {raised}", condition.len());
        assert_eq!(found(condition, None), [expected], "{condition}");
    }
    for condition in [
        "posts_1h >= 1",
        "posts_1h >= 1 && voices_1h < 5",
        "posts_1h > 0 && sources >= 0",
        // What has no place is behind every list, and a division by zero is false.
        "rank_best_1h <= 10",
        "posts_1h / posts_1d >= 0",
        "posts_1h >>= 0",
    ] {
        assert_eq!(found(condition, None), [""; 0], "{condition}");
    }
    let held = "0..13 hold: it is true where nothing was counted: every post holds `III`";
    assert_eq!(found("posts_1h >= 5", Some("posts_1h >= 0")), [held]);
}

#[test]
fn a_hold_reads_like_a_condition_and_needs_one() {
    let found = |holds: &[(Tier, &str)], all| -> Vec<String> {
        let ladder = Ladder {
            holds: holds
                .iter()
                .map(|(t, text)| (*t, (*text).to_owned()))
                .collect(),
            ..ladder("posts_1h >= 5")
        };
        let errors = check_ladder(&ladder, all).into_iter();
        errors
            .map(|e| {
                format!(
                    "{} {:?} {e} / {}",
                    e.tier,
                    e.range,
                    e.hint.as_deref().unwrap_or_default()
                )
            })
            .collect()
    };
    assert!(found(&[(Tier::III, "posts_1h >= 2")], false).is_empty());
    assert!(found(&[(Tier::III, "subjects_6h >= 2")], true).is_empty());
    let errors = found(
        &[(Tier::III, "voice_1h >= 2"), (Tier::II, "posts_1h >= 2")],
        false,
    );
    assert_eq!(
        errors,
        [
            "III 0..8 hold: `voice_1h` is not a known name / did you mean `voices_1h`?",
            "II 0..13 hold: `II` has no condition that raises it / write one for `II`, or leave its \
             hold out",
        ]
    );
}
