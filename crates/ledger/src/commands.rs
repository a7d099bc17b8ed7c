//! What people and the daemon ask, durable before it is answered.

use fengbiao_model::{Action, Actor, Command, Timestamp};
use rusqlite::params;

use crate::columns::{int, uint};
use crate::ledger::page;
use crate::shared_json::{command_json, command_of};
use crate::{Ledger, LedgerError};

impl Ledger {
    /// Stores a command under the next number; durable on return. The alerter takes it as input.
    pub fn push_command(
        &self,
        by: Actor,
        action: Action,
        at: Timestamp,
    ) -> Result<Command, LedgerError> {
        self.write(|tx| {
            let sql = "SELECT ifnull(max(number), 0) + 1 FROM commands";
            let number = tx.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
            let command = Command {
                number: uint("command", number)?,
                at,
                by,
                action,
            };
            tx.prepare_cached("INSERT INTO commands (number, at, body) VALUES (?1, ?2, ?3)")?
                .execute(params![number, at.as_millis(), command_json(&command)])?;
            Ok(command)
        })
    }

    /// The commands after number `after`, in order, at most `limit`.
    pub fn commands_after(&self, after: u64, limit: usize) -> Result<Vec<Command>, LedgerError> {
        let sql = "SELECT body FROM commands WHERE number > ?1 ORDER BY number LIMIT ?2";
        self.read(|db| {
            let mut statement = db.prepare_cached(sql)?;
            let mut rows = statement.query(params![int("command", after)?, page(limit)])?;
            let mut commands = Vec::new();
            while let Some(row) = rows.next()? {
                commands.push(command_of(row.get_ref(0)?.as_str().unwrap_or_default())?);
            }
            Ok(commands)
        })
    }
}
