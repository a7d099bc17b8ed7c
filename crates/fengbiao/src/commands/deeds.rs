//! `fengbiao incidents acknowledge | close | …`: what people do with an incident.

use axum::http::Method;
use fengbiao_model::Deed;
use fengbiao_wire::{DeedJson, format_utc};
use serde_json::{Value, json};

use super::became;
use super::remote::call;
use super::typed::{time, whole};
use crate::app::App;
use crate::cli::{DeedCommand, Which};

/// Sends one deed through the daemon, or does it with the files.
pub(crate) fn run(app: &App, command: DeedCommand) -> anyhow::Result<bool> {
    let (which, deed) = body(app, command)?;
    // What the form of the deed forbids is said before anybody is asked.
    let text = deed.to_string();
    let read: DeedJson<'_> = serde_json::from_str(&text).map_err(|error| plain(&error))?;
    let read: Deed = read.into_model()?;
    let Which { number, by } = which;
    let request = json!({ "by": by, "deed": deed });
    let path = format!("/v1/incidents/{number}/deeds");
    let answer = call(app, Method::POST, &path, Some(request))?.ok()?;
    became::say(
        app,
        &answer,
        &format!("incident {number}: {}", done(&read)),
        "item",
    );
    Ok(true)
}

/// What serde says, without its place in a line that nobody wrote.
fn plain(error: &serde_json::Error) -> anyhow::Error {
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    anyhow::anyhow!("{said}")
}

/// The deed as the API takes it.
fn body(app: &App, command: DeedCommand) -> anyhow::Result<(Which, Value)> {
    Ok(match command {
        DeedCommand::Acknowledge { which } => (which, json!({ "kind": "acknowledge" })),
        DeedCommand::Close { which, note } => (which, json!({ "kind": "close", "note": note })),
        DeedCommand::Reopen { which, note } => (which, json!({ "kind": "reopen", "note": note })),
        DeedCommand::Stage { which, stage, note } => (
            which,
            json!({ "kind": "stage", "stage": stage, "note": note }),
        ),
        DeedCommand::Grade { which, grade, note } => {
            let grade = Some(grade).filter(|grade| grade != "none");
            (
                which,
                json!({ "kind": "grade", "grade": grade, "note": note }),
            )
        }
        DeedCommand::Classify { which, class, note } => (
            which,
            json!({ "kind": "classify", "class": class, "note": note }),
        ),
        DeedCommand::Label { which, key, value } => (
            which,
            json!({ "kind": "label", "key": key, "value": value }),
        ),
        DeedCommand::Note { which, text } => (which, json!({ "kind": "note", "text": text })),
        DeedCommand::Ask {
            which,
            of,
            what,
            by_when,
        } => {
            let by_when = by_when.map(|text| time(app, "--by-when", &text));
            let by_when = by_when.transpose()?.map(format_utc);
            let deed = json!({ "kind": "ask", "of": of, "what": what, "by_when": by_when });
            (which, deed)
        }
        DeedCommand::Reply { which, item, reply } => (
            which,
            json!({ "kind": "reply", "item": item, "answer": reply }),
        ),
        DeedCommand::Assess {
            which,
            owner,
            grade,
            opinion,
        } => {
            let deed = json!({
                "kind": "assess", "owner": owner, "grade": grade, "opinion": opinion,
            });
            (which, deed)
        }
        DeedCommand::Answer { which, text, link } => (
            which,
            json!({ "kind": "answer", "text": text, "link": link }),
        ),
        DeedCommand::Outcome {
            which,
            post,
            outcome,
        } => (
            which,
            json!({ "kind": "outcome", "post": post, "outcome": outcome }),
        ),
        DeedCommand::Merge { which, into, note } => {
            let into = whole(app, &into)?;
            (
                which,
                json!({ "kind": "merge", "into": into, "note": note }),
            )
        }
        DeedCommand::Split { which, posts, note } => (
            which,
            json!({ "kind": "split", "posts": posts, "note": note }),
        ),
    })
}

/// What to say when it is done.
const fn done(deed: &Deed) -> &'static str {
    match deed {
        Deed::Acknowledge => "acknowledged",
        Deed::Close { .. } => "closed",
        Deed::Reopen { .. } => "open again",
        Deed::Stage { .. } => "moved on",
        Deed::Grade { .. } => "graded",
        Deed::Classify { .. } => "classified",
        Deed::Label { .. } => "labelled",
        Deed::Note { .. } => "noted",
        Deed::Ask { .. } => "asked",
        Deed::Reply { .. } => "the reply is written down",
        Deed::Assess { .. } => "assessed",
        Deed::Answer { .. } => "answered",
        Deed::Outcome { .. } => "the outcome is written down",
        Deed::Merge { .. } => "merged",
        Deed::Split { .. } => "split",
    }
}
