//! Values for the tests.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use fengbiao_alerter::{Change, Effects};
use fengbiao_ledger::{Ledger, LedgerError, Positions, StepCommit, StepRecord};
use fengbiao_model::*;

/// A clock that stands until it is set.
#[derive(Default)]
pub(crate) struct StoodClock(pub(crate) AtomicI64);

impl Clock for StoodClock {
    fn wall(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
    fn monotonic(&self) -> TimeSpan {
        TimeSpan::ZERO
    }
    fn real(&self, _span: TimeSpan) -> Duration {
        Duration::ZERO
    }
}

pub(crate) fn open(path: &Path) -> Ledger {
    Ledger::open(
        path,
        Arc::new(StoodClock::default()),
        &prometheus::Registry::new(),
    )
    .unwrap()
}

/// A new ledger in a folder that goes with it.
pub(crate) fn fresh() -> (tempfile::TempDir, Ledger) {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(&dir.path().join("ledger.sqlite"));
    (dir, ledger)
}

pub(crate) fn at(secs: i64) -> Timestamp {
    Timestamp::from_millis(1_000 * secs)
}

pub(crate) fn post(n: u8) -> PostId {
    PostId::from_bytes([n; 16])
}

pub(crate) fn topic(name: &str) -> TopicId {
    TopicId::new(name).unwrap()
}

pub(crate) fn receiver(name: &str) -> ReceiverId {
    ReceiverId::new(name).unwrap()
}

pub(crate) fn step_record(number: u64) -> StepRecord {
    StepRecord {
        number,
        wall: at(number.cast_signed()),
        monotonic: TimeSpan::from_secs(number.cast_signed()),
        process: 1,
        commands: 1..1,
        pulses: Vec::new(),
        hits: Vec::new(),
    }
}

/// Commits one step of changes behind the last one, as the owner.
pub(crate) fn commit(ledger: &Ledger, epoch: u64, changes: Vec<Change>) -> Result<(), LedgerError> {
    let step = step_record(ledger.last_step()? + 1);
    let before = ledger.positions()?;
    commit_as(ledger, epoch, &step, &before, &before, changes)
}

/// The word of a source that a post is gone, which it may have collected from elsewhere.
pub(crate) fn taken_back(post: PostId, by: &str) -> Change {
    Change::TakenBack(Deletion {
        id: post,
        service: ServiceId::new(by).unwrap(),
        source: SourceId::new(by).unwrap(),
        found_at: at(50),
    })
}

pub(crate) fn commit_as(
    ledger: &Ledger,
    epoch: u64,
    step: &StepRecord,
    before: &Positions,
    after: &Positions,
    changes: Vec<Change>,
) -> Result<(), LedgerError> {
    let effects = Effects {
        changes,
        ..Effects::default()
    };
    ledger.commit_step(&StepCommit {
        epoch,
        step,
        before,
        after,
        effects: &effects,
    })
}

pub(crate) fn incident(id: u64, number: Option<u64>, tier: Option<Tier>) -> Incident {
    let subject = SubjectKey::Named(Subject {
        kind: "place".to_owned(),
        name: "甲县".to_owned(),
    });
    Incident {
        number: number.map(nth),
        tier,
        highest_tier: tier,
        change: 1,
        last_found_at: at(20 + id.cast_signed()),
        opened_at: number.map(|_| at(30)),
        fired_at: Some(at(20)),
        totals: Totals {
            posts: 3,
            stories: 2,
            voices: 3,
            sources: 1,
            weight_max: 4,
        },
        ..Incident::latent(IncidentId(id), topic("food-safety"), subject, at(10))
    }
}

/// One that never opened: what hangs on it is part of the state.
pub(crate) fn latent(id: u64) -> Change {
    Change::Incident(incident(id, None, None))
}

/// The nth number of 2026; 0 and what is too great for a year are not numbers of it.
pub(crate) fn nth(running: u64) -> IncidentNumber {
    IncidentNumber::new(2026, u32::try_from(running).unwrap()).unwrap()
}

pub(crate) fn event(incident: u64, number: u32, what: Happening) -> Event {
    Event {
        incident: IncidentId(incident),
        number,
        at: at(40 + i64::from(number)),
        by: Actor::new("值班员").unwrap(),
        what,
    }
}

pub(crate) fn quote(id: PostId, text: &str) -> Quote {
    Quote {
        post: id,
        story: StoryId(2),
        source: SourceId::new("a feed").unwrap(),
        url: Some("https://example.org/1".to_owned()),
        title: None,
        text: text.to_owned(),
        published_at: None,
        found_at: at(11),
        counts: Counts {
            likes: Some(2),
            ..Counts::default()
        },
        rule: RuleId::new("canteen-illness").unwrap(),
        spans: vec![KeywordSpan {
            keyword: "呕吐".to_owned(),
            span: Span {
                field: Field::Text,
                start: 0,
                end: 6,
                char_start: 0,
                char_end: 2,
            },
            margin: Some(2.25),
        }],
        copies: 1,
        widest_copy: None,
    }
}

pub(crate) fn key(incident: u64, change: u32, to: &str) -> NoticeKey {
    NoticeKey {
        incident: IncidentId(incident),
        change,
        rung: 0,
        receiver: receiver(to),
        part: 0,
    }
}

pub(crate) fn notice(key: NoticeKey, tier: Tier, made_at: Timestamp, quotes: Vec<Quote>) -> Notice {
    Notice {
        number: nth(key.incident.0),
        key,
        kind: NoticeKind::Opened,
        topic: topic("food-safety"),
        topic_name: "食品安全".to_owned(),
        owner: "food-desk".to_owned(),
        subject: SubjectKey::Unnamed,
        tier,
        previous_tier: None,
        peak_tier: None,
        last_told: None,
        reason: Reason {
            method: "count".to_owned(),
            condition: "voices_1h >= 3".to_owned(),
            holds: None,
            measures: vec![Measure {
                name: "voices_1h".to_owned(),
                value: 3.0,
                usual: None,
            }],
            at: at(60),
        },
        class: Class::Incident,
        grade: None,
        labels: std::collections::BTreeMap::new(),
        answer: None,
        totals: Totals::default(),
        first_found_at: at(10),
        last_found_at: at(20),
        subjects: Vec::new(),
        more_subjects: 0,
        quotes,
        late: false,
        made_at,
        merged: 0,
        held_back: None,
        taken_on: None,
        deadlines: Vec::new(),
        asked: Vec::new(),
        told_before: Vec::new(),
        others: Vec::new(),
    }
}

pub(crate) fn sends(notice: Notice) -> Change {
    Change::Notice(Box::new(notice))
}
