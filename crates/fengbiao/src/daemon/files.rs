//! The ledger of one data directory with what goes with it, opened.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use fengbiao_console::{CommandError, CommandPort, Console, SigningKey, Verdict};
use fengbiao_ledger::Ledger;
use fengbiao_log::Topic;
use fengbiao_model::{Action, Actor, Clock, Command, Language};

use super::alerting::Alerting;
use super::confirm::{self, Confirming};
use super::control::{self, Control};
use super::pipeline::Pipeline;
use super::role::RoleSet;
use super::unread::Unread;
use crate::app::App;
use crate::config::Config;
use crate::limits::VERDICT_WITHIN;
use crate::log::{LOG_FILE, Log};
use crate::secrets;

/// Name of the ledger's file.
pub(crate) const LEDGER_FILE: &str = "ledger.sqlite";
/// Where the daemon writes the address it listens on.
pub(crate) const ADDRESS_FILE: &str = "address";
/// The key that links are signed with.
const LINK_KEY_FILE: &str = "link.key";
/// The secret that pseudonyms are made with, where none is configured.
const PSEUDONYM_FILE: &str = "pseudonym.key";
/// What is kept secret in a data directory.
pub(crate) const KEPT_SECRETS: [&str; 2] = [LINK_KEY_FILE, PSEUDONYM_FILE];
/// What a backup holds.
pub(crate) const BACKED_UP: [&str; 4] = [LOG_FILE, LEDGER_FILE, LINK_KEY_FILE, PSEUDONYM_FILE];

/// What the owner of the ledger has beside the pipeline. The lock is held by whoever opens it.
#[derive(Clone)]
pub(crate) struct Files {
    pub(crate) pipeline: Pipeline,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) control: Control,
    key: SigningKey,
    language: Language,
    zone: jiff::tz::TimeZone,
}

impl Files {
    /// Opens everything that a data directory holds.
    pub(crate) fn open(app: &App, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        Self::beside(Pipeline::open(app, clock, RoleSet::all())?, app)
    }

    /// Opens the ledger beside a pipeline.
    pub(crate) fn beside(pipeline: Pipeline, app: &App) -> anyhow::Result<Self> {
        let folder = &app.loaded.config.data_dir;
        let path: PathBuf = folder.join(LEDGER_FILE);
        let ledger = Ledger::open(&path, Arc::clone(&pipeline.clock), &pipeline.registry);
        let ledger = Arc::new(ledger.context("opening the ledger")?);
        let control = Control {
            pipeline: pipeline.clone(),
            ledger: Arc::clone(&ledger),
            zone: app.loaded.zone.clone(),
        };
        Ok(Self {
            key: SigningKey::new(secrets::kept(&folder.join(LINK_KEY_FILE))?),
            language: app.language(),
            zone: app.loaded.zone.clone(),
            pipeline,
            ledger,
            control,
        })
    }

    /// The key that links are signed with.
    pub(crate) fn key(&self) -> SigningKey {
        self.key.clone()
    }

    /// API, pages, and what only the owner of these files can do.
    pub(crate) fn router(&self, carried_out: CarriedOut) -> anyhow::Result<Router> {
        let commands: Arc<dyn CommandPort> = Arc::new(Commands {
            files: self.clone(),
            carried_out,
        });
        let confirming = Confirming {
            control: self.control.clone(),
            commands: Arc::clone(&commands),
        };
        let console = Console {
            ledger: Arc::clone(&self.ledger),
            clock: Arc::clone(&self.pipeline.clock),
            commands,
            key: self.key(),
            language: Some(self.language),
            zone: self.zone.clone(),
        };
        Ok(fengbiao_console::router(console)
            .merge(control::router(self.control.clone()))
            .merge(confirm::router(confirming)))
    }

    /// Removes from the ledger what is past its time; the log looks after itself.
    pub(crate) fn retain(&self) -> anyhow::Result<()> {
        let keep_steps = self.pipeline.config.privacy.text_retention.0;
        let (clock, health) = (&self.pipeline.clock, &self.pipeline.health);
        while self.ledger.retain(clock.wall(), keep_steps)?.more && !health.stopping() {}
        Ok(())
    }

    /// The alerter on these files.
    pub(crate) fn alerting(&self) -> anyhow::Result<Alerting> {
        let log = &self.pipeline.log;
        Alerting::new(
            Arc::clone(&self.ledger),
            log.sole_consumer("alerter", Topic::Hits)?,
            log.sole_consumer("alerter", Topic::Pulses)?,
            &self.pipeline,
        )
    }

    /// Carries out the commands that wait, without a daemon.
    pub(crate) fn step(&self) -> anyhow::Result<()> {
        let taken = self.ledger.positions()?.commands.saturating_sub(1);
        if self.ledger.commands_after(taken, 1)?.is_empty() {
            return Ok(());
        }
        let mut alerting = match &self.pipeline.log {
            Log::Embedded(_) => self.alerting()?,
            // It would take the places in Kafka's groups from an alerter that begins meanwhile.
            Log::Kafka(_) => {
                let (hits, pulses) = (Box::new(Unread), Box::new(Unread));
                Alerting::new(Arc::clone(&self.ledger), hits, pulses, &self.pipeline)?
            }
        };
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

/// Who carries out the commands of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CarriedOut {
    /// The alerter's role, which runs beside it.
    Beside,
    /// Whoever asks: there is no daemon.
    AtOnce,
}

/// Commands of the console go into the ledger, where the alerter finds them.
struct Commands {
    files: Files,
    carried_out: CarriedOut,
}

impl CommandPort for Commands {
    fn submit(&self, by: Actor, action: Action) -> Result<Command, CommandError> {
        let pipeline = &self.files.pipeline;
        if pipeline.health.stopping() {
            return Err(CommandError::Stopping);
        }
        let now = pipeline.clock.wall();
        Ok(self.files.ledger.push_command(by, action, now)?)
    }

    fn verdict(&self, command: u64) -> Verdict {
        let verdicts = &self.files.pipeline.verdicts;
        if self.carried_out == CarriedOut::Beside {
            return verdicts.of(command, VERDICT_WITHIN);
        }
        // Whoever asks carries out what still waits, and says why that fails.
        if let Err(error) = self.files.step() {
            tracing::debug!(%error, "a command waits");
        }
        verdicts.of(command, Duration::ZERO)
    }
}
