//! What an operator has looked at and found right: the clock, a log or a ledger that was made anew.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Json, Router};
use fengbiao_console::{CommandPort, Verdict};
use fengbiao_model::{Action, Actor};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::alerting::NEW_LEDGER;
use super::control::{Conflict, Control, Refusal, blocking, person};
use super::openapi::{self, Route};

/// The record, and the door through which the alerter is asked.
#[derive(Clone)]
pub(crate) struct Confirming {
    pub(crate) control: Control,
    pub(crate) commands: Arc<dyn CommandPort>,
}

/// The route of `fengbiao confirm`.
pub(crate) fn router(confirming: Confirming) -> Router {
    openapi::router(routes(), confirming)
}

pub(super) fn routes() -> Vec<Route<Confirming>> {
    vec![Route::post("/v1/confirm", openapi::confirm, confirm)]
}

/// What somebody has looked at and found right.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Confirm {
    what: What,
    /// Who.
    by: String,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum What {
    /// The clock of the machine.
    Clock,
    /// That the log was made anew.
    NewGeneration,
    /// That the ledger was made anew.
    NewLedger,
}

async fn confirm(
    State(confirming): State<Confirming>,
    Json(body): Json<Confirm>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let answer = blocking(move || {
        let by = person(&body.by)?;
        match body.what {
            What::Clock => confirming.ask(by, Action::ConfirmClock),
            What::NewGeneration => confirming.ask(by, Action::NewGeneration),
            What::NewLedger => confirming.begin_anew(&by),
        }
    });
    let Json(answer) = answer.await?;
    let status = match answer["done"] == true {
        true => StatusCode::OK,
        false => StatusCode::ACCEPTED,
    };
    Ok((status, Json(answer)))
}

impl Confirming {
    /// Tells the alerter, and waits for what it makes of it.
    fn ask(&self, by: Actor, action: Action) -> anyhow::Result<Value> {
        let command = self.commands.submit(by, action)?.number;
        let done = match self.commands.verdict(command) {
            Verdict::Refused(why) => return Err(Conflict(why).into()),
            Verdict::Done => true,
            Verdict::Waiting => false,
        };
        Ok(json!({ "command": command, "done": done }))
    }

    /// It concerns what is read, and none of what the alerter knows: so it is no command.
    fn begin_anew(&self, by: &Actor) -> anyhow::Result<Value> {
        let ledger = &self.control.ledger;
        ledger.set_meta(NEW_LEDGER, by.as_str())?;
        ledger.audit(by, "ledger.new", "ledger", "")?;
        Ok(json!({ "done": true }))
    }
}
