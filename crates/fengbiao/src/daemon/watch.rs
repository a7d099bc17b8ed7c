//! The lexicon's folder: published at the start, and again whenever a file in it changes.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use fengbiao_model::LexiconHash;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::control::InvalidLexicon;
use super::files::Files;
use crate::app::App;
use crate::demo;
use crate::limits::{LEXICON_POLL, PUBLISH_RETRY};

/// What was done with the folder's texts when they were last looked at.
#[derive(Default)]
pub(crate) struct Watched {
    /// The texts that were published, or that have errors: there is nothing to do until they change.
    known: Option<LexiconHash>,
    /// The last attempt that failed for a cause that passes: when, and what was said of it.
    failed: Option<(Instant, String)>,
}

impl Watched {
    /// What became of the texts `hash`. A fault of the text is said once and stays until it is
    /// edited; after any other fault they are tried again, and it is said when it changes.
    fn note<T>(&mut self, hash: LexiconHash, outcome: anyhow::Result<T>) -> Option<T> {
        match outcome {
            Ok(done) => {
                *self = Self {
                    known: Some(hash),
                    failed: None,
                };
                Some(done)
            }
            Err(error) if error.is::<InvalidLexicon>() => {
                tracing::error!("{error:#}");
                *self = Self {
                    known: Some(hash),
                    failed: None,
                };
                None
            }
            Err(error) => {
                let why = format!("{error:#}");
                if self.failed.as_ref().is_none_or(|(_, said)| *said != why) {
                    tracing::error!("the lexicon is not published yet, and is tried again: {why}");
                }
                self.failed = Some((Instant::now(), why));
                None
            }
        }
    }

    /// Whether texts are to be published: new ones, at once or a while after the last attempt failed.
    fn wants(&self, hash: LexiconHash) -> bool {
        let waits = |(at, _): &(Instant, String)| at.elapsed() < PUBLISH_RETRY;
        self.known != Some(hash) && !self.failed.as_ref().is_some_and(waits)
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
        let (text, _) = if demo {
            (demo::lexicon(), Vec::new())
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
    let text = match app.lexicon_text() {
        Ok((text, _)) => text,
        Err(error) => return tracing::error!("{error:#}"),
    };
    let hash = text.hash();
    if !asked && !watched.wants(hash) {
        return;
    }
    match watched.note(hash, files.control.publish(&text)) {
        Some((number, true)) => tracing::info!(version = number.0, "published a lexicon"),
        Some((number, false)) if asked => {
            tracing::info!(version = number.0, "the lexicon is unchanged");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
