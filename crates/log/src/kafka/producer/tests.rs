//! Errors that a real broker does not give on demand, from the client library's own mock.

use std::time::Instant;

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::super::mock::{Mock, records};
use super::super::rebalance::list_of;
use super::client::STOPPED_HINT;
use super::*;

impl Mock {
    fn refuse(&self, errors: &[RDKafkaRespErr]) {
        self.cluster.request_errors(RDKafkaApiKey::Produce, errors);
    }

    /// What the first partition of `posts` holds.
    fn stored(&self) -> Vec<String> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &self.options.brokers)
            .set("group.id", "reader")
            .set("enable.partition.eof", "true")
            .create()
            .unwrap();
        let name = self.options.name_of(Topic::Posts);
        consumer
            .assign(&list_of(&name, &[(Partition(0), Offset(0))]))
            .unwrap();
        let mut stored = Vec::new();
        loop {
            match consumer.poll(Duration::from_secs(30)).unwrap() {
                Ok(message) => {
                    let text = message.payload().unwrap().to_vec();
                    stored.push(String::from_utf8(text).unwrap());
                }
                Err(KafkaError::PartitionEOF(_)) => return stored,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

fn texts(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}

#[test]
fn what_passes_is_repeated_until_every_record_is_written_once() {
    use RDKafkaRespErr as Error;
    let mock = Mock::new();
    mock.refuse(&[
        Error::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
        Error::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        Error::RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        Error::RD_KAFKA_RESP_ERR__TRANSPORT,
    ]);
    let places = mock.writer.append(records(0..500)).unwrap();
    let offsets: Vec<u64> = places.iter().map(|place| place.offset.0).collect();
    assert_eq!(offsets, (0..500).collect::<Vec<_>>());
    assert_eq!(mock.stored(), texts(0..500));
}

#[test]
fn what_does_not_pass_stops_the_client_before_a_gap_and_the_next_append_goes_on() {
    let mock = Mock::new();
    mock.writer.append(records(0..10)).unwrap();
    let refusal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    mock.refuse(&[refusal]);
    let error = mock.writer.append(records(10..20)).unwrap_err();
    assert!(error.to_string().contains("rights"), "{error}");
    assert_eq!(mock.stored(), texts(0..10));
    mock.writer.append(records(10..20)).unwrap();
    assert_eq!(mock.stored(), texts(0..20));
}

#[test]
fn every_caller_on_its_way_is_told_when_the_client_stops() {
    let mock = Mock::new();
    mock.writer.append(records(0..1)).unwrap();
    let refusal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    mock.refuse(&[refusal]);
    // One record each: what one of them sends is refused whole, wherever a request ends.
    let of = |caller: u32| caller + 1..caller + 2;
    let callers: Vec<_> = (0..8)
        .map(|caller| {
            let writer = Arc::clone(&mock.writer);
            std::thread::spawn(move || writer.append(records(of(caller))))
        })
        .collect();
    let answers: Vec<_> = callers.into_iter().map(|c| c.join().unwrap()).collect();
    // Those that came after the new client are written, whole; no other is, in no part.
    let written = (0..8).filter(|caller| answers[*caller as usize].is_ok());
    let mut expected: Vec<String> = written.flat_map(|caller| texts(of(caller))).collect();
    expected.extend(texts(0..1));
    expected.sort();
    let mut stored = mock.stored();
    stored.sort();
    assert_eq!(stored, expected);
    let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert!(!refused.is_empty(), "one of them was refused");
    for error in refused {
        assert_ne!(error, LogError::Closed, "the log is open");
        let text = error.to_string();
        assert!(!text.contains("same role"), "{text}");
        assert!(
            text.contains("rights") || text.contains("repeated"),
            "{text}"
        );
    }
}

/// Some wait in the client and some come when it has stopped.
#[test]
fn who_did_nothing_wrong_is_told_why_its_record_is_not_written() {
    let mock = Mock::new();
    mock.writer.append(records(0..1)).unwrap();
    let client = mock.writer.client();
    let refusal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    mock.refuse(&[refusal]);
    // Behind its back the client is kept, as by one who took it a moment before it stopped.
    mock.writer.append(records(1..2)).unwrap_err();
    let deadline = Instant::now() + Duration::from_secs(30);
    while client.client().fatal_error().is_none() {
        assert!(Instant::now() < deadline, "the client goes on");
    }
    let (answer, told) = std::sync::mpsc::channel();
    let (routed, bytes) = mock.writer.route(records(2..3)).unwrap();
    mock.writer.room.reserve(bytes, false).unwrap();
    let batch = Batch::new(
        vec![routed[0].position],
        Arc::clone(&mock.writer.room),
        bytes,
        Box::new(move |result| answer.send(result).unwrap()),
    );
    mock.writer.send(&client, &batch, &routed);
    let error = told.recv().unwrap().unwrap_err();
    let LogError::Broker { hint, cause, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(*hint, STOPPED_HINT);
    assert!(
        cause.contains("authorized") || cause.contains("uthorization"),
        "{cause}"
    );
    mock.writer.append(records(3..4)).unwrap();
    assert_eq!(mock.stored(), ["0", "3"]);
}

#[test]
fn a_record_on_its_way_is_charged_with_its_key_and_what_it_needs_besides() {
    let mock = Mock::new();
    let record = NewRecord {
        topic: Topic::Posts,
        to: Destination::Key(b"key".to_vec()),
        payload: b"ab".to_vec(),
    };
    let (routed, bytes) = mock.writer.route(vec![record.clone(), record]).unwrap();
    assert_eq!(routed.len(), 2);
    assert_eq!(bytes, 2 * (3 + 2 + QUEUED_RECORD_BYTES));
}

/// Refuses a record, by which the client stops.
fn stop(mock: &Mock) {
    mock.refuse(&[RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED]);
    mock.writer.append(records(0..1)).unwrap_err();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_stopped(&mock.writer.client()) {
        assert!(Instant::now() < deadline, "the client goes on");
    }
}

/// A renewal takes seconds where a broker does not answer; here the test makes it last.
#[test]
fn a_renewal_keeps_no_thread_of_the_runtime_and_nobody_who_closes() {
    let mock = Mock::new();
    stop(&mock);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let writer = Arc::clone(&mock.writer);
    let renewing = lock(&mock.writer.renewal);
    runtime.block_on(async {
        let append = tokio::spawn(async move { writer.append_async(records(1..2)).await });
        // The one thread goes on meanwhile, and a client that is in order would be used.
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(!append.is_finished());
        drop(renewing);
        append.await.unwrap().unwrap();
    });
    assert_eq!(mock.stored(), ["1"]);
    stop(&mock);
    let renewing = lock(&mock.writer.renewal);
    mock.writer.close();
    drop(renewing);
    assert_eq!(mock.writer.append(records(2..3)), Err(LogError::Closed));
}

#[test]
fn an_append_that_the_brokers_do_not_acknowledge_is_told_by_its_age() {
    let mock = Mock::new();
    mock.writer.append(records(0..1)).unwrap();
    assert_eq!(mock.writer.room.oldest(), None);
    let too_few = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS;
    mock.refuse(&[too_few; 8]);
    let writer = Arc::clone(&mock.writer);
    let append = std::thread::spawn(move || writer.append(records(1..2)));
    let deadline = Instant::now() + Duration::from_secs(30);
    let short = Duration::from_millis(100);
    while mock.writer.overdue(short).is_none() {
        assert!(Instant::now() < deadline && !append.is_finished());
        std::thread::sleep(Duration::from_millis(1));
    }
    let long = Duration::from_secs(3_600);
    assert_eq!(mock.writer.overdue(long), None, "it is young");
    append.join().unwrap().unwrap();
    assert_eq!(mock.writer.room.oldest(), None);
}
