//! The daemon's own metrics; each room registers those of its own.

use fengbiao_model::Tier;
use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry,
};

/// Counters and times of the roles.
pub(crate) struct Metrics {
    pub(crate) posts_read: IntCounter,
    pub(crate) posts_lost: IntCounter,
    pub(crate) hits: IntCounterVec,
    pub(crate) stubs: IntCounter,
    pub(crate) spans_left_out: IntCounter,
    pub(crate) poison: IntCounter,
    pub(crate) remarks: IntCounterVec,
    pub(crate) match_seconds: Histogram,
    pub(crate) hits_commit_seconds: Histogram,
    pub(crate) step_seconds: Histogram,
    pub(crate) step_commit_seconds: Histogram,
    pipeline_alarms: IntGaugeVec,
}

impl Metrics {
    /// The highest tier of an open alarm of the pipeline about itself: its gauge is 1, the others 0.
    pub(crate) fn pipeline_tier(&self, highest: Option<Tier>) {
        for tier in Tier::ALL {
            self.pipeline_alarms
                .with_label_values(&[tier.as_str()])
                .set((highest == Some(tier)).into());
        }
    }

    pub(crate) fn register(registry: &Registry) -> prometheus::Result<Self> {
        let counter = |name: &str, help: &str| {
            let counter = IntCounter::new(name, help)?;
            registry
                .register(Box::new(counter.clone()))
                .map(|()| counter)
        };
        let counters = |name: &str, help: &str, label: &str| {
            let counters = IntCounterVec::new(Opts::new(name, help), &[label])?;
            registry
                .register(Box::new(counters.clone()))
                .map(|()| counters)
        };
        let seconds = |name: &str, help: &str| {
            let buckets = prometheus::exponential_buckets(0.000_1, 4.0, 10)?;
            let histogram = Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets))?;
            registry
                .register(Box::new(histogram.clone()))
                .map(|()| histogram)
        };
        let help = "1 for the highest tier at which an alarm of the pipeline about itself is open";
        let pipeline_alarms =
            IntGaugeVec::new(Opts::new("fengbiao_pipeline_alarm", help), &["tier"])?;
        registry.register(Box::new(pipeline_alarms.clone()))?;
        Ok(Self {
            pipeline_alarms,
            posts_read: counter(
                "fengbiao_matcher_records_total",
                "Records of `posts` read by the matcher, canaries left out",
            )?,
            posts_lost: counter(
                "fengbiao_matcher_records_lost_total",
                "Places of `posts` that were matched, and that the log has no longer",
            )?,
            hits: counters("fengbiao_matcher_hits_total", "Hits by topic", "topic")?,
            stubs: counter(
                "fengbiao_matcher_stubs_total",
                "Hits too large for a record",
            )?,
            spans_left_out: counter(
                "fengbiao_matcher_spans_left_out_total",
                "Occurrences of keywords that a hit does not show, since its rule has many",
            )?,
            poison: counter(
                "fengbiao_poison_records_total",
                "Records of the log that cannot be read",
            )?,
            remarks: counters(
                "fengbiao_alerter_remarks_total",
                "What the alerter remarked, by kind",
                "remark",
            )?,
            match_seconds: seconds(
                "fengbiao_matcher_round_seconds",
                "Reading and matching what is taken at once of a batch, until it is committed or the next is taken",
            )?,
            hits_commit_seconds: seconds(
                "fengbiao_matcher_commit_seconds",
                "Storing hits with the cursors behind them",
            )?,
            step_seconds: seconds("fengbiao_alerter_step_seconds", "One step of the alerter")?,
            step_commit_seconds: seconds("fengbiao_alerter_commit_seconds", "Storing one step")?,
        })
    }
}
