//! The demonstration: the same daemon in a scratch directory, on a clock that begins hours ago.
//!
//! The posts are in the project's own words and tell of two places that do not exist; they are
//! added to the list of places, and calm is shortened, so that the end is seen too.

mod page;

use std::sync::Arc;

use anyhow::Context;
use fengbiao_crawler::{Context as CrawlerContext, Running, Source};
use fengbiao_lexicon::LexiconText;
use fengbiao_model::{PostRecord, SourceId, TimeSpan, Timestamp};
use serde::Deserialize;

use crate::config::Config;
use crate::lexicons;

pub(crate) use page::page;

/// How far back the demonstration begins.
pub(crate) const AGO: TimeSpan = TimeSpan::from_hours(10);
/// How long the hurry to the present lasts, in real time.
pub(crate) const HURRY: std::time::Duration = std::time::Duration::from_secs(22);
/// After how long without a hit a tier goes down, in the demonstration only.
const CALM: &str = "calm_after = \"2h\"";
/// The places of the story; there are none of these names.
const PLACES: &str = "青禾县 = 青禾\n临溪县 = 临溪\n";
const POSTS: &str = include_str!("demo/posts.ndjson");

/// The shipped lexicon with the places of the story and a shorter calm.
pub(crate) fn lexicon() -> LexiconText {
    let mut text = lexicons::shipped();
    for (path, text) in &mut text.files {
        if path == "lists/places.txt" {
            text.push_str(PLACES);
        } else {
            for calm in ["24h", "12h", "6h"].map(|span| format!("calm_after = \"{span}\"")) {
                *text = text.replace(&calm, CALM);
            }
        }
    }
    text
}

/// Leaves out what would tell others of the demonstration, and what its hurrying clock upsets.
pub(crate) fn leave_out(config: &mut Config) {
    config.source.clear();
    // Its clock hurries: everything would be late.
    config.watchdog.enabled = false;
    config.receiver.clear();
    // Nor what names receivers or topics: all notices of the demonstration go to the terminal, and
    // its topics are the shipped ones.
    config.route.clear();
    config.inhibit.clear();
    config.chain.clear();
    config.schedule.clear();
    config.deadline = None;
}

/// One line of the story.
#[derive(Deserialize)]
struct Line {
    at_minute: f64,
    #[serde(flatten)]
    post: serde_json::Map<String, serde_json::Value>,
}

/// Makes a post of a JSON object of the public shape.
pub(crate) type Prepare =
    Arc<dyn Fn(&serde_json::Value) -> anyhow::Result<PostRecord<'static>> + Send + Sync>;

/// The story as a source.
pub(crate) struct Story {
    id: SourceId,
    began: Timestamp,
    prepare: Prepare,
}

impl Story {
    pub(crate) fn new(began: Timestamp, prepare: Prepare) -> anyhow::Result<Self> {
        Ok(Self {
            id: SourceId::new("demonstration")?,
            began,
            prepare,
        })
    }

    /// Every post as it will be given, with its time.
    fn posts(&self) -> anyhow::Result<Vec<(Timestamp, serde_json::Value)>> {
        let mut posts = Vec::new();
        for (number, line) in POSTS.lines().enumerate() {
            let line: Line =
                serde_json::from_str(line).with_context(|| format!("line {}", number + 1))?;
            #[allow(clippy::cast_possible_truncation, reason = "minutes of one day")]
            let at = self.began + TimeSpan::from_millis((line.at_minute * 60_000.0) as i64);
            let mut post = line.post;
            post.insert("published_at".to_owned(), at.as_millis().into());
            posts.push((at, post.into()));
        }
        Ok(posts)
    }

    /// Gives each post at its time, so that it is found when it is there to be found.
    async fn tell(&self, context: &CrawlerContext) -> anyhow::Result<()> {
        for (at, post) in self.posts()? {
            if !context.wait(at.since(context.clock.wall())).await {
                return Ok(());
            }
            context.outlet.accept(vec![(self.prepare)(&post)?]).await?;
        }
        Ok(())
    }
}

impl Source for Story {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn run<'a>(&'a mut self, context: &'a CrawlerContext) -> Running<'a> {
        Box::pin(async move {
            if let Err(error) = self.tell(context).await {
                tracing::error!(%error, "the story of the demonstration ends early");
            }
            Ok(())
        })
    }
}
