//! The consumer of Kafka: one member of a group that shares a topic's partitions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use fengbiao_model::{Clock, Offset, Partition, Position};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::client::{Listener, code_of, ends_storing, failed_to, is_fenced, max_message_bytes};
use super::moment::Moment;
use super::options::Options;
use super::place::Place;
use super::producer::{Writer, check_length};
use super::reader::Reader;
use super::ready::{Ready, Taken};
use super::rebalance::Rebalancing;
use super::storing::{STORING, Storer};
use crate::{
    BROKER_RETRY_MILLIS, CURSOR_STORE_MILLIS, Consumer, Cursor, Event, LONGEST_WITHOUT_POLL_MILLIS,
    LogError, MAX_NOTE_BYTES, Metrics, NewRecord, PREFETCH_KIBIBYTES, STATISTICS_MILLIS, Topic,
};

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
    /// The process as groups know it.
    pub(super) process: &'a str,
    pub(super) writer: Arc<Writer>,
    pub(super) metrics: Metrics,
    pub(super) clock: Arc<dyn Clock>,
}

/// Reads one topic as a member of one group.
pub(super) struct KafkaConsumer {
    topic: Topic,
    writer: Arc<Writer>,
    ready: Arc<Ready>,
    storer: Storer,
    /// Cursors whose work is durable and which the brokers do not have yet.
    unstored: BTreeMap<Partition, Cursor>,
    /// Those that the brokers have, of the partitions that are ours; where there was none, where
    /// reading begins.
    stored: BTreeMap<Partition, Cursor>,
    stored_at: Instant,
    /// When the brokers last showed that they count us as a member.
    confirmed_at: Option<Moment>,
    patience: Duration,
    metrics: Metrics,
    /// A sole member's.
    place: Option<Arc<Place>>,
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
            process,
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
        let place = (membership == Membership::Sole).then(|| {
            let member = format!("{group}-{topic}");
            Arc::new(Place::new(
                member,
                &group,
                &options.brokers,
                process,
                common,
            ))
        });
        if let Some(place) = &place {
            place.claim(&mut configuration);
        }
        let client: Arc<BaseConsumer<Rebalancing>> = configuration
            .create_with_context(context)
            .map(Arc::new)
            .map_err(failed_to("make a client that reads from Kafka"))?;
        client
            .subscribe(&[&name])
            .map_err(failed_to("join a group"))?;
        let storer = Storer::new(Arc::clone(&client), topic, name.clone(), metrics.clone())?;
        let reader = Reader {
            topic,
            name,
            client,
            ready: Arc::clone(&ready),
            metrics: metrics.clone(),
            place: place.clone(),
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
            writer,
            ready,
            storer,
            unstored: BTreeMap::new(),
            stored: BTreeMap::new(),
            stored_at: Instant::now(),
            confirmed_at: None,
            patience: options.session_timeout / 2,
            metrics,
            place,
            thread: Some(thread),
        })
    }

    /// Whether an answer of the brokers is still to come.
    #[cfg(test)]
    pub(super) const fn is_storing(&self) -> bool {
        self.storer.is_asking()
    }

    /// Stores the cursors that wait, where it is time. What the brokers do not take now is tried
    /// again the next time; a broker that hangs is not waited for.
    fn store_if_due(&mut self) -> Result<(), LogError> {
        let pause = Duration::from_millis(CURSOR_STORE_MILLIS);
        if self.stored_at.elapsed() >= pause {
            self.store(Instant::now() + pause)?;
        }
        Ok(())
    }

    /// Stores the cursors that wait, before the partitions go: whoever gets them begins there. The
    /// brokers take none while the group agrees, so it is tried for as long as the group waits.
    fn store_all(&mut self) -> Result<(), LogError> {
        let deadline = Instant::now() + self.patience;
        while !self.store(deadline)? && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(BROKER_RETRY_MILLIS / 4));
        }
        Ok(())
    }

    /// Whether none waits any more; where that is not known by `deadline`, it is heard later.
    fn store(&mut self, deadline: Instant) -> Result<bool, LogError> {
        self.stored_at = Instant::now();
        self.keep_own();
        if !self.storer.is_asking() {
            if self.unstored.is_empty() {
                return Ok(true);
            }
            self.storer.ask(self.unstored.clone())?;
        }
        self.hear(deadline)?;
        Ok(self.unstored.is_empty())
    }

    /// The cursors of a partition that went to another member wait for nothing: it begins at the
    /// last one stored.
    fn keep_own(&mut self) {
        let ready = &self.ready;
        self.unstored.retain(|partition, _| ready.owns(*partition));
        self.stored.retain(|partition, _| ready.owns(*partition));
    }

    /// Whether the brokers have taken what was sent to them last, as far as is known by `deadline`.
    fn hear(&mut self, deadline: Instant) -> Result<bool, LogError> {
        let Some(answer) = self.storer.answer(deadline) else {
            return Ok(false);
        };
        if let Err(error) = answer.stored {
            self.judge(&error, answer.asked_at)?;
            return Ok(false);
        }
        self.confirmed_at = Some(answer.asked_at);
        for (partition, cursor) in answer.cursors {
            // There may be a newer one since.
            if self.unstored.get(&partition) == Some(&cursor) {
                self.unstored.remove(&partition);
            }
            self.stored.insert(partition, cursor);
        }
        self.keep_own();
        Ok(true)
    }

    /// An error where what went wrong with storing cursors does not pass by itself.
    fn judge(&mut self, error: &KafkaError, asked_at: Moment) -> Result<(), LogError> {
        self.metrics.commit_failures.inc();
        let code = code_of(error);
        if let Some(place) = self.place.as_ref().filter(|_| is_fenced(code)) {
            return Err(place.why_fenced());
        }
        match code {
            code if ends_storing(code) => return Err(failed_to(STORING)(error.clone())),
            // Asked while the group agrees: it knows us.
            RDKafkaErrorCode::RebalanceInProgress => self.confirmed_at = Some(asked_at),
            // Also where the group has just agreed anew and we spoke for the time before: the next
            // attempt speaks for now. Where it went on without us, the partitions are ours no more.
            _ => tracing::info!(topic = %self.topic, %error, "cursors are stored later"),
        }
        Ok(())
    }

    /// Makes sure, before anything is produced, that the brokers count us as a member and the
    /// partitions as ours: a process that stood still (on a machine that was suspended, or a virtual
    /// one that was stopped) believes for a moment that nothing has happened, while others work in its
    /// place. What the brokers showed within half the session time-out is enough: nobody else can have
    /// been given them.
    fn confirm(&mut self, partitions: &[Partition]) -> Result<(), LogError> {
        let deadline = Instant::now() + self.patience;
        let topic = self.topic;
        loop {
            // Such as: fenced, by another member of its name.
            if let Some(error) = self.ready.failure() {
                return Err(error);
            }
            if let Some(&partition) = partitions.iter().find(|&&p| !self.ready.owns(p)) {
                return Err(LogError::NotOwned { topic, partition });
            }
            let fresh = |at: Moment| at.elapsed() < self.patience;
            if self.confirmed_at.is_some_and(fresh) {
                return Ok(());
            }
            let Some(&partition) = partitions.first() else {
                return Ok(());
            };
            if Instant::now() > deadline {
                return Err(LogError::NotOwned { topic, partition });
            }
            self.store_again(deadline)?;
        }
    }

    /// The same cursors once more: only a member may store them.
    fn store_again(&mut self, deadline: Instant) -> Result<(), LogError> {
        self.keep_own();
        if !self.storer.is_asking() {
            self.storer.ask(self.stored.clone())?;
        }
        if !self.hear(deadline)? {
            std::thread::sleep(Duration::from_millis(BROKER_RETRY_MILLIS / 4));
        }
        Ok(())
    }

    /// Partitions that have come, with the cursors that the brokers have for them; whatever was
    /// known of them before is of old.
    fn note_assigned(&mut self, partitions: &[(Partition, Option<Cursor>)]) {
        for (partition, cursor) in partitions {
            self.unstored.remove(partition);
            self.storer.forget(*partition);
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
        // The caller hears first of what has come and gone; before it is acknowledged all is stored.
        if !self.ready.is_announcing() {
            self.store_if_due()?;
        }
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
        for (partition, cursor) in &cursors {
            self.ready.is_done(*partition, cursor.next);
        }
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

fn configuration(options: &Options, common: &ClientConfig, group: &str) -> ClientConfig {
    let millis = |time: Duration| time.as_millis().to_string();
    let without_poll = Duration::from_millis(LONGEST_WITHOUT_POLL_MILLIS);
    let mut configuration = common.clone();
    configuration
        .set("group.id", group)
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", millis(options.session_timeout))
        // The client refuses a session that outlasts it.
        .set(
            "max.poll.interval.ms",
            millis(options.session_timeout.max(without_poll)),
        )
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::client;

    #[test]
    fn the_client_takes_the_shortest_and_the_longest_session() {
        for seconds in [6, 30, 30 * 60] {
            let mut options = Options::new("localhost:1");
            options.session_timeout = Duration::from_secs(seconds);
            let common = client::configuration(&options).unwrap();
            let made = configuration(&options, &common, "group").create::<BaseConsumer>();
            assert!(made.is_ok(), "{seconds} s: {:?}", made.err());
        }
    }
}
