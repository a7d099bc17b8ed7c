//! JSON of the alerter's own records, which no other room reads. Field order is fixed and nothing
//! is left out, so equal records have equal bytes. What other rooms read as well has its JSON in
//! `fengbiao-wire`.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use fengbiao_alerter::Distinct;
use fengbiao_alerter::record::{Bucket, Clocks, Lifetime, Memory, Pending, Waiting, Watermark};
use fengbiao_model::{Counts, NoticeKind, Offset, StoryId, Tier, TimeSpan, Timestamp};
use fengbiao_wire::ReasonJson;
use serde::{Deserialize, Serialize};

use crate::LedgerError;

/// The text of a value that holds nothing JSON cannot say.
#[allow(
    clippy::expect_used,
    reason = "structs of numbers, texts and lists always serialise"
)]
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data serialises")
}

pub(crate) fn parse<'a, T: Deserialize<'a>>(
    what: &'static str,
    body: &'a str,
) -> Result<T, LedgerError> {
    serde_json::from_str(body).map_err(|error| LedgerError::decode(what)(error.to_string()))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClocksJson {
    wall: i64,
    monotonic: i64,
    anchor: i64,
    process: u64,
    held: bool,
    event: i64,
    behind_since: Option<i64>,
    last_incident: u64,
    last_number: u64,
    generation: u32,
    recreated: bool,
    watched_since: i64,
    last_canary: u32,
}

pub(crate) fn clocks_json(clocks: &Clocks) -> String {
    json(&ClocksJson {
        wall: clocks.wall.as_millis(),
        monotonic: clocks.monotonic.as_millis(),
        anchor: clocks.anchor.as_millis(),
        process: clocks.process,
        held: clocks.held,
        event: clocks.event.as_millis(),
        behind_since: clocks.behind_since.map(Timestamp::as_millis),
        last_incident: clocks.last_incident,
        last_number: clocks.last_number,
        generation: clocks.generation,
        recreated: clocks.recreated,
        watched_since: clocks.watched_since.as_millis(),
        last_canary: clocks.last_canary,
    })
}

pub(crate) fn clocks_of(body: &str) -> Result<Clocks, LedgerError> {
    let clocks: ClocksJson = parse("clocks", body)?;
    Ok(Clocks {
        wall: Timestamp::from_millis(clocks.wall),
        monotonic: TimeSpan::from_millis(clocks.monotonic),
        anchor: Timestamp::from_millis(clocks.anchor),
        process: clocks.process,
        held: clocks.held,
        event: Timestamp::from_millis(clocks.event),
        behind_since: clocks.behind_since.map(Timestamp::from_millis),
        last_incident: clocks.last_incident,
        last_number: clocks.last_number,
        generation: clocks.generation,
        recreated: clocks.recreated,
        watched_since: Timestamp::from_millis(clocks.watched_since),
        last_canary: clocks.last_canary,
    })
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WatermarkJson {
    next: u64,
    found_at: i64,
    at_end: bool,
    marked_at: i64,
    left_out: bool,
}

pub(crate) fn watermark_json(mark: &Watermark) -> String {
    json(&WatermarkJson {
        next: mark.next.0,
        found_at: mark.found_at.as_millis(),
        at_end: mark.at_end,
        marked_at: mark.marked_at.as_millis(),
        left_out: mark.left_out,
    })
}

pub(crate) fn watermark_of(body: &str) -> Result<Watermark, LedgerError> {
    let mark: WatermarkJson = parse("watermark", body)?;
    Ok(Watermark {
        next: Offset(mark.next),
        found_at: Timestamp::from_millis(mark.found_at),
        at_end: mark.at_end,
        marked_at: Timestamp::from_millis(mark.marked_at),
        left_out: mark.left_out,
    })
}

/// Reposts, comments, likes, views, rank.
type CountsJson = (
    Option<u64>,
    Option<u64>,
    Option<u64>,
    Option<u64>,
    Option<u32>,
);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemoryJson {
    found_at: i64,
    delivered_at: i64,
    counts: CountsJson,
    story: u64,
}

pub(crate) fn memory_json(memory: &Memory) -> String {
    let Counts {
        reposts,
        comments,
        likes,
        views,
        rank,
    } = memory.counts;
    json(&MemoryJson {
        found_at: memory.found_at.as_millis(),
        delivered_at: memory.delivered_at.as_millis(),
        counts: (reposts, comments, likes, views, rank),
        story: memory.story.0,
    })
}

pub(crate) fn memory_of(body: &str) -> Result<Memory, LedgerError> {
    let memory: MemoryJson = parse("memory", body)?;
    let (reposts, comments, likes, views, rank) = memory.counts;
    Ok(Memory {
        found_at: Timestamp::from_millis(memory.found_at),
        delivered_at: Timestamp::from_millis(memory.delivered_at),
        counts: Counts {
            reposts,
            comments,
            likes,
            views,
            rank,
        },
        story: StoryId(memory.story),
    })
}

/// The sets are the alerter's bytes in base64.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BucketJson {
    posts: u64,
    weight: u64,
    weight_max: u8,
    voices: String,
    sources: String,
    stories: String,
    subjects: String,
}

pub(crate) fn bucket_json(bucket: &Bucket) -> String {
    json(&BucketJson {
        posts: bucket.posts,
        weight: bucket.weight,
        weight_max: bucket.weight_max,
        voices: distinct_text(&bucket.voices),
        sources: distinct_text(&bucket.sources),
        stories: distinct_text(&bucket.stories),
        subjects: distinct_text(&bucket.subjects),
    })
}

pub(crate) fn bucket_of(body: &str) -> Result<Bucket, LedgerError> {
    let bucket: BucketJson = parse("bucket", body)?;
    Ok(Bucket {
        posts: bucket.posts,
        weight: bucket.weight,
        weight_max: bucket.weight_max,
        voices: distinct_of(&bucket.voices)?,
        sources: distinct_of(&bucket.sources)?,
        stories: distinct_of(&bucket.stories)?,
        subjects: distinct_of(&bucket.subjects)?,
    })
}

fn distinct_text(distinct: &Distinct) -> String {
    STANDARD_NO_PAD.encode(distinct.to_bytes())
}

fn distinct_of(text: &str) -> Result<Distinct, LedgerError> {
    let what = "set of distinct things";
    let bytes = bytes_of(what, text)?;
    Distinct::from_bytes(&bytes).map_err(|error| LedgerError::decode(what)(error.to_string()))
}

fn bytes_of(what: &'static str, text: &str) -> Result<Vec<u8>, LedgerError> {
    STANDARD_NO_PAD
        .decode(text)
        .map_err(|error| LedgerError::decode(what)(error.to_string()))
}

/// `true_at` pairs a tier with a time, from IV to I.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LifetimeJson<'a> {
    voices: String,
    sources: String,
    stories: String,
    true_at: Vec<(String, i64)>,
    #[serde(borrow)]
    reason: Option<ReasonJson<'a>>,
    shut_at: Option<i64>,
}

pub(crate) fn lifetime_json(lifetime: &Lifetime) -> String {
    let true_at = lifetime.true_at.iter();
    json(&LifetimeJson {
        voices: distinct_text(&lifetime.voices),
        sources: distinct_text(&lifetime.sources),
        stories: distinct_text(&lifetime.stories),
        true_at: true_at
            .map(|(tier, at)| (tier.to_string(), at.as_millis()))
            .collect(),
        reason: lifetime.reason.as_ref().map(Into::into),
        shut_at: lifetime.shut_at.map(Timestamp::as_millis),
    })
}

pub(crate) fn lifetime_of(body: &str) -> Result<Lifetime, LedgerError> {
    let lifetime: LifetimeJson<'_> = parse("life of an incident", body)?;
    let true_at = |(tier, at): (String, i64)| {
        Ok::<_, LedgerError>((
            tier_of("life of an incident", &tier)?,
            Timestamp::from_millis(at),
        ))
    };
    Ok(Lifetime {
        voices: distinct_of(&lifetime.voices)?,
        sources: distinct_of(&lifetime.sources)?,
        stories: distinct_of(&lifetime.stories)?,
        true_at: lifetime
            .true_at
            .into_iter()
            .map(true_at)
            .collect::<Result<_, _>>()?,
        reason: lifetime.reason.map(Into::into),
        shut_at: lifetime.shut_at.map(Timestamp::from_millis),
    })
}

fn tier_of(what: &'static str, text: &str) -> Result<Tier, LedgerError> {
    text.parse()
        .map_err(|error: <Tier as FromStr>::Err| LedgerError::decode(what)(error.to_string()))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PendingJson {
    waiting: Option<WaitingJson>,
    told_tier: Option<String>,
    told_change: u32,
    told_at: Option<i64>,
    rung: u16,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WaitingJson {
    due: i64,
    kind: String,
    change: u32,
    merged: u32,
    late: bool,
}

pub(crate) fn pending_json(pending: &Pending) -> String {
    json(&PendingJson {
        waiting: pending.waiting.as_ref().map(|waiting| WaitingJson {
            due: waiting.due.as_millis(),
            kind: waiting.kind.as_str().to_owned(),
            change: waiting.change,
            merged: waiting.merged,
            late: waiting.late,
        }),
        told_tier: pending.told_tier.map(|tier| tier.as_str().to_owned()),
        told_change: pending.told_change,
        told_at: pending.told_at.map(Timestamp::as_millis),
        rung: pending.rung,
    })
}

pub(crate) fn pending_of(body: &str) -> Result<Pending, LedgerError> {
    let pending: PendingJson = parse("pending notice", body)?;
    let told_tier = pending
        .told_tier
        .map(|tier| tier_of("pending notice", &tier))
        .transpose()?;
    Ok(Pending {
        waiting: pending.waiting.as_ref().map(waiting_of).transpose()?,
        told_tier,
        told_change: pending.told_change,
        told_at: pending.told_at.map(Timestamp::from_millis),
        rung: pending.rung,
    })
}

fn waiting_of(waiting: &WaitingJson) -> Result<Waiting, LedgerError> {
    let kind = NoticeKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == waiting.kind);
    let unknown = || format!("the kind is `{}`", waiting.kind);
    Ok(Waiting {
        due: Timestamp::from_millis(waiting.due),
        kind: kind
            .ok_or_else(unknown)
            .map_err(LedgerError::decode("pending notice"))?,
        change: waiting.change,
        merged: waiting.merged,
        late: waiting.late,
    })
}
