//! Writes records to the brokers: in order for each partition, each once, none after a gap.
//!
//! The client repeats what was not acknowledged for as long as it takes; there is no time-out
//! after which it would go on without a record. What can never be written (too long for the
//! topic, not allowed) ends the client before any later record of the partition; the callers whose
//! records were on their way are told, and the next append begins with a new client.

mod client;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use fengbiao_model::{Offset, Partition, Position};
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, Producer as _};

use self::client::{Client, configuration, connect, give_up, is_stopped};
use super::batch::{Batch, Reply, Room, Ticket};
use super::client::Listener;
use super::options::Options;
use crate::lock::lock;
use crate::{
    BROKER_ANSWER_MILLIS, Destination, LogError, MAX_APPEND_BYTES, MAX_RECORD_BYTES, Metrics,
    NewRecord, QUEUED_RECORD_BYTES, Topic, partition_of,
};

/// Writes records to the brokers.
pub(super) struct Writer {
    configuration: ClientConfig,
    listener: Listener,
    names: [String; Topic::ALL.len()],
    partitions: [u32; Topic::ALL.len()],
    client: Mutex<Arc<Client>>,
    /// Held while a client that has stopped gives way to a new one, which takes seconds.
    renewal: Mutex<()>,
    room: Arc<Room>,
    metrics: Metrics,
}

/// A record whose place is chosen.
struct Routed {
    topic: Topic,
    key: Option<Vec<u8>>,
    position: Position,
    payload: Vec<u8>,
}

impl Writer {
    /// For topics of so many partitions.
    pub(super) fn new(
        options: &Options,
        common: &ClientConfig,
        listener: Listener,
        partitions: [u32; Topic::ALL.len()],
        metrics: Metrics,
    ) -> Result<Self, LogError> {
        let configuration = configuration(options, common);
        let client = Mutex::new(Arc::new(connect(&configuration, &listener)?));
        Ok(Self {
            configuration,
            listener,
            names: Topic::ALL.map(|topic| options.name_of(topic)),
            partitions,
            client,
            renewal: Mutex::new(()),
            room: Room::new(metrics.queued_bytes.clone()),
            metrics,
        })
    }

    pub(super) const fn partitions(&self, topic: Topic) -> u32 {
        self.partitions[topic.index()]
    }

    /// Fails for a partition that is not there.
    pub(super) fn check(&self, topic: Topic, partition: Partition) -> Result<(), LogError> {
        let count = self.partitions(topic);
        if partition.0 < count {
            return Ok(());
        }
        Err(LogError::NoSuchPartition {
            topic,
            partition,
            count,
        })
    }

    /// Writes records and waits until all of them are acknowledged.
    pub(super) fn append(&self, records: Vec<NewRecord>) -> Result<Vec<Position>, LogError> {
        let (reply, answer) = std::sync::mpsc::sync_channel(1);
        // The receiver waits below.
        self.submit(
            records,
            true,
            Box::new(move |result| drop(reply.send(result))),
        )?;
        answer.recv().unwrap_or(Err(LogError::Closed))
    }

    /// Writes records without keeping the thread from other tasks. Answers [`LogError::Busy`] at once
    /// where there is no room.
    pub(super) async fn append_async(
        self: &Arc<Self>,
        records: Vec<NewRecord>,
    ) -> Result<Vec<Position>, LogError> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        // Without a receiver nobody wants to know any more.
        let reply: Reply = Box::new(move |result| drop(reply.send(result)));
        if is_stopped(&self.client()) {
            let writer = Arc::clone(self);
            let submit = move || writer.submit(records, false, reply);
            let submitted = tokio::task::spawn_blocking(submit).await;
            submitted.unwrap_or(Err(LogError::Closed))?;
        } else {
            self.submit_to(|| Ok(self.client()), records, false, reply)?;
        }
        answer.await.unwrap_or(Err(LogError::Closed))
    }

    /// How long the oldest append has waited for the brokers, where that is longer than `bound`.
    pub(super) fn overdue(&self, bound: Duration) -> Option<Duration> {
        self.room.oldest().filter(|waits| *waits > bound)
    }

    /// Sends records on their way; `reply` is told what became of them. Where there is no room it
    /// waits, or answers [`LogError::Busy`].
    pub(super) fn submit(
        &self,
        records: Vec<NewRecord>,
        wait: bool,
        reply: Reply,
    ) -> Result<(), LogError> {
        self.submit_to(|| self.usable_client(), records, wait, reply)
    }

    fn submit_to(
        &self,
        client: impl FnOnce() -> Result<Arc<Client>, LogError>,
        records: Vec<NewRecord>,
        wait: bool,
        reply: Reply,
    ) -> Result<(), LogError> {
        let (records, bytes) = self.route(records)?;
        if records.is_empty() {
            reply(Ok(Vec::new()));
            return Ok(());
        }
        if let Err(error) = self.room.reserve(bytes, wait) {
            if error == LogError::Busy {
                self.metrics.busy_refusals.inc();
            }
            return Err(error);
        }
        let places = records.iter().map(|record| record.position).collect();
        let batch = Batch::new(
            places,
            Arc::clone(&self.room),
            bytes,
            self.counting(&records, reply),
        );
        match client() {
            Ok(client) => {
                self.send(&client, &batch, &records);
                // What was sent while the log was closed came after it had given up the rest.
                if self.room.is_closed() {
                    give_up(&client);
                }
            }
            Err(error) => {
                for index in 0..records.len() {
                    batch.ticket(index).settle(Err(error.clone()));
                }
            }
        }
        Ok(())
    }

    /// Counts what was written before it tells so.
    fn counting(&self, records: &[Routed], reply: Reply) -> Reply {
        let mut written = [(0_u64, 0_u64); Topic::ALL.len()];
        for record in records {
            let (count, bytes) = &mut written[record.topic.index()];
            *count += 1;
            *bytes += record.payload.len() as u64;
        }
        let metrics = self.metrics.clone();
        #[allow(clippy::cast_precision_loss, reason = "below 2^53 records")]
        let count = records.len() as f64;
        let timer = metrics.append_seconds.start_timer();
        Box::new(move |result| {
            if result.is_ok() {
                timer.observe_duration();
                metrics.commit_records.observe(count);
            } else {
                timer.stop_and_discard();
            }
            for (topic, (count, bytes)) in Topic::ALL.into_iter().zip(written) {
                if result.is_ok() && count > 0 {
                    let label = [topic.name()];
                    metrics
                        .appended_records
                        .with_label_values(&label)
                        .inc_by(count);
                    metrics
                        .appended_bytes
                        .with_label_values(&label)
                        .inc_by(bytes);
                }
            }
            reply(result);
        })
    }

    /// In order; after a record that is refused none of the same append follows.
    fn send(&self, client: &Client, batch: &Arc<Batch>, records: &[Routed]) {
        let mut failed = None;
        for (index, record) in records.iter().enumerate() {
            let ticket = batch.ticket(index);
            if let Some(error) = &failed {
                ticket.settle(Err(LogError::clone(error)));
            } else if let Err((error, ticket)) = self.send_one(client, record, ticket) {
                if let Some((_, reason)) = client.client().fatal_error() {
                    client.context().stop(&reason);
                }
                let error = client.context().error_of(&error);
                ticket.settle(Err(error.clone()));
                failed = Some(error);
            }
        }
    }

    fn send_one(
        &self,
        client: &Client,
        record: &Routed,
        ticket: Ticket,
    ) -> Result<(), (KafkaError, Ticket)> {
        let mut message: BaseRecord<'_, [u8], [u8], Box<Ticket>> =
            BaseRecord::with_opaque_to(&self.names[record.topic.index()], Box::new(ticket))
                .partition(i32::try_from(record.position.partition.0).unwrap_or(i32::MAX))
                .payload(&record.payload);
        if let Some(key) = &record.key {
            message = message.key(key);
        }
        loop {
            match client.send(message) {
                Ok(()) => return Ok(()),
                // Our own room is smaller than the client's queue, so this passes soon.
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back))
                    if !self.room.is_closed() =>
                {
                    message = back;
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err((error, back)) => return Err((error, *back.delivery_opaque)),
            }
        }
    }

    /// The client as it is.
    fn client(&self) -> Arc<Client> {
        Arc::clone(&lock(&self.client))
    }

    /// The client; a new one where the last one has ended with a gap before it. That takes seconds,
    /// for which only who needs a new one waits.
    fn usable_client(&self) -> Result<Arc<Client>, LogError> {
        let client = self.client();
        if !is_stopped(&client) {
            return Ok(client);
        }
        let _renewing = lock(&self.renewal);
        // Another caller may have renewed it meanwhile.
        let client = self.client();
        let Some((code, reason)) = client.client().fatal_error() else {
            return Ok(client);
        };
        tracing::warn!(
            ?code,
            reason,
            "a client of Kafka stopped writing; a new one begins"
        );
        client.context().stop(&reason);
        // Nothing of the old one should reach the brokers after the new one's records, and who
        // wrote what is on its way should learn what became of it: it is sent already and cannot
        // be called back. A broker that does not answer in time may still write it later.
        let patience = Duration::from_millis(BROKER_ANSWER_MILLIS);
        if let Err(error) = client.flush(patience) {
            tracing::warn!(%error, "what was on its way to Kafka is given up");
        }
        give_up(&client);
        let new = Arc::new(connect(&self.configuration, &self.listener)?);
        *lock(&self.client) = Arc::clone(&new);
        Ok(new)
    }

    /// With the places chosen, and the bytes that the records hold while they are on their way.
    fn route(&self, records: Vec<NewRecord>) -> Result<(Vec<Routed>, usize), LogError> {
        let (mut all_bytes, mut held_bytes) = (0, 0);
        let routed = records
            .into_iter()
            .map(|record| {
                let topic = record.topic;
                check_length("a record", topic, record.payload.len(), MAX_RECORD_BYTES)?;
                all_bytes += record.payload.len();
                check_length("an append", topic, all_bytes, MAX_APPEND_BYTES)?;
                held_bytes += record.payload.len() + QUEUED_RECORD_BYTES;
                let (partition, key) = match record.to {
                    // By our own count and rule, as the embedded log does; not by what the client
                    // has heard of the topic so far.
                    Destination::Key(key) => {
                        held_bytes += key.len();
                        (partition_of(&key, self.partitions(topic)), Some(key))
                    }
                    Destination::Partition(partition) => {
                        self.check(topic, partition)?;
                        (partition, None)
                    }
                };
                let position = Position {
                    partition,
                    offset: Offset(0),
                };
                Ok(Routed {
                    topic,
                    key,
                    position,
                    payload: record.payload,
                })
            })
            .collect::<Result<_, LogError>>()?;
        Ok((routed, held_bytes))
    }

    /// Refuses what comes and gives up what is not acknowledged: its callers are told
    /// [`LogError::Closed`], which leaves open whether it was written.
    pub(super) fn close(&self) {
        self.room.close();
        give_up(&self.client());
    }
}

/// Fails for what is longer than its bound.
pub(super) fn check_length(
    what: &'static str,
    topic: Topic,
    bytes: usize,
    max: usize,
) -> Result<(), LogError> {
    if bytes <= max {
        return Ok(());
    }
    Err(LogError::TooLong {
        what,
        topic,
        bytes,
        max,
    })
}

#[cfg(test)]
mod tests;
