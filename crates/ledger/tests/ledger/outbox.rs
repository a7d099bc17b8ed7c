//! Notices on their way.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use fengbiao_ledger::{DeliveryState, Ledger, LedgerError};
use fengbiao_model::*;

use crate::values::*;

/// By then everything is due.
const EVER: Timestamp = Timestamp::from_millis(i64::MAX);

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

/// Whoever is on call would wait for as long as the clock was set back by.
#[test]
fn what_failed_before_the_clock_was_set_back_is_due() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(StoodClock::default());
    let set = |now: Timestamp| clock.0.store(now.as_millis(), Ordering::Relaxed);
    set(at(9 * 3_600));
    let path = dir.path().join("ledger.sqlite");
    let ledger = Ledger::open(&path, clock.clone(), &prometheus::Registry::new()).unwrap();
    let epoch = ledger.take_ownership().unwrap();
    let (one, to) = (key(1, 1, "desk"), receiver("desk"));
    let send = sends(notice(one.clone(), Tier::II, at(1), Vec::new()));
    commit(&ledger, epoch, vec![send]).unwrap();
    let due = |now| ledger.outbox_due(&to, now, 10).unwrap().len();
    let fail = |next| ledger.failed_retry(&one, next, "timed out", None).unwrap();
    fail(at(9 * 3_600 + 20));
    assert_eq!(due(at(9 * 3_600 + 19)), 0);
    assert_eq!(due(at(3_600)), 1, "the clock was set back by 8 h");
    // From the next failure on the clock that there is counts.
    set(at(3_600));
    fail(at(3_600 + 60));
    assert_eq!(due(at(3_600 + 59)), 0);
    assert_eq!(due(at(3_600 + 60)), 1);
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
        (audit[0].what.as_str(), audit[0].on.clone()),
        (
            "notice.given_up",
            format!("notice {}.1.1.0.bot.0", ledger.id())
        )
    );
}

/// A receiver that drops repeats would drop what a new ledger tells first.
#[test]
fn a_copy_keeps_the_identity_and_a_new_ledger_has_another() {
    let (dir, ledger) = fresh();
    let path = dir.path().join("copy.sqlite");
    ledger.backup_to(&path).unwrap();
    assert_eq!(open(&path).id(), ledger.id());
    let (_dir, other) = fresh();
    assert_ne!(other.id(), ledger.id());
    let key = key(1, 1, "desk");
    let id = other.notice_id(&key).to_string();
    assert_eq!(id, format!("{}.1.1.0.desk.0", other.id()));
    assert_ne!(id, ledger.notice_id(&key).to_string());

    other.set_meta("identity", "3FA94C1E").unwrap();
    let opened = Ledger::open(
        other.path(),
        Arc::new(StoodClock::default()),
        &prometheus::Registry::new(),
    );
    let error = opened.unwrap_err().to_string();
    assert!(error.contains("is `3FA94C1E`, expected 8"), "{error}");
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
