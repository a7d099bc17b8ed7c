//! A topic of somebody else's, read for what it holds.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::topic_partition_list::Offset as KafkaOffset;

use super::client::{self, Listener, code_of, ends_storing, failed_to, refused};
use super::options::Security;
use crate::{LogError, Metrics, PREFETCH_KIBIBYTES, READ_BATCH_BYTES, READ_BATCH_RECORDS, Record};

const READING: &str = "read a foreign topic";
const STORING: &str = "store places in a foreign topic";

/// Which topic, and how it is reached.
#[derive(Clone, Debug)]
pub struct ForeignOptions {
    /// The first brokers to ask, `host:port` with commas between.
    pub brokers: String,
    /// Encryption and login.
    pub security: Security,
    /// The topic's name.
    pub topic: String,
    /// The group whose members share its partitions.
    pub group: String,
    /// Whether a group without places begins with what comes from now on, not with what is there.
    pub from_end: bool,
}

/// A member of a group that reads a topic of somebody else's. Places are stored by
/// [`Foreign::done`] only, so a record may be met again after a failure, and none is left out.
pub struct Foreign {
    client: BaseConsumer<Listener>,
    topic: String,
    /// The places behind what was given out, by partition.
    given: BTreeMap<i32, i64>,
}

impl Foreign {
    /// Joins the group; brokers that are not there are waited for by [`Foreign::poll`].
    pub fn open(options: &ForeignOptions, metrics: Metrics) -> Result<Self, LogError> {
        let mut configuration = client::common(&options.brokers, &options.security)?;
        configuration
            .set("group.id", &options.group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set(
                "auto.offset.reset",
                if options.from_end {
                    "latest"
                } else {
                    "earliest"
                },
            )
            .set("queued.max.messages.kbytes", PREFETCH_KIBIBYTES.to_string())
            .set("fetch.queue.backoff.ms", "10")
            .set("allow.auto.create.topics", "false");
        let client: BaseConsumer<Listener> = configuration
            .create_with_context(Listener::new(metrics))
            .map_err(failed_to("make a client that reads from Kafka"))?;
        client
            .subscribe(&[&options.topic])
            .map_err(failed_to("join a group"))?;
        Ok(Self {
            client,
            topic: options.topic.clone(),
            given: BTreeMap::new(),
        })
    }

    /// The next records, in order for each partition; waits up to `wait` for the first. A topic that
    /// is not there, and what is not allowed, is an error; brokers that are away are waited for.
    pub fn poll(&mut self, mut wait: Duration) -> Result<Vec<Record>, LogError> {
        let mut records = Vec::new();
        let mut bytes = 0;
        while records.len() < READ_BATCH_RECORDS
            && bytes < READ_BATCH_BYTES
            && let Some(met) = self.client.poll(wait)
        {
            wait = Duration::ZERO;
            match met {
                Ok(message) => {
                    bytes += message.payload_len();
                    self.given.insert(message.partition(), message.offset() + 1);
                    records.push(super::reader::record(&message));
                }
                Err(error) => judge(&error)?,
            }
        }
        Ok(records)
    }

    /// All that was given out is durable elsewhere.
    pub fn done(&mut self) -> Result<(), LogError> {
        if self.given.is_empty() {
            return Ok(());
        }
        let mut list = TopicPartitionList::with_capacity(self.given.len());
        for (partition, next) in std::mem::take(&mut self.given) {
            list.add_partition_offset(&self.topic, partition, KafkaOffset::Offset(next))
                .map_err(failed_to(READING))?;
        }
        let Err(error) = self.client.commit(&list, CommitMode::Sync) else {
            return Ok(());
        };
        let listener = self.client.client().context();
        listener.metrics().commit_failures.inc();
        if ends_storing(code_of(&error)) {
            return Err(failed_to(STORING)(error));
        }
        // Partitions went to others meanwhile, or the brokers are away: those records come again.
        tracing::info!(topic = self.topic, %error, "places in a foreign topic are not stored");
        Ok(())
    }
}

fn judge(error: &KafkaError) -> Result<(), LogError> {
    match code_of(error) {
        code @ (RDKafkaErrorCode::TopicAuthorizationFailed
        | RDKafkaErrorCode::GroupAuthorizationFailed
        | RDKafkaErrorCode::UnknownTopicOrPartition
        | RDKafkaErrorCode::UnknownTopic
        | RDKafkaErrorCode::Fatal) => Err(refused(READING, code, error.to_string())),
        _ => {
            tracing::info!(%error, "reading a foreign topic goes on after an error");
            Ok(())
        }
    }
}
