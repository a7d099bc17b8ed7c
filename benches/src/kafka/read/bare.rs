//! Reading without matching, as a process that does nothing else.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use fengbiao_log::kafka::{Kafka, Options};
use fengbiao_log::{Event, Metrics, Topic};
use prometheus::Registry;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};

use super::batches::Batches;
use crate::clock::StandingClock;

/// Records of one batch.
const BATCH: usize = 1_000;
/// How long a batch may take to become full.
const WAIT: Duration = Duration::from_millis(100);
/// After so long without a record something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// How records are read.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::kafka) enum Way {
    /// The client's batch call
    Batch,
    /// The client's `poll`, one record a call
    Poll,
    /// The log's consumer, which hands records over to its caller's thread
    Log,
}

#[derive(Args)]
pub(in crate::kafka) struct Arguments {
    #[arg(long)]
    way: Way,
    #[arg(long)]
    brokers: String,
    #[arg(long)]
    prefix: String,
    #[arg(long)]
    partitions: u32,
    /// A group that nobody else has
    #[arg(long)]
    group: String,
    /// Records to read
    #[arg(long)]
    records: u64,
}

/// Reads as many records, says how far it has come, and ends when its standard input does.
pub(in crate::kafka) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let told = Told::new(arguments.records);
    match arguments.way {
        Way::Batch => {
            let client = assigned(arguments)?;
            let mut batches = Batches::of(&client, BATCH)?;
            told.until_all(|| batches.next(WAIT))?;
        }
        Way::Poll => {
            let client = assigned(arguments)?;
            told.until_all(|| match client.poll(WAIT) {
                Some(message) => Ok(message.map(|_| 1)?),
                None => Ok(0),
            })?;
        }
        Way::Log => {
            let mut options = Options::new(&arguments.brokers);
            arguments.prefix.clone_into(&mut options.prefix);
            options.topic_mut(Topic::Posts).partitions = arguments.partitions;
            let metrics = Metrics::register(&Registry::new())?;
            let log = Kafka::open(options, std::sync::Arc::new(StandingClock), metrics)?;
            let mut consumer = log.consumer(&arguments.group, Topic::Posts)?;
            told.until_all(|| {
                let events = consumer.poll(BATCH, WAIT)?.into_iter();
                let records = events.map(|event| match event {
                    Event::Records(_, records) => records.len() as u64,
                    _ => 0,
                });
                Ok(records.sum())
            })?;
        }
    }
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// A client that reads the topic from its beginning, a member of no group.
fn assigned(arguments: &Arguments) -> anyhow::Result<BaseConsumer> {
    let client: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &arguments.brokers)
        .set("group.id", &arguments.group)
        .set("enable.auto.commit", "false")
        .set("fetch.queue.backoff.ms", "10")
        .create()?;
    let mut list = TopicPartitionList::new();
    let topic = format!("{}posts", arguments.prefix);
    for partition in 0..i32::try_from(arguments.partitions)? {
        list.add_partition_offset(&topic, partition, Offset::Beginning)?;
    }
    client.assign(&list)?;
    Ok(client)
}

/// Tells on standard output how many records have come, a hundred times and at the end.
struct Told {
    all: u64,
}

impl Told {
    const fn new(all: u64) -> Self {
        Self { all }
    }

    fn until_all(&self, mut more: impl FnMut() -> anyhow::Result<u64>) -> anyhow::Result<()> {
        let (mut seen, mut told, mut last) = (0, 0, Instant::now());
        let mut output = std::io::stdout();
        while seen < self.all {
            match more()? {
                0 if last.elapsed() > PATIENCE => {
                    bail!("only {seen} of {} records came", self.all)
                }
                0 => {}
                more => (seen, last) = (seen + more, Instant::now()),
            }
            if seen - told >= self.all / 100 || seen >= self.all {
                told = seen;
                writeln!(output, "{seen}").context("telling how far it has come")?;
            }
        }
        Ok(())
    }
}
