//! Whether the files that the daemon has open still stand in its data directory. SQLite writes on into
//! a file that was deleted or replaced, and with the end of the process all of it is gone.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;

use super::files::{Files, LEDGER_FILE};
use super::health::Health;
use super::pipeline::Pipeline;
use crate::limits::OPEN_FILES_LOOK_INTERVAL;
use crate::log::LOG_FILE;

/// A file that is open for as long as the daemon runs.
#[derive(Clone, Debug)]
pub(crate) struct OpenFile {
    /// What it is to its operator.
    name: &'static str,
    path: PathBuf,
    identity: (u64, u64),
}

/// Device and inode: what a path leads to, whatever it is called.
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = std::fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}

impl OpenFile {
    /// The file that was just opened under a path.
    fn at(name: &'static str, path: PathBuf) -> anyhow::Result<Self> {
        let identity =
            identity(&path).with_context(|| format!("looking at `{}`", path.display()))?;
        Ok(Self {
            name,
            path,
            identity,
        })
    }

    /// Those of a daemon: the log where it is a file, and the ledger where this process owns it.
    pub(crate) fn of(pipeline: &Pipeline, files: Option<&Files>) -> anyhow::Result<Vec<Self>> {
        let folder = &pipeline.config.data_dir;
        let log = pipeline.log.embedded().map(|_| ("log", LOG_FILE));
        let ledger = files.map(|_| ("ledger", LEDGER_FILE));
        let open = log.into_iter().chain(ledger);
        open.map(|(name, file)| Self::at(name, folder.join(file)))
            .collect()
    }

    /// What has become of it; none while it is where it was opened. What cannot be looked at cannot be
    /// read either, which is said by whoever reads.
    fn lost(&self) -> Option<String> {
        let became = match identity(&self.path) {
            Ok(found) if found == self.identity => return None,
            Ok(_) => "was replaced by another file",
            Err(error) if error.kind() == io::ErrorKind::NotFound => "was deleted or moved away",
            Err(_) => return None,
        };
        Some(format!(
            "{}: `{}` {became} while it is in use: what is written goes on into the old file, and is \
             lost when the daemon stops; hint: move the old file back where it still is; else stop the \
             daemon and bring a backup back with `fengbiao restore`",
            self.name,
            self.path.display()
        ))
    }
}

/// Looks again and again, so that readiness and the log tell of it before the data are missed.
pub(crate) async fn watch(files: Vec<OpenFile>, health: Arc<Health>) -> anyhow::Result<()> {
    let mut stopped = health.stopped();
    let files = Arc::new(files);
    let mut said = Vec::new();
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
            () = tokio::time::sleep(OPEN_FILES_LOOK_INTERVAL) => {}
        }
        let looked = Arc::clone(&files);
        let look = move || looked.iter().filter_map(OpenFile::lost).collect::<Vec<_>>();
        let lost = tokio::task::spawn_blocking(look).await?;
        for what in lost.iter().filter(|what| !said.contains(*what)) {
            tracing::error!("{what}");
        }
        if lost.is_empty() && !said.is_empty() {
            tracing::info!("the files of the data directory are those that are in use again");
        }
        health.lost_files(lost.clone());
        said = lost;
    }
}
