//! What all clients of the brokers have in common: how they are told of security, and what becomes
//! of what they tell us.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};

use super::options::{Options, Security};
use crate::lock::lock;
use crate::{
    BROKER_ANSWER_MILLIS, BROKER_RETRY_MILLIS, LogError, MAX_RECORD_BYTES, Metrics,
    RECORD_OVERHEAD_BYTES,
};

/// What every client is told.
pub(super) fn configuration(options: &Options) -> Result<ClientConfig, LogError> {
    common(&options.brokers, &options.security)
}

/// The same for brokers that need not be the log's.
pub(super) fn common(brokers: &str, security: &Security) -> Result<ClientConfig, LogError> {
    let mut configuration = ClientConfig::new();
    configuration
        .set("bootstrap.servers", brokers)
        .set("client.id", "fengbiao")
        .set("message.max.bytes", max_message_bytes().to_string())
        // A broker that comes back is found again within a second or two.
        .set("reconnect.backoff.max.ms", "2000")
        .set("socket.keepalive.enable", "true");
    secure(&mut configuration, security)?;
    Ok(configuration)
}

/// Bytes of the longest message: a record with its key and envelope.
pub(super) const fn max_message_bytes() -> usize {
    MAX_RECORD_BYTES + RECORD_OVERHEAD_BYTES
}

fn secure(configuration: &mut ClientConfig, security: &Security) -> Result<(), LogError> {
    let protocol = match (&security.tls, &security.login) {
        (None, None) => "plaintext",
        (Some(_), None) => "ssl",
        (None, Some(_)) => "sasl_plaintext",
        (Some(_), Some(_)) => "sasl_ssl",
    };
    configuration.set("security.protocol", protocol);
    if let Some(tls) = &security.tls {
        // OpenSSL, built in, does not know by itself where the system keeps its certificates.
        let authority = tls.authority.as_ref();
        let authority = authority.map_or("probe".into(), |path| path.to_string_lossy());
        configuration.set("ssl.ca.location", authority);
        if let Some(identity) = &tls.identity {
            configuration.set(
                "ssl.certificate.location",
                identity.certificate.to_string_lossy(),
            );
            configuration.set("ssl.key.location", identity.key.to_string_lossy());
            if let Some(password) = &identity.password {
                configuration.set("ssl.key.password", password.reveal()?);
            }
        }
    }
    if let Some(login) = &security.login {
        configuration
            .set("sasl.mechanisms", login.mechanism.name())
            .set("sasl.username", &login.user)
            .set("sasl.password", login.password.reveal()?);
    }
    Ok(())
}

/// Hears what a client tells beside the answers to its calls: a refused login is told here only,
/// while the call itself just waits.
#[derive(Clone)]
pub(super) struct Listener {
    metrics: Metrics,
    refusal: Arc<Mutex<Option<Refusal>>>,
}

/// Why no broker will ever take us as we are.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    code: RDKafkaErrorCode,
    reason: String,
}

impl Listener {
    pub(super) fn new(metrics: Metrics) -> Self {
        Self {
            metrics,
            refusal: Arc::default(),
        }
    }

    /// What the log counts.
    pub(super) const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The last refusal since this was asked.
    pub(super) fn take_refusal(&self) -> Option<Refusal> {
        lock(&self.refusal).take()
    }
}

impl Refusal {
    /// As an error, with what to do about it.
    pub(super) fn into_error(self, brokers: &str, security: &Security) -> LogError {
        let brokers = brokers.to_owned();
        match (self.code, &security.login) {
            (RDKafkaErrorCode::Authentication, Some(login)) => LogError::LoginRefused {
                brokers,
                user: login.user.clone(),
                mechanism: login.mechanism.name(),
                place: login.password.to_string(),
                cause: self.reason,
            },
            _ => LogError::TlsRefused {
                brokers,
                cause: self.reason,
            },
        }
    }
}

impl ClientContext for Listener {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg
            | RDKafkaLogLevel::Alert
            | RDKafkaLogLevel::Critical
            | RDKafkaLogLevel::Error
            | RDKafkaLogLevel::Warning => tracing::warn!(facility, "kafka: {message}"),
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
                tracing::info!(facility, "kafka: {message}");
            }
            RDKafkaLogLevel::Debug => tracing::debug!(facility, "kafka: {message}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let code = code_of(&error);
        // Told aside as well as in their place, where they are no errors.
        match code {
            RDKafkaErrorCode::PartitionEOF => return,
            // Only here it says which partition, and whether its log was cut.
            RDKafkaErrorCode::AutoOffsetReset => {
                tracing::warn!("kafka: {reason}");
                return;
            }
            _ => {}
        }
        let label = format!("{code:?}");
        self.metrics
            .broker_errors
            .with_label_values(&[&label])
            .inc();
        tracing::warn!(code = label, "kafka: {reason}");
        if matches!(
            code,
            RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SSL
        ) {
            let refusal = Refusal {
                code,
                reason: reason.to_owned(),
            };
            *lock(&self.refusal) = Some(refusal);
        }
    }
}

impl ConsumerContext for Listener {}

/// The broker's or the client's own number for what went wrong.
pub(super) fn code_of(error: &KafkaError) -> RDKafkaErrorCode {
    match error {
        // Of these the wrapper tells no code, though they have one.
        KafkaError::AdminOp(code) => *code,
        error => error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail),
    }
}

/// Whether reading can never go on after it; all other errors pass by themselves, and the client
/// tries again.
pub(super) const fn ends_reading(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::UnknownTopicOrPartition
            | Code::UnknownTopic
            | Code::UnknownPartition
            | Code::Fatal
            | Code::FencedInstanceId
    )
}

/// Asks a question, and again until `deadline` where what went wrong passes by itself; it is told how
/// long it may take.
pub(super) fn persist<T>(
    deadline: Instant,
    mut question: impl FnMut(Duration) -> KafkaResult<T>,
) -> KafkaResult<T> {
    let longest = Duration::from_millis(BROKER_ANSWER_MILLIS);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match question(left.clamp(Duration::from_secs(1), longest)) {
            Err(error) if passes(code_of(&error)) && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(BROKER_RETRY_MILLIS));
            }
            answer => return answer,
        }
    }
}

/// Whether it passes by itself: a broker that was asked has gone, and another is about to take over
/// what it did.
const fn passes(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::OperationTimedOut
            | Code::RequestTimedOut
            | Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::NotController
            | Code::NotLeaderForPartition
            | Code::LeaderNotAvailable
    )
}

/// Whether a sole member is told so that another has its place. The client calls it fatal once it
/// has told it, and a consumer of the classic protocol has no other fatal error.
pub(super) const fn is_fenced(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(code, Code::FencedInstanceId | Code::Fatal)
}

/// Whether places can never be stored after it.
pub(super) const fn ends_storing(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::GroupAuthorizationFailed
            | Code::TopicAuthorizationFailed
            | Code::OffsetMetadataTooLarge
            | Code::FencedInstanceId
            | Code::Fatal
    )
}

/// For `map_err`: names what was attempted, and what can be done where the broker refused it.
pub(super) fn failed_to(doing: &'static str) -> impl Fn(KafkaError) -> LogError + Copy {
    move |error| match error {
        // No broker was asked yet.
        KafkaError::ClientCreation(_) | KafkaError::ClientConfig(..) => LogError::Broker {
            doing,
            cause: error.to_string(),
            hint: "look whether the files that its `access` names can be read, and whether certificate, key and the key's password belong together",
        },
        error => refused(doing, code_of(&error), error.to_string()),
    }
}

/// An error of the brokers.
pub(super) fn refused(doing: &'static str, code: RDKafkaErrorCode, cause: String) -> LogError {
    LogError::Broker {
        doing,
        cause,
        hint: hint(code),
    }
}

const fn hint(code: RDKafkaErrorCode) -> &'static str {
    use RDKafkaErrorCode as Code;
    match code {
        Code::TopicAuthorizationFailed => {
            "the broker does not allow it: give this user the rights to read, write and describe the topics, and to describe their configuration"
        }
        Code::GroupAuthorizationFailed => {
            "the broker does not allow it: give this user the right to read with this group"
        }
        Code::ClusterAuthorizationFailed => {
            "the broker does not allow it: give this user the rights to create topics and to write idempotently, or create the topics by hand"
        }
        Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition => {
            "the topic, or a partition of it, was deleted: `docs/kafka.md` says under \"Topics that were deleted\" how to go on"
        }
        Code::MessageSizeTooLarge | Code::InvalidMessageSize => {
            "raise `max.message.bytes` of the topic to what `fengbiao doctor` asks for"
        }
        Code::NotEnoughReplicas | Code::NotEnoughReplicasAfterAppend => {
            "too few brokers hold the topic: bring the missing ones back"
        }
        Code::LogDirNotFound | Code::KafkaStorageError => {
            "the broker cannot store it: look at its disk"
        }
        _ => "look at the broker's own log; the attempt can be repeated",
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::consumer::BaseConsumer;

    use super::*;

    /// As while one of three brokers is gone: the question went to that one, and then to another.
    #[test]
    fn a_question_that_is_not_answered_in_time_is_asked_again() {
        let mut asked = 0;
        let deadline = Instant::now() + Duration::from_secs(600);
        let answer = persist(deadline, |patience| {
            assert!(patience < Duration::from_secs(60), "{patience:?}");
            asked += 1;
            match asked {
                1..4 => Err(KafkaError::AdminOp(RDKafkaErrorCode::OperationTimedOut)),
                times => Ok(times),
            }
        });
        assert_eq!(answer, Ok(4));
    }

    #[test]
    fn what_is_refused_or_too_late_is_asked_once() {
        for (code, left) in [
            (RDKafkaErrorCode::TopicAuthorizationFailed, 600),
            (RDKafkaErrorCode::OperationTimedOut, 0),
        ] {
            let mut asked = 0;
            let refused = persist(Instant::now() + Duration::from_secs(left), |_| {
                asked += 1;
                Err::<(), _>(KafkaError::AdminOp(code))
            });
            assert_eq!((refused, asked), (Err(KafkaError::AdminOp(code)), 1));
        }
    }

    /// Of a key that cannot be opened the broker's log says nothing.
    #[test]
    fn a_key_that_cannot_be_read_sends_nobody_to_the_brokers() {
        let key = tempfile::NamedTempFile::new().unwrap();
        let mut settings = ClientConfig::new();
        settings.set("bootstrap.servers", "localhost:1");
        settings.set("security.protocol", "ssl");
        settings.set("ssl.key.location", key.path().to_string_lossy());
        let made = settings.create::<BaseConsumer>();
        let error = made
            .map(drop)
            .map_err(failed_to("make a client"))
            .unwrap_err();
        let said = error.to_string();
        assert!(said.contains("ssl.key.location"), "{said}");
        assert!(said.contains("the key's password"), "{said}");
        assert!(!said.contains("broker's own log"), "{said}");
    }
}
