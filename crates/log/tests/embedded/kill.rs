//! A process that appends is killed at some moment: what it was told is durable is there, once.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use fengbiao_log::embedded::check;
use fengbiao_log::{Producer as _, Topic};

use crate::support::{Fixture, record};

const PATH: &str = "FENGBIAO_LOG_KILL_TEST_FOLDER";
const ROUND: &str = "FENGBIAO_LOG_KILL_TEST_ROUND";
const ROUNDS: u64 = 12;
const PARTITIONS: u32 = 3;

/// Not a test of its own: the process that is killed. Appends for ever, and prints
/// `partition offset payload` for what it was told is durable.
#[test]
#[ignore = "started by the test below, which kills it"]
fn child_that_appends() {
    let (Ok(folder), Ok(round)) = (std::env::var(PATH), std::env::var(ROUND)) else {
        return;
    };
    let mut fixture = Fixture::new(PARTITIONS);
    fixture.options.group_commit.window = Duration::from_millis(1);
    let log = fixture.open_at(&std::path::Path::new(&folder).join("log.sqlite"));
    let threads: Vec<_> = (0..4_u32)
        .map(|thread| {
            let (log, round) = (Arc::clone(&log), round.clone());
            std::thread::spawn(move || {
                for batch in 0_u32.. {
                    let payloads: Vec<_> = (0..=batch % 7)
                        .map(|one| format!("{round}-{thread}-{batch}-{one}"))
                        .collect();
                    let records = payloads
                        .iter()
                        .map(|payload| record(Topic::Posts, batch % PARTITIONS, payload.clone()))
                        .collect();
                    let places = log.append(records).unwrap();
                    let mut lines = String::new();
                    for (place, payload) in places.iter().zip(&payloads) {
                        let (partition, offset) = (place.partition.0, place.offset.0);
                        lines.push_str(&format!("ack {partition} {offset} {payload}\n"));
                    }
                    // One write for the lot: lines of threads do not mix.
                    std::io::stdout()
                        .lock()
                        .write_all(lines.as_bytes())
                        .unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Runs the child until it is killed; what it was told is durable.
fn run_and_kill(folder: &std::path::Path, round: u64, after: Duration) -> Vec<(u32, u64, String)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "kill::child_that_appends",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env(PATH, folder)
        // Its own temporary folder, which it cannot remove, goes with the parent's.
        .env("TMPDIR", folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    let mut take = |line: &str| {
        // The test harness prints `test … ... ` in front of the first line.
        let Some(start) = line.find("ack ") else {
            return false;
        };
        let mut words = line[start..].split(' ').skip(1);
        let (partition, offset) = (words.next().unwrap(), words.next().unwrap());
        let payload = words.next().unwrap().to_owned();
        acknowledged.push((partition.parse().unwrap(), offset.parse().unwrap(), payload));
        true
    };
    // The clock starts with the first acknowledgement, so that every round has some.
    while !take(&lines.next().unwrap().unwrap()) {}
    let killer = std::thread::spawn(move || {
        std::thread::sleep(after);
        // SIGKILL: no destructor runs.
        child.kill().unwrap();
        child.wait().unwrap();
    });
    // `lines` gives a last line even without its end; it may be cut short then.
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    killer.join().unwrap();
    let (_, whole) = rest
        .split_last()
        .map_or((None, &rest[..]), |(last, whole)| (Some(last), whole));
    for line in whole {
        take(line);
    }
    acknowledged
}

#[test]
fn what_was_acknowledged_before_a_kill_is_there_exactly_once() {
    let fixture = Fixture::new(PARTITIONS);
    // Odd steps of a few milliseconds; the seed is the process id, printed if it fails.
    let seed = u64::from(std::process::id());
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let after = Duration::from_micros((seed.wrapping_mul(7_919 + round * 104_729)) % 60_000);
        acknowledged.extend(run_and_kill(fixture.folder.path(), round, after));
        let log = fixture.open();
        let mut stored: BTreeMap<String, Vec<(u32, u64)>> = BTreeMap::new();
        for record in log.scan_topic(Topic::Posts).unwrap() {
            let record = record.unwrap();
            let place = (record.position.partition.0, record.position.offset.0);
            stored
                .entry(String::from_utf8(record.payload).unwrap())
                .or_default()
                .push(place);
        }
        for (partition, offset, payload) in &acknowledged {
            let places = stored.get(payload).map(Vec::as_slice);
            assert_eq!(
                places,
                Some(&[(*partition, *offset)][..]),
                "{payload}, seed {seed}"
            );
        }
        assert!(
            stored.values().all(|places| places.len() == 1),
            "one twice, seed {seed}"
        );
    }
    assert_eq!(check(&fixture.path()), Ok(Vec::new()));
}
