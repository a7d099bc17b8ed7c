//! RSS, Atom and JSON feeds, asked politely: conditional requests, robots.txt, `Retry-After`, one
//! request at a time per host.

mod charset;
mod entry;
mod fetch;
mod hosts;
mod html;
mod reach;
mod retry_after;
mod robots;
mod seen;

use std::sync::Arc;

use fengbiao_model::{PostRecord, SourceId, TimeSpan};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue};
use reqwest::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};

use crate::limits::{
    MAX_FEED_BACKOFF_HOURS, MAX_FEED_BYTES, MAX_FEED_ENTRIES, MIN_FEED_WAIT_MILLIS,
};
use crate::local_state::LocalState;
use crate::outlet::DeadLetter;
use crate::prepare::Preparer;
use crate::source::{Context, Running, Source, SourceError};

use entry::Item;
use fetch::Page;
use seen::{FeedMemory, News};

pub use fetch::{FetchError, FetchOptions, Fetcher};

const STATE_KIND: &str = "feed";

/// A feed that is asked again and again.
pub struct FeedSource {
    /// Where it is.
    pub url: String,
    /// How often it is asked; once a second at most.
    pub interval: TimeSpan,
    /// How its entries become posts, and the name of the source.
    pub preparer: Preparer,
    /// Who asks, shared by all feeds.
    pub fetcher: Arc<Fetcher>,
    /// Where ETags and seen entries are remembered; without it, until the process ends.
    pub state: Option<LocalState>,
}

/// Why a poll brought nothing.
#[derive(Debug, thiserror::Error)]
enum PollError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("not a feed: {0}; hint: RSS, Atom and JSON Feed are understood")]
    NotAFeed(#[from] feed_rs::parser::ParseFeedError),
}

impl Source for FeedSource {
    fn id(&self) -> &SourceId {
        &self.preparer.intake().source
    }

    fn run<'a>(&'a mut self, context: &'a Context) -> Running<'a> {
        Box::pin(self.poll_on(context))
    }
}

impl FeedSource {
    async fn poll_on(&self, context: &Context) -> Result<(), SourceError> {
        let mut memory = self.remembered();
        let mut failures: u32 = 0;
        let mut told = String::new();
        while !context.stopping() {
            let polled = tokio::select! {
                polled = self.poll(&memory) => polled,
                () = context.stopped() => break,
            };
            let taken = match polled {
                Ok(None) => Ok(()),
                Ok(Some(page)) => match self.take(context, &mut memory, &page).await {
                    Some(taken) => taken,
                    None => break,
                },
                Err(error) => Err(error),
            };
            // Counted when it is known how it ended: a request may outlast the minute.
            let pause = match taken {
                Ok(()) => {
                    context.tally.poll();
                    context.tally.works();
                    failures = 0;
                    self.interval
                }
                Err(error) => self.failed(context, &error, &mut failures, &mut told),
            };
            let pause = pause.max(TimeSpan::from_millis(MIN_FEED_WAIT_MILLIS));
            if !context.wait(self.jittered(context, pause)).await {
                break;
            }
        }
        Ok(())
    }

    /// The feed, or none when it has not changed.
    async fn poll(&self, memory: &FeedMemory) -> Result<Option<Page>, PollError> {
        let mut headers = HeaderMap::new();
        let mut put = |name: HeaderName, value: &Option<String>| {
            let value = value
                .as_deref()
                .and_then(|value| HeaderValue::from_str(value).ok());
            if let Some(value) = value {
                headers.insert(name, value);
            }
        };
        put(IF_NONE_MATCH, &memory.etag);
        put(IF_MODIFIED_SINCE, &memory.last_modified);
        let page = self
            .fetcher
            .get(&self.url, &headers, MAX_FEED_BYTES)
            .await?;
        Ok((page.status != StatusCode::NOT_MODIFIED).then_some(page))
    }

    /// Stores what is new in a feed; none when all is to stop before it is durable.
    async fn take(
        &self,
        context: &Context,
        memory: &mut FeedMemory,
        page: &Page,
    ) -> Option<Result<(), PollError>> {
        let (items, left) = match items(page, &self.url) {
            Ok(read) => read,
            Err(error) => return Some(Err(error)),
        };
        context.left_unread(left);
        let mut next = memory.clone();
        let (records, letters) = self.news(&mut next, items);
        if !context.accept(records).await {
            return None;
        }
        for (letter, code) in letters {
            if !context.dead_letter(letter, code).await {
                return None;
            }
        }
        let text = |name| {
            page.headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        next.etag = text(ETAG);
        next.last_modified = text(LAST_MODIFIED);
        *memory = next;
        self.remember(memory);
        Some(Ok(()))
    }

    /// What is not known yet, oldest first as far as the feed is in the usual order.
    fn news(
        &self,
        memory: &mut FeedMemory,
        items: Vec<Item>,
    ) -> (Vec<PostRecord<'static>>, Vec<(DeadLetter, &'static str)>) {
        let (mut records, mut letters) = (Vec::new(), Vec::new());
        for item in items.into_iter().rev() {
            let content = item.content();
            let news = memory.look(item.identity(), &content);
            memory.remember(item.identity(), &content);
            if news == News::Known {
                continue;
            }
            match self.preparer.raw(&item.raw()) {
                Ok(prepared) => records.push(match prepared.record {
                    PostRecord::Post(post) if news == News::Changed => PostRecord::Update(post),
                    record => record,
                }),
                Err(refusal) => {
                    let origin = format!("{}: an entry of the feed", self.id());
                    let letter = self.preparer.letter(origin, &item.impersonal(), &refusal);
                    letters.push((letter, refusal.code()));
                }
            }
        }
        (records, letters)
    }

    /// Counts a failure and says it once: the pause before the next attempt.
    fn failed(
        &self,
        context: &Context,
        error: &PollError,
        failures: &mut u32,
        told: &mut String,
    ) -> TimeSpan {
        let text = error.to_string();
        context.failed_poll(&text);
        *failures = failures.saturating_add(1);
        if text == *told {
            tracing::debug!(source = %self.id(), error = %text, failures, "the feed fails still");
        } else {
            tracing::warn!(source = %self.id(), error = %text, "the feed cannot be read");
            *told = text;
        }
        let doubled = self
            .interval
            .max(TimeSpan::from_millis(MIN_FEED_WAIT_MILLIS))
            .as_millis()
            .saturating_mul(1 << (*failures).min(16));
        let longest = TimeSpan::from_hours(MAX_FEED_BACKOFF_HOURS).max(self.interval);
        let pause = TimeSpan::from_millis(doubled).min(longest);
        match error {
            // Asked for patience, not refused: no longer than that, no shorter than usual.
            PollError::Fetch(FetchError::Later { after }) => (*after).max(self.interval),
            _ => pause,
        }
    }

    /// The pause and up to a tenth more, so that feeds of one interval do not march in step. It
    /// need not be random, only different.
    fn jittered(&self, context: &Context, pause: TimeSpan) -> TimeSpan {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.url.as_bytes());
        hasher.update(&context.clock.monotonic().as_millis().to_le_bytes());
        let share = i64::from(hasher.finalize().as_bytes()[0]);
        TimeSpan::from_millis(pause.as_millis() + pause.as_millis() / 10 * share / 255)
    }

    fn remembered(&self) -> FeedMemory {
        let kept: Option<FeedMemory> = self
            .state
            .as_ref()
            .and_then(|state| state.read(STATE_KIND, self.id().as_str()));
        kept.filter(|kept| kept.url == self.url)
            .unwrap_or_else(|| FeedMemory::new(&self.url))
    }

    fn remember(&self, memory: &FeedMemory) {
        let Some(state) = &self.state else { return };
        if let Err(error) = state.write(STATE_KIND, self.id().as_str(), memory) {
            tracing::warn!(source = %self.id(), %error, "what was seen is not remembered");
        }
    }
}

/// The entries in which something stands, and how many were not read because there are too many.
fn items(page: &Page, url: &str) -> Result<(Vec<Item>, usize), PollError> {
    let content_type = page
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let text = charset::decode(&page.body, content_type);
    let parser = feed_rs::parser::Builder::new()
        .base_uri(Some(url))
        .sanitize_content(false)
        // The usual one makes a random id for an entry without link, new at every poll.
        .id_generator(|_, _, _| String::new())
        .build();
    let feed = parser.parse(text.as_bytes())?;
    let left = feed.entries.len().saturating_sub(MAX_FEED_ENTRIES);
    let read = feed.entries.into_iter().take(MAX_FEED_ENTRIES);
    Ok((read.filter_map(Item::of).collect(), left))
}

#[cfg(test)]
mod tests;
