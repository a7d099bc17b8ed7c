//! Known values of the model, one for each kind of record.

use std::collections::BTreeMap;

use fengbiao_model::{
    Acknowledgement, Action, Actor, CanaryWatch, Command, Control, Counts, Deletion, Field, Hit,
    HitRecord, Incident, IncidentId, IncidentNumber, KeywordSpan, Ladder, LexiconHash,
    LexiconNumber, Link, Marks, Measure, Notice, NoticeKey, NoticeKind, Offset, Partition,
    PartitionMark, Policy, Position, Post, PostId, PostText, Pulse, Quote, Reason, Receiver,
    ReceiverId, RuleHit, RuleId, ServiceId, Signature, SourceId, SourceWatch, Span, Stage, StoryId,
    Subject, SubjectKey, Tier, TimeSpan, Timestamp, Title, TopicId, TopicPolicy, Totals, Voice,
    WatchTiers, Watchdog,
};

pub(crate) fn at(text: &str) -> Timestamp {
    fengbiao_wire::parse_time(text, &jiff::tz::TimeZone::UTC).unwrap()
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
            spans: vec![canteen, keyword()],
        }],
        subjects: vec![Subject {
            kind: "place".to_owned(),
            name: "安宁市".to_owned(),
        }],
        signature: Signature {
            story: StoryId(u64::MAX),
            simhash: 1,
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

pub(crate) fn marks() -> Marks {
    let mark = |partition, next, at_end| PartitionMark {
        partition: Partition(partition),
        next: Offset(next),
        found_at: at("2026-11-23T06:06:00Z"),
        at_end,
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
        number: Some(IncidentNumber(2)),
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
        totals: totals(),
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
        ..incident()
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
        number: IncidentNumber(2),
        topic: TopicId::new("food-safety").unwrap(),
        topic_name: "食品安全".to_owned(),
        owner: "food-desk".to_owned(),
        subject: subject(),
        tier: Tier::III,
        previous_tier: Some(Tier::IV),
        reason: Reason {
            method: "count".to_owned(),
            condition: "voices_1h >= 5 && sources_1h >= 2".to_owned(),
            measures: vec![
                Measure {
                    name: "voices_1h".to_owned(),
                    value: 7.0,
                },
                Measure {
                    name: "sources_1h".to_owned(),
                    value: 0.1 + 0.2,
                },
            ],
            baseline: Some(1.25),
            at: at("2026-11-23T06:07:00Z"),
        },
        totals: totals(),
        first_found_at: at("2026-11-23T06:06:00Z"),
        last_found_at: at("2026-11-23T06:06:30Z"),
        quotes: vec![Quote {
            post: post.id,
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
        }],
        late: false,
        made_at: at("2026-11-23T06:07:00.250Z"),
        merged: 1,
    }
}

pub(crate) fn policy() -> Policy {
    let ladder = |tier, condition: &str, hours| Ladder {
        conditions: BTreeMap::from([
            (Tier::IV, "posts_1h >= 1".to_owned()),
            (tier, condition.to_owned()),
        ]),
        calm_after: TimeSpan::from_hours(hours),
    };
    let topic = TopicPolicy {
        id: TopicId::new("food-safety").unwrap(),
        name: "食品安全".to_owned(),
        owner: "food-desk".to_owned(),
        tiers: ladder(Tier::III, "voices_1h >= 5", 24),
        tiers_all: ladder(Tier::I, "voices_1h >= 200", 48),
    };
    let receiver = |id: &str, topics| Receiver {
        id: ReceiverId::new(id).unwrap(),
        from_tier: Tier::III,
        topics,
        group_wait: TimeSpan::from_secs(30),
        repeat_interval: TimeSpan::from_hours(4),
        pages: true,
    };
    let receivers = [
        receiver("food-desk", Some(vec![topic.id.clone()])),
        receiver("all", None),
    ];
    Policy {
        topics: BTreeMap::from([(topic.id.clone(), topic)]),
        receivers: receivers
            .into_iter()
            .map(|one| (one.id.clone(), one))
            .collect(),
        watchdog: None,
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
    let incident = IncidentNumber(2);
    vec![
        ("acknowledge", Action::Acknowledge { incident }),
        (
            "close",
            Action::Close {
                incident,
                note: "已核实：\"误传\"".to_owned(),
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
