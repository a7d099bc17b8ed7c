//! Stand-ins: who takes the place of whoever a schedule has on call, for a while.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use fengbiao_alerter::limits::MAX_STAND_INS;
use fengbiao_model::{
    Action, IdError, Override, OverrideNumber, Policy, ReceiverId, ScheduleId, Timestamp,
};
use fengbiao_wire::{OverrideJson, Str, Text, WireError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ending::Ending;
use crate::problem::Problem;
use crate::request::{actor, bytes, check_period, listed, parse, submit, viewer};
use crate::state::{Console, Viewer};

/// Where the stand-ins are listed.
const LIST: &str = "/v1/stand-ins";

/// Those who stand in or will, by number. Where two overlap, the later number wins.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "StandInList")]
pub(crate) struct StandInListJson<'a> {
    /// The stand-ins.
    stand_ins: Vec<StandInJson<'a>>,
}

/// Somebody stands in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "StandIn")]
pub struct StandInJson<'a> {
    /// Its number.
    pub number: u64,
    /// Of which schedule.
    #[serde(borrow)]
    pub schedule: Str<'a>,
    /// The receiver who stands in.
    #[serde(borrow)]
    pub receiver: Str<'a>,
    /// From when on.
    pub from: Text<Timestamp>,
    /// Until when; this instant is not part of it.
    pub to: Text<Timestamp>,
    /// Who said so.
    #[serde(borrow)]
    pub by: Str<'a>,
}

impl StandInJson<'_> {
    /// Number and override, the names checked.
    pub fn into_model(self) -> Result<(OverrideNumber, Override), WireError> {
        let held = OverrideJson {
            schedule: self.schedule,
            receiver: self.receiver,
            from: self.from,
            to: self.to,
            by: self.by,
        };
        Ok((OverrideNumber(self.number), held.into_model()?))
    }
}

impl<'a> From<&'a (OverrideNumber, Override)> for StandInJson<'a> {
    fn from((number, held): &'a (OverrideNumber, Override)) -> Self {
        Self {
            number: number.0,
            schedule: held.schedule.as_str().into(),
            receiver: held.receiver.as_str().into(),
            from: Text(held.from),
            to: Text(held.to),
            by: held.by.as_str().into(),
        }
    }
}

/// Who stands in, where, and until when.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "StandInRequest")]
pub(crate) struct StandInRequestJson<'a> {
    /// The schedule's id.
    #[serde(borrow)]
    schedule: Str<'a>,
    /// The receiver who stands in.
    #[serde(borrow)]
    receiver: Str<'a>,
    /// From when on; not there: now.
    #[serde(default)]
    from: Option<Text<Timestamp>>,
    /// Until when; this instant is not part of it.
    to: Text<Timestamp>,
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
            let found = console.ledger.stand_ins()?;
            let note = format!("{} shown", found.len());
            console
                .ledger
                .audit(&by, "stand_ins.listed", "stand-ins", &note)?;
            let stand_ins = found.iter().map(Into::into).collect();
            Ok(Json(StandInListJson { stand_ins }).into_response())
        })
        .await
}

/// What the record shows to be impossible is refused at once; the alerter still decides.
pub(crate) async fn add(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = bytes(body)?;
    let request: StandInRequestJson<'_> = parse(&body)?;
    let by = actor(&request.by.0)?;
    let schedule = ScheduleId::new(request.schedule.0.as_ref());
    let schedule = schedule.map_err(|error| invalid("schedule", &error))?;
    let receiver = ReceiverId::new(request.receiver.0.as_ref());
    let receiver = receiver.map_err(|error| invalid("receiver", &error))?;
    let (from, to) = (request.from.map(|at| at.0), request.to.0);
    console
        .blocking(move |console| {
            check_period(from, ("to", to), console.now())?;
            check_names(
                &console.ledger.policy()?.unwrap_or_default(),
                &schedule,
                &receiver,
            )?;
            if console.ledger.stand_ins()?.len() >= MAX_STAND_INS {
                let detail = format!(
                    "{MAX_STAND_INS} stand in already, expected fewer\n\
                     hint: end those that are no longer needed"
                );
                return Err(Problem::conflict("too_many_stand_ins", detail));
            }
            let stand_in = Action::StandIn {
                schedule,
                receiver,
                from,
                to,
            };
            submit(console, by, stand_in)
        })
        .await
}

pub(crate) async fn end(
    State(console): State<Console>,
    name: Result<Path<String>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let stand_in = Ending {
        list: LIST,
        unknown: "unknown_stand_in",
        said: |number| format!("nobody stands in under the number `{number}`"),
        stands: |ledger, number| Ok(ledger.stand_ins()?.iter().any(|(one, _)| one.0 == number)),
        action: |number| Action::EndStandIn {
            number: OverrideNumber(number),
        },
    };
    stand_in.end(console, name, body).await
}

fn invalid(field: &str, error: &IdError) -> Problem {
    Problem::unprocessable(
        "invalid_value",
        format!("`{field}` {error}, expected a name"),
    )
}

fn check_names(
    policy: &Policy,
    schedule: &ScheduleId,
    receiver: &ReceiverId,
) -> Result<(), Problem> {
    if policy.schedules.is_empty() {
        let detail = format!(
            "`schedule` is `{schedule}`, and there are no schedules\n\
             hint: `[[schedule]]` in the configuration makes one"
        );
        return Err(Problem::unprocessable("unknown_schedule", detail));
    }
    if !policy.schedules.contains_key(schedule) {
        let known = listed(policy.schedules.keys());
        let detail = format!("`schedule` is `{schedule}`, expected one of {known}");
        return Err(Problem::unprocessable("unknown_schedule", detail));
    }
    if !policy.receivers.contains_key(receiver) {
        let known = listed(policy.receivers.keys());
        let detail = format!("`receiver` is `{receiver}`, expected one of {known}");
        return Err(Problem::unprocessable("unknown_receiver", detail));
    }
    Ok(())
}
