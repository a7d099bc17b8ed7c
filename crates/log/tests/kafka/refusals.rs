//! What is refused, and that nothing is written after it.

use std::time::Duration;

use fengbiao_log::kafka::{Kafka, Options};
use fengbiao_log::{Event, LogError, MAX_RECORD_BYTES, Producer as _, Topic};
use fengbiao_model::{Offset, Partition};

use crate::broker::Broker;
use crate::support::{Fixture, eventually, metrics, noise, post};

#[test]
fn the_longest_record_is_taken_and_a_longer_one_is_refused_by_us() {
    let Some(broker) =
        Broker::find("the_longest_record_is_taken_and_a_longer_one_is_refused_by_us")
    else {
        return;
    };
    let fixture = Fixture::new(broker, 1);
    let log = fixture.open();
    let longest = noise(MAX_RECORD_BYTES, 1);
    log.append(vec![post(0, longest.clone())]).unwrap();
    let read = log.read_range(Topic::Posts, Partition(0), Offset(0), Offset(1));
    assert!(read.unwrap()[0].payload == longest);
    let refused = log.append(vec![post(0, noise(MAX_RECORD_BYTES + 1, 1))]);
    let error = refused.unwrap_err();
    assert!(matches!(error, LogError::TooLong { .. }), "{error}");
    let nowhere = log.append(vec![post(1, "x")]);
    assert!(matches!(nowhere, Err(LogError::NoSuchPartition { .. })));
}

#[test]
fn nothing_is_written_behind_a_record_that_the_broker_refuses() {
    let Some(broker) = Broker::find("nothing_is_written_behind_a_record_that_the_broker_refuses")
    else {
        return;
    };
    let fixture = Fixture::new(broker, 1);
    let log = fixture.open();
    log.append(vec![post(0, "first")]).unwrap();
    fixture.alter(Topic::Posts, "max.message.bytes", "10000");
    let large = post(0, noise(100_000, 1));
    eventually("refusal of the change", || {
        log.append(vec![large.clone()]).err()
    });
    let records = vec![post(0, "before"), large, post(0, "behind")];
    let error = log.append(records).unwrap_err().to_string();
    assert!(error.contains("max.message.bytes"), "{error}");
    // The log goes on with a new client, in whose way nothing stands.
    log.append(vec![post(0, "last")]).unwrap();
    let end = log.next_offset(Topic::Posts, Partition(0)).unwrap();
    let read = log.read_range(Topic::Posts, Partition(0), Offset(0), end);
    let texts: Vec<Vec<u8>> = read.unwrap().into_iter().map(|r| r.payload).collect();
    assert!(!texts.contains(&b"behind".to_vec()), "a gap");
    assert_eq!(texts.first(), Some(&b"first".to_vec()));
    assert_eq!(texts.last(), Some(&b"last".to_vec()));
}

#[test]
fn a_topic_that_is_deleted_ends_its_reader_with_a_remedy() {
    let Some(broker) = Broker::find("a_topic_that_is_deleted_ends_its_reader_with_a_remedy") else {
        return;
    };
    let fixture = Fixture::new(broker, 1);
    let log = fixture.open();
    let mut consumer = log.consumer("matcher", Topic::Posts).unwrap();
    crate::support::assigned(&mut *consumer);
    let name = fixture.name_of(Topic::Posts);
    let deleted = fixture
        .admin()
        .delete_topics(&[&name], &rdkafka::admin::AdminOptions::new());
    crate::support::wait_for(deleted)
        .unwrap()
        .remove(0)
        .unwrap();
    let deadline = std::time::Instant::now() + crate::support::PATIENCE;
    let error = loop {
        match consumer.poll(10, Duration::from_secs(1)) {
            Ok(events) => {
                let quiet = |event: &Event| !matches!(event, Event::Records(..));
                assert!(events.iter().all(quiet), "{events:?}");
                assert!(std::time::Instant::now() < deadline, "nothing was told");
            }
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains("deleted"), "{error}");
}

#[test]
fn brokers_that_are_not_there_are_named() {
    // No broker is needed for this: the port is that of the discard service, which nobody has. One that
    // was free a moment ago may be another test's by now.
    let address = "127.0.0.1:9";
    let mut options = Options::new(address);
    options.connect_timeout = Duration::from_secs(2);
    let error = Kafka::open(
        options,
        std::sync::Arc::new(crate::support::Still),
        metrics(),
    )
    .unwrap_err();
    assert!(matches!(error, LogError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains(address), "{error}");
}
