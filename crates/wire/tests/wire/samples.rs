//! Known values of the model, one for each kind of record.

use std::collections::BTreeMap;

use fengbiao_model::{
    Acknowledgement, AcknowledgementEnd, Action, Actor, Answer, CanaryWatch, Class, Command,
    Control, Counts, Deadline, DeadlineState, Deed, Deletion, Duty, Event, Field, Filter, Floors,
    Grade, Happening, HeadlineOf, HeldBack, Hit, HitRecord, Incident, IncidentId, IncidentNumber,
    KeywordSpan, LabelKey, Ladder, LastTold, LexiconHash, LexiconNumber, Link, Marks, Measure,
    Notice, NoticeKey, NoticeKind, Offset, OtherIncident, OverrideNumber, Pace, Partition,
    PartitionMark, Policy, Position, Post, PostId, PostText, Pulse, Question, Quote, Reason,
    Receiver, ReceiverId, Route, RuleHit, RuleId, ScheduleId, ServiceId, Signature, SilenceNumber,
    Silenced, Sketch, SourceId, SourceWatch, Span, Stage, StoryId, Subject, SubjectKey,
    SubjectShare, TakenOn, Target, Tier, TimeSpan, Timestamp, Title, TopicId, TopicPolicy, Totals,
    Usual, Voice, WatchTiers, Watchdog, WidestCopy,
};

pub(crate) fn at(text: &str) -> Timestamp {
    fengbiao_wire::parse_time(text, &jiff::tz::TimeZone::UTC).unwrap()
}

fn number() -> IncidentNumber {
    IncidentNumber::new(2026, 2).unwrap()
}

pub(crate) fn position(partition: u32, offset: u64) -> Position {
    Position {
        partition: Partition(partition),
        offset: Offset(offset),
    }
}

pub(crate) fn post() -> Post<'static> {
    Post {
        id: PostId::from_bytes([0xab; 16]),
        native_id: Some("InqPrhk0r".into()),
        service: ServiceId::new("weibo").unwrap(),
        source: SourceId::new("本地热榜").unwrap(),
        url: Some(Link::new("https://m.weibo.cn/status/InqPrhk0r").unwrap()),
        title: Some(Title::new("三中食堂").unwrap()),
        text: PostText::new("三中食堂午饭后\n十几个学生“呕吐”，拨打 120").unwrap(),
        voice: Some(Voice::from_bytes([0x0f; 16])),
        published_at: Some(at("2026-11-23T14:05:09+08:00")),
        found_at: at("2026-11-23T14:06:00.5+08:00"),
        counts: Counts {
            reposts: Some(12),
            likes: Some(0),
            rank: Some(3),
            ..Counts::default()
        },
        repost_of: Some(PostId::from_bytes([1; 16])),
    }
}

/// A post with nothing that can be left out.
pub(crate) fn bare_post() -> Post<'static> {
    Post {
        id: PostId::from_bytes([0; 16]),
        native_id: None,
        service: ServiceId::new("push").unwrap(),
        source: SourceId::new("push").unwrap(),
        url: None,
        title: None,
        text: PostText::new("整个小区断网了").unwrap(),
        voice: None,
        published_at: None,
        found_at: Timestamp::EPOCH,
        counts: Counts::default(),
        repost_of: None,
    }
}

pub(crate) fn deletion() -> Deletion {
    Deletion {
        id: PostId::from_bytes([0xab; 16]),
        service: ServiceId::new("weibo").unwrap(),
        source: SourceId::new("本地热榜").unwrap(),
        found_at: at("2026-11-23T07:00:00Z"),
    }
}

pub(crate) fn control() -> Control {
    Control {
        number: LexiconNumber(7),
        hash: LexiconHash::from_bytes([0x5a; 16]),
    }
}

pub(crate) fn keyword() -> KeywordSpan {
    let span = Span {
        field: Field::Text,
        start: 37,
        end: 43,
        char_start: 13,
        char_end: 15,
    };
    KeywordSpan {
        keyword: "呕吐".to_owned(),
        span,
        margin: Some(-0.1),
    }
}

pub(crate) fn hit() -> Hit {
    let title = Span {
        field: Field::Title,
        start: 6,
        end: 12,
        char_start: 2,
        char_end: 4,
    };
    let canteen = KeywordSpan {
        keyword: "食堂".to_owned(),
        span: title,
        margin: None,
    };
    Hit {
        topic: TopicId::new("food-safety").unwrap(),
        version: LexiconNumber(7),
        origin: position(2, 41),
        rules: vec![RuleHit {
            rule: RuleId::new("canteen-illness").unwrap(),
            weight: 3,
            class: Class::Complaint,
            spans: vec![canteen, keyword()],
        }],
        subjects: vec![Subject {
            kind: "place".to_owned(),
            name: "安宁市".to_owned(),
        }],
        signature: Signature {
            story: StoryId(u64::MAX),
            sketch: Sketch {
                runs: 9,
                numbers: 1,
                least: std::array::from_fn(|bin| u16::try_from(bin * 257).unwrap()),
            },
        },
        post: post(),
    }
}

pub(crate) fn stub() -> HitRecord {
    HitRecord::Stub {
        topic: TopicId::new("food-safety").unwrap(),
        post: PostId::from_bytes([0xab; 16]),
        origin: position(0, u64::MAX),
        found_at: at("2026-11-23T06:06:00Z"),
        bytes: 1_200_000,
    }
}

pub(crate) fn marks(since: Option<Timestamp>) -> Marks {
    let mark = |partition, next, at_end| PartitionMark {
        partition: Partition(partition),
        next: Offset(next),
        found_at: at("2026-11-23T06:06:00Z"),
        at_end,
        since,
    };
    Marks(vec![mark(0, 10, true), mark(1, 11, false)])
}

pub(crate) fn pulse() -> Pulse {
    Pulse {
        source: SourceId::new("本地热榜").unwrap(),
        minute: at("2026-11-23T06:06:00Z"),
        polls: 1,
        posts: 50,
        refused: 2,
        errors: 0,
        ended: false,
    }
}

/// The last pulse of a source that has come to its end.
pub(crate) fn last_pulse() -> Pulse {
    Pulse {
        ended: true,
        ..pulse()
    }
}

fn totals() -> Totals {
    Totals {
        posts: 9,
        stories: 4,
        voices: 7,
        sources: 3,
        weight_max: 3,
    }
}

pub(crate) fn subject() -> SubjectKey {
    SubjectKey::Named(Subject {
        kind: "place".to_owned(),
        name: "安宁市".to_owned(),
    })
}

pub(crate) fn incident() -> Incident {
    Incident {
        id: IncidentId(5),
        number: Some(number()),
        topic: TopicId::new("food-safety").unwrap(),
        subject: subject(),
        stage: Stage::Reported,
        tier: Some(Tier::III),
        highest_tier: Some(Tier::II),
        change: 3,
        first_found_at: at("2026-11-23T06:06:00Z"),
        last_found_at: at("2026-11-23T08:06:00Z"),
        opened_at: Some(at("2026-11-23T06:06:01Z")),
        changed_at: Some(at("2026-11-23T07:06:01Z")),
        fired_at: Some(at("2026-11-23T08:06:00Z")),
        closed_at: None,
        acknowledged: Some(Acknowledgement {
            by: Actor::new("值班员").unwrap(),
            at: at("2026-11-23T07:10:00Z"),
        }),
        acknowledged_before: None,
        totals: totals(),
        class: Class::Rumour,
        classified: true,
        grade: Some(Grade::III),
        labels: BTreeMap::from([(LabelKey::new("district").unwrap(), "安宁".to_owned())]),
        answer: Some(answer()),
        follows: IncidentNumber::new(2025, 400),
        merged_into: IncidentNumber::new(2026, 1),
        split_from: IncidentNumber::new(2026, 1),
        returns: 2,
        events: 12,
        items: 3,
        asked: BTreeMap::from([(3, at("2026-11-24T07:10:00Z"))]),
    }
}

fn answer() -> Answer {
    Answer {
        text: "经核实，系误传。\n详见通报".to_owned(),
        link: Some("https://example.org/tongbao".to_owned()),
        by: Actor::new("宣传科").unwrap(),
        at: at("2026-11-23T09:00:00Z"),
    }
}

/// An incident with nothing that can be left out.
pub(crate) fn bare_incident(subject: SubjectKey) -> Incident {
    Incident {
        number: None,
        subject,
        stage: Stage::Detected,
        tier: None,
        highest_tier: None,
        opened_at: None,
        changed_at: None,
        fired_at: None,
        acknowledged: None,
        class: Class::Incident,
        classified: false,
        grade: None,
        labels: BTreeMap::new(),
        answer: None,
        follows: None,
        merged_into: None,
        split_from: None,
        returns: 0,
        events: 0,
        items: 0,
        asked: BTreeMap::new(),
        ..incident()
    }
}

fn reason() -> Reason {
    Reason {
        method: "ears".to_owned(),
        condition: "voices_1h >= 5 && sources_1h >= 2 || ears_1h >= 3".to_owned(),
        holds: Some("ears_1h >= 3".to_owned()),
        measures: vec![
            Measure {
                name: "voices_1h".to_owned(),
                value: 7.0,
                usual: None,
            },
            Measure {
                name: "sources_1h".to_owned(),
                value: 0.1 + 0.2,
                usual: None,
            },
            Measure {
                name: "ears_1h".to_owned(),
                value: 27.5,
                usual: Some(Usual {
                    count: 42.0,
                    baseline: 1.25,
                    spread: 1.5,
                    windows: 7,
                }),
            },
        ],
        at: at("2026-11-23T06:07:00Z"),
    }
}

pub(crate) fn notice() -> Notice {
    let post = post();
    Notice {
        key: NoticeKey {
            incident: IncidentId(5),
            change: 3,
            rung: 1,
            receiver: ReceiverId::new("food-desk").unwrap(),
            part: 0,
        },
        kind: NoticeKind::Raised,
        number: number(),
        topic: TopicId::new("food-safety").unwrap(),
        topic_name: "食品安全".to_owned(),
        owner: "food-desk".to_owned(),
        subject: subject(),
        tier: Tier::III,
        previous_tier: Some(Tier::IV),
        peak_tier: Some(Tier::I),
        last_told: Some(LastTold {
            at: at("2026-11-23T06:10:00Z"),
            totals: Totals {
                posts: 1,
                ..totals()
            },
        }),
        reason: reason(),
        class: Class::Rumour,
        grade: Some(Grade::III),
        labels: [(LabelKey::new("district").unwrap(), "东区".to_owned())].into(),
        answer: Some(answer()),
        totals: totals(),
        first_found_at: at("2026-11-23T06:06:00Z"),
        last_found_at: at("2026-11-23T06:06:30Z"),
        quotes: vec![Quote {
            post: post.id,
            story: StoryId(0x0123_4567_89ab_cdef),
            source: post.source.clone(),
            url: post.url.as_ref().map(|url| url.as_str().to_owned()),
            title: post.title.as_ref().map(|title| title.as_str().to_owned()),
            text: post.text.as_str().to_owned(),
            published_at: post.published_at,
            found_at: post.found_at,
            counts: post.counts,
            rule: RuleId::new("canteen-illness").unwrap(),
            spans: vec![keyword()],
            copies: 4,
            widest_copy: Some(WidestCopy {
                post: PostId::from_bytes([9; 16]),
                source: SourceId::new("a board").unwrap(),
                url: "https://board.example.org/9".to_owned(),
                reach: 41,
            }),
        }],
        subjects: Vec::new(),
        more_subjects: 0,
        late: false,
        made_at: at("2026-11-23T06:07:00.250Z"),
        merged: 1,
        held_back: None,
        taken_on: None,
        deadlines: Vec::new(),
        asked: Vec::new(),
        told_before: Vec::new(),
        others: Vec::new(),
    }
}

/// A notice with all that the end of a chain, a deadline and a storm add to one.
pub(crate) fn full_notice() -> Notice {
    let deadline = |duty, due, state| Deadline {
        duty,
        due: at(due),
        warn_at: None,
        state,
    };
    Notice {
        kind: NoticeKind::Unanswered,
        deadlines: vec![
            deadline(Duty::Report, "2026-11-23T06:37:00Z", DeadlineState::Missed),
            Deadline {
                warn_at: Some(at("2026-11-23T17:07:00Z")),
                ..deadline(Duty::Answer, "2026-11-23T18:07:00Z", DeadlineState::Running)
            },
        ],
        asked: vec![
            Question {
                item: 1,
                of: "教育局".to_owned(),
                what: "几人就医".to_owned(),
                due: at("2026-11-23T06:05:00Z"),
                warn_at: None,
                state: DeadlineState::Missed,
            },
            Question {
                item: 3,
                of: "学校".to_owned(),
                what: "当天的菜单".to_owned(),
                due: at("2026-11-23T07:00:00Z"),
                warn_at: Some(at("2026-11-23T06:00:00Z")),
                state: DeadlineState::Warned,
            },
        ],
        told_before: ["duty-a", "duty-b"]
            .map(|id| ReceiverId::new(id).unwrap())
            .to_vec(),
        others: vec![OtherIncident {
            number: IncidentNumber::new(2026, 3).unwrap(),
            kind: NoticeKind::Opened,
            topic_name: "食品安全".to_owned(),
            subject: SubjectKey::Unnamed,
            tier: Tier::IV,
            totals: totals(),
            headline: "食堂\"停业\"".to_owned(),
            headline_of: Some(HeadlineOf {
                post: PostId::from_bytes([3; 16]),
                source: SourceId::new("some forum").unwrap(),
            }),
        }],
        ..notice()
    }
}

/// A notice of `*` that a silence held, and that somebody had taken on.
pub(crate) fn notice_of_all() -> Notice {
    let share = |subject, posts, tier| SubjectShare {
        subject,
        posts,
        tier,
    };
    Notice {
        subject: SubjectKey::All,
        subjects: vec![
            share(subject(), 12, Some(Tier::III)),
            share(SubjectKey::Unnamed, 1, None),
        ],
        more_subjects: 3,
        held_back: Some(HeldBack::Silence {
            until: at("2026-11-23T06:07:00Z"),
            reason: "\"检修\"".to_owned(),
        }),
        taken_on: Some(TakenOn {
            acknowledgement: acknowledgement(),
            until: Some(at("2026-11-23T08:07:00Z")),
            ended: None,
        }),
        ..notice()
    }
}

/// One that quiet hours held, of an incident that was raised since somebody took it on.
pub(crate) fn notice_after_quiet_hours() -> Notice {
    Notice {
        held_back: Some(HeldBack::QuietHours),
        taken_on: Some(TakenOn {
            acknowledgement: acknowledgement(),
            until: None,
            ended: Some(AcknowledgementEnd::Raised),
        }),
        ..notice()
    }
}

/// An incident that nobody has taken on any more.
pub(crate) fn lapsed_incident() -> Incident {
    Incident {
        acknowledged: None,
        acknowledged_before: Some((acknowledgement(), AcknowledgementEnd::Expired)),
        ..incident()
    }
}

fn acknowledgement() -> Acknowledgement {
    Acknowledgement {
        by: Actor::new("值班员").unwrap(),
        at: at("2026-11-23T06:20:00Z"),
    }
}

pub(crate) fn policy() -> Policy {
    let ladder = |tier, condition: &str, hours| Ladder {
        conditions: BTreeMap::from([
            (Tier::IV, "posts_1h >= 1".to_owned()),
            (tier, condition.to_owned()),
        ]),
        holds: BTreeMap::from([(Tier::IV, "posts_6h >= 1".to_owned())]),
        calm_after: TimeSpan::from_hours(hours),
        floors: Floors {
            min_sigma: 1.5,
            ..Floors::default()
        },
    };
    let topic = TopicPolicy {
        id: TopicId::new("food-safety").unwrap(),
        name: "食品安全".to_owned(),
        owner: "food-desk".to_owned(),
        tiers: ladder(Tier::III, "voices_1h >= 5", 24),
        tiers_all: ladder(Tier::I, "voices_1h >= 200", 48),
        reopen_within: TimeSpan::from_hours(72),
        labels: [(LabelKey::new("district").unwrap(), "东区".to_owned())].into(),
    };
    let receiver = |id: &str| Receiver {
        id: ReceiverId::new(id).unwrap(),
        pages: true,
        quiet: None,
    };
    let desk = ReceiverId::new("food-desk").unwrap();
    let route = Route {
        takes: Filter {
            labels: [(LabelKey::new("district").unwrap(), "北区".to_owned())].into(),
            topics: Some([topic.id.clone()].into()),
            from_tier: Some(Tier::III),
            subjects: None,
        },
        to: vec![Target::Receiver(desk)],
        pace: Pace {
            group_wait: Some(TimeSpan::from_secs(30)),
            group_interval: None,
            repeat_interval: Some(TimeSpan::from_hours(4)),
        },
        ..Route::default()
    };
    Policy {
        topics: BTreeMap::from([(topic.id.clone(), topic)]),
        receivers: [receiver("food-desk"), receiver("all")]
            .into_iter()
            .map(|one| (one.id.clone(), one))
            .collect(),
        time_zone: "Asia/Shanghai".to_owned(),
        route: Route {
            routes: vec![route],
            ..Route::default()
        },
        ..Policy::default()
    }
}

/// A policy that the pipeline itself is held to.
pub(crate) fn watched_policy() -> Policy {
    let watch = SourceWatch {
        dead_after: TimeSpan::from_minutes(15),
        quiet_after: TimeSpan::from_hours(3),
    };
    let watchdog = Watchdog {
        dead_after: watch.dead_after,
        quiet_after: watch.quiet_after,
        sources: BTreeMap::from([(SourceId::new("本地热榜").unwrap(), watch)]),
        topic_quiet_after: TimeSpan::ZERO,
        canary: Some(CanaryWatch {
            interval: TimeSpan::from_minutes(1),
            within: TimeSpan::from_secs(30),
            partitions: 4,
        }),
        tiers: WatchTiers::default(),
    };
    Policy {
        watchdog: Some(watchdog),
        ..policy()
    }
}

/// Every action there is, with the name of its golden file.
pub(crate) fn actions() -> Vec<(&'static str, Action)> {
    let incident = number();
    let deed = Deed::Close {
        note: "已核实：\"误传\"".to_owned(),
    };
    vec![
        ("incident", Action::Incident { incident, deed }),
        (
            "silence",
            Action::Silence {
                covers: Silenced::Filter(Filter {
                    labels: [(LabelKey::new("district").unwrap(), "北区".to_owned())].into(),
                    topics: Some([TopicId::new("food-safety").unwrap()].into()),
                    from_tier: Some(Tier::IV),
                    subjects: Some(["*".to_owned(), "安宁市".to_owned()].into()),
                }),
                from: Some(at("2026-11-23T08:00:00Z")),
                until: at("2026-11-23T10:00:00Z"),
                reason: "消防演练".to_owned(),
            },
        ),
        (
            "silence-incident",
            Action::Silence {
                covers: Silenced::Incident(incident),
                from: None,
                until: at("2026-11-23T10:00:00Z"),
                reason: "正在处理".to_owned(),
            },
        ),
        (
            "end-silence",
            Action::EndSilence {
                silence: SilenceNumber(7),
            },
        ),
        (
            "stand-in",
            Action::StandIn {
                schedule: ScheduleId::new("duty").unwrap(),
                receiver: ReceiverId::new("food-desk").unwrap(),
                from: None,
                to: at("2026-11-24T01:00:00Z"),
            },
        ),
        (
            "end-stand-in",
            Action::EndStandIn {
                number: OverrideNumber(4),
            },
        ),
        ("policy", Action::Policy(Box::new(policy()))),
        (
            "purge",
            Action::Purge {
                post: PostId::from_bytes([0xab; 16]),
            },
        ),
        ("confirm-clock", Action::ConfirmClock),
        ("new-generation", Action::NewGeneration),
    ]
}

pub(crate) fn command(action: Action) -> Command {
    let by = Actor::new("值班员").unwrap();
    Command {
        number: 12,
        at: at("2026-11-23T07:10:00Z"),
        by,
        action,
    }
}

/// Every deed there is, with all that it may hold, and then what may be left out left out.
pub(crate) fn deeds() -> Vec<Deed> {
    let text = || "已联系学校".to_owned();
    vec![
        Deed::Acknowledge,
        Deed::Close { note: text() },
        Deed::Reopen { note: text() },
        Deed::Stage {
            stage: Stage::Verifying,
            note: text(),
        },
        Deed::Grade {
            grade: Some(Grade::II),
            note: text(),
        },
        Deed::Classify {
            class: Class::Enquiry,
            note: text(),
        },
        Deed::Label {
            key: LabelKey::new("district").unwrap(),
            value: Some(text()),
        },
        Deed::Note { text: text() },
        Deed::Ask {
            of: text(),
            what: text(),
            by_when: Some(at("2026-11-24T07:10:00Z")),
        },
        Deed::Reply {
            item: 1,
            answer: text(),
        },
        Deed::Assess {
            owner: text(),
            grade: Some(Grade::IV),
            opinion: text(),
        },
        Deed::Answer {
            text: text(),
            link: answer().link,
        },
        Deed::Outcome {
            post: PostId::from_bytes([0xab; 16]),
            outcome: text(),
        },
        Deed::Merge {
            into: number(),
            note: text(),
        },
        Deed::Split {
            posts: vec![PostId::from_bytes([1; 16]), PostId::from_bytes([2; 16])],
            note: text(),
        },
        Deed::Stage {
            stage: Stage::Following,
            note: String::new(),
        },
        Deed::Grade {
            grade: None,
            note: String::new(),
        },
        Deed::Label {
            key: LabelKey::new("district").unwrap(),
            value: None,
        },
        Deed::Ask {
            of: text(),
            what: text(),
            by_when: None,
        },
        Deed::Answer {
            text: text(),
            link: None,
        },
    ]
}

/// Every event there is.
pub(crate) fn events() -> Vec<Event> {
    let text = || "已联系学校".to_owned();
    let post = PostId::from_bytes([0xab; 16]);
    let (note, key) = (text(), LabelKey::new("district").unwrap());
    let what = vec![
        Happening::Opened {
            tier: Tier::IV,
            reason: reason(),
        },
        Happening::TierChanged {
            from: Some(Tier::IV),
            to: Tier::III,
            reason: reason(),
        },
        Happening::TierChanged {
            from: None,
            to: Tier::III,
            reason: reason(),
        },
        Happening::TierHeld {
            tier: Tier::III,
            reason: reason(),
        },
        Happening::Closed {
            note: String::new(),
            reason: Some(reason()),
        },
        Happening::Closed {
            note: text(),
            reason: None,
        },
        Happening::Reopened { note: text() },
        Happening::Acknowledged,
        Happening::Staged {
            stage: Stage::Answered,
            note: text(),
        },
        Happening::Graded {
            grade: Some(Grade::I),
            note: text(),
        },
        Happening::Classified {
            class: Class::Suggestion,
            note: text(),
        },
        Happening::Labelled {
            key,
            value: Some(text()),
        },
        Happening::Noted { text: text() },
        Happening::Asked {
            item: 1,
            of: text(),
            what: text(),
            by_when: at("2026-11-24T07:10:00Z"),
        },
        Happening::Replied {
            item: 1,
            answer: text(),
        },
        Happening::Assessed {
            owner: text(),
            grade: None,
            opinion: text(),
        },
        Happening::Answered {
            text: text(),
            link: answer().link,
        },
        Happening::Outcome {
            post,
            outcome: text(),
        },
        Happening::MergedInto {
            into: number(),
            note: text(),
        },
        Happening::Absorbed {
            from: number(),
            note: text(),
        },
        Happening::SplitOff {
            into: number(),
            posts: 2,
            note: text(),
        },
        Happening::SplitFrom {
            from: number(),
            posts: 2,
            note,
        },
        Happening::FollowsUp { incident: number() },
        Happening::ReplyNear {
            item: 1,
            of: "\"市\"教育局".to_owned(),
            due: at("2026-11-24T07:10:00Z"),
        },
        Happening::ReplyMissed {
            item: 1,
            of: "\"市\"教育局".to_owned(),
            due: at("2026-11-24T07:10:00Z"),
        },
        Happening::ToldWith {
            notice_of: number(),
            to: ReceiverId::new("food-desk").unwrap(),
        },
    ];
    let by = Actor::new("值班员").unwrap();
    let numbered = what.into_iter().zip(1..);
    let event = |(what, number)| Event {
        incident: IncidentId(5),
        number,
        at: at("2026-11-23T07:10:00Z"),
        by: by.clone(),
        what,
    };
    numbered.map(event).collect()
}
