//! A copy of the file, taken while it is in use.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use crate::LogError;
use crate::error::failed_to;

/// Copies the whole database as it stands at one moment; appends go on meanwhile. `target`
/// appears, or is replaced, only when it is complete and on the disk.
pub(super) fn copy(connection: &Connection, target: &Path) -> Result<(), LogError> {
    const DOING: &str = "copy itself";
    let mut name = target.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    if part.exists() {
        fs::remove_file(&part).map_err(|error| LogError::file("remove", &part, &error))?;
    }
    let run = || {
        let mut destination = Connection::open(&part)?;
        // All pages in one step hold one snapshot: with several steps, a busy writer would restart
        // it for ever.
        let backup = Backup::new(connection, &mut destination)?;
        backup.run_to_completion(i32::MAX, Duration::from_millis(50), None)
    };
    run().map_err(failed_to(DOING))?;
    let sync = |path: &Path| fs::File::open(path).and_then(|file| file.sync_all());
    sync(&part).map_err(|error| LogError::file("sync", &part, &error))?;
    fs::rename(&part, target).map_err(|error| LogError::file("rename", &part, &error))?;
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    sync(folder).map_err(|error| LogError::file("sync", folder, &error))
}
