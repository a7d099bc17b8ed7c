//! How the brokers are reached, and how topics should be set up there.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fengbiao_model::TimeSpan;

use crate::{LogError, Topic};

/// How the brokers are reached, and how topics should be set up there.
#[derive(Clone, Debug)]
pub struct Options {
    /// The first brokers to ask, `host:port` with commas between.
    pub brokers: String,
    /// Stands before the names of topics and groups, so that a cluster can be shared.
    pub prefix: String,
    /// Encryption and login.
    pub security: Security,
    /// How a topic should be set up, in the order of [`Topic::ALL`].
    topics: [TopicOptions; Topic::ALL.len()],
    /// Creates topics that are missing; else they are a fault like any other.
    pub create_missing: bool,
    /// How records are packed on their way and in the broker.
    pub compression: Compression,
    /// After so long without a sign of life a consumer's partitions go to others. Half of it is
    /// how long a consumer may take to finish what it holds when partitions are taken from it.
    pub session_timeout: Duration,
    /// How long opening waits for brokers that do not answer, and who reads a known range.
    pub connect_timeout: Duration,
}

/// How one topic should be set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicOptions {
    /// How many partitions it has. The number never changes in place: equal keys would part.
    pub partitions: u32,
    /// How many brokers keep each record.
    pub replication: u32,
    /// Age at which records are removed; `None` keeps them.
    pub max_age: Option<TimeSpan>,
    /// Bytes of one partition above which the oldest records are removed, read or not; `None` sets
    /// no such bound.
    pub max_partition_bytes: Option<u64>,
}

/// Encryption and login.
#[derive(Clone, Debug, Default)]
pub struct Security {
    /// Encryption; without it everything travels in the open.
    pub tls: Option<Tls>,
    /// Name and password; without them the broker must take whoever comes, or a certificate.
    pub login: Option<Login>,
}

/// Encryption.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// Certificates of those who may vouch for the brokers (PEM); without it, those of the system.
    pub authority: Option<PathBuf>,
    /// Our own certificate, where brokers ask for one.
    pub identity: Option<Identity>,
}

/// A certificate of our own.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate (PEM).
    pub certificate: PathBuf,
    /// Its private key (PEM).
    pub key: PathBuf,
    /// Opens the key, where it is locked.
    pub password: Option<SecretSource>,
}

/// A login by name and password (SASL).
#[derive(Clone, Debug)]
pub struct Login {
    /// How the password is proved.
    pub mechanism: Mechanism,
    /// Who logs in.
    pub user: String,
    /// By which password.
    pub password: SecretSource,
}

/// How a password is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// The password itself is sent: with TLS only.
    Plain,
    /// An answer to a challenge, by SHA-256.
    ScramSha256,
    /// An answer to a challenge, by SHA-512.
    ScramSha512,
}

/// Where a secret is found; it is read when the log is opened and shown nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// The first line of this file.
    File(PathBuf),
    /// This variable of the environment.
    Environment(String),
}

/// How records are packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Quick: less work for us, more bytes for the broker.
    #[default]
    Lz4,
    /// Small: about a third more work, fewer bytes.
    Zstd,
}

impl Options {
    /// One partition and one copy of everything, nothing secret: what a test wants. Set the rest.
    #[must_use]
    pub fn new(brokers: impl Into<String>) -> Self {
        let topics = Topic::ALL.map(|topic| TopicOptions {
            partitions: 1,
            replication: 1,
            max_age: (!topic.is_kept_forever()).then(|| TimeSpan::from_hours(14 * 24)),
            max_partition_bytes: None,
        });
        Self {
            brokers: brokers.into(),
            prefix: "fengbiao.".to_owned(),
            security: Security::default(),
            topics,
            create_missing: true,
            compression: Compression::default(),
            session_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(30),
        }
    }

    /// How a topic is set up.
    #[must_use]
    pub const fn topic(&self, topic: Topic) -> &TopicOptions {
        &self.topics[topic.index()]
    }

    /// Changes how a topic is set up. Ages and sizes of `lexicons` are ignored: it is kept.
    pub const fn topic_mut(&mut self, topic: Topic) -> &mut TopicOptions {
        &mut self.topics[topic.index()]
    }

    /// A topic's name in the brokers.
    pub(super) fn name_of(&self, topic: Topic) -> String {
        format!("{}{topic}", self.prefix)
    }
}

impl Mechanism {
    /// Its name in SASL.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

impl Compression {
    /// Its name in Kafka.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }
}

impl SecretSource {
    /// The secret itself, for the one place that needs it.
    pub(super) fn reveal(&self) -> Result<String, LogError> {
        let secret = match self {
            Self::File(path) => first_line(path)?,
            Self::Environment(name) => std::env::var(name).unwrap_or_default(),
        };
        if secret.is_empty() {
            return Err(LogError::NoSecret {
                place: self.to_string(),
            });
        }
        Ok(secret)
    }
}

fn first_line(path: &Path) -> Result<String, LogError> {
    let text =
        std::fs::read_to_string(path).map_err(|error| LogError::file("read", path, &error))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// Where it is, not what it is.
impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the file `{}`", path.display()),
            Self::Environment(name) => write!(f, "the environment variable `{name}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_first_line_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "pass word\nnot this\n").unwrap();
        let source = SecretSource::File(path.clone());
        assert_eq!(source.reveal(), Ok("pass word".to_owned()));
        std::fs::write(&path, "\n").unwrap();
        let error = source.reveal().unwrap_err().to_string();
        assert!(error.contains(&*path.to_string_lossy()), "{error}");
    }

    #[test]
    fn a_secret_that_is_nowhere_is_named_by_its_place() {
        let source = SecretSource::Environment("FENGBIAO_NO_SUCH_SECRET".to_owned());
        let error = source.reveal().unwrap_err().to_string();
        assert!(error.contains("FENGBIAO_NO_SUCH_SECRET"), "{error}");
        let missing = SecretSource::File(PathBuf::from("/no/such/file"));
        assert!(matches!(missing.reveal(), Err(LogError::File { .. })));
    }
}
