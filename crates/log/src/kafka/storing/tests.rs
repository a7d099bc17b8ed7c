//! A broker that hangs.

use std::time::Duration;

use fengbiao_model::Offset;

use super::super::consumer::KafkaConsumer;
use super::super::mock::{Mock, records};
use crate::{CURSOR_STORE_MILLIS, Consumer as _, Event};

use super::*;

/// How late the broker answers once it hangs: long after the test has looked, on a busy machine too, and
/// before the client gives its question up (a minute).
const LATE: Duration = Duration::from_secs(12);
/// Who leaves waits for the last answers, one behind the other, for half of it. No longer, since the
/// next member waits until it has passed.
const SESSION: Duration = Duration::from_secs(5 * LATE.as_secs());
/// Longest wait for what must happen.
const PATIENCE: Duration = Duration::from_secs(300);

fn cursor(next: u64) -> Vec<(Partition, Cursor)> {
    let cursor = Cursor {
        next: Offset(next),
        note: String::new(),
    };
    vec![(Partition(0), cursor)]
}

/// The cursor that the group has for the first partition.
fn assigned(consumer: &mut KafkaConsumer) -> Option<Cursor> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "nothing was assigned");
        let events = consumer.poll(1, Duration::from_millis(200)).unwrap();
        if let [Event::Assigned(partitions)] = &events[..] {
            let mut partitions = partitions.iter();
            let (_, cursor) = partitions.find(|(p, _)| *p == Partition(0)).unwrap();
            return cursor.clone();
        }
    }
}

#[test]
fn a_broker_that_hangs_is_heard_of_later() {
    let mut mock = Mock::new();
    mock.options.session_timeout = SESSION;
    mock.writer.append(records(0..10)).unwrap();
    let mut consumer = mock.consumer();
    assert_eq!(assigned(&mut consumer), None);
    // From here on it is known that the group counts us in, and nothing is left of the assignment.
    consumer.commit(Vec::new(), cursor(3)).unwrap();
    consumer.poll(1, Duration::ZERO).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while consumer.is_storing() {
        assert!(Instant::now() < deadline, "the first cursor is not stored");
        consumer.poll(1, Duration::from_millis(10)).unwrap();
    }
    mock.cluster.broker_round_trip_time(1, LATE).unwrap();
    for next in 4..6 {
        // By now it is due.
        std::thread::sleep(Duration::from_millis(CURSOR_STORE_MILLIS));
        consumer.commit(Vec::new(), cursor(next)).unwrap();
        consumer.poll(1, Duration::ZERO).unwrap();
        assert!(consumer.is_storing(), "the broker's answer was waited for");
    }
    mock.cluster
        .broker_round_trip_time(1, Duration::ZERO)
        .unwrap();
    drop(consumer);
    assert_eq!(mock.metrics.commit_failures.get(), 0);
    let last = cursor(5).remove(0).1;
    assert_eq!(assigned(&mut mock.consumer()), Some(last));
}
