//! Whether what is to be written can be: the data directory, and the files of receivers.

use std::fs::OpenOptions;
use std::path::Path;

use anyhow::{Context as _, bail};
use fengbiao_sink::check_file;

use crate::app::App;
use crate::daemon::BACKED_UP;

/// The data directory; where it is to be made, the folder in which it will be.
pub(super) fn data(app: &App) -> anyhow::Result<String> {
    let folder = &app.loaded.config.data_dir;
    let there = folder.ancestors().find(|path| path.exists());
    let there = there.unwrap_or(Path::new("."));
    if !there.is_dir() {
        bail!(
            "`{}` is a file, expected a folder\nhint: give `data_dir` another, or move the file away",
            there.display()
        );
    }
    let hint = "hint: let this user write there, or give `data_dir` another folder";
    let cannot = |what: &Path| {
        format!(
            "`{}` cannot be written by this user\n{hint}",
            what.display()
        )
    };
    // A file without a name, which leaves nothing behind.
    tempfile::tempfile_in(there).with_context(|| cannot(there))?;
    for name in BACKED_UP {
        let path = folder.join(name);
        if path.exists() {
            let opened = OpenOptions::new().append(true).open(&path);
            opened.with_context(|| cannot(&path))?;
        }
    }
    let shown = folder.display();
    Ok(if there == folder {
        format!("`{shown}` can be written")
    } else {
        format!("`{shown}` is made by the first `run`")
    })
}

/// The files that notices are appended to.
pub(super) fn receivers(app: &App) -> anyhow::Result<String> {
    let mut files = 0;
    for receiver in &app.loaded.config.receiver {
        if let Some(path) = &receiver.path {
            check_file(path).with_context(|| format!("receiver `{}`", receiver.id))?;
            files += 1;
        }
    }
    Ok(format!("{files} files can be written"))
}
