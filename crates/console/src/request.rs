//! Reading a request: who asks, what for, and until when.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Extension, Path};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use fengbiao_model::{Action, Actor, Timestamp};
use fengbiao_wire::format_utc;
use serde::Deserialize;

use crate::answer::AcceptedJson;
use crate::numbered::numbered;
use crate::problem::Problem;
use crate::state::{Console, Verdict, Viewer};

/// Who looks: as the app's authentication says, else `api`.
pub(crate) fn viewer(viewer: Option<Extension<Viewer>>) -> Actor {
    viewer.map_or_else(Actor::api, |Extension(Viewer(actor))| actor)
}

/// Who acts.
pub(crate) fn actor(name: &str) -> Result<Actor, Problem> {
    Actor::person(name).map_err(|error| {
        let detail = format!("`by` {error}, expected the name of who acts, as others can read it");
        Problem::unprocessable("invalid_name", detail)
    })
}

/// The body as it came.
pub(crate) fn bytes(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    body.map_err(|error| Problem::new(error.status(), "invalid_body", error.body_text()))
}

/// What a body says.
pub(crate) fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            Problem::unprocessable("invalid_body", format!("the body does not fit: {error}"))
        }
        _ => Problem::bad_request("invalid_json", format!("the body is not JSON: {error}")),
    })
}

/// The running number in a path; `list` is the path that shows the numbers there are.
pub(crate) fn number(
    name: Result<Path<String>, PathRejection>,
    list: &str,
) -> Result<u64, Problem> {
    let name = name.map(|Path(name)| name).unwrap_or_default();
    let plain = name.bytes().all(|byte| byte.is_ascii_digit());
    match name.parse() {
        Ok(number) if plain && number > 0 => Ok(number),
        _ => {
            let detail = format!(
                "the path holds no number, expected one such as `7`\nhint: `GET {list}` lists them"
            );
            Err(Problem::bad_request("invalid_number", detail))
        }
    }
}

/// Refuses what would end before it begins, or has ended already; `end` is the name of its end.
pub(crate) fn check_period(
    from: Option<Timestamp>,
    end: (&str, Timestamp),
    now: Timestamp,
) -> Result<(), Problem> {
    let (name, end) = end;
    let (begins, what) = match from {
        Some(from) if from > now => (from, "`from`"),
        _ => (now, "now"),
    };
    if end > begins {
        return Ok(());
    }
    let detail = format!(
        "`{name}` is `{}`, expected a time after {what}, `{}`",
        format_utc(end),
        format_utc(begins)
    );
    Err(Problem::unprocessable("invalid_period", detail))
}

/// Names in backticks, for a message that says what there is.
pub(crate) fn listed<T: std::fmt::Display>(names: impl Iterator<Item = T>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Hands a command on, and says what became of it, as far as it is known soon.
pub(crate) fn submit(console: &Console, by: Actor, action: Action) -> Result<Response, Problem> {
    let command = console.commands.submit(by, action)?;
    let (status, number) = match console.commands.verdict(command.number) {
        Verdict::Refused(why) => return Err(Problem::conflict("refused", why)),
        Verdict::Done => (StatusCode::OK, numbered(console, &command)?),
        Verdict::Waiting => (StatusCode::ACCEPTED, None),
    };
    let answer = AcceptedJson {
        command: command.number,
        done: status == StatusCode::OK,
        number,
    };
    Ok((status, Json(answer)).into_response())
}
