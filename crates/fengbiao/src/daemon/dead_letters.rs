//! Dead letters for the command line: what could not be read or delivered, and what is put back.

use anyhow::{Context, bail};
use axum::Json;
use axum::extract::{Path, Query, State};
use fengbiao_crawler::{Intake, Metrics, Preparer, PseudonymKeys, shown_of_record};
use fengbiao_ledger::Delivery;
use fengbiao_log::{NewRecord, Record, Topic};
use fengbiao_model::{
    Actor, LedgerId, Offset, Partition, Position, PostRecord, SourceId, Timestamp,
};
use fengbiao_wire::{DeadLetter, WireError, decode_dead_letter, decode_post_record, format_utc};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::control::{Control, Reply, blocking, person};
use super::dead_letter::Poison;
use super::files::pseudonym_secret;
use super::openapi::{self, Route};
use super::outlet;
use crate::config::Source;
use crate::limits::{DEAD_LETTER_BYTES, MAX_LISTED_DEAD_LETTERS, USUAL_DEAD_LETTERS};

pub(super) fn routes() -> Vec<Route<Control>> {
    vec![
        Route::get("/v1/dead-letters", openapi::list_dead_letters, list),
        Route::get("/v1/dead-letters/{id}", openapi::dead_letter, show),
        Route::post(
            "/v1/dead-letters/{id}/resubmit",
            openapi::resubmit,
            resubmit,
        ),
    ]
}

#[derive(Deserialize)]
struct Page {
    limit: Option<usize>,
}

async fn list(State(control): State<Control>, Query(page): Query<Page>) -> Reply {
    blocking(move || {
        let limit = page.limit.unwrap_or(USUAL_DEAD_LETTERS);
        if !(1..=MAX_LISTED_DEAD_LETTERS).contains(&limit) {
            bail!("`limit` is `{limit}`, expected 1 to {MAX_LISTED_DEAD_LETTERS}");
        }
        let letters = control.dead_letters(limit)?;
        let note = format!("{} shown", letters.len());
        control
            .ledger
            .audit(&Actor::api(), "dead_letters.listed", "dead letters", &note)?;
        Ok(json!({ "dead_letters": letters }))
    })
    .await
}

async fn show(State(control): State<Control>, Path(id): Path<String>) -> Reply {
    blocking(move || {
        let (position, letter) = control.letter(&id)?;
        let on = format!("dead letter {id}");
        control
            .ledger
            .audit(&Actor::api(), "dead_letter.viewed", &on, "")?;
        Ok(of_letter(position, &letter))
    })
    .await
}

/// Who puts a letter back, and how.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Resubmit {
    /// Who.
    by: String,
    /// Put in place of what came, where that was at fault.
    line: Option<String>,
}

async fn resubmit(
    State(control): State<Control>,
    Path(id): Path<String>,
    Json(body): Json<Resubmit>,
) -> Reply {
    blocking(move || {
        let by = person(&body.by)?;
        let (_, letter) = control.letter(&id)?;
        // By its time, too: where the log is made anew the ids begin anew.
        let once = format!("put back {id} {}", letter.at.as_millis());
        if let (Some(post), None) = (control.ledger.meta(&once)?, &body.line) {
            bail!(
                "dead letter `{id}` was put back before, as post {post}\n\
                 hint: where that was wrong, give it as it should be, with `--line FILE`"
            );
        }
        let (record, post) = control.readable(&letter, body.line.as_deref())?;
        let positions = control.pipeline.log.append(vec![record])?;
        let on = format!("dead letter {id}");
        control
            .ledger
            .audit(&by, "dead_letter.resubmitted", &on, &post)?;
        control.ledger.set_meta(&once, &post)?;
        let at = positions.first();
        Ok(json!({
            "post": post,
            "partition": at.map(|at| at.partition.0),
            "offset": at.map(|at| at.offset.0),
        }))
    })
    .await
}

impl Control {
    /// What could not be read, from the log, and what could not be delivered; the latest first.
    fn dead_letters(&self, limit: usize) -> anyhow::Result<Vec<Value>> {
        let mut letters = self.last_letters(limit)?;
        letters.extend(
            self.ledger
                .dead_notices(limit)?
                .iter()
                .map(|delivery| of_notice(delivery, self.ledger.id())),
        );
        // The sort keeps the order of equal times: what was written last comes first there, too.
        letters.reverse();
        let at = |letter: &Value| letter["at"].as_str().map(str::to_owned);
        letters.sort_by_key(|letter| std::cmp::Reverse(at(letter)));
        letters.truncate(limit);
        Ok(letters)
    }

    /// The last of each partition, oldest first: there may be more than memory should hold. One that
    /// cannot be read hides none of the others.
    fn last_letters(&self, limit: usize) -> anyhow::Result<Vec<Value>> {
        let (log, topic) = (&self.pipeline.log, Topic::DeadLetters);
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let mut ranges = log.ranges();
        let mut letters = Vec::new();
        for partition in (0..log.partitions(topic)).map(Partition) {
            let end = log.next_offset(topic, partition)?;
            let from = Offset(end.0.saturating_sub(limit));
            let mut at = Timestamp::EPOCH;
            for record in ranges.read(topic, partition, from, end)? {
                let letter = decode_dead_letter(&record.payload);
                let letter = letter.unwrap_or_else(|error| unreadable(&record, at, &error));
                at = letter.at;
                letters.push(of_letter(record.position, &letter));
            }
        }
        Ok(letters)
    }

    fn letter(&self, id: &str) -> anyhow::Result<(Position, DeadLetter)> {
        let parts = id.split_once('-');
        let numbers = parts.and_then(|(p, o)| Some((p.parse().ok()?, o.parse().ok()?)));
        let (partition, offset) = numbers.with_context(|| {
            format!("`{id}` names no dead letter, expected an id such as `0-17`, as `dead-letters list` shows it")
        })?;
        let position = Position {
            partition: Partition(partition),
            offset: Offset(offset),
        };
        let record = self.record(Topic::DeadLetters, position)?;
        let record =
            record.with_context(|| format!("there is no dead letter `{id}` (any more)"))?;
        let letter = decode_dead_letter(&record.payload);
        let letter = letter.with_context(|| format!("reading the dead letter `{id}` itself"))?;
        Ok((position, letter))
    }

    fn record(&self, topic: Topic, at: Position) -> anyhow::Result<Option<Record>> {
        let Some(next) = at.offset.0.checked_add(1).map(Offset) else {
            return Ok(None);
        };
        let mut ranges = self.pipeline.log.ranges();
        Ok(ranges.read(topic, at.partition, at.offset, next)?.pop())
    }

    /// What is put back: the very record, where the log still has it; else what came, prepared as
    /// its source would.
    fn readable(
        &self,
        letter: &DeadLetter,
        line: Option<&str>,
    ) -> anyhow::Result<(NewRecord, String)> {
        if let (Some(poison), None) = (Poison::of_origin(&letter.origin), line) {
            return self.poison(&poison);
        }
        let line = match line {
            Some(line) => line,
            None if letter.payload.ends_with('…') => bail!(
                "the letter holds the beginning only of what came\n\
                 hint: give the whole as it should be, with `--line FILE`"
            ),
            None => &letter.payload,
        };
        let preparer = self.preparer(self.source_of(letter, line)?)?;
        let prepared = preparer.line(line.trim().as_bytes()).map_err(|why| {
            anyhow::anyhow!(
                "it still cannot be read: {why}\nhint: correct it, and give it with `--line FILE`"
            )
        })?;
        ready(&prepared.record)
    }

    fn poison(&self, poison: &Poison) -> anyhow::Result<(NewRecord, String)> {
        if poison.topic != Topic::Posts {
            bail!(
                "a record of `{}` is one of Fengbiao's own, and only posts can be put back",
                poison.topic
            );
        }
        let record = self.record(Topic::Posts, poison.position)?;
        let record = record.context(
            "the record itself is no longer in the log\n\
             hint: give it as it should be, with `--line FILE`",
        )?;
        let read = decode_post_record(&record.payload).map_err(|error| {
            anyhow::anyhow!(
                "it still cannot be read: {error}\n\
                 hint: a later version may; or give it as it should be, with `--line FILE`"
            )
        })?;
        ready(&read)
    }

    /// Whose post it is: what the line says, else where the letter came from. A made-up name would
    /// make another post of it, and count as another source.
    fn source_of(&self, letter: &DeadLetter, line: &str) -> anyhow::Result<SourceId> {
        let of_poison = |poison: &Poison| -> anyhow::Result<Option<String>> {
            let record = self.record(poison.topic, poison.position)?;
            let named = record.and_then(|record| named_source(&record.payload));
            Ok(named.or_else(|| named_source(letter.payload.as_bytes())))
        };
        let name = match (
            named_source(line.as_bytes()),
            Poison::of_origin(&letter.origin),
        ) {
            (Some(name), _) => Some(name),
            (None, Some(poison)) => of_poison(&poison)?,
            (None, None) => letter
                .origin
                .split_once(": ")
                .map(|(name, _)| name.to_owned()),
        };
        let source = name.and_then(|name| SourceId::new(name).ok());
        source.with_context(|| {
            format!(
                "it can no longer be told of which source the post is: the letter came from `{}`\n\
                 hint: give the post with its `source`, with `--line FILE`",
                letter.origin
            )
        })
    }

    /// Prepares as this source does, where it is configured.
    fn preparer(&self, source: SourceId) -> anyhow::Result<Preparer> {
        let config = &self.pipeline.config;
        let mut configured = config.source.iter();
        let configured = configured.find(|one| one.name() == source.as_str());
        let mut intake = Intake::new(source);
        intake.zone = self.zone.clone();
        if let Some(map) = configured.and_then(Source::map) {
            intake.map = fengbiao_crawler::FieldMap::parse(map)?;
        }
        let keys = PseudonymKeys::new(
            pseudonym_secret(config)?,
            config.privacy.pseudonym_rotation.0,
        );
        // Counted by itself: the crawler's own counts are of what its sources bring.
        let metrics = Metrics::register(&prometheus::Registry::new())?;
        let clock = std::sync::Arc::clone(&self.pipeline.clock);
        Ok(Preparer::new(intake, keys, clock, metrics))
    }
}

/// The source that a post names itself, in our own shape.
fn named_source(post: &[u8]) -> Option<String> {
    let post: Value = serde_json::from_slice(post).ok()?;
    post["source"].as_str().map(str::to_owned)
}

/// What is written for a record, and the id of its post.
fn ready(record: &PostRecord<'_>) -> anyhow::Result<(NewRecord, String)> {
    let (Some(new), Some(post)) = (outlet::post(record), outlet::post_id(record)) else {
        bail!("a control record is no post, and only posts can be put back");
    };
    Ok((new, post.to_string()))
}

/// Stands for a letter that a later version may have written; at the time of the one before it.
fn unreadable(record: &Record, at: Timestamp, error: &WireError) -> DeadLetter {
    let position = record.position;
    let poison = Poison {
        topic: Topic::DeadLetters,
        position,
    };
    DeadLetter {
        at,
        origin: poison.to_string(),
        reason: format!("the letter itself cannot be read: {error}"),
        payload: shown_of_record(&record.payload, DEAD_LETTER_BYTES),
    }
}

fn of_letter(position: Position, letter: &DeadLetter) -> Value {
    let poison = Poison::of_origin(&letter.origin);
    json!({
        "v": 1,
        "id": format!("{}-{}", position.partition.0, position.offset.0),
        "at": format_utc(letter.at),
        "origin": letter.origin,
        "topic": poison.as_ref().map(|poison| poison.topic.name()),
        "partition": poison.as_ref().map(|poison| poison.position.partition.0),
        "offset": poison.as_ref().map(|poison| poison.position.offset.0),
        "reason": letter.reason,
        "payload": letter.payload,
    })
}

/// A notice that was given up, in the shape of a dead letter.
fn of_notice(delivery: &Delivery, ledger: LedgerId) -> Value {
    let notice = &delivery.notice;
    json!({
        "v": 1,
        "at": format_utc(delivery.finished_at.unwrap_or(notice.made_at)),
        "origin": format!("notice {ledger}.{} to {}", notice.key, notice.key.receiver),
        "reason": delivery.last_error.as_deref().unwrap_or_default(),
        "payload": format!(
            "incident {}, tier {}, {} · {}",
            notice.number, notice.tier, notice.topic, notice.subject
        ),
    })
}
