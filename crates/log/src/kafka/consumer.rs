//! The consumer of Kafka: one member of a group that shares a topic's partitions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use fengbiao_model::{Clock, Offset, Partition, Position};
use rdkafka::TopicPartitionList;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::Offset as KafkaOffset;

use super::client::{Listener, code_of, failed_to, max_message_bytes};
use super::options::Options;
use super::producer::{Writer, check_length};
use super::reader::Reader;
use super::ready::{Ready, Taken};
use super::rebalance::{Rebalancing, kafka_number};
use crate::{
    BROKER_RETRY_MILLIS, CURSOR_STORE_MILLIS, Consumer, Cursor, Event, LogError, MAX_NOTE_BYTES,
    Metrics, NewRecord, PREFETCH_KIBIBYTES, STATISTICS_MILLIS, Topic,
};

const STORING: &str = "store cursors in Kafka";

/// How a consumer belongs to its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Membership {
    /// One of several that share the partitions.
    Shared,
    /// The only one. Who begins after it, under the same name, takes its place at once and fences it:
    /// so one that was killed need not be waited for, and two never work beside each other.
    Sole,
}

/// What a consumer has of the log.
pub(super) struct Shared<'a> {
    pub(super) options: &'a Options,
    pub(super) common: &'a ClientConfig,
    pub(super) writer: Arc<Writer>,
    pub(super) metrics: Metrics,
    pub(super) clock: Arc<dyn Clock>,
}

/// Reads one topic as a member of one group.
pub(super) struct KafkaConsumer {
    topic: Topic,
    name: String,
    writer: Arc<Writer>,
    client: Arc<BaseConsumer<Rebalancing>>,
    ready: Arc<Ready>,
    /// Cursors whose work is durable and which the brokers do not have yet.
    unstored: BTreeMap<Partition, Cursor>,
    /// Those that the brokers have, of the partitions that are ours; where there was none, where
    /// reading begins.
    stored: BTreeMap<Partition, Cursor>,
    stored_at: Instant,
    /// When the brokers last showed that they count us as a member.
    confirmed_at: Option<Instant>,
    patience: Duration,
    metrics: Metrics,
    thread: Option<JoinHandle<()>>,
}

impl KafkaConsumer {
    /// Joins the group and begins to read ahead.
    pub(super) fn new(
        shared: Shared<'_>,
        group: &str,
        membership: Membership,
        topic: Topic,
    ) -> Result<Self, LogError> {
        let Shared {
            options,
            common,
            writer,
            metrics,
            clock,
        } = shared;
        let name = options.name_of(topic);
        let ready = Arc::new(Ready::default());
        let context = Rebalancing {
            topic,
            name: name.clone(),
            ready: Arc::clone(&ready),
            listener: Listener::new(metrics.clone()),
            metrics: metrics.clone(),
            patience: options.session_timeout / 2,
            group: group.to_owned(),
            clock,
        };
        let group = format!("{}{group}", options.prefix);
        let mut configuration = configuration(options, common, &group);
        if membership == Membership::Sole {
            configuration.set("group.instance.id", format!("{group}-{topic}"));
        }
        let client: Arc<BaseConsumer<Rebalancing>> = configuration
            .create_with_context(context)
            .map(Arc::new)
            .map_err(failed_to("make a client that reads from Kafka"))?;
        client
            .subscribe(&[&name])
            .map_err(failed_to("join a group"))?;
        let reader = Reader {
            topic,
            name: name.clone(),
            client: Arc::clone(&client),
            ready: Arc::clone(&ready),
            metrics: metrics.clone(),
        };
        let thread = std::thread::Builder::new()
            .name(format!("kafka-{topic}"))
            .spawn(move || reader.run())
            .map_err(|error| LogError::Store {
                doing: "start a thread",
                cause: error.to_string(),
            })?;
        Ok(Self {
            topic,
            name,
            writer,
            client,
            ready,
            unstored: BTreeMap::new(),
            stored: BTreeMap::new(),
            stored_at: Instant::now(),
            confirmed_at: None,
            patience: options.session_timeout / 2,
            metrics,
            thread: Some(thread),
        })
    }

    /// Stores the cursors that wait, where it is time. What the brokers do not take now is tried
    /// again the next time.
    fn store_if_due(&mut self) -> Result<(), LogError> {
        if self.stored_at.elapsed() >= Duration::from_millis(CURSOR_STORE_MILLIS) {
            self.store()?;
        }
        Ok(())
    }

    /// Stores the cursors that wait, before the partitions go: whoever gets them begins there. The
    /// brokers take none while the group agrees, so it is tried for as long as the group waits.
    fn store_all(&mut self) -> Result<(), LogError> {
        let deadline = Instant::now() + self.patience;
        while !self.store()? && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(BROKER_RETRY_MILLIS / 4));
        }
        Ok(())
    }

    /// Whether none waits any more. Those of a partition that went to another member wait for
    /// nothing: it begins at the last one stored.
    fn store(&mut self) -> Result<bool, LogError> {
        self.stored_at = Instant::now();
        let ready = &self.ready;
        self.unstored.retain(|partition, _| ready.owns(*partition));
        self.stored.retain(|partition, _| ready.owns(*partition));
        if self.unstored.is_empty() {
            return Ok(true);
        }
        let asked_at = Instant::now();
        let stored = self.send(&self.unstored)?;
        let Err(error) = stored else {
            self.confirmed_at = Some(asked_at);
            self.stored.append(&mut self.unstored);
            return Ok(true);
        };
        self.judge(&error, asked_at)
    }

    fn send(&self, places: &BTreeMap<Partition, Cursor>) -> Result<KafkaResult<()>, LogError> {
        let list = cursors(&self.name, places).map_err(failed_to(STORING))?;
        let timer = self.metrics.commit_seconds.start_timer();
        let stored = self.client.commit(&list, CommitMode::Sync);
        timer.observe_duration();
        Ok(stored)
    }

    /// Whether what went wrong with storing cursors passes by itself: then it is false.
    fn judge(&mut self, error: &KafkaError, asked_at: Instant) -> Result<bool, LogError> {
        self.metrics.commit_failures.inc();
        match code_of(error) {
            RDKafkaErrorCode::GroupAuthorizationFailed
            | RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::OffsetMetadataTooLarge
            | RDKafkaErrorCode::FencedInstanceId
            | RDKafkaErrorCode::Fatal => Err(failed_to(STORING)(error.clone())),
            // Asked while the group agrees: it knows us.
            RDKafkaErrorCode::RebalanceInProgress => {
                self.confirmed_at = Some(asked_at);
                Ok(false)
            }
            // Also where the group has just agreed anew and we spoke for the time before: the next
            // attempt speaks for now. Where it went on without us, the partitions are ours no more.
            _ => {
                tracing::info!(topic = %self.topic, %error, "cursors are stored later");
                Ok(false)
            }
        }
    }

    /// Makes sure, before anything is produced, that the brokers count us as a member and the
    /// partitions as ours: a process that stood still (a virtual machine that was stopped) believes
    /// for a moment that nothing has happened, while others work in its place. What the brokers
    /// showed within half the session time-out is enough: nobody else can have been given them.
    fn confirm(&mut self, partitions: &[Partition]) -> Result<(), LogError> {
        let deadline = Instant::now() + self.patience;
        let topic = self.topic;
        loop {
            // Such as: fenced by another member of its name.
            if let Some(error) = self.ready.failure() {
                return Err(error);
            }
            if let Some(&partition) = partitions.iter().find(|&&p| !self.ready.owns(p)) {
                return Err(LogError::NotOwned { topic, partition });
            }
            let fresh = |at: Instant| at.elapsed() < self.patience;
            if self.confirmed_at.is_some_and(fresh) {
                return Ok(());
            }
            let Some(&partition) = partitions.first() else {
                return Ok(());
            };
            if Instant::now() > deadline {
                return Err(LogError::NotOwned { topic, partition });
            }
            self.store_again()?;
        }
    }

    /// The same cursors once more: only a member may store them.
    fn store_again(&mut self) -> Result<(), LogError> {
        let ready = &self.ready;
        self.stored.retain(|partition, _| ready.owns(*partition));
        // The answer may come late; what it says was true when we asked.
        let asked_at = Instant::now();
        match self.send(&self.stored)? {
            Ok(()) => self.confirmed_at = Some(asked_at),
            Err(error) => {
                self.judge(&error, asked_at)?;
                std::thread::sleep(Duration::from_millis(BROKER_RETRY_MILLIS / 4));
            }
        }
        Ok(())
    }

    /// Partitions that have come, with the cursors that the brokers have for them.
    fn note_assigned(&mut self, partitions: &[(Partition, Option<Cursor>)]) {
        for (partition, cursor) in partitions {
            let cursor = cursor.clone().unwrap_or_else(|| Cursor {
                next: self.ready.next_of(*partition).unwrap_or_default(),
                note: String::new(),
            });
            self.stored.insert(*partition, cursor);
        }
    }
}

impl Consumer for KafkaConsumer {
    fn poll(&mut self, max_records: usize, wait: Duration) -> Result<Vec<Event>, LogError> {
        self.store_if_due()?;
        // A wait beyond the end of time has no deadline.
        let deadline = Instant::now().checked_add(wait);
        loop {
            match self.ready.take(max_records.max(1), deadline)? {
                Taken::Events(events) => {
                    if let [Event::Assigned(partitions)] = &events[..] {
                        self.note_assigned(partitions);
                    }
                    return Ok(events);
                }
                Taken::BackFromAnnouncement => {
                    let stored = self.store_all();
                    self.ready.acknowledge();
                    stored?;
                }
            }
        }
    }

    fn seek(&mut self, partition: Partition, next: Offset) -> Result<(), LogError> {
        self.writer.check(self.topic, partition)?;
        if self.ready.seek(partition, next) {
            Ok(())
        } else {
            Err(LogError::NotOwned {
                topic: self.topic,
                partition,
            })
        }
    }

    fn commit(
        &mut self,
        produced: Vec<NewRecord>,
        cursors: Vec<(Partition, Cursor)>,
    ) -> Result<Vec<Position>, LogError> {
        let topic = self.topic;
        for (partition, cursor) in &cursors {
            self.writer.check(topic, *partition)?;
            check_length("a note", topic, cursor.note.len(), MAX_NOTE_BYTES)?;
        }
        let partitions: Vec<Partition> = cursors.iter().map(|(partition, _)| *partition).collect();
        self.confirm(&partitions)?;
        let positions = self.writer.append(produced)?;
        self.unstored.extend(cursors);
        self.store_if_due()?;
        Ok(positions)
    }
}

impl Drop for KafkaConsumer {
    fn drop(&mut self) {
        if let Err(error) = self.store_all() {
            tracing::warn!(topic = %self.topic, %error, "the last cursors were not stored");
        }
        self.ready.close();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that reads from Kafka panicked");
        }
    }
}

fn cursors(name: &str, cursors: &BTreeMap<Partition, Cursor>) -> KafkaResult<TopicPartitionList> {
    let mut list = TopicPartitionList::with_capacity(cursors.len());
    for (partition, cursor) in cursors {
        let mut element = list.add_partition(name, kafka_number(*partition));
        let next = i64::try_from(cursor.next.0).unwrap_or(i64::MAX);
        element.set_offset(KafkaOffset::Offset(next))?;
        element.set_metadata(&cursor.note);
    }
    Ok(list)
}

fn configuration(options: &Options, common: &ClientConfig, group: &str) -> ClientConfig {
    let millis = |time: Duration| time.as_millis().to_string();
    let mut configuration = common.clone();
    configuration
        .set("group.id", group)
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", millis(options.session_timeout))
        .set(
            "heartbeat.interval.ms",
            millis(options.session_timeout / 10),
        )
        // How far reading is behind is told with them.
        .set("statistics.interval.ms", STATISTICS_MILLIS.to_string())
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // A place that is not there is our own affair: nothing is skipped in silence.
        .set("auto.offset.reset", "error")
        .set("enable.partition.eof", "true")
        .set("queued.max.messages.kbytes", PREFETCH_KIBIBYTES.to_string())
        // The default of a second starves a consumer that works between its reads.
        .set("fetch.queue.backoff.ms", "10")
        .set(
            "max.partition.fetch.bytes",
            (2 * max_message_bytes()).to_string(),
        )
        .set("fetch.max.bytes", (8 * max_message_bytes()).to_string())
        // A topic that was deleted is told of, not waited for.
        .set("topic.metadata.propagation.max.ms", "10000")
        .set("allow.auto.create.topics", "false");
    configuration
}
