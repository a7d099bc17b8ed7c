//! The client that writes, its settings, and what it tells of deliveries and of itself.

use std::sync::OnceLock;

use fengbiao_model::{Offset, Partition, Position};
use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message as _};
use rdkafka::producer::{Producer as _, ProducerContext, PurgeConfig, ThreadedProducer};

use super::super::batch::Ticket;
use super::super::client::{Listener, code_of, failed_to, refused};
use super::super::options::Options;
use crate::{LogError, MAX_QUEUED_BYTES, PRODUCE_LINGER_MILLIS};

const WRITING: &str = "write records to Kafka";
pub(super) const STOPPED_HINT: &str = "a record could not be written, for the cause that is named, and the client stopped so that none is written behind it; the attempt can be repeated";

/// A client of the brokers that tells its deliveries.
pub(super) type Client = ThreadedProducer<Deliveries>;

/// Takes the brokers' acknowledgements, and what one client tells of itself.
pub(super) struct Deliveries {
    listener: Listener,
    /// Why it writes nothing any more.
    stopped: OnceLock<LogError>,
}

pub(super) fn configuration(options: &Options, common: &ClientConfig) -> ClientConfig {
    let mut configuration = common.clone();
    configuration
        .set("enable.idempotence", "true")
        .set("enable.gapless.guarantee", "true")
        .set("acks", "all")
        .set("message.timeout.ms", "0")
        .set("compression.type", options.compression.name())
        .set("linger.ms", PRODUCE_LINGER_MILLIS.to_string())
        .set("batch.num.messages", "10000")
        // Our own room is the bound; the client's queue only must not be smaller.
        .set("queue.buffering.max.messages", "0")
        .set(
            "queue.buffering.max.kbytes",
            (4 * MAX_QUEUED_BYTES / 1024).to_string(),
        );
    configuration
}

pub(super) fn connect(
    configuration: &ClientConfig,
    listener: &Listener,
) -> Result<Client, LogError> {
    let deliveries = Deliveries {
        listener: listener.clone(),
        stopped: OnceLock::new(),
    };
    configuration
        .create_with_context(deliveries)
        .map_err(failed_to("make a client that writes to Kafka"))
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.listener.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // Told before the records that are given up for it.
        if code_of(&error) == RDKafkaErrorCode::Fatal {
            self.stop(reason);
        }
        self.listener.error(error, reason);
    }
}

impl Deliveries {
    /// The client writes nothing any more, for the reason that is told first.
    pub(super) fn stop(&self, reason: &str) -> LogError {
        let stopped = || LogError::Broker {
            doing: WRITING,
            cause: reason.to_owned(),
            hint: STOPPED_HINT,
        };
        self.stopped.get_or_init(stopped).clone()
    }

    /// What became of a record. One that was given up for another has that one's error; where it was
    /// the log's end that gave it up, its [`Ticket`] says so.
    pub(super) fn error_of(&self, error: &KafkaError) -> LogError {
        match code_of(error) {
            RDKafkaErrorCode::PurgeQueue
            | RDKafkaErrorCode::PurgeInflight
            | RDKafkaErrorCode::Fatal => self.stop(&error.to_string()),
            code => refused(WRITING, code, error.to_string()),
        }
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<Ticket>;

    fn delivery(&self, delivery: &DeliveryResult<'_>, ticket: Box<Ticket>) {
        ticket.settle(match delivery {
            Ok(message) => Ok(Position {
                // Both were given by a broker and are not negative.
                partition: Partition(u32::try_from(message.partition()).unwrap_or_default()),
                offset: Offset(u64::try_from(message.offset()).unwrap_or_default()),
            }),
            Err((error, _)) => Err(self.error_of(error)),
        });
    }
}

/// Whether it writes nothing any more.
pub(super) fn is_stopped(client: &Client) -> bool {
    client.client().fatal_error().is_some()
}

/// Answers for all that is not acknowledged, and sends no more of it.
pub(super) fn give_up(client: &Client) {
    client.purge(PurgeConfig::default().queue().inflight());
}
