//! `fengbiao confirm`: an operator says that something unusual is as it should be.

use axum::http::Method;
use serde_json::json;

use super::became;
use crate::app::App;
use crate::cli::Confirmed;

pub(crate) fn run(app: &App, what: Confirmed, by: &str) -> anyhow::Result<bool> {
    let what = match what {
        Confirmed::Clock => "clock",
        Confirmed::NewGeneration => "new-generation",
        Confirmed::NewLedger => "new-ledger",
    };
    let body = json!({ "what": what, "by": by });
    let answer = super::remote::call(app, Method::POST, "/v1/confirm", Some(body))?.ok()?;
    became::say(app, &answer, &format!("confirmed: {what}"), "");
    Ok(true)
}
