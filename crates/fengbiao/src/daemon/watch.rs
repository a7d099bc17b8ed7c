//! The lexicon's folder: published at the start, and again whenever a file in it changes.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use fengbiao_model::LexiconHash;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::control::{InvalidLexicon, Published};
use super::files::Files;
use crate::app::App;
use crate::demo;
use crate::limits::{LEXICON_POLL, PUBLISH_RETRY};

/// What was done with the folder's texts when they were last looked at.
#[derive(Default)]
pub(crate) struct Watched {
    /// The texts that were published, or that have errors: there is nothing to do until they change.
    known: Option<LexiconHash>,
    /// The last attempt that failed for a cause that passes.
    failed: Option<Instant>,
    /// What was last said of a fault, for as long as it lasts.
    said: Option<String>,
}

impl Watched {
    /// What became of the texts `hash`. A fault of the text is said once and stays until it is
    /// edited; after any other fault they are tried again, and it is said when it changes.
    fn note(&mut self, hash: LexiconHash, outcome: anyhow::Result<Published>) -> Option<Published> {
        let error = match outcome {
            Ok(done) => {
                self.settled(hash);
                if let Some(warnings) = &done.warnings {
                    tracing::warn!("{warnings}");
                }
                if self.said.take().is_some() {
                    tracing::info!(
                        version = done.number.0,
                        "the lexicon's folder is sound again"
                    );
                }
                return Some(done);
            }
            Err(error) => error,
        };
        if error.is::<InvalidLexicon>() {
            self.settled(hash);
            self.say(format!("{error:#}"));
        } else {
            self.failed = Some(Instant::now());
            self.say(format!(
                "the lexicon is not published yet, and is tried again: {error:#}"
            ));
        }
        None
    }

    /// There is nothing to do with these texts any more.
    fn settled(&mut self, hash: LexiconHash) {
        self.known = Some(hash);
        self.failed = None;
    }

    /// Says a fault that was not the last that was said.
    fn say(&mut self, fault: String) {
        if self.said.as_ref() != Some(&fault) {
            tracing::error!("{fault}");
            self.said = Some(fault);
        }
    }

    /// The folder cannot be read. It is looked at as if it were new when it can be.
    fn unread(&mut self, error: &anyhow::Error) {
        self.known = None;
        self.say(format!("{error:#}"));
    }

    /// Whether texts are to be published: new ones, at once or a while after the last attempt failed.
    fn wants(&self, hash: LexiconHash) -> bool {
        let waits = self.failed.is_some_and(|at| at.elapsed() < PUBLISH_RETRY);
        self.known != Some(hash) && !waits
    }
}

/// Publishes the configured lexicon. Where that fails the one in force stays; where none is in force
/// yet, there is nothing to watch with and the daemon does not start.
pub(crate) async fn first_lexicon(
    app: &Arc<App>,
    files: &Files,
    demo: bool,
) -> anyhow::Result<Watched> {
    let (app, files) = (Arc::clone(app), files.clone());
    tokio::task::spawn_blocking(move || {
        let text = if demo {
            demo::lexicon()
        } else {
            app.lexicon_text()?
        };
        let outcome = files.control.publish(&text);
        let mut watched = Watched::default();
        match outcome {
            Err(error) if files.pipeline.publications.latest()?.is_none() => return Err(error),
            outcome => watched.note(text.hash(), outcome),
        };
        Ok(watched)
    })
    .await?
}

/// Listens for SIGHUP from now on: one that comes before somebody waits must not end the process.
pub(crate) fn reload_signal() -> anyhow::Result<Signal> {
    signal(SignalKind::hangup()).context("listening for SIGHUP")
}

/// Looks at the folder every few seconds, and at once on `reload`. An edit that has errors is said
/// once and changes nothing; one that cannot be published now is published later.
pub(crate) async fn lexicon(
    app: Arc<App>,
    files: Files,
    mut watched: Watched,
    mut reload: Signal,
) -> anyhow::Result<()> {
    let mut stopped = files.pipeline.health.stopped();
    loop {
        let asked = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
            _ = reload.recv() => true,
            () = tokio::time::sleep(LEXICON_POLL) => false,
        };
        if !asked && app.loaded.config.lexicon_dir.is_none() {
            continue;
        }
        let (app, files) = (Arc::clone(&app), files.clone());
        watched = tokio::task::spawn_blocking(move || {
            let mut watched = watched;
            look(&app, &files, &mut watched, asked);
            watched
        })
        .await?;
    }
}

fn look(app: &App, files: &Files, watched: &mut Watched, asked: bool) {
    if asked {
        // Who asks is told again.
        watched.said = None;
    }
    let text = match app.lexicon_text() {
        Ok(text) => text,
        Err(error) => return watched.unread(&error),
    };
    let hash = text.hash();
    if !asked && !watched.wants(hash) {
        return;
    }
    match watched.note(hash, files.control.publish(&text)) {
        Some(done) if done.new => {
            tracing::info!(version = done.number.0, "published a lexicon");
        }
        Some(done) if asked => {
            tracing::info!(version = done.number.0, "the lexicon is unchanged");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
