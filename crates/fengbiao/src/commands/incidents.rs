//! `fengbiao incidents`: what is open, and the whole story of one.

use std::path::Path;

use anyhow::Context as _;
use axum::http::Method;
use serde_json::Value;
use url::form_urlencoded;

use crate::app::App;
use crate::cli::IncidentsCommand;
use crate::story::Story;
use crate::terminal;

use super::remote::call;

pub(crate) fn run(app: &App, command: IncidentsCommand) -> anyhow::Result<bool> {
    match command {
        IncidentsCommand::List { all, topic, limit } => list(app, all, topic.as_deref(), limit),
        IncidentsCommand::Show { number, plot } => show(app, &number, plot.as_deref()),
        IncidentsCommand::Do(deed) => super::deeds::run(app, deed),
    }
}

fn list(app: &App, all: bool, topic: Option<&str>, limit: u32) -> anyhow::Result<bool> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("limit", &limit.to_string());
    if !all {
        query.append_pair("open", "true");
    }
    if let Some(topic) = topic {
        query.append_pair("topic", topic);
    }
    let path = format!("/v1/incidents?{}", query.finish());
    let answer = call(app, Method::GET, &path, None)?.ok()?;
    let incidents = answer["incidents"].as_array().cloned().unwrap_or_default();
    for incident in &incidents {
        let line = if app.json() {
            incident.to_string()
        } else {
            row(app, incident)
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
fn row(app: &App, incident: &Value) -> String {
    let subject = match text(incident, "/subject/scope") {
        "all" => "*",
        "unnamed" => "-",
        _ => text(incident, "/subject/name"),
    };
    let totals = &incident["totals"];
    format!(
        "#{:<8} {:<3} {:<9}  {:<9}  {} · {subject}  {} – {}  posts {}, stories {}, voices {}, sources {}",
        text(incident, "/number"),
        text(incident, "/tier"),
        format!("(max {})", text(incident, "/highest_tier")),
        text(incident, "/stage"),
        text(incident, "/topic"),
        at(app, incident, "/first_found_at"),
        at(app, incident, "/last_found_at"),
        totals["posts"],
        totals["stories"],
        totals["voices"],
        totals["sources"],
    )
}

fn at(app: &App, value: &Value, path: &str) -> String {
    terminal::local_text(
        value.pointer(path).and_then(Value::as_str),
        &app.loaded.zone,
    )
}

fn show(app: &App, number: &str, plot: Option<&Path>) -> anyhow::Result<bool> {
    let answer = call(app, Method::GET, &format!("/v1/incidents/{number}"), None)?.ok()?;
    let story = Story::read(&answer)?;
    if let Some(path) = plot {
        let drawn = story.plot(&app.phrasing());
        std::fs::write(path, drawn)
            .with_context(|| format!("writing the plot to `{}`", path.display()))?;
    }
    if app.json() {
        terminal::print(&format!("{answer}\n"));
    } else {
        terminal::print(&story.text(&app.phrasing()));
    }
    Ok(true)
}
