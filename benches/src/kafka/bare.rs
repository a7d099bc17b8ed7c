//! Reading without matching.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use fengbiao_log::kafka::Kafka;
use fengbiao_log::{Cursor, Event, Topic};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};

use crate::figures::as_f64;

use super::role::{cpu_of, rss_mib_of};
use super::{Cost, PARTITIONS};

const PATIENCE: Duration = Duration::from_secs(60);

/// Counts records; begins to measure after the first tenth.
struct Meter {
    all: usize,
    seen: usize,
    began: Option<(usize, Instant, Duration)>,
    last: Instant,
}

impl Meter {
    fn new(all: usize) -> Self {
        Self {
            all,
            seen: 0,
            began: None,
            last: Instant::now(),
        }
    }

    /// True when all have come.
    fn count(&mut self, more: usize) -> anyhow::Result<bool> {
        self.seen += more;
        if more > 0 {
            self.last = Instant::now();
        } else if self.last.elapsed() > PATIENCE {
            bail!("only {} of {} records came", self.seen, self.all);
        }
        if self.began.is_none() && self.seen >= self.all / 10 {
            self.began = Some((self.seen, Instant::now(), cpu_of("self")?));
        }
        Ok(self.seen >= self.all)
    }

    fn cost(&self) -> anyhow::Result<Cost> {
        let Some((seen, at, cpu)) = self.began else {
            bail!("nothing was measured");
        };
        Ok(Cost {
            posts: as_f64(self.seen - seen),
            wall: at.elapsed(),
            cpu: cpu_of("self")?.saturating_sub(cpu),
            rss_mib: rss_mib_of("self")?,
        })
    }
}

/// The bare limit: the client's own loop, records counted and dropped.
pub(super) fn poll(brokers: &str, prefix: &str, count: usize) -> anyhow::Result<Cost> {
    let client: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", format!("{prefix}bare"))
        .set("enable.auto.commit", "false")
        .set("fetch.queue.backoff.ms", "10")
        .create()?;
    let mut list = TopicPartitionList::new();
    for partition in 0..i32::try_from(PARTITIONS)? {
        list.add_partition_offset(&format!("{prefix}posts"), partition, Offset::Beginning)?;
    }
    client.assign(&list)?;
    let mut meter = Meter::new(count);
    loop {
        let more = match client.poll(Duration::from_millis(100)) {
            Some(message) => message.map(|_| 1)?,
            None => 0,
        };
        if meter.count(more)? {
            return meter.cost();
        }
    }
}

/// The log's consumer, which hands records over to its caller.
pub(super) fn consumer(log: &Arc<Kafka>, count: usize, round: usize) -> anyhow::Result<Cost> {
    let mut consumer = log.consumer(&format!("bare-{round}"), Topic::Posts)?;
    let mut meter = Meter::new(count);
    loop {
        let events = consumer.poll(1_000, Duration::from_millis(100))?;
        let records = events.iter().map(|event| match event {
            Event::Records(_, records) => records.len(),
            _ => 0,
        });
        if meter.count(records.sum())? {
            return meter.cost();
        }
    }
}

/// Takes the matchers' places back to the beginning, where the control records stand.
pub(super) fn rewind(log: &Arc<Kafka>) -> anyhow::Result<()> {
    let mut consumer = log.consumer("matcher", Topic::Posts)?;
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let events = consumer.poll(1, Duration::from_millis(100))?;
        let Some(Event::Assigned(partitions)) = events.into_iter().next() else {
            continue;
        };
        if partitions.len() < usize::try_from(PARTITIONS)? {
            continue;
        }
        let beginning = |(partition, _)| {
            let (next, note) = (fengbiao_model::Offset(0), String::new());
            (partition, Cursor { next, note })
        };
        consumer.commit(Vec::new(), partitions.into_iter().map(beginning).collect())?;
        return Ok(());
    }
    bail!("the matchers' group did not come together")
}
