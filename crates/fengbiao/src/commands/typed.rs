//! What people type at commands: times, and numbers of incidents.

use anyhow::Context as _;
use axum::http::Method;
use fengbiao_model::Timestamp;
use fengbiao_wire::parse_time;
use serde_json::Value;

use super::remote::call;
use crate::app::App;

/// A time as people type it, in the configured zone where it says no other; `option` is where it
/// was typed.
pub(super) fn time(app: &App, option: &str, text: &str) -> anyhow::Result<Timestamp> {
    let time = parse_time(text, &app.loaded.zone);
    time.with_context(|| format!("`{option}` is `{text}`"))
}

/// The whole number of an incident that may be called by its place in the year alone.
pub(super) fn whole(app: &App, number: &str) -> anyhow::Result<String> {
    if number.contains('-') {
        return Ok(number.to_owned());
    }
    let path = format!("/v1/incidents/{number}");
    let answer = call(app, Method::GET, &path, None)?.ok()?;
    let found = answer.pointer("/incident/number").and_then(Value::as_str);
    Ok(found.unwrap_or(number).to_owned())
}
