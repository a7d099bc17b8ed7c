//! `fengbiao purge`: a post is forgotten at once.

use axum::http::Method;
use serde_json::{Value, json};

use crate::app::App;
use crate::terminal;

pub(crate) fn run(app: &App, post: &str, by: &str) -> anyhow::Result<bool> {
    let answer = super::remote::call(
        app,
        Method::POST,
        "/v1/purge",
        Some(json!({ "post": post, "by": by })),
    )?
    .ok()?;
    if app.json() {
        terminal::print(&format!("{answer}\n"));
    } else {
        let posts = answer["posts"].as_array().map_or(0, Vec::len);
        let records = answer["records"].as_u64().unwrap_or_default();
        let kept = answer["brokers_keep_it_for"].as_str();
        terminal::print(&match (posts, records) {
            (0, _) if kept.is_some() => {
                "no hit and no incident has this link; a post that is no hit is named by its id\n"
                    .to_owned()
            }
            (posts, 0) if kept.is_some() => format!(
                "posts purged: {posts}; Kafka's brokers erase nothing before its time: what they hold \
                 of them goes within {}, and is ignored until then\n",
                kept.unwrap_or_default()
            ),
            (0, _) => "no post has this link\n".to_owned(),
            (_, 0) => {
                "the log has nothing of this post; what incidents and notices show of it goes, and \
                 should it come, it is ignored\n"
                    .to_owned()
            }
            _ => format!("posts purged: {posts}; records of the log erased: {records}\n"),
        });
        if posts > 0 {
            terminal::print(&kept_outside(&answer));
        }
    }
    Ok(answer["posts"]
        .as_array()
        .is_some_and(|posts| !posts.is_empty()))
}

/// What the purge does not reach.
fn kept_outside(answer: &Value) -> String {
    let files = answer["files"].as_array().map_or(&[][..], Vec::as_slice);
    let mut said = String::new();
    for file in files {
        let name = |key: &str| file[key].as_str().unwrap_or_default();
        said.push_str(&format!(
            "not erased: the file of receiver `{}`, `{}`, and what was rotated away from it, may have \
             lines that quote it\n",
            name("receiver"),
            name("path")
        ));
    }
    said.push_str("not taken back: messages that receivers have been sent already\n");
    if !files.is_empty() {
        said.push_str("hint: take the lines out by hand, or delete the files\n");
    }
    said
}
