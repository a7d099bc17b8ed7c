//! `fengbiao incidents`: what is open, what it is about, and taking it on.

use axum::http::Method;
use serde_json::{Value, json};
use url::form_urlencoded;

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
        "#{:<4} {:<3} {:<9}  {:<9}  {} · {subject}  {} – {}  posts {}, stories {}, voices {}, sources {}",
        incident["number"].to_string(),
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

fn show(app: &App, number: u64) -> anyhow::Result<bool> {
    let answer = call(app, Method::GET, &format!("/v1/incidents/{number}"), None)?.ok()?;
    if app.json() {
        terminal::print(&format!("{answer}\n"));
        return Ok(true);
    }
    let mut shown = row(app, &answer["incident"]) + "\n";
    let mut section = |title: &str, name: &str, line: &dyn Fn(&Value) -> String| {
        let entries = answer[name]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        if !entries.is_empty() {
            shown.push_str(&format!("\n{title}\n"));
            entries
                .iter()
                .for_each(|entry| shown.push_str(&line(entry)));
        }
    };
    section("posts", "quotes", &|quote| {
        let (source, url) = (text(quote, "/source"), text(quote, "/url"));
        let said = super::scan::harmless(text(quote, "/text"));
        format!(
            "  {}  {source}  {url}\n    {said}\n",
            at(app, quote, "/found_at")
        )
    });
    section("notices, latest first", "deliveries", &|delivery| {
        format!(
            "  {}  {} {} to {}: {}\n",
            at(app, delivery, "/notice/made_at"),
            text(delivery, "/notice/kind"),
            text(delivery, "/notice/tier"),
            text(delivery, "/notice/key/receiver"),
            text(delivery, "/state"),
        )
    });
    section("audit, latest first", "audit", &|line| {
        let (by, what, note) = (text(line, "/by"), text(line, "/what"), text(line, "/note"));
        format!("  {}  {by}  {what}  {note}\n", at(app, line, "/at"))
    });
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
