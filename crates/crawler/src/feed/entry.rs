//! One entry of a feed as what a post is made of.

use feed_rs::model::Entry;
use fengbiao_model::Timestamp;

use super::html::to_text;
use crate::prepare::Raw;

/// An entry, its HTML read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    id: Option<String>,
    link: Option<String>,
    title: Option<String>,
    text: String,
    author: Option<String>,
    published_at: Option<Timestamp>,
}

impl Item {
    /// None for an entry in which nothing stands.
    pub(super) fn of(entry: Entry) -> Option<Self> {
        let read = |html: String| Some(to_text(&html)).filter(|text| !text.is_empty());
        let title = entry.title.and_then(|title| read(title.content));
        let content = entry
            .content
            .and_then(|content| content.body)
            .and_then(read);
        let text = content.or_else(|| entry.summary.and_then(|summary| read(summary.content)));
        // Hot lists have nothing but titles: then the title is the text.
        let (title, text) = match (title, text) {
            (title, Some(text)) => (title.filter(|title| *title != text), text),
            (Some(title), None) => (None, title),
            (None, None) => return None,
        };
        let alternate = |rel: &Option<String>| rel.as_deref().is_none_or(|rel| rel == "alternate");
        let link = entry
            .links
            .iter()
            .find(|link| alternate(&link.rel))
            .or(entry.links.first());
        let time = entry.published.or(entry.updated);
        Some(Self {
            id: Some(entry.id).filter(|id| !id.trim().is_empty()),
            link: link.map(|link| link.href.clone()),
            title,
            text,
            author: entry
                .authors
                .into_iter()
                .find_map(|author| author.name.or(author.email)),
            published_at: time.map(|time| Timestamp::from_millis(time.timestamp_millis())),
        })
    }

    /// By what the entry is known in its feed.
    pub(super) fn identity(&self) -> &str {
        self.id
            .as_deref()
            .or(self.link.as_deref())
            .unwrap_or(&self.text)
    }

    /// What may change in it.
    pub(super) fn content(&self) -> String {
        format!(
            "{}\n{}",
            self.title.as_deref().unwrap_or_default(),
            self.text
        )
    }

    pub(super) fn raw(&self) -> Raw<'_> {
        Raw {
            id: self.id.as_deref(),
            url: self.link.as_deref(),
            title: self.title.as_deref(),
            text: &self.text,
            author: self.author.as_deref(),
            published_at: self.published_at,
            ..Raw::default()
        }
    }

    /// The entry for a dead letter: without its author.
    pub(super) fn impersonal(&self) -> Vec<u8> {
        let value = serde_json::json!({ "title": self.title, "text": self.text, "url": self.link });
        value.to_string().into_bytes()
    }
}
