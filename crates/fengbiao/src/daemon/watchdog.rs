//! What the watchdog needs of the outside: canaries put in and timed, and the heartbeat that goes
//! out while the daemon is ready and no alarm of the pipeline at II or above is open.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use fengbiao_crawler::{CanarySource, Source};
use fengbiao_log::Topic;
use fengbiao_model::{ReceiverId, Tier, TimeSpan};
use fengbiao_sink::{Backoff, Heartbeat, NullSink, Route, Secret};
use prometheus::{Histogram, HistogramOpts, IntCounterVec, IntGauge, Opts, Registry};

use super::health::Health;
use super::pipeline::Pipeline;
use super::receivers::secret;
use crate::config::Watchdog;

/// Times and counts of the watchdog.
#[derive(Clone)]
struct Metrics {
    canary_seconds: Histogram,
    canary_last_seen: IntGauge,
    heartbeats: IntCounterVec,
}

impl Metrics {
    fn register(registry: &Registry) -> prometheus::Result<Self> {
        let buckets = prometheus::exponential_buckets(0.005, 2.0, 16)?;
        let help = "The whole way of a canary, from the source to the receiver `null`";
        let canary_seconds = Histogram::with_opts(
            HistogramOpts::new("fengbiao_canary_seconds", help).buckets(buckets),
        )?;
        let canary_last_seen = IntGauge::new(
            "fengbiao_canary_last_seen_timestamp_seconds",
            "When a canary last came out",
        )?;
        let help = "Heartbeats to the outside, by what became of them";
        let heartbeats =
            IntCounterVec::new(Opts::new("fengbiao_heartbeats_total", help), &["outcome"])?;
        registry.register(Box::new(canary_seconds.clone()))?;
        registry.register(Box::new(canary_last_seen.clone()))?;
        registry.register(Box::new(heartbeats.clone()))?;
        Ok(Self {
            canary_seconds,
            canary_last_seen,
            heartbeats,
        })
    }
}

/// The outer half of the watchdog; the judging half is in the alerter.
pub(crate) struct Watching {
    metrics: Metrics,
    config: Watchdog,
    pipeline: Pipeline,
}

impl Watching {
    pub(crate) fn new(config: &Watchdog, pipeline: &Pipeline) -> anyhow::Result<Self> {
        Ok(Self {
            metrics: Metrics::register(&pipeline.registry)?,
            config: config.clone(),
            pipeline: pipeline.clone(),
        })
    }

    /// The source of canaries, where there are any.
    pub(crate) fn canaries(&self) -> Option<Box<dyn Source>> {
        let partitions = self.pipeline.log.partitions(Topic::Posts);
        let watch = self.config.canary(partitions)?;
        Some(Box::new(CanarySource::new(watch.interval, partitions)))
    }

    /// From now on canaries are missed, where there are any.
    fn expect_canaries(&self) {
        let partitions = self.pipeline.log.partitions(Topic::Posts);
        if let Some(watch) = self.config.canary(partitions) {
            let bound = self.pipeline.clock.real(watch.bound());
            self.pipeline.health.expect_canaries(bound);
        }
    }

    /// The route of the receiver `null`, where canaries come out. It is there also without canaries:
    /// some may be on their way from before.
    pub(crate) fn route(&self) -> Route {
        self.expect_canaries();
        let (metrics, health) = (self.metrics.clone(), Arc::clone(&self.pipeline.health));
        let clock = Arc::clone(&self.pipeline.clock);
        let came_out = move |way: TimeSpan| {
            #[allow(clippy::cast_precision_loss, reason = "below 2^53 milliseconds")]
            let seconds = way.as_millis() as f64 / 1_000.0;
            metrics.canary_seconds.observe(seconds);
            metrics
                .canary_last_seen
                .set(clock.wall().as_millis() / 1_000);
            health.canary_came();
        };
        let sink = NullSink::new(Arc::clone(&self.pipeline.clock), Arc::new(came_out));
        Route {
            receiver: ReceiverId::null(),
            sink: Arc::new(sink),
            fallback: None,
            backoff: Backoff::default(),
        }
    }

    /// The heartbeat, where one is configured. A watchdog that is off sees nothing that could
    /// withhold it, so it does not go then.
    pub(crate) fn heartbeat(&self) -> anyhow::Result<Option<Beating>> {
        if !self.config.enabled {
            return Ok(None);
        }
        let url = match (&self.config.heartbeat_url, &self.config.heartbeat_url_file) {
            (Some(url), _) => url.clone(),
            (None, Some(path)) => link(path)?,
            (None, None) => return Ok(None),
        };
        let heartbeat = Heartbeat::new(Secret::new(url), Arc::clone(&self.pipeline.clock))
            .context("`watchdog.heartbeat_url`")?;
        Ok(Some(Beating {
            heartbeat,
            pause: self.pipeline.clock.real(self.config.heartbeat_interval.0),
            health: Arc::clone(&self.pipeline.health),
            outcomes: self.metrics.heartbeats.clone(),
            said: None,
        }))
    }
}

fn link(path: &Path) -> anyhow::Result<String> {
    secret(path).context("`watchdog.heartbeat_url_file`")
}

/// Beats while nothing hinders it: see [`hindrance`].
pub(crate) struct Beating {
    heartbeat: Heartbeat,
    pause: Duration,
    health: Arc<Health>,
    outcomes: IntCounterVec,
    /// What was said last: the same is not said again.
    said: Option<String>,
}

impl Beating {
    /// Runs until the daemon stops.
    pub(crate) async fn run(mut self) -> anyhow::Result<()> {
        let mut stopped = self.health.stopped();
        loop {
            tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => return Ok(()),
                () = tokio::time::sleep(self.pause) => {}
            }
            tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => return Ok(()),
                () = self.beat() => {}
            }
        }
    }

    async fn beat(&mut self) {
        if let Some(why) = hindrance(&self.health) {
            self.tell("withheld", Some(format!("no heartbeat goes out: {why}")));
            return;
        }
        match self.heartbeat.beat().await {
            Ok(()) => self.tell("sent", None),
            Err(error) => self.tell("failed", Some(format!("the heartbeat failed: {error}"))),
        }
    }

    fn tell(&mut self, outcome: &str, what: Option<String>) {
        self.outcomes.with_label_values(&[outcome]).inc();
        if self.said == what {
            return;
        }
        match &what {
            Some(what) => tracing::warn!("{what}"),
            None => tracing::info!("the heartbeat goes out again"),
        }
        self.said = what;
    }
}

/// What keeps a heartbeat from going out: the daemon is not ready, or an alarm of the pipeline at
/// II or above is open.
fn hindrance(health: &Health) -> Option<String> {
    if let Some(obstacle) = health.obstacles().into_iter().next() {
        return Some(obstacle);
    }
    let tier = health.pipeline_tier().filter(|tier| *tier >= Tier::II)?;
    Some(format!("an alarm of tier {tier} of the pipeline is open"))
}

#[cfg(test)]
mod tests {
    use super::super::health::InForce;
    use super::super::role::RoleSet;
    use super::*;

    #[test]
    fn it_beats_only_while_the_pipeline_is_whole() {
        let health = Health::new(RoleSet::all());
        assert!(hindrance(&health).is_some(), "nothing has begun");
        health.open_crawler();
        health.lexicon(InForce::From(fengbiao_model::LexiconNumber(1)));
        health.matcher_alive();
        health.alerter_alive(&fengbiao_alerter::record::Clocks::default());
        assert_eq!(hindrance(&health), None);
        health.pipeline(Some(Tier::III));
        assert_eq!(hindrance(&health), None, "one quiet source is no reason");
        health.pipeline(Some(Tier::II));
        assert!(hindrance(&health).is_some());
        health.pipeline(None);
        health.expect_canaries(Duration::ZERO);
        assert!(hindrance(&health).is_some());
        health.expect_canaries(Duration::from_secs(60));
        health.canary_came();
        assert_eq!(hindrance(&health), None);
    }
}
