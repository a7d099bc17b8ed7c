//! One partition of one topic: a table of its own, so that each is filled at its end and emptied
//! at its start, and no other partition's pages are touched.

use fengbiao_model::{Offset, Partition, Position};
use rusqlite::{Connection, OptionalExtension as _, Result, params};

use crate::{LogError, MAX_POLL_BYTES, Record, Topic};

/// A partition of a topic, with the statements for its table.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) topic: Topic,
    pub(super) partition: Partition,
    table: String,
    insert: String,
    read: String,
    first: String,
}

/// What retention must know of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Aged {
    pub(super) offset: u64,
    pub(super) at_millis: i64,
    pub(super) bytes: u64,
}

/// An unsigned number as SQLite stores it.
pub(super) fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// An unsigned number as it was stored; the schema keeps negative ones out.
pub(super) fn number(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

impl Stream {
    pub(super) fn new(topic: Topic, partition: Partition) -> Self {
        let table = format!("records_{}_{}", topic.name().replace('-', "_"), partition.0);
        Self {
            topic,
            partition,
            insert: format!("INSERT INTO {table} (offset, at_millis, payload) VALUES (?1, ?2, ?3)"),
            read: format!(
                "SELECT offset, payload FROM {table} WHERE offset >= ?1 AND offset < ?2
                 ORDER BY offset LIMIT ?3"
            ),
            first: format!("SELECT min(offset) FROM {table}"),
            table,
        }
    }

    pub(super) fn create(&self, connection: &Connection) -> Result<()> {
        connection.execute_batch(&format!(
            "CREATE TABLE {} (
                 offset    INTEGER PRIMARY KEY CHECK (offset >= 0),
                 at_millis INTEGER NOT NULL,
                 payload   BLOB NOT NULL
             ) STRICT",
            self.table
        ))
    }

    pub(super) fn drop_table(&self, connection: &Connection) -> Result<()> {
        connection.execute_batch(&format!("DROP TABLE {}", self.table))
    }

    pub(super) fn insert(
        &self,
        connection: &Connection,
        offset: u64,
        at_millis: i64,
        payload: &[u8],
    ) -> Result<()> {
        let mut statement = connection.prepare_cached(&self.insert)?;
        statement
            .execute(params![column(offset), at_millis, payload])
            .map(drop)
    }

    /// Records of `from..to` in order, until `max_records` or about [`MAX_POLL_BYTES`] are there.
    pub(super) fn read(
        &self,
        connection: &Connection,
        from: u64,
        to: u64,
        max_records: usize,
    ) -> Result<Vec<Record>> {
        let limit = i64::try_from(max_records).unwrap_or(i64::MAX);
        let mut statement = connection.prepare_cached(&self.read)?;
        let mut rows = statement.query(params![column(from), column(to), limit])?;
        let mut records = Vec::new();
        let mut bytes = 0;
        while bytes < MAX_POLL_BYTES
            && let Some(row) = rows.next()?
        {
            let offset = Offset(number(row.get(0)?));
            let payload: Vec<u8> = row.get(1)?;
            bytes += payload.len();
            let position = Position {
                partition: self.partition,
                offset,
            };
            records.push(Record { position, payload });
        }
        Ok(records)
    }

    /// The first record kept.
    pub(super) fn first(&self, connection: &Connection) -> Result<Option<u64>> {
        let first: Option<i64> = connection
            .prepare_cached(&self.first)?
            .query_row([], |row| row.get(0))?;
        Ok(first.map(number))
    }

    /// Highest offset and the sum of the payloads' lengths; reads the whole table.
    pub(super) fn audit(&self, connection: &Connection) -> Result<(Option<u64>, u64)> {
        let sql = format!(
            "SELECT max(offset), coalesce(sum(length(payload)), 0) FROM {}",
            self.table
        );
        connection.query_row(&sql, [], |row| {
            Ok((
                row.get::<_, Option<i64>>(0)?.map(number),
                number(row.get(1)?),
            ))
        })
    }

    /// Highest offset.
    pub(super) fn last(&self, connection: &Connection) -> Result<Option<u64>> {
        let sql = format!("SELECT max(offset) FROM {}", self.table);
        connection.query_row(&sql, [], |row| {
            Ok(row.get::<_, Option<i64>>(0)?.map(number))
        })
    }

    /// The first `limit` records below `floor`, without their payloads.
    pub(super) fn oldest(
        &self,
        connection: &Connection,
        floor: u64,
        limit: usize,
    ) -> Result<Vec<Aged>> {
        let sql = format!(
            "SELECT offset, at_millis, length(payload) FROM {} WHERE offset < ?1
             ORDER BY offset LIMIT ?2",
            self.table
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params![column(floor), limit], |row| {
            Ok(Aged {
                offset: number(row.get(0)?),
                at_millis: row.get(1)?,
                bytes: number(row.get(2)?),
            })
        })?;
        rows.collect()
    }

    /// Gives the first `limit` records from `from` on the time `now_millis` where they bear a later
    /// one; `None` when the first of them does not, else where to go on.
    pub(super) fn correct_times(
        &self,
        connection: &Connection,
        from: u64,
        now_millis: i64,
        limit: usize,
    ) -> Result<Option<u64>> {
        let first: Option<(i64, i64)> = connection
            .query_row(
                &format!(
                    "SELECT offset, at_millis FROM {} WHERE offset >= ?1 ORDER BY offset LIMIT 1",
                    self.table
                ),
                [column(from)],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let Some((offset, at_millis)) = first else {
            return Ok(None);
        };
        if at_millis <= now_millis {
            return Ok(None);
        }
        let bound = offset.saturating_add(i64::try_from(limit).unwrap_or(i64::MAX));
        let sql = format!(
            "UPDATE {} SET at_millis = ?3 WHERE offset >= ?1 AND offset < ?2 AND at_millis > ?3",
            self.table
        );
        connection.execute(&sql, params![offset, bound, now_millis])?;
        Ok(Some(number(bound)))
    }

    /// Removes all records below `bound`.
    pub(super) fn remove_below(&self, connection: &Connection, bound: u64) -> Result<()> {
        let sql = format!("DELETE FROM {} WHERE offset < ?1", self.table);
        connection
            .prepare_cached(&sql)?
            .execute([column(bound)])
            .map(drop)
    }

    /// Replaces a payload in place; the length of the old one, or `None` without such a record.
    pub(super) fn replace(
        &self,
        connection: &Connection,
        offset: u64,
        payload: &[u8],
    ) -> Result<Option<u64>> {
        let old: Option<i64> = connection
            .query_row(
                &format!(
                    "SELECT length(payload) FROM {} WHERE offset = ?1",
                    self.table
                ),
                [column(offset)],
                |row| row.get(0),
            )
            .optional()?;
        if old.is_some() {
            let sql = format!("UPDATE {} SET payload = ?2 WHERE offset = ?1", self.table);
            connection.execute(&sql, params![column(offset), payload])?;
        }
        Ok(old.map(number))
    }
}

/// All partitions of all topics.
#[derive(Debug)]
pub(super) struct Streams([Vec<Stream>; Topic::ALL.len()]);

impl Streams {
    /// As many partitions as `counts` says for each topic.
    pub(super) fn new(counts: impl Fn(Topic) -> u32) -> Self {
        Self(Topic::ALL.map(|topic| {
            (0..counts(topic))
                .map(|index| Stream::new(topic, Partition(index)))
                .collect()
        }))
    }

    pub(super) fn of(&self, topic: Topic) -> &[Stream] {
        &self.0[topic.index()]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Stream> {
        self.0.iter().flatten()
    }

    pub(super) fn count(&self, topic: Topic) -> u32 {
        u32::try_from(self.of(topic).len()).unwrap_or(u32::MAX)
    }

    pub(super) fn get(
        &self,
        topic: Topic,
        partition: Partition,
    ) -> std::result::Result<&Stream, LogError> {
        usize::try_from(partition.0)
            .ok()
            .and_then(|index| self.of(topic).get(index))
            .ok_or_else(|| LogError::NoSuchPartition {
                topic,
                partition,
                count: self.count(topic),
            })
    }
}

impl Stream {
    /// The place of this partition in lists of its topic's partitions.
    pub(super) fn index(&self) -> usize {
        super::index(self.partition)
    }
}
