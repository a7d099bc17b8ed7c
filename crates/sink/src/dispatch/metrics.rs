//! What the dispatcher counts.

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};

/// Counters of the deliveries, by receiver.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// `fengbiao_sink_attempts_total{receiver, outcome}`, outcome `delivered`, `retry` or `dead`.
    pub(super) attempts: IntCounterVec,
    /// `fengbiao_sink_delivery_seconds{receiver}`: from the making of a notice to its delivery.
    pub(super) delivery_seconds: HistogramVec,
    /// `fengbiao_sink_outbox_errors_total{receiver}`.
    pub(super) outbox_errors: IntCounterVec,
}

impl Metrics {
    /// Creates them and adds them to a registry.
    ///
    /// # Errors
    /// Where the registry has metrics of these names already.
    pub fn register(registry: &Registry) -> prometheus::Result<Self> {
        let attempts = IntCounterVec::new(
            Opts::new(
                "fengbiao_sink_attempts_total",
                "Attempts to deliver a notice.",
            ),
            &["receiver", "outcome"],
        )?;
        // From a terminal's milliseconds to a notice that waited for days.
        let buckets = vec![
            0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1_800.0, 7_200.0, 86_400.0,
        ];
        let delivery_seconds = HistogramVec::new(
            HistogramOpts::new(
                "fengbiao_sink_delivery_seconds",
                "Time from the making of a notice to its delivery.",
            )
            .buckets(buckets),
            &["receiver"],
        )?;
        let outbox_errors = IntCounterVec::new(
            Opts::new(
                "fengbiao_sink_outbox_errors_total",
                "Failed calls to the outbox.",
            ),
            &["receiver"],
        )?;
        registry.register(Box::new(attempts.clone()))?;
        registry.register(Box::new(delivery_seconds.clone()))?;
        registry.register(Box::new(outbox_errors.clone()))?;
        Ok(Self {
            attempts,
            delivery_seconds,
            outbox_errors,
        })
    }
}
