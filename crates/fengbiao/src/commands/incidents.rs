//! `fengbiao incidents`: what is open, what it is about, and taking it on.

use axum::http::Method;
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::IncidentsCommand;
use crate::terminal;

use super::remote::call;

pub(crate) fn run(app: &App, command: IncidentsCommand) -> anyhow::Result<bool> {
    match command {
        IncidentsCommand::List { all, topic, limit } => list(app, all, topic.as_deref(), limit),
        IncidentsCommand::Show { number } => show(app, number),
        IncidentsCommand::Acknowledge { number, by } => act(
            app,
            number,
            "acknowledge",
            &json!({ "by": by }),
            "acknowledged",
        ),
        IncidentsCommand::Close { number, by, note } => act(
            app,
            number,
            "close",
            &json!({ "by": by, "note": note }),
            "closed",
        ),
    }
}

fn list(app: &App, all: bool, topic: Option<&str>, limit: u32) -> anyhow::Result<bool> {
    let mut path = format!("/v1/incidents?limit={limit}");
    if !all {
        path.push_str("&open=true");
    }
    if let Some(topic) = topic {
        path.push_str(&format!("&topic={topic}"));
    }
    let answer = call(app, Method::GET, &path, None)?.ok()?;
    let incidents = answer["incidents"].as_array().cloned().unwrap_or_default();
    for incident in &incidents {
        let line = if app.json() {
            incident.to_string()
        } else {
            row(incident)
        };
        terminal::print(&format!("{line}\n"));
    }
    if incidents.is_empty() && !app.json() {
        terminal::print(if all {
            "no incidents\n"
        } else {
            "no incident is open\n"
        });
    }
    Ok(!incidents.is_empty())
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or("–")
}

/// Number, tiers, stage, topic, subject, counts and times of one incident.
fn row(incident: &Value) -> String {
    let subject = incident
        .pointer("/subject/name")
        .or(incident.get("subject"));
    let totals = &incident["totals"];
    format!(
        "#{:<5} {:<4} (max {:<3}) {:<12} {} · {}  posts {} · stories {} · voices {} · sources {}  {} – {}",
        incident["number"],
        text(incident, "/tier"),
        text(incident, "/highest_tier"),
        text(incident, "/stage"),
        text(incident, "/topic"),
        subject.and_then(Value::as_str).unwrap_or("-"),
        totals["posts"],
        totals["stories"],
        totals["voices"],
        totals["sources"],
        text(incident, "/first_found_at"),
        text(incident, "/last_found_at"),
    )
}

fn show(app: &App, number: u64) -> anyhow::Result<bool> {
    let answer = call(app, Method::GET, &format!("/v1/incidents/{number}"), None)?.ok()?;
    if app.json() {
        terminal::print(&format!("{answer}\n"));
        return Ok(true);
    }
    let mut shown = row(&answer["incident"]);
    shown.push_str("\n\nposts:\n");
    for quote in answer["quotes"].as_array().into_iter().flatten() {
        shown.push_str(&format!(
            "  {}  {}  {}\n    {}\n",
            text(quote, "/found_at"),
            text(quote, "/source"),
            text(quote, "/url"),
            super::scan::harmless(text(quote, "/text"))
        ));
    }
    shown.push_str("\nnotices, latest first:\n");
    for notice in answer["notices"].as_array().into_iter().flatten() {
        shown.push_str(&format!(
            "  {}  {}  {} to {}: {}\n",
            text(notice, "/made_at"),
            text(notice, "/kind"),
            text(notice, "/tier"),
            text(notice, "/receiver"),
            text(notice, "/state"),
        ));
    }
    shown.push_str("\naudit, latest first:\n");
    for line in answer["audit"].as_array().into_iter().flatten() {
        shown.push_str(&format!(
            "  {}  {}  {}  {}\n",
            text(line, "/at"),
            text(line, "/by"),
            text(line, "/what"),
            text(line, "/note")
        ));
    }
    terminal::print(&shown);
    Ok(true)
}

fn act(app: &App, number: u64, what: &str, body: &Value, done: &str) -> anyhow::Result<bool> {
    let path = format!("/v1/incidents/{number}/{what}");
    let answer = call(app, Method::POST, &path, Some(body.clone()))?.ok()?;
    if app.json() {
        terminal::print(&format!("{answer}\n"));
    } else {
        terminal::print(&format!("incident {number}: {done}\n"));
    }
    Ok(true)
}
