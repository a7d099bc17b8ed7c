//! What can go wrong.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the ledger could not do what was asked. Nothing is half done: every call is one
/// transaction.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file could not be opened.
    #[error("`{path}` cannot be opened as the ledger: {source}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file is something else.
    #[error(
        "`{path}` is not a ledger: expected a SQLite database\nhint: restore it from a backup, or \
         move it away to begin anew",
        path = path.display()
    )]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// A newer Fengbiao has written the file.
    #[error(
        "`{path}` has schema version {found}, this build knows versions up to {known}\nhint: run \
         the newer fengbiao that wrote it, or restore the backup made before the upgrade",
        path = path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version known here.
        known: u32,
    },
    /// Its own name is none.
    #[error(
        "the identity of the ledger is `{text}`, expected 8 lower-case hexadecimal digits\n\
         hint: somebody has changed the file; bring a backup back with `fengbiao restore`"
    )]
    NoIdentity {
        /// What stands there.
        text: String,
    },
    /// A backup would overwrite a file.
    #[error("`{path}` exists already, expected a new file for the backup", path = path.display())]
    BackupExists {
        /// The file.
        path: PathBuf,
    },
    /// SQLite failed; [`LedgerError::on`] adds the file.
    #[error("the ledger cannot be read or written: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// SQLite failed on this file.
    #[error(
        "the ledger `{path}` cannot be read or written: {source}{hint}",
        path = path.display(), hint = hint(source)
    )]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// Another alerter owns the ledger, or has moved on in it.
    #[error(
        "the ledger is owned by another alerter: {what} is `{found}`, expected `{expected}`\n\
         hint: stop the other process that has it open"
    )]
    Fenced {
        /// What was compared.
        what: &'static str,
        /// What the ledger holds.
        found: String,
        /// What the caller expected.
        expected: String,
    },
    /// A notice with a key that is taken by another content.
    #[error("notice `{key}` was made before with another content")]
    NoticeChanged {
        /// The key.
        key: String,
    },
    /// No such row.
    #[error("{what} `{key}` is not in the ledger")]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// Its key.
        key: String,
    },
    /// A stored value does not decode.
    #[error("{what} in the ledger does not decode: {why}")]
    Decode {
        /// The kind of value.
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// A value cannot be stored.
    #[error("{what} `{value}` does not fit the ledger, expected at most `{limit}`")]
    OutOfRange {
        /// The kind of value.
        what: &'static str,
        /// The value.
        value: u64,
        /// The greatest that fits.
        limit: u64,
    },
    /// The metrics could not be registered.
    #[error("the ledger's metrics cannot be registered: {0}")]
    Metrics(#[from] prometheus::Error),
}

impl LedgerError {
    /// Whether the disk, or the file's bound, is full: it works again when there is space.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        let (Self::Sqlite(error) | Self::File { source: error, .. }) = self else {
            return false;
        };
        error.sqlite_error_code() == Some(ErrorCode::DiskFull)
    }

    /// The same with the file, where it says only what SQLite said.
    pub(crate) fn on(self, path: &Path) -> Self {
        match self {
            Self::Sqlite(source) => Self::File {
                path: path.to_owned(),
                source,
            },
            other => other,
        }
    }

    pub(crate) fn decode(what: &'static str) -> impl FnOnce(String) -> Self {
        move |why| Self::Decode { what, why }
    }
}

fn hint(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "\nhint: make room on its disk",
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "\nhint: restore it from a backup"
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "\nhint: let fengbiao write to it and to its folder"
        }
        _ => "",
    }
}
