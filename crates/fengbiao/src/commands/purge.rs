//! `fengbiao purge`: a post is forgotten at once.

use axum::http::Method;
use serde_json::json;

use crate::app::App;
use crate::terminal;

pub(crate) fn run(app: &App, post: &str) -> anyhow::Result<bool> {
    let answer = super::remote::call(
        app,
        Method::POST,
        "/v1/purge",
        Some(json!({ "post": post })),
    )?
    .ok()?;
    if app.json() {
        terminal::print(&format!("{answer}\n"));
    } else {
        let posts = answer["posts"].as_array().map_or(0, Vec::len);
        let records = &answer["records"];
        terminal::print(&format!(
            "{posts} posts purged, {records} records of the log erased\n"
        ));
    }
    Ok(answer["posts"]
        .as_array()
        .is_some_and(|posts| !posts.is_empty()))
}
