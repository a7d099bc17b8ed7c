//! The log of an installation, whichever it is.
//!
//! What both logs do is behind the two traits of `fengbiao-log`. What they do not do alike is
//! here: reading outside of a group, and what only the embedded one can, where [`Log::embedded`]
//! makes the caller say what becomes of it on Kafka.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use fengbiao_log::embedded::{Embedded, Options};
use fengbiao_log::kafka::{self, Kafka};
use fengbiao_log::{Consumer, LogError, Metrics, NewRecord, Producer, Record, Topic};
use fengbiao_model::{Clock, Offset, Partition, Position};
use fengbiao_wire::WireError;
use prometheus::Registry;

use crate::clock::SystemClock;
use crate::config::{Config, LogKind};

/// Name of the embedded log's file in a data directory.
pub(crate) const LOG_FILE: &str = "log.sqlite";

/// The log of an installation. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Log {
    /// In a file of the data directory.
    Embedded(Arc<Embedded>),
    /// In the brokers.
    Kafka(Arc<Kafka>),
}

impl Log {
    /// Opens the log as it is configured; an embedded one in `folder`.
    pub(crate) fn open(
        config: &Config,
        folder: &Path,
        clock: Arc<dyn Clock>,
        metrics: Metrics,
    ) -> anyhow::Result<Self> {
        match config.log.kind {
            LogKind::Embedded => Ok(Self::Embedded(Embedded::open(
                &folder.join(LOG_FILE),
                embedded_options(config),
                clock,
                metrics,
            )?)),
            LogKind::Kafka => {
                let kafka = config
                    .log
                    .kafka
                    .as_ref()
                    .context("`log.kafka` is missing")?;
                Ok(Self::Kafka(Kafka::open(
                    kafka.options(config),
                    clock,
                    metrics,
                )?))
            }
        }
    }

    /// All records of a topic that the log has kept, read from aside: nothing is made or written, and
    /// a daemon that has it open is not disturbed.
    pub(crate) fn kept(config: &Config, topic: Topic) -> anyhow::Result<Kept> {
        let mut config = config.clone();
        if config.log.kind == LogKind::Embedded {
            let path = config.data_dir.join(LOG_FILE);
            let records = Box::new(Embedded::scan_from_aside(&path, topic)?);
            return Ok(Kept { records, log: None });
        }
        if let Some(kafka) = &mut config.log.kafka {
            kafka.create_topics = false;
        }
        let metrics = Metrics::register(&Registry::new())?;
        let log = Self::open(
            &config,
            &config.data_dir,
            Arc::new(SystemClock::new()),
            metrics,
        )?;
        let records = log.scan_topic(topic)?;
        Ok(Kept {
            records,
            log: Some(log),
        })
    }

    /// Writes the records; ready when they are durable. Answers [`LogError::Busy`] at once where
    /// too much waits already.
    pub(crate) async fn append_async(
        &self,
        records: Vec<NewRecord>,
    ) -> Result<Vec<Position>, LogError> {
        match self {
            Self::Embedded(log) => log.append_async(records).await,
            Self::Kafka(log) => log.append_async(records).await,
        }
    }

    /// Writes the records and waits until they are durable.
    pub(crate) fn append(&self, records: Vec<NewRecord>) -> Result<Vec<Position>, LogError> {
        match self {
            Self::Embedded(log) => log.append(records),
            Self::Kafka(log) => log.append(records),
        }
    }

    /// How many partitions a topic has.
    pub(crate) fn partitions(&self, topic: Topic) -> u32 {
        match self {
            Self::Embedded(log) => log.partitions(topic),
            Self::Kafka(log) => log.partitions(topic),
        }
    }

    /// A reader that shares the topic's partitions with the others of its group.
    pub(crate) fn consumer(
        &self,
        group: &str,
        topic: Topic,
    ) -> Result<Box<dyn Consumer>, LogError> {
        match self {
            Self::Embedded(log) => log.consumer(group, topic),
            Self::Kafka(log) => log.consumer(group, topic),
        }
    }

    /// A reader that has the topic alone.
    pub(crate) fn sole_consumer(
        &self,
        group: &str,
        topic: Topic,
    ) -> Result<Box<dyn Consumer>, LogError> {
        match self {
            Self::Embedded(log) => log.consumer(group, topic),
            Self::Kafka(log) => log.sole_consumer(group, topic),
        }
    }

    /// Reads known ranges, outside of any group.
    pub(crate) fn ranges(&self) -> Ranges {
        match self {
            Self::Embedded(log) => Ranges::Embedded(Arc::clone(log)),
            Self::Kafka(log) => Ranges::Kafka(Box::new(log.ranges())),
        }
    }

    /// All records of a topic that are there now.
    pub(crate) fn scan_topic(
        &self,
        topic: Topic,
    ) -> Result<Box<dyn Iterator<Item = Result<Record, LogError>>>, LogError> {
        Ok(match self {
            Self::Embedded(log) => Box::new(log.scan_topic(topic)?),
            Self::Kafka(log) => Box::new(log.scan_topic(topic)?),
        })
    }

    /// The place of the first record kept; where none is, that of the next one.
    pub(crate) fn first_kept(
        &self,
        topic: Topic,
        partition: Partition,
    ) -> Result<Offset, LogError> {
        match self {
            Self::Embedded(log) => log.first_kept(topic, partition),
            Self::Kafka(log) => log.first_kept(topic, partition),
        }
    }

    /// The place that the next record will get.
    pub(crate) fn next_offset(
        &self,
        topic: Topic,
        partition: Partition,
    ) -> Result<Offset, LogError> {
        match self {
            Self::Embedded(log) => log.next_offset(topic, partition),
            Self::Kafka(log) => log.next_offset(topic, partition),
        }
    }

    /// Brings the lag in the metrics up to date, where that is not done all along.
    pub(crate) fn measure_lag(&self) -> Result<(), LogError> {
        match self {
            Self::Embedded(log) => log.groups().map(drop),
            Self::Kafka(_) => Ok(()),
        }
    }

    /// Whether the log can be reached; a file always can.
    pub(crate) fn look(&self, within: Duration) -> Result<(), LogError> {
        match self {
            Self::Embedded(_) => Ok(()),
            Self::Kafka(log) => log.look(within),
        }
    }

    /// What is said of a record of our own that does not read as what was written there.
    pub(crate) fn unreadable(&self, topic: Topic, at: Position, why: &WireError) -> anyhow::Error {
        let place = match self {
            Self::Embedded(_) => format!("`{LOG_FILE}`"),
            Self::Kafka(_) => "the brokers' log".to_owned(),
        };
        anyhow::anyhow!(
            "topic `{topic}`, partition {}, offset {} of {place} does not hold what was written there ({})\n\
             hint: `fengbiao doctor` looks through the log; keep what is damaged aside and bring a \
             backup back with `fengbiao restore`",
            at.partition.0,
            at.offset.0,
            why.code()
        )
    }

    /// The log in a file, which can do more than brokers let us.
    pub(crate) const fn embedded(&self) -> Option<&Arc<Embedded>> {
        match self {
            Self::Embedded(log) => Some(log),
            Self::Kafka(_) => None,
        }
    }

    /// Refuses what comes; the embedded log finishes what waits, Kafka gives it up.
    pub(crate) fn close(&self) {
        match self {
            Self::Embedded(log) => log.close(),
            Self::Kafka(log) => log.close(),
        }
    }
}

/// Records read from aside.
pub(crate) struct Kept {
    records: Box<dyn Iterator<Item = Result<Record, LogError>>>,
    /// Open for as long as they are read.
    log: Option<Log>,
}

impl Iterator for Kept {
    type Item = Result<Record, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.records.next()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(log) = &self.log {
            log.close();
        }
    }
}

/// Reads known ranges; those of one partition in a row are read without a new search.
pub(crate) enum Ranges {
    Embedded(Arc<Embedded>),
    Kafka(Box<kafka::Ranges>),
}

impl Ranges {
    /// The records of `from..to` that are kept, in order.
    pub(crate) fn read(
        &mut self,
        topic: Topic,
        partition: Partition,
        from: Offset,
        to: Offset,
    ) -> Result<Vec<Record>, LogError> {
        match self {
            Self::Embedded(log) => log.read_range(topic, partition, from, to),
            Self::Kafka(ranges) => ranges.read(topic, partition, from, to),
        }
    }
}

fn embedded_options(config: &Config) -> Options {
    let mut options = Options::default();
    options.topic_mut(Topic::Posts).partitions = config.log.posts_partitions;
    options.topic_mut(Topic::Posts).max_bytes = Some(config.log.posts_max_bytes);
    options.topic_mut(Topic::Hits).partitions = config.log.hits_partitions;
    for topic in [Topic::Posts, Topic::Hits, Topic::Pulses, Topic::DeadLetters] {
        options.topic_mut(topic).max_age = Some(config.privacy.text_retention.0);
    }
    options.group_commit.window = Duration::from_millis(config.log.group_commit_millis);
    options
}
