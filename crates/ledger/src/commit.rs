//! A step and all that it did, in one transaction.

use std::cell::RefCell;
use std::collections::BTreeMap;

use fengbiao_alerter::record::{BucketKey, WatermarkKey};
use fengbiao_alerter::{Change, Effects};
use fengbiao_model::{
    Event, Incident, IncidentId, NULL_RECEIVER, Notice, Offset, Partition, Position, PostId,
    ReceiverId, Timestamp,
};
use rusqlite::{CachedStatement, Connection, params};

use crate::canonical::{self, Digest};
use crate::columns::{int, subject_text, tier_rank, uint};
use crate::ledger::{audit, positions};
use crate::members::Members;
use crate::memories::Memories;
use crate::purge::Erased;
use crate::{Ledger, LedgerError, Positions, StepRecord, outbox, purge, steps};

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
            apply_one(&rows, step.wall, change, &line.value)?;
        }
        erased.add(purge::erase(tx, change)?);
    }
    gathered.write(&rows, step.number)?;
    Ok((digest.finish(), erased))
}

/// What a step writes as one row instead of one for each change.
#[derive(Default)]
struct Gathered<'a> {
    members: Members,
    memories: Memories,
    withheld: BTreeMap<(&'a ReceiverId, &'static str), i64>,
}

impl<'a> Gathered<'a> {
    /// Whether a change is done with by this.
    fn take(&mut self, tx: &Connection, change: &'a Change) -> Result<bool, LedgerError> {
        match change {
            Change::Remember(topic, post, memory) => self.memories.remember(topic, post, memory),
            Change::Forget(topic, post) => self.memories.forget(topic, post),
            Change::Member(id, post, found_at) => self.members.add(*id, post, *found_at),
            Change::Absorbed(into, from) => self.members.absorb(tx, *into, *from)?,
            Change::Withheld(key, why) => {
                let count = self.withheld.entry((&key.receiver, why.as_str()));
                *count.or_default() += 1;
            }
            Change::DropIncident(id) => {
                self.members.forget(*id);
                return Ok(false);
            }
            Change::Clocks(clocks) => {
                self.memories.clock(clocks.event);
                return Ok(false);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn write(&self, tx: &Rows<'_>, step: u64) -> Result<(), LedgerError> {
        self.members.write(tx, step)?;
        self.memories.write(tx)?;
        let sql = "INSERT INTO withheld (receiver, reason, count) VALUES (?1, ?2, ?3)
                   ON CONFLICT (receiver, reason) DO UPDATE SET count = count + excluded.count";
        for ((receiver, reason), count) in &self.withheld {
            run(tx, sql, params![receiver.as_str(), reason, count])?;
        }
        Ok(())
    }
}

fn apply_one(
    tx: &Rows<'_>,
    wall: Timestamp,
    change: &Change,
    body: &str,
) -> Result<(), LedgerError> {
    match change {
        Change::Clocks(_) => {
            let sql = "INSERT INTO clocks (one, body) VALUES (1, ?1)
                       ON CONFLICT (one) DO UPDATE SET body = excluded.body";
            run(tx, sql, params![body])
        }
        Change::Watermark(WatermarkKey { hits, posts }, _) => {
            let sql = "INSERT INTO watermarks (hits, posts, body) VALUES (?1, ?2, ?3)
                       ON CONFLICT (hits, posts) DO UPDATE SET body = excluded.body";
            run(tx, sql, params![hits.0, posts.0, body])
        }
        Change::Seen(topic, Position { partition, offset }) => {
            let sql = "INSERT INTO seen (topic, partition, offset) VALUES (?1, ?2, ?3)
                       ON CONFLICT (topic, partition) DO UPDATE SET offset = excluded.offset";
            run(
                tx,
                sql,
                params![topic.as_str(), partition.0, int("position", offset.0)?],
            )
        }
        Change::ForgetSeen(topic, partition) => {
            let sql = "DELETE FROM seen WHERE topic = ?1 AND partition = ?2";
            run(tx, sql, params![topic.as_str(), partition.0])
        }
        Change::Told(topic, story, _) => {
            let sql = "INSERT INTO told (topic, story, body) VALUES (?1, ?2, ?3)
                       ON CONFLICT (topic, story) DO UPDATE SET body = excluded.body";
            run(
                tx,
                sql,
                params![topic.as_str(), story.0.cast_signed(), body],
            )
        }
        Change::ForgetTold(topic, story) => {
            let sql = "DELETE FROM told WHERE topic = ?1 AND story = ?2";
            run(tx, sql, params![topic.as_str(), story.0.cast_signed()])
        }
        Change::Bucket(key, _) => put_bucket(tx, key, body),
        Change::DropBucket(key) => drop_bucket(tx, key),
        Change::Coverage(hour, _) => {
            let sql = "INSERT INTO coverage (hour, body) VALUES (?1, ?2)
                       ON CONFLICT (hour) DO UPDATE SET body = excluded.body";
            run(tx, sql, params![hour, body])
        }
        Change::DropCoverage(hour) => {
            run(tx, "DELETE FROM coverage WHERE hour = ?1", params![hour])
        }
        Change::Watched(topic, since) => {
            let sql = "INSERT INTO watched (topic, since) VALUES (?1, ?2)
                       ON CONFLICT (topic) DO UPDATE SET since = excluded.since";
            run(tx, sql, params![topic.as_str(), since.as_millis()])
        }
        Change::Unwatched(topic) => {
            let sql = "DELETE FROM watched WHERE topic = ?1";
            run(tx, sql, params![topic.as_str()])
        }
        Change::Incident(incident) => put_incident(tx, incident, body),
        Change::Lifetime(id, _) => {
            let sql = "INSERT INTO lifetimes (incident, body) VALUES (?1, ?2)
                       ON CONFLICT (incident) DO UPDATE SET body = excluded.body";
            run(tx, sql, params![incident_int(*id)?, body])
        }
        Change::Story(id, story, posts) => {
            let sql = "INSERT INTO stories (incident, story, posts) VALUES (?1, ?2, ?3)
                       ON CONFLICT (incident, story) DO UPDATE SET posts = excluded.posts";
            let posts = int("count of posts", *posts)?;
            run(
                tx,
                sql,
                params![incident_int(*id)?, story.0.cast_signed(), posts],
            )
        }
        Change::DropIncident(id) => drop_incident(tx, *id),
        Change::Event(event) => put_event(tx, event, body),
        Change::Quote(id, quote) => {
            let sql = "INSERT INTO quotes (incident, post, body) VALUES (?1, ?2, ?3)
                       ON CONFLICT (incident, post) DO UPDATE SET body = excluded.body";
            run(
                tx,
                sql,
                params![incident_int(*id)?, quote.post.as_bytes(), body],
            )
        }
        Change::DropQuote(id, post) => {
            let sql = "DELETE FROM quotes WHERE incident = ?1 AND post = ?2";
            run(tx, sql, params![incident_int(*id)?, post.as_bytes()])
        }
        Change::Pending(id, receiver, _) => {
            let sql = "INSERT INTO pending (incident, receiver, body) VALUES (?1, ?2, ?3)
                       ON CONFLICT (incident, receiver) DO UPDATE SET body = excluded.body";
            run(
                tx,
                sql,
                params![incident_int(*id)?, receiver.as_str(), body],
            )
        }
        Change::DropPending(id, receiver) => {
            let sql = "DELETE FROM pending WHERE incident = ?1 AND receiver = ?2";
            run(tx, sql, params![incident_int(*id)?, receiver.as_str()])
        }
        Change::Source(source, _) => {
            let sql = "INSERT INTO sources (source, body) VALUES (?1, ?2)
                       ON CONFLICT (source) DO UPDATE SET body = excluded.body";
            run(tx, sql, params![source.as_str(), body])
        }
        Change::DropSource(source) => {
            let sql = "DELETE FROM sources WHERE source = ?1";
            run(tx, sql, params![source.as_str()])
        }
        Change::Canary(partition, _) => {
            let sql = "INSERT INTO canaries (partition, body) VALUES (?1, ?2)
                       ON CONFLICT (partition) DO UPDATE SET body = excluded.body";
            run(tx, sql, params![partition.0, body])
        }
        Change::Notice(notice) => outbox::put(tx, notice, body),
        Change::Policy(_) => {
            let sql = "INSERT INTO policy (at, body) VALUES (?1, ?2)";
            run(tx, sql, params![wall.as_millis(), body])
        }
        Change::Duties(id, _) => {
            let sql = "INSERT INTO duties (incident, body) VALUES (?1, ?2)
                       ON CONFLICT (incident) DO UPDATE SET body = excluded.body";
            run(tx, sql, params![incident_int(*id)?, body])
        }
        Change::Rate(receiver, _) => {
            let sql = "INSERT INTO rates (receiver, body) VALUES (?1, ?2)
                       ON CONFLICT (receiver) DO UPDATE SET body = excluded.body";
            run(tx, sql, params![receiver.as_str(), body])
        }
        Change::Silence(silence) => {
            let sql = "INSERT INTO silences (number, body) VALUES (?1, ?2)
                       ON CONFLICT (number) DO UPDATE SET body = excluded.body";
            run(tx, sql, params![int("silence", silence.number.0)?, body])
        }
        Change::DropSilence(number) => {
            let sql = "DELETE FROM silences WHERE number = ?1";
            run(tx, sql, params![int("silence", number.0)?])
        }
        Change::StandIn(number, _) => {
            let sql = "INSERT INTO stand_ins (number, body) VALUES (?1, ?2)
                       ON CONFLICT (number) DO UPDATE SET body = excluded.body";
            run(tx, sql, params![int("stand-in", number.0)?, body])
        }
        Change::DropStandIn(number) => {
            let sql = "DELETE FROM stand_ins WHERE number = ?1";
            run(tx, sql, params![int("stand-in", number.0)?])
        }
        Change::Purged(post) => put_purged(tx, post, wall),
        Change::Audit { by, what, on, note } => audit(tx, wall, by, what, on, note),
        Change::Remember(..)
        | Change::Forget(..)
        | Change::Member(..)
        | Change::Absorbed(..)
        | Change::Withheld(..) => Ok(()), // Gathered.
        Change::TakenBack(_) => Ok(()), // Erased.
    }
}

/// A transaction in which one statement mostly follows itself, since changes come sorted by kind:
/// it is kept at hand and not looked up again.
struct Rows<'a> {
    tx: &'a Connection,
    last: RefCell<Option<(&'static str, CachedStatement<'a>)>>,
}

impl<'a> Rows<'a> {
    const fn of(tx: &'a Connection) -> Self {
        let last = RefCell::new(None);
        Self { tx, last }
    }
}

impl std::ops::Deref for Rows<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.tx
    }
}

fn run(tx: &Rows<'_>, sql: &'static str, params: impl rusqlite::Params) -> Result<(), LedgerError> {
    let mut last = tx.last.borrow_mut();
    let mut statement = match last.take() {
        Some((same, statement)) if same == sql => statement,
        _ => tx.tx.prepare_cached(sql)?,
    };
    statement.execute(params)?;
    *last = Some((sql, statement));
    Ok(())
}

pub(crate) fn incident_int(id: IncidentId) -> Result<i64, LedgerError> {
    int("incident id", id.0)
}

fn put_bucket(tx: &Rows<'_>, key: &BucketKey, body: &str) -> Result<(), LedgerError> {
    let BucketKey {
        topic,
        subject,
        width,
        index,
    } = key;
    let (subject, width) = (subject_text(subject), canonical::width_text(*width));
    let sql = "INSERT INTO buckets (topic, subject, width, start, body) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (topic, subject, width, start) DO UPDATE SET body = excluded.body";
    run(
        tx,
        sql,
        params![topic.as_str(), subject, width, index, body],
    )
}

fn drop_bucket(tx: &Rows<'_>, key: &BucketKey) -> Result<(), LedgerError> {
    let BucketKey {
        topic,
        subject,
        width,
        index,
    } = key;
    let (subject, width) = (subject_text(subject), canonical::width_text(*width));
    let sql = "DELETE FROM buckets
               WHERE topic = ?1 AND subject = ?2 AND width = ?3 AND start = ?4";
    run(tx, sql, params![topic.as_str(), subject, width, index])
}

fn put_incident(tx: &Rows<'_>, incident: &Incident, body: &str) -> Result<(), LedgerError> {
    let number = incident
        .number
        .map(|number| int("incident number", number.as_u64()))
        .transpose()?;
    let sql = "INSERT INTO incidents (id, number, topic, open, highest_tier, last_found_at, body)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT (id) DO UPDATE SET number = excluded.number, topic = excluded.topic,
                   open = excluded.open, highest_tier = excluded.highest_tier,
                   last_found_at = excluded.last_found_at, body = excluded.body";
    run(
        tx,
        sql,
        params![
            incident_int(incident.id)?,
            number,
            incident.topic.as_str(),
            incident.is_open(),
            incident.highest_tier.map(tier_rank),
            incident.last_found_at.as_millis(),
            body,
        ],
    )
}

fn put_event(tx: &Rows<'_>, event: &Event, body: &str) -> Result<(), LedgerError> {
    let sql = "INSERT INTO events (incident, number, at, kind, body) VALUES (?1, ?2, ?3, ?4, ?5)";
    let (id, at) = (incident_int(event.incident)?, event.at.as_millis());
    let kind = event.what.kind();
    run(tx, sql, params![id, event.number, at, kind, body])
}

/// An incident that never opened goes with all that hangs on it.
fn drop_incident(tx: &Rows<'_>, id: IncidentId) -> Result<(), LedgerError> {
    let id = incident_int(id)?;
    for sql in [
        "DELETE FROM members WHERE incident = ?1",
        "DELETE FROM quotes WHERE incident = ?1",
        "DELETE FROM stories WHERE incident = ?1",
        "DELETE FROM lifetimes WHERE incident = ?1",
        "DELETE FROM pending WHERE incident = ?1",
        "DELETE FROM duties WHERE incident = ?1",
        "DELETE FROM incidents WHERE id = ?1",
    ] {
        run(tx, sql, params![id])?;
    }
    Ok(())
}

fn put_purged(tx: &Rows<'_>, post: &PostId, wall: Timestamp) -> Result<(), LedgerError> {
    let sql = "INSERT INTO purged (post, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    run(tx, sql, params![post.as_bytes(), wall.as_millis()])
}
