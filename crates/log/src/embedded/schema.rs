//! The file: how it is opened, recognised, made and migrated.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, OpenFlags, Result, Transaction, params};

use super::backup;
use super::options::Options;
use super::stream::{Streams, number};
use crate::error::failed_to;
use crate::{LogError, MAX_PARTITIONS, SQLITE_BUSY_TIMEOUT_MILLIS, Topic, WAL_KEPT_BYTES};

/// Marks the file as a log of this program: "FBlg".
const APPLICATION_ID: i64 = 0x4642_6c67;
const PAGE_BYTES: u64 = 4096;

pub(super) type Migration = fn(&Transaction<'_>) -> Result<()>;

/// Each brings the file from the version of its index to the next.
pub(super) const MIGRATIONS: &[Migration] = &[create_tables];

fn create_tables(transaction: &Transaction<'_>) -> Result<()> {
    transaction.execute_batch(
        "CREATE TABLE partitions (
             topic     TEXT NOT NULL,
             partition INTEGER NOT NULL,
             next      INTEGER NOT NULL DEFAULT 0 CHECK (next >= 0),
             bytes     INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0),
             PRIMARY KEY (topic, partition)
         ) STRICT, WITHOUT ROWID;
         CREATE TABLE groups (
             name  TEXT NOT NULL,
             topic TEXT NOT NULL,
             PRIMARY KEY (name, topic)
         ) STRICT, WITHOUT ROWID;
         CREATE TABLE cursors (
             name      TEXT NOT NULL,
             topic     TEXT NOT NULL,
             partition INTEGER NOT NULL,
             next      INTEGER NOT NULL CHECK (next >= 0),
             note      TEXT NOT NULL,
             PRIMARY KEY (name, topic, partition)
         ) STRICT, WITHOUT ROWID;",
    )
}

/// Opens the file for writing: makes it, migrates it, or says why not.
pub(super) fn open_writer(
    path: &Path,
    options: &Options,
    migrations: &[Migration],
) -> std::result::Result<(Connection, Streams), LogError> {
    let mut connection = Connection::open(path).map_err(failed_to("open its file"))?;
    configure(&connection).map_err(|error| opening(path, &error))?;
    let version = recognise(&connection, path, migrations.len())?;
    // Only an empty file takes this setting, and only before its first table.
    connection
        .execute_batch("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;")
        .map_err(|error| opening(path, &error))?;
    migrate(&mut connection, path, version, migrations)?;
    let counts = Topic::ALL.map(|topic| options.topic(topic).partitions);
    let streams = Streams::new(|topic| counts[topic.index()]);
    fit_partitions(&mut connection, &streams)?;
    limit_size(&connection, options.max_file_bytes).map_err(failed_to("set its size limit"))?;
    Ok((connection, streams))
}

/// Opens the file for reading, beside a writer.
pub(super) fn open_reader(path: &Path) -> std::result::Result<Connection, LogError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(Duration::from_millis(SQLITE_BUSY_TIMEOUT_MILLIS))?;
        connection.set_prepared_statement_cache_capacity(statements());
        Ok(connection)
    };
    open().map_err(failed_to("open its file for reading"))
}

/// Opens a log that must be there already, to look at it: nothing is written, no file is made beside
/// it. Where it has no write-ahead file nobody has it open, and SQLite, told so, makes none either.
pub(super) fn open_existing(path: &Path) -> std::result::Result<Connection, LogError> {
    fs::metadata(path).map_err(|error| LogError::file("open", path, &error))?;
    let mut ahead = path.as_os_str().to_owned();
    ahead.push("-wal");
    let connection = if Path::new(&ahead).exists() {
        open_reader(path)?
    } else {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI;
        Connection::open_with_flags(unchanging(path), flags).map_err(failed_to("open its file"))?
    };
    let version = recognise(&connection, path, MIGRATIONS.len())?;
    if version < MIGRATIONS.len() {
        let cause = "it is empty, or of an older version".to_owned();
        return Err(LogError::NotALog {
            path: path.to_owned(),
            cause,
        });
    }
    Ok(connection)
}

/// The file's address for SQLite, with the promise that nobody changes it.
fn unchanging(path: &Path) -> String {
    let path = percent_encode(path.as_os_str().as_encoded_bytes(), NON_ALPHANUMERIC);
    format!("file:{path}?immutable=1")
}

/// Room for the statements of every partition that there can be.
fn statements() -> usize {
    Topic::ALL.len() * usize::try_from(MAX_PARTITIONS).unwrap_or(0) * 4
}

fn configure(connection: &Connection) -> Result<()> {
    connection.busy_timeout(Duration::from_millis(SQLITE_BUSY_TIMEOUT_MILLIS))?;
    connection.set_prepared_statement_cache_capacity(statements());
    // FULL: a commit is on the disk before it is acknowledged. `fullfsync` is the same on macOS.
    // `secure_delete`: what retention and purge remove is overwritten in its page.
    connection.execute_batch(&format!(
        "PRAGMA page_size = {PAGE_BYTES};
         PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA secure_delete = FAST;
         PRAGMA journal_size_limit = {WAL_KEPT_BYTES};"
    ))
}

fn limit_size(connection: &Connection, max_file_bytes: Option<u64>) -> Result<()> {
    let Some(bytes) = max_file_bytes else {
        return Ok(());
    };
    connection.execute_batch(&format!(
        "PRAGMA max_page_count = {};",
        (bytes / PAGE_BYTES).max(1)
    ))
}

fn opening(path: &Path, error: &rusqlite::Error) -> LogError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => LogError::NotALog {
            path: path.to_owned(),
            cause: "it is no SQLite file".to_owned(),
        },
        _ => LogError::store("open its file", error),
    }
}

fn pragma(connection: &Connection, name: &str) -> Result<i64> {
    connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
}

/// The file's schema version: 0 for an empty one.
fn recognise(
    connection: &Connection,
    path: &Path,
    known: usize,
) -> std::result::Result<usize, LogError> {
    let read = || {
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((
            pragma(connection, "application_id")?,
            pragma(connection, "user_version")?,
            tables,
        ))
    };
    let (application, found, tables) = read().map_err(|error| opening(path, &error))?;
    if tables == 0 && found == 0 {
        return Ok(0);
    }
    if application != APPLICATION_ID {
        let cause = "it is a SQLite file of something else".to_owned();
        return Err(LogError::NotALog {
            path: path.to_owned(),
            cause,
        });
    }
    let known = i64::try_from(known).unwrap_or(i64::MAX);
    match usize::try_from(found) {
        Ok(version) if found <= known => Ok(version),
        _ => Err(LogError::Newer {
            path: path.to_owned(),
            found,
            known,
        }),
    }
}

/// Brings the file to the last version, after a copy of an older one.
fn migrate(
    connection: &mut Connection,
    path: &Path,
    version: usize,
    migrations: &[Migration],
) -> std::result::Result<(), LogError> {
    if version == migrations.len() {
        return Ok(());
    }
    if version > 0 {
        let target = migration_backup(path, version);
        backup::copy(connection, &target)?;
        tracing::info!(from = version, to = migrations.len(), backup = %target.display(), "migrating the log");
    }
    let mut run = || {
        let transaction = connection.transaction()?;
        for migration in migrations.iter().skip(version) {
            migration(&transaction)?;
        }
        transaction.execute_batch(&format!(
            "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {};",
            migrations.len()
        ))?;
        transaction.commit()
    };
    run().map_err(failed_to("migrate its file"))
}

/// Where the copy of an older version is kept: `log.sqlite.v1.bak`.
pub(super) fn migration_backup(path: &Path, version: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".v{version}.bak"));
    name.into()
}

/// Gives each topic its partitions; refuses another number where a topic has had records.
fn fit_partitions(
    connection: &mut Connection,
    streams: &Streams,
) -> std::result::Result<(), LogError> {
    const DOING: &str = "make its partitions";
    let transaction = connection.transaction().map_err(failed_to(DOING))?;
    for topic in Topic::ALL {
        let asked = streams.count(topic);
        if !(1..=MAX_PARTITIONS).contains(&asked) {
            return Err(LogError::PartitionCount {
                topic,
                asked,
                max: MAX_PARTITIONS,
            });
        }
        let (stored, next): (u32, i64) = transaction
            .query_row(
                "SELECT count(*), coalesce(max(next), 0) FROM partitions WHERE topic = ?1",
                [topic.name()],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .map_err(failed_to(DOING))?;
        if stored == asked {
            continue;
        }
        if next > 0 {
            return Err(LogError::PartitionsDiffer {
                topic,
                stored,
                asked,
            });
        }
        make_partitions(&transaction, topic, stored, asked).map_err(failed_to(DOING))?;
    }
    transaction.commit().map_err(failed_to(DOING))
}

fn make_partitions(
    transaction: &Transaction<'_>,
    topic: Topic,
    stored: u32,
    asked: u32,
) -> Result<()> {
    for stream in Streams::new(|_| stored).of(topic) {
        stream.drop_table(transaction)?;
    }
    for table in ["partitions", "cursors"] {
        let sql = format!("DELETE FROM {table} WHERE topic = ?1");
        transaction.execute(&sql, [topic.name()])?;
    }
    for stream in Streams::new(|_| asked).of(topic) {
        stream.create(transaction)?;
        transaction.execute(
            "INSERT INTO partitions (topic, partition) VALUES (?1, ?2)",
            params![topic.name(), stream.partition.0],
        )?;
    }
    Ok(())
}

/// How many partitions each topic has in a file that is open.
pub(super) fn stored_streams(connection: &Connection) -> Result<Streams> {
    let mut counts = Topic::ALL.map(|_| 0);
    for topic in Topic::ALL {
        counts[topic.index()] = connection.query_row(
            "SELECT count(*) FROM partitions WHERE topic = ?1",
            [topic.name()],
            |row| row.get(0),
        )?;
    }
    Ok(Streams::new(|topic| counts[topic.index()]))
}

/// What SQLite finds wrong with the file's structure.
pub(super) fn integrity(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines = lines.collect::<Result<Vec<_>>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// Free pages and all pages of the file.
pub(super) fn pages(connection: &Connection) -> Result<(u64, u64)> {
    Ok((
        number(pragma(connection, "freelist_count")?),
        number(pragma(connection, "page_count")?),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add_table(transaction: &Transaction<'_>) -> Result<()> {
        transaction.execute_batch("CREATE TABLE added (x INTEGER) STRICT")
    }

    fn fail(transaction: &Transaction<'_>) -> Result<()> {
        add_table(transaction)?;
        transaction.execute_batch("CREATE TABLE partitions (x INTEGER)")
    }

    fn has_added(path: &Path) -> bool {
        let connection = Connection::open(path).unwrap();
        let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'added'";
        connection
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .unwrap()
            == 1
    }

    #[test]
    fn an_older_file_is_copied_and_migrated_and_the_older_program_refuses_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.sqlite");
        let options = Options::default();
        drop(open_writer(&path, &options, MIGRATIONS).unwrap());
        let newer: &[Migration] = &[create_tables, add_table];
        drop(open_writer(&path, &options, newer).unwrap());
        assert!(has_added(&path));
        let backup = migration_backup(&path, 1);
        assert_eq!(backup, folder.path().join("log.sqlite.v1.bak"));
        assert!(!has_added(&backup));
        drop(open_writer(&backup, &options, MIGRATIONS).unwrap());
        let refused = open_writer(&path, &options, MIGRATIONS).unwrap_err();
        assert_eq!(
            refused,
            LogError::Newer {
                path,
                found: 2,
                known: 1
            }
        );
    }

    #[test]
    fn a_migration_that_fails_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.sqlite");
        let options = Options::default();
        drop(open_writer(&path, &options, MIGRATIONS).unwrap());
        let failed = open_writer(&path, &options, &[create_tables, fail]).unwrap_err();
        assert!(matches!(failed, LogError::Store { .. }), "{failed}");
        assert!(!has_added(&path));
        drop(open_writer(&path, &options, MIGRATIONS).unwrap());
    }

    #[test]
    fn commits_are_synced_and_removed_pages_can_be_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.sqlite");
        let (connection, _) = open_writer(&path, &Options::default(), MIGRATIONS).unwrap();
        // By SQLite's numbers: INCREMENTAL and FULL.
        assert_eq!(pragma(&connection, "auto_vacuum").unwrap(), 2);
        assert_eq!(pragma(&connection, "synchronous").unwrap(), 2);
        let mode: String = connection
            .query_row("PRAGMA journal_mode", [], |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
    }
}
