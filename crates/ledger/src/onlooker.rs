//! A ledger looked at from aside.

use std::path::Path;

use fengbiao_alerter::record::Clocks;
use fengbiao_model::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};

use crate::record::clocks_of;
use crate::{LedgerError, schema, steps};

/// A ledger looked at from aside, whether somebody has it open or not: nothing is written, no file is
/// made or migrated, and nobody is fenced.
#[derive(Debug)]
pub struct Onlooker(Connection);

impl Onlooker {
    /// Opens the file, which must be there.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        schema::open_from_aside(path).map(Self)
    }

    /// What SQLite finds wrong in the file; nothing when it is whole.
    pub fn check(&self) -> Result<Vec<String>, LedgerError> {
        let mut statement = self.0.prepare("PRAGMA integrity_check")?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        let lines: Vec<String> = rows.collect::<Result<_, _>>()?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }

    /// Whether its tables are there: a first start may have been cut short before it made them.
    pub fn is_made(&self) -> Result<bool, LedgerError> {
        let version = self
            .0
            .pragma_query_value(None, "user_version", |row| row.get::<_, i32>(0))?;
        Ok(version > 0)
    }

    /// The number of the latest step.
    pub fn last_step(&self) -> Result<u64, LedgerError> {
        steps::last_step(&self.0)
    }

    /// The clocks of the alerter after its latest step.
    pub fn clocks(&self) -> Result<Option<Clocks>, LedgerError> {
        let sql = "SELECT body FROM clocks";
        let body = self.0.query_row(sql, [], |row| row.get::<_, String>(0));
        body.optional()?.map(|body| clocks_of(&body)).transpose()
    }

    /// When the latest step that is kept was recorded.
    pub fn last_recorded(&self) -> Result<Option<Timestamp>, LedgerError> {
        let sql = "SELECT wall FROM steps ORDER BY number DESC LIMIT 1";
        let wall = self.0.query_row(sql, [], |row| row.get(0)).optional()?;
        Ok(wall.map(Timestamp::from_millis))
    }
}
