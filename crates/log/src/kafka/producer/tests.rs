//! Errors that a real broker does not give on demand, from the client library's own mock.

use std::sync::Arc;

use fengbiao_model::{Offset, Partition};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::super::client;
use super::super::rebalance::list_of;
use super::*;

struct Fixture {
    cluster: MockCluster<'static, DefaultProducerContext>,
    writer: Arc<Writer>,
    options: Options,
}

impl Fixture {
    fn new() -> Self {
        let cluster = MockCluster::new(1).unwrap();
        let options = Options::new(cluster.bootstrap_servers());
        for topic in Topic::ALL {
            cluster.create_topic(&options.name_of(topic), 2, 1).unwrap();
        }
        let metrics = Metrics::register(&prometheus::Registry::new()).unwrap();
        let common = client::configuration(&options).unwrap();
        let listener = Listener::new(metrics.clone());
        let writer = Writer::new(&options, &common, listener, [2; Topic::ALL.len()], metrics);
        Self {
            cluster,
            writer: Arc::new(writer.unwrap()),
            options,
        }
    }

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

fn records(numbers: std::ops::Range<u32>) -> Vec<NewRecord> {
    numbers
        .map(|number| NewRecord {
            topic: Topic::Posts,
            to: Destination::Partition(Partition(0)),
            payload: number.to_string().into_bytes(),
        })
        .collect()
}

fn texts(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}

#[test]
fn what_passes_is_repeated_until_every_record_is_written_once() {
    use RDKafkaRespErr as Error;
    let fixture = Fixture::new();
    fixture.refuse(&[
        Error::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
        Error::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        Error::RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        Error::RD_KAFKA_RESP_ERR__TRANSPORT,
    ]);
    let places = fixture.writer.append(records(0..500)).unwrap();
    let offsets: Vec<u64> = places.iter().map(|place| place.offset.0).collect();
    assert_eq!(offsets, (0..500).collect::<Vec<_>>());
    assert_eq!(fixture.stored(), texts(0..500));
}

#[test]
fn what_does_not_pass_stops_the_client_before_a_gap_and_the_next_append_goes_on() {
    let fixture = Fixture::new();
    fixture.writer.append(records(0..10)).unwrap();
    let refusal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    fixture.refuse(&[refusal]);
    let error = fixture.writer.append(records(10..20)).unwrap_err();
    assert!(error.to_string().contains("rights"), "{error}");
    assert_eq!(fixture.stored(), texts(0..10));
    fixture.writer.append(records(10..20)).unwrap();
    assert_eq!(fixture.stored(), texts(0..20));
}

#[test]
fn every_caller_on_its_way_is_told_when_the_client_stops() {
    let fixture = Fixture::new();
    fixture.writer.append(records(0..1)).unwrap();
    let refusal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    fixture.refuse(&[refusal]);
    let callers: Vec<_> = (0..8)
        .map(|caller| {
            let writer = Arc::clone(&fixture.writer);
            std::thread::spawn(move || writer.append(records(caller * 10 + 1..caller * 10 + 11)))
        })
        .collect();
    let mut expected = 1;
    for caller in callers {
        // Those that came after the new client are written, whole; no other is, in no part.
        expected += caller.join().unwrap().map_or(0, |places| places.len());
    }
    assert_eq!(fixture.stored().len(), expected);
}
