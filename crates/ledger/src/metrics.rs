//! What the ledger counts.

use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, Opts, Registry};

use crate::LedgerError;

/// Counters of one ledger.
#[derive(Clone, Debug)]
pub struct Metrics {
    pub(crate) steps: IntCounter,
    pub(crate) changes: IntCounter,
    pub(crate) notices: IntCounter,
    pub(crate) withheld: IntCounterVec,
    pub(crate) commit_seconds: Histogram,
    pub(crate) retained: IntCounterVec,
}

impl Metrics {
    /// Makes the counters and registers them. Fails when the names are taken.
    pub fn register(registry: &Registry) -> Result<Self, LedgerError> {
        let counter = |name: &str, help: &str| -> Result<IntCounter, LedgerError> {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok(counter)
        };
        let counters = |name: &str, help: &str, label| -> Result<IntCounterVec, LedgerError> {
            let counters = IntCounterVec::new(Opts::new(name, help), &[label])?;
            registry.register(Box::new(counters.clone()))?;
            Ok(counters)
        };
        let buckets = prometheus::exponential_buckets(0.0005, 2.0, 14)?;
        let commit_seconds = Histogram::with_opts(
            HistogramOpts::new(
                "fengbiao_ledger_commit_seconds",
                "Time to make one step of the alerter durable.",
            )
            .buckets(buckets),
        )?;
        registry.register(Box::new(commit_seconds.clone()))?;
        Ok(Self {
            steps: counter(
                "fengbiao_ledger_steps_total",
                "Steps of the alerter stored.",
            )?,
            changes: counter(
                "fengbiao_ledger_changes_total",
                "Changes of the record stored.",
            )?,
            notices: counter(
                "fengbiao_ledger_notices_total",
                "Notices put into the outbox.",
            )?,
            withheld: counters(
                "fengbiao_ledger_withheld_total",
                "Notices that were not made, by reason.",
                "reason",
            )?,
            commit_seconds,
            retained: counters(
                "fengbiao_ledger_removed_rows_total",
                "Rows removed by retention, by table.",
                "table",
            )?,
        })
    }
}
