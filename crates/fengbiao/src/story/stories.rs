//! What an incident's posts say: each leading story with its count, and where it can be read.

use fengbiao_model::Timestamp;
use fengbiao_wire::parse_time;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::Story;
use super::words::Words;
use crate::limits::{SHOWN_POST_CHARS, SHOWN_STORIES, SHOWN_STORY_LINKS};
use crate::terminal::harmless;

/// Posts that say the same.
pub(super) struct Leading {
    posts: u64,
    links: Vec<StoryLink>,
}

/// One of them.
struct StoryLink {
    post: String,
    source: String,
    url: Option<String>,
    published_at: Option<Timestamp>,
    found_at: Option<Timestamp>,
    reach: u64,
}

impl Leading {
    /// From an answer of the API.
    pub(super) fn read(story: &Value) -> Self {
        let links = story["links"].as_array();
        Self {
            posts: story["posts"].as_u64().unwrap_or_default(),
            links: links.into_iter().flatten().map(StoryLink::read).collect(),
        }
    }
}

impl StoryLink {
    fn read(link: &Value) -> Self {
        let text = |name: &str| link[name].as_str().map(str::to_owned);
        let time = |name: &str| parse_time(link[name].as_str()?, &TimeZone::UTC).ok();
        Self {
            post: text("post").unwrap_or_default(),
            source: text("source").unwrap_or_default(),
            url: text("url"),
            published_at: time("published_at"),
            found_at: time("found_at"),
            reach: link["reach"].as_u64().unwrap_or_default(),
        }
    }

    fn line(&self, words: &Words<'_>) -> String {
        let at = match (self.published_at, self.found_at) {
            (Some(at), _) => words.hours.short(at),
            (None, Some(at)) => {
                format!("{} {}", words.pick("发现", "found"), words.hours.short(at))
            }
            (None, None) => "–".to_owned(),
        };
        let source = harmless(&self.source);
        let reach = format!("{} {}", words.pick("转评赞", "reach"), self.reach);
        let url = self.url.as_deref().map(harmless).unwrap_or_default();
        let line = format!("{at}  {source}  {reach}  {url}");
        line.trim_end().to_owned()
    }
}

impl Story {
    /// The leading stories, each with its count and the links of its posts.
    pub(super) fn stories(&self, words: &Words<'_>, out: &mut String) {
        if self.stories.is_empty() {
            return;
        }
        let title = words.pick(
            "主要内容：发布、来源、转评赞、链接",
            "stories: published, source, reach, link",
        );
        let shown = self.stories.len().min(SHOWN_STORIES);
        let (of, all) = (words.pick("共", "of"), self.incident.totals.stories);
        out.push_str(&format!("\n{title}（{shown}，{of} {all}）\n"));
        for story in self.stories.iter().take(SHOWN_STORIES) {
            let posts = words.pick("帖", "posts");
            let subject = self.subject_of_story(story);
            let head = format!("  {} {posts}  {subject}", story.posts);
            out.push_str(&format!("{}\n", head.trim_end()));
            for link in story.links.iter().take(SHOWN_STORY_LINKS) {
                out.push_str(&format!("    {}\n", link.line(words)));
            }
            let listed = story.links.len().min(SHOWN_STORY_LINKS);
            let more = story
                .posts
                .saturating_sub(u64::try_from(listed).unwrap_or(u64::MAX));
            if more > 0 {
                let more = match words.pick("", "en") {
                    "" => format!("另有 {more} 帖未列出"),
                    _ => format!("and {more} more"),
                };
                out.push_str(&format!("    {more}\n"));
            }
        }
    }

    /// The beginning of the post that was found first among those that are linked.
    fn subject_of_story(&self, story: &Leading) -> String {
        let first = self.quotes.iter().find(|quote| {
            let post = quote.post.to_string();
            story.links.iter().any(|link| link.post == post)
        });
        first.map_or_else(String::new, |quote| {
            Words::subject_of(quote, SHOWN_POST_CHARS)
        })
    }
}
