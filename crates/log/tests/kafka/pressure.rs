//! A consumer that does not take its records costs bounded memory and stays in its group.

use std::time::{Duration, Instant};

use fengbiao_log::{Event, Producer as _, Topic};

use crate::broker::Broker;
use crate::support::{Fixture, SESSION, assigned, noise, poll, post};

const RECORDS: u64 = 10_000;
const RECORD_BYTES: usize = 16 << 10;
/// Ready for the caller, fetched ahead, and one answer of the broker on its way: 16, 16 and 8 MiB;
/// the rest is the allocator's.
const MAX_GROWTH_BYTES: u64 = 90 << 20;

/// Bytes of memory that this process holds, by Linux's own count.
fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kibibytes: u64 = line
        .split_ascii_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    kibibytes * 1024
}

#[test]
fn a_caller_that_takes_nothing_costs_bounded_memory() {
    let Some(broker) = Broker::own_alone("a_caller_that_takes_nothing_costs_bounded_memory") else {
        return;
    };
    let fixture = Fixture::new(broker, 2);
    // Written by a log that is gone before memory is measured.
    let log = fixture.open();
    for first in (0..RECORDS).step_by(200) {
        let records = (first..first + 200)
            .map(|n| post(u32::try_from(n % 2).unwrap(), noise(RECORD_BYTES, n)));
        log.append(records.collect()).unwrap();
    }
    drop(log);
    let log = fixture.open();
    let mut consumer = log.consumer("matcher", Topic::Posts).unwrap();
    assigned(&mut *consumer);
    let before = resident_bytes();
    let mut next = [0_u64; 2];
    let mut take = |events: Vec<Event>| {
        for event in events {
            match event {
                Event::Records(partition, records) => {
                    for record in records {
                        let next = &mut next[partition.0 as usize];
                        assert_eq!(record.position.offset.0, *next, "a gap");
                        *next += 1;
                    }
                }
                Event::End { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        next.iter().sum::<u64>()
    };
    take(poll(&mut *consumer, 1));
    // Longer than a session: who only stopped taking is still a member.
    let until = Instant::now() + SESSION + SESSION / 2;
    let mut most = 0;
    while Instant::now() < until {
        most = most.max(resident_bytes());
        std::thread::sleep(Duration::from_millis(100));
    }
    let growth = most.saturating_sub(before);
    assert!(growth < MAX_GROWTH_BYTES, "{growth} bytes were held");
    // What was paused goes on, in order, without a gap.
    while take(poll(&mut *consumer, 500)) < RECORDS {}
}
