//! A topic of somebody else's, read for what it holds.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::metadata::MetadataTopic;
use rdkafka::topic_partition_list::Offset as KafkaOffset;

use super::client::{self, Listener, code_of, ends_reading, ends_storing, failed_to};
use super::options::Security;
use crate::{
    FOREIGN_ANSWER_MILLIS, FOREIGN_LOOK_MILLIS, LogError, Metrics, PREFETCH_KIBIBYTES,
    READ_BATCH_BYTES, READ_BATCH_RECORDS, Record,
};

const READING: &str = "read a foreign topic";

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
    group: String,
    brokers: String,
    security: Security,
    /// When a broker has last answered.
    answered_at: Option<Instant>,
    /// The places behind what was given out, by partition.
    given: BTreeMap<i32, i64>,
}

impl Foreign {
    /// Joins the group; brokers that are not there are told of by [`Foreign::poll`].
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
            group: options.group.clone(),
            brokers: options.brokers.clone(),
            security: options.security.clone(),
            answered_at: None,
            given: BTreeMap::new(),
        })
    }

    /// The next records, in order for each partition; waits up to `wait` for the first.
    ///
    /// [`LogError::Unreachable`] says that the brokers are away: they are asked again by the next
    /// call, and reading goes on by itself. After any other error it does not: a topic that is not
    /// there, a login that is refused, a right that is missing. No records and no error mean that
    /// brokers have answered within the last [`FOREIGN_LOOK_MILLIS`] (and a wait).
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
                // What was read before it is given out first: such an error comes again.
                Err(_) if !records.is_empty() => break,
                Err(error) => self.judge(&error)?,
            }
        }
        if records.is_empty() {
            self.look_if_due()?;
        } else {
            self.answered_at = Some(Instant::now());
        }
        Ok(records)
    }

    /// A broker that is away is told by no call of the client: an idle topic looks the same. A refused
    /// login is told aside only, while calls just wait.
    fn look_if_due(&mut self) -> Result<(), LogError> {
        let listener = self.client.client().context();
        if let Some(refusal) = listener.take_refusal() {
            return Err(refusal.into_error(&self.brokers, &self.security));
        }
        let pause = Duration::from_millis(FOREIGN_LOOK_MILLIS);
        if self.answered_at.is_some_and(|at| at.elapsed() < pause) {
            return Ok(());
        }
        self.answered_at = None;
        let patience = Duration::from_millis(FOREIGN_ANSWER_MILLIS);
        let answer = self.client.fetch_metadata(Some(&self.topic), patience);
        let answer = answer.map_err(|error| self.away(error.to_string()))?;
        let of_topic = answer.topics().iter().find(|one| one.name() == self.topic);
        match of_topic
            .and_then(MetadataTopic::error)
            .map(RDKafkaErrorCode::from)
        {
            None => {}
            Some(code) if is_refused(code) => return Err(self.refused(code, &code.to_string())),
            Some(code) => return Err(self.away(code.to_string())),
        }
        self.answered_at = Some(Instant::now());
        Ok(())
    }

    fn away(&self, cause: String) -> LogError {
        LogError::Unreachable {
            brokers: self.brokers.clone(),
            seconds: FOREIGN_ANSWER_MILLIS / 1_000,
            cause,
        }
    }

    fn refused(&self, code: RDKafkaErrorCode, cause: &str) -> LogError {
        LogError::Broker {
            doing: READING,
            cause: format!(
                "{cause} (group `{}`, brokers `{}`)",
                self.group, self.brokers
            ),
            hint: hint(code),
        }
    }

    fn judge(&self, error: &KafkaError) -> Result<(), LogError> {
        let code = code_of(error);
        if is_refused(code) || matches!(error, KafkaError::MessageConsumptionFatal(_)) {
            return Err(self.refused(code, &error.to_string()));
        }
        tracing::info!(topic = self.topic, %error, "reading a foreign topic goes on after an error");
        Ok(())
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
            return Err(self.refused(code_of(&error), &error.to_string()));
        }
        // Partitions went to others meanwhile, or the brokers are away: those records come again.
        tracing::info!(topic = self.topic, %error, "places in a foreign topic are not stored");
        Ok(())
    }
}

/// A topic of ours has a name that can be; somebody else's may be misspelt.
const fn is_refused(code: RDKafkaErrorCode) -> bool {
    ends_reading(code) || matches!(code, RDKafkaErrorCode::InvalidTopic)
}

/// What the reader can do: the topic is somebody else's.
const fn hint(code: RDKafkaErrorCode) -> &'static str {
    use RDKafkaErrorCode as Code;
    match code {
        Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::InvalidTopic => {
            "look whether the source's `topic` and `brokers` are right, or ask its owner to create it"
        }
        Code::TopicAuthorizationFailed => {
            "ask its owner to let this user read and describe the topic"
        }
        Code::GroupAuthorizationFailed => {
            "ask its owner to let this user read with the source's `group`, or set another `group`"
        }
        _ => "look at the brokers' own log; the source is opened again",
    }
}
