//! `fengbiao silence`: what nobody shall be told of for a while.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use axum::http::Method;
use fengbiao_model::{Clock as _, Silence, Silenced};
use fengbiao_wire::{SilenceJson, format_minute, format_utc, parse_span};
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::became;
use super::remote::call;
use super::typed::{time, whole};
use crate::app::App;
use crate::cli::{Covered, SilenceCommand, Silencing};
use crate::clock::SystemClock;
use crate::terminal;

pub(crate) fn run(app: &App, command: SilenceCommand) -> anyhow::Result<bool> {
    match command {
        SilenceCommand::Add(asked) => add(app, &asked),
        SilenceCommand::List => list(app),
        SilenceCommand::End { number, by } => end(app, number, &by),
    }
}

fn add(app: &App, asked: &Silencing) -> anyhow::Result<bool> {
    let from = asked.from.as_deref();
    let from = from.map(|text| time(app, "--from", text)).transpose()?;
    let until = match (&asked.lasting, &asked.until) {
        (Some(span), _) => {
            let span = parse_span(span).context("`--for`")?;
            from.unwrap_or_else(|| SystemClock::new().wall()) + span
        }
        (None, Some(text)) => time(app, "--until", text)?,
        (None, None) => bail!("it has no end, expected `--for` or `--until`"),
    };
    let request = json!({
        "covers": covers(app, &asked.covered)?,
        "from": from.map(format_utc),
        "until": format_utc(until),
        "reason": asked.reason,
        "by": asked.by,
    });
    let answer = call(app, Method::POST, "/v1/silences", Some(request))?.ok()?;
    let until = format_minute(until, &app.loaded.zone);
    became::say(app, &answer, &format!("silenced until {until}"), "silence");
    Ok(true)
}

/// What is covered, as the API takes it.
fn covers(app: &App, covered: &Covered) -> anyhow::Result<Value> {
    if let Some(incident) = &covered.incident {
        return Ok(json!({ "scope": "incident", "incident": whole(app, incident)? }));
    }
    let mut filter = json!({});
    if !covered.topics.is_empty() {
        filter["topics"] = json!(covered.topics);
    }
    if let Some(tier) = &covered.from_tier {
        filter["from_tier"] = json!(tier);
    }
    if !covered.subjects.is_empty() {
        filter["subjects"] = json!(covered.subjects);
    }
    let mut labels = BTreeMap::new();
    for label in &covered.labels {
        let Some((key, value)) = label.split_once('=') else {
            bail!("`--label` is `{label}`, expected a key and its value, as `district=east`");
        };
        if labels.insert(key, value).is_some() {
            bail!("`--label` names `{key}` twice, expected every key once");
        }
    }
    if !labels.is_empty() {
        filter["labels"] = json!(labels);
    }
    Ok(json!({ "scope": "filter", "filter": filter }))
}

fn list(app: &App) -> anyhow::Result<bool> {
    let answer = call(app, Method::GET, "/v1/silences", None)?.ok()?;
    let silences = answer["silences"].as_array();
    let silences = silences.map(Vec::as_slice).unwrap_or_default();
    for silence in silences {
        let line = if app.json() {
            silence.to_string()
        } else {
            let read = SilenceJson::deserialize(silence);
            let read = read.context("the answer is not of this version")?;
            row(app, &read.into_model()?)
        };
        terminal::print(&format!("{line}\n"));
    }
    if silences.is_empty() && !app.json() {
        terminal::print("no silences\n");
    }
    Ok(!silences.is_empty())
}

/// Number, times, what it covers, who asked for it and why.
fn row(app: &App, silence: &Silence) -> String {
    let minute = |at| format_minute(at, &app.loaded.zone);
    format!(
        "{:<4} {} – {}  {}  {}: {}",
        silence.number.0,
        minute(silence.from),
        minute(silence.until),
        terminal::harmless(&covered(&silence.covers)),
        terminal::harmless(silence.by.as_str()),
        terminal::harmless(&silence.reason),
    )
}

/// What it covers, in words.
fn covered(covers: &Silenced) -> String {
    let filter = match covers {
        Silenced::Incident(number) => return format!("incident {number}"),
        Silenced::Filter(filter) => filter,
    };
    if filter.is_everything() {
        return "everything".to_owned();
    }
    let mut parts = Vec::new();
    if let Some(topics) = &filter.topics {
        let topics: Vec<&str> = topics.iter().map(|topic| topic.as_str()).collect();
        parts.push(format!("topic {}", topics.join(" or ")));
    }
    parts.extend(filter.from_tier.map(|tier| format!("from tier {tier}")));
    if let Some(subjects) = &filter.subjects {
        let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
        parts.push(format!("subject {}", subjects.join(" or ")));
    }
    let labels = filter.labels.iter();
    parts.extend(labels.map(|(key, value)| format!("label {key}={value}")));
    parts.join(", ")
}

fn end(app: &App, number: u64, by: &str) -> anyhow::Result<bool> {
    let path = format!("/v1/silences/{number}/end");
    let answer = call(app, Method::POST, &path, Some(json!({ "by": by })))?.ok()?;
    became::say(app, &answer, &format!("silence {number}: ended"), "silence");
    Ok(true)
}
