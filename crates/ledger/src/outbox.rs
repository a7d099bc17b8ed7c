//! Notices on their way: waiting, delivered or given up.

use fengbiao_model::{Actor, Notice, NoticeId, NoticeKey, ReceiverId, Tier, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::columns::tier_rank;
use crate::commit::incident_int;
use crate::ledger::{audit, page};
use crate::limits::MAX_ERROR_BYTES;
use crate::shared_json::{notice_json, notice_of};
use crate::{Ledger, LedgerError, purge};

/// When a notice is tried first: as soon as its turn comes, and not only when the clock has reached
/// the time that it bears, which lies ahead where the clock was set back since.
const AT_ONCE: i64 = Timestamp::EPOCH.as_millis();

/// When a notice is tried next: it has waited since it was made where it was not tried yet.
const fn next_attempt(stored: i64, made_at: Timestamp) -> Timestamp {
    match stored {
        AT_ONCE => made_at,
        at => Timestamp::from_millis(at),
    }
}

/// A notice that waits, with what was tried so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Queued {
    /// The notice.
    pub notice: Notice,
    /// Attempts that failed.
    pub attempts: u32,
    /// When it is to be tried next (wall clock).
    pub next_attempt_at: Timestamp,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// Where a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is to be sent.
    Waiting,
    /// Its receiver has it.
    Delivered,
    /// It was given up.
    Dead,
}

impl DeliveryState {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    fn of(text: &str) -> Self {
        match text {
            "delivered" => Self::Delivered,
            "dead" => Self::Dead,
            _ => Self::Waiting,
        }
    }
}

/// A notice and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The notice.
    pub notice: Notice,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts so far, the successful one included.
    pub attempts: u32,
    /// When it is tried next; only while it waits.
    pub next_attempt_at: Option<Timestamp>,
    /// Why the last attempt that failed did so.
    pub last_error: Option<String>,
    /// When it was delivered or given up.
    pub finished_at: Option<Timestamp>,
    /// The key of the notice that it stands in for, as a fallback.
    pub fallback_for: Option<String>,
}

/// Puts a notice into the outbox. The same key again with equal bytes changes nothing. Where the
/// receiver has had this very change as a fallback already, the fallback stands for it.
pub(crate) fn put(tx: &Connection, notice: &Notice, body: &str) -> Result<(), LedgerError> {
    let key = notice.key.to_string();
    let digest = blake3::hash(body.as_bytes());
    let sql = "SELECT digest, fallback_for IS NOT NULL FROM outbox WHERE key = ?1";
    let held: Option<([u8; 32], bool)> = tx
        .prepare_cached(sql)?
        .query_row([&key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match held {
        None => insert(tx, notice, body, None),
        Some((held, fallback)) if fallback || held == *digest.as_bytes() => Ok(()),
        Some(_) => Err(LedgerError::NoticeChanged { key }),
    }
}

fn insert(
    tx: &Connection,
    notice: &Notice,
    body: &str,
    fallback_for: Option<&str>,
) -> Result<(), LedgerError> {
    let sql = "INSERT INTO outbox (key, incident, receiver, tier, made_at, digest, body,
                                   fallback_for, state, attempts, next_attempt_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'waiting', 0, ?9)";
    tx.prepare_cached(sql)?.execute(params![
        notice.key.to_string(),
        incident_int(notice.key.incident)?,
        notice.key.receiver.as_str(),
        tier_rank(notice.tier),
        notice.made_at.as_millis(),
        blake3::hash(body.as_bytes()).as_bytes(),
        body,
        fallback_for,
        AT_ONCE,
    ])?;
    let row = tx.last_insert_rowid();
    let sql = "INSERT INTO notice_posts (post, outbox) VALUES (?1, ?2)";
    let mut put = tx.prepare_cached(sql)?;
    for post in purge::posts_of(notice) {
        put.execute(params![post.as_bytes(), row])?;
    }
    Ok(())
}

/// What waits for a receiver, under a condition. What is loudest goes first; but what was made
/// earlier of the same incident goes before it where both are due, so that a rise is not heard of
/// before the beginning. A beginning that failed and waits for its next attempt holds nothing up:
/// every notice says all there is to say.
fn queue_of(condition: &str) -> String {
    format!(
        "WITH queue AS (
             SELECT row, max(tier) OVER (PARTITION BY incident) AS loudest, made_at
             FROM outbox WHERE state = 'waiting' AND receiver = ?1 {condition}
             ORDER BY loudest DESC, made_at, row LIMIT ?2)
         SELECT body, attempts, next_attempt_at, last_error FROM queue JOIN outbox USING (row)
         ORDER BY loudest DESC, queue.made_at, row"
    )
}

impl Ledger {
    /// The notices of one receiver that are due: by the loudest of their incident, then by age. One that
    /// failed at a time that the clock has not reached is due, too: the clock was set back since, and it
    /// would wait for all that the clock was set back by.
    pub fn outbox_due(
        &self,
        receiver: &ReceiverId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Queued>, LedgerError> {
        self.queued(
            &queue_of("AND (next_attempt_at <= ?3 OR failed_at > ?3)"),
            params![receiver.as_str(), page(limit), now.as_millis()],
        )
    }

    fn queued(&self, sql: &str, params: impl rusqlite::Params) -> Result<Vec<Queued>, LedgerError> {
        self.read(|db| {
            let mut statement = db.prepare_cached(sql)?;
            let mut rows = statement.query(params)?;
            let mut queued = Vec::new();
            while let Some(row) = rows.next()? {
                let notice = notice_of(row.get_ref(0)?.as_str().unwrap_or_default())?;
                queued.push(Queued {
                    attempts: row.get(1)?,
                    next_attempt_at: next_attempt(row.get(2)?, notice.made_at),
                    notice,
                    last_error: row.get(3)?,
                });
            }
            Ok(queued)
        })
    }

    /// When the next notice of a receiver is due, the beginning of all time where one was not tried
    /// yet; none where nothing waits.
    pub fn outbox_next_due(&self, receiver: &ReceiverId) -> Result<Option<Timestamp>, LedgerError> {
        self.read(|db| {
            let sql = "SELECT min(next_attempt_at) FROM outbox
                       WHERE state = 'waiting' AND receiver = ?1";
            let due: Option<i64> = db
                .prepare_cached(sql)?
                .query_row([receiver.as_str()], |row| row.get(0))?;
            Ok(due.map(Timestamp::from_millis))
        })
    }

    /// How many notices wait, by receiver and tier.
    pub fn outbox_waiting(&self) -> Result<Vec<(String, Tier, u64)>, LedgerError> {
        self.read(|db| {
            let sql = "SELECT receiver, tier, count(*) FROM outbox WHERE state = 'waiting'
                       GROUP BY receiver, tier ORDER BY receiver, tier DESC";
            let mut statement = db.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| {
                let rank: u8 = row.get(1)?;
                let tier = Tier::ALL.into_iter().find(|tier| tier_rank(*tier) == rank);
                Ok((
                    row.get(0)?,
                    tier.unwrap_or(Tier::IV),
                    row.get::<_, i64>(2)?.unsigned_abs(),
                ))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// A notice of this ledger as everybody outside sees it.
    #[must_use]
    pub fn notice_id(&self, key: &NoticeKey) -> NoticeId {
        NoticeId {
            ledger: self.id(),
            key: key.clone(),
        }
    }

    /// The notice under a key, and what became of it.
    pub fn delivery(&self, key: &NoticeKey) -> Result<Option<Delivery>, LedgerError> {
        self.read(|db| {
            let sql = format!("SELECT {DELIVERY} FROM outbox WHERE key = ?1");
            let mut statement = db.prepare_cached(&sql)?;
            let mut rows = statement.query([key.to_string()])?;
            rows.next()?.map(delivery_of).transpose()
        })
    }

    /// The notices that were given up, latest first, at most `limit`.
    pub fn dead_notices(&self, limit: usize) -> Result<Vec<Delivery>, LedgerError> {
        self.read(|db| {
            let sql = format!(
                "SELECT {DELIVERY} FROM outbox WHERE state = 'dead'
                 ORDER BY finished_at DESC, row DESC LIMIT ?1"
            );
            let mut statement = db.prepare_cached(&sql)?;
            let mut rows = statement.query([page(limit)])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(delivery_of(row)?);
            }
            Ok(found)
        })
    }

    /// The receiver has the notice.
    pub fn delivered(&self, key: &NoticeKey, at: Timestamp) -> Result<(), LedgerError> {
        self.write(|tx| {
            let sql = "UPDATE outbox SET state = 'delivered', attempts = attempts + 1,
                           finished_at = ?2
                       WHERE key = ?1 AND state = 'waiting' RETURNING row";
            let row = finish(tx, sql, key, at)?;
            record_attempt(tx, row, at, None)
        })
    }

    /// An attempt failed; the next one is at `next_at`. With a `fallback` the notice goes to it meanwhile,
    /// under a key of its own, in the same transaction, unless that receiver has it already.
    pub fn failed_retry(
        &self,
        key: &NoticeKey,
        next_at: Timestamp,
        error: &str,
        fallback: Option<&ReceiverId>,
    ) -> Result<(), LedgerError> {
        let (now, error) = (self.clock.wall(), bounded(error));
        self.write(|tx| {
            let sql = "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = ?2,
                           last_error = ?3, failed_at = ?4
                       WHERE key = ?1 AND state = 'waiting' RETURNING row";
            let row = tx
                .prepare_cached(sql)?
                .query_row(
                    params![key.to_string(), next_at.as_millis(), error, now.as_millis()],
                    |row| row.get(0),
                )
                .optional()?;
            let row = row.ok_or_else(|| unknown(key))?;
            record_attempt(tx, row, now, Some(error))?;
            match fallback {
                Some(fallback) => stand_in(tx, row, key, fallback),
                None => Ok(()),
            }
        })?;
        self.signal_outbox();
        Ok(())
    }

    /// The receiver takes notices again: what has failed before is due at once.
    pub fn hurry(&self, receiver: &ReceiverId) -> Result<(), LedgerError> {
        self.write(|tx| {
            let sql = "UPDATE outbox SET next_attempt_at = ?2
                       WHERE state = 'waiting' AND receiver = ?1";
            tx.prepare_cached(sql)?
                .execute(params![receiver.as_str(), AT_ONCE])?;
            Ok(())
        })
    }

    /// A notice is given up. Where there is a `fallback`, the notice goes to it under a key of its
    /// own, in the same transaction, unless that receiver has it already.
    pub fn dead(
        &self,
        key: &NoticeKey,
        error: &str,
        fallback: Option<&ReceiverId>,
    ) -> Result<(), LedgerError> {
        let (now, error) = (self.clock.wall(), bounded(error));
        self.write(|tx| {
            let sql = "UPDATE outbox SET state = 'dead', attempts = attempts + 1,
                           finished_at = ?2
                       WHERE key = ?1 AND state = 'waiting' RETURNING row";
            let row = finish(tx, sql, key, now)?;
            tx.prepare_cached("UPDATE outbox SET last_error = ?2 WHERE row = ?1")?
                .execute(params![row, error])?;
            record_attempt(tx, row, now, Some(error))?;
            let on = format!("notice {}", self.notice_id(key));
            audit(tx, now, &Actor::daemon(), "notice.given_up", &on, error)?;
            match fallback {
                Some(fallback) => stand_in(tx, row, key, fallback),
                None => Ok(()),
            }
        })?;
        self.signal_outbox();
        Ok(())
    }
}

fn unknown(key: &NoticeKey) -> LedgerError {
    LedgerError::Unknown {
        what: "a waiting notice",
        key: key.to_string(),
    }
}

fn finish(tx: &Connection, sql: &str, key: &NoticeKey, at: Timestamp) -> Result<i64, LedgerError> {
    let row = tx
        .prepare_cached(sql)?
        .query_row(params![key.to_string(), at.as_millis()], |row| row.get(0))
        .optional()?;
    row.ok_or_else(|| unknown(key))
}

fn record_attempt(
    tx: &Connection,
    outbox: i64,
    at: Timestamp,
    error: Option<&str>,
) -> Result<(), LedgerError> {
    let sql = "INSERT INTO attempts (outbox, at, error) VALUES (?1, ?2, ?3)";
    tx.prepare_cached(sql)?
        .execute(params![outbox, at.as_millis(), error])?;
    Ok(())
}

fn stand_in(
    tx: &Connection,
    row: i64,
    key: &NoticeKey,
    fallback: &ReceiverId,
) -> Result<(), LedgerError> {
    let body: String = tx
        .prepare_cached("SELECT body FROM outbox WHERE row = ?1")?
        .query_row([row], |row| row.get(0))?;
    let mut notice = notice_of(&body)?;
    notice.key.receiver = fallback.clone();
    let held: bool = tx
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM outbox WHERE key = ?1)")?
        .query_row([notice.key.to_string()], |row| row.get(0))?;
    if held {
        return Ok(());
    }
    insert(tx, &notice, &notice_json(&notice), Some(&key.to_string()))
}

fn bounded(error: &str) -> &str {
    &error[..error.floor_char_boundary(MAX_ERROR_BYTES)]
}

pub(crate) const DELIVERY: &str =
    "body, state, attempts, next_attempt_at, last_error, finished_at, fallback_for";

pub(crate) fn delivery_of(row: &Row<'_>) -> Result<Delivery, LedgerError> {
    let state = DeliveryState::of(row.get_ref(1)?.as_str().unwrap_or_default());
    let notice = notice_of(row.get_ref(0)?.as_str().unwrap_or_default())?;
    let next = next_attempt(row.get(3)?, notice.made_at);
    Ok(Delivery {
        notice,
        state,
        attempts: row.get(2)?,
        next_attempt_at: (state == DeliveryState::Waiting).then_some(next),
        last_error: row.get(4)?,
        finished_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
        fallback_for: row.get(6)?,
    })
}
