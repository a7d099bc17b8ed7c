//! The file: its connections, its version, its migrations, its copies.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::LedgerError;
use crate::limits::{BUSY_TIMEOUT_MS, STATEMENT_CACHE, WAL_KEPT_PAGES, WRITER_CACHE_KIB};

/// What makes version n out of version n − 1; the first makes 1 out of nothing.
pub(crate) const MIGRATIONS: &[&str] = &[include_str!("../migrations/001_initial.sql")];

/// `FBLG`, in the file's header, so that another database is not taken for a ledger.
const APPLICATION_ID: i32 = 0x4642_4C47;

/// Opens the file for writing, makes or migrates it.
pub(crate) fn open_writer(path: &Path, migrations: &[&str]) -> Result<Connection, LedgerError> {
    let failed = opening(path);
    let mut writer = Connection::open(path).map_err(failed)?;
    let known = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    let found = check_version(&writer, path, known, failed)?;
    set_up(&writer, found).map_err(failed)?;
    if found > 0 && found < known {
        back_up_old(&writer, path, found)?;
    }
    migrate(&mut writer, found, migrations)?;
    Ok(writer)
}

/// For `map_err`: names the file, and tells one that is something else.
fn opening(path: &Path) -> impl Fn(rusqlite::Error) -> LedgerError + Copy {
    move |source| match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => LedgerError::NotALedger {
            path: path.to_owned(),
        },
        _ => LedgerError::Open {
            path: path.to_owned(),
            source,
        },
    }
}

/// The file's schema version; 0 for a new file.
fn check_version(
    writer: &Connection,
    path: &Path,
    known: u32,
    failed: impl Fn(rusqlite::Error) -> LedgerError + Copy,
) -> Result<u32, LedgerError> {
    let pragma = |name| writer.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let version = pragma("user_version").map_err(failed)?;
    let application = pragma("application_id").map_err(failed)?;
    let tables: i64 = writer
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(failed)?;
    let is_new = version == 0 && application == 0 && tables == 0;
    if !is_new && application != APPLICATION_ID {
        return Err(LedgerError::NotALedger {
            path: path.to_owned(),
        });
    }
    let found = u32::try_from(version).unwrap_or(u32::MAX);
    if found > known {
        return Err(LedgerError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    Ok(found)
}

fn set_up(writer: &Connection, version: u32) -> rusqlite::Result<()> {
    writer.busy_timeout(Duration::from_millis(u64::from(BUSY_TIMEOUT_MS)))?;
    writer.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    if version == 0 {
        // Both must stand before the first table is made.
        writer.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        writer.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    writer.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    writer.pragma_update(None, "synchronous", "FULL")?;
    // Keys that are hashes touch pages all over the file: they stay in memory, and the
    // write-ahead log gathers many changes of a page before it is copied back once.
    writer.pragma_update(None, "cache_size", -i64::from(WRITER_CACHE_KIB))?;
    writer.pragma_update_and_check(None, "wal_autocheckpoint", WAL_KEPT_PAGES, |_| Ok(()))?;
    // What is deleted is overwritten with zeros: a purge must leave no byte behind.
    writer.pragma_update_and_check(None, "secure_delete", "ON", |_| Ok(()))
}

fn migrate(writer: &mut Connection, found: u32, migrations: &[&str]) -> Result<(), LedgerError> {
    for (version, sql) in (1_u32..)
        .zip(migrations)
        .skip_while(|(version, _)| *version <= found)
    {
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
        tracing::info!(version, "the ledger's schema is made");
    }
    Ok(())
}

/// Copies an old ledger to `<file>.v<version>.bak` before it is migrated. A copy left by an
/// earlier attempt holds the same version and is replaced.
fn back_up_old(writer: &Connection, path: &Path, version: u32) -> Result<(), LedgerError> {
    let kept = with_suffix(path, &format!(".v{version}.bak"));
    copy_over(writer, &kept)?;
    tracing::info!(version, backup = %kept.display(), "copied the ledger before its migration");
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Copies the database as it is now, at one point, into a new file.
pub(crate) fn copy(from: &Connection, to: &Path) -> Result<(), LedgerError> {
    if to.exists() {
        return Err(LedgerError::BackupExists {
            path: to.to_owned(),
        });
    }
    copy_over(from, to)
}

/// The same, in place of what is there. The file appears under its name only when it is whole and on
/// the disk.
fn copy_over(from: &Connection, to: &Path) -> Result<(), LedgerError> {
    let part = with_suffix(to, ".part");
    let of_file = |error: std::io::Error| LedgerError::Open {
        path: to.to_owned(),
        source: rusqlite::Error::ToSqlConversionFailure(error.into()),
    };
    if part.exists() {
        fs::remove_file(&part).map_err(of_file)?;
    }
    let run = || {
        let mut target = Connection::open(&part)?;
        // All pages in one go: in WAL mode this holds a snapshot and blocks no writer. Where somebody
        // has the file locked it is tried again.
        let backup = rusqlite::backup::Backup::new(from, &mut target)?;
        backup.run_to_completion(i32::MAX, Duration::from_millis(50), None)
    };
    run().map_err(opening(to))?;
    let sync = |path: &Path| fs::File::open(path).and_then(|file| file.sync_all());
    sync(&part).map_err(of_file)?;
    fs::rename(&part, to).map_err(of_file)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    sync(folder.unwrap_or(Path::new("."))).map_err(of_file)
}

/// Opens the file to look at it from aside: nothing is written, no file is made beside it. Where it has
/// no write-ahead file nobody has it open, and SQLite, told so, makes none either.
pub(crate) fn open_from_aside(path: &Path) -> Result<Connection, LedgerError> {
    let failed = opening(path);
    let reader = if with_suffix(path, "-wal").exists() {
        open_reader(path)?
    } else {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI;
        Connection::open_with_flags(unchanging(path), flags).map_err(failed)?
    };
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    check_version(&reader, path, known, failed)?;
    Ok(reader)
}

/// The file's address for SQLite, with the promise that nobody changes it.
fn unchanging(path: &Path) -> String {
    let path = percent_encode(path.as_os_str().as_encoded_bytes(), NON_ALPHANUMERIC);
    format!("file:{path}?immutable=1")
}

/// Opens the file for reading only.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = |source| LedgerError::Open {
        path: path.to_owned(),
        source,
    };
    let reader = Connection::open_with_flags(path, flags).map_err(failed)?;
    reader
        .busy_timeout(Duration::from_millis(u64::from(BUSY_TIMEOUT_MS)))
        .map_err(failed)?;
    reader.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    Ok(reader)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: &str = "ALTER TABLE meta ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;";

    fn version(connection: &Connection) -> i32 {
        connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap()
    }

    /// A ledger as version 1 wrote it, made by its SQL text alone.
    fn ledger_of_version_1(path: &Path) {
        let old = Connection::open(path).unwrap();
        old.execute_batch(MIGRATIONS[0]).unwrap();
        old.execute_batch("INSERT INTO meta (name, value) VALUES ('kept', 'yes')")
            .unwrap();
        old.pragma_update(None, "application_id", APPLICATION_ID)
            .unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
    }

    #[test]
    fn an_older_version_is_copied_and_migrated() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.sqlite");
        ledger_of_version_1(&path);
        let now = open_writer(&path, &[MIGRATIONS[0], SECOND]).unwrap();
        assert_eq!(version(&now), 2);
        let kept: (String, i64) = now
            .query_row(
                "SELECT value, changed_at FROM meta WHERE name = 'kept'",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        assert_eq!(kept, ("yes".to_owned(), 0));
        let backup = Connection::open(dir.path().join("ledger.sqlite.v1.bak")).unwrap();
        assert_eq!(version(&backup), 1);
        assert!(backup.prepare("SELECT changed_at FROM meta").is_err());
        assert!(!dir.path().join("ledger.sqlite.v1.bak.part").exists());
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.sqlite");
        ledger_of_version_1(&path);
        let broken = format!("{SECOND} SELECT no_such_column FROM meta;");
        assert!(open_writer(&path, &[MIGRATIONS[0], &broken]).is_err());
        let again = open_writer(&path, MIGRATIONS).unwrap();
        assert_eq!(version(&again), 1);
        assert!(again.prepare("SELECT changed_at FROM meta").is_err());
    }

    #[test]
    fn a_newer_version_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.sqlite");
        drop(open_writer(&path, &[MIGRATIONS[0], SECOND]).unwrap());
        let error = open_writer(&path, MIGRATIONS).unwrap_err();
        assert!(
            matches!(
                error,
                LedgerError::Newer {
                    found: 2,
                    known: 1,
                    ..
                }
            ),
            "{error}"
        );
        assert!(error.to_string().contains("schema version 2"), "{error}");
    }

    #[test]
    fn other_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let text = dir.path().join("text");
        fs::write(
            &text,
            "a letter, by no means a database, and longer than a header\n",
        )
        .unwrap();
        let other = dir.path().join("other.sqlite");
        Connection::open(&other)
            .unwrap()
            .execute_batch("CREATE TABLE a (b)")
            .unwrap();
        for path in [text, other] {
            let before = fs::read(&path).unwrap();
            let error = open_writer(&path, MIGRATIONS).unwrap_err();
            assert!(matches!(error, LedgerError::NotALedger { .. }), "{error}");
            assert_eq!(
                fs::read(&path).unwrap(),
                before,
                "the file is left as it was"
            );
        }
        let missing = dir.path().join("no/such/folder/ledger.sqlite");
        assert!(matches!(
            open_writer(&missing, MIGRATIONS),
            Err(LedgerError::Open { .. })
        ));
    }
}
