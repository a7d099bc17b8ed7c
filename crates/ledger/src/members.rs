//! The posts of incidents: one row for all that a step brought to an incident, since each post has
//! its row in two of them, and they are only ever read together.
//!
//! A row holds, for each post in the order in which they came, the 16 bytes of its id and when it
//! was found (milliseconds, big-endian). A post that comes twice is a member since the first time.

use std::collections::{BTreeMap, HashSet};

use fengbiao_model::{IncidentId, PostId, Timestamp};
use rusqlite::{Connection, params};

use crate::LedgerError;
use crate::columns::int;
use crate::commit::incident_int;

/// Bytes of one post.
const POST_BYTES: usize = 24;

/// What a step brings, until it is written at its end.
#[derive(Default)]
pub(crate) struct Members(BTreeMap<IncidentId, Vec<u8>>);

impl Members {
    /// A post becomes a member.
    pub(crate) fn add(&mut self, incident: IncidentId, post: &PostId, found_at: Timestamp) {
        let bytes = self.0.entry(incident).or_default();
        bytes.extend_from_slice(post.as_bytes());
        bytes.extend_from_slice(&found_at.as_millis().to_be_bytes());
    }

    /// All posts of `from` become members of `into`.
    pub(crate) fn absorb(
        &mut self,
        tx: &Connection,
        into: IncidentId,
        from: IncidentId,
    ) -> Result<(), LedgerError> {
        for (post, found_at) in self.all_of(tx, from)? {
            self.add(into, &post, found_at);
        }
        Ok(())
    }

    fn all_of(
        &self,
        tx: &Connection,
        incident: IncidentId,
    ) -> Result<Vec<(PostId, Timestamp)>, LedgerError> {
        let mut all = members(tx, incident)?;
        read(self.0.get(&incident).map_or(&[], Vec::as_slice), &mut all)?;
        Ok(all)
    }

    /// An incident is gone with all that hung on it.
    pub(crate) fn forget(&mut self, incident: IncidentId) {
        self.0.remove(&incident);
    }

    /// Writes what the step of this number brought.
    pub(crate) fn write(&self, tx: &Connection, step: u64) -> Result<(), LedgerError> {
        let step = int("step", step)?;
        let sql = "INSERT INTO members (incident, step, posts) VALUES (?1, ?2, ?3)";
        let mut insert = tx.prepare_cached(sql)?;
        for (incident, posts) in &self.0 {
            insert.execute(params![incident_int(*incident)?, step, posts])?;
        }
        Ok(())
    }
}

/// The posts of an incident, each once, in the order in which they came.
pub(crate) fn members(
    db: &Connection,
    incident: IncidentId,
) -> Result<Vec<(PostId, Timestamp)>, LedgerError> {
    let sql = "SELECT posts FROM members WHERE incident = ?1 ORDER BY step";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([incident_int(incident)?])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        read(row.get_ref(0)?.as_blob().unwrap_or_default(), &mut all)?;
    }
    let mut known = HashSet::with_capacity(all.len());
    all.retain(|(post, _)| known.insert(*post));
    Ok(all)
}

fn read(bytes: &[u8], all: &mut Vec<(PostId, Timestamp)>) -> Result<(), LedgerError> {
    let (posts, rest) = bytes.as_chunks::<POST_BYTES>();
    if !rest.is_empty() {
        let why = format!(
            "a row has {} bytes, expected a multiple of {POST_BYTES}",
            bytes.len()
        );
        return Err(LedgerError::decode("members")(why));
    }
    all.extend(posts.iter().map(|bytes| {
        let (mut post, mut found_at) = ([0; 16], [0; 8]);
        post.copy_from_slice(&bytes[..16]);
        found_at.copy_from_slice(&bytes[16..]);
        let found_at = Timestamp::from_millis(i64::from_be_bytes(found_at));
        (PostId::from_bytes(post), found_at)
    }));
    Ok(())
}
