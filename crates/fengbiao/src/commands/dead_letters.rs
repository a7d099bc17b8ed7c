//! `fengbiao dead-letters`: what could not be read or delivered, and why.

use axum::http::Method;

use crate::app::App;
use crate::cli::DeadLettersCommand;
use crate::terminal;

pub(crate) fn run(app: &App, command: &DeadLettersCommand) -> anyhow::Result<bool> {
    let DeadLettersCommand::List { limit } = command;
    let path = format!("/v1/dead-letters?limit={limit}");
    let answer = super::remote::call(app, Method::GET, &path, None)?.ok()?;
    let letters = answer["dead_letters"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for letter in &letters {
        if app.json() {
            terminal::print(&format!("{letter}\n"));
            continue;
        }
        let field = |name: &str| super::scan::harmless(letter[name].as_str().unwrap_or_default());
        let at = terminal::local_text(letter["at"].as_str(), &app.loaded.zone);
        terminal::print(&format!(
            "{}  {}\n  {}\n  {}\n",
            at,
            field("origin"),
            field("reason"),
            field("payload").chars().take(200).collect::<String>()
        ));
    }
    if letters.is_empty() && !app.json() {
        terminal::print("no dead letters\n");
    }
    Ok(!letters.is_empty())
}
