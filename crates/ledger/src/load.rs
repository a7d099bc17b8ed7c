//! The alerter's state as it is stored, and checkpoints of it.

use fengbiao_alerter::Change;
use fengbiao_alerter::limits::{CLOSED_KEPT, REMEMBERED_FOR};
use fengbiao_alerter::record::{BucketKey, WatermarkKey};
use fengbiao_model::{
    IncidentId, Offset, OverrideNumber, Partition, Policy, Position, StoryId, Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::canonical::{change_of, line, receiver_id, source_id, topic_id, width_of};
use crate::columns::{int, post_id, subject_of, uint};
use crate::duty_record::{duties_of, pending_of, rate_of, silence_of, stand_in_of};
use crate::ledger::positions;
use crate::limits::KEPT_CHECKPOINTS;
use crate::record::{bucket_of, clocks_of, coverage_of, json, lifetime_of, told_of, watermark_of};
use crate::shared_json::{incident_of, policy_of, quote_of};
use crate::watch_record::{canary_of, life_of};
use crate::{Ledger, LedgerError, Positions, memories, steps};

/// A stored state of the alerter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The step after which it was taken.
    pub step: u64,
    /// When it was stored (wall clock).
    pub at: Timestamp,
    /// Where the alerter read next.
    pub positions: Positions,
}

impl Ledger {
    /// The policy that the alerter goes by; none before the first.
    pub fn policy(&self) -> Result<Option<Policy>, LedgerError> {
        self.read(policy)
    }

    /// The alerter's whole state for `Alerter::restore`, in canonical order: clocks, policy,
    /// memories, watermarks, positions seen, stories of topics, buckets, the coverage of the hours,
    /// topics watched, incidents, their lives, stories and quotes, pending notices, what is owed,
    /// rates, silences, stand-ins, purged posts, lives of sources, canaries; each kind by its key.
    /// The alerter keeps no members: those of an incident are read by [`Ledger::members`].
    ///
    /// What the alerter has let go is not read: of incidents that are long closed nothing, of those
    /// that have left memory the heads. So a restart costs what is going on, not what is kept.
    pub fn load(&self) -> Result<Vec<Change>, LedgerError> {
        self.read(load)
    }

    /// Stores the whole state of the alerter after the latest step, which must be `step`, and
    /// keeps the last few of them. `state` is `Alerter::records()` or [`Ledger::load`].
    pub fn store_checkpoint(&self, step: u64, state: &[Change]) -> Result<(), LedgerError> {
        let at = self.clock.wall();
        self.write(|tx| {
            let last = steps::last_step(tx)?;
            if last != step {
                let (found, expected) = (last.to_string(), step.to_string());
                return Err(LedgerError::Fenced {
                    what: "last step",
                    found,
                    expected,
                });
            }
            drop_checkpoint(tx, step)?;
            let sql = "INSERT INTO checkpoints (step, at, positions) VALUES (?1, ?2, ?3)";
            tx.prepare_cached(sql)?.execute(params![
                int("step", step)?,
                at.as_millis(),
                positions_json(&positions(tx)?),
            ])?;
            for change in state {
                put_line(tx, step, change)?;
            }
            drop_old_checkpoints(tx)
        })
    }

    /// The checkpoints that are kept, oldest first.
    pub fn checkpoints(&self) -> Result<Vec<Checkpoint>, LedgerError> {
        self.read(|db| {
            let sql = "SELECT step, at, positions FROM checkpoints ORDER BY step";
            let mut statement = db.prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            let mut checkpoints = Vec::new();
            while let Some(row) = rows.next()? {
                checkpoints.push(Checkpoint {
                    step: uint("step", row.get(0)?)?,
                    at: Timestamp::from_millis(row.get(1)?),
                    positions: positions_of(text(row, 2)?)?,
                });
            }
            Ok(checkpoints)
        })
    }

    /// The state that was stored after a step, for `Alerter::restore`. Quotes of posts that were
    /// purged since are not in it.
    pub fn load_checkpoint(&self, step: u64) -> Result<Vec<Change>, LedgerError> {
        self.read(|db| {
            let number = int("step", step)?;
            let sql = "SELECT EXISTS (SELECT 1 FROM checkpoints WHERE step = ?1)";
            if !db.query_row(sql, [number], |row| row.get::<_, bool>(0))? {
                return Err(LedgerError::Unknown {
                    what: "checkpoint",
                    key: step.to_string(),
                });
            }
            let sql = "SELECT kind, key, value FROM checkpoint_lines WHERE step = ?1 ORDER BY row";
            each(db, sql, [number], |row| {
                change_of(text(row, 0)?, text(row, 1)?, text(row, 2)?)
            })
        })
    }
}

fn put_line(tx: &Connection, step: u64, change: &Change) -> Result<(), LedgerError> {
    let encoded = line(change);
    let post = match change {
        Change::Quote(_, quote) => Some(*quote.post.as_bytes()),
        _ => None,
    };
    let sql = "INSERT INTO checkpoint_lines (step, post, kind, key, value)
               VALUES (?1, ?2, ?3, ?4, ?5)";
    tx.prepare_cached(sql)?.execute(params![
        int("step", step)?,
        post,
        encoded.kind,
        encoded.key,
        encoded.value
    ])?;
    Ok(())
}

fn drop_checkpoint(tx: &Connection, step: u64) -> Result<(), LedgerError> {
    let step = int("step", step)?;
    tx.prepare_cached("DELETE FROM checkpoint_lines WHERE step = ?1")?
        .execute([step])?;
    tx.prepare_cached("DELETE FROM checkpoints WHERE step = ?1")?
        .execute([step])?;
    Ok(())
}

fn drop_old_checkpoints(tx: &Connection) -> Result<(), LedgerError> {
    let sql = "SELECT step FROM checkpoints ORDER BY step DESC LIMIT -1 OFFSET ?1";
    let kept = i64::try_from(KEPT_CHECKPOINTS).unwrap_or(i64::MAX);
    for step in each(tx, sql, [kept], |row| uint("step", row.get(0)?))? {
        drop_checkpoint(tx, step)?;
    }
    Ok(())
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, LedgerError> {
    let value = row.get_ref(column)?.as_str();
    value.map_err(|error| LedgerError::decode("column")(error.to_string()))
}

fn each<T>(
    db: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    value: impl Fn(&Row<'_>) -> Result<T, LedgerError>,
) -> Result<Vec<T>, LedgerError> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut values = Vec::new();
    while let Some(row) = rows.next()? {
        values.push(value(row)?);
    }
    Ok(values)
}

fn policy(db: &Connection) -> Result<Option<Policy>, LedgerError> {
    let body = db
        .prepare_cached("SELECT body FROM policy ORDER BY version DESC LIMIT 1")?
        .query_row([], |row| row.get::<_, String>(0))
        .optional()?;
    body.map(|body| policy_of(&body)).transpose()
}

/// A row of the state's tables as the change that put it there.
type Decode = fn(&Row<'_>) -> Result<Change, LedgerError>;

fn load(db: &Connection) -> Result<Vec<Change>, LedgerError> {
    let mut state = Vec::new();
    let clocks = db
        .prepare_cached("SELECT body FROM clocks")?
        .query_row([], |row| row.get::<_, String>(0))
        .optional()?;
    let clocks = clocks.map(|body| clocks_of(&body)).transpose()?;
    let event = clocks.as_ref().map(|clocks| clocks.event);
    state.extend(clocks.map(Change::Clocks));
    state.extend(policy(db)?.map(|policy| Change::Policy(Box::new(policy))));
    state.extend(memories::load(db)?);
    let tables: [(&str, Decode); 6] = [
        (
            "SELECT hits, posts, body FROM watermarks ORDER BY hits, posts",
            watermark,
        ),
        (
            "SELECT topic, partition, offset FROM seen ORDER BY topic, partition",
            seen,
        ),
        (
            "SELECT topic, story, body FROM told ORDER BY topic, story",
            told,
        ),
        (
            "SELECT topic, subject, width, start, body FROM buckets
             ORDER BY topic, subject, width DESC, start",
            bucket,
        ),
        ("SELECT hour, body FROM coverage ORDER BY hour", coverage),
        ("SELECT topic, since FROM watched ORDER BY topic", watched),
    ];
    for (sql, decode) in tables {
        state.extend(each(db, sql, [], decode)?);
    }
    load_incidents(db, event.unwrap_or_default(), &mut state)?;
    let tables: [(&str, Decode); 6] = [
        ("SELECT receiver, body FROM rates ORDER BY receiver", rate),
        ("SELECT body FROM silences ORDER BY number", silence),
        (
            "SELECT number, body FROM stand_ins ORDER BY number",
            stand_in,
        ),
        ("SELECT post FROM purged ORDER BY post", purged),
        ("SELECT source, body FROM sources ORDER BY source", source),
        (
            "SELECT partition, body FROM canaries ORDER BY partition",
            canary,
        ),
    ];
    for (sql, decode) in tables {
        state.extend(each(db, sql, [], decode)?);
    }
    Ok(state)
}

/// Incidents that the alerter still knows at an event time, and what hangs on those that it has in
/// memory. The rule is its own (`Alerter::restore`); here it only keeps the rest from being read.
fn load_incidents(
    db: &Connection,
    event: Timestamp,
    state: &mut Vec<Change>,
) -> Result<(), LedgerError> {
    const KNOWN: &str = "FROM incidents WHERE open = 1 OR number IS NULL OR last_found_at > ?1";
    let since = [(event - REMEMBERED_FOR).as_millis()];
    let heads = format!("SELECT body {KNOWN} ORDER BY id");
    state.extend(each(db, &heads, since, incident)?);
    let since = [(event - CLOSED_KEPT).as_millis()];
    let tables: [(&str, &str, &str, Decode); 5] = [
        ("lifetimes", "body", "incident", lifetime),
        ("stories", "story, posts", "incident, story", story),
        ("quotes", "body", "incident, post", quote),
        ("pending", "receiver, body", "incident, receiver", pending),
        ("duties", "body", "incident", duties),
    ];
    for (table, columns, order, decode) in tables {
        let sql = format!(
            "SELECT incident, {columns} FROM {table}
             WHERE incident IN (SELECT id {KNOWN}) ORDER BY {order}"
        );
        state.extend(each(db, &sql, since, decode)?);
    }
    Ok(())
}

fn watermark(row: &Row<'_>) -> Result<Change, LedgerError> {
    let key = WatermarkKey {
        hits: Partition(row.get(0)?),
        posts: Partition(row.get(1)?),
    };
    Ok(Change::Watermark(key, watermark_of(text(row, 2)?)?))
}

fn seen(row: &Row<'_>) -> Result<Change, LedgerError> {
    let offset = Offset(uint("position", row.get(2)?)?);
    let position = Position {
        partition: Partition(row.get(1)?),
        offset,
    };
    Ok(Change::Seen(topic_id(row.get(0)?)?, position))
}

fn told(row: &Row<'_>) -> Result<Change, LedgerError> {
    Ok(Change::Told(
        topic_id(row.get(0)?)?,
        StoryId(row.get::<_, i64>(1)?.cast_unsigned()),
        told_of(text(row, 2)?)?,
    ))
}

fn bucket(row: &Row<'_>) -> Result<Change, LedgerError> {
    let subject = subject_of(text(row, 1)?).map_err(LedgerError::decode("bucket"))?;
    let width = width_of(text(row, 2)?)?;
    let key = BucketKey {
        topic: topic_id(row.get(0)?)?,
        subject,
        width,
        index: row.get(3)?,
    };
    Ok(Change::Bucket(key, bucket_of(text(row, 4)?)?))
}

fn coverage(row: &Row<'_>) -> Result<Change, LedgerError> {
    Ok(Change::Coverage(row.get(0)?, coverage_of(text(row, 1)?)?))
}

fn watched(row: &Row<'_>) -> Result<Change, LedgerError> {
    let since = Timestamp::from_millis(row.get(1)?);
    Ok(Change::Watched(topic_id(row.get(0)?)?, since))
}

fn incident(row: &Row<'_>) -> Result<Change, LedgerError> {
    Ok(Change::Incident(incident_of(text(row, 0)?)?))
}

fn incident_id(row: &Row<'_>) -> Result<IncidentId, LedgerError> {
    Ok(IncidentId(uint("incident id", row.get(0)?)?))
}

fn lifetime(row: &Row<'_>) -> Result<Change, LedgerError> {
    Ok(Change::Lifetime(
        incident_id(row)?,
        Box::new(lifetime_of(text(row, 1)?)?),
    ))
}

fn story(row: &Row<'_>) -> Result<Change, LedgerError> {
    let story = StoryId(row.get::<_, i64>(1)?.cast_unsigned());
    Ok(Change::Story(
        incident_id(row)?,
        story,
        uint("count of posts", row.get(2)?)?,
    ))
}

fn quote(row: &Row<'_>) -> Result<Change, LedgerError> {
    Ok(Change::Quote(incident_id(row)?, quote_of(text(row, 1)?)?))
}

fn pending(row: &Row<'_>) -> Result<Change, LedgerError> {
    let receiver = receiver_id(row.get(1)?)?;
    Ok(Change::Pending(
        incident_id(row)?,
        receiver,
        pending_of(text(row, 2)?)?,
    ))
}

fn duties(row: &Row<'_>) -> Result<Change, LedgerError> {
    let duties = duties_of(text(row, 1)?)?;
    Ok(Change::Duties(incident_id(row)?, Box::new(duties)))
}

fn rate(row: &Row<'_>) -> Result<Change, LedgerError> {
    Ok(Change::Rate(
        receiver_id(row.get(0)?)?,
        rate_of(text(row, 1)?)?,
    ))
}

fn silence(row: &Row<'_>) -> Result<Change, LedgerError> {
    Ok(Change::Silence(silence_of(text(row, 0)?)?))
}

fn stand_in(row: &Row<'_>) -> Result<Change, LedgerError> {
    let number = OverrideNumber(uint("stand-in", row.get(0)?)?);
    Ok(Change::StandIn(number, stand_in_of(text(row, 1)?)?))
}

fn purged(row: &Row<'_>) -> Result<Change, LedgerError> {
    Ok(Change::Purged(post_id(
        row.get_ref(0)?.as_blob().unwrap_or_default(),
    )?))
}

fn source(row: &Row<'_>) -> Result<Change, LedgerError> {
    let life = Box::new(life_of(text(row, 1)?)?);
    Ok(Change::Source(source_id(row.get(0)?)?, life))
}

fn canary(row: &Row<'_>) -> Result<Change, LedgerError> {
    let partition = Partition(row.get(0)?);
    Ok(Change::Canary(partition, canary_of(text(row, 1)?)?))
}

/// Commands, then the pairs of partition and place of pulses and of hits.
type PositionsJson = (u64, Vec<(u32, u64)>, Vec<(u32, u64)>);

fn positions_json(positions: &Positions) -> String {
    let pairs = |places: &std::collections::BTreeMap<Partition, Offset>| {
        places
            .iter()
            .map(|(partition, next)| (partition.0, next.0))
            .collect::<Vec<_>>()
    };
    let value: PositionsJson = (
        positions.commands,
        pairs(&positions.pulses),
        pairs(&positions.hits),
    );
    json(&value)
}

fn positions_of(text: &str) -> Result<Positions, LedgerError> {
    let (commands, pulses, hits): PositionsJson = serde_json::from_str(text)
        .map_err(|error| LedgerError::decode("positions")(error.to_string()))?;
    let places = |pairs: Vec<(u32, u64)>| {
        pairs
            .into_iter()
            .map(|(partition, next)| (Partition(partition), Offset(next)))
            .collect()
    };
    Ok(Positions {
        commands,
        pulses: places(pulses),
        hits: places(hits),
    })
}
