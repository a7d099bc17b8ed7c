//! `fengbiao on-call stand-in | end`: who takes the place of whoever is on call.

use anyhow::Context as _;
use axum::http::Method;
use fengbiao_console::StandInJson;
use fengbiao_model::{Override, OverrideNumber};
use fengbiao_wire::{format_minute, format_utc};
use serde::Deserialize as _;
use serde_json::json;

use super::became;
use super::remote::call;
use super::typed::time;
use crate::app::App;
use crate::cli::{OnCallCommand, StandIn};
use crate::daemon::LEDGER_FILE;

const PATH: &str = "/v1/stand-ins";

pub(crate) fn run(app: &App, command: OnCallCommand) -> anyhow::Result<bool> {
    match command {
        OnCallCommand::StandIn(asked) => add(app, &asked),
        OnCallCommand::End { number, by } => {
            let path = format!("{PATH}/{number}/end");
            let answer = call(app, Method::POST, &path, Some(json!({ "by": by })))?.ok()?;
            became::say(app, &answer, &format!("number {number}: ended"), "number");
            Ok(true)
        }
    }
}

fn add(app: &App, asked: &StandIn) -> anyhow::Result<bool> {
    let from = asked.from.as_deref();
    let from = from.map(|text| time(app, "--from", text)).transpose()?;
    let to = time(app, "--to", &asked.to)?;
    let (schedule, receiver) = (&asked.schedule, &asked.receiver);
    let request = json!({
        "schedule": schedule,
        "receiver": receiver,
        "from": from.map(format_utc),
        "to": format_utc(to),
        "by": asked.by,
    });
    let answer = call(app, Method::POST, PATH, Some(request))?.ok()?;
    let to = format_minute(to, &app.loaded.zone);
    let done = format!("{receiver} stands in on {schedule} until {to}");
    became::say(app, &answer, &done, "number");
    Ok(true)
}

/// Who stands in or will, by number. The configuration alone knows of nobody: where no daemon has
/// ever run, none.
pub(super) fn known(app: &App) -> anyhow::Result<Vec<(OverrideNumber, Override)>> {
    if !app.loaded.config.data_dir.join(LEDGER_FILE).exists() {
        return Ok(Vec::new());
    }
    let answer = call(app, Method::GET, PATH, None)?.ok()?;
    let found = answer["stand_ins"].as_array();
    let found = found.map(Vec::as_slice).unwrap_or_default();
    let read = found.iter().map(|one| {
        let one = StandInJson::deserialize(one).context("the answer is not of this version")?;
        Ok(one.into_model()?)
    });
    read.collect()
}
