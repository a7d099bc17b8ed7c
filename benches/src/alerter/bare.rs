//! Bare SQLite: rows of given bytes, appended in the same transactions, as durable as the ledger.

use std::path::Path;
use std::time::{Duration, Instant};

use fengbiao_alerter::Effects;
use rusqlite::Connection;

use crate::figures::processor_time;

/// One table of plain rows.
pub(crate) struct Bare(Connection);

impl Bare {
    pub(crate) fn new(path: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             CREATE TABLE records (row INTEGER PRIMARY KEY, payload BLOB NOT NULL)",
        )?;
        Ok(Self(connection))
    }

    /// Appends rows in one transaction; gives the time it took, and how much of it on a processor.
    pub(crate) fn append(&mut self, rows: &[Vec<u8>]) -> anyhow::Result<(Duration, Duration)> {
        let idle = processor_time();
        let began = Instant::now();
        let transaction = self.0.transaction()?;
        let mut insert = transaction.prepare_cached("INSERT INTO records (payload) VALUES (?1)")?;
        for row in rows {
            insert.execute([row])?;
        }
        drop(insert);
        transaction.commit()?;
        let took = began.elapsed();
        Ok((took, processor_time().saturating_sub(idle)))
    }
}

/// The bytes of a step's effects, a row for each change.
pub(crate) fn rows_of(effects: &Effects) -> Vec<Vec<u8>> {
    let alone = |change: &fengbiao_alerter::Change| Effects {
        changes: vec![change.clone()],
        ..Effects::default()
    };
    let changes = effects.changes.iter();
    changes
        .map(|change| fengbiao_ledger::canonical_bytes(&alone(change)))
        .collect()
}
