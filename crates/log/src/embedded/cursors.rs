//! Groups and how far they have come.

use fengbiao_model::{Offset, Partition};
use rusqlite::{Connection, Result, params};

use super::stream::{column, number};
use crate::{Cursor, Topic};

/// A cursor on its way into the store.
#[derive(Debug)]
pub(super) struct NewCursor {
    pub(super) group: String,
    pub(super) topic: Topic,
    pub(super) partition: Partition,
    pub(super) cursor: Cursor,
}

/// Makes a group known: from now on retention waits for it.
pub(super) fn register(connection: &Connection, group: &str, topic: Topic) -> Result<()> {
    connection
        .execute(
            "INSERT INTO groups (name, topic) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![group, topic.name()],
        )
        .map(drop)
}

pub(super) fn store(connection: &Connection, new: &NewCursor) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO cursors (name, topic, partition, next, note) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET next = excluded.next, note = excluded.note",
        )?
        .execute(params![
            new.group,
            new.topic.name(),
            new.partition.0,
            column(new.cursor.next.0),
            new.cursor.note
        ])
        .map(drop)
}

/// A group's cursor in each partition of a topic.
pub(super) fn of_group(
    connection: &Connection,
    group: &str,
    topic: Topic,
) -> Result<Vec<(Partition, Option<Cursor>)>> {
    let mut statement = connection.prepare_cached(
        "SELECT p.partition, c.next, c.note FROM partitions p
         LEFT JOIN cursors c ON c.topic = p.topic AND c.partition = p.partition AND c.name = ?1
         WHERE p.topic = ?2 ORDER BY p.partition",
    )?;
    let rows = statement.query_map(params![group, topic.name()], |row| {
        let next: Option<i64> = row.get(1)?;
        let note: Option<String> = row.get(2)?;
        let cursor = next.zip(note).map(|(next, note)| Cursor {
            next: Offset(number(next)),
            note,
        });
        Ok((Partition(row.get(0)?), cursor))
    })?;
    rows.collect()
}

/// All groups known, with the topics they read.
pub(super) fn groups(connection: &Connection) -> Result<Vec<(String, Topic)>> {
    let mut statement =
        connection.prepare_cached("SELECT name, topic FROM groups ORDER BY name, topic")?;
    let rows = statement
        .query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })?
        .collect::<Result<Vec<_>>>()?;
    Ok(rows
        .into_iter()
        .filter_map(|(group, topic)| Topic::from_name(&topic).map(|topic| (group, topic)))
        .collect())
}

/// The lowest place in a partition that a group has still to read: 0 where one has not begun,
/// `None` where no group reads the topic.
pub(super) fn floor(
    connection: &Connection,
    topic: Topic,
    partition: Partition,
) -> Result<Option<u64>> {
    let floor: Option<i64> = connection
        .prepare_cached(
            "SELECT min(coalesce(c.next, 0)) FROM groups g
             LEFT JOIN cursors c ON c.name = g.name AND c.topic = g.topic AND c.partition = ?2
             WHERE g.topic = ?1",
        )?
        .query_row(params![topic.name(), partition.0], |row| row.get(0))?;
    Ok(floor.map(number))
}
