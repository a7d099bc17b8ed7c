//! Reading a known range, outside of any group.

use std::time::{Duration, Instant};

use fengbiao_model::{Offset, Partition};
use rdkafka::consumer::Consumer as _;
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;

use super::client::{Listener, failed_to};
use super::reader::record;
use super::rebalance::{kafka_number, list_of};
use super::{Asker, Kafka};
use crate::{BROKER_ANSWER_MILLIS, LogError, Record, Topic};

const READING: &str = "read a range of records from Kafka";

/// The first offset kept and the next one to be given.
pub(super) fn ends(
    log: &Kafka,
    topic: Topic,
    partition: Partition,
) -> Result<(Offset, Offset), LogError> {
    let patience = Duration::from_millis(BROKER_ANSWER_MILLIS);
    let name = log.options.name_of(topic);
    let (low, high) = log
        .asker
        .fetch_watermarks(&name, kafka_number(partition), patience)
        .map_err(failed_to("ask Kafka where a partition begins and ends"))?;
    let offset = |number: i64| Offset(u64::try_from(number).unwrap_or(0));
    Ok((offset(low), offset(high)))
}

/// A client that reads alone: it needs the name of a group, and never joins it.
fn client(log: &Kafka) -> Result<Asker, LogError> {
    let mut configuration = log.common.clone();
    configuration
        .set("group.id", format!("{}range", log.options.prefix))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error")
        .set("enable.partition.eof", "true");
    configuration
        .create_with_context(Listener::new(log.metrics.clone()))
        .map_err(failed_to("make a client that reads from Kafka"))
}

/// The records of `from..to` that are kept.
pub(super) fn read(
    log: &Kafka,
    topic: Topic,
    partition: Partition,
    from: Offset,
    to: Offset,
) -> Result<Vec<Record>, LogError> {
    let (first, next) = ends(log, topic, partition)?;
    let (from, to) = (from.max(first), to.min(next));
    let mut records = Vec::new();
    if from >= to {
        return Ok(records);
    }
    let client = client(log)?;
    client
        .assign(&list_of(&log.options.name_of(topic), &[(partition, from)]))
        .map_err(failed_to(READING))?;
    let patience = Duration::from_millis(BROKER_ANSWER_MILLIS);
    let mut deadline = Instant::now() + patience;
    loop {
        match client.poll(deadline.saturating_duration_since(Instant::now())) {
            Some(Ok(message)) if message.offset() < kafka_offset(to) => {
                records.push(record(&message));
                if message.offset() + 1 == kafka_offset(to) {
                    return Ok(records);
                }
                deadline = Instant::now() + patience;
            }
            // Beyond the range, or at the end: retention removed the rest meanwhile.
            Some(Ok(_) | Err(KafkaError::PartitionEOF(_))) => return Ok(records),
            Some(Err(error)) => return Err(failed_to(READING)(error)),
            None if Instant::now() < deadline => {}
            None => {
                return Err(LogError::Unreachable {
                    brokers: log.options.brokers.clone(),
                    seconds: patience.as_secs(),
                    cause: format!("no records of topic `{topic}` came"),
                });
            }
        }
    }
}

fn kafka_offset(offset: Offset) -> i64 {
    i64::try_from(offset.0).unwrap_or(i64::MAX)
}
