//! What a card says of places gathered in one notice, of who has taken an incident on, and of why the
//! notice comes only now.

use fengbiao_model::{
    Acknowledgement, AcknowledgementEnd, Actor, CALM_METHOD, Deadline, DeadlineState, Duty,
    HeldBack, LastTold, Notice, NoticeKind, Subject, SubjectKey, SubjectShare, TakenOn, Tier,
    TimeSpan,
};
use fengbiao_sink::text::{Card, Language, Line};

use crate::sample::{NOW, deadline, notice, other, outgoing, phrasing};

use Language::{En, Zh};

fn lines(notice: Notice, language: Language) -> Vec<String> {
    let card = Card::new(&outgoing(notice), &phrasing(language));
    card.lines.iter().map(Line::text).collect()
}

#[track_caller]
fn says(notice: &Notice, language: Language, expected: &str) {
    let lines = lines(notice.clone(), language);
    assert!(
        lines.contains(&expected.to_owned()),
        "{expected} in {lines:#?}"
    );
}

fn taken(ended: Option<AcknowledgementEnd>, until: Option<i64>) -> TakenOn {
    TakenOn {
        acknowledgement: Acknowledgement {
            by: Actor::new("陈工（值班）").unwrap(),
            at: NOW - TimeSpan::from_minutes(13),
        },
        until: until.map(|minutes| NOW + TimeSpan::from_minutes(minutes)),
        ended,
    }
}

#[test]
fn the_places_of_a_whole_topic_are_named_with_their_posts() {
    let share = |kind: &str, name: &str, posts, tier| SubjectShare {
        subject: SubjectKey::Named(Subject {
            kind: kind.to_owned(),
            name: name.to_owned(),
        }),
        posts,
        tier,
    };
    let mut all = Notice {
        subject: SubjectKey::All,
        subjects: vec![
            share("place", "田东县", 1003, Some(Tier::I)),
            share("place", "饶平县", 1, None),
            SubjectShare {
                subject: SubjectKey::Unnamed,
                posts: 1,
                tier: None,
            },
        ],
        ..notice()
    };
    says(
        &all,
        Zh,
        "2 地：田东县 1003 帖（Ⅰ级）、饶平县 1 帖、地点未识别 1 帖",
    );
    says(
        &all,
        En,
        "2 subjects: 田东县 1003 posts (tier I), 饶平县 1 post, no named subject 1 post",
    );
    all.more_subjects = 30;
    all.subjects[1] = share("product", "某品牌", 2, None);
    says(
        &all,
        Zh,
        "32 个对象：田东县 1003 帖（Ⅰ级）、某品牌 2 帖、地点未识别 1 帖 等",
    );
    assert!(!lines(notice(), Zh).iter().any(|line| line.contains("地：")));
}

#[test]
fn a_card_says_who_has_taken_it_on_and_what_became_of_that() {
    use AcknowledgementEnd::{Expired, Raised};
    let check = |kind, taken, expected| {
        let notice = Notice {
            kind,
            taken_on: Some(taken),
            ..notice()
        };
        says(&notice, Zh, expected);
    };
    let (near, closed) = (NoticeKind::DeadlineNear, NoticeKind::Closed);
    check(near, taken(None, None), "陈工（值班） 14:40");
    check(
        near,
        taken(None, Some(12)),
        "陈工（值班） 14:40（无新记录则 15:05 失效）",
    );
    check(
        near,
        taken(Some(Raised), None),
        "陈工（值班） 14:40；升级后须重新接手",
    );
    check(
        near,
        taken(Some(Expired), None),
        "陈工（值班） 14:40；已过期，须重新接手",
    );
    check(
        closed,
        taken(Some(Raised), None),
        "陈工（值班） 14:40；升级后无人再接手",
    );
    let lapsed = Notice {
        kind: NoticeKind::Lapsed,
        taken_on: Some(taken(Some(Expired), None)),
        ..notice()
    };
    let headline = &lines(lapsed, Zh)[0];
    assert!(
        headline.ends_with("陈工（值班）的接手已过期，请重新接手"),
        "{headline}"
    );
}

#[test]
fn a_deadline_that_was_met_before_the_raise_is_not_called_done() {
    let met = |ended| Notice {
        deadlines: vec![deadline(Duty::Report, 10, DeadlineState::Met)],
        taken_on: Some(taken(ended, None)),
        ..notice()
    };
    says(&met(None), Zh, "接手 15:03 前，已完成");
    let raised = met(Some(AcknowledgementEnd::Raised));
    says(&raised, Zh, "接手 15:03 前，曾有人接手");
}

#[test]
fn what_calm_ended_says_what_nobody_has_done() {
    let owed = |state| {
        vec![
            deadline(Duty::Verify, 60, state),
            deadline(Duty::Answer, 90, state),
        ]
    };
    let check = |deadlines: Vec<Deadline>, taken_on, tier, expected: &str| {
        let mut over = Notice {
            kind: NoticeKind::Closed,
            tier,
            deadlines,
            taken_on,
            ..notice()
        };
        over.reason.method = CALM_METHOD.to_owned();
        let headline = lines(over, Zh)[0].clone();
        assert!(headline.ends_with(expected), "{headline}");
    };
    let (running, met) = (owed(DeadlineState::Running), owed(DeadlineState::Met));
    let somebody = || Some(taken(None, None));
    let nobody_now = Some(taken(Some(AcknowledgementEnd::Expired), None));
    check(
        running.clone(),
        None,
        Tier::III,
        "结束（自动平息；未接手、未核实、未回应）",
    );
    check(
        running,
        somebody(),
        Tier::III,
        "结束（自动平息；未核实、未回应）",
    );
    check(
        met.clone(),
        nobody_now,
        Tier::III,
        "结束（自动平息；未接手）",
    );
    check(met, somebody(), Tier::III, "· 结束");
    check(Vec::new(), None, Tier::IV, "· 结束");
}

#[test]
fn what_was_held_says_why_and_that_it_is_the_first_word() {
    let silence = HeldBack::Silence {
        until: NOW,
        reason: "例行放散".to_owned(),
    };
    let mut held = Notice {
        kind: NoticeKind::DeadlineMissed,
        held_back: Some(silence),
        ..notice()
    };
    says(&held, Zh, "静默至 14:53（例行放散），首次通知");
    says(
        &held,
        En,
        "silenced until 14:53 (例行放散), the first notice",
    );
    held.held_back = None;
    says(&held, Zh, "首次通知");
    held.held_back = Some(HeldBack::QuietHours);
    held.last_told = Some(LastTold {
        at: NOW - TimeSpan::from_minutes(30),
        totals: notice().totals,
    });
    says(&held, Zh, "免打扰时段内暂缓至今");
    assert!(
        !lines(notice(), Zh)
            .iter()
            .any(|line| line.contains("首次通知"))
    );
}

#[test]
fn a_headline_says_that_others_are_in_the_notice() {
    let check = |tiers: &[Tier], expected: &str| {
        let others = tiers.iter().zip(20..).map(|(tier, number)| {
            let mut one = other(number, SubjectKey::Unnamed, NoticeKind::Opened);
            one.tier = *tier;
            one
        });
        let collective = Notice {
            others: others.collect(),
            ..notice()
        };
        let headline = lines(collective, Zh)[0].clone();
        assert!(headline.ends_with(expected), "{headline}");
    };
    check(&[Tier::III], "（另含 1 起Ⅲ级事件）");
    check(&[Tier::III, Tier::IV], "（另含 2 起事件，最高Ⅲ级）");
}

#[test]
fn the_same_minute_is_the_same_length_in_both_lines() {
    let told = Notice {
        first_found_at: NOW - TimeSpan::from_secs(14 * 60 + 5),
        last_found_at: NOW,
        last_told: Some(LastTold {
            at: NOW - TimeSpan::from_secs(13 * 60 + 50),
            totals: notice().totals,
        }),
        ..notice()
    };
    let shown = lines(told, Zh).join("\n");
    assert!(
        shown.contains("（14 分钟前）") && shown.contains("（历时 14 分钟）"),
        "{shown}"
    );
}
