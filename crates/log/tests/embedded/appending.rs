//! Appends: places, group commit, refusals, a full disk.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use fengbiao_log::embedded::{GroupCommit, check};
use fengbiao_log::{
    Destination, LogError, MAX_RECORD_BYTES, NewRecord, Producer as _, Topic, partition_of,
};
use fengbiao_model::{Offset, Partition, TimeSpan, Timestamp};

use crate::support::{Fixture, position, posts, record};

#[test]
fn offsets_start_at_zero_and_go_on_after_reopening() {
    let fixture = Fixture::new(2);
    let log = fixture.open();
    let batch = vec![
        record(Topic::Hits, 1, "a"),
        record(Topic::Hits, 0, "b"),
        record(Topic::Hits, 1, "c"),
    ];
    let expected = vec![position(1, 0), position(0, 0), position(1, 1)];
    assert_eq!(log.append(batch.clone()).unwrap(), expected);
    drop(log);
    let log = fixture.open();
    let expected = vec![position(1, 2), position(0, 1), position(1, 3)];
    assert_eq!(log.append(batch).unwrap(), expected);
    let read = log
        .read_range(Topic::Hits, Partition(1), Offset(1), Offset(3))
        .unwrap();
    let payloads: Vec<_> = read.into_iter().map(|record| record.payload).collect();
    assert_eq!(payloads, [b"c", b"a"]);
    assert_eq!(log.append(Vec::new()).unwrap(), []);
}

#[test]
fn keys_choose_the_partition() {
    let fixture = Fixture::new(5);
    let log = fixture.open();
    for key in ["food-safety", "service-outage", "school", ""] {
        let to = Destination::Key(key.into());
        let written = log
            .append(vec![NewRecord {
                topic: Topic::Hits,
                to,
                payload: Vec::new(),
            }])
            .unwrap();
        assert_eq!(
            written[0].partition,
            partition_of(key.as_bytes(), 5),
            "{key}"
        );
    }
}

#[test]
fn what_cannot_be_is_refused_and_nothing_of_it_is_written() {
    let fixture = Fixture::new(1);
    let log = fixture.open();
    let check = |bad: NewRecord, expected: LogError| {
        assert_eq!(
            log.append(vec![record(Topic::Posts, 0, "good"), bad]),
            Err(expected)
        );
        assert_eq!(log.next_offset(Topic::Posts, Partition(0)), Ok(Offset(0)));
    };
    check(
        record(Topic::Posts, 1, "x"),
        LogError::NoSuchPartition {
            topic: Topic::Posts,
            partition: Partition(1),
            count: 1,
        },
    );
    check(
        record(Topic::Posts, 0, vec![0; MAX_RECORD_BYTES + 1]),
        LogError::TooLong {
            what: "a record",
            topic: Topic::Posts,
            bytes: MAX_RECORD_BYTES + 1,
            max: MAX_RECORD_BYTES,
        },
    );
    assert!(
        log.append(vec![record(Topic::Posts, 0, vec![0; MAX_RECORD_BYTES])])
            .is_ok()
    );
}

#[test]
fn callers_share_commits_and_each_gets_places_of_its_own() {
    let mut fixture = Fixture::new(1);
    fixture.options.group_commit = GroupCommit {
        window: Duration::from_millis(5),
        ..GroupCommit::default()
    };
    let log = fixture.open();
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let log = Arc::clone(&log);
            std::thread::spawn(move || {
                let append = |index| {
                    let payload = format!("{thread}-{index}");
                    let written = log.append(vec![record(Topic::Posts, 0, payload.clone())]);
                    (written.unwrap()[0].offset, payload)
                };
                (0..20).map(append).collect::<Vec<_>>()
            })
        })
        .collect();
    let acknowledged: Vec<_> = threads
        .into_iter()
        .flat_map(|one| one.join().unwrap())
        .collect();
    let places: BTreeSet<_> = acknowledged.iter().map(|(offset, _)| *offset).collect();
    assert_eq!(places, (0..160).map(Offset).collect());
    let stored = log
        .read_range(Topic::Posts, Partition(0), Offset(0), Offset(160))
        .unwrap();
    for (offset, payload) in acknowledged {
        let stored = &stored[usize::try_from(offset.0).unwrap()];
        assert_eq!(
            (stored.position.offset, &*stored.payload),
            (offset, payload.as_bytes())
        );
    }
}

#[test]
fn async_appends_are_durable_when_they_are_ready() {
    let fixture = Fixture::new(1);
    let log = fixture.open();
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let places = runtime.block_on(async {
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let log = Arc::clone(&log);
                tokio::spawn(async move { log.append_async(posts(2)).await.unwrap() })
            })
            .collect();
        let mut places = BTreeSet::new();
        for task in tasks {
            places.extend(task.await.unwrap());
        }
        places
    });
    assert_eq!(places.len(), 100);
    drop(log);
    let next = fixture.open().next_offset(Topic::Posts, Partition(0));
    assert_eq!(next, Ok(Offset(100)));
}

#[test]
fn a_closed_log_says_so() {
    let fixture = Fixture::new(1);
    let log = fixture.open();
    let mut consumer = log.consumer("matcher", Topic::Posts).unwrap();
    consumer.poll(1, Duration::ZERO).unwrap();
    consumer.poll(1, Duration::ZERO).unwrap();
    log.close();
    log.close();
    assert_eq!(log.append(posts(1)), Err(LogError::Closed));
    assert_eq!(
        consumer.poll(1, Duration::from_secs(60)),
        Err(LogError::Closed)
    );
}

#[test]
fn a_full_disk_loses_nothing_and_burns_no_offset() {
    let mut fixture = Fixture::new(1);
    fixture.options.max_file_bytes = Some(1 << 20);
    fixture.options.topic_mut(Topic::Posts).max_age = Some(TimeSpan::from_millis(10));
    let log = fixture.open();
    let batch = || -> Vec<_> {
        (0..10)
            .map(|_| record(Topic::Posts, 0, vec![b'x'; 5_000]))
            .collect()
    };
    let mut written = 0;
    let failure = loop {
        match log.append(batch()) {
            Ok(places) => {
                assert_eq!(places[0], position(0, written));
                written += 10;
            }
            Err(error) => break error,
        }
    };
    assert_eq!(
        failure,
        LogError::DiskFull {
            doing: "append records"
        }
    );
    assert!(written >= 100, "{written}");
    assert!(log.append(batch()).is_err(), "it is still full");
    assert_eq!(
        log.next_offset(Topic::Posts, Partition(0)),
        Ok(Offset(written))
    );
    // Retention makes room, and appends go on where they stopped.
    let removed = log.retain(Timestamp::from_millis(1_000)).unwrap();
    assert_eq!(removed, written);
    assert_eq!(log.append(batch()).unwrap()[0], position(0, written));
    drop(log);
    assert_eq!(check(&fixture.path()).unwrap(), Vec::<String>::new());
}
