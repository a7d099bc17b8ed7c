//! What people read.

use std::io::Write;
use std::sync::{Arc, Mutex};

use fengbiao_model::{
    Actor, Answer, Class, Field, Grade, LabelKey, LastTold, Measure, Notice, NoticeKind, PostId,
    Reason, SourceId, Subject, SubjectKey, Tier, TimeSpan, TopicId, Totals, Usual, WATCHDOG_METHOD,
    WidestCopy,
};
use fengbiao_sink::text::{Card, Language, Line};
use fengbiao_sink::{Outgoing, Sink, TerminalOptions, TerminalSink, render};

use crate::sample::{NOW, keyword, notice, outgoing, phrasing, quote};

fn options(language: Language, color: bool, width_columns: usize) -> TerminalOptions {
    TerminalOptions {
        phrasing: phrasing(language),
        color,
        width_columns,
    }
}

fn card(outgoing: &Outgoing, options: &TerminalOptions) -> String {
    render(&Card::new(outgoing, &options.phrasing), options)
}

#[test]
fn a_card_in_chinese() {
    let shown = card(&outgoing(notice()), &options(Language::Zh, false, 80));
    insta::assert_snapshot!(shown);
}

#[test]
fn a_card_in_english_on_a_narrow_terminal() {
    let late = Notice {
        late: true,
        merged: 3,
        ..notice()
    };
    let shown = card(&outgoing(late), &options(Language::En, false, 56));
    insta::assert_snapshot!(shown);
}

#[test]
fn a_card_in_colour() {
    let red = Notice {
        tier: Tier::I,
        previous_tier: Some(Tier::III),
        ..notice()
    };
    let shown = card(&outgoing(red), &options(Language::Zh, true, 80));
    insta::assert_snapshot!(shown.replace('\u{1b}', "ESC"));
}

#[test]
fn a_number_is_marked_whole() {
    let dead = Notice {
        quotes: vec![quote(1, "一医院发生火灾21人死亡", &["火灾", "1人死亡"])],
        ..notice()
    };
    let shown = card(&outgoing(dead), &options(Language::Zh, false, 80));
    assert!(shown.contains("「一医院发生【火灾21人死亡】」"), "{shown}");
}

#[test]
fn what_is_new_since_the_last_notice_and_how_grave_it_was() {
    let before = Notice {
        last_told: Some(LastTold {
            at: NOW - TimeSpan::from_minutes(36),
            totals: Totals {
                posts: notice().totals.posts - 2,
                voices: notice().totals.voices - 1,
                ..notice().totals
            },
        }),
        ..notice()
    };
    let line = |notice: Notice, language, part: &str| {
        let shown = card(&outgoing(notice), &options(language, false, 100));
        let found = shown.lines().find(|line| line.contains(part));
        found
            .unwrap_or_else(|| panic!("no `{part}` in {shown}"))
            .to_owned()
    };
    for (language, part, expected) in [
        (
            Language::Zh,
            "上次",
            "较上次通知（36 分钟前）：+2 帖 · +1 位发声者",
        ),
        (
            Language::En,
            "since the last",
            "since the last notice (36 minutes ago): +2 posts · +1 voice",
        ),
    ] {
        let said = line(before.clone(), language, part);
        assert!(said.ends_with(expected), "{said}");
    }
    let nothing = Notice {
        kind: NoticeKind::Repeated,
        last_told: before.last_told.map(|last| LastTold {
            totals: notice().totals,
            ..last
        }),
        ..notice()
    };
    assert!(line(nothing, Language::Zh, "上次").ends_with("没有新帖"));
    let over = Notice {
        kind: NoticeKind::Closed,
        tier: Tier::III,
        peak_tier: Some(Tier::II),
        ..before
    };
    let said = line(over.clone(), Language::Zh, "结束");
    assert!(said.ends_with("结束（最高曾达Ⅱ级）"), "{said}");
    let calmed = |previous| Notice {
        kind: NoticeKind::Calmed,
        previous_tier: Some(previous),
        ..over.clone()
    };
    assert!(line(calmed(Tier::II), Language::Zh, "降级").ends_with("降级 Ⅱ→Ⅲ"));
}

#[test]
fn what_people_said_and_the_answer_stand_in_every_later_notice() {
    let answered = Notice {
        class: Class::Rumour,
        grade: Some(Grade::III),
        answer: Some(Answer {
            text: "经核实，系误传。\n学生均已返校。".to_owned(),
            link: Some("https://city.example.org/notice/7".to_owned()),
            by: Actor::new("宣传科").unwrap(),
            at: NOW,
        }),
        ..notice()
    };
    let shown = |language| card(&outgoing(answered.clone()), &options(language, false, 80));
    let zh = shown(Language::Zh);
    for part in [
        "定性  传言 · 定级 Ⅲ级（较大）",
        "回应  经核实，系误传。",
        "学生均已返校。",
        "https://city.example.org/notice/7",
    ] {
        assert!(zh.contains(part), "{part} in\n{zh}");
    }
    let en = shown(Language::En);
    assert!(en.contains("rumour · grade III"), "{en}");
    let before = card(&outgoing(notice()), &options(Language::Zh, false, 80));
    assert!(
        !before.contains("定性") && !before.contains("回应"),
        "{before}"
    );
}

#[test]
fn colour_changes_no_word() {
    let plain = card(&outgoing(notice()), &options(Language::Zh, false, 100));
    let coloured = card(&outgoing(notice()), &options(Language::Zh, true, 100));
    let mut bare = String::new();
    let mut pieces = coloured.split('\u{1b}');
    bare.push_str(pieces.next().unwrap());
    for piece in pieces {
        bare.push_str(piece.split_once('m').unwrap().1);
    }
    // Without colour keywords stand in brackets.
    assert_eq!(bare, plain.replace(['【', '】'], ""));
}

#[test]
fn what_changed_is_in_the_headline() {
    let check = |language, kind, tier, previous_tier, subject: Option<SubjectKey>, expected| {
        let mut notice = Notice {
            kind,
            tier,
            previous_tier,
            ..notice()
        };
        if let Some(subject) = subject {
            notice.subject = subject;
        }
        let card = Card::new(&outgoing(notice), &phrasing(language));
        assert_eq!(card.lines[0].text(), expected);
    };
    use Language::{En, Zh};
    use NoticeKind::{Calmed, Closed, Opened, Raised, Repeated};
    check(
        Zh,
        Opened,
        Tier::IV,
        None,
        None,
        "Ⅳ级 一般 蓝 · 食品安全 · 青山区 · 新增",
    );
    check(
        Zh,
        Raised,
        Tier::II,
        Some(Tier::IV),
        None,
        "Ⅱ级 重大 橙 · 食品安全 · 青山区 · 升级 Ⅳ→Ⅱ",
    );
    check(
        Zh,
        Calmed,
        Tier::III,
        Some(Tier::I),
        None,
        "Ⅲ级 较大 黄 · 食品安全 · 青山区 · 降级 Ⅰ→Ⅲ",
    );
    let all = Some(SubjectKey::All);
    check(
        Zh,
        Closed,
        Tier::I,
        Some(Tier::I),
        all,
        "Ⅰ级 特别重大 红 · 食品安全 · 多地（全话题） · 结束",
    );
    let unnamed = Some(SubjectKey::Unnamed);
    let expected = "Tier II · serious · orange · 食品安全 · no named subject · reminder, nobody has \
                    acknowledged";
    check(En, Repeated, Tier::II, Some(Tier::II), unnamed, expected);
    check(
        En,
        Raised,
        Tier::III,
        None,
        None,
        "Tier III · considerable · yellow · 食品安全 · 青山区 · raised",
    );
}

#[test]
fn foreign_text_cannot_steer_the_terminal() {
    let evil = "停水\u{1b}[2J\u{1b}]0;x\u{7}\u{202e}了\r\n┃ 伪造的一行\u{9b}31m";
    let mut notice = notice();
    notice.topic_name = "食品\u{1b}[31m".to_owned();
    notice.owner = "desk\nowner".to_owned();
    notice.quotes = vec![quote(1, evil, &["停水"])];
    notice.quotes[0].url = Some("https://example.org/\u{1b}[8m".to_owned());
    let shown = card(&outgoing(notice), &options(Language::Zh, false, 80));
    let forbidden = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert_eq!(shown.chars().find(|&c| forbidden(c)), None, "{shown}");
    assert!(
        shown.trim_end().lines().all(|line| line.starts_with('┃')),
        "{shown}"
    );
    assert!(shown.contains("desk\\u{a}owner"));
    // Its second line is inside the quote, behind the bar of the card.
    assert!(shown.contains("┃   ┃ 伪造的一行\\u{9b}31m」"), "{shown}");
}

#[test]
fn spans_that_do_not_fit_the_text_are_left_out() {
    let text = "食堂停业整顿";
    let mut notice = notice();
    let mut quote = quote(1, text, &["食堂", "堂停", "整顿"]);
    for (start, end) in [(1, 4), (0, 900), (9, 3)] {
        let mut wrong = keyword(Field::Text, text, "停业");
        (wrong.span.start, wrong.span.end) = (start, end);
        quote.spans.push(wrong);
    }
    notice.quotes = vec![quote];
    let shown = card(&outgoing(notice), &options(Language::Zh, false, 80));
    assert!(shown.contains("「【食堂停】业【整顿】」"), "{shown}");
}

#[test]
fn a_condition_that_is_not_plain_still_shows_its_measures() {
    let mut notice = notice();
    notice.reason.condition = "voices_1h / posts_1h > 0.5".to_owned();
    let shown = card(&outgoing(notice), &options(Language::Zh, false, 80));
    assert!(shown.contains("voices_1h / posts_1h > 0.5"), "{shown}");
    assert!(shown.contains("1 小时内发声者 7\n"), "{shown}");
}

#[test]
fn of_several_branches_those_that_hold_are_shown() {
    let mut notice = notice();
    notice.reason.condition =
        "voices_1h >= 5 && (ears_1h >= 3 || sources_1h >= 2) || lists_1h >= 1".to_owned();
    notice.reason.holds = Some("voices_1h >= 5 && sources_1h >= 2".to_owned());
    let measured = [("ears_1h", 0.0), ("lists_1h", 0.0)];
    let measured = measured.map(|(name, value)| Measure {
        name: name.to_owned(),
        value,
        usual: None,
    });
    notice.reason.measures.extend(measured);
    let shown = card(&outgoing(notice), &options(Language::Zh, false, 100));
    let lines = "判定  计数达到阈值：voices_1h >= 5 && sources_1h >= 2\n\
                 ┃       1 小时内发声者 7（阈值 ≥ 5）\n\
                 ┃       1 小时内来源 3（阈值 ≥ 2）\n";
    assert!(shown.contains(lines), "{shown}");
    assert!(
        !shown.contains("EARS") && !shown.contains("榜单"),
        "{shown}"
    );
}

#[test]
fn calm_is_said_in_words_and_with_fewer_posts() {
    let calm = |kind, tier, previous_tier| {
        let mut notice = Notice {
            kind,
            tier,
            previous_tier,
            ..notice()
        };
        notice.reason = Reason {
            method: "calm".to_owned(),
            condition: "calm_after = 2h".to_owned(),
            holds: None,
            measures: Vec::new(),
            at: NOW,
        };
        notice.quotes.push(quote(3, "校门口已经没有人了", &[]));
        notice
    };
    let shown = |notice, language| card(&outgoing(notice), &options(language, false, 100));
    let lowered = || calm(NoticeKind::Calmed, Tier::III, Some(Tier::II));
    let zh = shown(lowered(), Language::Zh);
    assert!(
        zh.contains("持续平静：2 小时内没有新帖使其再达到Ⅱ级\n"),
        "{zh}"
    );
    assert!(
        !zh.contains("校门口") && zh.contains("另有 7 则不同内容未列出"),
        "{zh}"
    );
    // What it stands for was never told: then all of it is.
    let merged = Notice {
        merged: 2,
        ..lowered()
    };
    assert!(shown(merged, Language::Zh).contains("校门口"));
    let mut held = lowered();
    held.reason.condition = "calm_after = 2h, hold = voices_1h >= 8".to_owned();
    let said = shown(held, Language::Zh);
    let line = "2 小时内没有新帖使其再达到Ⅱ级，也没有满足维持条件 voices_1h >= 8\n";
    assert!(said.contains(line), "{said}");
    // What is told later says how it came to stand there, not that it was calm below it.
    let later = shown(
        calm(NoticeKind::DeadlineNear, Tier::III, Some(Tier::III)),
        Language::Zh,
    );
    assert!(
        later.contains("持续平静：平静 2 小时后降至Ⅲ级\n"),
        "{later}"
    );
    // What people write is theirs, whatever it looks like.
    let mut written = calm(NoticeKind::Closed, Tier::III, Some(Tier::III));
    written.reason.method = "command".to_owned();
    let said = shown(written, Language::Zh);
    assert!(said.contains("calm_after = 2h\n"), "{said}");
    let en = shown(lowered(), Language::En);
    let line = "calm for long enough: no new post has brought it to tier II within 2 hours\n";
    assert!(en.contains(line), "{en}");
    let closed = shown(
        calm(NoticeKind::Closed, Tier::III, Some(Tier::III)),
        Language::Zh,
    );
    assert!(closed.contains("2 小时内没有新帖使其再达到Ⅲ级"), "{closed}");
}

#[test]
fn data_that_are_older_than_the_notice_say_so() {
    let mut late = notice();
    late.reason.at = NOW - TimeSpan::from_minutes(30);
    let shown = card(&outgoing(late), &options(Language::Zh, false, 100));
    assert!(shown.contains("升级时（14:23）的数值\n"), "{shown}");
    let once = Notice {
        last_found_at: notice().first_found_at,
        ..notice()
    };
    let shown = card(&outgoing(once), &options(Language::Zh, false, 100));
    assert!(shown.contains("首见 2026-11-23 14:05 +08:00\n"), "{shown}");
}

#[test]
fn a_detector_shows_count_usual_method_and_threshold() {
    let mut notice = notice();
    notice.reason.method = "ears".to_owned();
    notice.reason.condition = "ears_1h >= 3 && c2_voices_6h_same_hour >= 3".to_owned();
    let usual = Usual {
        count: 42.0,
        baseline: 3.12,
        spread: 1.4,
        windows: 7,
    };
    notice.reason.measures = vec![
        Measure {
            name: "ears_1h".to_owned(),
            value: 27.757,
            usual: Some(usual),
        },
        Measure {
            name: "c2_voices_6h_same_hour".to_owned(),
            value: 0.0,
            usual: None,
        },
    ];
    let zh = card(
        &outgoing(notice.clone()),
        &options(Language::Zh, false, 100),
    );
    for line in [
        "比平时突增：ears_1h >= 3",
        "1 小时内帖数 42，平时 3.1±1.4，EARS 27.8（阈值 ≥ 3）",
        "6 小时内发声者：EARS C2 未作判断（历史不足或帖数太少）\n",
    ] {
        assert!(zh.contains(line), "{zh}");
    }
    let en = card(&outgoing(notice), &options(Language::En, false, 100));
    let line = "posts within 1 hour 42, usually 3.1±1.4, EARS 27.8 (threshold ≥ 3)";
    assert!(en.contains(line), "{en}");
}

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_terminal_gets_the_card() {
    let page = Page::default();
    let options = options(Language::Zh, false, 80);
    let sink = TerminalSink::new(options.clone(), page.clone());
    sink.send(&outgoing(notice())).await.unwrap();
    let written = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
    assert_eq!(written, card(&outgoing(notice()), &options));
}

/// An alarm of the watchdog that has lasted for some minutes.
fn alarm(subject: SubjectKey, condition: &str, minutes: i64, measures: &[(&str, f64)]) -> Notice {
    let measure = |(name, value): &(&str, f64)| Measure {
        name: (*name).to_owned(),
        value: *value,
        usual: None,
    };
    Notice {
        kind: NoticeKind::Opened,
        topic: TopicId::pipeline(),
        topic_name: "采集与处理".to_owned(),
        owner: "operations".to_owned(),
        subject,
        tier: Tier::III,
        previous_tier: None,
        reason: Reason {
            method: WATCHDOG_METHOD.to_owned(),
            condition: condition.to_owned(),
            holds: None,
            measures: measures.iter().map(measure).collect(),
            at: NOW,
        },
        totals: Totals::default(),
        first_found_at: NOW - TimeSpan::from_minutes(minutes),
        last_found_at: NOW,
        quotes: Vec::new(),
        made_at: NOW,
        ..notice()
    }
}

fn named(kind: &str, name: &str) -> SubjectKey {
    SubjectKey::Named(Subject {
        kind: kind.to_owned(),
        name: name.to_owned(),
    })
}

#[test]
fn an_alarm_of_the_watchdog_is_a_sentence() {
    #[allow(clippy::cast_precision_loss, reason = "a time of the tests")]
    let at = (NOW - TimeSpan::from_minutes(2)).as_millis() as f64;
    let city = named("source", "本地热榜");
    let alarms = [
        alarm(
            city.clone(),
            "quiet_after = 3h",
            185,
            &[("usual_posts_an_hour", 40.0), ("last_success_at", at)],
        ),
        alarm(
            city.clone(),
            "dead_after = 15m",
            15,
            &[("last_success_at", at), ("errors", 12.0)],
        ),
        alarm(SubjectKey::All, "all_sources", 20, &[("sources", 7.0)]),
        alarm(
            named("topic", "food-safety"),
            "topic_quiet_after = 2d",
            3_000,
            &[("usual_posts_a_day", 40.0)],
        ),
        alarm(
            named("partition", "posts-0"),
            "marks_missed_after = 5m",
            6,
            &[],
        ),
        alarm(
            named("canary", "canary-0"),
            "canary_within = 30s",
            2,
            &[("interval_secs", 60.0), ("last_canary_at", at)],
        ),
        Notice {
            kind: NoticeKind::Closed,
            ..alarm(city, "quiet_after = 3h", 185, &[("silent_minutes", 185.0)])
        },
    ];
    let mut shown = String::new();
    for language in [Language::Zh, Language::En] {
        for alarm in &alarms {
            let card = Card::new(&outgoing(alarm.clone()), &phrasing(language));
            for line in &card.lines[..4] {
                shown.push_str(line.text().trim_end());
                shown.push('\n');
            }
        }
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn labels_are_shown_where_there_are_any() {
    let key = |key: &str| LabelKey::new(key).unwrap();
    let labels = [("district", "东区"), ("drill", "否")];
    let labelled = Notice {
        labels: labels.map(|(k, v)| (key(k), v.to_owned())).into(),
        ..notice()
    };
    let shown = |notice: Notice| -> Vec<String> {
        let card = Card::new(&outgoing(notice), &phrasing(Language::Zh));
        card.lines.iter().map(Line::text).collect()
    };
    assert!(shown(labelled).contains(&"district = 东区 · drill = 否".to_owned()));
    assert!(
        shown(notice())
            .iter()
            .all(|line| !line.contains("district"))
    );
}

#[test]
fn beside_a_quote_with_copies_stands_where_the_widest_can_be_read() {
    let mut copied = notice();
    copied.quotes[0].widest_copy = Some(WidestCopy {
        post: PostId::from_bytes([7; 16]),
        source: SourceId::new("本地微博").unwrap(),
        url: "https://weibo.example.org/7".to_owned(),
        reach: 321,
    });
    let lines = |language| -> Vec<String> {
        let card = Card::new(&outgoing(copied.clone()), &phrasing(language));
        card.lines.iter().map(Line::text).collect()
    };
    let zh = lines(Language::Zh);
    let origin = zh.iter().find(|line| line.contains("另有 12 条")).unwrap();
    assert!(
        origin.ends_with("另有 12 条相同或相近 · 其中 本地微博 一条附后，转评赞共 321"),
        "{origin}"
    );
    assert!(
        zh.contains(&"https://weibo.example.org/7".to_owned()),
        "{zh:?}"
    );
    let en = lines(Language::En);
    let origin = en.iter().find(|line| line.contains("12 copies")).unwrap();
    assert!(
        origin.ends_with(
            "and 12 copies of it · one of them on 本地微博 below, 321 reposts, comments and likes"
        ),
        "{origin}"
    );
}
