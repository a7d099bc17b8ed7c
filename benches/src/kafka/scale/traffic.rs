//! What records weigh on their way, as they are packed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::bail;
use fengbiao_log::{Producer as _, Topic};
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::{ClientConfig, ClientContext, Offset, Statistics, TopicPartitionList};

use super::super::Common;
use super::super::installation::Installation;

const PATIENCE: Duration = Duration::from_secs(60);
/// How often the client says what it has received, in milliseconds.
const STATISTICS_MILLIS: u64 = 200;

/// What the client has received of the brokers.
#[derive(Default)]
struct Received(AtomicU64);

impl ClientContext for Received {
    fn stats(&self, statistics: Statistics) {
        let bytes = u64::try_from(statistics.rx_bytes).unwrap_or_default();
        self.0.store(bytes, Ordering::Relaxed);
    }
}

impl ConsumerContext for Received {}

/// Bytes that the brokers send for one record of a topic, all batches and answers included.
pub(super) fn bytes_a_record(
    common: &Common,
    installation: &Installation,
    topic: Topic,
) -> anyhow::Result<f64> {
    let records = installation.written(topic)?;
    let client: BaseConsumer<Received> = ClientConfig::new()
        .set("bootstrap.servers", &common.brokers)
        .set("group.id", format!("{}traffic", installation.prefix))
        .set("enable.auto.commit", "false")
        .set("statistics.interval.ms", STATISTICS_MILLIS.to_string())
        .create_with_context(Received::default())?;
    let mut list = TopicPartitionList::new();
    let name = format!("{}{topic}", installation.prefix);
    for partition in 0..i32::try_from(installation.log.partitions(topic))? {
        list.add_partition_offset(&name, partition, Offset::Beginning)?;
    }
    client.assign(&list)?;
    let (mut seen, began) = (0, Instant::now());
    while seen < records {
        if began.elapsed() > PATIENCE {
            bail!("only {seen} of {records} records of `{topic}` came");
        }
        if let Some(message) = client.poll(Duration::from_millis(100)) {
            message?;
            seen += 1;
        }
    }
    // The statistics of what has just come are told with the next ones.
    let told = Instant::now();
    while told.elapsed() < Duration::from_millis(3 * STATISTICS_MILLIS) {
        client.poll(Duration::from_millis(100));
    }
    let bytes = client.context().0.load(Ordering::Relaxed);
    #[allow(clippy::cast_precision_loss, reason = "below 2^53 bytes")]
    let each = bytes as f64 / records.max(1) as f64;
    Ok(each)
}
