//! One notice in the project's own words, and a clock that stands where it is put.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use fengbiao_model::{
    Class, Clock, Counts, Deadline, DeadlineState, Duty, Field, IncidentId, IncidentNumber,
    KeywordSpan, LedgerId, Measure, Notice, NoticeKey, NoticeKind, OtherIncident, PostId, Question,
    Quote, Reason, ReceiverId, RuleId, SourceId, Span, StoryId, Subject, SubjectKey, Tier,
    TimeSpan, Timestamp, TopicId, Totals,
};
use fengbiao_sink::Outgoing;
use fengbiao_sink::text::{Language, Phrasing};

/// 2026-11-23T06:53:10.000Z, 14:53 in Shanghai.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_416_790_000);

/// A clock that moves only when it is told to.
#[derive(Debug)]
pub(crate) struct SetClock(AtomicI64);

impl SetClock {
    pub(crate) fn at(now: Timestamp) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(now.as_millis())))
    }

    pub(crate) fn advance(&self, span: TimeSpan) {
        self.0.fetch_add(span.as_millis(), Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn wall(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> TimeSpan {
        self.wall().since(NOW)
    }

    fn real(&self, span: TimeSpan) -> Duration {
        Duration::from_millis(u64::try_from(span.as_millis()).unwrap_or(0))
    }
}

pub(crate) fn phrasing(language: Language) -> Phrasing {
    Phrasing {
        language,
        time_zone: jiff::tz::TimeZone::get("Asia/Shanghai").unwrap(),
    }
}

/// The ledger of all notices here.
pub(crate) fn ledger() -> LedgerId {
    "3fa94c1e".parse().unwrap()
}

pub(crate) fn key(receiver: &str, change: u32) -> NoticeKey {
    let receiver = ReceiverId::new(receiver).unwrap();
    NoticeKey {
        incident: IncidentId(7),
        change,
        rung: 0,
        receiver,
        part: 0,
    }
}

/// A keyword of a text, found by its words.
pub(crate) fn keyword(field: Field, text: &str, keyword: &str) -> KeywordSpan {
    let start = text.find(keyword).unwrap();
    let char_start = text[..start].chars().count();
    let span = Span {
        field,
        start,
        end: start + keyword.len(),
        char_start,
        char_end: char_start + keyword.chars().count(),
    };
    KeywordSpan {
        keyword: keyword.to_owned(),
        span,
        margin: Some(0.25),
    }
}

pub(crate) fn quote(number: u8, text: &str, keywords: &[&str]) -> Quote {
    Quote {
        post: PostId::from_bytes([number; 16]),
        story: StoryId(number.into()),
        source: SourceId::new("城市论坛").unwrap(),
        url: Some(format!("https://forum.example.org/t/{number}")),
        title: None,
        text: text.to_owned(),
        published_at: Some(NOW - TimeSpan::from_minutes(50)),
        found_at: NOW - TimeSpan::from_minutes(48),
        counts: Counts {
            reposts: Some(12),
            comments: Some(3),
            ..Counts::default()
        },
        rule: RuleId::new("canteen-illness").unwrap(),
        spans: keywords
            .iter()
            .map(|word| keyword(Field::Text, text, word))
            .collect(),
        copies: 13,
        widest_copy: None,
    }
}

fn second_quote() -> Quote {
    let title = "关于三中食堂的情况";
    let text = "家长群都在问：到底怎么回事？\n孩子回来说肚子疼，校医室排了长队。";
    Quote {
        url: Some("https://news.example.org/a_(1)".to_owned()),
        title: Some(title.to_owned()),
        published_at: None,
        counts: Counts {
            rank: Some(4),
            views: Some(9_000),
            ..Counts::default()
        },
        spans: vec![
            keyword(Field::Title, title, "食堂"),
            keyword(Field::Text, text, "肚子疼"),
        ],
        copies: 1,
        ..quote(2, text, &[])
    }
}

/// An incident in a school canteen, raised from IV to III.
pub(crate) fn notice() -> Notice {
    let place = Subject {
        kind: "place".to_owned(),
        name: "青山区".to_owned(),
    };
    let measure = |name: &str, value| Measure {
        name: name.to_owned(),
        value,
        usual: None,
    };
    Notice {
        key: key("duty", 2),
        kind: NoticeKind::Raised,
        number: IncidentNumber::new(2026, 12).unwrap(),
        topic: TopicId::new("food-safety").unwrap(),
        topic_name: "食品安全".to_owned(),
        owner: "food-desk".to_owned(),
        subject: SubjectKey::Named(place),
        tier: Tier::III,
        previous_tier: Some(Tier::IV),
        peak_tier: None,
        last_told: None,
        reason: Reason {
            method: "count".to_owned(),
            condition: "voices_1h >= 5 && sources_1h >= 2".to_owned(),
            holds: None,
            measures: vec![measure("voices_1h", 7.0), measure("sources_1h", 3.0)],
            at: NOW,
        },
        class: Class::Incident,
        grade: None,
        labels: std::collections::BTreeMap::new(),
        answer: None,
        totals: Totals {
            posts: 23,
            stories: 9,
            voices: 7,
            sources: 3,
            weight_max: 4,
        },
        first_found_at: NOW - TimeSpan::from_minutes(48),
        last_found_at: NOW - TimeSpan::from_minutes(1),
        quotes: vec![
            quote(
                1,
                "三中食堂午饭后十几个学生呕吐，已经送医",
                &["食堂", "呕吐"],
            ),
            second_quote(),
        ],
        subjects: Vec::new(),
        more_subjects: 0,
        late: false,
        made_at: NOW,
        merged: 0,
        held_back: None,
        taken_on: None,
        deadlines: Vec::new(),
        asked: Vec::new(),
        told_before: Vec::new(),
        others: Vec::new(),
    }
}

/// A deadline so many minutes after now, or before.
pub(crate) fn deadline(duty: Duty, minutes: i64, state: DeadlineState) -> Deadline {
    Deadline {
        duty,
        due: Timestamp::from_millis(NOW.as_millis() + minutes * 60_000),
        warn_at: None,
        state,
    }
}

/// A question of the contact sheet, due in so many minutes.
pub(crate) fn question(item: u32, of: &str, minutes: i64, state: DeadlineState) -> Question {
    Question {
        item,
        of: of.to_owned(),
        what: "几人就医，现在情况如何".to_owned(),
        due: Timestamp::from_millis(NOW.as_millis() + minutes * 60_000),
        warn_at: None,
        state,
    }
}

/// One of the incidents of a storm.
pub(crate) fn other(number: u64, subject: SubjectKey, kind: NoticeKind) -> OtherIncident {
    OtherIncident {
        number: IncidentNumber::new(2026, u32::try_from(number).unwrap()).unwrap(),
        kind,
        topic_name: "供水供电".to_owned(),
        subject,
        tier: Tier::III,
        totals: Totals {
            posts: number,
            stories: 1,
            ..Totals::default()
        },
        headline: "停水了，至今没有通知".to_owned(),
        headline_of: None,
    }
}

pub(crate) fn outgoing(notice: Notice) -> Outgoing {
    let acknowledge_url = Some("https://desk.example.org/a/signed-token".to_owned());
    Outgoing {
        ledger: ledger(),
        notice,
        acknowledge_url,
    }
}

/// A notice whose quotes are long enough for several messages.
pub(crate) fn long_notice() -> Notice {
    let quotes = (1..=5u8).map(|number| {
        let lines: Vec<String> = (1..=60)
            .map(|line| format!("第{number}帖第{line}行：停水了，至今没有通知"))
            .collect();
        quote(number, &lines.join("\n"), &["停水"])
    });
    Notice {
        quotes: quotes.collect(),
        ..notice()
    }
}
