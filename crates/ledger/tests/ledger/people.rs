//! What people see and ask, and how long it is kept.

use fengbiao_alerter::{Change, Withheld};
use fengbiao_ledger::limits::{
    KEPT_CANARIES, KEPT_CHECKPOINTS, KEPT_FINISHED_NOTICES, MAX_DETAIL_ROWS,
};
use fengbiao_ledger::{IncidentFilter, LedgerError};
use fengbiao_model::*;

use crate::values::*;

#[test]
fn commands_are_numbered_and_kept() {
    let (dir, ledger) = fresh();
    let by = Actor::new("duty").unwrap();
    let first = ledger
        .push_command(
            by.clone(),
            Action::Incident {
                incident: nth(7),
                deed: Deed::Acknowledge,
            },
            at(5),
        )
        .unwrap();
    assert_eq!((first.number, first.at), (1, at(5)));
    drop(ledger);
    let ledger = open(&dir.path().join("ledger.sqlite"));
    let second = ledger
        .push_command(by, Action::Purge { post: post(3) }, at(6))
        .unwrap();
    assert_eq!(second.number, 2);
    assert_eq!(
        ledger.commands_after(0, 10).unwrap(),
        [first, second.clone()]
    );
    assert_eq!(ledger.commands_after(1, 10).unwrap(), [second]);
    assert!(ledger.commands_after(2, 10).unwrap().is_empty());
}

#[test]
fn incidents_are_listed_latest_first_and_filtered() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let mut closed = incident(2, Some(2), None);
    closed.stage = Stage::Closed;
    closed.highest_tier = Some(Tier::I);
    let mut outage = incident(3, Some(3), Some(Tier::II));
    outage.topic = topic("service-outage");
    let all = [
        incident(1, Some(1), Some(Tier::IV)),
        closed,
        outage,
        incident(4, None, None),
    ];
    commit(
        &ledger,
        epoch,
        all.iter().cloned().map(Change::Incident).collect(),
    )
    .unwrap();
    let numbers = |filter: IncidentFilter, limit| -> Vec<u32> {
        let found = ledger.incidents(&filter, limit).unwrap();
        let all = ledger.count_incidents(&filter).unwrap();
        assert_eq!(found.len() as u64, all.min(limit as u64), "{filter:?}");
        found
            .iter()
            .map(|incident| incident.number.unwrap().running())
            .collect()
    };
    let any = IncidentFilter::default;
    assert_eq!(numbers(any(), 10), [3, 2, 1]);
    assert_eq!(numbers(any(), 2), [3, 2]);
    let before = Some(nth(2));
    assert_eq!(numbers(IncidentFilter { before, ..any() }, 10), [1]);
    assert_eq!(
        numbers(
            IncidentFilter {
                open: Some(true),
                ..any()
            },
            10
        ),
        [3, 1]
    );
    assert_eq!(
        numbers(
            IncidentFilter {
                open: Some(false),
                ..any()
            },
            10
        ),
        [2]
    );
    assert_eq!(
        numbers(
            IncidentFilter {
                tier: Some(Tier::II),
                ..any()
            },
            10
        ),
        [3, 2]
    );
    assert_eq!(
        numbers(
            IncidentFilter {
                since: Some(at(22)),
                ..any()
            },
            10
        ),
        [3, 2]
    );
    let food = Some(topic("food-safety"));
    assert_eq!(
        numbers(
            IncidentFilter {
                topic: food,
                ..any()
            },
            10
        ),
        [2, 1]
    );
    assert_eq!(ledger.incident(nth(3)).unwrap().as_ref(), Some(&all[2]));
    assert_eq!(
        ledger.incident_by_id(IncidentId(4)).unwrap().as_ref(),
        Some(&all[3])
    );
    assert_eq!(ledger.incident(nth(999_999_999)).unwrap(), None);
}

#[test]
fn the_detail_of_an_incident_has_all_that_hangs_on_it() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let by = Actor::new("duty").unwrap();
    let line = |on: &str| Change::Audit {
        by: by.clone(),
        what: "incident.acknowledged",
        on: on.to_owned(),
        note: "seen".to_owned(),
    };
    let told = notice(key(5, 1, "desk"), Tier::II, at(1), Vec::new());
    let changes = vec![
        Change::Incident(incident(5, Some(7), Some(Tier::II))),
        Change::Quote(IncidentId(5), quote(post(9), "later by key, first to come")),
        Change::Quote(IncidentId(5), quote(post(1), "食堂")),
        Change::Member(IncidentId(5), post(9), at(9)),
        Change::Member(IncidentId(5), post(1), at(1)),
        Change::Member(IncidentId(5), post(2), at(61)),
        Change::Event(noted(1)),
        Change::Event(noted(2)),
        sends(told.clone()),
        Change::Withheld(key(5, 1, "duty"), Withheld::NotRouted),
        line("incident 2026-7"),
        line("incident 2026-70"),
    ];
    commit(&ledger, epoch, changes).unwrap();
    let detail = ledger.incident_detail(nth(7)).unwrap().unwrap();
    assert_eq!(detail.members, 3);
    assert_eq!(detail.events, [noted(1), noted(2)]);
    assert_eq!(detail.posts_by_minute, [(0, 2), (1, 1)]);
    assert_eq!(
        detail.quotes.iter().map(|q| q.post).collect::<Vec<_>>(),
        [post(9), post(1)]
    );
    assert_eq!(detail.deliveries[0].notice, told);
    assert_eq!(detail.audit.len(), 1);
    assert_eq!(
        (detail.audit[0].by.as_str(), detail.audit[0].note.as_str()),
        ("duty", "seen")
    );
    assert_eq!(
        ledger.members(IncidentId(5)).unwrap(),
        [post(9), post(1), post(2)]
    );
    assert!(ledger.incident_detail(nth(8)).unwrap().is_none());
}

#[test]
fn the_detail_has_the_leading_stories_with_the_links_that_are_known() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let one = incident(5, Some(7), Some(Tier::II));
    let tells = |n: u8, story: u64, likes: u64| {
        let counts = Counts {
            likes: Some(likes),
            ..Counts::default()
        };
        let quote = Quote {
            story: StoryId(story),
            counts,
            ..quote(post(n), "食堂")
        };
        Change::Quote(IncidentId(5), quote)
    };
    // Two posts of the greatest are not quoted.
    let changes = vec![
        Change::Incident(one),
        Change::Story(IncidentId(5), StoryId(u64::MAX), 4),
        Change::Story(IncidentId(5), StoryId(2), 1),
        Change::Story(IncidentId(5), StoryId(3), 1),
        tells(1, u64::MAX, 5),
        tells(2, u64::MAX, 9),
        tells(3, 2, 1),
        tells(4, 3, 8),
    ];
    commit(&ledger, epoch, changes).unwrap();
    let detail = ledger.incident_detail(nth(7)).unwrap().unwrap();
    let shown: Vec<(u64, u64, Vec<PostId>)> = detail
        .stories
        .iter()
        .map(|told| {
            let links = told.links.iter().map(|link| link.post);
            (told.story.0, told.posts, links.collect())
        })
        .collect();
    let expected = [
        (u64::MAX, 4, vec![post(2), post(1)]),
        (3, 1, vec![post(4)]),
        (2, 1, vec![post(3)]),
    ];
    assert_eq!(shown, expected);
    let widest = &detail.stories[0].links[0];
    assert_eq!(widest.url.as_deref(), Some("https://example.org/1"));
    assert_eq!(widest.reach, 9);
}

fn noted(number: u32) -> Event {
    let text = format!("第{number}次电话");
    event(5, number, Happening::Noted { text })
}

#[test]
fn posts_of_an_absorbed_incident_are_members_of_both_and_once() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let changes = vec![
        Change::Member(IncidentId(1), post(1), at(1)),
        Change::Member(IncidentId(2), post(2), at(2)),
        Change::Member(IncidentId(2), post(1), at(1)),
        Change::Absorbed(IncidentId(1), IncidentId(2)),
    ];
    commit(&ledger, epoch, changes).unwrap();
    let members = |id| ledger.members(IncidentId(id)).unwrap();
    assert_eq!(members(1), [post(1), post(2)]);
    assert_eq!(members(2), [post(2), post(1)]);
}

#[test]
fn the_record_of_an_incident_is_not_changed() {
    let (dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    commit(&ledger, epoch, vec![Change::Event(noted(1))]).unwrap();
    let again = commit(&ledger, epoch, vec![Change::Event(noted(1))]);
    let Err(error @ LedgerError::File { .. }) = again else {
        panic!("{again:?}");
    };
    let file = dir.path().join("ledger.sqlite");
    assert!(
        error.to_string().contains(&*file.to_string_lossy()),
        "{error}"
    );
    let file = rusqlite::Connection::open(file).unwrap();
    for sql in [
        "UPDATE events SET body = '{}'",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT * FROM events",
    ] {
        let error = file.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
}

#[test]
fn a_number_without_its_year_is_the_latest() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let of = |id, year| Incident {
        number: IncidentNumber::new(year, 7),
        ..incident(id, Some(1), Some(Tier::IV))
    };
    let changes = vec![Change::Incident(of(1, 2025)), Change::Incident(of(2, 2026))];
    commit(&ledger, epoch, changes).unwrap();
    assert_eq!(ledger.latest_numbered(7).unwrap(), Some(nth(7)));
    assert_eq!(ledger.latest_numbered(8).unwrap(), None);
}

#[test]
fn the_audit_trail_is_not_changed() {
    let (dir, ledger) = fresh();
    ledger
        .audit(&Actor::daemon(), "incident.viewed", "incident 1", "")
        .unwrap();
    let other = rusqlite::Connection::open(dir.path().join("ledger.sqlite")).unwrap();
    for sql in [
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit VALUES (1, 0, 'nobody', '', '', '')",
    ] {
        let error = other.execute_batch(sql).unwrap_err();
        assert!(error.to_string().contains("append-only"), "{sql}: {error}");
    }
    assert_eq!(ledger.audit_after(0, 10).unwrap()[0].by, "fengbiao");
}

#[test]
fn what_is_shown_of_an_incident_says_how_many_notices_it_leaves_out() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let mut changes = vec![Change::Incident(incident(1, Some(1), Some(Tier::II)))];
    let most = u32::try_from(MAX_DETAIL_ROWS).unwrap();
    changes.extend((0..most + 3).map(|change| {
        let key = key(1, change, "desk");
        sends(notice(key, Tier::II, at(change.into()), Vec::new()))
    }));
    commit(&ledger, epoch, changes).unwrap();
    let detail = ledger.incident_detail(nth(1)).unwrap().unwrap();
    assert_eq!(
        (detail.deliveries.len(), detail.older_deliveries),
        (MAX_DETAIL_ROWS, 3)
    );
}

#[test]
fn the_last_checkpoints_are_kept() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    for step in 1..=7_u64 {
        commit(
            &ledger,
            epoch,
            vec![
                latent(step),
                Change::Quote(IncidentId(step), quote(post(1), "停水")),
            ],
        )
        .unwrap();
        ledger
            .store_checkpoint(step, &ledger.load().unwrap())
            .unwrap();
    }
    let kept: Vec<u64> = ledger
        .checkpoints()
        .unwrap()
        .iter()
        .map(|c| c.step)
        .collect();
    assert_eq!(kept, [4, 5, 6, 7]);
    assert_eq!(kept.len(), KEPT_CHECKPOINTS);
    assert_eq!(
        ledger.checkpoints().unwrap()[3].positions,
        ledger.positions().unwrap()
    );
    assert_eq!(ledger.load_checkpoint(5).unwrap().len(), 10);
    assert!(matches!(
        ledger.load_checkpoint(1),
        Err(LedgerError::Unknown { .. })
    ));
    let stale = ledger.store_checkpoint(6, &[]);
    assert!(
        matches!(stale, Err(LedgerError::Fenced { .. })),
        "state and steps must agree"
    );
}

#[test]
fn retention_keeps_what_a_replay_or_a_person_needs() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let mut closed = incident(2, Some(2), None);
    closed.stage = Stage::Closed;
    let both = [incident(1, Some(1), Some(Tier::II)), closed];
    let mut changes: Vec<Change> = both.into_iter().map(Change::Incident).collect();
    changes.extend([1, 2].map(|id| sends(notice(key(id, 1, "desk"), Tier::II, at(1), Vec::new()))));
    commit(&ledger, epoch, changes).unwrap();
    for id in [1, 2] {
        ledger.delivered(&key(id, 1, "desk"), at(2)).unwrap();
    }
    let late = at(3) + KEPT_FINISHED_NOTICES;
    let none = ledger.retain(at(2), TimeSpan::ZERO).unwrap();
    assert_eq!(
        (none.steps, none.notices),
        (0, 0),
        "no checkpoint, nothing old"
    );
    commit(&ledger, epoch, Vec::new()).unwrap();
    ledger.store_checkpoint(2, &ledger.load().unwrap()).unwrap();
    commit(&ledger, epoch, Vec::new()).unwrap();
    let removed = ledger.retain(late, TimeSpan::from_secs(1)).unwrap();
    assert_eq!(
        (removed.steps, removed.notices, removed.more),
        (2, 1, false)
    );
    assert_eq!(
        ledger.steps(0, 10).unwrap()[0].record.number,
        3,
        "it follows the checkpoint"
    );
    assert!(
        ledger.delivery(&key(1, 1, "desk")).unwrap().is_some(),
        "its incident is open"
    );
    assert!(ledger.delivery(&key(2, 1, "desk")).unwrap().is_none());
}

#[test]
fn canaries_that_came_out_are_soon_gone() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let canaries = [1, 2].map(|n| key(0, n, NULL_RECEIVER));
    // A canary is of no incident.
    let sent = |own: NoticeKey| {
        let of_one = notice(key(1, 1, "desk"), Tier::IV, at(1), Vec::new());
        sends(Notice { key: own, ..of_one })
    };
    let told = sent(key(0, 1, "desk"));
    let sent = canaries.clone().map(sent);
    commit(&ledger, epoch, sent.into_iter().chain([told]).collect()).unwrap();
    ledger.delivered(&canaries[0], at(2)).unwrap();
    ledger.delivered(&key(0, 1, "desk"), at(2)).unwrap();
    let early = ledger.retain(at(2), TimeSpan::ZERO).unwrap();
    assert_eq!(early.notices, 0);
    let late = ledger
        .retain(at(3) + KEPT_CANARIES, TimeSpan::ZERO)
        .unwrap();
    assert_eq!(late.notices, 1);
    assert!(ledger.delivery(&canaries[0]).unwrap().is_none());
    assert!(
        ledger.delivery(&canaries[1]).unwrap().is_some(),
        "it is under way still"
    );
    assert!(ledger.delivery(&key(0, 1, "desk")).unwrap().is_some());
}

#[test]
fn a_backup_is_whole_and_opens() {
    let (dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    commit(
        &ledger,
        epoch,
        vec![Change::Member(IncidentId(1), post(1), at(1))],
    )
    .unwrap();
    let copy = dir.path().join("copy.sqlite");
    ledger.backup_to(&copy).unwrap();
    assert!(matches!(
        ledger.backup_to(&copy),
        Err(LedgerError::BackupExists { .. })
    ));
    commit(
        &ledger,
        epoch,
        vec![Change::Member(IncidentId(1), post(2), at(2))],
    )
    .unwrap();
    let restored = open(&copy);
    assert_eq!(restored.members(IncidentId(1)).unwrap(), [post(1)]);
    assert!(restored.check().unwrap().is_empty());
    assert_eq!(restored.last_step().unwrap(), 1);
}

#[test]
fn names_of_the_app_are_kept() {
    let (_dir, ledger) = fresh();
    assert_eq!(ledger.meta("generation").unwrap(), None);
    ledger.set_meta("generation", "1").unwrap();
    ledger.set_meta("generation", "2").unwrap();
    assert_eq!(ledger.meta("generation").unwrap().as_deref(), Some("2"));
}
