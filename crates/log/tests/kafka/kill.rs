//! The broker is killed and comes back: nothing acknowledged is lost, nothing is written twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fengbiao_log::kafka::Kafka;
use fengbiao_log::{LogError, NewRecord, Producer as _, Topic};

use crate::broker::Broker;
use crate::support::{Fixture, PATIENCE, noise, post, read_all};

const PARTITIONS: u32 = 2;
const KILLS: u32 = 2;
/// Records of an append.
const APPEND: u64 = 20;
/// How long a killed node stays away.
const OUTAGE: Duration = Duration::from_secs(2);

/// Writes numbers from 0, in turn to both partitions, and counts what is acknowledged.
fn write(log: &Kafka, stop: &AtomicBool, written: &AtomicU64) {
    while !stop.load(Ordering::Relaxed) {
        let first = written.load(Ordering::Relaxed);
        let records = (first..first + APPEND)
            .map(|number| post(u32::try_from(number % 2).unwrap(), number.to_string()));
        // Waits while there is no broker, and is answered when there is.
        log.append(records.collect()).unwrap();
        written.fetch_add(APPEND, Ordering::Relaxed);
    }
}

/// Returns when some appends more are acknowledged.
fn wait_for_more(written: &AtomicU64) {
    let enough = written.load(Ordering::Relaxed) + 10 * APPEND;
    let deadline = Instant::now() + PATIENCE;
    while written.load(Ordering::Relaxed) < enough {
        assert!(Instant::now() < deadline, "nothing more was written");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_killed_broker_costs_nothing_but_time() {
    let Some(broker) = Broker::own_alone("a_killed_broker_costs_nothing_but_time") else {
        return;
    };
    let fixture = Fixture::new(broker, PARTITIONS);
    let log = fixture.open();
    let stop = Arc::new(AtomicBool::new(false));
    let written = Arc::new(AtomicU64::new(0));
    let writer = {
        let (log, stop, written) = (Arc::clone(&log), Arc::clone(&stop), Arc::clone(&written));
        std::thread::spawn(move || write(&log, &stop, &written))
    };
    for round in 0..KILLS {
        wait_for_more(&written);
        // With one node all is gone; of three, another one each time.
        fixture.broker.kill(1 + round % fixture.broker.nodes());
        let known = written.load(Ordering::Relaxed);
        std::thread::sleep(OUTAGE);
        if fixture.broker.nodes() == 1 {
            // What was acknowledged at the last moment may not have been counted yet.
            let more = written.load(Ordering::Relaxed) - known;
            assert!(more <= APPEND, "{more} were written to nobody");
        }
        fixture.broker.start();
    }
    // Answered by a broker that has come back.
    wait_for_more(&written);
    stop.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    let written = written.load(Ordering::Relaxed);

    let mut consumer = log.consumer("reader", Topic::Posts).unwrap();
    let read = read_all(&mut *consumer, PARTITIONS);
    for (partition, records) in read {
        let texts = records
            .iter()
            .map(|r| std::str::from_utf8(&r.payload).unwrap());
        let numbers: Vec<u64> = texts.filter_map(|text| text.parse().ok()).collect();
        let expected = (0..written).filter(|number| number % 2 == u64::from(partition.0));
        assert!(
            numbers.into_iter().eq(expected),
            "partition {}",
            partition.0
        );
        let offsets = records.iter().map(|record| record.position.offset.0);
        assert!(offsets.eq(0..records.len() as u64));
    }
}

#[test]
fn what_waits_for_a_broker_that_is_gone_is_bounded_and_ends_with_the_log() {
    let Some(broker) =
        Broker::own_alone("what_waits_for_a_broker_that_is_gone_is_bounded_and_ends_with_the_log")
    else {
        return;
    };
    let fixture = Fixture::new(broker, 1);
    let log = fixture.open();
    log.append(vec![post(0, "x")]).unwrap();
    fixture.broker.kill_all();
    let megabyte = |seed| post(0, noise(1 << 20, seed));
    let waiting: Vec<_> = (0..2)
        .map(|half| {
            let records: Vec<_> = (0..32).map(|n| megabyte(half * 32 + n)).collect();
            let log = Arc::clone(&log);
            std::thread::spawn(move || log.append(records))
        })
        .collect();
    // The room is full when one more is refused.
    let deadline = Instant::now() + PATIENCE;
    while log.try_append_or_none(&megabyte(99)) != Some(LogError::Busy) {
        assert!(Instant::now() < deadline, "there is no bound");
    }
    log.close();
    for thread in waiting {
        assert_eq!(thread.join().unwrap(), Err(LogError::Closed));
    }
    assert_eq!(log.append(vec![megabyte(1)]), Err(LogError::Closed));
    fixture.broker.start();
    // The next test finds the broker again.
    fixture.open();
}

/// Asks whether there is room, and does not wait for an answer that cannot come.
trait TryAppend {
    fn try_append_or_none(&self, record: &NewRecord) -> Option<LogError>;
}

impl TryAppend for Kafka {
    fn try_append_or_none(&self, record: &NewRecord) -> Option<LogError> {
        let asked = async {
            let wait = Duration::from_millis(100);
            tokio::time::timeout(wait, self.append_async(vec![record.clone()])).await
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        match runtime.block_on(asked) {
            Ok(Err(error)) => Some(error),
            _ => None,
        }
    }
}
