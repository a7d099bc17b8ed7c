//! Consumers: assignment, order, ends, waking, cursors.

use std::sync::Arc;
use std::time::Duration;

use fengbiao_log::{Cursor, Event, LogError, MAX_NOTE_BYTES, Producer as _, Topic};
use fengbiao_model::{Offset, Partition};

use crate::support::{Fixture, cursor, poll, position, posts, record, told};

#[test]
fn a_consumer_is_told_of_its_partitions_the_records_and_each_end_once() {
    let fixture = Fixture::new(2);
    let log = fixture.open();
    let mut consumer = log.consumer("matcher", Topic::Posts).unwrap();
    log.append(posts(3)).unwrap();
    assert_eq!(poll(&mut *consumer, 2), ["assigned 0@- 1@-"]);
    assert_eq!(poll(&mut *consumer, 2), ["records 0@0..=1", "end 1@0"]);
    assert_eq!(poll(&mut *consumer, 2), ["records 0@2..=2", "end 0@3"]);
    assert_eq!(poll(&mut *consumer, 2), Vec::<String>::new());
    log.append(vec![record(Topic::Posts, 1, "x")]).unwrap();
    assert_eq!(poll(&mut *consumer, 2), ["records 1@0..=0", "end 1@1"]);
    assert_eq!(poll(&mut *consumer, 2), Vec::<String>::new());
}

#[test]
fn partitions_share_a_poll_fairly() {
    let fixture = Fixture::new(3);
    let log = fixture.open();
    let batch = (0..30)
        .map(|index| record(Topic::Hits, index % 3, "x"))
        .collect();
    log.append(batch).unwrap();
    let mut consumer = log.consumer("alerter", Topic::Hits).unwrap();
    consumer.poll(1, Duration::ZERO).unwrap();
    assert_eq!(
        poll(&mut *consumer, 6),
        ["records 0@0..=1", "records 1@0..=1", "records 2@0..=1"]
    );
    // One at a time, each partition has its turn.
    let turns: Vec<_> = (0..3).flat_map(|_| poll(&mut *consumer, 1)).collect();
    assert_eq!(
        turns,
        ["records 1@2..=2", "records 2@2..=2", "records 0@2..=2"]
    );
}

#[test]
fn a_waiting_poll_wakes_for_an_append_to_its_topic() {
    let fixture = Fixture::new(1);
    let log = fixture.open();
    let mut consumer = log.consumer("matcher", Topic::Posts).unwrap();
    consumer.poll(1, Duration::ZERO).unwrap();
    consumer.poll(1, Duration::ZERO).unwrap();
    let writer = Arc::clone(&log);
    let appending = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(30));
        writer
            .append(vec![record(Topic::Hits, 0, "of another topic")])
            .unwrap();
        writer.append(posts(1)).unwrap();
    });
    let events = consumer.poll(10, Duration::MAX).unwrap();
    assert_eq!(told(&events), ["records 0@0..=0", "end 0@1"]);
    appending.join().unwrap();
}

#[test]
fn a_cursor_is_stored_with_what_it_produced() {
    let fixture = Fixture::new(2);
    let log = fixture.open();
    log.append(posts(5)).unwrap();
    let mut consumer = log.consumer("matcher", Topic::Posts).unwrap();
    consumer.poll(1, Duration::ZERO).unwrap();
    let hits = vec![record(Topic::Hits, 1, "a hit")];
    assert_eq!(
        consumer.commit(hits, vec![cursor(0, 3)]).unwrap(),
        [position(1, 0)]
    );
    drop(consumer);
    drop(log);
    let log = fixture.open();
    assert_eq!(log.next_offset(Topic::Hits, Partition(1)), Ok(Offset(1)));
    let mut consumer = log.consumer("matcher", Topic::Posts).unwrap();
    let (partition, stored) = cursor(0, 3);
    let expected = vec![(partition, Some(stored)), (Partition(1), None)];
    assert_eq!(
        consumer.poll(1, Duration::ZERO),
        Ok(vec![Event::Assigned(expected)])
    );
    assert_eq!(
        poll(&mut *consumer, 9),
        ["records 0@3..=4", "end 0@5", "end 1@0"]
    );
    // Cursors of one group are not another's.
    let mut other = log.consumer("audit", Topic::Posts).unwrap();
    assert_eq!(poll(&mut *other, 9), ["assigned 0@- 1@-"]);
}

#[test]
fn seeking_goes_anywhere_and_an_end_below_the_place_is_told() {
    let fixture = Fixture::new(1);
    let log = fixture.open();
    log.append(posts(4)).unwrap();
    let mut consumer = log.consumer("alerter", Topic::Posts).unwrap();
    consumer.poll(1, Duration::ZERO).unwrap();
    consumer.seek(Partition(0), Offset(9)).unwrap();
    assert_eq!(poll(&mut *consumer, 9), ["end 0@4"]);
    assert_eq!(poll(&mut *consumer, 9), Vec::<String>::new());
    consumer.seek(Partition(0), Offset(2)).unwrap();
    assert_eq!(poll(&mut *consumer, 9), ["records 0@2..=3", "end 0@4"]);
    let wrong = consumer.seek(Partition(7), Offset(0));
    let expected = LogError::NoSuchPartition {
        topic: Topic::Posts,
        partition: Partition(7),
        count: 1,
    };
    assert_eq!(wrong, Err(expected));
}

#[test]
fn a_poll_that_fails_skips_nothing() {
    let fixture = Fixture::new(2);
    let log = fixture.open();
    log.append(vec![
        record(Topic::Posts, 0, "a"),
        record(Topic::Posts, 1, "b"),
    ])
    .unwrap();
    let mut consumer = log.consumer("matcher", Topic::Posts).unwrap();
    consumer.poll(1, Duration::ZERO).unwrap();
    let rename = |from: &str, to: &str| {
        let other = rusqlite::Connection::open(fixture.path()).unwrap();
        other
            .execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}"))
            .unwrap();
    };
    rename("records_posts_1", "away");
    for _ in 0..2 {
        assert!(matches!(
            consumer.poll(9, Duration::ZERO),
            Err(LogError::Store { .. })
        ));
    }
    rename("away", "records_posts_1");
    let mut events = poll(&mut *consumer, 9);
    events.sort();
    assert_eq!(
        events,
        ["end 0@1", "end 1@1", "records 0@0..=0", "records 1@0..=0"]
    );
}

#[test]
fn a_commit_that_is_refused_stores_no_cursor() {
    let fixture = Fixture::new(1);
    let log = fixture.open();
    let mut consumer = log.consumer("matcher", Topic::Posts).unwrap();
    assert!(
        consumer
            .commit(vec![record(Topic::Hits, 3, "x")], vec![cursor(0, 1)])
            .is_err()
    );
    assert!(consumer.commit(posts(1), vec![cursor(3, 1)]).is_err());
    let long = Cursor {
        next: Offset(1),
        note: "x".repeat(MAX_NOTE_BYTES + 1),
    };
    let refused = consumer.commit(posts(1), vec![(Partition(0), long)]);
    assert!(
        matches!(refused, Err(LogError::TooLong { what: "a note", .. })),
        "{refused:?}"
    );
    assert_eq!(poll(&mut *consumer, 1), ["assigned 0@-"]);
    assert_eq!(log.next_offset(Topic::Posts, Partition(0)), Ok(Offset(0)));
}

#[test]
fn a_group_has_one_consumer_for_each_topic() {
    let fixture = Fixture::new(1);
    let log = fixture.open();
    let first = log.consumer("matcher", Topic::Posts).unwrap();
    let second = log.consumer("matcher", Topic::Posts).err();
    let expected = LogError::ConsumerExists {
        group: "matcher".to_owned(),
        topic: Topic::Posts,
    };
    assert_eq!(second, Some(expected));
    let other_topic = log.consumer("matcher", Topic::Hits);
    assert!(other_topic.is_ok());
    drop(first);
    assert!(log.consumer("matcher", Topic::Posts).is_ok());
}

#[test]
fn groups_are_listed_with_their_lag() {
    let fixture = Fixture::new(2);
    let log = fixture.open();
    log.append(posts(5)).unwrap();
    let mut consumer = log.consumer("matcher", Topic::Posts).unwrap();
    consumer.commit(Vec::new(), vec![cursor(0, 2)]).unwrap();
    let lags = || -> Vec<_> {
        let groups = log.groups().unwrap();
        groups
            .into_iter()
            .map(|one| (one.group, one.partition.0, one.lag_records))
            .collect()
    };
    assert_eq!(
        lags(),
        [("matcher".to_owned(), 0, 3), ("matcher".to_owned(), 1, 0)]
    );
}
