//! What a step writes as one row, where each change would be one otherwise.

use std::collections::BTreeMap;

use fengbiao_alerter::Change;
use fengbiao_model::ReceiverId;
use rusqlite::{Connection, params};

use super::rows::Rows;
use crate::LedgerError;
use crate::members::Members;
use crate::memories::Memories;

/// What a step writes as one row instead of one for each change.
#[derive(Default)]
pub(super) struct Gathered<'a> {
    members: Members,
    memories: Memories,
    withheld: BTreeMap<(&'a ReceiverId, &'static str), i64>,
}

impl<'a> Gathered<'a> {
    /// Whether a change is done with by this.
    pub(super) fn take(
        &mut self,
        tx: &Connection,
        change: &'a Change,
    ) -> Result<bool, LedgerError> {
        match change {
            Change::Remember(topic, post, memory) => self.memories.remember(topic, post, memory),
            Change::Forget(topic, post) => self.memories.forget(topic, post),
            Change::Member(id, post, found_at) => self.members.add(*id, post, *found_at),
            Change::Absorbed(into, from) => self.members.absorb(tx, *into, *from)?,
            Change::Withheld(key, why) => {
                let count = self.withheld.entry((&key.receiver, why.as_str()));
                *count.or_default() += 1;
            }
            Change::DropIncident(id) => {
                self.members.forget(*id);
                return Ok(false);
            }
            Change::Clocks(clocks) => {
                self.memories.clock(clocks.event);
                return Ok(false);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Writes them at the end of the step.
    pub(super) fn write(&self, tx: &Rows<'_>, step: u64) -> Result<(), LedgerError> {
        self.members.write(tx, step)?;
        self.memories.write(tx)?;
        let sql = "INSERT INTO withheld (receiver, reason, count) VALUES (?1, ?2, ?3)
                   ON CONFLICT (receiver, reason) DO UPDATE SET count = count + excluded.count";
        for ((receiver, reason), count) in &self.withheld {
            tx.run(sql, params![receiver.as_str(), reason, count])?;
        }
        Ok(())
    }
}
