//! What is remembered of posts: one row for all that a step changed, in the order of the steps,
//! the latest word on a post being what holds. Posts come once in most cases and are asked for by
//! nobody but a restart; under a key that is a hash each would touch a page of its own.
//!
//! A row is a list of entries, numbers little-endian:
//!
//! ```text
//! post 16 bytes | length of the topic, 1 byte | topic | 1, forgotten: 0
//!   found_at 8 | counted_at 8 | delivered_at 8 | story 8
//!   which counts are known, 1 byte (bits 0 to 5)
//!   reposts 8 | comments 8 | likes 8 | views 8 | rank 4 | days_on_list 4, those that are known
//! ```
//!
//! `until` is when its longest remembered post is forgotten ([`MEMORY_KEPT`] after its last
//! delivery). Rows go from the front of the table, so that none goes before what it replaces.
//!
//! A post that is delivered again and again, as a title on a hot list is, has an entry each time.
//! So the table is written anew from what is remembered when it has grown to three times that:
//! [`compact`].

use std::collections::BTreeMap;

use fengbiao_alerter::Change;
use fengbiao_alerter::limits::MEMORY_KEPT;
use fengbiao_alerter::record::Memory;
use fengbiao_model::{Counts, PostId, StoryId, Timestamp, TopicId};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::LedgerError;
use crate::canonical::topic_id;
use crate::limits::{COMPACTED_ROW_ENTRIES, LEAST_COMPACTED_BYTES};

/// Under which name `meta` has the bytes that were left when the table was last written anew.
const COMPACTED: &str = "memories_compacted_bytes";

/// What a step remembers and forgets, until it is written at its end.
#[derive(Default)]
pub(crate) struct Memories {
    entries: Vec<u8>,
    until: Timestamp,
    forgets: bool,
    event: Option<Timestamp>,
}

impl Memories {
    /// A post is remembered, or what is known of it has changed.
    pub(crate) fn remember(&mut self, topic: &TopicId, post: &PostId, memory: &Memory) {
        self.until = self.until.max(memory.delivered_at + MEMORY_KEPT);
        self.begin(topic, post, 1);
        self.number(memory.found_at.as_millis().cast_unsigned());
        self.number(memory.counted_at.as_millis().cast_unsigned());
        self.number(memory.delivered_at.as_millis().cast_unsigned());
        self.number(memory.story.0);
        let counts = &memory.counts;
        let wide = [counts.reposts, counts.comments, counts.likes, counts.views];
        let narrow = [counts.rank, counts.days_on_list];
        let known = wide.iter().map(Option::is_some);
        let known = known.chain(narrow.iter().map(Option::is_some));
        self.entries.push(
            known
                .rev()
                .fold(0, |bits, known| bits << 1 | u8::from(known)),
        );
        wide.into_iter()
            .flatten()
            .for_each(|count| self.number(count));
        for count in narrow.into_iter().flatten() {
            self.entries.extend_from_slice(&count.to_le_bytes());
        }
    }

    /// A post is no longer remembered.
    pub(crate) fn forget(&mut self, topic: &TopicId, post: &PostId) {
        self.begin(topic, post, 0);
        self.forgets = true;
    }

    /// The event clock stands here.
    pub(crate) const fn clock(&mut self, event: Timestamp) {
        self.event = Some(event);
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "a slug is far shorter than 256 bytes"
    )]
    fn begin(&mut self, topic: &TopicId, post: &PostId, kind: u8) {
        let topic = topic.as_str().as_bytes();
        self.entries.extend_from_slice(post.as_bytes());
        self.entries.push(topic.len() as u8);
        self.entries.extend_from_slice(topic);
        self.entries.push(kind);
    }

    fn number(&mut self, number: u64) {
        self.entries.extend_from_slice(&number.to_le_bytes());
    }

    /// Writes what the step did, and takes out the rows at the front that nothing is left of.
    pub(crate) fn write(&self, tx: &Connection) -> Result<(), LedgerError> {
        if !self.entries.is_empty() {
            let sql = "INSERT INTO memories (until, entries) VALUES (?1, ?2)";
            tx.prepare_cached(sql)?
                .execute(params![self.until.as_millis(), self.entries])?;
        }
        if let Some(event) = self.event.filter(|_| self.forgets) {
            let sql = "DELETE FROM memories WHERE row < ifnull(
                           (SELECT row FROM memories WHERE until > ?1 ORDER BY row LIMIT 1), ?2)";
            tx.prepare_cached(sql)?
                .execute(params![event.as_millis(), i64::MAX])?;
        }
        Ok(())
    }
}

/// Writes the table anew, one entry a post, where it has grown to three times what that left the
/// last time. True when it did. What is remembered stays the same.
pub(crate) fn compact(tx: &Connection) -> Result<bool, LedgerError> {
    let last: Option<String> = tx
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([COMPACTED], |row| row.get(0))
        .optional()?;
    let last: i64 = last.and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
    if bytes(tx)? < 3 * last.max(LEAST_COMPACTED_BYTES) {
        return Ok(false);
    }
    let kept = remembered(tx)?;
    // The first to be forgotten first, so that rows can go from the front.
    let mut kept: Vec<_> = kept.into_iter().collect();
    kept.sort_by_key(|(key, memory)| (memory.delivered_at, key.1));
    tx.execute_batch("DELETE FROM memories")?;
    for some in kept.chunks(COMPACTED_ROW_ENTRIES) {
        let mut row = Memories::default();
        for ((topic, post), memory) in some {
            row.remember(topic, post, memory);
        }
        row.write(tx)?;
    }
    let sql = "INSERT INTO meta (name, value) VALUES (?1, ?2)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.prepare_cached(sql)?
        .execute([COMPACTED, &bytes(tx)?.to_string()])?;
    Ok(true)
}

fn bytes(db: &Connection) -> Result<i64, LedgerError> {
    let sql = "SELECT ifnull(sum(length(entries)), 0) FROM memories";
    Ok(db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// What is remembered, as changes, by topic and post.
pub(crate) fn load(db: &Connection) -> Result<Vec<Change>, LedgerError> {
    let change = |((topic, post), memory)| Change::Remember(topic, post, memory);
    Ok(remembered(db)?.into_iter().map(change).collect())
}

fn remembered(db: &Connection) -> Result<BTreeMap<(TopicId, PostId), Memory>, LedgerError> {
    let mut statement = db.prepare_cached("SELECT entries FROM memories ORDER BY row")?;
    let mut rows = statement.query([])?;
    let mut kept: BTreeMap<(TopicId, PostId), Memory> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let mut entries = Entries(row.get_ref(0)?.as_blob().unwrap_or_default());
        while !entries.0.is_empty() {
            let (key, memory) = entries.next().ok_or_else(|| {
                LedgerError::decode("memory")("a row ends within an entry".to_owned())
            })??;
            match memory {
                Some(memory) => drop(kept.insert(key, memory)),
                None => drop(kept.remove(&key)),
            }
        }
    }
    Ok(kept)
}

/// The entries of a row that are not read yet.
struct Entries<'a>(&'a [u8]);

/// A post in a topic, and what is remembered of it; none where it is forgotten.
type Read = Result<((TopicId, PostId), Option<Memory>), LedgerError>;

impl Entries<'_> {
    /// The next entry; none where the row ends within it.
    fn next(&mut self) -> Option<Read> {
        let post = PostId::from_bytes(self.bytes()?);
        let [length] = self.bytes()?;
        let (topic, rest) = self.0.split_at_checked(usize::from(length))?;
        let topic = String::from_utf8_lossy(topic).into_owned();
        self.0 = rest;
        let [kind] = self.bytes()?;
        let memory = if kind == 0 {
            None
        } else {
            Some(self.memory()?)
        };
        Some(topic_id(topic).map(|topic| ((topic, post), memory)))
    }

    fn memory(&mut self) -> Option<Memory> {
        let found_at = self.time()?;
        let counted_at = self.time()?;
        let delivered_at = self.time()?;
        let story = StoryId(u64::from_le_bytes(self.bytes()?));
        let [known] = self.bytes()?;
        let mut wide = [None; 4];
        for (bit, count) in wide.iter_mut().enumerate() {
            if known >> bit & 1 == 1 {
                *count = Some(u64::from_le_bytes(self.bytes()?));
            }
        }
        let mut narrow = [None; 2];
        for (bit, count) in narrow.iter_mut().enumerate() {
            if known >> (4 + bit) & 1 == 1 {
                *count = Some(u32::from_le_bytes(self.bytes()?));
            }
        }
        let [reposts, comments, likes, views] = wide;
        let [rank, days_on_list] = narrow;
        let counts = Counts {
            reposts,
            comments,
            likes,
            views,
            rank,
            days_on_list,
        };
        Some(Memory {
            found_at,
            counted_at,
            delivered_at,
            counts,
            story,
        })
    }

    fn time(&mut self) -> Option<Timestamp> {
        let millis = u64::from_le_bytes(self.bytes()?).cast_signed();
        Some(Timestamp::from_millis(millis))
    }

    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(n: u64) -> Memory {
        let some = |bit: u64| (n >> bit & 1 == 1).then_some(n + bit);
        Memory {
            found_at: Timestamp::from_millis(-5),
            counted_at: Timestamp::from_millis(-4),
            delivered_at: Timestamp::from_millis(n.cast_signed()),
            counts: Counts {
                reposts: some(0),
                comments: some(1),
                likes: some(2),
                views: some(3),
                rank: some(4).map(|n| u32::try_from(n).unwrap()),
                days_on_list: some(5).map(|n| u32::try_from(n).unwrap()),
            },
            story: StoryId(u64::MAX - n),
        }
    }

    fn table() -> Connection {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(crate::schema::MIGRATIONS[0]).unwrap();
        db
    }

    fn post(n: u64) -> PostId {
        PostId::from_bytes(u128::from(n).to_be_bytes())
    }

    #[test]
    fn the_latest_word_holds_with_every_mixture_of_counts() {
        let (db, topic) = (table(), TopicId::new("food").unwrap());
        let mut first = Memories::default();
        (0..64).for_each(|n| first.remember(&topic, &post(n), &memory(n + 64)));
        first.write(&db).unwrap();
        let mut second = Memories::default();
        (1..64).for_each(|n| second.remember(&topic, &post(n), &memory(n)));
        second.forget(&topic, &post(0));
        second.write(&db).unwrap();
        let expected = (1..64).map(|n| Change::Remember(topic.clone(), post(n), memory(n)));
        assert_eq!(load(&db).unwrap(), expected.collect::<Vec<_>>());
    }

    #[test]
    fn rows_go_from_the_front_when_all_in_them_is_forgotten() {
        let (db, topic) = (table(), TopicId::new("food").unwrap());
        for n in [3, 1, 2] {
            let mut step = Memories::default();
            step.remember(&topic, &post(n), &memory(n));
            step.write(&db).unwrap();
        }
        let rows = || {
            let sql = "SELECT count(*) FROM memories";
            db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap()
        };
        for (forgotten, left) in [(1, 4), (2, 5), (3, 0)] {
            let mut step = Memories::default();
            step.forget(&topic, &post(forgotten));
            step.clock(memory(forgotten).delivered_at + MEMORY_KEPT);
            step.write(&db).unwrap();
            assert_eq!(rows(), left, "{forgotten}");
        }
        assert_eq!(load(&db).unwrap(), []);
    }

    #[test]
    fn what_was_delivered_again_and_again_is_written_once() {
        let (db, topic) = (table(), TopicId::new("food").unwrap());
        let deliver = |times: u64| {
            let mut step = Memories::default();
            (0..times).for_each(|n| step.remember(&topic, &post(n % 100), &memory(n)));
            step.write(&db).unwrap();
        };
        deliver(1_000);
        let before = load(&db).unwrap();
        assert!(!compact(&db).unwrap(), "it is not worth it yet");
        let least = u64::try_from(LEAST_COMPACTED_BYTES).unwrap();
        deliver(3 * least / 40);
        let before_all = load(&db).unwrap();
        assert_eq!(before.len(), before_all.len());
        assert!(compact(&db).unwrap());
        assert_eq!(load(&db).unwrap(), before_all);
        assert!(bytes(&db).unwrap() < 100 * 100);
        assert!(!compact(&db).unwrap());
        // Rows go on to leave from the front.
        let mut step = Memories::default();
        (0..100).for_each(|n| step.forget(&topic, &post(n)));
        step.clock(Timestamp::from_millis(i64::MAX / 2));
        step.write(&db).unwrap();
        assert_eq!(bytes(&db).unwrap(), 0);
    }

    #[test]
    fn a_row_that_is_cut_is_refused() {
        let (db, topic) = (table(), TopicId::new("food").unwrap());
        let mut step = Memories::default();
        step.remember(&topic, &post(1), &memory(63));
        step.entries.pop();
        step.write(&db).unwrap();
        assert!(load(&db).unwrap_err().to_string().contains("memory"));
    }
}
