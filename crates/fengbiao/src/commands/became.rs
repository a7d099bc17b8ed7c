//! What became of a command that the alerter was asked for.

use serde_json::Value;

use crate::app::App;
use crate::terminal;

/// Says that it is done, with the number of what it made, called `made`; or that it waits still. One
/// that was refused has not come so far.
pub(super) fn say(app: &App, answer: &Value, done: &str, made: &str) {
    if app.json() {
        return terminal::print(&format!("{answer}\n"));
    }
    let command = answer["command"].as_u64().unwrap_or_default();
    let said = match (answer["done"] == true, answer["number"].as_u64()) {
        (true, Some(number)) => format!("{done}, as {made} {number}"),
        (true, None) => done.to_owned(),
        (false, _) => format!(
            "sent as command {command}; it waits for the alerter, which may still refuse it\n\
             hint: look in a moment whether it was done; `fengbiao doctor` says what the alerter lacks"
        ),
    };
    terminal::print(&format!("{said}\n"));
}
