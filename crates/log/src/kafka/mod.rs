//! All topics in the brokers of an Apache Kafka.
//!
//! Records are written by an idempotent client that waits for every copy in sync (all but one at
//! least), repeats without end and stops before a gap ([`producer`](self)). Each consumer is a member
//! of a group with a thread of its own, which reads ahead into a bounded space and pauses where its
//! caller does not follow.
//! Cursors are Kafka's committed offsets, a cursor's note is their metadata; they are stored after
//! the records they stand for are acknowledged, a few times a second, and before a partition goes.
//!
//! Keys choose partitions by [`partition_of`](crate::partition_of), as in the embedded log. The
//! number of partitions never changes in place: to move, make new topics under another prefix, let
//! the readers come to the end of the old ones, and change over all roles at once.

mod batch;
mod client;
mod consumer;
mod foreign;
#[cfg(test)]
mod mock;
mod moment;
mod options;
mod place;
mod producer;
mod range;
mod reader;
mod ready;
mod rebalance;
mod storing;
mod topics;

use std::sync::Arc;
use std::time::{Duration, Instant};

use fengbiao_model::{Clock, Offset, Partition, Position};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};

use self::client::{Listener, failed_to};
use self::consumer::{KafkaConsumer, Membership, Shared};
use self::producer::Writer;
use crate::{
    BROKER_RETRY_MILLIS, Consumer, LogError, Metrics, NewRecord, OVERDUE_APPEND_MILLIS, Producer,
    Record, Topic,
};

pub use self::foreign::{Foreign, ForeignOptions};
pub use self::options::{
    Compression, Identity, Login, Mechanism, Options, SecretSource, Security, Tls, TopicOptions,
};
pub use self::range::{Ranges, Scan};

/// A client that asks, and is a member of no group.
type Asker = BaseConsumer<Listener>;

/// The log in the brokers, open. Dropping the last handle closes it.
pub struct Kafka {
    options: Options,
    common: ClientConfig,
    /// The process as groups know it.
    process: String,
    asker: Asker,
    writer: Arc<Writer>,
    metrics: Metrics,
    clock: Arc<dyn Clock>,
}

impl Kafka {
    /// Reaches the brokers and holds the topics against `options`, creating those that are missing.
    ///
    /// Fails where no broker answers in time ([`LogError::Unreachable`]), where they refuse the
    /// login ([`LogError::LoginRefused`]) or the connection ([`LogError::TlsRefused`]), and, with
    /// all that is wrong, where topics are not as they should be ([`LogError::Topics`]).
    pub fn open(
        options: Options,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
    ) -> Result<Arc<Self>, LogError> {
        let common = client::configuration(&options)?;
        let listener = Listener::new(metrics.clone());
        let asker: Asker = common
            .create_with_context(listener.clone())
            .map_err(failed_to("make a client of Kafka"))?;
        reach(&asker, &listener, &options)?;
        let partitions = topics::settle(&asker, &common, &options)?;
        let writer = Writer::new(&options, &common, listener, partitions, metrics.clone())?;
        Ok(Arc::new(Self {
            options,
            common,
            process: place::process_name(),
            asker,
            writer: Arc::new(writer),
            metrics,
            clock,
        }))
    }

    /// Writes the records; the future is ready when they are acknowledged. Answers
    /// [`LogError::Busy`] at once where too much is on its way already. Dropping the future after
    /// its first poll does not undo the append.
    pub async fn append_async(&self, records: Vec<NewRecord>) -> Result<Vec<Position>, LogError> {
        Writer::append_async(&self.writer, records).await
    }

    /// A new member of a group that reads a topic; the members share its partitions.
    pub fn consumer(&self, group: &str, topic: Topic) -> Result<Box<dyn Consumer>, LogError> {
        self.member(group, Membership::Shared, topic)
    }

    /// The one member of a group that reads a topic alone. Another process's of the same name takes
    /// its place at once, and this one is told that it was fenced ([`LogError::Fenced`]). Where brokers
    /// fence it and no other is there, its consumer fails with [`LogError::Broker`]: make another.
    pub fn sole_consumer(&self, group: &str, topic: Topic) -> Result<Box<dyn Consumer>, LogError> {
        self.member(group, Membership::Sole, topic)
    }

    fn member(
        &self,
        group: &str,
        membership: Membership,
        topic: Topic,
    ) -> Result<Box<dyn Consumer>, LogError> {
        let shared = Shared {
            options: &self.options,
            common: &self.common,
            process: &self.process,
            writer: Arc::clone(&self.writer),
            metrics: self.metrics.clone(),
            clock: Arc::clone(&self.clock),
        };
        Ok(Box::new(KafkaConsumer::new(
            shared, group, membership, topic,
        )?))
    }

    /// Reads known ranges one after another, outside of any group; each partition by a client that
    /// goes on where it stands.
    #[must_use]
    pub fn ranges(self: &Arc<Self>) -> Ranges {
        Ranges::new(Arc::clone(self))
    }

    /// All records of a topic that are there now, page by page.
    pub fn scan_topic(self: &Arc<Self>, topic: Topic) -> Result<Scan, LogError> {
        Scan::new(self.ranges(), topic)
    }

    /// Whether brokers answer, every partition of every topic has one that leads it, and what is
    /// written is acknowledged.
    pub fn look(&self, within: Duration) -> Result<(), LogError> {
        // Or it would pile up for as long as the log is open.
        hear(&self.asker, Duration::from_millis(1));
        topics::look(&self.asker, &self.options, within)?;
        // A leader may be there and too few copies in sync: then records wait without end.
        match self
            .writer
            .overdue(Duration::from_millis(OVERDUE_APPEND_MILLIS))
        {
            None => Ok(()),
            Some(waits) => Err(LogError::Overdue {
                brokers: self.options.brokers.clone(),
                seconds: waits.as_secs(),
            }),
        }
    }

    /// The records of `from..to` that are kept, in order; all at once, so ask for ranges that fit
    /// into memory.
    pub fn read_range(
        self: &Arc<Self>,
        topic: Topic,
        partition: Partition,
        from: Offset,
        to: Offset,
    ) -> Result<Vec<Record>, LogError> {
        self.ranges().read(topic, partition, from, to)
    }

    /// The offset of the first record kept; where none is, that of the next one.
    pub fn first_kept(&self, topic: Topic, partition: Partition) -> Result<Offset, LogError> {
        self.writer.check(topic, partition)?;
        Ok(range::ends(self, topic, partition)?.0)
    }

    /// The offset that the next record will get.
    pub fn next_offset(&self, topic: Topic, partition: Partition) -> Result<Offset, LogError> {
        self.writer.check(topic, partition)?;
        Ok(range::ends(self, topic, partition)?.1)
    }

    /// Refuses what comes and gives up what the brokers have not acknowledged: its callers are told
    /// [`LogError::Closed`]. Closing twice does nothing more.
    pub fn close(&self) {
        self.writer.close();
    }
}

impl Producer for Kafka {
    fn append(&self, records: Vec<NewRecord>) -> Result<Vec<Position>, LogError> {
        self.writer.append(records)
    }

    fn partitions(&self, topic: Topic) -> u32 {
        self.writer.partitions(topic)
    }
}

impl std::fmt::Debug for Kafka {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kafka")
            .field("brokers", &self.options.brokers)
            .finish_non_exhaustive()
    }
}

/// What the client tells aside is heard while it is polled, for as long as it tells anything within
/// `wait`. It reads nothing.
fn hear(asker: &Asker, wait: Duration) {
    while asker.poll(wait).is_some() {}
}

/// Waits until a broker answers; not for one that says that it never will.
fn reach(asker: &Asker, listener: &Listener, options: &Options) -> Result<(), LogError> {
    let deadline = Instant::now() + options.connect_timeout;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let asked = asker.fetch_metadata(None, left.min(Duration::from_secs(1)));
        let Err(error) = asked else {
            return Ok(());
        };
        hear(asker, Duration::from_millis(BROKER_RETRY_MILLIS));
        if let Some(refusal) = listener.take_refusal() {
            return Err(refusal.into_error(&options.brokers, &options.security));
        }
        if Instant::now() >= deadline {
            return Err(LogError::Unreachable {
                brokers: options.brokers.clone(),
                seconds: options.connect_timeout.as_secs(),
                cause: error.to_string(),
            });
        }
    }
}
