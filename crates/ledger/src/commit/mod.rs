//! A step and all that it did, in one transaction.

mod gathered;
mod rows;

use std::collections::BTreeMap;

use fengbiao_alerter::{Change, Effects};
use fengbiao_model::{NULL_RECEIVER, Notice, Offset, Partition};
use rusqlite::{Connection, params};

use self::gathered::Gathered;
use self::rows::Rows;
pub(crate) use self::rows::incident_int;
use crate::canonical::{self, Digest};
use crate::columns::{int, uint};
use crate::ledger::positions;
use crate::purge::Erased;
use crate::{Ledger, LedgerError, Positions, StepRecord, purge, steps};

/// One step, ready to be stored.
#[derive(Clone, Copy, Debug)]
pub struct StepCommit<'a> {
    /// The epoch that [`Ledger::take_ownership`] gave.
    pub epoch: u64,
    /// What the step took.
    pub step: &'a StepRecord,
    /// Where the alerter read before it: must be what the ledger holds.
    pub before: &'a Positions,
    /// Where it reads next.
    pub after: &'a Positions,
    /// What the step did.
    pub effects: &'a Effects,
}

impl Ledger {
    /// Stores a step, its effects and the new positions, all or nothing; durable on return. What is
    /// purged or taken back leaves everything that is kept with the step, so that no end of the
    /// process comes between.
    ///
    /// Fails with [`LedgerError::Fenced`] when the epoch, the positions before or the number of
    /// the last step are not what the ledger holds: another alerter has taken over.
    pub fn commit_step(&self, commit: &StepCommit<'_>) -> Result<(), LedgerError> {
        let timer = self.metrics.commit_seconds.start_timer();
        let changes = &commit.effects.changes;
        let erased = self.write(|tx| {
            fence(tx, commit)?;
            move_positions(tx, commit.before, commit.after)?;
            let (digest, erased) = apply(tx, commit.step, changes)?;
            if erased.from_replays {
                purge::note_step(tx, commit.step.number)?;
            }
            steps::insert(tx, commit.step, digest, changes.len())?;
            Ok(erased)
        })?;
        timer.observe_duration();
        self.count(&commit.effects.changes);
        if erased.anything {
            self.scrub_or_warn();
        }
        Ok(())
    }

    /// What follows a stored step: counters and the signal to the sinks.
    fn count(&self, changes: &[Change]) {
        self.metrics.steps.inc();
        self.metrics.changes.inc_by(changes.len() as u64);
        let (mut notices, mut canaries) = (0, 0);
        for change in changes {
            match change {
                Change::Notice(notice) if is_canary(notice) => canaries += 1,
                Change::Notice(_) => notices += 1,
                Change::Withheld(_, why) => {
                    self.metrics
                        .withheld
                        .with_label_values(&[why.as_str()])
                        .inc();
                }
                _ => {}
            }
        }
        self.metrics.notices.inc_by(notices);
        if notices + canaries > 0 {
            self.signal_outbox();
        }
    }
}

/// Whether it is none for people, but the end of a canary's way: it counts nowhere.
fn is_canary(notice: &Notice) -> bool {
    notice.key.receiver.as_str() == NULL_RECEIVER
}

fn fence(tx: &Connection, commit: &StepCommit<'_>) -> Result<(), LedgerError> {
    let compare = |what, found: String, expected: String| {
        if found == expected {
            Ok(())
        } else {
            Err(LedgerError::Fenced {
                what,
                found,
                expected,
            })
        }
    };
    let sql = "SELECT epoch FROM owner WHERE one = 1";
    let epoch = uint(
        "epoch",
        tx.prepare_cached(sql)?.query_row([], |row| row.get(0))?,
    )?;
    compare("epoch", epoch.to_string(), commit.epoch.to_string())?;
    let next = steps::last_step(tx)? + 1;
    compare(
        "next step",
        next.to_string(),
        commit.step.number.to_string(),
    )?;
    let held = positions(tx)?;
    compare(
        "position",
        format!("{held:?}"),
        format!("{:?}", commit.before),
    )
}

fn move_positions(
    tx: &Connection,
    before: &Positions,
    after: &Positions,
) -> Result<(), LedgerError> {
    let sql = "INSERT INTO positions (input, partition, next) VALUES (?1, ?2, ?3)
               ON CONFLICT (input, partition) DO UPDATE SET next = excluded.next";
    let mut put = tx.prepare_cached(sql)?;
    if after.commands != before.commands {
        put.execute(params!["commands", 0, int("command", after.commands)?])?;
    }
    let mut drop =
        tx.prepare_cached("DELETE FROM positions WHERE input = ?1 AND partition = ?2")?;
    let mut move_all = |input: &str,
                        before: &BTreeMap<Partition, Offset>,
                        after: &BTreeMap<Partition, Offset>|
     -> Result<(), LedgerError> {
        for partition in before
            .keys()
            .filter(|partition| !after.contains_key(partition))
        {
            drop.execute(params![input, partition.0])?;
        }
        for (partition, next) in after {
            if before.get(partition) != Some(next) {
                put.execute(params![input, partition.0, int("position", next.0)?])?;
            }
        }
        Ok(())
    };
    move_all("pulses", &before.pulses, &after.pulses)?;
    move_all("hits", &before.hits, &after.hits)
}

/// Does every change to its table, in order; gives the digest of them all, and what they erased.
fn apply(
    tx: &Connection,
    step: &StepRecord,
    changes: &[Change],
) -> Result<([u8; 32], Erased), LedgerError> {
    let rows = Rows::of(tx);
    let mut digest = Digest::default();
    let mut gathered = Gathered::default();
    let mut erased = Erased::default();
    for change in changes {
        let line = canonical::line(change);
        digest.add(&line);
        if !gathered.take(tx, change)? {
            rows.put(step.wall, change, &line.value)?;
        }
        erased.add(purge::erase(tx, change)?);
    }
    gathered.write(&rows, step.number)?;
    Ok((digest.finish(), erased))
}
