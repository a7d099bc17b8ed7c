//! A change as a row of its own.

use std::cell::RefCell;

use fengbiao_alerter::Change;
use fengbiao_alerter::record::{BucketKey, WatermarkKey};
use fengbiao_model::{Event, Incident, IncidentId, Position, PostId, Timestamp};
use rusqlite::{CachedStatement, Connection, Params, params};

use crate::LedgerError;
use crate::canonical::width_text;
use crate::columns::{int, subject_text, tier_rank};
use crate::ledger::audit;
use crate::outbox;

/// Puts a record (its last column) under its key.
macro_rules! put {
    ($table:literal, $first:literal $(, $key:literal)* ; $record:literal) => {
        concat!(
            "INSERT INTO ", $table, " (", $first, $(", ", $key,)* ", ", $record, ") VALUES (?",
            $(put!(@place $key),)* ", ?) ON CONFLICT (", $first, $(", ", $key,)*
            ") DO UPDATE SET ", $record, " = excluded.", $record
        )
    };
    (@place $key:literal) => { ", ?" };
    ($table:literal, $($key:literal),+) => { put!($table, $($key),+ ; "body") };
}

/// Takes out what is kept under a key.
macro_rules! take_out {
    ($table:literal, $first:literal $(, $key:literal)*) => {
        concat!(
            "DELETE FROM ", $table, " WHERE ", $first, " = ?", $(" AND ", $key, " = ?",)*
        )
    };
}

/// A transaction in which one statement mostly follows itself, since changes come sorted by kind:
/// it is kept at hand and not looked up again.
pub(super) struct Rows<'a> {
    tx: &'a Connection,
    last: RefCell<Option<(&'static str, CachedStatement<'a>)>>,
}

impl<'a> Rows<'a> {
    pub(super) const fn of(tx: &'a Connection) -> Self {
        let last = RefCell::new(None);
        Self { tx, last }
    }

    /// Runs a statement once.
    pub(super) fn run(&self, sql: &'static str, params: impl Params) -> Result<(), LedgerError> {
        let mut last = self.last.borrow_mut();
        let mut statement = match last.take() {
            Some((same, statement)) if same == sql => statement,
            _ => self.tx.prepare_cached(sql)?,
        };
        statement.execute(params)?;
        *last = Some((sql, statement));
        Ok(())
    }

    /// Does a change to its table; `body` is its record in canonical form.
    pub(super) fn put(
        &self,
        wall: Timestamp,
        change: &Change,
        body: &str,
    ) -> Result<(), LedgerError> {
        match change {
            Change::Clocks(_) => self.run(put!("clocks", "one"), params![1, body]),
            Change::Watermark(WatermarkKey { hits, posts }, _) => {
                let sql = put!("watermarks", "hits", "posts");
                self.run(sql, params![hits.0, posts.0, body])
            }
            Change::Seen(topic, Position { partition, offset }) => {
                let sql = put!("seen", "topic", "partition"; "offset");
                let offset = int("position", offset.0)?;
                self.run(sql, params![topic.as_str(), partition.0, offset])
            }
            Change::ForgetSeen(topic, partition) => {
                let sql = take_out!("seen", "topic", "partition");
                self.run(sql, params![topic.as_str(), partition.0])
            }
            Change::Told(topic, story, _) => {
                let sql = put!("told", "topic", "story");
                self.run(sql, params![topic.as_str(), story.0.cast_signed(), body])
            }
            Change::ForgetTold(topic, story) => {
                let sql = take_out!("told", "topic", "story");
                self.run(sql, params![topic.as_str(), story.0.cast_signed()])
            }
            Change::Bucket(key, _) => {
                let BucketKey {
                    topic,
                    subject,
                    width,
                    index,
                } = key;
                let (subject, width) = (subject_text(subject), width_text(*width));
                let sql = put!("buckets", "topic", "subject", "width", "start");
                self.run(sql, params![topic.as_str(), subject, width, index, body])
            }
            Change::DropBucket(key) => {
                let BucketKey {
                    topic,
                    subject,
                    width,
                    index,
                } = key;
                let (subject, width) = (subject_text(subject), width_text(*width));
                let sql = take_out!("buckets", "topic", "subject", "width", "start");
                self.run(sql, params![topic.as_str(), subject, width, index])
            }
            Change::Coverage(hour, _) => self.run(put!("coverage", "hour"), params![hour, body]),
            Change::DropCoverage(hour) => self.run(take_out!("coverage", "hour"), params![hour]),
            Change::Watched(topic, since) => {
                let sql = put!("watched", "topic"; "since");
                self.run(sql, params![topic.as_str(), since.as_millis()])
            }
            Change::Unwatched(topic) => {
                self.run(take_out!("watched", "topic"), params![topic.as_str()])
            }
            Change::Incident(incident) => self.put_incident(incident, body),
            Change::Lifetime(id, _) => self.run(
                put!("lifetimes", "incident"),
                params![incident_int(*id)?, body],
            ),
            Change::Story(id, story, posts) => {
                let sql = put!("stories", "incident", "story"; "posts");
                let posts = int("count of posts", *posts)?;
                self.run(
                    sql,
                    params![incident_int(*id)?, story.0.cast_signed(), posts],
                )
            }
            Change::DropIncident(id) => self.drop_incident(*id),
            Change::Event(event) => self.put_event(event, body),
            Change::Quote(id, quote) => {
                let sql = put!("quotes", "incident", "post");
                self.run(
                    sql,
                    params![incident_int(*id)?, quote.post.as_bytes(), body],
                )
            }
            Change::DropQuote(id, post) => {
                let sql = take_out!("quotes", "incident", "post");
                self.run(sql, params![incident_int(*id)?, post.as_bytes()])
            }
            Change::Pending(id, receiver, _) => {
                let sql = put!("pending", "incident", "receiver");
                self.run(sql, params![incident_int(*id)?, receiver.as_str(), body])
            }
            Change::DropPending(id, receiver) => {
                let sql = take_out!("pending", "incident", "receiver");
                self.run(sql, params![incident_int(*id)?, receiver.as_str()])
            }
            Change::Duties(id, _) => self.run(
                put!("duties", "incident"),
                params![incident_int(*id)?, body],
            ),
            Change::Source(source, _) => {
                self.run(put!("sources", "source"), params![source.as_str(), body])
            }
            Change::DropSource(source) => {
                self.run(take_out!("sources", "source"), params![source.as_str()])
            }
            Change::Canary(partition, _) => {
                self.run(put!("canaries", "partition"), params![partition.0, body])
            }
            Change::Notice(notice) => outbox::put(self, notice, body),
            Change::Policy(_) => {
                let sql = "INSERT INTO policy (at, body) VALUES (?1, ?2)";
                self.run(sql, params![wall.as_millis(), body])
            }
            Change::Rate(receiver, _) => {
                self.run(put!("rates", "receiver"), params![receiver.as_str(), body])
            }
            Change::Silence(silence) => {
                let number = int("silence", silence.number.0)?;
                self.run(put!("silences", "number"), params![number, body])
            }
            Change::DropSilence(number) => {
                let number = int("silence", number.0)?;
                self.run(take_out!("silences", "number"), params![number])
            }
            Change::StandIn(number, _) => {
                let number = int("stand-in", number.0)?;
                self.run(put!("stand_ins", "number"), params![number, body])
            }
            Change::DropStandIn(number) => {
                let number = int("stand-in", number.0)?;
                self.run(take_out!("stand_ins", "number"), params![number])
            }
            Change::Purged(post) => self.put_purged(post, wall),
            Change::Audit { by, what, on, note } => audit(self, wall, by, what, on, note),
            Change::Remember(..)
            | Change::Forget(..)
            | Change::Member(..)
            | Change::Absorbed(..)
            | Change::Withheld(..) => Ok(()), // Gathered.
            Change::TakenBack(_) => Ok(()), // Erased.
        }
    }

    fn put_incident(&self, incident: &Incident, body: &str) -> Result<(), LedgerError> {
        let number = incident
            .number
            .map(|number| int("incident number", number.as_u64()))
            .transpose()?;
        let sql = "INSERT INTO incidents
                       (id, number, topic, open, highest_tier, last_found_at, body)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                   ON CONFLICT (id) DO UPDATE SET number = excluded.number, topic = excluded.topic,
                       open = excluded.open, highest_tier = excluded.highest_tier,
                       last_found_at = excluded.last_found_at, body = excluded.body";
        let params = params![
            incident_int(incident.id)?,
            number,
            incident.topic.as_str(),
            incident.is_open(),
            incident.highest_tier.map(tier_rank),
            incident.last_found_at.as_millis(),
            body,
        ];
        self.run(sql, params)
    }

    fn put_event(&self, event: &Event, body: &str) -> Result<(), LedgerError> {
        let sql =
            "INSERT INTO events (incident, number, at, kind, body) VALUES (?1, ?2, ?3, ?4, ?5)";
        let (id, at) = (incident_int(event.incident)?, event.at.as_millis());
        let kind = event.what.kind();
        self.run(sql, params![id, event.number, at, kind, body])
    }

    /// An incident that never opened goes with all that hangs on it.
    fn drop_incident(&self, id: IncidentId) -> Result<(), LedgerError> {
        let id = incident_int(id)?;
        for sql in [
            take_out!("members", "incident"),
            take_out!("quotes", "incident"),
            take_out!("stories", "incident"),
            take_out!("lifetimes", "incident"),
            take_out!("pending", "incident"),
            take_out!("duties", "incident"),
            take_out!("incidents", "id"),
        ] {
            self.run(sql, params![id])?;
        }
        Ok(())
    }

    fn put_purged(&self, post: &PostId, wall: Timestamp) -> Result<(), LedgerError> {
        let sql = "INSERT INTO purged (post, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.run(sql, params![post.as_bytes(), wall.as_millis()])
    }
}

impl std::ops::Deref for Rows<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.tx
    }
}

pub(crate) fn incident_int(id: IncidentId) -> Result<i64, LedgerError> {
    int("incident id", id.0)
}
