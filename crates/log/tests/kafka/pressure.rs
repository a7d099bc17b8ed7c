//! A consumer that does not take its records costs bounded memory and stays in its group.

use std::time::{Duration, Instant};

use fengbiao_log::kafka::Kafka;
use fengbiao_log::{Consumer, Event, MAX_READY_BYTES, Producer as _, Topic};
use fengbiao_model::Partition;

use crate::broker::Broker;
use crate::support::{Fixture, assigned, noise, poll, post};

/// The shortest that brokers allow: a member that takes nothing is looked at for longer than that.
const SHORT_SESSION: Duration = Duration::from_secs(6);
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

/// In turn to both partitions.
fn write(log: &Kafka, records: u64) {
    for first in (0..records).step_by(200) {
        let records = (first..records.min(first + 200))
            .map(|n| post(u32::try_from(n % 2).unwrap(), noise(RECORD_BYTES, n)));
        log.append(records.collect()).unwrap();
    }
}

#[test]
fn a_caller_that_takes_nothing_costs_bounded_memory() {
    let Some(broker) = Broker::own_alone("a_caller_that_takes_nothing_costs_bounded_memory") else {
        return;
    };
    let mut fixture = Fixture::new(broker, 2);
    fixture.options.session_timeout = SHORT_SESSION;
    // Written by a log that is gone before memory is measured.
    let log = fixture.open();
    write(&log, RECORDS);
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
    let until = Instant::now() + SHORT_SESSION + SHORT_SESSION / 2;
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

/// The records of `partition` that come until its end is told.
fn read_to_the_end(consumer: &mut dyn Consumer, partition: Partition) -> u64 {
    let mut read = 0;
    loop {
        for event in poll(consumer, 500) {
            match event {
                Event::Records(of, records) if of == partition => read += records.len() as u64,
                Event::End { partition: of, .. } if of == partition => return read,
                Event::Records(..) | Event::End { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_partition_that_went_while_it_was_paused_is_read_when_it_comes_back() {
    let name = "a_partition_that_went_while_it_was_paused_is_read_when_it_comes_back";
    let Some(broker) = Broker::find(name) else {
        return;
    };
    let mut fixture = Fixture::new(broker, 2);
    fixture.options.session_timeout = SHORT_SESSION;
    let log = fixture.open();
    // Twice what is held ready for a caller.
    let records = 2 * (MAX_READY_BYTES / RECORD_BYTES) as u64;
    write(&log, records);
    let mut first = log.consumer("matcher", Topic::Posts).unwrap();
    assert_eq!(assigned(&mut *first).len(), 2);
    // It takes nothing, so its room fills and it pauses; that cannot be seen from here, and a test
    // that came too early for it would show nothing, but would not fail.
    std::thread::sleep(SHORT_SESSION / 2);
    let mut second = log.consumer("matcher", Topic::Posts).unwrap();
    let [(gone, None)] = assigned(&mut *second)[..] else {
        panic!("not one of two partitions");
    };
    assert_eq!(poll(&mut *first, 1), [Event::Revoked(vec![gone])]);
    let kept = Partition(1 - gone.0);
    read_to_the_end(&mut *first, kept);
    drop(second);
    let back = loop {
        match &poll(&mut *first, 1)[..] {
            [Event::Assigned(partitions)] => break partitions.clone(),
            [Event::End { .. }] => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(back, [(gone, None)]);
    assert_eq!(read_to_the_end(&mut *first, gone), records / 2);
}
