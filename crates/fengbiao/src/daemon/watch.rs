//! The lexicon's folder: published at the start, and again whenever a file in it changes.

use std::sync::Arc;

use anyhow::Context;
use fengbiao_lexicon::LexiconText;
use fengbiao_model::LexiconHash;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::files::Files;
use crate::app::App;
use crate::demo;
use crate::limits::LEXICON_POLL;

/// Publishes the configured lexicon. Where it has errors the one in force stays; where none is in
/// force yet, there is nothing to watch with and the daemon does not start.
pub(crate) async fn first_lexicon(
    app: &Arc<App>,
    files: &Files,
    demo: bool,
) -> anyhow::Result<LexiconText> {
    let (app, files) = (Arc::clone(app), files.clone());
    tokio::task::spawn_blocking(move || {
        let (text, _) = if demo {
            (demo::lexicon(), Vec::new())
        } else {
            app.lexicon_text()?
        };
        match files.control.publish(&text) {
            Ok(_) => Ok(text),
            Err(error) if files.pipeline.publications.latest()?.is_some() => {
                tracing::error!("{error:#}");
                Ok(text)
            }
            Err(error) => Err(error),
        }
    })
    .await?
}

/// Listens for SIGHUP from now on: one that comes before somebody waits must not end the process.
pub(crate) fn reload_signal() -> anyhow::Result<Signal> {
    signal(SignalKind::hangup()).context("listening for SIGHUP")
}

/// Looks at the folder every few seconds, and at once on `reload`. An edit that has errors is said
/// once and changes nothing.
pub(crate) async fn lexicon(
    app: Arc<App>,
    files: Files,
    mut known: LexiconHash,
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
        known = tokio::task::spawn_blocking(move || look(&app, &files, known, asked)).await?;
    }
}

fn look(app: &App, files: &Files, known: LexiconHash, asked: bool) -> LexiconHash {
    let text = match app.lexicon_text() {
        Ok((text, _)) => text,
        Err(error) => {
            tracing::error!("{error:#}");
            return known;
        }
    };
    let hash = text.hash();
    if hash == known && !asked {
        return known;
    }
    match files.control.publish(&text) {
        Ok((number, true)) => tracing::info!(version = number.0, "published a lexicon"),
        Ok((number, false)) if asked => {
            tracing::info!(version = number.0, "the lexicon is unchanged");
        }
        Ok(_) => {}
        Err(error) => tracing::error!("{error:#}"),
    }
    hash
}
