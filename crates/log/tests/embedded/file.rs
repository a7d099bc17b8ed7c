//! The file: what is refused, backups, checks, redaction.

use std::fs;

use fengbiao_log::embedded::{Embedded, check};
use fengbiao_log::{LogError, Producer as _, Topic};
use fengbiao_model::Partition;

use crate::support::{Fixture, position, posts, record};

#[test]
fn files_that_are_no_log_are_refused_and_left_alone() {
    let check = |make: &dyn Fn(&Fixture), expected: &str| {
        let fixture = Fixture::new(1);
        make(&fixture);
        let before = fs::read(fixture.path()).unwrap();
        let error = fixture.try_open().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(fs::read(fixture.path()).unwrap(), before);
    };
    check(
        &|fixture| fs::write(fixture.path(), "供水通知".repeat(1_000)).unwrap(),
        "is not a log of fengbiao: it is no SQLite file",
    );
    check(
        &|fixture| {
            let other = rusqlite::Connection::open(fixture.path()).unwrap();
            other.execute_batch("CREATE TABLE something (x)").unwrap();
        },
        "is not a log of fengbiao: it is a SQLite file of something else",
    );
    check(
        &|fixture| {
            drop(fixture.open());
            let newer = rusqlite::Connection::open(fixture.path()).unwrap();
            newer.execute_batch("PRAGMA user_version = 99").unwrap();
        },
        "has schema version 99, this program knows up to 1",
    );
}

#[test]
fn the_number_of_partitions_changes_only_while_a_topic_is_new() {
    let mut fixture = Fixture::new(1);
    drop(fixture.open());
    fixture.options.topic_mut(Topic::Posts).partitions = 3;
    let log = fixture.open();
    assert_eq!(log.partitions(Topic::Posts), 3);
    log.append(vec![record(Topic::Posts, 2, "x")]).unwrap();
    drop(log);
    for (asked, expected) in [
        (
            2,
            LogError::PartitionsDiffer {
                topic: Topic::Posts,
                stored: 3,
                asked: 2,
            },
        ),
        (
            0,
            LogError::PartitionCount {
                topic: Topic::Posts,
                asked: 0,
                max: 64,
            },
        ),
        (
            65,
            LogError::PartitionCount {
                topic: Topic::Posts,
                asked: 65,
                max: 64,
            },
        ),
    ] {
        fixture.options.topic_mut(Topic::Posts).partitions = asked;
        assert_eq!(fixture.try_open().unwrap_err(), expected);
    }
    fixture.options.topic_mut(Topic::Posts).partitions = 3;
    assert_eq!(fixture.open().partitions(Topic::Posts), 3);
}

#[test]
fn a_damaged_file_is_noticed() {
    let fixture = Fixture::new(1);
    let log = fixture.open();
    log.append(posts(2_000)).unwrap();
    drop(log);
    assert_eq!(check(&fixture.path()), Ok(Vec::new()));
    let connection = rusqlite::Connection::open(fixture.path()).unwrap();
    connection
        .execute_batch("UPDATE partitions SET next = 5 WHERE topic = 'posts'")
        .unwrap();
    drop(connection);
    let findings = check(&fixture.path()).unwrap();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(
        findings[0].contains("offset 1999 stands at or above the next, 5"),
        "{findings:?}"
    );
    assert!(matches!(fixture.try_open(), Err(LogError::Damaged { .. })));
    assert!(matches!(
        check(&fixture.folder.path().join("absent")),
        Err(LogError::File { doing: "open", .. })
    ));
}

#[test]
fn overwritten_pages_are_found_by_the_check() {
    let fixture = Fixture::new(1);
    let log = fixture.open();
    log.append(posts(5_000)).unwrap();
    drop(log);
    let mut bytes = fs::read(fixture.path()).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    fs::write(fixture.path(), bytes).unwrap();
    match check(&fixture.path()) {
        Ok(findings) => assert!(!findings.is_empty()),
        Err(error) => assert!(matches!(error, LogError::Damaged { .. }), "{error}"),
    }
}

#[test]
fn a_backup_is_whole_while_appends_go_on() {
    let fixture = Fixture::new(1);
    let log = fixture.open();
    log.append(posts(3_000)).unwrap();
    let target = fixture.folder.path().join("copy.sqlite");
    fs::write(&target, "an older copy").unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for _ in 0..50 {
                log.append(posts(20)).unwrap();
            }
        });
        log.backup_to(&target).unwrap();
        writer.join().unwrap();
    });
    assert_eq!(check(&target), Ok(Vec::new()));
    fs::rename(&target, fixture.folder.path().join("restored.sqlite")).unwrap();
    log.close();
    drop(log);
    fs::rename(
        fixture.folder.path().join("restored.sqlite"),
        fixture.path(),
    )
    .unwrap();
    let restored = fixture.open();
    let count = restored.scan_topic(Topic::Posts).unwrap().count();
    assert!(
        (3_000..=4_000).contains(&count) && count.is_multiple_of(20),
        "{count}"
    );
}

#[test]
fn redaction_replaces_payloads_in_place_and_leaves_no_trace_in_the_files() {
    let fixture = Fixture::new(2);
    let log = fixture.open();
    let secret = "seven pupils of one canteen fell ill after lunch, ".repeat(200);
    log.append(vec![
        record(Topic::Posts, 0, "before"),
        record(Topic::Posts, 0, secret.clone()),
        record(Topic::Posts, 1, secret),
    ])
    .unwrap();
    let found: Vec<_> = log
        .scan_topic(Topic::Posts)
        .unwrap()
        .map(Result::unwrap)
        .filter(|record| record.payload.starts_with(b"seven"))
        .map(|record| (record.position, b"purged".to_vec()))
        .collect();
    assert_eq!(
        found.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
        [position(0, 1), position(1, 0)]
    );
    let mut with_missing = found.clone();
    with_missing.push((position(1, 7), Vec::new()));
    let missing = LogError::NoSuchRecord {
        topic: Topic::Posts,
        position: position(1, 7),
    };
    assert_eq!(log.redact(Topic::Posts, with_missing), Err(missing));
    let payloads = || -> Vec<_> {
        let scan = log.scan_topic(Topic::Posts).unwrap();
        scan.map(|record| record.unwrap().payload.len()).collect()
    };
    assert_eq!(payloads(), [6, 10_000, 10_000], "all or none");
    log.redact(Topic::Posts, found).unwrap();
    assert_eq!(payloads(), [6, 6, 6]);
    let next = log.next_offset(Topic::Posts, Partition(0)).unwrap();
    assert_eq!(next.0, 2);
    for file in fs::read_dir(fixture.folder.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(12).any(|window| window == b"seven pupils"));
    }
    drop(log);
    assert_eq!(check(&fixture.path()), Ok(Vec::new()));
}

#[test]
fn a_log_is_scanned_from_aside_whether_it_is_open_or_not() {
    let fixture = Fixture::new(2);
    let from_aside = || {
        let scan = Embedded::scan_from_aside(&fixture.path(), Topic::Posts)?;
        scan.map(|record| record.map(|record| (record.position, record.payload)))
            .collect::<Result<Vec<_>, LogError>>()
    };
    assert!(
        matches!(from_aside(), Err(LogError::File { .. })),
        "nothing is made"
    );
    assert!(!fixture.path().exists());
    let log = fixture.open();
    log.append(vec![
        record(Topic::Posts, 0, "one"),
        record(Topic::Posts, 1, "two"),
        record(Topic::Hits, 0, "of another topic"),
    ])
    .unwrap();
    let expected = [
        (position(0, 0), b"one".to_vec()),
        (position(1, 0), b"two".to_vec()),
    ];
    assert_eq!(from_aside().unwrap(), expected);
    drop(log);
    assert_eq!(from_aside().unwrap(), expected);
}
