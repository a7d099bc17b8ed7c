//! Partitions come and go: what happens inside the client's call while they do.
//!
//! The client calls from within `poll`, on the reading thread, and the group waits until we return.
//! Nothing here holds the client itself: it owns this, and a circle would never be let go.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fengbiao_model::{Clock, Offset, Partition};
use rdkafka::ClientContext;
use rdkafka::Statistics;
use rdkafka::TopicPartitionList;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::Offset as KafkaOffset;
use rdkafka::types::RDKafkaRespErr;

use super::client::{Listener, failed_to};
use super::ready::Ready;
use crate::{BROKER_ANSWER_MILLIS, BROKER_RETRY_MILLIS, Cursor, Event, LogError, Metrics, Topic};

const ASSIGNING: &str = "take over partitions";
const REVOKING: &str = "give up partitions";

/// What the client calls.
pub(super) struct Rebalancing {
    pub(super) topic: Topic,
    pub(super) name: String,
    pub(super) ready: Arc<Ready>,
    pub(super) listener: Listener,
    pub(super) metrics: Metrics,
    /// How long a caller may take to finish what it holds of partitions that go.
    pub(super) patience: Duration,
    /// The group, for the metrics.
    pub(super) group: String,
    pub(super) clock: Arc<dyn Clock>,
}

type Client = BaseConsumer<Rebalancing>;

impl Rebalancing {
    fn assign(&self, client: &Client, partitions: &[Partition]) -> Result<(), LogError> {
        let deadline = Instant::now() + self.patience;
        let cursors = self.retry(deadline, || self.cursors(client, partitions))?;
        let mut places = Vec::new();
        for (partition, cursor) in &cursors {
            let next = match cursor {
                Some(cursor) => cursor.next,
                None => self.retry(deadline, || self.first_kept(client, *partition))?,
            };
            places.push((*partition, next));
        }
        self.ready.own(&places);
        if !cursors.is_empty() {
            self.count("assigned", cursors.len());
            self.ready.announce(Event::Assigned(cursors));
            // So that the caller can seek before anything is read.
            self.ready.wait_for_caller(self.patience);
        }
        let places = self.ready.places(partitions);
        // To the client a partition that went while it was paused is paused still when it comes
        // back, and the reader, which resumes what it has, has long forgotten it.
        client
            .resume(&self.list(&places))
            .and_then(|()| client.incremental_assign(&self.list(&places)))
            .map_err(failed_to(ASSIGNING))
    }

    /// The caller finishes what it holds, and its cursors are stored, before the partitions go;
    /// what waits for it is read again by whoever gets them.
    fn revoke(&self, client: &Client, partitions: &[Partition]) -> Result<(), LogError> {
        let lost = client.assignment_lost();
        self.ready.forget(partitions);
        if !partitions.is_empty() {
            self.count(if lost { "lost" } else { "revoked" }, partitions.len());
            if lost {
                // Others may read them by now.
                self.ready.disown(partitions);
            }
            self.ready.announce(Event::Revoked(partitions.to_vec()));
            if !lost && !self.ready.wait_for_caller(self.patience) && !self.ready.is_closed() {
                tracing::warn!(
                    topic = %self.topic,
                    "partitions were taken away before what was read of them was finished"
                );
            }
            self.ready.disown(partitions);
            self.forget_lag(partitions);
        }
        let places: Vec<_> = partitions.iter().map(|p| (*p, Offset(0))).collect();
        client
            .incremental_unassign(&self.list(&places))
            .map_err(failed_to(REVOKING))
    }

    fn cursors(
        &self,
        client: &Client,
        partitions: &[Partition],
    ) -> KafkaResult<Vec<(Partition, Option<Cursor>)>> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        for partition in partitions {
            list.add_partition(&self.name, kafka_number(*partition));
        }
        let stored = client.committed_offsets(list, Duration::from_millis(BROKER_ANSWER_MILLIS))?;
        let mut cursors = BTreeMap::new();
        for element in stored.elements() {
            element.error()?;
            let cursor = offset_of(element.offset()).map(|next| Cursor {
                next,
                note: element.metadata().to_owned(),
            });
            cursors.insert(partition_of_kafka(element.partition()), cursor);
        }
        Ok(cursors.into_iter().collect())
    }

    fn first_kept(&self, client: &Client, partition: Partition) -> KafkaResult<Offset> {
        let patience = Duration::from_millis(BROKER_ANSWER_MILLIS);
        let (low, _) = client.fetch_watermarks(&self.name, kafka_number(partition), patience)?;
        Ok(Offset(u64::try_from(low).unwrap_or(0)))
    }

    /// Right after a broker has gone its answers may fail for a while.
    fn retry<T>(
        &self,
        deadline: Instant,
        question: impl Fn() -> KafkaResult<T>,
    ) -> Result<T, LogError> {
        loop {
            match question() {
                Ok(answer) => return Ok(answer),
                Err(error) if self.ready.is_closed() || Instant::now() > deadline => {
                    return Err(failed_to(ASSIGNING)(error));
                }
                Err(_) => std::thread::sleep(Duration::from_millis(BROKER_RETRY_MILLIS)),
            }
        }
    }

    /// Says how far work is behind, in records and in seconds: what was handed out and is not done
    /// with counts as well.
    fn show_lag(&self, statistics: &Statistics) {
        let Some(topic) = statistics.topics.get(&self.name) else {
            return;
        };
        for (partition, behind) in self.ready.behind() {
            let known = topic.partitions.get(&kafka_number(partition));
            let end = known.and_then(|known| u64::try_from(known.hi_offset).ok());
            let Some(end) = end else { continue };
            let records = end.saturating_sub(behind.next.0);
            let now = self.clock.wall().as_millis();
            let seconds = match (records, behind.at) {
                (0, _) => Some(0),
                // It has not come to us yet, so that its age is not known.
                (_, None) => None,
                (_, Some(at)) => Some((now - at).max(0) / 1_000),
            };
            let number = partition.0.to_string();
            let labels = [self.group.as_str(), self.topic.name(), &number];
            let records = i64::try_from(records).unwrap_or(i64::MAX);
            self.metrics
                .lag_records
                .with_label_values(&labels)
                .set(records);
            if let Some(seconds) = seconds {
                let gauge = &self.metrics.lag_seconds;
                gauge.with_label_values(&labels).set(seconds);
            }
        }
    }

    /// Partitions that went are somebody else's to tell of.
    fn forget_lag(&self, partitions: &[Partition]) {
        for partition in partitions {
            let number = partition.0.to_string();
            let labels = [self.group.as_str(), self.topic.name(), &number];
            for gauge in [&self.metrics.lag_records, &self.metrics.lag_seconds] {
                // One that was never told of is not there.
                gauge.remove_label_values(&labels).ok();
            }
        }
    }

    fn list(&self, places: &[(Partition, Offset)]) -> TopicPartitionList {
        list_of(&self.name, places)
    }

    fn count(&self, what: &str, partitions: usize) {
        let labels = [self.topic.name(), what];
        self.metrics.rebalances.with_label_values(&labels).inc();
        tracing::info!(topic = %self.topic, partitions, "partitions were {what}");
    }
}

impl ConsumerContext for Rebalancing {
    fn rebalance(&self, client: &Client, what: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let partitions: Vec<Partition> = list
            .elements()
            .iter()
            .map(|element| partition_of_kafka(element.partition()))
            .collect();
        let done = if what == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            self.assign(client, &partitions)
        } else {
            self.revoke(client, &partitions)
        };
        if let Err(error) = done
            && !self.ready.is_closed()
        {
            self.ready.fail(error);
        }
    }
}

impl ClientContext for Rebalancing {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.listener.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.listener.error(error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        self.show_lag(&statistics);
    }
}

/// Places as the client takes them.
pub(super) fn list_of(name: &str, places: &[(Partition, Offset)]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(places.len());
    for (partition, next) in places {
        let next = KafkaOffset::Offset(i64::try_from(next.0).unwrap_or(i64::MAX));
        // Fails only for offsets that are none.
        list.add_partition_offset(name, kafka_number(*partition), next)
            .unwrap_or_else(|error| tracing::error!(%error, "an offset that Kafka does not take"));
    }
    list
}

/// A partition's number as the client takes it.
pub(super) fn kafka_number(partition: Partition) -> i32 {
    i32::try_from(partition.0).unwrap_or(i32::MAX)
}

/// A partition by the number that the client gives.
pub(super) fn partition_of_kafka(number: i32) -> Partition {
    Partition(u32::try_from(number).unwrap_or_default())
}

fn offset_of(offset: KafkaOffset) -> Option<Offset> {
    match offset {
        KafkaOffset::Offset(offset) => u64::try_from(offset).ok().map(Offset),
        _ => None,
    }
}
