//! The state of each partition that outlives its records.

use rusqlite::{Connection, Result, params};

use super::stream::{Stream, Streams, column, number};
use crate::Topic;

/// What is known of a partition besides its records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// The offset of the next record: never given twice, also when all records are removed.
    pub(super) next: u64,
    /// Bytes of the payloads that are kept.
    pub(super) bytes: u64,
}

/// The heads of all partitions, as table `partitions` holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heads([Vec<Head>; Topic::ALL.len()]);

impl Heads {
    pub(super) fn load(connection: &Connection) -> Result<Self> {
        let mut heads = Self(Topic::ALL.map(|_| Vec::new()));
        for topic in Topic::ALL {
            let mut statement = connection.prepare_cached(
                "SELECT next, bytes FROM partitions WHERE topic = ?1 ORDER BY partition",
            )?;
            let rows = statement.query_map([topic.name()], |row| {
                Ok(Head {
                    next: number(row.get(0)?),
                    bytes: number(row.get(1)?),
                })
            })?;
            heads.0[topic.index()] = rows.collect::<Result<_>>()?;
        }
        Ok(heads)
    }

    pub(super) fn of(&self, topic: Topic) -> &[Head] {
        &self.0[topic.index()]
    }

    pub(super) fn get(&self, stream: &Stream) -> Head {
        self.0[stream.topic.index()][stream.index()]
    }

    pub(super) fn get_mut(&mut self, stream: &Stream) -> &mut Head {
        &mut self.0[stream.topic.index()][stream.index()]
    }

    pub(super) fn bytes(&self, topic: Topic) -> u64 {
        self.of(topic).iter().map(|head| head.bytes).sum()
    }

    pub(super) fn nexts(&self, topic: Topic) -> Vec<u64> {
        self.of(topic).iter().map(|head| head.next).collect()
    }

    /// Stores the heads that differ from those before.
    pub(super) fn store_changes(
        &self,
        connection: &Connection,
        streams: &Streams,
        before: &Self,
    ) -> Result<()> {
        for stream in streams.iter() {
            let head = self.get(stream);
            if head != before.get(stream) {
                connection
                    .prepare_cached(
                        "UPDATE partitions SET next = ?3, bytes = ?4
                         WHERE topic = ?1 AND partition = ?2",
                    )?
                    .execute(params![
                        stream.topic.name(),
                        stream.partition.0,
                        column(head.next),
                        column(head.bytes)
                    ])?;
            }
        }
        Ok(())
    }
}
