//! What retention removes, and what it must spare.

use std::time::Duration;

use fengbiao_log::{Producer as _, RETENTION_SLICE_RECORDS, Topic};
use fengbiao_model::{Offset, Partition, TimeSpan, Timestamp};

use crate::support::{Fixture, cursor, position, posts, record};

fn fixture(max_age_millis: Option<i64>, max_bytes: Option<u64>) -> Fixture {
    let mut fixture = Fixture::new(1);
    for topic in Topic::ALL {
        let options = fixture.options.topic_mut(topic);
        options.max_age = max_age_millis.map(TimeSpan::from_millis);
        options.max_bytes = max_bytes;
    }
    fixture
}

#[test]
fn old_records_go_and_offsets_are_not_used_again() {
    let fixture = fixture(Some(100), None);
    let log = fixture.open();
    log.append(posts(3)).unwrap();
    fixture.clock.set_millis(50);
    log.append(posts(2)).unwrap();
    let kept = || log.first_kept(Topic::Posts, Partition(0)).unwrap();
    assert_eq!(log.retain(Timestamp::from_millis(100)), Ok(0));
    assert_eq!(log.retain(Timestamp::from_millis(101)), Ok(3));
    assert_eq!(kept(), Offset(3));
    assert_eq!(log.retain(Timestamp::from_millis(1_000)), Ok(2));
    assert_eq!(kept(), Offset(5));
    drop(log);
    assert_eq!(fixture.open().append(posts(1)).unwrap(), [position(0, 5)]);
}

#[test]
fn lexicons_are_kept_whatever_is_configured() {
    let fixture = fixture(Some(1), Some(1));
    let log = fixture.open();
    log.append(vec![
        record(Topic::Lexicons, 0, "a lexicon"),
        record(Topic::Posts, 0, "a post"),
    ])
    .unwrap();
    assert_eq!(log.retain(Timestamp::from_millis(1_000_000)), Ok(1));
    assert_eq!(log.first_kept(Topic::Lexicons, Partition(0)), Ok(Offset(0)));
}

#[test]
fn too_many_bytes_cost_the_oldest_records() {
    let fixture = fixture(None, Some(25));
    let log = fixture.open();
    for _ in 0..5 {
        log.append(vec![record(Topic::Posts, 0, vec![b'x'; 10])])
            .unwrap();
    }
    assert_eq!(log.retain(Timestamp::EPOCH), Ok(3));
    assert_eq!(log.first_kept(Topic::Posts, Partition(0)), Ok(Offset(3)));
    assert_eq!(log.retain(Timestamp::EPOCH), Ok(0));
}

#[test]
fn no_cursor_of_any_group_is_passed() {
    let fixture = fixture(Some(10), Some(1));
    let log = fixture.open();
    log.append(posts(9)).unwrap();
    let retain = || {
        log.retain(Timestamp::from_millis(1_000)).unwrap();
        log.first_kept(Topic::Posts, Partition(0)).unwrap()
    };
    let mut fast = log.consumer("fast", Topic::Posts).unwrap();
    let mut slow = log.consumer("slow", Topic::Posts).unwrap();
    fast.commit(Vec::new(), vec![cursor(0, 7)]).unwrap();
    assert_eq!(retain(), Offset(0), "one group has not begun");
    slow.commit(Vec::new(), vec![cursor(0, 4)]).unwrap();
    assert_eq!(retain(), Offset(4));
    drop(slow);
    assert_eq!(
        retain(),
        Offset(4),
        "a group counts while its consumer is away"
    );
}

#[test]
fn a_gap_shows_by_offsets_only() {
    let fixture = fixture(Some(10), None);
    let log = fixture.open();
    log.append(posts(4)).unwrap();
    fixture.clock.set_millis(100);
    log.append(posts(2)).unwrap();
    log.retain(Timestamp::from_millis(100)).unwrap();
    let mut consumer = log.consumer("late", Topic::Posts).unwrap();
    consumer.poll(1, Duration::ZERO).unwrap();
    assert_eq!(
        crate::support::poll(&mut *consumer, 9),
        ["records 0@4..=5", "end 0@6"]
    );
}

#[test]
fn records_from_a_clock_that_ran_ahead_are_removed_in_time() {
    let fixture = fixture(Some(100), None);
    let log = fixture.open();
    fixture.clock.set_millis(1_000_000_000);
    log.append(posts(RETENTION_SLICE_RECORDS + 5)).unwrap();
    fixture.clock.set_millis(1_000);
    log.append(posts(1)).unwrap();
    assert_eq!(log.retain(Timestamp::from_millis(1_000)), Ok(0));
    assert_eq!(
        log.retain(Timestamp::from_millis(1_101)),
        Ok(RETENTION_SLICE_RECORDS as u64 + 6)
    );
}

#[test]
fn the_file_shrinks_and_the_thread_does_it_by_itself() {
    let mut fixture = fixture(Some(100), None);
    fixture.options.retain_every = Some(TimeSpan::from_millis(1));
    let log = fixture.open();
    for _ in 0..8 {
        let batch = (0..1_000)
            .map(|_| record(Topic::Posts, 0, vec![b'x'; 2_000]))
            .collect();
        log.append(batch).unwrap();
    }
    fixture.clock.set_millis(10_000);
    while log.first_kept(Topic::Posts, Partition(0)).unwrap() < Offset(8_000) {
        std::thread::sleep(Duration::from_millis(10));
    }
    log.retain(Timestamp::from_millis(10_000)).unwrap();
    drop(log);
    let bytes = std::fs::metadata(fixture.path()).unwrap().len();
    assert!(bytes < 2 << 20, "{bytes} bytes are left of 16 MB");
}
