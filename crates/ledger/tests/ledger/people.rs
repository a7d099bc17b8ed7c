//! What people see and ask, and what must not stay.

use fengbiao_alerter::{Change, Withheld};
use fengbiao_ledger::limits::{
    KEPT_CANARIES, KEPT_CHECKPOINTS, KEPT_FINISHED_NOTICES, MAX_DETAIL_ROWS,
};
use fengbiao_ledger::{DeliveryState, IncidentFilter, Ledger, LedgerError, PURGED_TEXT};
use fengbiao_model::*;

use crate::values::*;

/// By then everything is due.
const EVER: Timestamp = Timestamp::from_millis(i64::MAX);

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
fn the_outbox_goes_by_tier_then_age() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let waiting = [
        notice(key(1, 1, "desk"), Tier::III, at(1), Vec::new()),
        notice(key(2, 1, "desk"), Tier::I, at(3), Vec::new()),
        notice(key(3, 1, "desk"), Tier::III, at(0), Vec::new()),
        notice(key(4, 1, "desk"), Tier::IV, at(0), Vec::new()),
        notice(key(5, 1, "duty"), Tier::I, at(0), Vec::new()),
        // It was calmer before: that is told first, though others are louder than it was then.
        notice(key(2, 0, "desk"), Tier::IV, at(2), Vec::new()),
    ];
    let changed = ledger.outbox_changed();
    commit(&ledger, epoch, waiting.iter().cloned().map(sends).collect()).unwrap();
    assert!(changed.has_changed().unwrap());
    let order = |now| -> Vec<u64> {
        let due = ledger.outbox_due(&receiver("desk"), now, 10).unwrap();
        due.iter()
            .map(|queued| queued.notice.key.incident.0)
            .collect()
    };
    assert_eq!(order(at(9)), [2, 2, 3, 1, 4]);
    // The clock was set back since they were made: nothing waits until it has caught up.
    assert_eq!(order(at(0)), [2, 2, 3, 1, 4]);
    assert_eq!(
        ledger.outbox_due(&receiver("desk"), at(9), 1).unwrap()[0].notice,
        waiting[5]
    );
    assert_eq!(
        ledger
            .outbox_due(&receiver("desk"), EVER, 10)
            .unwrap()
            .len(),
        5
    );
    assert_eq!(
        ledger.outbox_next_due(&receiver("duty")).unwrap(),
        Some(at(0))
    );
    assert_eq!(ledger.outbox_next_due(&receiver("nobody")).unwrap(), None);
    let counts = ledger.outbox_waiting().unwrap();
    assert_eq!(counts[0], ("desk".to_owned(), Tier::I, 1));
    assert_eq!(counts.iter().map(|(_, _, count)| count).sum::<u64>(), 6);
}

#[test]
fn the_fallback_is_told_once_while_the_receiver_is_tried_on() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let (one, to, fallback) = (key(1, 1, "desk"), receiver("desk"), receiver("duty"));
    let send = sends(notice(one.clone(), Tier::II, at(1), Vec::new()));
    commit(&ledger, epoch, vec![send]).unwrap();
    for next in [at(60), at(120)] {
        ledger
            .failed_retry(&one, next, "timed out", Some(&fallback))
            .unwrap();
    }
    let due = ledger.outbox_due(&fallback, at(2), 10).unwrap();
    let keys: Vec<_> = due.iter().map(|queued| &queued.notice.key).collect();
    assert_eq!(keys, [&key(1, 1, "duty")]);
    let stands_in = ledger.delivery(keys[0]).unwrap().unwrap();
    assert_eq!(stands_in.fallback_for, Some(one.to_string()));
    ledger.delivered(keys[0], at(3)).unwrap();
    ledger
        .failed_retry(&one, at(180), "timed out", Some(&fallback))
        .unwrap();
    assert!(ledger.outbox_due(&fallback, EVER, 10).unwrap().is_empty());
    // The receiver answers again.
    assert!(ledger.outbox_due(&to, at(150), 10).unwrap().is_empty());
    ledger.hurry(&to).unwrap();
    let due = ledger.outbox_due(&to, at(150), 10).unwrap();
    assert_eq!((due.len(), due[0].attempts), (1, 3));
}

#[test]
fn a_notice_is_tried_until_it_is_delivered() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let (one, to) = (key(1, 1, "desk"), receiver("desk"));
    commit(
        &ledger,
        epoch,
        vec![sends(notice(one.clone(), Tier::II, at(1), Vec::new()))],
    )
    .unwrap();
    ledger
        .failed_retry(&one, at(60), "timed out", None)
        .unwrap();
    assert!(ledger.outbox_due(&to, at(59), 10).unwrap().is_empty());
    assert_eq!(ledger.outbox_next_due(&to).unwrap(), Some(at(60)));
    let due = ledger.outbox_due(&to, at(60), 10).unwrap();
    assert_eq!(
        (due[0].attempts, due[0].last_error.as_deref()),
        (1, Some("timed out"))
    );
    ledger.delivered(&one, at(61)).unwrap();
    assert!(ledger.outbox_due(&to, at(99), 10).unwrap().is_empty());
    let delivery = ledger.delivery(&one).unwrap().unwrap();
    assert_eq!(
        (delivery.state, delivery.attempts),
        (DeliveryState::Delivered, 2)
    );
    assert_eq!(delivery.finished_at, Some(at(61)));
    for outcome in [
        ledger.delivered(&one, at(62)),
        ledger.failed_retry(&one, at(70), "again", None),
    ] {
        assert!(
            matches!(outcome, Err(LedgerError::Unknown { .. })),
            "it waits no more"
        );
    }
    assert!(matches!(
        ledger.dead(&key(9, 9, "desk"), "?", None),
        Err(LedgerError::Unknown { .. })
    ));
}

#[test]
fn a_notice_that_is_given_up_goes_to_the_fallback_once() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let (one, two) = (key(1, 1, "bot"), key(1, 1, "desk"));
    commit(
        &ledger,
        epoch,
        vec![sends(notice(one.clone(), Tier::II, at(1), Vec::new()))],
    )
    .unwrap();
    ledger
        .dead(&one, "gone for good", Some(&receiver("desk")))
        .unwrap();
    let dead = ledger.delivery(&one).unwrap().unwrap();
    assert_eq!(
        (dead.state, dead.last_error.as_deref()),
        (DeliveryState::Dead, Some("gone for good"))
    );
    let stands_in = ledger.delivery(&two).unwrap().unwrap();
    assert_eq!(stands_in.state, DeliveryState::Waiting);
    assert_eq!(stands_in.fallback_for, Some(one.to_string()));
    // The alerter's own notice to that receiver comes later: it has been told already.
    let mut own = notice(two, Tier::II, at(2), Vec::new());
    own.merged = 1;
    commit(&ledger, epoch, vec![sends(own)]).unwrap();
    assert_eq!(
        ledger
            .outbox_due(&receiver("desk"), EVER, 10)
            .unwrap()
            .len(),
        1
    );
    let audit = ledger.audit_after(0, 10).unwrap();
    assert_eq!(
        (audit[0].what.as_str(), audit[0].on.as_str()),
        ("notice.given_up", "notice 1.1.0.bot.0")
    );
}

#[test]
fn one_key_has_one_content() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let first = notice(key(1, 1, "desk"), Tier::II, at(1), Vec::new());
    commit(
        &ledger,
        epoch,
        vec![sends(first.clone()), sends(first.clone())],
    )
    .unwrap();
    commit(&ledger, epoch, vec![sends(first.clone())]).unwrap();
    let other = Notice {
        late: true,
        ..first
    };
    let error = commit(&ledger, epoch, vec![sends(other)]).unwrap_err();
    assert!(
        matches!(error, LedgerError::NoticeChanged { .. }),
        "{error}"
    );
    assert_eq!(
        ledger
            .outbox_due(&receiver("desk"), EVER, 10)
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        ledger.last_step().unwrap(),
        2,
        "the step with the other content is not there"
    );
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

/// Whether any file of the folder holds the bytes.
fn holds(dir: &tempfile::TempDir, text: &str) -> bool {
    std::fs::read_dir(dir.path()).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    })
}

#[test]
fn a_purged_post_leaves_no_byte() {
    const SECRET: &str = "三中食堂午饭后十几个学生呕吐";
    let (dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let long = format!("{SECRET}{}", "，另有多人腹泻".repeat(900));
    let (gone, kept) = (quote(post(1), &long), quote(post(2), "停水一天"));
    let quotes = vec![gone.clone(), kept.clone()];
    let (waits, sent) = (key(1, 1, "desk"), key(1, 1, "duty"));
    let mut changes = vec![
        Change::Incident(incident(1, Some(1), Some(Tier::II))),
        Change::Quote(IncidentId(1), gone.clone()),
        Change::Quote(IncidentId(1), kept.clone()),
        sends(notice(waits.clone(), Tier::II, at(1), quotes.clone())),
        sends(notice(sent.clone(), Tier::II, at(1), quotes.clone())),
    ];
    changes
        .extend((3..40).map(|n| Change::Quote(IncidentId(1), quote(post(n), &"另".repeat(300)))));
    commit(&ledger, epoch, changes).unwrap();
    // Written over and over, so that old copies lie in pages and in the write-ahead log.
    for likes in 0..20 {
        let counts = Counts {
            likes: Some(likes),
            ..Counts::default()
        };
        let again = Change::Quote(
            IncidentId(1),
            Quote {
                counts,
                ..gone.clone()
            },
        );
        commit(&ledger, epoch, vec![again]).unwrap();
    }
    ledger.delivered(&sent, at(2)).unwrap();
    ledger
        .store_checkpoint(ledger.last_step().unwrap(), &ledger.load().unwrap())
        .unwrap();
    assert!(holds(&dir, SECRET), "the test can see it");

    let purge = vec![
        Change::DropQuote(IncidentId(1), post(1)),
        Change::Purged(post(1)),
    ];
    commit(&ledger, epoch, purge).unwrap();
    assert!(!holds(&dir, SECRET));
    assert_eq!(ledger.purged().unwrap(), [post(1)]);
    let waiting = ledger.delivery(&waits).unwrap().unwrap();
    assert_eq!(waiting.notice.quotes, std::slice::from_ref(&kept));
    let delivered = ledger.delivery(&sent).unwrap().unwrap();
    assert_eq!(delivered.notice.quotes[0].text, PURGED_TEXT);
    assert_eq!(delivered.notice.quotes[1], kept);
    let step = ledger.checkpoints().unwrap()[0].step;
    let state = ledger.load_checkpoint(step).unwrap();
    let quoted = |id| {
        state
            .iter()
            .any(|c| matches!(c, Change::Quote(_, q) if q.post == id))
    };
    assert!(!quoted(post(1)) && quoted(post(2)));
    // The alerter's notice under the same key may come again in a replay: it stays as it is.
    commit(
        &ledger,
        epoch,
        vec![sends(notice(waits, Tier::II, at(1), quotes))],
    )
    .unwrap();
    assert!(!holds(&dir, SECRET));
}

/// Whose quote of the post an incident has still.
fn quoted_from(ledger: &Ledger, post: PostId) -> Vec<String> {
    let quote = |change| match change {
        Change::Quote(_, quote) if quote.post == post => Some(quote.source.to_string()),
        _ => None,
    };
    ledger
        .load()
        .unwrap()
        .into_iter()
        .filter_map(quote)
        .collect()
}

/// No change of its own drops a quote of an incident that has left memory.
#[test]
fn what_has_left_memory_is_purged_and_taken_back_too() {
    const SECRET: &str = "小区停电三小时无人答复";
    for word in [Change::Purged(post(1)), taken_back(post(1), "a feed")] {
        let (dir, ledger) = fresh();
        let epoch = ledger.take_ownership().unwrap();
        let kept = Change::Quote(IncidentId(1), quote(post(1), SECRET));
        commit(&ledger, epoch, vec![kept]).unwrap();
        ledger.store_checkpoint(1, &ledger.load().unwrap()).unwrap();
        assert!(holds(&dir, SECRET), "the test can see it");
        commit(&ledger, epoch, vec![word]).unwrap();
        assert!(!holds(&dir, SECRET));
        assert!(ledger.scrub().unwrap());
    }
}

#[test]
fn a_source_takes_back_what_was_found_there_and_no_more() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let elsewhere = Quote {
        source: SourceId::new("elsewhere").unwrap(),
        ..quote(post(1), "停水一天")
    };
    let here = quote(post(1), "停水一天");
    let quotes = vec![here.clone(), elsewhere.clone()];
    // The post was displaced from the quotes of the incident that the notice is of.
    let told = notice(key(3, 1, "desk"), Tier::II, at(1), quotes);
    let id = told.key.clone();
    let changes = vec![
        Change::Quote(IncidentId(1), here),
        Change::Quote(IncidentId(2), elsewhere.clone()),
        sends(told),
    ];
    commit(&ledger, epoch, changes).unwrap();
    commit(&ledger, epoch, vec![taken_back(post(1), "nobody")]).unwrap();
    assert_eq!(quoted_from(&ledger, post(1)), ["a feed", "elsewhere"]);
    commit(&ledger, epoch, vec![taken_back(post(1), "a feed")]).unwrap();
    assert_eq!(quoted_from(&ledger, post(1)), ["elsewhere"]);
    let kept = ledger.delivery(&id).unwrap().unwrap().notice.quotes;
    assert_eq!(kept, [elsewhere]);
}

/// Steps may be cut anywhere: what comes after the word of a source stays, in the same step too.
#[test]
fn a_post_that_comes_again_after_it_was_taken_back_is_shown() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let (before, after) = (key(1, 1, "desk"), key(1, 2, "desk"));
    let quoting = |key: &NoticeKey| {
        let quotes = vec![quote(post(1), "停水一天")];
        sends(notice(key.clone(), Tier::II, at(1), quotes))
    };
    let changes = vec![
        quoting(&before),
        taken_back(post(1), "a feed"),
        quoting(&after),
        Change::Quote(IncidentId(1), quote(post(1), "停水一天")),
    ];
    commit(&ledger, epoch, changes).unwrap();
    let shown = |key| ledger.delivery(key).unwrap().unwrap().notice.quotes.len();
    assert_eq!((shown(&before), shown(&after)), (0, 1));
    assert_eq!(quoted_from(&ledger, post(1)), ["a feed"]);
}

#[test]
fn a_headline_goes_with_its_post() {
    const SECRET: &str = "小区停电三小时无人答复";
    for word in [Change::Purged(post(1)), taken_back(post(1), "a feed")] {
        let (dir, ledger) = fresh();
        let epoch = ledger.take_ownership().unwrap();
        let other = |n: u8, headline: &str| OtherIncident {
            number: nth(n.into()),
            kind: NoticeKind::Opened,
            topic_name: "食品安全".to_owned(),
            subject: SubjectKey::Unnamed,
            tier: Tier::IV,
            totals: Totals::default(),
            headline: headline.to_owned(),
            headline_of: Some(HeadlineOf {
                post: post(n),
                source: SourceId::new("a feed").unwrap(),
            }),
        };
        let (waits, sent) = (key(7, 1, "desk"), key(7, 1, "duty"));
        let storm = |key: &NoticeKey| {
            let others = vec![other(1, SECRET), other(2, "停水一天")];
            let told = notice(key.clone(), Tier::II, at(1), Vec::new());
            sends(Notice { others, ..told })
        };
        commit(&ledger, epoch, vec![storm(&waits), storm(&sent)]).unwrap();
        ledger.delivered(&sent, at(2)).unwrap();
        assert!(holds(&dir, SECRET), "the test can see it");
        commit(&ledger, epoch, vec![word]).unwrap();
        assert!(!holds(&dir, SECRET));
        let headlines = |key| -> Vec<String> {
            let others = ledger.delivery(key).unwrap().unwrap().notice.others;
            others.into_iter().map(|other| other.headline).collect()
        };
        assert_eq!(headlines(&waits), ["", "停水一天"]);
        assert_eq!(headlines(&sent), [PURGED_TEXT, "停水一天"]);
    }
}

#[test]
fn a_post_is_found_by_its_link_wherever_it_is_shown() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let link = "https://board.example.org/a?b=c";
    let under = |n, url: &str| Quote {
        url: Some(url.to_owned()),
        ..quote(post(n), link)
    };
    let mut copied = under(3, "https://board.example.org/a");
    copied.widest_copy = Some(WidestCopy {
        post: post(4),
        source: SourceId::new("a board").unwrap(),
        url: link.to_owned(),
        reach: 7,
    });
    let told = notice(
        key(2, 1, "desk"),
        Tier::II,
        at(1),
        vec![under(2, link), copied],
    );
    let changes = vec![
        Change::Quote(IncidentId(1), under(1, link)),
        Change::Quote(IncidentId(1), under(5, "https://board.example.org/a?b=cd")),
        sends(told),
    ];
    commit(&ledger, epoch, changes).unwrap();
    let found = ledger.posts_with_link(link).unwrap();
    assert_eq!(found, [1, 2, 4].map(post));
}

#[test]
fn a_step_that_erases_what_a_replay_needs_says_so_itself() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let quoted = |n| Change::Quote(IncidentId(1), quote(post(n), "停水一天"));
    commit(&ledger, epoch, vec![quoted(1)]).unwrap();
    commit(&ledger, epoch, vec![taken_back(post(1), "a feed")]).unwrap();
    assert_eq!(ledger.erased_step().unwrap(), 0, "no checkpoint had it");
    commit(&ledger, epoch, vec![quoted(2)]).unwrap();
    ledger.store_checkpoint(3, &ledger.load().unwrap()).unwrap();
    commit(&ledger, epoch, vec![taken_back(post(1), "a feed")]).unwrap();
    commit(&ledger, epoch, vec![taken_back(post(2), "nobody")]).unwrap();
    assert_eq!(ledger.erased_step().unwrap(), 0, "nothing was there");
    commit(&ledger, epoch, vec![taken_back(post(2), "a feed")]).unwrap();
    assert_eq!(ledger.erased_step().unwrap(), 6);
    // The log loses what it has of a purged post: inputs of steps before.
    commit(&ledger, epoch, vec![Change::Purged(post(9))]).unwrap();
    assert_eq!(ledger.erased_step().unwrap(), 7);
    let fenced = commit(&ledger, epoch + 1, vec![Change::Purged(post(8))]);
    assert!(fenced.is_err());
    assert_eq!(ledger.erased_step().unwrap(), 7);
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
fn no_notice_leads_to_a_copy_that_was_purged() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    let with_copy = |n: u8, copy: u8| Quote {
        widest_copy: Some(WidestCopy {
            post: post(copy),
            source: SourceId::new("a board").unwrap(),
            url: format!("https://board.example.org/{copy}"),
            reach: 7,
        }),
        ..quote(post(n), "食堂")
    };
    let quotes = vec![with_copy(1, 8), with_copy(2, 9)];
    let told = notice(key(5, 1, "desk"), Tier::II, at(1), quotes);
    let id = told.key.clone();
    commit(&ledger, epoch, vec![sends(told)]).unwrap();
    commit(&ledger, epoch, vec![taken_back(post(8), "a board")]).unwrap();
    let kept = ledger.delivery(&id).unwrap().unwrap().notice.quotes;
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].widest_copy, None);
    assert_eq!(kept[1], with_copy(2, 9));
}

#[test]
fn the_last_checkpoints_are_kept() {
    let (_dir, ledger) = fresh();
    let epoch = ledger.take_ownership().unwrap();
    for step in 1..=7_u64 {
        commit(
            &ledger,
            epoch,
            vec![Change::Quote(IncidentId(step), quote(post(1), "停水"))],
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
    assert_eq!(ledger.load_checkpoint(5).unwrap().len(), 5);
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
