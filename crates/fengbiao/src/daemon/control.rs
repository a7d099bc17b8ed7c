//! What only the owner of log and ledger can do, for the command line: publish, backup;
//! [`super::purge`], [`super::confirm`] and [`super::dead_letters`] beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Json, Router};
use fengbiao_ledger::Ledger;
use fengbiao_lexicon::{LexiconText, Severity};
use fengbiao_model::{Action, Actor, LexiconNumber};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::dead_letters;
use super::files::{BACKED_UP, LEDGER_FILE};
use super::openapi::{self, Route};
use super::pipeline::Pipeline;
use super::purge;
use crate::limits::MAX_LEXICON_BYTES;
use crate::log::LOG_FILE;
use crate::{lexicons, policy};

/// The record with all that changes it.
#[derive(Clone)]
pub(crate) struct Control {
    pub(crate) pipeline: Pipeline,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) zone: jiff::tz::TimeZone,
}

/// Why something was not done, as an answer.
pub(super) type Refusal = (StatusCode, Json<Value>);
pub(super) type Reply = Result<Json<Value>, Refusal>;

/// What was asked for does not go with how things stand: nothing was wrong with the asking.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Conflict(pub(super) String);

/// The routes of the command line.
pub(crate) fn router(control: Control) -> Router {
    let mut routes = routes();
    routes.extend(dead_letters::routes());
    openapi::router(routes, control)
}

pub(super) fn routes() -> Vec<Route<Control>> {
    let lexicon_bytes = usize::try_from(2 * MAX_LEXICON_BYTES).unwrap_or(usize::MAX);
    vec![
        Route::post("/v1/lexicons", openapi::publish, publish).limited(lexicon_bytes),
        Route::post("/v1/purge", openapi::purge, purge::purge),
        Route::post("/v1/backup", openapi::backup, backup),
    ]
}

/// Who acts, as they call themselves.
pub(super) fn person(by: &str) -> anyhow::Result<Actor> {
    let by = Actor::person(by);
    by.map_err(|why| {
        anyhow::anyhow!("`by` {why}, expected the name of who acts, as others can read it")
    })
}

/// Blocking work beside the threads that serve; what goes wrong is the sender's to hear.
pub(super) async fn blocking(
    work: impl FnOnce() -> anyhow::Result<Value> + Send + 'static,
) -> Reply {
    let problem = |status: StatusCode, detail: String| {
        (
            status,
            Json(
                json!({ "title": status.canonical_reason(), "status": status.as_u16(), "detail": detail }),
            ),
        )
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(Json(value)),
        Ok(Err(error)) => {
            let status = match error.is::<Conflict>() {
                true => StatusCode::CONFLICT,
                false => StatusCode::UNPROCESSABLE_ENTITY,
            };
            Err(problem(status, format!("{error:#}")))
        }
        Err(error) => Err(problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            error.to_string(),
        )),
    }
}

/// A lexicon as it is published.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Lexicon {
    /// Texts by path.
    files: BTreeMap<String, String>,
}

async fn publish(State(control): State<Control>, Json(body): Json<Lexicon>) -> Reply {
    blocking(move || {
        let done = control.publish(&LexiconText { files: body.files })?;
        Ok(json!({ "number": done.number.0, "new": done.new }))
    })
    .await
}

/// A lexicon that can never be published as it is; any other failure passes, and the same text may
/// be taken later.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct InvalidLexicon(String);

fn invalid(why: &anyhow::Error) -> InvalidLexicon {
    InvalidLexicon(format!("{why:#}"))
}

/// What became of a sound lexicon.
pub(crate) struct Published {
    pub(crate) number: LexiconNumber,
    /// Whether it was not in force before.
    pub(crate) new: bool,
    /// What somebody should look at all the same.
    pub(crate) warnings: Option<String>,
}

/// Name in the ledger of the highest lexicon that the audit trail has, or that was there before it.
const TOLD_LEXICON: &str = "lexicon_told";

impl Control {
    /// Checks a lexicon, publishes it, and gives the alerter the policy that goes with it. What a
    /// failure left undone is done by the next attempt. Fails with [`InvalidLexicon`] where the text
    /// is at fault.
    pub(crate) fn publish(&self, text: &LexiconText) -> anyhow::Result<Published> {
        let publications = &self.pipeline.publications;
        let compile = |lexicon| publications.compile(lexicon);
        let examined = lexicons::examine(text, self.pipeline.clock.wall(), compile);
        let examined = examined.map_err(|why| invalid(&why))?;
        let warnings = examined.told(Severity::Warning, text);
        let errors = examined.told(Severity::Error, text);
        let Some(matcher) = examined.matcher else {
            let said = errors.unwrap_or_default();
            let said = format!("the lexicon has errors, and the one in force stays\n{said}");
            return Err(InvalidLexicon(said).into());
        };
        let policy = policy::policy(&self.pipeline.config, matcher.lexicon());
        let policy = policy.map_err(|why| invalid(&why))?;
        for said in policy::warnings(&policy, &self.pipeline.config, matcher.lexicon()) {
            tracing::warn!("{said}");
        }
        // The folder is watched while others publish by the API.
        let turn = publications.turn();
        // The policy first: a hit must not meet an alerter that does not know its topic.
        self.adopt(policy)?;
        let told = self.told_lexicon()?;
        let (number, new) = publications.publish(&turn, text, matcher, told)?;
        self.tell_lexicons(told, number)?;
        Ok(Published {
            number,
            new,
            warnings,
        })
    }

    /// The highest lexicon that the audit trail has. A ledger that has never said so leaves out those
    /// that are there already: they were told, or another ledger published them.
    fn told_lexicon(&self) -> anyhow::Result<LexiconNumber> {
        if let Some(told) = self.ledger.meta(TOLD_LEXICON)? {
            let number = told.parse().with_context(|| {
                format!("`{TOLD_LEXICON}` in the ledger is `{told}`, expected a number")
            })?;
            return Ok(LexiconNumber(number));
        }
        let there = self.pipeline.publications.latest()?;
        let told = there.unwrap_or(LexiconNumber(0));
        self.ledger.set_meta(TOLD_LEXICON, &told.to_string())?;
        Ok(told)
    }

    /// Writes into the audit trail what was published since: also what an earlier attempt published
    /// and could not write down any more.
    fn tell_lexicons(&self, told: LexiconNumber, last: LexiconNumber) -> anyhow::Result<()> {
        for number in (told.0 + 1..=last.0).map(LexiconNumber) {
            if self.pipeline.publications.has(number)? {
                let note = format!("version {number}");
                self.ledger
                    .audit(&Actor::daemon(), "lexicon.published", "lexicon", &note)?;
            }
            self.ledger.set_meta(TOLD_LEXICON, &number.to_string())?;
        }
        Ok(())
    }

    /// Gives the alerter a policy, where it differs from the last that was given.
    fn adopt(&self, policy: fengbiao_model::Policy) -> anyhow::Result<()> {
        let given = blake3::hash(&fengbiao_wire::encode_policy(&policy))
            .to_hex()
            .to_string();
        if self.ledger.meta("policy_given")?.as_deref() == Some(given.as_str()) {
            return Ok(());
        }
        self.ledger.push_command(
            Actor::daemon(),
            Action::Policy(Box::new(policy)),
            self.pipeline.clock.wall(),
        )?;
        Ok(self.ledger.set_meta("policy_given", &given)?)
    }
}

/// Where a copy goes.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Backup {
    /// A new folder, on the machine of the daemon.
    folder: PathBuf,
}

async fn backup(State(control): State<Control>, Json(body): Json<Backup>) -> Reply {
    blocking(move || {
        control.backup(&body.folder)?;
        let folder = body.folder.display().to_string();
        control
            .ledger
            .audit(&Actor::api(), "backup.made", "record", &folder)?;
        let log = control.pipeline.log.embedded().is_some();
        Ok(json!({ "folder": body.folder, "log": log }))
    })
    .await
}

impl Control {
    /// The ledger first: the log may be ahead of it, as after any crash, never behind.
    fn backup(&self, folder: &Path) -> anyhow::Result<()> {
        if folder.exists() {
            bail!(
                "`{}` exists already\nhint: name a new folder",
                folder.display()
            );
        }
        std::fs::create_dir_all(folder)
            .with_context(|| format!("making `{}`", folder.display()))?;
        self.ledger.backup_to(&folder.join(LEDGER_FILE))?;
        // What brokers keep is copied by their own means.
        if let Some(log) = self.pipeline.log.embedded() {
            log.backup_to(&folder.join(LOG_FILE))?;
        }
        for key in BACKED_UP.iter().filter(|file| !file.ends_with(".sqlite")) {
            let from = self.pipeline.config.data_dir.join(key);
            if from.exists() {
                std::fs::copy(&from, folder.join(key))
                    .with_context(|| format!("copying `{key}`"))?;
            }
        }
        Ok(())
    }
}
