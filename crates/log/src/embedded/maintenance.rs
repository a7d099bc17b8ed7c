//! What operators do with a log: look at its groups, purge, back up, check.

use std::path::Path;

use fengbiao_model::{Offset, Partition, Position};
use rusqlite::Connection;

use super::heads::Heads;
use super::{Embedded, backup, cursors, schema};
use crate::error::failed_to;
use crate::{Cursor, LogError, MAX_RECORD_BYTES, Topic};

/// How far a group has come in one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupState {
    /// The group.
    pub group: String,
    /// The topic it reads.
    pub topic: Topic,
    /// The partition.
    pub partition: Partition,
    /// Its stored cursor, if it has committed one.
    pub cursor: Option<Cursor>,
    /// The place behind the last record.
    pub next: Offset,
    /// Records kept that it has still to read.
    pub lag_records: u64,
}

impl Embedded {
    /// All groups known, partition by partition, by name, topic and partition. Also sets the
    /// metric `fengbiao_log_lag_records`: call it before the metrics are read.
    pub fn groups(&self) -> Result<Vec<GroupState>, LogError> {
        let known = self.shared.readers.read("read cursors", cursors::groups)?;
        let lags = &self.shared.metrics.lag_records;
        lags.reset();
        let mut states = Vec::new();
        for (group, topic) in known {
            let places = self.shared.readers.read("read cursors", |reader| {
                cursors::of_group(reader, &group, topic)
            })?;
            for (partition, cursor) in places {
                let next = self.next_offset(topic, partition)?;
                let first = self.first_kept(topic, partition)?;
                let from = cursor
                    .as_ref()
                    .map_or(first, |cursor| cursor.next.max(first));
                let lag_records = next.0.saturating_sub(from.0);
                lags.with_label_values(&[&group, topic.name(), &partition.0.to_string()])
                    .set(i64::try_from(lag_records).unwrap_or(i64::MAX));
                let group = group.clone();
                states.push(GroupState {
                    group,
                    topic,
                    partition,
                    cursor,
                    next,
                    lag_records,
                });
            }
        }
        Ok(states)
    }

    /// Replaces the payloads of records in place, all or none, durably; their places stay. The old
    /// bytes are overwritten in the file, and the write-ahead file is emptied as far as readers
    /// allow. Fails with [`LogError::NoSuchRecord`] for the first place without a record.
    pub fn redact(
        &self,
        topic: Topic,
        replacements: Vec<(Position, Vec<u8>)>,
    ) -> Result<(), LogError> {
        const DOING: &str = "redact records";
        for (position, payload) in &replacements {
            self.shared.streams.get(topic, position.partition)?;
            let (bytes, max) = (payload.len(), MAX_RECORD_BYTES);
            if bytes > max {
                return Err(LogError::TooLong {
                    what: "a record",
                    topic,
                    bytes,
                    max,
                });
            }
        }
        self.shared.run(move |store| {
            let set = |store: &super::Store, mode: &str| {
                let sql = format!("PRAGMA secure_delete = {mode}");
                store
                    .connection()
                    .execute_batch(&sql)
                    .map_err(failed_to(DOING))
            };
            set(store, "ON")?;
            let replaced = replace(store, topic, &replacements);
            set(store, "FAST")?;
            if let Some(position) = replaced? {
                return Err(LogError::NoSuchRecord { topic, position });
            }
            // Best effort: a reader that is at work keeps the old pages a little longer.
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            store
                .connection()
                .execute_batch(sql)
                .map_err(failed_to(DOING))
        })
    }

    /// Copies the log to `target` as it stands at one moment, appends going on meanwhile. A file
    /// of that name is replaced once the copy is complete and on the disk.
    pub fn backup_to(&self, target: &Path) -> Result<(), LogError> {
        let reader = self.shared.readers.open()?;
        backup::copy(&reader, target)
    }
}

/// Replaces all payloads or none; the first place without a record, if there is one.
fn replace(
    store: &mut super::Store,
    topic: Topic,
    replacements: &[(Position, Vec<u8>)],
) -> Result<Option<Position>, LogError> {
    let mut missing = None;
    let replaced = store.transact("redact records", |transaction, streams, heads| {
        for (position, payload) in replacements {
            let stream = &streams.of(topic)[super::index(position.partition)];
            let Some(old) = stream.replace(transaction, position.offset.0, payload)? else {
                missing = Some(*position);
                // Takes back what was replaced so far.
                return Err(rusqlite::Error::QueryReturnedNoRows);
            };
            let head = heads.get_mut(stream);
            head.bytes = (head.bytes + payload.len() as u64).saturating_sub(old);
        }
        Ok(())
    });
    match missing {
        Some(position) => Ok(Some(position)),
        None => replaced.map(|()| None),
    }
}

/// Reads the whole file at `path` and says what is wrong with it; nothing where it is sound. Works
/// on a closed log and beside a running one.
pub fn check(path: &Path) -> Result<Vec<String>, LogError> {
    let connection = schema::open_existing(path)?;
    let mut findings = schema::integrity(&connection).map_err(failed_to("check its file"))?;
    if findings.is_empty() {
        findings = audit(&connection).map_err(failed_to("check its file"))?;
    }
    Ok(findings)
}

/// Whether what is stored of the partitions agrees with their records, in one snapshot.
fn audit(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let snapshot = connection.unchecked_transaction()?;
    let streams = schema::stored_streams(&snapshot)?;
    let heads = Heads::load(&snapshot)?;
    let mut findings = Vec::new();
    for stream in streams.iter() {
        let head = heads.get(stream);
        let (last, bytes) = stream.audit(&snapshot)?;
        let place = format!("topic `{}`, partition {}", stream.topic, stream.partition.0);
        if let Some(last) = last.filter(|last| *last >= head.next) {
            findings.push(format!(
                "{place}: offset {last} stands at or above the next, {}",
                head.next
            ));
        }
        if bytes != head.bytes {
            findings.push(format!(
                "{place}: {bytes} bytes are kept, {} are noted",
                head.bytes
            ));
        }
    }
    Ok(findings)
}
