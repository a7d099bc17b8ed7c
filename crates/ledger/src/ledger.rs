//! The handle: one connection that writes, a few that read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fengbiao_model::{Actor, Clock, LedgerId, Offset, Partition, Timestamp};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use tokio::sync::watch;

use crate::columns::{int, uint};
use crate::limits::{KEPT_READERS, MAX_PAGE_ROWS};
use crate::{LedgerError, Metrics, schema};

/// The durable record. Its methods block on the disk; call them from a blocking thread.
pub struct Ledger {
    path: PathBuf,
    id: LedgerId,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Metrics,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    outbox: watch::Sender<u64>,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Where the alerter reads next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Positions {
    /// The number of the next command; the first ever is 1.
    pub commands: u64,
    /// The next place in each partition of `pulses` that was read.
    pub pulses: BTreeMap<Partition, Offset>,
    /// The next place in each partition of `hits` that was read.
    pub hits: BTreeMap<Partition, Offset>,
}

/// One line of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// Its running number, from 1.
    pub number: u64,
    /// When (wall clock).
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What, such as `incident.viewed`.
    pub what: String,
    /// On what, such as `incident 7`.
    pub on: String,
    /// Anything else worth keeping.
    pub note: String,
}

fn transact<T>(
    writer: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, LedgerError>,
) -> Result<T, LedgerError> {
    let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = work(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

fn look<T>(
    reader: &mut Connection,
    work: impl FnOnce(&Connection) -> Result<T, LedgerError>,
) -> Result<T, LedgerError> {
    let snapshot = reader.transaction()?;
    let value = work(&snapshot)?;
    snapshot.finish()?;
    Ok(value)
}

impl Ledger {
    /// Opens or makes the ledger in the file `path`. An older schema is migrated after a copy to
    /// `<path>.v<old>.bak`; a newer one is refused.
    pub fn open(
        path: &Path,
        clock: Arc<dyn Clock>,
        registry: &prometheus::Registry,
    ) -> Result<Self, LedgerError> {
        let metrics = Metrics::register(registry)?;
        let writer = schema::open_writer(path, schema::MIGRATIONS)?;
        let id = identity(&writer).map_err(|error| error.on(path))?;
        Ok(Self {
            path: path.to_owned(),
            id,
            clock,
            metrics,
            writer: Mutex::new(writer),
            readers: Mutex::new(Vec::new()),
            outbox: watch::Sender::new(0),
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its identity, made with the file: a copy has the same.
    #[must_use]
    pub const fn id(&self) -> LedgerId {
        self.id
    }

    /// Does one transaction, whole or not at all; it is durable on return.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let mut writer = self.writer();
        transact(&mut writer, work).map_err(|error| error.on(&self.path))
    }

    /// Reads from one snapshot, beside the writer.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let kept = lock(&self.readers).pop();
        let mut reader = match kept {
            Some(reader) => reader,
            None => schema::open_reader(&self.path)?,
        };
        let value = look(&mut reader, work).map_err(|error| error.on(&self.path))?;
        let mut readers = lock(&self.readers);
        if readers.len() < KEPT_READERS {
            readers.push(reader);
        }
        Ok(value)
    }

    /// The connection that writes. A panic in a transaction has rolled it back, so a poisoned
    /// lock holds a sound connection.
    pub(crate) fn writer(&self) -> MutexGuard<'_, Connection> {
        lock(&self.writer)
    }

    /// Changes its value whenever a notice has come into the outbox or is to be tried again.
    #[must_use]
    pub fn outbox_changed(&self) -> watch::Receiver<u64> {
        self.outbox.subscribe()
    }

    pub(crate) fn signal_outbox(&self) {
        self.outbox
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Makes the caller the only alerter that may write steps, and returns its epoch. Whoever had
    /// an earlier one is fenced from now on. Epochs grow by one, so they also count the processes
    /// that ran the alerter.
    pub fn take_ownership(&self) -> Result<u64, LedgerError> {
        self.write(|tx| {
            let sql = "UPDATE owner SET epoch = epoch + 1 WHERE one = 1 RETURNING epoch";
            uint("epoch", tx.query_row(sql, [], |row| row.get(0))?)
        })
    }

    /// Where the alerter reads next.
    pub fn positions(&self) -> Result<Positions, LedgerError> {
        self.read(positions)
    }

    /// Adds a line to the audit trail, dated by the ledger's clock.
    pub fn audit(&self, by: &Actor, what: &str, on: &str, note: &str) -> Result<(), LedgerError> {
        let at = self.clock.wall();
        self.write(|tx| audit(tx, at, by, what, on, note))
    }

    /// The lines of the audit trail after number `after`, oldest first.
    pub fn audit_after(&self, after: u64, limit: usize) -> Result<Vec<AuditLine>, LedgerError> {
        let sql = "SELECT number, at, actor, what, target, note FROM audit
                   WHERE number > ?1 ORDER BY number LIMIT ?2";
        self.read(|db| {
            let mut statement = db.prepare_cached(sql)?;
            let rows = statement.query_map(
                params![int("audit number", after)?, page(limit)],
                audit_line,
            )?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// A value that the app keeps under a name, such as a generation or a first start.
    pub fn meta(&self, name: &str) -> Result<Option<String>, LedgerError> {
        self.read(|db| {
            let sql = "SELECT value FROM meta WHERE name = ?1";
            Ok(db
                .prepare_cached(sql)?
                .query_row([name], |row| row.get(0))
                .optional()?)
        })
    }

    /// Keeps a value under a name.
    pub fn set_meta(&self, name: &str, value: &str) -> Result<(), LedgerError> {
        self.write(|tx| put_meta(tx, name, value))
    }

    /// Copies the ledger at one point into a new file, while it is in use.
    pub fn backup_to(&self, path: &Path) -> Result<(), LedgerError> {
        schema::copy(&schema::open_reader(&self.path)?, path)
    }

    /// Bounds the file to a number of pages (4 KiB each). What would grow it beyond fails as on a
    /// full disk ([`LedgerError::is_disk_full`]); a bound below what is there only stops growth.
    pub fn set_max_pages(&self, pages: u32) -> Result<(), LedgerError> {
        self.writer()
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        Ok(())
    }

    /// What SQLite finds wrong in the file; nothing when it is whole.
    pub fn check(&self) -> Result<Vec<String>, LedgerError> {
        self.read(|db| {
            let mut statement = db.prepare("PRAGMA integrity_check")?;
            let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
            let lines: Vec<String> = rows.collect::<Result<_, _>>()?;
            Ok(lines.into_iter().filter(|line| line != "ok").collect())
        })
    }
}

fn identity(db: &Connection) -> Result<LedgerId, LedgerError> {
    let sql = "SELECT value FROM meta WHERE name = 'identity'";
    let text: String = db.query_row(sql, [], |row| row.get(0))?;
    text.parse().map_err(|_| LedgerError::NoIdentity { text })
}

pub(crate) fn put_meta(tx: &Connection, name: &str, value: &str) -> Result<(), LedgerError> {
    let sql = "INSERT INTO meta (name, value) VALUES (?1, ?2)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.prepare_cached(sql)?.execute([name, value])?;
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A limit as SQLite takes it, within the bound of one call.
pub(crate) fn page(limit: usize) -> i64 {
    i64::try_from(limit.min(MAX_PAGE_ROWS)).unwrap_or(i64::MAX)
}

pub(crate) fn positions(db: &Connection) -> Result<Positions, LedgerError> {
    let mut positions = Positions {
        commands: 1,
        ..Positions::default()
    };
    let mut statement = db.prepare_cached("SELECT input, partition, next FROM positions")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let partition = Partition(row.get(1)?);
        let next = uint("position", row.get(2)?)?;
        match row.get_ref(0)?.as_str().unwrap_or_default() {
            "commands" => positions.commands = next,
            "pulses" => {
                positions.pulses.insert(partition, Offset(next));
            }
            _ => {
                positions.hits.insert(partition, Offset(next));
            }
        }
    }
    Ok(positions)
}

pub(crate) fn audit(
    tx: &Connection,
    at: Timestamp,
    by: &Actor,
    what: &str,
    on: &str,
    note: &str,
) -> Result<(), LedgerError> {
    let sql = "INSERT INTO audit (at, actor, what, target, note) VALUES (?1, ?2, ?3, ?4, ?5)";
    tx.prepare_cached(sql)?
        .execute(params![at.as_millis(), by.as_str(), what, on, note])?;
    Ok(())
}

pub(crate) fn audit_line(row: &rusqlite::Row<'_>) -> rusqlite::Result<AuditLine> {
    Ok(AuditLine {
        number: row.get::<_, i64>(0)?.unsigned_abs(),
        at: Timestamp::from_millis(row.get(1)?),
        by: row.get(2)?,
        what: row.get(3)?,
        on: row.get(4)?,
        note: row.get(5)?,
    })
}
