use fengbiao_lexicon::compiled::Lexicon;
use fengbiao_model::{
    Chain, ChainId, DeadlineRule, Duty, Filter, LabelKey, Pace, Policy, Receiver, ReceiverId,
    Route, ScheduleId, StepTarget, Storm, Target, Tier, TimeSpan, WeeklyTimes, Zone,
};

use super::{ladders, without_topics};
use crate::config::{Config, USUAL_PACE};
use crate::lexicons;

fn policy(text: &str) -> Policy {
    without_topics(&toml::from_str::<Config>(text).unwrap()).unwrap()
}

fn receiver(id: &str) -> ReceiverId {
    ReceiverId::new(id).unwrap()
}

const WHOLE: &str = r#"
time_zone = "Asia/Shanghai"
[storm]
notices = 5
[[receiver]]
id = "chen"
kind = "terminal"
quiet = ["Mon-Sun 22:00-07:00"]
[[receiver]]
id = "desk"
kind = "terminal"
[[receiver]]
id = "log"
kind = "file"
path = "notices.ndjson"
repeat_interval = "0s"
[[schedule]]
id = "duty"
[[schedule.layer]]
members = ["chen"]
starts = "2026-01-05 09:00"
turn = "1w"
[[chain]]
id = "night"
acknowledge_within = { I = "5m", II = "10m" }
steps = [["schedule:duty"], ["desk", "chen"]]
last_resort = "desk"
[[route]]
from_tier = "III"
to = ["desk"]
group_interval = "10m"
[[route.routes]]
labels = { drill = "yes" }
times = ["Mon-Fri 08:00-18:00"]
time_zone = "Europe/Berlin"
to = ["chain:night"]
go_on = true
[[inhibit]]
by = { subjects = ["*"], from_tier = "I" }
mutes = {}
[[deadline]]
duty = "follow_up"
within = "2h"
"#;

/// The routes of `WHOLE`: first that of the receiver that nothing names, then the one written.
fn routes() -> Vec<Route> {
    let zone = Zone::new("Europe/Berlin").unwrap();
    let intervals = vec!["Mon-Fri 08:00-18:00".parse().unwrap()];
    let own = Route {
        takes: from(Tier::IV),
        to: vec![Target::Receiver(receiver("log"))],
        pace: Pace {
            group_wait: Some(TimeSpan::ZERO),
            group_interval: None,
            repeat_interval: Some(TimeSpan::ZERO),
        },
        goes_on: true,
        ..Route::default()
    };
    let inner = Route {
        takes: Filter {
            labels: [(LabelKey::new("drill").unwrap(), "yes".to_owned())].into(),
            ..Filter::default()
        },
        times: Some(WeeklyTimes { zone, intervals }),
        to: vec![Target::Chain(ChainId::new("night").unwrap())],
        goes_on: true,
        ..Route::default()
    };
    let written = Route {
        takes: from(Tier::III),
        to: vec![Target::Receiver(receiver("desk"))],
        pace: Pace {
            group_interval: Some(TimeSpan::from_minutes(10)),
            ..Pace::default()
        },
        routes: vec![inner],
        ..Route::default()
    };
    vec![own, written]
}

fn from(tier: Tier) -> Filter {
    Filter {
        from_tier: Some(tier),
        ..Filter::default()
    }
}

#[test]
fn a_configuration_becomes_the_policy_that_it_says() {
    let policy = policy(WHOLE);
    let root = Route {
        pace: USUAL_PACE,
        routes: routes(),
        ..Route::default()
    };
    assert_eq!(policy.route, root);
    let duty = StepTarget::Schedule(ScheduleId::new("duty").unwrap());
    let named = |id| StepTarget::Receiver(receiver(id));
    let chain = Chain {
        id: ChainId::new("night").unwrap(),
        acknowledge_within: [
            (Tier::I, TimeSpan::from_minutes(5)),
            (Tier::II, TimeSpan::from_minutes(10)),
        ]
        .into(),
        steps: vec![vec![duty], vec![named("desk"), named("chen")]],
        last_resort: receiver("desk"),
    };
    assert_eq!(policy.chains, [(chain.id.clone(), chain)].into());
    let rule = DeadlineRule {
        duty: Duty::FollowUp,
        topics: None,
        from_tier: Tier::III,
        within: TimeSpan::from_hours(2),
        warn_before: TimeSpan::ZERO,
        calendar: None,
    };
    assert_eq!(policy.deadlines, [rule]);
    let quiet = WeeklyTimes {
        zone: Zone::new("Asia/Shanghai").unwrap(),
        intervals: vec!["Mon-Sun 22:00-07:00".parse().unwrap()],
    };
    let chen = Receiver {
        id: receiver("chen"),
        pages: false,
        quiet: Some(quiet),
    };
    assert_eq!(policy.receivers.get(&chen.id), Some(&chen));
    let by = Filter {
        subjects: Some(["*".to_owned()].into()),
        ..from(Tier::I)
    };
    assert_eq!(policy.inhibitions.len(), 1);
    assert_eq!(policy.inhibitions[0].by, by);
    assert!(policy.inhibitions[0].mutes.is_everything());
    let within = TimeSpan::from_minutes(10);
    assert_eq!(policy.storm, Storm { notices: 5, within });
}

#[test]
fn without_a_word_everything_goes_to_the_terminal_and_something_is_owed() {
    let policy = policy("");
    let [route] = policy.route.routes.as_slice() else {
        panic!("{:?}", policy.route);
    };
    assert_eq!(route.to, [Target::Receiver(receiver("terminal"))]);
    assert_eq!(route.takes, from(Tier::IV));
    let owed = policy.deadlines.iter();
    let owed: Vec<_> = owed.map(|rule| (rule.duty, rule.within)).collect();
    assert_eq!(
        owed,
        [
            (Duty::Verify, TimeSpan::from_hours(24)),
            (Duty::Answer, TimeSpan::from_hours(12)),
        ]
    );
    let warned = |rule: &DeadlineRule| rule.warn_before == TimeSpan::from_hours(1);
    assert!(policy.deadlines.iter().all(warned));
    let valid = [
        (Tier::I, TimeSpan::from_hours(2)),
        (Tier::II, TimeSpan::from_hours(4)),
        (Tier::III, TimeSpan::from_hours(24)),
    ];
    assert_eq!(policy.acknowledgement_valid, valid.into());
}

#[test]
fn an_empty_list_of_deadlines_means_none() {
    assert_eq!(policy("deadline = []").deadlines, []);
}

#[test]
fn a_receiver_that_pages_waits_and_hears_from_iii_on() {
    let text = "[[receiver]]\nid = \"desk\"\nkind = \"webhook\"\nurl = \"http://a\"\nsecret_file = \"s\"\n";
    let policy = policy(text);
    let [route] = policy.route.routes.as_slice() else {
        panic!("{:?}", policy.route);
    };
    assert_eq!(route.takes, from(Tier::III));
    assert_eq!(route.pace.group_wait, Some(TimeSpan::from_secs(30)));
    assert!(policy.receivers[&receiver("desk")].pages);
}

#[test]
fn who_stands_in_for_another_goes_on_to_hear_by_its_own_keys() {
    let text = "[[receiver]]\nid = \"log\"\nkind = \"file\"\npath = \"a\"\nfrom_tier = \"II\"\n\
                [[receiver]]\nid = \"desk\"\nkind = \"terminal\"\nfallback = \"log\"\n\
                [[route]]\nto = [\"desk\"]\n";
    let policy = policy(text);
    let to: Vec<_> = policy
        .route
        .routes
        .iter()
        .map(|one| (&one.to[0], one.takes.from_tier))
        .collect();
    let [log, desk] = ["log", "desk"].map(|id| Target::Receiver(receiver(id)));
    assert_eq!(to, [(&log, Some(Tier::II)), (&desk, None)]);
}

/// The shipped topics have ladders of their own, so that another in the configuration says nothing.
#[test]
fn a_ladder_that_no_topic_goes_by_is_warned_of() {
    let warned = |text: &str, lexicon: &Lexicon| {
        let config = toml::from_str::<Config>(text).unwrap();
        let said = ladders::warnings(&config, lexicon).into_iter();
        said.map(|line| line.split(' ').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let mut lexicon = fengbiao_lexicon::check(&lexicons::shipped())
        .lexicon
        .unwrap();
    let none: [&str; 0] = [];
    assert_eq!(warned("", &lexicon), none);
    assert_eq!(warned(&crate::config::default_file(), &lexicon), none);
    let own = "[tiers]\nIII = \"voices_1h >= 2\"\n[tiers_all]\ncalm_after = \"1h\"";
    assert_eq!(warned(own, &lexicon), ["`[tiers]`", "`[tiers_all]`"]);
    // No shipped topic has a floor of its own.
    assert_eq!(warned("[tiers]\nmin_posts = 9", &lexicon), none);
    let of_nothing = "[tiers_all]\nI = \"voices_1h < 3\"";
    assert_eq!(
        warned(of_nothing, &lexicon),
        ["`[tiers_all]`", "`tiers_all.I`"]
    );
    lexicon.topics[0].tiers.tiers = None;
    assert_eq!(warned(own, &lexicon), ["`[tiers_all]`"]);
}
