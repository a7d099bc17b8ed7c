//! What the handlers work with.

use std::sync::Arc;

use fengbiao_ledger::{Ledger, LedgerError};
use fengbiao_model::{Action, Actor, Clock, Command, Language, Timestamp};
use jiff::tz::TimeZone;

use crate::problem::Problem;
use crate::token::SigningKey;

/// Takes commands in. The app stores them and wakes the alerter.
pub trait CommandPort: Send + Sync {
    /// Makes a command durable and returns it with its number. It may block.
    fn submit(&self, by: Actor, action: Action) -> Result<Command, CommandError>;

    /// What became of the command of that number, as soon as it is known; it may block for a few
    /// seconds, then it says that it waits still.
    fn verdict(&self, command: u64) -> Verdict;
}

/// What the alerter made of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was done.
    Done,
    /// It was refused; why, in a sentence that says what was expected.
    Refused(String),
    /// It has not been taken yet.
    Waiting,
}

/// Why a command was not taken.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// It could not be stored.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The daemon takes no more commands.
    #[error("the daemon is stopping and takes no commands\nhint: send it again in a moment")]
    Stopping,
}

/// Who looks, where the app's authentication knows it: set it as an extension of the request.
/// Without it the audit trail says `api`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer(pub Actor);

/// What the console needs.
#[derive(Clone)]
pub struct Console {
    /// The record that is shown.
    pub ledger: Arc<Ledger>,
    /// The wall clock, for the expiry of links.
    pub clock: Arc<dyn Clock>,
    /// Where commands go.
    pub commands: Arc<dyn CommandPort>,
    /// Signs the links of notices.
    pub key: SigningKey,
    /// The language of pages; none means by the browser's wish, else Chinese.
    pub language: Option<Language>,
    /// The time zone of pages.
    pub zone: TimeZone,
}

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console")
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}

impl Console {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.wall()
    }

    /// Does work that blocks on the ledger beside the threads that serve.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let console = self.clone();
        match tokio::task::spawn_blocking(move || work(&console)).await {
            Ok(outcome) => outcome,
            Err(error) => Err(Problem::internal(&error)),
        }
    }
}
