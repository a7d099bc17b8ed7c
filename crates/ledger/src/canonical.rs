//! One encoding of every change: what is hashed is what is stored.
//!
//! The canonical bytes of effects are one JSON line for each change, in order:
//!
//! ```text
//! {"change":"<kind>","key":<array>,"value":<value or null>}\n
//! ```
//!
//! `key` names the record, `value` is what it is from now on, null where it goes. Fields stand in
//! a fixed order without white space, times are milliseconds since 1970 in the ledger's own
//! records, and incidents, events, notices, quotes and the policy are written by `fengbiao-wire`. Remarks
//! are not part of it: nothing of them is stored. Replays compare these bytes.

use fengbiao_alerter::record::{BucketKey, BucketWidth, WatermarkKey};
use fengbiao_alerter::{Change, Effects};
use fengbiao_model::{
    IncidentId, Offset, OverrideNumber, Partition, Position, PostId, ReceiverId, SourceId, StoryId,
    Timestamp, TopicId,
};
use serde::de::DeserializeOwned;

use crate::LedgerError;
use crate::columns::{subject_of, subject_text};
use crate::duty_record::{
    duties_json, duties_of, pending_json, pending_of, rate_json, rate_of, silence_json, silence_of,
    stand_in_json, stand_in_of,
};
use crate::limits::HASHED_AT_ONCE_BYTES;
use crate::record::{
    bucket_json, bucket_of, clocks_json, clocks_of, coverage_json, coverage_of, json,
    lifetime_json, lifetime_of, memory_json, memory_of, told_json, told_of, watermark_json,
    watermark_of,
};
use crate::shared_json::{
    event_json, incident_json, incident_of, notice_json, policy_json, policy_of, quote_json,
    quote_of,
};
use crate::watch_record::{canary_json, canary_of, life_json, life_of};

/// The value of a record that goes.
const GONE: &str = "null";

/// One change, encoded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The kind of record.
    pub(crate) kind: &'static str,
    /// Its key, a JSON array.
    pub(crate) key: String,
    /// What it is from now on, JSON.
    pub(crate) value: String,
}

impl Line {
    /// What its canonical bytes are made of.
    fn parts(&self) -> [&str; 7] {
        [
            "{\"change\":\"",
            self.kind,
            "\",\"key\":",
            &self.key,
            ",\"value\":",
            &self.value,
            "}\n",
        ]
    }
}

/// The canonical bytes of effects; see the module's documentation for their form.
#[must_use]
pub fn canonical_bytes(effects: &Effects) -> Vec<u8> {
    let lines: Vec<Line> = effects.changes.iter().map(line).collect();
    lines
        .iter()
        .flat_map(Line::parts)
        .collect::<String>()
        .into()
}

/// BLAKE3 of the canonical bytes.
#[must_use]
pub fn digest(effects: &Effects) -> [u8; 32] {
    let mut digest = Digest::default();
    for change in &effects.changes {
        digest.add(&line(change));
    }
    digest.finish()
}

/// The digest of effects, line by line: the bytes of a large step are never held as one piece.
#[derive(Default)]
pub(crate) struct Digest {
    hasher: blake3::Hasher,
    /// Bytes that wait to be hashed: many at once are hashed faster than piece by piece.
    waiting: Vec<u8>,
}

impl Digest {
    /// Adds the next line.
    pub(crate) fn add(&mut self, line: &Line) {
        for part in line.parts() {
            self.waiting.extend_from_slice(part.as_bytes());
        }
        if self.waiting.len() >= HASHED_AT_ONCE_BYTES {
            self.hasher.update(&self.waiting);
            self.waiting.clear();
        }
    }

    /// What they come to.
    pub(crate) fn finish(mut self) -> [u8; 32] {
        self.hasher.update(&self.waiting);
        *self.hasher.finalize().as_bytes()
    }
}

pub(crate) const fn width_text(width: BucketWidth) -> &'static str {
    match width {
        BucketWidth::Minute => "minute",
        BucketWidth::Hour => "hour",
    }
}

pub(crate) fn width_of(text: &str) -> Result<BucketWidth, LedgerError> {
    match text {
        "minute" => Ok(BucketWidth::Minute),
        "hour" => Ok(BucketWidth::Hour),
        _ => Err(LedgerError::decode("bucket")(format!(
            "its width is `{text}`"
        ))),
    }
}

fn bucket_key(key: &BucketKey) -> String {
    let BucketKey {
        topic,
        subject,
        width,
        index,
    } = key;
    json(&(
        topic.as_str(),
        subject_text(subject),
        width_text(*width),
        index,
    ))
}

/// Encodes one change.
pub(crate) fn line(change: &Change) -> Line {
    let hex = |post: &PostId| post.to_string();
    let (kind, key, value) = match change {
        Change::Clocks(clocks) => ("clocks", "[]".to_owned(), clocks_json(clocks)),
        Change::Watermark(WatermarkKey { hits, posts }, mark) => {
            ("watermark", json(&(hits.0, posts.0)), watermark_json(mark))
        }
        Change::Seen(topic, Position { partition, offset }) => (
            "seen",
            json(&(topic.as_str(), partition.0)),
            json(&offset.0),
        ),
        Change::ForgetSeen(topic, partition) => (
            "seen",
            json(&(topic.as_str(), partition.0)),
            GONE.to_owned(),
        ),
        Change::Remember(topic, post, memory) => (
            "memory",
            json(&(topic.as_str(), hex(post))),
            memory_json(memory),
        ),
        Change::Forget(topic, post) => (
            "memory",
            json(&(topic.as_str(), hex(post))),
            GONE.to_owned(),
        ),
        Change::Told(topic, story, told) => {
            ("told", json(&(topic.as_str(), story.0)), told_json(told))
        }
        Change::ForgetTold(topic, story) => {
            ("told", json(&(topic.as_str(), story.0)), GONE.to_owned())
        }
        Change::Bucket(key, bucket) => ("bucket", bucket_key(key), bucket_json(bucket)),
        Change::DropBucket(key) => ("bucket", bucket_key(key), GONE.to_owned()),
        Change::Coverage(hour, coverage) => ("coverage", json(&(hour,)), coverage_json(coverage)),
        Change::DropCoverage(hour) => ("coverage", json(&(hour,)), GONE.to_owned()),
        Change::Watched(topic, since) => (
            "watched",
            json(&(topic.as_str(),)),
            json(&since.as_millis()),
        ),
        Change::Unwatched(topic) => ("watched", json(&(topic.as_str(),)), GONE.to_owned()),
        Change::Incident(incident) => {
            ("incident", json(&(incident.id.0,)), incident_json(incident))
        }
        Change::Lifetime(id, lifetime) => ("lifetime", json(&(id.0,)), lifetime_json(lifetime)),
        Change::Story(id, story, posts) => ("story", json(&(id.0, story.0)), json(posts)),
        Change::DropIncident(id) => ("incident", json(&(id.0,)), GONE.to_owned()),
        Change::Member(id, post, found_at) => (
            "member",
            json(&(id.0, hex(post))),
            json(&found_at.as_millis()),
        ),
        Change::Absorbed(into, from) => ("absorbed", json(&(into.0, from.0)), "true".to_owned()),
        Change::Event(event) => (
            "event",
            json(&(event.incident.0, event.number)),
            event_json(event),
        ),
        Change::Quote(id, quote) => ("quote", json(&(id.0, hex(&quote.post))), quote_json(quote)),
        Change::DropQuote(id, post) => ("quote", json(&(id.0, hex(post))), GONE.to_owned()),
        Change::Pending(id, receiver, pending) => (
            "pending",
            json(&(id.0, receiver.as_str())),
            pending_json(pending),
        ),
        Change::DropPending(id, receiver) => {
            ("pending", json(&(id.0, receiver.as_str())), GONE.to_owned())
        }
        Change::Duties(id, duties) => ("duties", json(&(id.0,)), duties_json(duties)),
        Change::Rate(receiver, rate) => ("rate", json(&(receiver.as_str(),)), rate_json(rate)),
        Change::Silence(silence) => ("silence", json(&(silence.number.0,)), silence_json(silence)),
        Change::DropSilence(number) => ("silence", json(&(number.0,)), GONE.to_owned()),
        Change::StandIn(number, stands_in) => {
            ("stand_in", json(&(number.0,)), stand_in_json(stands_in))
        }
        Change::DropStandIn(number) => ("stand_in", json(&(number.0,)), GONE.to_owned()),
        Change::Source(source, life) => ("source", json(&(source.as_str(),)), life_json(life)),
        Change::DropSource(source) => ("source", json(&(source.as_str(),)), GONE.to_owned()),
        Change::Canary(partition, canary) => ("canary", json(&(partition.0,)), canary_json(canary)),
        Change::Notice(notice) => (
            "notice",
            json(&(notice.key.to_string(),)),
            notice_json(notice),
        ),
        Change::Withheld(key, why) => ("withheld", json(&(key.to_string(),)), json(&why.as_str())),
        Change::Policy(policy) => ("policy", "[]".to_owned(), policy_json(policy)),
        Change::Purged(post) => ("purged", json(&(hex(post),)), "true".to_owned()),
        Change::TakenBack(deletion) => (
            "taken_back",
            json(&(hex(&deletion.id),)),
            json(&(
                deletion.source.as_str(),
                deletion.service.as_str(),
                deletion.found_at.as_millis(),
            )),
        ),
        Change::Audit { by, what, on, note } => (
            "audit",
            "[]".to_owned(),
            json(&(by.as_str(), what, on, note)),
        ),
    };
    Line { kind, key, value }
}

/// The change that a line of a checkpoint stands for.
pub(crate) fn change_of(kind: &str, key: &str, value: &str) -> Result<Change, LedgerError> {
    Ok(match kind {
        "clocks" => Change::Clocks(clocks_of(value)?),
        "policy" => Change::Policy(Box::new(policy_of(value)?)),
        "watermark" => {
            let (hits, posts) = parts("watermark", key)?;
            let key = WatermarkKey {
                hits: Partition(hits),
                posts: Partition(posts),
            };
            Change::Watermark(key, watermark_of(value)?)
        }
        "seen" => {
            let (topic, partition) = parts::<(String, u32)>("position seen", key)?;
            let offset = Offset(parts("position seen", value)?);
            Change::Seen(
                topic_id(topic)?,
                Position {
                    partition: Partition(partition),
                    offset,
                },
            )
        }
        "memory" => {
            let (topic, post) = parts::<(String, String)>("memory", key)?;
            Change::Remember(topic_id(topic)?, post_of(&post)?, memory_of(value)?)
        }
        "told" => {
            let (topic, story) = parts::<(String, u64)>("story of a topic", key)?;
            Change::Told(topic_id(topic)?, StoryId(story), told_of(value)?)
        }
        "bucket" => Change::Bucket(bucket_key_of(key)?, bucket_of(value)?),
        "coverage" => {
            let (hour,) = parts::<(i64,)>("coverage of an hour", key)?;
            Change::Coverage(hour, coverage_of(value)?)
        }
        "watched" => {
            let (topic,) = parts::<(String,)>("topic that is watched", key)?;
            let since = Timestamp::from_millis(parts("topic that is watched", value)?);
            Change::Watched(topic_id(topic)?, since)
        }
        "incident" => Change::Incident(incident_of(value)?),
        "lifetime" => {
            let (id,) = parts::<(u64,)>("life of an incident", key)?;
            Change::Lifetime(IncidentId(id), Box::new(lifetime_of(value)?))
        }
        "story" => {
            let (id, story) = parts::<(u64, u64)>("story", key)?;
            Change::Story(IncidentId(id), StoryId(story), parts("story", value)?)
        }
        "member" => {
            let (id, post) = parts::<(u64, String)>("member", key)?;
            let found_at = Timestamp::from_millis(parts("member", value)?);
            Change::Member(IncidentId(id), post_of(&post)?, found_at)
        }
        "quote" => {
            let (id, _) = parts::<(u64, String)>("quote", key)?;
            Change::Quote(IncidentId(id), quote_of(value)?)
        }
        "pending" => {
            let (id, receiver) = parts::<(u64, String)>("pending notice", key)?;
            Change::Pending(IncidentId(id), receiver_id(receiver)?, pending_of(value)?)
        }
        "duties" => {
            let (id,) = parts::<(u64,)>("duties of an incident", key)?;
            Change::Duties(IncidentId(id), Box::new(duties_of(value)?))
        }
        "rate" => {
            let (receiver,) = parts::<(String,)>("rate of a receiver", key)?;
            Change::Rate(receiver_id(receiver)?, rate_of(value)?)
        }
        "silence" => Change::Silence(silence_of(value)?),
        "stand_in" => {
            let (number,) = parts::<(u64,)>("stand-in", key)?;
            Change::StandIn(OverrideNumber(number), stand_in_of(value)?)
        }
        "source" => {
            let (source,) = parts::<(String,)>("life of a source", key)?;
            Change::Source(source_id(source)?, Box::new(life_of(value)?))
        }
        "canary" => {
            let (partition,) = parts::<(u32,)>("canary", key)?;
            Change::Canary(Partition(partition), canary_of(value)?)
        }
        "purged" => Change::Purged(post_of(&parts::<(String,)>("purged post", key)?.0)?),
        _ => {
            return Err(LedgerError::decode("checkpoint")(format!(
                "a line is of kind `{kind}`"
            )));
        }
    })
}

fn parts<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, LedgerError> {
    serde_json::from_str(text).map_err(|error| LedgerError::decode(what)(error.to_string()))
}

fn bucket_key_of(key: &str) -> Result<BucketKey, LedgerError> {
    let (topic, subject, width, index) = parts::<(String, String, String, i64)>("bucket", key)?;
    let subject = subject_of(&subject).map_err(LedgerError::decode("bucket"))?;
    Ok(BucketKey {
        topic: topic_id(topic)?,
        subject,
        width: width_of(&width)?,
        index,
    })
}

pub(crate) fn topic_id(text: String) -> Result<TopicId, LedgerError> {
    TopicId::new(text).map_err(|error| LedgerError::decode("topic")(format!("it {error}")))
}

pub(crate) fn receiver_id(text: String) -> Result<ReceiverId, LedgerError> {
    ReceiverId::new(text).map_err(|error| LedgerError::decode("receiver")(format!("it {error}")))
}

pub(crate) fn source_id(text: String) -> Result<SourceId, LedgerError> {
    SourceId::new(text).map_err(|error| LedgerError::decode("source")(format!("it {error}")))
}

fn post_of(hex: &str) -> Result<PostId, LedgerError> {
    hex.parse()
        .map_err(|error| LedgerError::decode("post id")(format!("it {error}")))
}
