//! Steps as they are recorded: the only order there is.

use fengbiao_model::{Offset, Partition, TimeSpan, Timestamp};
use rusqlite::{Connection, Row, params};

use crate::columns::{int, uint};
use crate::ledger::page;
use crate::record::json;
use crate::{Ledger, LedgerError};

/// A half-open range of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionRange {
    /// The partition.
    pub partition: Partition,
    /// The first place.
    pub from: Offset,
    /// The place behind the last.
    pub to: Offset,
}

/// What one step took, without what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepRecord {
    /// Its number, from 1 without gaps.
    pub number: u64,
    /// The wall clock it went by.
    pub wall: Timestamp,
    /// The monotonic clock of its process.
    pub monotonic: TimeSpan,
    /// The process, counted.
    pub process: u64,
    /// The commands taken, half-open: from this number to before that one.
    pub commands: std::ops::Range<u64>,
    /// The ranges of `pulses`, in the order taken.
    pub pulses: Vec<PartitionRange>,
    /// The ranges of `hits`, in the order taken; a partition may occur more than once.
    pub hits: Vec<PartitionRange>,
}

/// A step as it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredStep {
    /// What it took.
    pub record: StepRecord,
    /// BLAKE3 of the canonical bytes of its effects.
    pub digest: [u8; 32],
    /// How many changes it made.
    pub changes: u64,
}

const COLUMNS: &str = "number, wall, monotonic, process, commands_from, commands_to, pulses, hits,
                       digest, changes";

impl Ledger {
    /// The steps from number `from` on, in order, at most `limit`.
    pub fn steps(&self, from: u64, limit: usize) -> Result<Vec<StoredStep>, LedgerError> {
        self.read(|db| {
            let sql = format!(
                "SELECT {COLUMNS} FROM steps WHERE number >= ?1
                               ORDER BY number LIMIT ?2"
            );
            let mut statement = db.prepare_cached(&sql)?;
            let mut rows = statement.query(params![int("step", from)?, page(limit)])?;
            let mut steps = Vec::new();
            while let Some(row) = rows.next()? {
                steps.push(stored_step(row)?);
            }
            Ok(steps)
        })
    }

    /// The number of the latest step; 0 before the first.
    pub fn last_step(&self) -> Result<u64, LedgerError> {
        self.read(last_step)
    }
}

/// The number of the latest step ever stored, also when retention has removed it.
pub(crate) fn last_step(db: &Connection) -> Result<u64, LedgerError> {
    let sql = "SELECT max(ifnull((SELECT max(number) FROM steps), 0),
                          ifnull((SELECT max(step) FROM checkpoints), 0))";
    uint(
        "step",
        db.prepare_cached(sql)?.query_row([], |row| row.get(0))?,
    )
}

pub(crate) fn insert(
    tx: &Connection,
    step: &StepRecord,
    digest: [u8; 32],
    changes: usize,
) -> Result<(), LedgerError> {
    let sql = format!(
        "INSERT INTO steps ({COLUMNS})
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    );
    tx.prepare_cached(&sql)?.execute(params![
        int("step", step.number)?,
        step.wall.as_millis(),
        step.monotonic.as_millis(),
        int("process", step.process)?,
        int("command", step.commands.start)?,
        int("command", step.commands.end)?,
        ranges_json(&step.pulses),
        ranges_json(&step.hits),
        digest,
        int("count of changes", changes as u64)?,
    ])?;
    Ok(())
}

fn stored_step(row: &Row<'_>) -> Result<StoredStep, LedgerError> {
    let number = |column| uint("step", row.get::<_, i64>(column)?);
    let record = StepRecord {
        number: number(0)?,
        wall: Timestamp::from_millis(row.get(1)?),
        monotonic: TimeSpan::from_millis(row.get(2)?),
        process: number(3)?,
        commands: number(4)?..number(5)?,
        pulses: ranges_of(row.get_ref(6)?.as_str().unwrap_or_default())?,
        hits: ranges_of(row.get_ref(7)?.as_str().unwrap_or_default())?,
    };
    Ok(StoredStep {
        record,
        digest: row.get(8)?,
        changes: number(9)?,
    })
}

fn ranges_json(ranges: &[PartitionRange]) -> String {
    let ranges: Vec<(u32, u64, u64)> = ranges
        .iter()
        .map(|range| (range.partition.0, range.from.0, range.to.0))
        .collect();
    json(&ranges)
}

fn ranges_of(text: &str) -> Result<Vec<PartitionRange>, LedgerError> {
    let ranges: Vec<(u32, u64, u64)> = serde_json::from_str(text)
        .map_err(|error| LedgerError::decode("ranges of a step")(error.to_string()))?;
    let range = |(partition, from, to)| PartitionRange {
        partition: Partition(partition),
        from: Offset(from),
        to: Offset(to),
    };
    Ok(ranges.into_iter().map(range).collect())
}
