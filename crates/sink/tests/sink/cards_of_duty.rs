//! What people read when nobody has answered, when time runs out, and when all comes at once.

use fengbiao_model::{DeadlineState, Duty, Notice, NoticeKind, ReceiverId, SubjectKey, Tier};
use fengbiao_sink::text::{Card, Language};
use fengbiao_sink::{TerminalOptions, render};

use crate::sample::{deadline, notice, other, outgoing, phrasing, question};

use DeadlineState::{Met, Missed, Running, Warned};
use Language::{En, Zh};

fn shown(notice: Notice, language: Language) -> String {
    let options = TerminalOptions {
        phrasing: phrasing(language),
        color: false,
        width_columns: 90,
    };
    render(&Card::new(&outgoing(notice), &options.phrasing), &options)
}

#[track_caller]
fn headline(notice: Notice, language: Language, expected: &str) {
    let card = Card::new(&outgoing(notice), &phrasing(language));
    let headline = card.lines[0].text();
    let (_, change) = headline.split_once("青山区 · ").unwrap();
    assert_eq!(change, expected);
}

fn of(kind: NoticeKind, deadlines: &[(Duty, i64, DeadlineState)]) -> Notice {
    let deadlines = deadlines.iter();
    Notice {
        kind,
        deadlines: deadlines
            .map(|(duty, minutes, state)| deadline(*duty, *minutes, *state))
            .collect(),
        ..notice()
    }
}

#[test]
fn the_headline_says_who_has_not_answered() {
    let both = |kind, zh, en| {
        headline(of(kind, &[]), Zh, zh);
        headline(of(kind, &[]), En, en);
    };
    both(
        NoticeKind::Escalated,
        "无人接手，逐级上报",
        "nobody has acknowledged, now you",
    );
    both(
        NoticeKind::Unanswered,
        "整条值班链无人接手",
        "nobody on the whole chain has acknowledged",
    );
    both(
        NoticeKind::Lapsed,
        "接手已过期，请重新接手",
        "the acknowledgement has expired, please take it on again",
    );
}

#[test]
fn the_headline_says_which_time_runs_out_and_by_how_much() {
    // It is 14:53 on the 23rd.
    let near = [
        (Duty::Report, -30, Met),
        (Duty::Answer, 30, Running),
        (Duty::Verify, 60, Warned),
    ];
    let near = || of(NoticeKind::DeadlineNear, &near);
    headline(near(), Zh, "核实时限将至（15:53，还剩 1 小时）");
    let english = "time to verify is running out (15:53, 1 hour left)";
    headline(near(), En, english);

    // The one that the notice came for need not be the first that is due.
    let several = [(Duty::FollowUp, 90, Warned), (Duty::Verify, 60, Warned)];
    let several = || of(NoticeKind::DeadlineNear, &several);
    let chinese = "时限将至：核实（15:53，还剩 1 小时）、跟进（16:23，还剩 1 小时 30 分钟）";
    headline(several(), Zh, chinese);
    let english = "time is running out to verify (15:53, 1 hour left), to follow up (16:23, 1 hour \
                   30 minutes left)";
    headline(several(), En, english);

    let tomorrow = of(NoticeKind::DeadlineNear, &[(Duty::Answer, 600, Warned)]);
    let expected = "回应时限将至（2026-11-24 00:53，还剩 10 小时）";
    headline(tomorrow, Zh, expected);

    let missed = [
        (Duty::Report, -300, Missed),
        (Duty::Answer, -40, Missed),
        (Duty::Verify, -10, Met),
    ];
    let missed = || of(NoticeKind::DeadlineMissed, &missed);
    headline(missed(), Zh, "已超过回应时限 40 分钟");
    headline(missed(), En, "time to answer was over 40 minutes ago");
    let now = || of(NoticeKind::DeadlineMissed, &[(Duty::Verify, 0, Missed)]);
    headline(now(), Zh, "已到核实时限");
    headline(now(), En, "time to verify is over");
}

#[test]
fn a_notice_without_the_deadline_it_speaks_of_says_what_it_can() {
    headline(of(NoticeKind::DeadlineNear, &[]), Zh, "时限将至");
    let met = of(NoticeKind::DeadlineMissed, &[(Duty::Verify, -5, Met)]);
    headline(met, Zh, "已超过时限");
}

fn asking(kind: NoticeKind, asked: &[(u32, &str, i64, DeadlineState)]) -> Notice {
    let asked = asked.iter();
    Notice {
        kind,
        asked: asked
            .map(|(item, of, minutes, state)| question(*item, of, *minutes, *state))
            .collect(),
        ..notice()
    }
}

#[test]
fn the_headline_says_whose_answer_is_awaited() {
    let near = [(1, "教育局", -20, Missed), (2, "学校", 60, Warned)];
    let near = || asking(NoticeKind::ReplyNear, &near);
    headline(near(), Zh, "学校的答复将到期（15:53，还剩 1 小时）");
    headline(near(), En, "a reply is due soon: 学校 (15:53, 1 hour left)");

    let several = [(1, "教育局", 60, Warned), (2, "学校", 30, Warned)];
    let several = || asking(NoticeKind::ReplyNear, &several);
    let chinese = "答复将到期：学校（15:23，还剩 30 分钟）、教育局（15:53，还剩 1 小时）";
    headline(several(), Zh, chinese);

    let missed = [(1, "教育局", -300, Missed), (2, "学校", -40, Missed)];
    let missed = || asking(NoticeKind::ReplyMissed, &missed);
    headline(missed(), Zh, "学校未按时答复，已超过 40 分钟");
    headline(missed(), En, "no reply from 学校, due 40 minutes ago");
    let now = || asking(NoticeKind::ReplyMissed, &[(1, "学校", 0, Missed)]);
    headline(now(), Zh, "学校未按时答复");
    headline(now(), En, "no reply from 学校 in time");
    // Answered while the notice was on its way.
    headline(asking(NoticeKind::ReplyMissed, &[]), Zh, "未按时答复");
}

#[test]
fn a_card_lists_the_questions_without_an_answer_until_the_incident_is_over() {
    let asked = [(1, "教育局", -20, Missed), (2, "学校", 60, Running)];
    let zh = shown(asking(NoticeKind::ReplyMissed, &asked), Zh);
    for line in [
        "待答复  #1 教育局，14:33 前，未答复：几人就医，现在情况如何",
        "#2 学校，15:53 前（还剩 1 小时）：几人就医，现在情况如何",
    ] {
        assert!(zh.contains(line), "{zh}");
    }
    let en = shown(asking(NoticeKind::Raised, &asked), En);
    assert!(en.contains("#1 教育局, by 14:33, no reply"), "{en}");
    assert!(en.contains("#2 学校, by 15:53 (1 hour left)"), "{en}");
    let over = shown(asking(NoticeKind::Closed, &asked), Zh);
    assert!(!over.contains("教育局"), "{over}");
}

fn at_the_end_of_a_chain() -> Notice {
    Notice {
        tier: Tier::II,
        told_before: ["duty-a", "duty-b"]
            .map(|id| ReceiverId::new(id).unwrap())
            .to_vec(),
        ..of(
            NoticeKind::Unanswered,
            &[
                (Duty::Report, -30, Missed),
                (Duty::Verify, -10, Met),
                (Duty::Answer, 720, Running),
            ],
        )
    }
}

#[test]
fn nobody_answered_in_chinese() {
    insta::assert_snapshot!(shown(at_the_end_of_a_chain(), Zh));
}

#[test]
fn nobody_answered_in_english() {
    insta::assert_snapshot!(shown(at_the_end_of_a_chain(), En));
}

fn storm() -> Notice {
    let named = notice().subject;
    Notice {
        others: vec![
            other(13, named, NoticeKind::Opened),
            other(14, SubjectKey::Unnamed, NoticeKind::Raised),
            other(15, SubjectKey::All, NoticeKind::DeadlineMissed),
        ],
        ..notice()
    }
}

#[test]
fn a_storm_in_chinese() {
    insta::assert_snapshot!(shown(storm(), Zh));
}

#[test]
fn a_storm_in_english() {
    insta::assert_snapshot!(shown(storm(), En));
}

#[test]
fn what_is_over_asks_for_nothing() {
    let owed = [(Duty::Verify, -10, Missed), (Duty::Answer, 720, Running)];
    let card = shown(of(NoticeKind::Closed, &owed), Zh);
    assert!(card.contains("核实 14:43 前，已逾期"), "{card}");
    assert!(!card.contains("回应 "), "{card}");
    assert!(!card.contains("接手  http"), "{card}");
    let card = shown(of(NoticeKind::Calmed, &owed), Zh);
    assert!(
        card.contains("回应 2026-11-24 02:53 前（还剩 12 小时）"),
        "{card}"
    );
    assert!(card.contains("接手  http"), "{card}");
    // Incidents that a notice stands for beside its own still ask for somebody, but its link is of
    // its own.
    let others = Notice {
        others: vec![other(8, SubjectKey::All, NoticeKind::Opened)],
        ..of(NoticeKind::Closed, &owed)
    };
    let card = shown(others, Zh);
    assert!(!card.contains("接手  http"), "{card}");
    assert!(
        card.contains("fengbiao incidents acknowledge 2026-8"),
        "{card}"
    );
}
