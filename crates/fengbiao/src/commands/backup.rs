//! `fengbiao backup` and `restore`: log and ledger at one point.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use axum::http::Method;
use serde_json::json;

use crate::app::App;
use crate::config::LogKind;
use crate::daemon::{BACKED_UP, LEDGER_FILE};
use crate::log::LOG_FILE;
use crate::{lock, terminal};

/// Copies log and ledger into a new folder. The ledger is copied first: the log may be ahead of
/// it, as after any crash, and what the ledger has not seen is read again.
pub(crate) fn backup(app: &App, folder: &Path) -> anyhow::Result<bool> {
    let whole = std::path::absolute(folder)?;
    let body = json!({ "folder": whole });
    let answer = super::remote::call(app, Method::POST, "/v1/backup", Some(body))?.ok()?;
    if app.json() {
        terminal::print(&format!("{answer}\n"));
    } else {
        terminal::print(&format!("backed up to {}\n", whole.display()));
        if answer["log"] == false {
            terminal::print(
                "the log is in Kafka's brokers and is not part of it: its copies are their replicas\n",
            );
        }
    }
    Ok(true)
}

/// Puts a backup into an empty data directory.
pub(crate) fn restore(app: &App, folder: &Path) -> anyhow::Result<bool> {
    let data_dir = &app.loaded.config.data_dir;
    let embedded = app.loaded.config.log.kind == LogKind::Embedded;
    for file in [LOG_FILE, LEDGER_FILE] {
        if (embedded || file != LOG_FILE) && !folder.join(file).exists() {
            bail!(
                "`{}` is no backup: it has no `{file}`\nhint: name the folder that `fengbiao backup` made",
                folder.display()
            );
        }
    }
    let _lock = lock::take(data_dir)?;
    if let Some(there) = BACKED_UP.iter().find(|file| data_dir.join(file).exists()) {
        bail!(
            "the data directory `{}` has a `{there}` already, and nothing was written\n\
             hint: move it away, or name another with `--data-dir`",
            data_dir.display()
        );
    }
    if embedded {
        check(folder)?;
    }
    for file in BACKED_UP.iter().filter(|file| folder.join(file).exists()) {
        fs::copy(folder.join(file), data_dir.join(file))
            .with_context(|| format!("copying `{file}`"))?;
    }
    terminal::print(&format!("restored into {}\n", data_dir.display()));
    Ok(true)
}

/// A damaged copy is found before it is put to use.
fn check(folder: &Path) -> anyhow::Result<()> {
    let faults = fengbiao_log::embedded::check(&folder.join(LOG_FILE))?;
    if let Some(fault) = faults.first() {
        bail!(
            "the log in `{}` is damaged: {fault}\nhint: restore an older backup",
            folder.display()
        );
    }
    Ok(())
}
