//! Incidents as people look at them.

use std::collections::BTreeMap;

use fengbiao_alerter::record::{Duties, Pending};
use fengbiao_model::{
    Event, Incident, IncidentId, IncidentNumber, Override, OverrideNumber, PostId, Quote,
    ReceiverId, Silence, Tier, Timestamp, TopicId,
};
use rusqlite::{Connection, OptionalExtension, params};

use crate::canonical::receiver_id;
use crate::columns::{int, tier_rank, uint};
use crate::commit::incident_int;
use crate::duty_record::{duties_of, pending_of, silence_of, stand_in_of};
use crate::ledger::{AuditLine, audit_line, page};
use crate::limits::MAX_DETAIL_ROWS;
use crate::members::members;
use crate::outbox::{DELIVERY, Delivery, delivery_of};
use crate::shared_json::{event_of, incident_of, quote_of};
use crate::stories::{StoryDetail, stories};
use crate::{Ledger, LedgerError};

/// Which incidents are asked for; all that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    /// Only those open, or only those closed.
    pub open: Option<bool>,
    /// Only of this topic.
    pub topic: Option<TopicId>,
    /// Only those that have reached this tier.
    pub tier: Option<Tier>,
    /// Only those with a post found at or after this time (event clock).
    pub since: Option<Timestamp>,
    /// Only those with a lower number: the last one of the page before.
    pub before: Option<IncidentNumber>,
}

/// All there is to show of an incident. Who spoke is nowhere in it.
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentDetail {
    /// The incident.
    pub incident: Incident,
    /// The posts it quotes, in the order in which they came.
    pub quotes: Vec<Quote>,
    /// The stories that most of its posts tell, those told most often first.
    pub stories: Vec<StoryDetail>,
    /// Its notices and what became of them, latest first, at most [`MAX_DETAIL_ROWS`].
    pub deliveries: Vec<Delivery>,
    /// How many older ones there are.
    pub older_deliveries: u64,
    /// What the audit trail says of it, latest first.
    pub audit: Vec<AuditLine>,
    /// How many posts belong to it.
    pub members: u64,
    /// Its record, in order.
    pub events: Vec<Event>,
    /// What is owed of it, and who is being asked.
    pub duties: Duties,
    /// What each receiver waits for, or has been told.
    pub pending: Vec<(ReceiverId, Pending)>,
    /// How many of its posts were found in each minute since 1970 that has any (event clock).
    pub posts_by_minute: Vec<(i64, u64)>,
}

/// That an incident has opened and fits an [`IncidentFilter`]: open, topic, tier, since, before.
const FITS: &str = "WHERE number IS NOT NULL
                      AND (?1 IS NULL OR open = ?1)
                      AND (?2 IS NULL OR topic = ?2)
                      AND (?3 IS NULL OR highest_tier >= ?3)
                      AND (?4 IS NULL OR last_found_at >= ?4)
                      AND (?5 IS NULL OR number < ?5)";

fn before(filter: &IncidentFilter) -> Result<Option<i64>, LedgerError> {
    let number = filter.before.map(IncidentNumber::as_u64);
    number
        .map(|number| int("incident number", number))
        .transpose()
}

impl Ledger {
    /// The incidents that have opened and fit the filter, latest number first, at most `limit`.
    pub fn incidents(
        &self,
        filter: &IncidentFilter,
        limit: usize,
    ) -> Result<Vec<Incident>, LedgerError> {
        let sql = format!("SELECT body FROM incidents {FITS} ORDER BY number DESC LIMIT ?6");
        let before = before(filter)?;
        self.read(|db| {
            let mut statement = db.prepare_cached(&sql)?;
            let mut rows = statement.query(params![
                filter.open,
                filter.topic.as_ref().map(TopicId::as_str),
                filter.tier.map(tier_rank),
                filter.since.map(Timestamp::as_millis),
                before,
                page(limit),
            ])?;
            let mut incidents = Vec::new();
            while let Some(row) = rows.next()? {
                incidents.push(incident_of(row.get_ref(0)?.as_str().unwrap_or_default())?);
            }
            Ok(incidents)
        })
    }

    /// How many incidents have opened and fit the filter.
    pub fn count_incidents(&self, filter: &IncidentFilter) -> Result<u64, LedgerError> {
        let sql = format!("SELECT count(*) FROM incidents {FITS}");
        let before = before(filter)?;
        self.read(|db| {
            let fits = params![
                filter.open,
                filter.topic.as_ref().map(TopicId::as_str),
                filter.tier.map(tier_rank),
                filter.since.map(Timestamp::as_millis),
                before,
            ];
            let mut statement = db.prepare_cached(&sql)?;
            let found = statement.query_row(fits, |row| row.get(0))?;
            uint("count of incidents", found)
        })
    }

    /// The incident with a number; none where there is no such number.
    pub fn incident(&self, number: IncidentNumber) -> Result<Option<Incident>, LedgerError> {
        self.read(|db| by_number(db, number))
    }

    /// The latest incident with a place in its year, for people who leave the year out.
    pub fn latest_numbered(&self, running: u32) -> Result<Option<IncidentNumber>, LedgerError> {
        let sql = "SELECT max(number) FROM incidents WHERE number % ?1 = ?2";
        self.read(|db| {
            let per_year = int("numbers of a year", IncidentNumber::PER_YEAR)?;
            let mut statement = db.prepare_cached(sql)?;
            let found: Option<i64> =
                statement.query_row(params![per_year, running], |row| row.get(0))?;
            let number = found
                .map(|number| uint("incident number", number))
                .transpose()?;
            Ok(number.and_then(IncidentNumber::from_u64))
        })
    }

    /// The incident with an inner id, such as a notice's key names; none where there is none.
    pub fn incident_by_id(&self, id: IncidentId) -> Result<Option<Incident>, LedgerError> {
        self.read(|db| {
            let body = db
                .prepare_cached("SELECT body FROM incidents WHERE id = ?1")?
                .query_row([incident_int(id)?], |row| row.get::<_, String>(0))
                .optional()?;
            body.map(|body| incident_of(&body)).transpose()
        })
    }

    /// What is owed of an incident, and until when its acknowledgement is good; nothing where there is
    /// no such incident.
    pub fn duties(&self, incident: IncidentId) -> Result<Duties, LedgerError> {
        self.read(|db| duties(db, incident))
    }

    /// All there is to show of an incident; none where there is no such number.
    pub fn incident_detail(
        &self,
        number: IncidentNumber,
    ) -> Result<Option<IncidentDetail>, LedgerError> {
        self.read(|db| {
            let Some(incident) = by_number(db, number)? else {
                return Ok(None);
            };
            let id = incident.id;
            let members = members(db, id)?;
            let quotes = quotes(db, id)?;
            let deliveries = deliveries(db, id)?;
            Ok(Some(IncidentDetail {
                stories: stories(db, id, &quotes)?,
                quotes,
                older_deliveries: notices(db, id)?.saturating_sub(deliveries.len() as u64),
                deliveries,
                audit: audit_of(db, number)?,
                members: members.len() as u64,
                events: events(db, id)?,
                duties: duties(db, id)?,
                pending: pending(db, id)?,
                posts_by_minute: posts_by_minute(&members),
                incident,
            }))
        })
    }

    /// The silences that have not ended, by number.
    pub fn silences(&self) -> Result<Vec<Silence>, LedgerError> {
        self.read(|db| {
            let mut statement = db.prepare_cached("SELECT body FROM silences ORDER BY number")?;
            let mut rows = statement.query([])?;
            let mut silences = Vec::new();
            while let Some(row) = rows.next()? {
                silences.push(silence_of(row.get_ref(0)?.as_str().unwrap_or_default())?);
            }
            Ok(silences)
        })
    }

    /// Who stands in, or will, by number.
    pub fn stand_ins(&self) -> Result<Vec<(OverrideNumber, Override)>, LedgerError> {
        self.read(|db| {
            let sql = "SELECT number, body FROM stand_ins ORDER BY number";
            let mut statement = db.prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            let mut stand_ins = Vec::new();
            while let Some(row) = rows.next()? {
                let number = OverrideNumber(uint("stand-in", row.get(0)?)?);
                let body = row.get_ref(1)?.as_str().unwrap_or_default();
                stand_ins.push((number, stand_in_of(body)?));
            }
            Ok(stand_ins)
        })
    }

    /// The posts that belong to an incident, in the order in which they came.
    pub fn members(&self, incident: IncidentId) -> Result<Vec<PostId>, LedgerError> {
        self.read(|db| {
            let all = members(db, incident)?;
            Ok(all.into_iter().map(|(post, _)| post).collect())
        })
    }
}

fn by_number(db: &Connection, number: IncidentNumber) -> Result<Option<Incident>, LedgerError> {
    // A number that no column holds is nobody's.
    let Ok(number) = int("incident number", number.as_u64()) else {
        return Ok(None);
    };
    let body = db
        .prepare_cached("SELECT body FROM incidents WHERE number = ?1")?
        .query_row([number], |row| row.get::<_, String>(0))
        .optional()?;
    body.map(|body| incident_of(&body)).transpose()
}

fn events(db: &Connection, id: IncidentId) -> Result<Vec<Event>, LedgerError> {
    let sql = "SELECT body FROM events WHERE incident = ?1 ORDER BY number";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([incident_int(id)?])?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(event_of(row.get_ref(0)?.as_str().unwrap_or_default())?);
    }
    Ok(events)
}

fn duties(db: &Connection, id: IncidentId) -> Result<Duties, LedgerError> {
    let body = db
        .prepare_cached("SELECT body FROM duties WHERE incident = ?1")?
        .query_row([incident_int(id)?], |row| row.get::<_, String>(0))
        .optional()?;
    body.map_or_else(|| Ok(Duties::default()), |body| duties_of(&body))
}

fn pending(db: &Connection, id: IncidentId) -> Result<Vec<(ReceiverId, Pending)>, LedgerError> {
    let sql = "SELECT receiver, body FROM pending WHERE incident = ?1 ORDER BY receiver";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([incident_int(id)?])?;
    let mut pending = Vec::new();
    while let Some(row) = rows.next()? {
        let body = row.get_ref(1)?.as_str().unwrap_or_default();
        pending.push((receiver_id(row.get(0)?)?, pending_of(body)?));
    }
    Ok(pending)
}

fn posts_by_minute(members: &[(PostId, Timestamp)]) -> Vec<(i64, u64)> {
    let mut counts = BTreeMap::new();
    for (_, found_at) in members {
        *counts.entry(found_at.minute()).or_default() += 1;
    }
    counts.into_iter().collect()
}

fn quotes(db: &Connection, id: IncidentId) -> Result<Vec<Quote>, LedgerError> {
    let mut statement =
        db.prepare_cached("SELECT body FROM quotes WHERE incident = ?1 ORDER BY row")?;
    let mut rows = statement.query([incident_int(id)?])?;
    let mut quotes = Vec::new();
    while let Some(row) = rows.next()? {
        quotes.push(quote_of(row.get_ref(0)?.as_str().unwrap_or_default())?);
    }
    Ok(quotes)
}

fn deliveries(db: &Connection, id: IncidentId) -> Result<Vec<Delivery>, LedgerError> {
    let sql =
        format!("SELECT {DELIVERY} FROM outbox WHERE incident = ?1 ORDER BY row DESC LIMIT ?2");
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![incident_int(id)?, page(MAX_DETAIL_ROWS)])?;
    let mut deliveries = Vec::new();
    while let Some(row) = rows.next()? {
        deliveries.push(delivery_of(row)?);
    }
    Ok(deliveries)
}

fn notices(db: &Connection, id: IncidentId) -> Result<u64, LedgerError> {
    let sql = "SELECT count(*) FROM outbox WHERE incident = ?1";
    let mut statement = db.prepare_cached(sql)?;
    let count: i64 = statement.query_row([incident_int(id)?], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

fn audit_of(db: &Connection, number: IncidentNumber) -> Result<Vec<AuditLine>, LedgerError> {
    let sql = "SELECT number, at, actor, what, target, note FROM audit
               WHERE target = ?1 ORDER BY number DESC LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let on = format!("incident {number}");
    let rows = statement.query_map(params![on, page(MAX_DETAIL_ROWS)], audit_line)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
