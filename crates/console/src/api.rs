//! The JSON API over incidents.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Extension, Path, Query, State};
use axum::response::{IntoResponse, Response};
use fengbiao_alerter::{check_deed, check_merge};
use fengbiao_ledger::IncidentFilter;
use fengbiao_model::{
    Action, Actor, Deed, Incident, IncidentNumber, MAX_NOTE_BYTES, Tier, TopicId,
};
use serde::Deserialize;

use crate::answer::{
    AcknowledgeJson, CloseJson, DeedRequestJson, IncidentDetailJson, IncidentListJson,
};
use crate::limits::{
    DEFAULT_PAGE_INCIDENTS, MAX_PAGE_INCIDENTS, MAX_WAITS_FOR_EARLIER_COMMANDS,
    WAIT_FOR_EARLIER_COMMANDS_MS,
};
use crate::problem::Problem;
use crate::request::{actor, bytes, check_period, parse, submit, viewer};
use crate::state::{Console, Viewer};

/// What a listing may be asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    open: Option<bool>,
    topic: Option<String>,
    tier: Option<String>,
    limit: Option<usize>,
    before: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Result<IncidentFilter, Problem> {
        let topic = self.topic.as_deref().map(|topic| {
            let wrong = |error| format!("`topic` {error}, expected the id of a topic");
            TopicId::new(topic).map_err(|error| Problem::bad_request("invalid_topic", wrong(error)))
        });
        let tier = self.tier.as_deref().map(|tier| {
            let wrong = |error| format!("`tier` is `{}`: {error}", tier.escape_debug());
            tier.parse::<Tier>()
                .map_err(|error| Problem::bad_request("invalid_tier", wrong(error)))
        });
        let before = self.before.as_deref().map(|before| {
            let wrong = |error| format!("`before` is `{}`: {error}", before.escape_debug());
            before
                .parse::<IncidentNumber>()
                .map_err(|error| Problem::bad_request("invalid_number", wrong(error)))
        });
        Ok(IncidentFilter {
            open: self.open,
            topic: topic.transpose()?,
            tier: tier.transpose()?,
            since: None,
            before: before.transpose()?,
        })
    }

    fn limit(&self) -> Result<usize, Problem> {
        match self.limit {
            None => Ok(DEFAULT_PAGE_INCIDENTS),
            Some(limit) if (1..=MAX_PAGE_INCIDENTS).contains(&limit) => Ok(limit),
            Some(limit) => Err(Problem::bad_request(
                "invalid_limit",
                format!("`limit` is `{limit}`, expected 1 to {MAX_PAGE_INCIDENTS}"),
            )),
        }
    }
}

pub(crate) async fn list(
    State(console): State<Console>,
    who: Option<Extension<Viewer>>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) =
        query.map_err(|error| Problem::bad_request("invalid_query", error.body_text()))?;
    let (by, filter, limit) = (viewer(who), query.filter()?, query.limit()?);
    console
        .blocking(move |console| {
            let page = console.ledger.incidents(&filter, limit)?;
            let last = page.last().and_then(|incident| incident.number);
            let behind = IncidentFilter {
                before: last.or(filter.before),
                ..filter
            };
            let left_out = console.ledger.count_incidents(&behind)?;
            let note = format!("{} shown", page.len());
            console
                .ledger
                .audit(&by, "incidents.listed", "incidents", &note)?;
            Ok(Json(IncidentListJson::new(&page, left_out)).into_response())
        })
        .await
}

pub(crate) async fn show(
    State(console): State<Console>,
    who: Option<Extension<Viewer>>,
    name: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let (by, name) = (viewer(who), Called::read(name)?);
    console
        .blocking(move |console| {
            let number = name.number(console)?;
            let detail = console.ledger.incident_detail(number)?;
            let detail = detail.ok_or_else(|| Problem::unknown_incident(number))?;
            console
                .ledger
                .audit(&by, "incident.viewed", &format!("incident {number}"), "")?;
            let ledger = console.ledger.id();
            Ok(Json(IncidentDetailJson::new(&detail, ledger)).into_response())
        })
        .await
}

pub(crate) async fn acknowledge(
    State(console): State<Console>,
    name: Result<Path<String>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let name = Called::read(name)?;
    let request: AcknowledgeJson = parse(&bytes(body)?)?;
    let by = actor(&request.by)?;
    console
        .blocking(move |console| command(console, &name, by, Deed::Acknowledge))
        .await
}

pub(crate) async fn close(
    State(console): State<Console>,
    name: Result<Path<String>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let name = Called::read(name)?;
    let request: CloseJson = parse(&bytes(body)?)?;
    let by = actor(&request.by)?;
    if request.note.len() > MAX_NOTE_BYTES {
        let bytes = request.note.len();
        let detail = format!("`note` has {bytes} bytes, at most {MAX_NOTE_BYTES} are allowed");
        return Err(Problem::unprocessable("note_too_long", detail));
    }
    let deed = Deed::Close { note: request.note };
    deed.check()
        .map_err(|error| Problem::unprocessable("invalid_value", error.to_string()))?;
    console
        .blocking(move |console| command(console, &name, by, deed))
        .await
}

/// Any deed. What the record shows to be impossible is refused at once, in the alerter's words.
pub(crate) async fn deeds(
    State(console): State<Console>,
    name: Result<Path<String>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let name = Called::read(name)?;
    let body = bytes(body)?;
    let request: DeedRequestJson<'_> = parse(&body)?;
    let by = actor(&request.by.0)?;
    let deed = request.deed.into_model();
    let deed = deed.map_err(|error| Problem::unprocessable(error.code(), error.to_string()))?;
    console
        .blocking(move |console| {
            until_taken(console)?;
            if let Deed::Merge { into, .. } = &deed {
                let from = name.incident(console)?;
                let into = Called::Number(*into).incident(console)?;
                check_merge(&from, &into).map_err(refused)?;
            }
            if let Deed::Ask {
                by_when: Some(due), ..
            } = &deed
            {
                check_period(None, ("by_when", *due), console.now())?;
            }
            command(console, &name, by, deed)
        })
        .await
}

/// Waits a little until the alerter has taken what was asked before: a reply may come right behind
/// its question, and what stands in the ledger must know of it. Blocks.
fn until_taken(console: &Console) -> Result<(), Problem> {
    for _ in 0..MAX_WAITS_FOR_EARLIER_COMMANDS {
        let taken = console.ledger.positions()?.commands.saturating_sub(1);
        if console.ledger.commands_after(taken, 1)?.is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(WAIT_FOR_EARLIER_COMMANDS_MS));
    }
    Ok(())
}

fn refused(why: String) -> Problem {
    Problem::conflict("refused", why)
}

/// Refuses what the alerter would refuse later. It still decides: between here and there another
/// command may come first.
fn command(console: &Console, name: &Called, by: Actor, deed: Deed) -> Result<Response, Problem> {
    let incident = name.number(console)?;
    check_deed(&name.incident(console)?, &deed).map_err(refused)?;
    let action = Action::Incident { incident, deed };
    submit(console, by, action)
}

/// How a path calls an incident.
enum Called {
    /// `2026-17`.
    Number(IncidentNumber),
    /// `17`: the latest of that place in its year.
    Latest(u32),
}

impl Called {
    fn read(name: Result<Path<String>, PathRejection>) -> Result<Self, Problem> {
        let name = name.map(|Path(name)| name).unwrap_or_default();
        if let Ok(number) = name.parse() {
            return Ok(Self::Number(number));
        }
        let plain = name.bytes().all(|byte| byte.is_ascii_digit());
        match name.parse() {
            Ok(running) if plain && running > 0 => Ok(Self::Latest(running)),
            _ => {
                let detail = "the path holds no incident number, expected one such as `2026-17`, \
                              or `17` for the latest 17";
                Err(Problem::bad_request("invalid_number", detail))
            }
        }
    }

    fn number(&self, console: &Console) -> Result<IncidentNumber, Problem> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Latest(running) => {
                let number = console.ledger.latest_numbered(*running)?;
                number.ok_or_else(|| Problem::unknown_incident(running))
            }
        }
    }

    fn incident(&self, console: &Console) -> Result<Incident, Problem> {
        let number = self.number(console)?;
        let incident = console.ledger.incident(number)?;
        incident.ok_or_else(|| Problem::unknown_incident(number))
    }
}
