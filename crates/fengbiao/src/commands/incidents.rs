//! `fengbiao incidents`: what is open, and the whole story of one.

use std::path::Path;

use anyhow::Context as _;
use axum::http::Method;
use fengbiao_model::{Incident, Language, Tier, counted};
use fengbiao_wire::{decode_incident, format_minute};
use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;
use url::form_urlencoded;

use crate::app::App;
use crate::cli::IncidentsCommand;
use crate::story::Story;
use crate::terminal::{self, harmless};

use super::remote::call;

/// The widest a row's tiers are: `III (max III)`, `Ⅲ（最高 Ⅲ）`.
const TIERS_COLUMNS: usize = 13;

pub(crate) fn run(app: &App, command: IncidentsCommand) -> anyhow::Result<bool> {
    match command {
        IncidentsCommand::List {
            all,
            topic,
            limit,
            before,
        } => {
            let (topic, before) = (topic.as_deref(), before.as_deref());
            list(app, all, limit, &[("topic", topic), ("before", before)])
        }
        IncidentsCommand::Show { number, plot } => show(app, &number, plot.as_deref()),
        IncidentsCommand::Do(deed) => super::deeds::run(app, deed),
    }
}

fn list(app: &App, all: bool, limit: u32, only: &[(&str, Option<&str>)]) -> anyhow::Result<bool> {
    let language = app.language();
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("limit", &limit.to_string());
    if !all {
        query.append_pair("open", "true");
    }
    for (name, value) in only {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let path = format!("/v1/incidents?{}", query.finish());
    let answer = call(app, Method::GET, &path, None)?.ok()?;
    let incidents = answer["incidents"].as_array();
    let incidents = incidents.map(Vec::as_slice).unwrap_or_default();
    for incident in incidents {
        let line = if app.json() {
            incident.to_string()
        } else {
            let read = decode_incident(incident.to_string().as_bytes());
            row(app, &read.context("the answer is not of this version")?)
        };
        terminal::print(&format!("{line}\n"));
    }
    if incidents.is_empty() && !app.json() {
        terminal::print(if all {
            language.pick("没有事件\n", "no incidents\n")
        } else {
            language.pick("没有进行中的事件\n", "no incident is open\n")
        });
    }
    if let Some(said) = left_out(language, &answer) {
        terminal::remark(&said);
    }
    Ok(!incidents.is_empty())
}

/// How many there are behind those listed, and how to see them; none where there are none.
fn left_out(language: Language, answer: &Value) -> Option<String> {
    let count = answer["left_out"].as_u64().filter(|count| *count > 0)?;
    let last = answer["next"].as_str().unwrap_or_default();
    Some(match language {
        Language::Zh => {
            format!("另有 {count} 起未列出\n提示：`--before {last}` 接着往下列，`--limit` 一次多列")
        }
        Language::En => format!(
            "{} not listed\nhint: `--before {last}` goes on behind these, `--limit` lists more at once",
            counted(count, "more incident is", "more incidents are")
        ),
    })
}

/// Number, tiers, topic, subject, stage, times and counts of one incident.
fn row(app: &App, incident: &Incident) -> String {
    let language = app.language();
    let number = incident.number.map(|number| number.to_string());
    let tier = |tier: Option<Tier>| tier.map_or("–", |tier| language.numeral(tier));
    let tiers = match language {
        Language::Zh => format!(
            "{}（最高 {}）",
            tier(incident.tier),
            tier(incident.highest_tier)
        ),
        Language::En => format!(
            "{} (max {})",
            tier(incident.tier),
            tier(incident.highest_tier)
        ),
    };
    let gap = " ".repeat(TIERS_COLUMNS.saturating_sub(tiers.width()));
    let at = |at| format_minute(at, &app.loaded.zone);
    let parts = [
        format!(
            "{} · {}",
            incident.topic,
            harmless(&language.subject(&incident.subject))
        ),
        language.stage(incident.stage).to_owned(),
        format!(
            "{} – {}",
            at(incident.first_found_at),
            at(incident.last_found_at)
        ),
        language.totals(&incident.totals),
    ];
    format!(
        "#{:<8} {tiers}{gap}  {}",
        number.unwrap_or_default(),
        parts.join("  ")
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
