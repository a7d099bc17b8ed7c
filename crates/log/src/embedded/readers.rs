//! Connections that only read.

use std::path::PathBuf;
use std::sync::Mutex;

use rusqlite::Connection;

use super::{lock, schema};
use crate::LogError;
use crate::error::failed_to;

/// Connections that only read, opened as they are needed and used again.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self {
            path,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// A connection of the caller's own.
    pub(super) fn open(&self) -> Result<Connection, LogError> {
        schema::open_reader(&self.path)
    }

    /// Reads on a connection that no one else uses meanwhile.
    pub(super) fn read<T>(
        &self,
        doing: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, LogError> {
        let idle = lock(&self.idle).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.open()?,
        };
        let value = read(&connection).map_err(failed_to(doing))?;
        lock(&self.idle).push(connection);
        Ok(value)
    }
}
