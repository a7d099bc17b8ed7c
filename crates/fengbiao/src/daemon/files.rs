//! Log, ledger and lexicons of one data directory, opened.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use fengbiao_console::{CommandError, CommandPort, Console, SigningKey};
use fengbiao_ledger::Ledger;
use fengbiao_log::Topic;
use fengbiao_log::embedded::{Embedded, Options};
use fengbiao_matcher::Segmenter;
use fengbiao_model::{Action, Actor, Clock, Command};
use prometheus::Registry;

use super::alerting::Alerting;
use super::compiled::Compiled;
use super::control::{self, Control};
use super::health::Health;
use super::publication::Publications;
use crate::app::App;
use crate::config::{Config, Language};
use crate::metrics::Metrics;
use crate::secrets;

/// Name of the log's file in a data directory.
pub(crate) const LOG_FILE: &str = "log.sqlite";
/// Name of the ledger's file.
pub(crate) const LEDGER_FILE: &str = "ledger.sqlite";
/// Where the daemon writes the address it listens on.
pub(crate) const ADDRESS_FILE: &str = "address";
/// The key that links are signed with.
const LINK_KEY_FILE: &str = "link.key";
/// The secret that pseudonyms are made with, where none is configured.
const PSEUDONYM_FILE: &str = "pseudonym.key";
/// What a backup holds.
pub(crate) const BACKED_UP: [&str; 4] = [LOG_FILE, LEDGER_FILE, LINK_KEY_FILE, PSEUDONYM_FILE];

/// Everything durable of one data directory. The lock is held by whoever opens it.
#[derive(Clone)]
pub(crate) struct Files {
    pub(crate) log: Arc<Embedded>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) publications: Publications,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) registry: Registry,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) health: Arc<Health>,
    pub(crate) control: Control,
    key: SigningKey,
    language: Language,
    zone: jiff::tz::TimeZone,
}

/// Opens the log of a data directory as it is configured.
pub(crate) fn open_log(
    config: &Config,
    folder: &Path,
    clock: Arc<dyn Clock>,
    registry: &Registry,
) -> anyhow::Result<Arc<Embedded>> {
    let mut options = Options::default();
    options.topic_mut(Topic::Posts).partitions = config.log.posts_partitions;
    options.topic_mut(Topic::Posts).max_bytes = Some(config.log.posts_max_bytes);
    options.topic_mut(Topic::Hits).partitions = config.log.hits_partitions;
    for topic in [Topic::Posts, Topic::Hits, Topic::Pulses, Topic::DeadLetters] {
        options.topic_mut(topic).max_age = Some(config.privacy.text_retention.0);
    }
    options.group_commit.window = std::time::Duration::from_millis(config.log.group_commit_millis);
    let metrics = fengbiao_log::Metrics::register(registry)?;
    Ok(Embedded::open(
        &folder.join(LOG_FILE),
        options,
        clock,
        metrics,
    )?)
}

impl Files {
    pub(crate) fn open(app: &App, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let config = &app.loaded.config;
        let folder = &config.data_dir;
        std::fs::create_dir_all(folder)
            .with_context(|| format!("making the data directory `{}`", folder.display()))?;
        let registry = Registry::new();
        let log =
            open_log(config, folder, Arc::clone(&clock), &registry).context("opening the log")?;
        let ledger = Ledger::open(&folder.join(LEDGER_FILE), Arc::clone(&clock), &registry);
        let ledger = Arc::new(ledger.context("opening the ledger")?);
        let segmenter = Segmenter::load()?;
        let publications = Publications::new(
            Arc::clone(&log),
            Arc::clone(&segmenter),
            Compiled::below(folder),
        );
        let control = Control {
            log: Arc::clone(&log),
            ledger: Arc::clone(&ledger),
            publications: publications.clone(),
            segmenter,
            clock: Arc::clone(&clock),
            config: Arc::new(config.clone()),
        };
        Ok(Self {
            metrics: Arc::new(Metrics::register(&registry)?),
            health: Arc::new(Health::new()),
            key: SigningKey::new(secrets::kept(&folder.join(LINK_KEY_FILE))?),
            language: config.language,
            zone: app.loaded.zone.clone(),
            log,
            ledger,
            publications,
            clock,
            registry,
            control,
        })
    }

    /// The key that links are signed with.
    pub(crate) fn key(&self) -> SigningKey {
        self.key.clone()
    }

    /// API, pages, and what only the owner of these files can do.
    pub(crate) fn router(&self) -> anyhow::Result<Router> {
        let console = Console {
            ledger: Arc::clone(&self.ledger),
            clock: Arc::clone(&self.clock),
            commands: Arc::new(Commands {
                files: self.clone(),
            }),
            key: self.key(),
            language: Some(match self.language {
                Language::Zh => fengbiao_console::Language::Zh,
                Language::En => fengbiao_console::Language::En,
            }),
            zone: self.zone.clone(),
        };
        Ok(fengbiao_console::router(console).merge(control::router(self.control.clone())))
    }

    /// Removes from the ledger what is past its time; the log looks after itself.
    pub(crate) fn retain(&self) -> anyhow::Result<()> {
        let keep_steps = self.control.config.privacy.text_retention.0;
        while self.ledger.retain(self.clock.wall(), keep_steps)?.more && !self.health.stopping() {}
        Ok(())
    }

    /// The alerter on these files.
    pub(crate) fn alerting(&self) -> anyhow::Result<Alerting> {
        Alerting::new(
            Arc::clone(&self.ledger),
            self.log.consumer("alerter", Topic::Hits)?,
            self.log.consumer("alerter", Topic::Pulses)?,
            Arc::clone(&self.clock),
            Arc::clone(&self.health),
            Arc::clone(&self.metrics),
        )
    }

    /// Carries out the commands that wait, without a daemon.
    pub(crate) fn step(&self) -> anyhow::Result<()> {
        let mut alerting = self.alerting()?;
        // The first round meets the assignment of partitions, the second what there is.
        alerting.round()?;
        alerting.round()
    }
}

/// The secret that pseudonyms are made with.
pub(crate) fn pseudonym_secret(config: &Config) -> anyhow::Result<[u8; secrets::SECRET_BYTES]> {
    match &config.privacy.pseudonym_secret_file {
        Some(path) => secrets::given(path),
        None => secrets::kept(&config.data_dir.join(PSEUDONYM_FILE)),
    }
}

/// Commands of the console go into the ledger, where the alerter finds them.
struct Commands {
    files: Files,
}

impl CommandPort for Commands {
    fn submit(&self, by: Actor, action: Action) -> Result<Command, CommandError> {
        if self.files.health.stopping() {
            return Err(CommandError::Stopping);
        }
        Ok(self
            .files
            .ledger
            .push_command(by, action, self.files.clock.wall())?)
    }
}
