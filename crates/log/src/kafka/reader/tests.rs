//! Places that a broker does not find.

use std::time::Instant;

use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::super::consumer::KafkaConsumer;
use super::super::mock::{Mock, records};
use super::*;
use crate::{Consumer as _, Event};

/// The offsets read of the first partition until its end is told at `end`.
fn read_to(consumer: &mut KafkaConsumer, end: u64) -> Vec<u64> {
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut offsets = Vec::new();
    loop {
        assert!(Instant::now() < deadline, "only {offsets:?} came");
        for event in consumer.poll(100, Duration::from_millis(200)).unwrap() {
            match event {
                Event::Records(_, records) => {
                    offsets.extend(records.iter().map(|record| record.position.offset.0));
                }
                Event::End { partition, next } if partition == Partition(0) && next.0 == end => {
                    return offsets;
                }
                _ => {}
            }
        }
    }
}

/// A follower that lags, or a log that was cut and has grown again: the client stops the partition
/// for it, and says nothing more.
#[test]
fn a_place_that_is_there_after_all_is_read_on_from() {
    let mock = Mock::new();
    mock.writer.append(records(0..10)).unwrap();
    let mut consumer = mock.consumer();
    assert_eq!(read_to(&mut consumer, 10), (0..10).collect::<Vec<_>>());
    let error = RDKafkaRespErr::RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE;
    mock.cluster.request_errors(RDKafkaApiKey::Fetch, &[error]);
    mock.writer.append(records(10..20)).unwrap();
    assert_eq!(read_to(&mut consumer, 20), (10..20).collect::<Vec<_>>());
    let topic = [Topic::Posts.name()];
    let restarts = mock.metrics.restarts.with_label_values(&topic).get();
    assert!(restarts > 0, "it was counted");
}
