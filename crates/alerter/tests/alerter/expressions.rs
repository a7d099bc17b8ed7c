//! Conditions of tiers: what reads, and each way of being wrong with its place.

use fengbiao_alerter::{check_ladder, check_policy};
use fengbiao_model::{
    CalendarId, Chain, Ladder, Policy, ReceiverId, Tier, TimeSpan, TopicId, TopicPolicy,
};

fn ladder(condition: &str) -> Ladder {
    Ladder {
        conditions: [(Tier::III, condition.to_owned())].into(),
        calm_after: TimeSpan::from_hours(1),
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
        ("ears_1h >= 3", "ears_1h", "not a known name", "known are"),
        ("eears_1h >= 3", "eears_1h", "not a known name", "known are"),
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
    let table: [(Spoil, &str); 15] = [
        (
            |policy| topic(policy).tiers.calm_after = TimeSpan::ZERO,
            "`calm_after` is `0s`",
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
