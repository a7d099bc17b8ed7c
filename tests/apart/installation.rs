//! Crawlers, matchers and an alerter on topics of their own, each with a folder of its own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use fengbiao_log::kafka::{Kafka, Options};
use fengbiao_log::{Metrics, Producer as _, Topic};
use fengbiao_model::{Clock, Offset, Partition, TimeSpan, Timestamp};
use serde_json::Value;

use crate::broker::Broker;
use crate::kill::stored::{notices_wait, reader, rows};
use crate::support::{Config, PATIENCE, run, stderr, write_secret};

pub(crate) const POSTS_PARTITIONS: u32 = 4;
pub(crate) const HITS_PARTITIONS: u32 = 2;

/// A clock that stands: the tests read records, whatever their age.
struct Still;

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

/// What the processes of one installation have in common: topics, lexicon, secrets.
pub(crate) struct Installation {
    pub(crate) broker: Broker,
    /// Stands before the names of its topics.
    pub(crate) prefix: String,
    /// How long a member of a group may be silent before others have its partitions: long, so that a
    /// busy machine does not move them.
    pub(crate) session: &'static str,
    shared: tempfile::TempDir,
}

impl Installation {
    /// Topics that nobody else has, and the shipped lexicon, to edit.
    pub(crate) fn new(broker: Broker) -> Self {
        let shared = tempfile::tempdir().unwrap();
        let made = run(&["init", shared.path().to_str().unwrap()]);
        assert!(made.status.success(), "{}", stderr(&made));
        let installation = Self {
            broker,
            prefix: new_prefix(),
            session: "60s",
            shared,
        };
        let secret = "nobody is followed with this secret";
        write_secret(&installation.file("pseudonym-secret"), secret);
        installation
    }

    /// A file that all processes have.
    pub(crate) fn file(&self, name: &str) -> std::path::PathBuf {
        self.shared.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.file(name), text).unwrap();
    }

    /// The folder of one process. `top` are keys outside of sections.
    pub(crate) fn config(&self, sections: &str) -> Config {
        self.config_under(&self.prefix, sections)
    }

    /// The same on other topics.
    pub(crate) fn config_under(&self, prefix: &str, sections: &str) -> Config {
        Config::new(&format!(
            r#"lexicon_dir = "{lexicon}"
[http]
listen = "127.0.0.1:0"
# The links in notices must not change with the port.
public_url = "http://fengbiao.example.org"
[privacy]
pseudonym_secret_file = "{secret}"
[log]
kind = "kafka"
posts_partitions = {POSTS_PARTITIONS}
hits_partitions = {HITS_PARTITIONS}
[log.kafka]
brokers = "{brokers}"
prefix = "{prefix}"
replication = {nodes}
session_timeout = "{session}"
# A broker that was started a moment ago may take its time.
connect_timeout = "5m"
{sections}
"#,
            lexicon = self.file("lexicon").display(),
            secret = self.file("pseudonym-secret").display(),
            brokers = self.broker.fact("plaintext"),
            nodes = self.broker.nodes(),
            session = self.session,
        ))
    }

    /// The log itself.
    pub(crate) fn log(&self, prefix: &str) -> Arc<Kafka> {
        self.try_log(prefix).unwrap()
    }

    /// The same, where its brokers answer.
    pub(crate) fn try_log(&self, prefix: &str) -> Option<Arc<Kafka>> {
        let mut options = Options::new(self.broker.fact("plaintext"));
        prefix.clone_into(&mut options.prefix);
        for topic in Topic::ALL {
            options.topic_mut(topic).replication = self.broker.nodes();
        }
        options.connect_timeout = PATIENCE;
        options.topic_mut(Topic::Posts).partitions = POSTS_PARTITIONS;
        options.topic_mut(Topic::Hits).partitions = HITS_PARTITIONS;
        let metrics = Metrics::register(&prometheus::Registry::new()).unwrap();
        Kafka::open(options, Arc::new(Still), metrics).ok()
    }
}

/// A prefix that no other topics have.
pub(crate) fn new_prefix() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("apart-{}-{number}.", std::process::id())
}

/// What matchers, alerter and receivers still have to do; none when nothing is left.
pub(crate) fn left_to_do(log: &Arc<Kafka>, data: &Path) -> Option<String> {
    // Where a broker was killed a partition may have no leader for a moment.
    let ends = |topic| -> Result<Vec<u64>, String> {
        let partitions = (0..log.partitions(topic)).map(Partition);
        let ends = partitions.map(|partition| log.next_offset(topic, partition));
        ends.map(|end| end.map(|end| end.0).map_err(|error| error.to_string()))
            .collect()
    };
    if !data.join("ledger.sqlite").exists() {
        return Some("there is no ledger yet".to_owned());
    }
    let ledger = reader(&data.join("ledger.sqlite"));
    // Each stage is asked before the one that feeds on it.
    let posts = match ends(Topic::Posts) {
        Ok(posts) => posts,
        Err(cause) => return Some(cause),
    };
    let mut marks = ledger
        .prepare("SELECT posts, body FROM watermarks WHERE hits = 0")
        .unwrap();
    let marked = marks.query_map([], |row| {
        Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?))
    });
    let mut matched = vec![0; posts.len()];
    for (partition, body) in marked.unwrap().map(Result::unwrap) {
        let body: Value = serde_json::from_str(&body).unwrap();
        matched[usize::try_from(partition).unwrap()] = body["next"].as_u64().unwrap();
    }
    if posts != matched {
        return Some(format!("posts end at {posts:?}, matched are {matched:?}"));
    }
    let taken = "SELECT input, next FROM positions WHERE input = 'hits' ORDER BY partition";
    let taken = rows(&ledger, taken).into_iter();
    let taken: Vec<u64> = taken.map(|(_, next)| next.try_into().unwrap()).collect();
    let hits = match ends(Topic::Hits) {
        Ok(hits) => hits,
        Err(cause) => return Some(cause),
    };
    if hits != taken {
        return Some(format!("hits end at {hits:?}, taken are {taken:?}"));
    }
    notices_wait(&ledger)
}

/// The whole of a topic, partition by partition.
pub(crate) fn partitions_of(log: &Arc<Kafka>, topic: Topic) -> Vec<Vec<fengbiao_log::Record>> {
    let partitions = (0..log.partitions(topic)).map(Partition);
    let whole = |partition| {
        let end = log.next_offset(topic, partition).unwrap();
        log.read_range(topic, partition, Offset(0), end).unwrap()
    };
    partitions.map(whole).collect()
}
