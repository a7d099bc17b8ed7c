//! The JSON API over incidents.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use fengbiao_ledger::IncidentFilter;
use fengbiao_model::{Action, Actor, Incident, IncidentNumber, Tier, TopicId};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::answer::{
    AcceptedJson, AcknowledgeJson, CloseJson, IncidentDetailJson, IncidentListJson,
};
use crate::limits::{DEFAULT_PAGE_INCIDENTS, MAX_NOTE_BYTES, MAX_PAGE_INCIDENTS};
use crate::problem::Problem;
use crate::state::{Console, Viewer};

/// What a listing may be asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    open: Option<bool>,
    topic: Option<String>,
    tier: Option<String>,
    limit: Option<usize>,
    before: Option<u64>,
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
        Ok(IncidentFilter {
            open: self.open,
            topic: topic.transpose()?,
            tier: tier.transpose()?,
            since: None,
            before: self.before.map(IncidentNumber),
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

/// Who looks: as the app's authentication says, else `api`.
fn viewer(viewer: Option<Extension<Viewer>>) -> Result<Actor, Problem> {
    match viewer {
        Some(Extension(Viewer(actor))) => Ok(actor),
        None => Actor::new("api").map_err(|error| Problem::internal(&error)),
    }
}

pub(crate) async fn list(
    State(console): State<Console>,
    who: Option<Extension<Viewer>>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) =
        query.map_err(|error| Problem::bad_request("invalid_query", error.body_text()))?;
    let (by, filter, limit) = (viewer(who)?, query.filter()?, query.limit()?);
    console
        .blocking(move |console| {
            let found = console.ledger.incidents(&filter, limit + 1)?;
            let note = format!("{} shown", found.len().min(limit));
            console
                .ledger
                .audit(&by, "incidents.listed", "incidents", &note)?;
            Ok(Json(IncidentListJson::new(&found, limit)).into_response())
        })
        .await
}

pub(crate) async fn show(
    State(console): State<Console>,
    who: Option<Extension<Viewer>>,
    number: Result<Path<u64>, PathRejection>,
) -> Result<Response, Problem> {
    let (by, number) = (viewer(who)?, incident_number(number)?);
    console
        .blocking(move |console| {
            let detail = console.ledger.incident_detail(number)?;
            let detail = detail.ok_or_else(|| Problem::unknown_incident(number))?;
            console
                .ledger
                .audit(&by, "incident.viewed", &format!("incident {number}"), "")?;
            Ok(Json(IncidentDetailJson::from(&detail)).into_response())
        })
        .await
}

pub(crate) async fn acknowledge(
    State(console): State<Console>,
    number: Result<Path<u64>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let number = incident_number(number)?;
    let request: AcknowledgeJson = parse(body)?;
    let by = actor(&request.by)?;
    let action = Action::Acknowledge { incident: number };
    console
        .blocking(move |console| command(console, number, by, action, may_take_on))
        .await
}

pub(crate) async fn close(
    State(console): State<Console>,
    number: Result<Path<u64>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let number = incident_number(number)?;
    let request: CloseJson = parse(body)?;
    let by = actor(&request.by)?;
    if request.note.len() > MAX_NOTE_BYTES {
        let bytes = request.note.len();
        let detail = format!("`note` has {bytes} bytes, at most {MAX_NOTE_BYTES} are allowed");
        return Err(Problem::unprocessable("note_too_long", detail));
    }
    let action = Action::Close {
        incident: number,
        note: request.note,
    };
    console
        .blocking(move |console| command(console, number, by, action, is_open))
        .await
}

fn command(
    console: &Console,
    number: IncidentNumber,
    by: Actor,
    action: Action,
    check: fn(&Incident) -> Result<(), Problem>,
) -> Result<Response, Problem> {
    let incident = console.ledger.incident(number)?;
    check(&incident.ok_or_else(|| Problem::unknown_incident(number))?)?;
    let command = console.commands.submit(by, action)?;
    Ok((StatusCode::ACCEPTED, Json(AcceptedJson::from(&command))).into_response())
}

/// Refuses what the alerter would refuse later. It still decides: between here and there another
/// command may come first.
pub(crate) fn may_take_on(incident: &Incident) -> Result<(), Problem> {
    is_open(incident)?;
    match &incident.acknowledged {
        None => Ok(()),
        Some(taken) => Err(Problem::conflict(
            "already_acknowledged",
            format!("`{}` has acknowledged the incident already", taken.by),
        )),
    }
}

fn is_open(incident: &Incident) -> Result<(), Problem> {
    if incident.is_open() {
        Ok(())
    } else {
        Err(Problem::conflict(
            "already_closed",
            "the incident is closed already",
        ))
    }
}

pub(crate) fn actor(name: &str) -> Result<Actor, Problem> {
    Actor::new(name.trim()).map_err(|error| {
        let detail = format!("`by` {error}, expected the name of who acts");
        Problem::unprocessable("invalid_name", detail)
    })
}

fn incident_number(number: Result<Path<u64>, PathRejection>) -> Result<IncidentNumber, Problem> {
    number
        .map(|Path(number)| IncidentNumber(number))
        .map_err(|_| {
            let detail = "the path holds no incident number, expected a whole number such as `7`";
            Problem::bad_request("invalid_number", detail)
        })
}

fn parse<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<T, Problem> {
    let body =
        body.map_err(|error| Problem::new(error.status(), "invalid_body", error.body_text()))?;
    serde_json::from_slice(&body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            Problem::unprocessable("invalid_body", format!("the body does not fit: {error}"))
        }
        _ => Problem::bad_request("invalid_json", format!("the body is not JSON: {error}")),
    })
}
