//! What has been kept long enough goes, a slice at a time.

use fengbiao_model::{NULL_RECEIVER, TimeSpan, Timestamp};
use rusqlite::{Connection, params};

use crate::limits::{KEPT_CANARIES, KEPT_FINISHED_NOTICES, RETAIN_SLICE_ROWS};
use crate::{Ledger, LedgerError, memories};

/// What one slice of retention removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Steps.
    pub steps: usize,
    /// Notices that were delivered or given up.
    pub notices: usize,
    /// Whether there is more to remove: call again soon.
    pub more: bool,
}

impl Ledger {
    /// Removes one slice of what is too old at `now`: steps older than `keep_steps` that lie
    /// before the oldest checkpoint, and notices finished longer ago than
    /// [`KEPT_FINISHED_NOTICES`] of incidents that are not open; canaries sooner. `keep_steps` is the
    /// retention of the log's `hits`: without its hits a step cannot be replayed. What is remembered
    /// of posts is written more closely where that saves much.
    pub fn retain(&self, now: Timestamp, keep_steps: TimeSpan) -> Result<Retained, LedgerError> {
        let slice = i64::try_from(RETAIN_SLICE_ROWS).unwrap_or(i64::MAX);
        let (steps, notices) = self.write(|tx| {
            let steps = remove_steps(tx, now - keep_steps, slice)?;
            let notices = remove_notices(tx, now - KEPT_FINISHED_NOTICES, slice)?;
            let canaries = remove_canaries(tx, now - KEPT_CANARIES, slice)?;
            Ok((steps, notices + canaries))
        })?;
        for (table, rows) in [("steps", steps), ("outbox", notices)] {
            self.metrics
                .retained
                .with_label_values(&[table])
                .inc_by(rows as u64);
        }
        // In a transaction of its own: it reads all that is remembered.
        self.write(|tx| memories::compact(tx))?;
        self.give_back_pages()?;
        Ok(Retained {
            steps,
            notices,
            more: steps.max(notices) >= RETAIN_SLICE_ROWS,
        })
    }

    /// Returns a slice of free pages to the file system, and ends a purge that a reader delayed.
    fn give_back_pages(&self) -> Result<(), LedgerError> {
        self.writer()
            .execute_batch(&format!("PRAGMA incremental_vacuum({RETAIN_SLICE_ROWS})"))?;
        self.scrub().map(drop)
    }
}

fn remove_steps(tx: &Connection, before: Timestamp, slice: i64) -> Result<usize, LedgerError> {
    // Without a checkpoint the comparison is with NULL, and nothing goes.
    let sql = "DELETE FROM steps WHERE number IN (
                   SELECT number FROM steps
                   WHERE wall < ?1 AND number <= (SELECT min(step) FROM checkpoints)
                   ORDER BY number LIMIT ?2)";
    Ok(tx
        .prepare_cached(sql)?
        .execute(params![before.as_millis(), slice])?)
}

fn remove_notices(tx: &Connection, before: Timestamp, slice: i64) -> Result<usize, LedgerError> {
    let old = "SELECT row FROM outbox
               WHERE finished_at < ?1
                 AND NOT EXISTS (SELECT 1 FROM incidents
                                 WHERE incidents.id = outbox.incident AND incidents.open = 1)
               ORDER BY finished_at, row LIMIT ?2";
    remove_finished(tx, old, before, slice)
}

fn remove_canaries(tx: &Connection, before: Timestamp, slice: i64) -> Result<usize, LedgerError> {
    let old = format!(
        "SELECT row FROM outbox WHERE incident = 0 AND receiver = '{NULL_RECEIVER}'
             AND finished_at < ?1
         ORDER BY finished_at, row LIMIT ?2"
    );
    remove_finished(tx, &old, before, slice)
}

fn remove_finished(
    tx: &Connection,
    old: &str,
    before: Timestamp,
    slice: i64,
) -> Result<usize, LedgerError> {
    for table in ["attempts", "notice_posts"] {
        let hanging = format!("DELETE FROM {table} WHERE outbox IN ({old})");
        tx.prepare_cached(&hanging)?
            .execute(params![before.as_millis(), slice])?;
    }
    let notices = format!("DELETE FROM outbox WHERE row IN ({old})");
    Ok(tx
        .prepare_cached(&notices)?
        .execute(params![before.as_millis(), slice])?)
}
