//! JSON of the alerter's own records, which no other room reads. Field order is fixed and nothing
//! is left out, so equal records have equal bytes. What other rooms read as well has its JSON in
//! `fengbiao-wire`.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use fengbiao_alerter::Distinct;
use fengbiao_alerter::record::{
    Bucket, Clocks, Coverage, Lifetime, Listed, Memory, Told, Watermark,
};
use fengbiao_model::{
    Counts, IncidentNumber, NotANumber, Offset, Sketch, StoryId, Tier, TimeSpan, Timestamp,
};
use fengbiao_wire::ReasonJson;
use serde::{Deserialize, Serialize};

use crate::LedgerError;
use crate::columns::{subject_of, subject_text};

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
    last_number: Option<String>,
    last_silence: u64,
    last_override: u64,
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
        last_number: clocks.last_number.map(|number| number.to_string()),
        last_silence: clocks.last_silence,
        last_override: clocks.last_override,
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
        last_number: clocks.last_number.as_deref().map(number_of).transpose()?,
        last_silence: clocks.last_silence,
        last_override: clocks.last_override,
        generation: clocks.generation,
        recreated: clocks.recreated,
        watched_since: Timestamp::from_millis(clocks.watched_since),
        last_canary: clocks.last_canary,
    })
}

fn number_of(text: &str) -> Result<IncidentNumber, LedgerError> {
    let number = text.parse();
    number.map_err(|error: NotANumber| LedgerError::decode("clocks")(error.to_string()))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WatermarkJson {
    next: u64,
    found_at: i64,
    at_end: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
    marked_at: i64,
    left_out: bool,
}

pub(crate) fn watermark_json(mark: &Watermark) -> String {
    json(&WatermarkJson {
        next: mark.next.0,
        found_at: mark.found_at.as_millis(),
        at_end: mark.at_end,
        since: mark.since.map(Timestamp::as_millis),
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
        since: mark.since.map(Timestamp::from_millis),
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
    counted_at: i64,
    delivered_at: i64,
    counts: CountsJson,
    story: u64,
    /// Not in what the first version wrote.
    #[serde(default)]
    days_on_list: Option<u32>,
}

pub(crate) fn memory_json(memory: &Memory) -> String {
    let Counts {
        reposts,
        comments,
        likes,
        views,
        rank,
        days_on_list,
    } = memory.counts;
    json(&MemoryJson {
        found_at: memory.found_at.as_millis(),
        counted_at: memory.counted_at.as_millis(),
        delivered_at: memory.delivered_at.as_millis(),
        counts: (reposts, comments, likes, views, rank),
        story: memory.story.0,
        days_on_list,
    })
}

pub(crate) fn memory_of(body: &str) -> Result<Memory, LedgerError> {
    let memory: MemoryJson = parse("memory", body)?;
    let (reposts, comments, likes, views, rank) = memory.counts;
    Ok(Memory {
        found_at: Timestamp::from_millis(memory.found_at),
        counted_at: Timestamp::from_millis(memory.counted_at),
        delivered_at: Timestamp::from_millis(memory.delivered_at),
        counts: Counts {
            reposts,
            comments,
            likes,
            views,
            rank,
            days_on_list: memory.days_on_list,
        },
        story: StoryId(memory.story),
    })
}

/// `least` is the bins, 16 bits each (little-endian), in base64.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ToldJson {
    runs: u32,
    numbers: u64,
    least: String,
    last_found_at: i64,
}

pub(crate) fn told_json(told: &Told) -> String {
    let least = told.sketch.least.iter().flat_map(|bin| bin.to_le_bytes());
    json(&ToldJson {
        runs: told.sketch.runs,
        numbers: told.sketch.numbers,
        least: STANDARD_NO_PAD.encode(least.collect::<Vec<u8>>()),
        last_found_at: told.last_found_at.as_millis(),
    })
}

pub(crate) fn told_of(body: &str) -> Result<Told, LedgerError> {
    let what = "story of a topic";
    let told: ToldJson = parse(what, body)?;
    let bytes = bytes_of(what, &told.least)?;
    let (pairs, rest) = bytes.as_chunks::<2>();
    let bins: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    let least = bins.try_into().ok().filter(|_| rest.is_empty());
    let wrong = || format!("its bins have {} bytes", bytes.len());
    Ok(Told {
        sketch: Sketch {
            runs: told.runs,
            numbers: told.numbers,
            least: least.ok_or_else(wrong).map_err(LedgerError::decode(what))?,
        },
        last_found_at: Timestamp::from_millis(told.last_found_at),
    })
}

/// The sets are the alerter's bytes in base64.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BucketJson {
    posts: u64,
    weight: u64,
    weight_max: u8,
    reach: u64,
    voices: String,
    sources: String,
    stories: String,
    subjects: String,
    /// Null where nothing came from a ranking source. Not in what the first version wrote.
    #[serde(default)]
    listed: Option<ListedJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedJson {
    rank_best: Option<u32>,
    lists: String,
    minutes: u64,
}

pub(crate) fn bucket_json(bucket: &Bucket) -> String {
    json(&BucketJson {
        posts: bucket.posts,
        weight: bucket.weight,
        weight_max: bucket.weight_max,
        reach: bucket.reach,
        voices: distinct_text(&bucket.voices),
        sources: distinct_text(&bucket.sources),
        stories: distinct_text(&bucket.stories),
        subjects: distinct_text(&bucket.subjects),
        listed: (bucket.listed != Listed::default()).then(|| ListedJson {
            rank_best: bucket.listed.rank_best,
            lists: distinct_text(&bucket.listed.lists),
            minutes: bucket.listed.minutes,
        }),
    })
}

pub(crate) fn bucket_of(body: &str) -> Result<Bucket, LedgerError> {
    let bucket: BucketJson = parse("bucket", body)?;
    Ok(Bucket {
        posts: bucket.posts,
        weight: bucket.weight,
        weight_max: bucket.weight_max,
        reach: bucket.reach,
        voices: distinct_of(&bucket.voices)?,
        sources: distinct_of(&bucket.sources)?,
        stories: distinct_of(&bucket.stories)?,
        subjects: distinct_of(&bucket.subjects)?,
        listed: bucket
            .listed
            .as_ref()
            .map(listed_of)
            .transpose()?
            .unwrap_or_default(),
    })
}

fn listed_of(listed: &ListedJson) -> Result<Listed, LedgerError> {
    Ok(Listed {
        rank_best: listed.rank_best,
        lists: distinct_of(&listed.lists)?,
        minutes: listed.minutes,
    })
}

/// The sets are the alerter's bytes in base64.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CoverageJson {
    posts: u64,
    minutes: u8,
    seen: String,
    polled: String,
}

pub(crate) fn coverage_json(coverage: &Coverage) -> String {
    json(&CoverageJson {
        posts: coverage.posts,
        minutes: coverage.minutes,
        seen: distinct_text(&coverage.seen),
        polled: distinct_text(&coverage.polled),
    })
}

pub(crate) fn coverage_of(body: &str) -> Result<Coverage, LedgerError> {
    let coverage: CoverageJson = parse("coverage of an hour", body)?;
    Ok(Coverage {
        posts: coverage.posts,
        minutes: coverage.minutes,
        seen: distinct_of(&coverage.seen)?,
        polled: distinct_of(&coverage.polled)?,
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

/// `true_at` pairs a tier with a time, `held` with a reason, from IV to I; the subjects of `absorbed` and
/// `copies_only` are written as in columns.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LifetimeJson<'a> {
    voices: String,
    sources: String,
    stories: String,
    true_at: Vec<(String, i64)>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    held: Vec<(String, ReasonJson<'a>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stays: Option<(String, i64)>,
    #[serde(borrow)]
    reason: Option<ReasonJson<'a>>,
    shut_at: Option<i64>,
    absorbed: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    copies_only: Vec<String>,
    shared: String,
}

pub(crate) fn lifetime_json(lifetime: &Lifetime) -> String {
    let (true_at, held) = (lifetime.true_at.iter(), lifetime.held.iter());
    json(&LifetimeJson {
        voices: distinct_text(&lifetime.voices),
        sources: distinct_text(&lifetime.sources),
        stories: distinct_text(&lifetime.stories),
        true_at: true_at
            .map(|(tier, at)| (tier.to_string(), at.as_millis()))
            .collect(),
        held: held
            .map(|(tier, reason)| (tier.to_string(), reason.into()))
            .collect(),
        stays: lifetime
            .stays
            .map(|(tier, at)| (tier.to_string(), at.as_millis())),
        reason: lifetime.reason.as_ref().map(Into::into),
        shut_at: lifetime.shut_at.map(Timestamp::as_millis),
        absorbed: lifetime.absorbed.iter().map(subject_text).collect(),
        copies_only: lifetime.copies_only.iter().map(subject_text).collect(),
        shared: distinct_text(&lifetime.shared),
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
    let subjects = |texts: &[String]| {
        let each = texts.iter().map(|text| subject_of(text));
        let each = each.map(|subject| subject.map_err(LedgerError::decode("life of an incident")));
        each.collect::<Result<_, _>>()
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
        held: lifetime
            .held
            .into_iter()
            .map(|(tier, reason)| Ok((tier_of("life of an incident", &tier)?, reason.into())))
            .collect::<Result<_, LedgerError>>()?,
        stays: lifetime.stays.map(true_at).transpose()?,
        reason: lifetime.reason.map(Into::into),
        shut_at: lifetime.shut_at.map(Timestamp::from_millis),
        absorbed: subjects(&lifetime.absorbed)?,
        copies_only: subjects(&lifetime.copies_only)?,
        shared: distinct_of(&lifetime.shared)?,
    })
}

pub(crate) fn tier_of(what: &'static str, text: &str) -> Result<Tier, LedgerError> {
    text.parse()
        .map_err(|error: <Tier as FromStr>::Err| LedgerError::decode(what)(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stored_before_it_said_since_when_reads_and_stays_as_it_was() {
        let body = r#"{"next":7,"found_at":1,"at_end":true,"marked_at":2,"left_out":false}"#;
        let mark = watermark_of(body).unwrap();
        assert_eq!(mark.since, None);
        assert_eq!(watermark_json(&mark), body);
    }
}
