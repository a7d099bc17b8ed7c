//! The durable log: which, where, and how it is set up.

use std::path::PathBuf;

use anyhow::bail;
use fengbiao_log::kafka::{Compression, Options};
use fengbiao_log::{MAX_PARTITIONS, Topic};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::{Access, check_brokers};
use super::bounds::within;
use super::{Config, Length, numbers};
use crate::limits::{
    GROUP_COMMIT_BOUNDS_MILLIS, MAX_KAFKA_PARTITIONS, MAX_PREFIX_CHARS, MAX_REPLICATION,
    POSTS_BYTES_BOUNDS, SESSION_TIMEOUT_BOUNDS,
};

/// The durable log.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    /// Which log: `embedded`, on SQLite in `data_dir`, or `kafka`, on the brokers that `log.kafka`
    /// names; with `kafka` the roles may run apart.
    pub(crate) kind: LogKind,
    /// Partitions of the topic `posts`. The number never changes while the log holds records.
    pub(crate) posts_partitions: u32,
    /// Partitions of the topic `hits`. The number never changes while the log holds records.
    pub(crate) hits_partitions: u32,
    /// Most bytes that the topic `posts` of the embedded log may hold; the oldest records that all
    /// have read go first. At least 64 MiB (67108864), at most 1 PiB. Kafka keeps records for
    /// `privacy.text_retention`, read or not.
    #[serde(deserialize_with = "numbers::whole")]
    #[schemars(with = "u64")]
    pub(crate) posts_max_bytes: u64,
    /// How long an append to the embedded log may wait for others to share its write to disk:
    /// at most 1000.
    #[serde(deserialize_with = "numbers::whole")]
    #[schemars(with = "u64")]
    pub(crate) group_commit_millis: u64,
    /// The brokers, where the log is `kafka`.
    #[schemars(
        with = "KafkaLog",
        example = serde_json::json!({
            "brokers": "kafka-1.example.org:9093,kafka-2.example.org:9093",
            "access": {
                "tls": true,
                "login": "scram-sha-512",
                "user": "fengbiao",
                "password_file": "/etc/fengbiao/kafka-password",
            },
        })
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kafka: Option<KafkaLog>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            kind: LogKind::Embedded,
            posts_partitions: 1,
            hits_partitions: 1,
            posts_max_bytes: 20 * 1024 * 1024 * 1024,
            group_commit_millis: 2,
            kafka: None,
        }
    }
}

/// Which log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogKind {
    /// SQLite in `data_dir`: nothing else to install.
    Embedded,
    /// The brokers of an Apache Kafka.
    Kafka,
}

/// The brokers of an Apache Kafka, and how we come to them.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct KafkaLog {
    /// The first brokers to ask: `host:port`, with commas between.
    #[schemars(example = &"kafka-1.example.org:9093,kafka-2.example.org:9093")]
    pub(crate) brokers: String,
    /// Stands before the names of topics and groups, so that a cluster can be shared.
    pub(crate) prefix: String,
    /// How many brokers keep each record. With 3, one may be lost and writing goes on.
    pub(crate) replication: u32,
    /// Creates topics that are missing. Without it they are a fault at the start; what is there is
    /// checked in any case and never changed.
    pub(crate) create_topics: bool,
    /// How records are packed: `lz4` is quick, `zstd` is small.
    pub(crate) compression: Packing,
    /// After so long without a sign of life a process's partitions go to others, 6s to 30m. Half of
    /// it is how long a process may take to finish what it holds.
    pub(crate) session_timeout: Length,
    /// How long a start waits for brokers that do not answer, and who reads an older part of a topic.
    pub(crate) connect_timeout: Length,
    /// Encryption and login.
    pub(crate) access: Access,
}

impl Default for KafkaLog {
    fn default() -> Self {
        Self {
            brokers: String::new(),
            prefix: "fengbiao.".to_owned(),
            replication: 3,
            create_topics: true,
            compression: Packing::Lz4,
            session_timeout: Length::seconds(30),
            connect_timeout: Length::seconds(30),
            access: Access::default(),
        }
    }
}

/// How records are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Packing {
    /// Quick.
    Lz4,
    /// Small.
    Zstd,
}

impl Log {
    /// What is wrong, with its remedy.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let most = match self.kind {
            LogKind::Embedded => MAX_PARTITIONS,
            LogKind::Kafka => MAX_KAFKA_PARTITIONS,
        };
        for (name, count) in [
            ("posts_partitions", self.posts_partitions),
            ("hits_partitions", self.hits_partitions),
        ] {
            if !(1..=most).contains(&count) {
                bail!("`log.{name}` is `{count}`, expected 1 to {most}");
            }
        }
        let why = "the oldest posts that all have read go first";
        within(
            "log.posts_max_bytes",
            self.posts_max_bytes,
            &POSTS_BYTES_BOUNDS,
            why,
        )?;
        let (window, bounds) = (self.group_commit_millis, &GROUP_COMMIT_BOUNDS_MILLIS);
        let why = "every push waits for so long; a few milliseconds are usual";
        within("log.group_commit_millis", window, bounds, why)?;
        match (self.kind, &self.kafka) {
            (LogKind::Embedded, None) => Ok(()),
            (LogKind::Embedded, Some(_)) => bail!(
                "`log.kafka` is there, but `log.kind` is `embedded`\n\
                 hint: set `log.kind = \"kafka\"`, or take `log.kafka` out"
            ),
            (LogKind::Kafka, None) => bail!(
                "`log.kind` is `kafka`, and there is no `log.kafka`\n\
                 hint: `kafka = {{ brokers = \"host:9092\" }}` under `[log]`"
            ),
            (LogKind::Kafka, Some(kafka)) => kafka.check(),
        }
    }
}

impl KafkaLog {
    fn check(&self) -> anyhow::Result<()> {
        check_brokers("log.kafka.brokers", &self.brokers)?;
        let letter = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if self.prefix.len() > MAX_PREFIX_CHARS || !self.prefix.chars().all(letter) {
            bail!(
                "`log.kafka.prefix` is `{}`, expected at most {MAX_PREFIX_CHARS} letters, digits, `.`, `_` or `-`",
                self.prefix
            );
        }
        if !(1..=MAX_REPLICATION).contains(&self.replication) {
            bail!(
                "`log.kafka.replication` is `{}`, expected 1 to {MAX_REPLICATION}",
                self.replication
            );
        }
        if !SESSION_TIMEOUT_BOUNDS.contains(&self.session_timeout.0) {
            bail!(
                "`log.kafka.session_timeout` is `{}`, expected `{}` to `{}`",
                self.session_timeout.0,
                SESSION_TIMEOUT_BOUNDS.start(),
                SESSION_TIMEOUT_BOUNDS.end()
            );
        }
        self.access.check("log.kafka.access")
    }

    /// The paths that are taken from the folder of the configuration.
    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.access.paths()
    }

    /// How the log is opened. The texts of posts go from every topic after the same time; lexicons
    /// and dead letters have one partition each, and are read whole.
    pub(crate) fn options(&self, config: &Config) -> Options {
        let mut options = Options::new(&self.brokers);
        options.prefix.clone_from(&self.prefix);
        options.security = self.access.security();
        options.create_missing = self.create_topics;
        options.compression = match self.compression {
            Packing::Lz4 => Compression::Lz4,
            Packing::Zstd => Compression::Zstd,
        };
        options.session_timeout = self.session_timeout.real();
        options.connect_timeout = self.connect_timeout.real();
        for topic in Topic::ALL {
            let set_up = options.topic_mut(topic);
            set_up.replication = self.replication;
            set_up.max_age = Some(config.privacy.text_retention.0);
        }
        options.topic_mut(Topic::Posts).partitions = config.log.posts_partitions;
        options.topic_mut(Topic::Hits).partitions = config.log.hits_partitions;
        options
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let parsed = toml::from_str::<Log>(text).map_err(anyhow::Error::from);
        let error = parsed.and_then(|log| log.check()).unwrap_err();
        let shown = format!("{error:#}");
        assert!(shown.contains(expected), "{text}\n{shown}");
    }

    fn kafka(keys: &str) -> String {
        format!("kind = \"kafka\"\n[kafka]\nbrokers = \"a:9092\"\n{keys}")
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        refused("kind = \"pulsar\"", "unknown variant `pulsar`");
        refused("posts_partitions = 65", "expected 1 to 64");
        refused("kind = \"kafka\"", "hint: `kafka = { brokers");
        refused("[kafka]\nbrokers = \"a:1\"", "`log.kind` is `embedded`");
        for brokers in ["", "a", "a:b", ":9092", "a:9092,", "a:99999"] {
            let text = format!("kind = \"kafka\"\n[kafka]\nbrokers = \"{brokers}\"");
            refused(&text, "expected `host:port`");
        }
        for (keys, expected) in [
            ("prefix = \"a b\"", "`log.kafka.prefix` is `a b`"),
            ("replication = 0", "expected 1 to 16"),
            ("session_timeout = \"5s\"", "expected `6s` to `30m`"),
            ("compression = \"gzip\"", "unknown variant `gzip`"),
            ("access = { user = \"a\" }", "`log.kafka.access` has a user"),
            ("passwort = 1", "unknown field `passwort`"),
        ] {
            refused(&kafka(keys), expected);
        }
    }

    #[test]
    fn what_is_sound_reaches_the_brokers() {
        let text = kafka(
            "access = { tls = true, login = \"plain\", user = \"a\", password_variable = \"B\" }\nreplication = 2",
        );
        let log: Log = toml::from_str(&format!("posts_partitions = 6\n{text}")).unwrap();
        log.check().unwrap();
        let config = Config {
            log,
            ..Config::default()
        };
        let options = config.log.kafka.as_ref().unwrap().options(&config);
        assert_eq!(options.topic(Topic::Posts).partitions, 6);
        assert_eq!(options.topic(Topic::Lexicons).partitions, 1);
        assert_eq!(options.topic(Topic::Hits).replication, 2);
        assert!(options.security.login.is_some());
        assert!(options.security.tls.is_some());
    }
}
