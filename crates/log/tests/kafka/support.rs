//! Topics of its own for each test, and short ways to write and read them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use fengbiao_log::kafka::{Kafka, Options};
use fengbiao_log::{
    Consumer, Cursor, Destination, Event, LogError, Metrics, NewRecord, Record, Topic,
};
use fengbiao_model::{Clock, Offset, Partition, Position, TimeSpan, Timestamp};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;

use crate::broker::Broker;

/// Longest that anything which must happen may take: a broker starts anew within it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);
/// So long that no member is given up on a busy machine.
const SESSION: Duration = Duration::from_secs(60);

/// A clock that stands: only how old records are is told by it.
pub(crate) struct Still;

impl Clock for Still {
    fn wall(&self) -> Timestamp {
        Timestamp::EPOCH
    }

    fn monotonic(&self) -> TimeSpan {
        TimeSpan::ZERO
    }

    fn real(&self, _: TimeSpan) -> Duration {
        Duration::from_secs(1)
    }
}

/// Topics of its own for one test.
pub(crate) struct Fixture {
    pub(crate) broker: Broker,
    pub(crate) options: Options,
}

impl Fixture {
    /// `partitions` in each topic, a copy of each on every node.
    pub(crate) fn new(broker: Broker, partitions: u32) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut options = Options::new(broker.fact("plaintext"));
        options.prefix = format!("test-{}-{number}.", std::process::id());
        options.session_timeout = SESSION;
        // A broker that was started a moment ago answers within it.
        options.connect_timeout = PATIENCE;
        for topic in Topic::ALL {
            options.topic_mut(topic).partitions = partitions;
            options.topic_mut(topic).replication = broker.nodes();
        }
        Self { broker, options }
    }

    pub(crate) fn open(&self) -> Arc<Kafka> {
        self.try_open().unwrap()
    }

    pub(crate) fn try_open(&self) -> Result<Arc<Kafka>, LogError> {
        Kafka::open(self.options.clone(), Arc::new(Still), metrics())
    }

    pub(crate) fn name_of(&self, topic: Topic) -> String {
        format!("{}{topic}", self.options.prefix)
    }

    pub(crate) fn admin(&self) -> AdminClient<DefaultClientContext> {
        ClientConfig::new()
            .set("bootstrap.servers", self.broker.fact("plaintext"))
            .create()
            .unwrap()
    }

    /// Changes a setting of a topic behind the log's back; all its others go back to the default.
    pub(crate) fn alter(&self, topic: Topic, name: &str, value: &str) {
        let topic = self.name_of(topic);
        let change = AlterConfig::new(ResourceSpecifier::Topic(&topic)).set(name, value);
        let altered = wait_for(self.admin().alter_configs(&[change], &AdminOptions::new()));
        altered.unwrap().remove(0).unwrap();
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let names = Topic::ALL.map(|topic| self.name_of(topic));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        // The broker may be somebody's; what is not there need not go.
        drop(wait_for(
            self.admin().delete_topics(&names, &AdminOptions::new()),
        ));
    }
}

pub(crate) fn metrics() -> Metrics {
    Metrics::register(&prometheus::Registry::new()).unwrap()
}

pub(crate) fn wait_for<T>(answer: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(answer)
}

/// Asks until there is an answer: what was changed in a broker holds a little after it has said so.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// For a partition of `posts`.
pub(crate) fn post(partition: u32, text: impl Into<Vec<u8>>) -> NewRecord {
    NewRecord {
        topic: Topic::Posts,
        to: Destination::Partition(Partition(partition)),
        payload: text.into(),
    }
}

/// For the partition of `posts` that a key belongs to.
pub(crate) fn keyed(key: &str, text: impl Into<Vec<u8>>) -> NewRecord {
    NewRecord {
        topic: Topic::Posts,
        to: Destination::Key(key.as_bytes().to_vec()),
        payload: text.into(),
    }
}

pub(crate) fn cursor(next: u64, note: &str) -> Cursor {
    Cursor {
        next: Offset(next),
        note: note.to_owned(),
    }
}

pub(crate) fn position(partition: u32, offset: u64) -> Position {
    Position {
        partition: Partition(partition),
        offset: Offset(offset),
    }
}

/// Polls until it is told anything.
pub(crate) fn poll(consumer: &mut dyn Consumer, max_records: usize) -> Vec<Event> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let events = consumer
            .poll(max_records, Duration::from_millis(200))
            .unwrap();
        if !events.is_empty() {
            return events;
        }
        assert!(Instant::now() < deadline, "nothing was told");
    }
}

/// Polls until partitions are assigned.
pub(crate) fn assigned(consumer: &mut dyn Consumer) -> Vec<(Partition, Option<Cursor>)> {
    match &poll(consumer, 1)[..] {
        [Event::Assigned(partitions)] => partitions.clone(),
        other => panic!("{other:?}"),
    }
}

/// All records up to the end of each of `partitions`.
pub(crate) fn read_all(
    consumer: &mut dyn Consumer,
    partitions: u32,
) -> BTreeMap<Partition, Vec<Record>> {
    let mut read: BTreeMap<Partition, Vec<Record>> = BTreeMap::new();
    let mut ended = 0;
    while ended < partitions {
        for event in poll(consumer, 1000) {
            match event {
                Event::Records(partition, records) => {
                    read.entry(partition).or_default().extend(records);
                }
                Event::End { .. } => ended += 1,
                Event::Assigned(_) => {}
                Event::Revoked(_) => panic!("{event:?}"),
            }
        }
    }
    read
}

/// Bytes that no compression makes shorter.
pub(crate) fn noise(bytes: usize, mut seed: u64) -> Vec<u8> {
    seed = seed.wrapping_mul(2).wrapping_add(1);
    let mut noise = Vec::with_capacity(bytes + 8);
    while noise.len() < bytes {
        // Marsaglia's xorshift, 64 bits.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        noise.extend_from_slice(&seed.to_le_bytes());
    }
    noise.truncate(bytes);
    noise
}
