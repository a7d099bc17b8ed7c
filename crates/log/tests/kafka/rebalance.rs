//! Two members of one group: partitions go from one to the other without loss.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fengbiao_log::kafka::Kafka;
use fengbiao_log::{Destination, Event, LogError, NewRecord, Producer as _, Topic};
use fengbiao_model::{Offset, Partition, Position};

use crate::broker::Broker;
use crate::support::{Fixture, PATIENCE, assigned, cursor, poll, post};

const PARTITIONS: u32 = 4;

/// What all members of the group have done.
#[derive(Default)]
struct Done {
    /// How often each record of `posts` was finished.
    finished: Mutex<BTreeMap<Position, u32>>,
    /// Where each partition's last owner stood when it gave it up, and where the next began.
    handed_over: Mutex<Vec<(Partition, u64, u64)>>,
    /// Where each partition stands.
    stands: Mutex<BTreeMap<Partition, u64>>,
    revoked: Mutex<usize>,
}

/// A matcher in little: one hit for each post, the cursor behind them.
fn work(log: &Kafka, done: &Done, stop: &AtomicBool) {
    let mut consumer = log.consumer("matcher", Topic::Posts).unwrap();
    while !stop.load(Ordering::Relaxed) {
        for event in consumer.poll(20, Duration::from_millis(50)).unwrap() {
            match event {
                Event::Assigned(partitions) => {
                    for (partition, cursor) in partitions {
                        let begins = cursor.map_or(0, |cursor| cursor.next.0);
                        let stood = done.stands.lock().unwrap().get(&partition).copied();
                        let stood = stood.unwrap_or(0);
                        done.handed_over
                            .lock()
                            .unwrap()
                            .push((partition, stood, begins));
                    }
                }
                Event::Revoked(partitions) => *done.revoked.lock().unwrap() += partitions.len(),
                Event::Records(partition, records) => {
                    let next = records.last().unwrap().position.offset.0 + 1;
                    let hits = records.iter().map(|record| NewRecord {
                        topic: Topic::Hits,
                        to: Destination::Partition(partition),
                        payload: record.payload.clone(),
                    });
                    let cursors = vec![(partition, cursor(next, ""))];
                    consumer.commit(hits.collect(), cursors).unwrap();
                    done.stands.lock().unwrap().insert(partition, next);
                    let mut finished = done.finished.lock().unwrap();
                    for record in records {
                        *finished.entry(record.position).or_default() += 1;
                    }
                }
                Event::End { .. } => {}
            }
        }
    }
}

/// Writes posts until there are `count` in all.
fn write(log: &Kafka, done: &Done, written: &mut u32, count: u32) {
    while *written < count {
        let records = (0..PARTITIONS).map(|p| post(p, format!("{written}")));
        log.append(records.collect()).unwrap();
        *written += PARTITIONS;
    }
    let deadline = Instant::now() + PATIENCE;
    while done.finished.lock().unwrap().len() < count as usize {
        assert!(Instant::now() < deadline, "records are missing");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn partitions_go_from_member_to_member_with_their_cursors() {
    let Some(broker) = Broker::find("partitions_go_from_member_to_member_with_their_cursors")
    else {
        return;
    };
    let fixture = Fixture::new(broker, PARTITIONS);
    let log = fixture.open();
    let done = Arc::new(Done::default());
    let member = || {
        let (log, done) = (Arc::clone(&log), Arc::clone(&done));
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || work(&log, &done, &stopped));
        (stop, thread)
    };
    let mut written = 0;
    let first = member();
    write(&log, &done, &mut written, 800);
    let second = member();
    let deadline = Instant::now() + PATIENCE;
    let mut count = 800;
    // Posts come all the while that partitions move.
    while done.handed_over.lock().unwrap().len() < 6 {
        assert!(
            Instant::now() < deadline,
            "no partition went to the second member"
        );
        count += 40;
        write(&log, &done, &mut written, count);
    }
    first.0.store(true, Ordering::Relaxed);
    first.1.join().unwrap();
    write(&log, &done, &mut written, count + 800);
    second.0.store(true, Ordering::Relaxed);
    second.1.join().unwrap();

    assert!(*done.revoked.lock().unwrap() >= 2, "half of them moved");
    for (partition, stood, begins) in &*done.handed_over.lock().unwrap() {
        assert_eq!(
            stood, begins,
            "partition {} was not handed over",
            partition.0
        );
    }
    let finished = done.finished.lock().unwrap();
    let again = finished.iter().filter(|(_, times)| **times > 1).count();
    assert_eq!(
        again, 0,
        "records were finished twice in an orderly handing over"
    );
    for partition in (0..PARTITIONS).map(Partition) {
        let hits = log.next_offset(Topic::Hits, partition).unwrap();
        assert_eq!(hits, log.next_offset(Topic::Posts, partition).unwrap());
    }
}

#[test]
fn what_a_slow_member_lost_it_cannot_commit() {
    let Some(broker) = Broker::find("what_a_slow_member_lost_it_cannot_commit") else {
        return;
    };
    let mut fixture = Fixture::new(broker, 2);
    // Half of it is waited for, and half of it is what the brokers have to confirm what is kept.
    fixture.options.session_timeout = Duration::from_secs(30);
    let log = fixture.open();
    log.append((0..2).map(|p| post(p, "x")).collect()).unwrap();
    let mut slow = log.consumer("matcher", Topic::Posts).unwrap();
    assigned(&mut *slow);
    poll(&mut *slow, 1);
    // From here on it works and never polls; half the session later it has lost a partition.
    let mut other = log.consumer("matcher", Topic::Posts).unwrap();
    let gained = assigned(&mut *other);
    let [(partition, None)] = gained[..] else {
        panic!("{gained:?}");
    };
    let hit = NewRecord {
        topic: Topic::Hits,
        to: Destination::Partition(Partition(0)),
        payload: b"too late".to_vec(),
    };
    let refused = slow.commit(vec![hit], vec![(partition, cursor(1, ""))]);
    let topic = Topic::Posts;
    assert_eq!(refused, Err(LogError::NotOwned { topic, partition }));
    assert_eq!(log.next_offset(Topic::Hits, Partition(0)), Ok(Offset(0)));
    // What it kept it can, and it goes on once it polls.
    let kept = Partition(1 - partition.0);
    slow.commit(Vec::new(), vec![(kept, cursor(1, ""))])
        .unwrap();
    let told = poll(&mut *slow, 1);
    assert_eq!(told, [Event::Revoked(vec![partition])]);
    // Nothing more of the lost one is given out, though it was read ahead.
    let later = slow.poll(10, Duration::from_secs(1)).unwrap();
    let of_lost = |event: &Event| match event {
        Event::Records(of, _) | Event::End { partition: of, .. } => *of == partition,
        _ => false,
    };
    assert!(!later.iter().any(of_lost), "{later:?}");
}

#[test]
fn a_member_that_ends_leaves_at_once() {
    let Some(broker) = Broker::find("a_member_that_ends_leaves_at_once") else {
        return;
    };
    let mut fixture = Fixture::new(broker, 1);
    // So long that only a farewell explains a quick change.
    fixture.options.session_timeout = Duration::from_secs(120);
    let log = fixture.open();
    let mut first = log.consumer("matcher", Topic::Posts).unwrap();
    assigned(&mut *first);
    let mut second = log.consumer("matcher", Topic::Posts).unwrap();
    assert_eq!(second.poll(1, Duration::from_secs(2)), Ok(Vec::new()));
    let started = Instant::now();
    drop(first);
    assigned(&mut *second);
    assert!(started.elapsed() < Duration::from_secs(90));
}
