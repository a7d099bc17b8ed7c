//! Brokers of the client library's own making, for errors that real ones do not give on demand.

use std::sync::Arc;
use std::time::Duration;

use fengbiao_model::{Clock, Partition, TimeSpan, Timestamp};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

use super::client::{self, Listener};
use super::consumer::{KafkaConsumer, Membership, Shared};
use super::options::Options;
use super::producer::Writer;
use crate::{Destination, Metrics, NewRecord, Topic};

/// One broker with all topics, two partitions each.
pub(super) struct Mock {
    pub(super) cluster: MockCluster<'static, DefaultProducerContext>,
    pub(super) writer: Arc<Writer>,
    pub(super) options: Options,
    pub(super) metrics: Metrics,
}

impl Mock {
    pub(super) fn new() -> Self {
        let cluster = MockCluster::new(1).unwrap();
        let options = Options::new(cluster.bootstrap_servers());
        for topic in Topic::ALL {
            cluster.create_topic(&options.name_of(topic), 2, 1).unwrap();
        }
        let metrics = Metrics::register(&prometheus::Registry::new()).unwrap();
        let common = client::configuration(&options).unwrap();
        let listener = Listener::new(metrics.clone());
        let partitions = [2; Topic::ALL.len()];
        let writer = Writer::new(&options, &common, listener, partitions, metrics.clone());
        Self {
            cluster,
            writer: Arc::new(writer.unwrap()),
            options,
            metrics,
        }
    }

    /// A member of a group that reads `posts`.
    pub(super) fn consumer(&self) -> KafkaConsumer {
        let shared = Shared {
            options: &self.options,
            common: &client::configuration(&self.options).unwrap(),
            process: "fengbiao-1",
            writer: Arc::clone(&self.writer),
            metrics: self.metrics.clone(),
            clock: Arc::new(Still),
        };
        KafkaConsumer::new(shared, "matcher", Membership::Shared, Topic::Posts).unwrap()
    }
}

/// A clock that stands: only how old records are is told by it.
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

/// Numbers for the first partition of `posts`.
pub(super) fn records(numbers: std::ops::Range<u32>) -> Vec<NewRecord> {
    numbers
        .map(|number| NewRecord {
            topic: Topic::Posts,
            to: Destination::Partition(Partition(0)),
            payload: number.to_string().into_bytes(),
        })
        .collect()
}
