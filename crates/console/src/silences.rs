//! Silences: what people ask not to be told, for a while.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use fengbiao_alerter::limits::{MAX_REASON_BYTES, MAX_SILENCE, MAX_SILENCES};
use fengbiao_ledger::IncidentFilter;
use fengbiao_model::{
    Action, Filter, IncidentNumber, Silence, SilenceNumber, Silenced, Timestamp, TopicId,
};
use fengbiao_wire::{SilenceJson, SilencedJson, Str, Text, format_utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ending::Ending;
use crate::problem::Problem;
use crate::request::{actor, bytes, check_period, listed, parse, submit, viewer};
use crate::state::{Console, Viewer};

/// Where the silences are listed.
const LIST: &str = "/v1/silences";

/// The silences that have not ended, by number.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "SilenceList")]
pub(crate) struct SilenceListJson<'a> {
    /// The silences; one that begins later is among them.
    silences: Vec<SilenceJson<'a>>,
}

impl<'a> SilenceListJson<'a> {
    fn new(silences: &'a [Silence]) -> Self {
        Self {
            silences: silences.iter().map(Into::into).collect(),
        }
    }
}

/// What shall not be told, until when, and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "SilenceRequest")]
pub(crate) struct SilenceRequestJson<'a> {
    /// What it covers; an empty filter covers everything.
    #[serde(borrow)]
    covers: SilencedJson<'a>,
    /// When it begins; not there: now.
    #[serde(default)]
    from: Option<Text<Timestamp>>,
    /// When it ends, 30 days ahead at most; this instant is not part of it.
    until: Text<Timestamp>,
    /// Why, in a sentence; at most 4096 bytes.
    #[serde(borrow)]
    reason: Str<'a>,
    /// A name for the audit trail, 1 to 128 bytes.
    #[serde(borrow)]
    by: Str<'a>,
}

pub(crate) async fn list(
    State(console): State<Console>,
    who: Option<Extension<Viewer>>,
) -> Result<Response, Problem> {
    let by = viewer(who);
    console
        .blocking(move |console| {
            let silences = console.ledger.silences()?;
            let note = format!("{} shown", silences.len());
            console
                .ledger
                .audit(&by, "silences.listed", "silences", &note)?;
            Ok(Json(SilenceListJson::new(&silences)).into_response())
        })
        .await
}

/// What the record shows to be impossible is refused at once; the alerter still decides.
pub(crate) async fn add(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = bytes(body)?;
    let request: SilenceRequestJson<'_> = parse(&body)?;
    let by = actor(&request.by.0)?;
    let reason = request.reason.0.trim().to_owned();
    check_reason(&reason)?;
    let (from, until) = (request.from.map(|at| at.0), request.until.0);
    let covers = request.covers.into_model();
    let covers = covers.map_err(|error| Problem::unprocessable(error.code(), error.to_string()))?;
    console
        .blocking(move |console| {
            check_times(from, until, console.now())?;
            match &covers {
                Silenced::Incident(number) => check_incident(console, *number)?,
                Silenced::Filter(filter) => check_filter(console, filter)?,
            }
            if console.ledger.silences()?.len() >= MAX_SILENCES {
                let detail = format!(
                    "there are {MAX_SILENCES} silences already, expected fewer\n\
                     hint: end those that are no longer needed"
                );
                return Err(Problem::conflict("too_many_silences", detail));
            }
            let silence = Action::Silence {
                covers,
                from,
                until,
                reason,
            };
            submit(console, by, silence)
        })
        .await
}

pub(crate) async fn end(
    State(console): State<Console>,
    name: Result<Path<String>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let silence = Ending {
        list: LIST,
        unknown: "unknown_silence",
        said: |number| format!("there is no silence `{number}` that has not ended"),
        stands: |ledger, number| Ok(ledger.silences()?.iter().any(|one| one.number.0 == number)),
        action: |number| Action::EndSilence {
            silence: SilenceNumber(number),
        },
    };
    silence.end(console, name, body).await
}

fn check_reason(reason: &str) -> Result<(), Problem> {
    let detail = match reason.len() {
        0 => "`reason` is empty, expected a sentence that says why".to_owned(),
        bytes if bytes > MAX_REASON_BYTES => {
            format!("`reason` has {bytes} bytes, at most {MAX_REASON_BYTES} are allowed")
        }
        _ => return Ok(()),
    };
    Err(Problem::unprocessable("invalid_reason", detail))
}

fn check_times(from: Option<Timestamp>, until: Timestamp, now: Timestamp) -> Result<(), Problem> {
    check_period(from, ("until", until), now)?;
    let latest = now + MAX_SILENCE;
    if until <= latest {
        return Ok(());
    }
    let detail = format!(
        "`until` is `{}`, expected `{}` at the latest\n\
         hint: a silence may end {MAX_SILENCE} from now; ask for another one when it ends",
        format_utc(until),
        format_utc(latest)
    );
    Err(Problem::unprocessable("silence_too_long", detail))
}

fn check_incident(console: &Console, number: IncidentNumber) -> Result<(), Problem> {
    let incident = console.ledger.incident(number)?;
    let incident = incident.ok_or_else(|| Problem::unknown_incident(number))?;
    match incident.merged_into {
        Some(into) => Err(Problem::conflict(
            "already_merged",
            format!("incident `{number}` was merged into `{into}`\nhint: silence `{into}`"),
        )),
        None if incident.is_open() => Ok(()),
        None => Err(Problem::conflict(
            "already_closed",
            format!("incident `{number}` is closed, expected an open one"),
        )),
    }
}

/// A filter that fits nothing is a mistake: whoever asks would believe that it is quiet now.
fn check_filter(console: &Console, filter: &Filter) -> Result<(), Problem> {
    let nothing_in = |name: &str| {
        let detail = format!("`{name}` is empty and fits nothing\nhint: leave it out for all");
        Err(Problem::unprocessable("empty_list", detail))
    };
    if filter
        .topics
        .as_ref()
        .is_some_and(|topics| topics.is_empty())
    {
        return nothing_in("topics");
    }
    if filter
        .subjects
        .as_ref()
        .is_some_and(|subjects| subjects.is_empty())
    {
        return nothing_in("subjects");
    }
    let known = console.ledger.policy()?.unwrap_or_default().topics;
    for topic in filter.topics.iter().flatten() {
        if !known.contains_key(topic) && !has_open_incident(console, topic)? {
            let detail = format!(
                "`topics` has `{topic}`, expected some of {}",
                listed(known.keys())
            );
            return Err(Problem::unprocessable("unknown_topic", detail));
        }
    }
    Ok(())
}

/// A topic that the lexicon has no longer may still have incidents.
fn has_open_incident(console: &Console, topic: &TopicId) -> Result<bool, Problem> {
    let filter = IncidentFilter {
        open: Some(true),
        topic: Some(topic.clone()),
        tier: None,
        since: None,
        before: None,
    };
    Ok(!console.ledger.incidents(&filter, 1)?.is_empty())
}
