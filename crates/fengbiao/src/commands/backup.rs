//! `fengbiao backup` and `restore`: log and ledger at one point.

use std::fmt::Display;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use axum::http::Method;
use fengbiao_ledger::Onlooker;
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
    if let Some(there) = in_the_way(data_dir) {
        bail!(
            "the data directory `{}` has a `{there}` already, and nothing was written\n\
             hint: move it away, or name another with `--data-dir`",
            data_dir.display()
        );
    }
    check(folder, embedded)?;
    put(folder, data_dir)?;
    terminal::print(&format!("restored into {}\n", data_dir.display()));
    Ok(true)
}

/// What a backup would mix with. A write-ahead file counts: SQLite would replay it into another's
/// database.
fn in_the_way(data_dir: &Path) -> Option<String> {
    let files = BACKED_UP
        .iter()
        .flat_map(|file| ["", "-wal", "-shm"].map(|ending| format!("{file}{ending}")));
    files.into_iter().find(|file| data_dir.join(file).exists())
}

/// Copies all before any has its name: an attempt that fails half way is none.
fn put(folder: &Path, data_dir: &Path) -> anyhow::Result<()> {
    let there = || BACKED_UP.iter().filter(|file| folder.join(file).exists());
    let part = |file: &str| data_dir.join(format!("{file}.part"));
    for file in there() {
        fs::copy(folder.join(file), part(file))
            .and_then(|_| fs::File::open(part(file))?.sync_all())
            .with_context(|| format!("copying `{file}`"))?;
    }
    for file in there() {
        fs::rename(part(file), data_dir.join(file))
            .with_context(|| format!("naming the copy of `{file}`"))?;
    }
    fs::File::open(data_dir)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("syncing `{}`", data_dir.display()))
}

/// A damaged copy is found before it is put to use.
fn check(folder: &Path, embedded: bool) -> anyhow::Result<()> {
    let ledger = Onlooker::open(&folder.join(LEDGER_FILE)).and_then(|ledger| ledger.check());
    let mut faults = vec![("ledger", fault(ledger))];
    if embedded {
        let log = fengbiao_log::embedded::check(&folder.join(LOG_FILE));
        faults.push(("log", fault(log)));
    }
    for (what, fault) in faults {
        if let Some(fault) = fault {
            bail!(
                "the {what} in `{}` is damaged: {fault}\nhint: restore an older backup",
                folder.display()
            );
        }
    }
    Ok(())
}

/// What was found first; a file may be too damaged to be looked through.
fn fault(found: Result<Vec<String>, impl Display>) -> Option<String> {
    match found {
        Ok(faults) => faults.into_iter().next(),
        Err(error) => Some(error.to_string()),
    }
}
