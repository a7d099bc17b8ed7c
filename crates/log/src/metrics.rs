//! What the log counts.

use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

/// The log's metrics. Cheap to clone; all clones count into the same ones.
#[derive(Clone, Debug)]
pub struct Metrics {
    pub(crate) appended_records: IntCounterVec,
    pub(crate) appended_bytes: IntCounterVec,
    pub(crate) removed_records: IntCounterVec,
    pub(crate) kept_bytes: IntGaugeVec,
    pub(crate) lag_records: IntGaugeVec,
    pub(crate) lag_seconds: IntGaugeVec,
    pub(crate) append_seconds: Histogram,
    pub(crate) commit_seconds: Histogram,
    pub(crate) commit_records: Histogram,
    pub(crate) commit_failures: IntCounter,
    pub(crate) busy_refusals: IntCounter,
    pub(crate) queued_bytes: IntGauge,
    pub(crate) broker_errors: IntCounterVec,
    pub(crate) rebalances: IntCounterVec,
    pub(crate) skipped_records: IntCounterVec,
    pub(crate) truncations: IntCounterVec,
    pub(crate) restarts: IntCounterVec,
}

impl Metrics {
    /// Creates them and makes them known to `registry`. Fails when names are taken, so call it
    /// once for a registry.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counters = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let by_topic = |name: &str, help: &str| counters(name, help, &["topic"]);
        let gauge = |name: &str, help: &str, labels: &[&str]| {
            let gauge = IntGaugeVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let histogram = |name: &str, help: &str, buckets: Vec<f64>| {
            let histogram = Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets))?;
            registry.register(Box::new(histogram.clone()))?;
            Ok::<_, prometheus::Error>(histogram)
        };
        let counter = |name: &str, help: &str| {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let queued_bytes = IntGauge::new(
            "fengbiao_log_queued_bytes",
            "Bytes of records that wait for the writer of the embedded log or for Kafka's brokers",
        )?;
        registry.register(Box::new(queued_bytes.clone()))?;
        Ok(Self {
            appended_records: by_topic(
                "fengbiao_log_appended_records_total",
                "Records made durable",
            )?,
            appended_bytes: by_topic(
                "fengbiao_log_appended_bytes_total",
                "Bytes of the records made durable",
            )?,
            removed_records: by_topic(
                "fengbiao_log_removed_records_total",
                "Records removed by retention",
            )?,
            kept_bytes: gauge(
                "fengbiao_log_kept_bytes",
                "Bytes of the records that are kept",
                &["topic"],
            )?,
            lag_records: gauge(
                "fengbiao_log_lag_records",
                "Records between what a group is done with and the end",
                &["group", "topic", "partition"],
            )?,
            lag_seconds: gauge(
                "fengbiao_log_lag_seconds",
                "Age of the first record that a group is not done with in Kafka, 0 where there is none",
                &["group", "topic", "partition"],
            )?,
            append_seconds: histogram(
                "fengbiao_log_append_seconds",
                "Time until Kafka's brokers have acknowledged an append",
                prometheus::exponential_buckets(0.000_5, 2.0, 15)?,
            )?,
            commit_seconds: histogram(
                "fengbiao_log_commit_seconds",
                "Time from the start of a commit until it is durable",
                prometheus::exponential_buckets(0.000_25, 2.0, 15)?,
            )?,
            commit_records: histogram(
                "fengbiao_log_commit_records",
                "Records that share one commit, or one append to Kafka",
                prometheus::exponential_buckets(1.0, 4.0, 8)?,
            )?,
            commit_failures: counter(
                "fengbiao_log_commit_failures_total",
                "Commits that failed; their callers were told",
            )?,
            busy_refusals: counter(
                "fengbiao_log_busy_refusals_total",
                "Appends refused because the queue was full",
            )?,
            queued_bytes,
            broker_errors: counters(
                "fengbiao_log_broker_errors_total",
                "Errors that clients of Kafka's brokers told of, by the client's name for them",
                &["code"],
            )?,
            rebalances: counters(
                "fengbiao_log_rebalances_total",
                "Times that partitions came to or went from a consumer of Kafka",
                &["topic", "what"],
            )?,
            skipped_records: by_topic(
                "fengbiao_log_skipped_records_total",
                "Records that Kafka's retention removed before they were read",
            )?,
            truncations: by_topic(
                "fengbiao_log_truncations_total",
                "Times that Kafka's brokers had lost records that were read already",
            )?,
            restarts: by_topic(
                "fengbiao_log_restarts_total",
                "Times that a partition of Kafka was read on after a broker did not find its place",
            )?,
        })
    }
}
