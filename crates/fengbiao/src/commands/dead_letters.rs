//! `fengbiao dead-letters`: what could not be read or delivered, and why; and what is put back.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context;
use axum::http::Method;
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::DeadLettersCommand;
use crate::limits::SHOWN_LETTER_CHARS;
use crate::terminal;

pub(crate) fn run(app: &App, command: &DeadLettersCommand) -> anyhow::Result<bool> {
    match command {
        DeadLettersCommand::List { limit } => list(app, *limit),
        DeadLettersCommand::Show { id } => show(app, id),
        DeadLettersCommand::Resubmit { id, by, line } => resubmit(app, id, by, line.as_deref()),
    }
}

fn list(app: &App, limit: u32) -> anyhow::Result<bool> {
    let path = format!("/v1/dead-letters?limit={limit}");
    let answer = super::remote::call(app, Method::GET, &path, None)?.ok()?;
    let letters = answer["dead_letters"].as_array();
    let letters = letters.map(Vec::as_slice).unwrap_or_default();
    for letter in letters {
        print(app, letter, SHOWN_LETTER_CHARS);
    }
    if letters.is_empty() && !app.json() {
        terminal::print("no dead letters\n");
    }
    Ok(!letters.is_empty())
}

fn show(app: &App, id: &str) -> anyhow::Result<bool> {
    let path = format!("/v1/dead-letters/{}", in_path(id));
    let letter = super::remote::call(app, Method::GET, &path, None)?.ok()?;
    print(app, &letter, usize::MAX);
    Ok(true)
}

fn print(app: &App, letter: &Value, shown_chars: usize) {
    if app.json() {
        return terminal::print(&format!("{letter}\n"));
    }
    let field = |name: &str| terminal::harmless(letter[name].as_str().unwrap_or_default());
    let at = terminal::local_text(letter["at"].as_str(), &app.loaded.zone);
    let payload: String = field("payload").chars().take(shown_chars).collect();
    let id = letter["id"].as_str().map(|id| format!("{id}  "));
    terminal::print(&format!(
        "{}{at}  {}\n  {}\n  {payload}\n",
        id.unwrap_or_default(),
        field("origin"),
        field("reason"),
    ));
}

fn resubmit(app: &App, id: &str, by: &str, line: Option<&Path>) -> anyhow::Result<bool> {
    let line = line.map(read).transpose()?;
    let path = format!("/v1/dead-letters/{}/resubmit", in_path(id));
    let body = json!({ "by": by, "line": line });
    let answer = super::remote::call(app, Method::POST, &path, Some(body))?.ok()?;
    if app.json() {
        terminal::print(&format!("{answer}\n"));
    } else {
        let post = answer["post"].as_str().unwrap_or_default();
        terminal::print(&format!("put back as post {post}\n"));
    }
    Ok(true)
}

fn read(path: &Path) -> anyhow::Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        return read.context("reading standard input").map(|_| text);
    }
    std::fs::read_to_string(path).with_context(|| format!("reading `{}`", path.display()))
}

/// An id is digits and a `-`; whatever else was typed is no part of the path.
fn in_path(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect()
}
