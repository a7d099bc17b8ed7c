//! What the crawler counts for Prometheus.

use prometheus::{IntCounter, IntCounterVec, Opts, Registry};

/// The crawler's metrics. Clones count together. No label names anything but a source or a reason.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Posts, updates and deletions that became durable, by source.
    pub(crate) accepted: IntCounterVec,
    /// Lines and entries that were refused, by source and code.
    pub(crate) refused: IntCounterVec,
    /// Entries of feeds that were not read because a feed had too many, at every look, by source.
    pub(crate) entries_unread: IntCounterVec,
    /// Attempts that failed (a poll, a read, a write), by source.
    pub(crate) errors: IntCounterVec,
    /// Titles and texts in which something was masked.
    pub(crate) masked: IntCounter,
    /// Links that could not be read and were left out.
    pub(crate) links_dropped: IntCounter,
    /// Times of publication too far in the future, left out.
    pub(crate) published_dropped: IntCounter,
    /// Times of finding in the future, set to now.
    pub(crate) found_clamped: IntCounter,
    /// Pushes turned away as a whole, by HTTP status.
    pub(crate) pushes_turned_away: IntCounterVec,
    /// Pulses that could not be stored in time and were dropped.
    pub(crate) pulses_dropped: IntCounter,
}

impl Metrics {
    /// Makes and registers them.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counter = |name: &str, help: &str| {
            let counter = IntCounter::new(format!("fengbiao_crawler_{name}_total"), help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let by = |name: &str, help: &str, labels: &[&str]| {
            let opts = Opts::new(format!("fengbiao_crawler_{name}_total"), help);
            let counter = IntCounterVec::new(opts, labels)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        Ok(Self {
            accepted: by(
                "records_accepted",
                "posts, updates and deletions stored",
                &["source"],
            )?,
            refused: by(
                "lines_refused",
                "lines and entries refused",
                &["source", "code"],
            )?,
            entries_unread: by(
                "feed_entries_unread",
                "entries of feeds not read, since a feed had too many",
                &["source"],
            )?,
            errors: by("errors", "attempts that failed", &["source"])?,
            masked: counter("texts_masked", "titles and texts with something masked")?,
            links_dropped: counter("links_dropped", "unreadable links left out")?,
            published_dropped: counter("published_at_dropped", "future times left out")?,
            found_clamped: counter("found_at_clamped", "future times set to now")?,
            pushes_turned_away: by("pushes_turned_away", "pushes turned away", &["status"])?,
            pulses_dropped: counter("pulses_dropped", "pulses that could not be stored")?,
        })
    }
}
