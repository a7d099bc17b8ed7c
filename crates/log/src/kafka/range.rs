//! Reading a known range, outside of any group.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fengbiao_model::{Offset, Partition};
use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::client::{Listener, code_of, ends_reading, failed_to, persist};
use super::reader::record;
use super::rebalance::{kafka_number, list_of};
use super::{Asker, Kafka};
use crate::{LogError, PREFETCH_KIBIBYTES, Record, SCAN_PAGE_RECORDS, Topic};

const READING: &str = "read a range of records from Kafka";

/// The first offset kept and the next one to be given.
pub(super) fn ends(
    log: &Kafka,
    topic: Topic,
    partition: Partition,
) -> Result<(Offset, Offset), LogError> {
    let name = log.options.name_of(topic);
    ends_of(&log.asker, &name, partition, log.options.connect_timeout)
}

/// Asked again for as long as `patience` while a broker that led the partition is gone.
fn ends_of(
    asker: &Asker,
    name: &str,
    partition: Partition,
    patience: Duration,
) -> Result<(Offset, Offset), LogError> {
    let offset = |number: i64| Offset(u64::try_from(number).unwrap_or(0));
    let (low, high) = persist(Instant::now() + patience, |patience| {
        asker.fetch_watermarks(name, kafka_number(partition), patience)
    })
    .map_err(failed_to("ask Kafka where a partition begins and ends"))?;
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
        .set("enable.partition.eof", "true")
        .set("queued.max.messages.kbytes", PREFETCH_KIBIBYTES.to_string())
        .set("fetch.queue.backoff.ms", "10");
    configuration
        .create_with_context(Listener::new(log.metrics.clone()))
        .map_err(failed_to("make a client that reads from Kafka"))
}

/// Reads known ranges one after another. What reads a partition stays where it has come to, so that
/// ranges in a row cost one client and no new search.
pub struct Ranges {
    log: Arc<Kafka>,
    readers: BTreeMap<(Topic, Partition), RangeReader>,
}

/// Reads one partition.
struct RangeReader {
    client: Asker,
    brokers: String,
    name: String,
    partition: Partition,
    next: Offset,
    /// How long brokers that give nothing are waited for.
    patience: Duration,
}

impl Ranges {
    pub(super) const fn new(log: Arc<Kafka>) -> Self {
        Self {
            log,
            readers: BTreeMap::new(),
        }
    }

    /// The records of `from..to` that are kept, in order.
    pub fn read(
        &mut self,
        topic: Topic,
        partition: Partition,
        from: Offset,
        to: Offset,
    ) -> Result<Vec<Record>, LogError> {
        self.log.writer.check(topic, partition)?;
        let (first, next) = ends(&self.log, topic, partition)?;
        let (from, to) = (from.max(first), to.min(next));
        if from >= to {
            return Ok(Vec::new());
        }
        let place = (topic, partition);
        if self
            .readers
            .get(&place)
            .is_none_or(|reader| reader.next != from)
        {
            let reader = RangeReader::new(&self.log, topic, partition, from)?;
            self.readers.insert(place, reader);
        }
        let read = self.readers.get_mut(&place).map(|reader| reader.read(to));
        let records = read.unwrap_or(Ok(Vec::new()));
        if records.is_err() {
            // Where it stands is not known any more.
            self.leave(topic, partition);
        }
        records
    }

    /// No range of the partition is read soon: what fetches it ahead is let go.
    fn leave(&mut self, topic: Topic, partition: Partition) {
        self.readers.remove(&(topic, partition));
    }
}

impl RangeReader {
    fn new(
        log: &Kafka,
        topic: Topic,
        partition: Partition,
        next: Offset,
    ) -> Result<Self, LogError> {
        let client = client(log)?;
        let name = log.options.name_of(topic);
        client
            .assign(&list_of(&name, &[(partition, next)]))
            .map_err(failed_to(READING))?;
        Ok(Self {
            client,
            brokers: log.options.brokers.clone(),
            name,
            partition,
            next,
            patience: log.options.connect_timeout,
        })
    }

    /// What is kept up to `to`. A broker that starts anew meanwhile is waited for.
    fn read(&mut self, to: Offset) -> Result<Vec<Record>, LogError> {
        let mut deadline = Instant::now() + self.patience;
        let mut records = Vec::new();
        let mut heard = None;
        loop {
            match self
                .client
                .poll(deadline.saturating_duration_since(Instant::now()))
            {
                Some(Ok(message)) => {
                    let read = record(&message);
                    let offset = read.position.offset;
                    if offset >= to {
                        // Retention removed what was before it: it belongs to the next range.
                        let place = list_of(&self.name, &[(self.partition, to)]);
                        self.client.assign(&place).map_err(failed_to(READING))?;
                        self.next = to;
                        return Ok(records);
                    }
                    records.push(read);
                    self.next = Offset(offset.0 + 1);
                    if self.next == to {
                        return Ok(records);
                    }
                    deadline = Instant::now() + self.patience;
                }
                // Told of an end that has grown meanwhile: where the range lies behind it, it goes on.
                Some(Err(KafkaError::PartitionEOF(_))) if self.next < to => {}
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(records),
                Some(Err(error)) if ends_range(code_of(&error)) => {
                    return Err(failed_to(READING)(error));
                }
                Some(Err(error)) => heard = Some(error),
                None if Instant::now() < deadline => {}
                None => return Err(self.unreachable(heard)),
            }
        }
    }

    /// The brokers gave nothing in time; this was the last that was heard of them.
    fn unreachable(&self, heard: Option<KafkaError>) -> LogError {
        let silence = || format!("no records of topic `{}` came", self.name);
        LogError::Unreachable {
            brokers: self.brokers.clone(),
            seconds: self.patience.as_secs(),
            cause: heard.map_or_else(silence, |error| error.to_string()),
        }
    }
}

/// Whether a range can not be read after it: also where its places are gone.
const fn ends_range(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    ends_reading(code) || matches!(code, Code::AutoOffsetReset | Code::OffsetOutOfRange)
}

/// All records of a topic that were there when the scan began, partition by partition, each in
/// order. It holds [`SCAN_PAGE_RECORDS`] at a time. After an error it ends.
pub struct Scan {
    ranges: Ranges,
    topic: Topic,
    /// What is left to read of each partition, from the last one.
    left: Vec<(Partition, Offset, Offset)>,
    page: std::vec::IntoIter<Record>,
}

impl Scan {
    pub(super) fn new(ranges: Ranges, topic: Topic) -> Result<Self, LogError> {
        let count = ranges.log.writer.partitions(topic);
        let mut left = Vec::new();
        for partition in (0..count).rev().map(Partition) {
            let (first, next) = ends(&ranges.log, topic, partition)?;
            left.push((partition, first, next));
        }
        Ok(Self {
            ranges,
            topic,
            left,
            page: Vec::new().into_iter(),
        })
    }

    /// False where nothing is left.
    fn turn_page(&mut self) -> Result<bool, LogError> {
        let Some((partition, from, end)) = self.left.pop() else {
            return Ok(false);
        };
        let to = Offset(from.0.saturating_add(SCAN_PAGE_RECORDS as u64)).min(end);
        self.page = self
            .ranges
            .read(self.topic, partition, from, to)?
            .into_iter();
        if to < end {
            self.left.push((partition, to, end));
        } else {
            self.ranges.leave(self.topic, partition);
        }
        Ok(true)
    }
}

impl Iterator for Scan {
    type Item = Result<Record, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.page.next() {
                return Some(Ok(record));
            }
            match self.turn_page() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.left.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    use super::super::client;
    use super::super::mock::{Mock, records};
    use super::*;
    use crate::BROKER_ANSWER_MILLIS;

    fn ten_records() -> (Mock, Asker) {
        let mock = Mock::new();
        mock.writer.append(records(0..10)).unwrap();
        let listener = Listener::new(mock.metrics.clone());
        let common = client::configuration(&mock.options).unwrap();
        let asker = common.create_with_context(listener).unwrap();
        (mock, asker)
    }

    /// A broker that was asked for its ends and answers so, each time it is asked.
    fn answers(errors: &[RDKafkaRespErr]) -> Result<(Offset, Offset), LogError> {
        let (mock, asker) = ten_records();
        let name = mock.options.name_of(Topic::Posts);
        let patience = Duration::from_secs(20);
        let ends = ends_of(&asker, &name, Partition(0), patience).unwrap();
        assert_eq!(ends, (Offset(0), Offset(10)));
        let asks = RDKafkaApiKey::ListOffsets;
        mock.cluster.request_errors(asks, errors);
        ends_of(&asker, &name, Partition(0), patience)
    }

    #[test]
    fn ends_are_asked_again_while_the_leader_changes_and_no_longer() {
        let moving = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
        assert_eq!(answers(&[moving; 6]).unwrap(), (Offset(0), Offset(10)));
        let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
        assert!(answers(&[refused; 6]).is_err());
    }

    /// Its place is taken by another only after ten seconds or so. It is away for longer than one
    /// question may take, so that a second one is needed.
    #[test]
    fn ends_are_asked_again_while_a_broker_is_gone() {
        let (mock, asker) = ten_records();
        let name = mock.options.name_of(Topic::Posts);
        mock.cluster.broker_down(1).unwrap();
        let ends = std::thread::scope(|scope| {
            let asked =
                scope.spawn(|| ends_of(&asker, &name, Partition(0), Duration::from_secs(60)));
            std::thread::sleep(Duration::from_millis(BROKER_ANSWER_MILLIS + 2_000));
            mock.cluster.broker_up(1).unwrap();
            asked.join().unwrap()
        });
        assert_eq!(ends, Ok((Offset(0), Offset(10))));
        mock.cluster.broker_down(1).unwrap();
        let asked = ends_of(&asker, &name, Partition(0), Duration::from_secs(2));
        assert!(asked.is_err(), "{asked:?}");
    }
}
