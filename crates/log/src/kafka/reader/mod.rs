//! The thread that reads one topic for one consumer.
//!
//! It never waits long for its caller: the group must hear of it, and partitions must be able to go,
//! while the caller is at work. Where the caller takes nothing, its partitions pause.

use std::sync::Arc;
use std::time::Duration;

use fengbiao_model::{Offset, Partition, Position};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message as _};

use super::client::{code_of, ends_reading, failed_to, is_fenced, refused};
use super::place::Place;
use super::ready::{Read, Ready};
use super::rebalance::{Rebalancing, kafka_number, list_of, partition_of_kafka};
use crate::{
    BROKER_ANSWER_MILLIS, LogError, Metrics, PAUSE_AFTER_MILLIS, READ_BATCH_BYTES,
    READ_BATCH_RECORDS, READ_WAIT_MILLIS, Record, Topic,
};

const READING: &str = "read records from Kafka";

/// What a partition was doing when the client was told to read on from another place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sought {
    /// It was being read.
    OnTheWay,
    /// The client had stopped it, or had not begun.
    FromRest,
}

/// What the thread needs.
pub(super) struct Reader {
    pub(super) topic: Topic,
    pub(super) name: String,
    pub(super) client: Arc<BaseConsumer<Rebalancing>>,
    pub(super) ready: Arc<Ready>,
    pub(super) metrics: Metrics,
    /// A sole member's.
    pub(super) place: Option<Arc<Place>>,
}

impl Reader {
    /// Reads until the consumer is closed or nothing can be read any more.
    pub(super) fn run(self) {
        let mut paused = None;
        while !self.ready.is_closed() {
            if let Err(error) = self.round(&mut paused) {
                self.ready.fail(error);
                // The group must still hear of us until the caller lets go, or partitions would be
                // taken from us without a word.
                while !self.ready.is_closed() {
                    drop(self.client.poll(Duration::from_millis(READ_WAIT_MILLIS)));
                }
            }
        }
    }

    /// `paused` holds which assignment is paused, if one is.
    fn round(&self, paused: &mut Option<u64>) -> Result<(), LogError> {
        self.seek_where_asked()?;
        let owned = || list_of(&self.name, &self.ready.owned());
        if paused.is_some() && self.ready.is_half_empty() {
            self.client.resume(&owned()).map_err(failed_to(READING))?;
            *paused = None;
        }
        self.read()?;
        // Partitions that came during a pause are not paused yet.
        let assignment = Some(self.ready.assignment());
        if *paused != assignment
            && !self
                .ready
                .wait_for_room(Duration::from_millis(PAUSE_AFTER_MILLIS))
        {
            self.client.pause(&owned()).map_err(failed_to(READING))?;
            *paused = assignment;
        }
        Ok(())
    }

    /// Hands over what there is, after a wait for the first.
    fn read(&self) -> Result<(), LogError> {
        let mut read = Vec::new();
        let mut bytes = 0;
        let mut wait = Duration::from_millis(READ_WAIT_MILLIS);
        while read.len() < READ_BATCH_RECORDS
            && bytes < READ_BATCH_BYTES
            && let Some(met) = self.client.poll(wait)
        {
            wait = Duration::ZERO;
            match met {
                Ok(message) => {
                    bytes += message.payload_len();
                    let at = message.timestamp().to_millis();
                    read.push(Read::Record(record(&message), at));
                }
                Err(KafkaError::PartitionEOF(partition)) => {
                    read.push(Read::End(partition_of_kafka(partition)));
                }
                Err(error) => {
                    // What was read before it counts.
                    self.ready.add(std::mem::take(&mut read));
                    self.judge(&error)?;
                }
            }
        }
        if !read.is_empty() {
            self.ready.add(read);
        }
        Ok(())
    }

    /// Most errors pass by themselves, and the client goes on; these do not.
    fn judge(&self, error: &KafkaError) -> Result<(), LogError> {
        let code = code_of(error);
        if let Some(place) = self.place.as_ref().filter(|_| is_fenced(code)) {
            return Err(place.why_fenced());
        }
        if matches!(error, KafkaError::MessageConsumptionFatal(_)) {
            return Err(refused(READING, code, error.to_string()));
        }
        match code {
            RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange => {
                self.find_places()
            }
            code if ends_reading(code) => Err(refused(READING, code, error.to_string())),
            _ => {
                tracing::warn!(topic = %self.topic, %error, "reading goes on after an error");
                Ok(())
            }
        }
    }

    /// A place to be read is not there, and the client has stopped that partition without saying
    /// which: retention has passed it, the log is shorter than who seeks remembers or than what was
    /// read of it, or the place is there after all and whoever was asked knew less. The first is
    /// skipped, the second told as an end, and in the third reading goes on.
    fn find_places(&self) -> Result<(), LogError> {
        let patience = Duration::from_millis(BROKER_ANSWER_MILLIS);
        for (partition, next) in self.ready.owned() {
            let answer =
                self.client
                    .fetch_watermarks(&self.name, kafka_number(partition), patience);
            let (low, high) = answer.map_err(failed_to(READING))?;
            let [low, high] = [low, high].map(|offset| u64::try_from(offset).unwrap_or(0));
            if next.0 < low {
                self.skip(partition, next, Offset(low))?;
            } else if next.0 > high {
                self.note_shorter(partition, next, Offset(high));
            } else if self.seek(partition, next)? == Sought::FromRest {
                tracing::warn!(topic = %self.topic, partition = partition.0, next = next.0,
                    "a broker did not find a place that is there; reading goes on from it");
                let labels = [self.topic.name()];
                self.metrics.restarts.with_label_values(&labels).inc();
            }
        }
        Ok(())
    }

    /// Retention has passed `next`: reading goes on at `low`.
    fn skip(&self, partition: Partition, next: Offset, low: Offset) -> Result<(), LogError> {
        let skipped = low.0 - next.0;
        tracing::error!(topic = %self.topic, partition = partition.0, skipped,
            "retention removed records before they were read");
        let labels = [self.topic.name()];
        let counter = self.metrics.skipped_records.with_label_values(&labels);
        counter.inc_by(skipped);
        self.ready.skip_to(partition, low);
        self.seek(partition, low).map(drop)
    }

    /// The log ends at `high`, before `next`. Nothing is read until the caller seeks: what comes
    /// to these places is not what it remembers.
    fn note_shorter(&self, partition: Partition, next: Offset, high: Offset) {
        if self.ready.has_read_to(partition, next) {
            let lost = next.0 - high.0;
            tracing::error!(topic = %self.topic, partition = partition.0, lost, end = high.0,
                "the brokers have lost records that were read already");
            let labels = [self.topic.name()];
            self.metrics.truncations.with_label_values(&labels).inc();
        }
        self.ready.tell_end(partition, high);
    }

    fn seek_where_asked(&self) -> Result<(), LogError> {
        for (partition, next) in self.ready.sought() {
            self.seek(partition, next).map(drop)?;
            self.ready.has_sought(partition, next);
        }
        Ok(())
    }

    fn seek(&self, partition: Partition, next: Offset) -> Result<Sought, LogError> {
        let patience = Duration::from_millis(BROKER_ANSWER_MILLIS);
        let place = list_of(&self.name, &[(partition, next)]);
        let sought = self.client.seek_partitions(place.clone(), patience);
        let each: KafkaResult<()> =
            sought.and_then(|list| list.elements().iter().try_for_each(|e| e.error()));
        match each {
            Ok(()) => Ok(Sought::OnTheWay),
            // The client does not read the partition: it has only just come, or its last place was
            // not there. Then it begins anew.
            Err(error) if code_of(&error) == RDKafkaErrorCode::State => self
                .client
                .incremental_unassign(&place)
                .and_then(|()| self.client.incremental_assign(&place))
                .map(|()| Sought::FromRest),
            Err(error) => Err(error),
        }
        .map_err(failed_to("read on from another place"))
    }
}

/// A message as a record.
pub(super) fn record(message: &BorrowedMessage<'_>) -> Record {
    Record {
        position: Position {
            partition: partition_of_kafka(message.partition()),
            offset: Offset(u64::try_from(message.offset()).unwrap_or_default()),
        },
        payload: message.payload().unwrap_or_default().to_vec(),
    }
}

#[cfg(test)]
mod tests;
