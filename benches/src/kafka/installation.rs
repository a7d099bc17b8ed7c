//! Topics of their own on the brokers, and the daemon's roles on them as processes.

use std::fs;
use std::io::BufReader;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use fengbiao_log::kafka::{Kafka, Options};
use fengbiao_log::{Metrics, NewRecord, Producer as _, Topic};
use fengbiao_model::Partition;
use prometheus::Registry;

use super::Common;
use super::process::{Process, Used};
use crate::clock::StandingClock;
use crate::latency::http;

/// The roles that own the ledger: there is no alerter without a console.
pub(super) const ALERTER: &str = "alerter,console";

/// How long a role may take to start with all its keywords, and to read on.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at how far a role has come.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Last lines of a role that did not do its part.
const SHOWN_LINES: usize = 10;
/// Records of one append.
const BATCH: usize = 2_000;

/// One set of topics, and a folder for the processes that work on it.
pub(super) struct Installation {
    folder: tempfile::TempDir,
    binary: PathBuf,
    brokers: String,
    pub(super) prefix: String,
    pub(super) log: Arc<Kafka>,
}

impl Installation {
    /// Creates the topics, under a prefix that nobody else has, and writes the lexicon.
    pub(super) fn new(
        common: &Common,
        name: &str,
        partitions: u32,
        lexicon: &[(&'static str, String)],
    ) -> anyhow::Result<Self> {
        let prefix = format!("bench-{}-{name}.", std::process::id());
        let installation = Self {
            folder: tempfile::tempdir()?,
            binary: crate::latency::binary(common.binary.as_deref())?,
            brokers: common.brokers.clone(),
            log: open(&common.brokers, &prefix, partitions)?,
            prefix,
        };
        for (file, text) in lexicon {
            installation.write(&format!("lexicon/{file}"), text)?;
        }
        installation.write("secret", crate::latency::SECRET)?;
        Ok(installation)
    }

    pub(super) fn write(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().context("a file has a folder")?)?;
        fs::write(&path, text).with_context(|| format!("writing `{}`", path.display()))?;
        Ok(path)
    }

    /// Starts a role under a name of its own, with its data; `sections` are more configuration.
    pub(super) fn start(&self, role: &str, name: &str, sections: &str) -> anyhow::Result<Daemon> {
        let text = format!(
            "data_dir = \"{name}\"\nlexicon_dir = \"lexicon\"\n\
             [http]\nlisten = \"127.0.0.1:0\"\n\
             [privacy]\npseudonym_secret_file = \"secret\"\n\
             [watchdog]\nenabled = false\n\
             [log]\nkind = \"kafka\"\nposts_partitions = {}\n\
             [log.kafka]\nbrokers = \"{}\"\nprefix = \"{}\"\nreplication = 1\n\
             session_timeout = \"2m\"\n{sections}",
            self.partitions(),
            self.brokers,
            self.prefix
        );
        let config = self.write(&format!("{name}.toml"), &text)?;
        // One that ran here before has left its address.
        let address = self.folder.path().join(name).join(match role {
            ALERTER => "address".to_owned(),
            role => format!("{role}.address"),
        });
        fs::remove_file(&address).ok();
        let mut command = Command::new(&self.binary);
        command.arg("--config").arg(config);
        command.args(["run", "--role", role]);
        let said = self.folder.path().join(format!("{name}.log"));
        let file = fs::File::create(&said)?;
        command.stdout(file.try_clone()?).stderr(file);
        Ok(Daemon {
            process: Process::start(&mut command)?,
            address,
            said,
        })
    }

    /// Lets an alerter publish the lexicon: its control records stand before the posts.
    pub(super) fn publish(&self) -> anyhow::Result<()> {
        let alerter = self.start(ALERTER, "alerter", "")?;
        alerter.until_ready()?;
        alerter.process.stop()
    }

    /// Writes records in order, many at a time.
    pub(super) fn fill(
        &self,
        records: impl Iterator<Item = anyhow::Result<NewRecord>>,
    ) -> anyhow::Result<()> {
        let mut records = records.peekable();
        while records.peek().is_some() {
            let batch: anyhow::Result<Vec<_>> = records.by_ref().take(BATCH).collect();
            self.log.append(batch?).context("filling the topic")?;
        }
        Ok(())
    }

    /// Partitions of `posts`.
    pub(super) fn partitions(&self) -> u32 {
        self.log.partitions(Topic::Posts)
    }

    /// Records that were ever written to a topic.
    pub(super) fn written(&self, topic: Topic) -> anyhow::Result<u64> {
        let partitions = (0..self.log.partitions(topic)).map(Partition);
        let ends = partitions.map(|partition| self.log.next_offset(topic, partition));
        ends.map(|end| Ok(end?.0)).sum()
    }
}

/// A role that runs.
pub(super) struct Daemon {
    pub(super) process: Process,
    address: PathBuf,
    /// What it says of itself.
    said: PathBuf,
}

impl Daemon {
    pub(super) fn until_ready(&self) -> anyhow::Result<()> {
        self.until("/readyz", |answer| answer.status() == Some(200))
            .map(drop)
    }

    /// How many records it has read, once they are enough; with what it had used by then.
    pub(super) fn until_read(&self, enough: u64) -> anyhow::Result<(u64, Used)> {
        let read = |answer: &http::Message| counter(answer, "fengbiao_matcher_records_total");
        let answer = self.until("/metrics", |answer| read(answer) >= enough)?;
        Ok((read(&answer), self.process.used()?))
    }

    /// How many records it has read so far.
    pub(super) fn read(&self) -> anyhow::Result<u64> {
        self.counted("fengbiao_matcher_records_total")
    }

    /// How many hits it has found so far.
    pub(super) fn hits(&self) -> anyhow::Result<u64> {
        self.counted("fengbiao_matcher_hits_total")
    }

    /// How many partitions it reads: it tells of each how far behind it is.
    pub(super) fn owned(&self) -> anyhow::Result<u64> {
        let answer = self.until("/metrics", |_| true)?;
        let text = String::from_utf8_lossy(&answer.body);
        let told = |line: &&str| line.starts_with("fengbiao_log_lag_records{");
        Ok(text.lines().filter(told).count() as u64)
    }

    fn counted(&self, name: &str) -> anyhow::Result<u64> {
        Ok(counter(&self.until("/metrics", |_| true)?, name))
    }

    /// The first answer that will do.
    fn until(
        &self,
        path: &str,
        enough: impl Fn(&http::Message) -> bool,
    ) -> anyhow::Result<http::Message> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE && self.process.is_running() {
            if let Ok(answer) = self.get(path)
                && enough(&answer)
            {
                return Ok(answer);
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        let said = fs::read_to_string(&self.said).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        let last = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n");
        bail!("a role of the daemon did not come so far; it says:\n{last}")
    }

    fn get(&self, path: &str) -> anyhow::Result<http::Message> {
        let address: SocketAddr = fs::read_to_string(&self.address)?.trim().parse()?;
        let mut stream = BufReader::new(TcpStream::connect(address)?);
        http::call(&mut stream, "GET", path, address, b"")
    }
}

/// The sum of a counter over its labels.
fn counter(metrics: &http::Message, name: &str) -> u64 {
    let text = String::from_utf8_lossy(&metrics.body);
    let lines = text.lines().filter(|line| line.starts_with(name));
    let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
    values.sum()
}

fn open(brokers: &str, prefix: &str, partitions: u32) -> anyhow::Result<Arc<Kafka>> {
    let mut options = Options::new(brokers);
    prefix.clone_into(&mut options.prefix);
    options.topic_mut(Topic::Posts).partitions = partitions;
    let metrics = Metrics::register(&Registry::new())?;
    Ok(Kafka::open(options, Arc::new(StandingClock), metrics)?)
}
