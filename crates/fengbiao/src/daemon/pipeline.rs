//! What every role has: the log, the clock, what is counted, and how the process is.

use std::sync::Arc;

use anyhow::Context;
use fengbiao_matcher::Segmenter;
use fengbiao_model::Clock;
use prometheus::Registry;

use super::compiled::Compiled;
use super::health::Health;
use super::publication::Publications;
use super::role::RoleSet;
use super::verdicts::Verdicts;
use crate::app::App;
use crate::config::Config;
use crate::log::Log;
use crate::metrics::Metrics;

/// What every role has. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Pipeline {
    pub(crate) log: Log,
    pub(crate) publications: Publications,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) registry: Registry,
    pub(crate) log_metrics: fengbiao_log::Metrics,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) health: Arc<Health>,
    pub(crate) config: Arc<Config>,
    pub(crate) verdicts: Arc<Verdicts>,
}

impl Pipeline {
    /// Opens the log and what goes with it.
    pub(crate) fn open(app: &App, clock: Arc<dyn Clock>, roles: RoleSet) -> anyhow::Result<Self> {
        let config = &app.loaded.config;
        let folder = &config.data_dir;
        std::fs::create_dir_all(folder)
            .with_context(|| format!("making the data directory `{}`", folder.display()))?;
        let registry = Registry::new();
        let log_metrics = fengbiao_log::Metrics::register(&registry)?;
        let log = Log::open(config, folder, Arc::clone(&clock), log_metrics.clone());
        let log = log.context("opening the log")?;
        Ok(Self {
            publications: Publications::new(
                log.clone(),
                Segmenter::load()?,
                Compiled::below(folder),
            ),
            log,
            clock,
            metrics: Arc::new(Metrics::register(&registry)?),
            registry,
            log_metrics,
            health: Arc::new(Health::new(roles)),
            config: Arc::new(config.clone()),
            verdicts: Arc::default(),
        })
    }
}
