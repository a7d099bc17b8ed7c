//! Notices to a WeCom (企业微信) group bot.
//!
//! The protocol is that of doc 99110: one POST a message, success is `errcode` 0 in the body and
//! not the HTTP status, a markdown message has 4,096 bytes, a bot says 20 messages a minute. A
//! longer notice goes out in numbered parts, in order.

mod markdown;
mod pace;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fengbiao_model::{Clock, Tier};
use reqwest::{Client, Url};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use crate::limits::{
    DEFAULT_TIMEOUT_SECS, MAX_WECOM_MARKDOWN_BYTES, MAX_WECOM_MESSAGES_IN_WINDOW,
    MAX_WECOM_TEXT_BYTES, WECOM_FREQUENCY_WAIT_MILLIS, WECOM_WINDOW_SECS,
};
use crate::progress::{Progress, content_of};
use crate::text::{Card, Line, Phrasing};
use crate::{Outgoing, Secret, Sending, SetupError, Sink, SinkError, http, split};
use pace::Pace;

/// Whom a bot calls by name, in a text message after the card: markdown cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// From this tier on.
    pub from_tier: Tier,
    /// Everybody in the group.
    pub all: bool,
    /// Telephone numbers of persons on duty.
    pub mobiles: Vec<String>,
}

/// One bot.
#[derive(Clone, Debug, PartialEq)]
pub struct WecomOptions {
    /// The bot's key: what stands in its link after `key=`.
    pub key: Secret,
    /// The service, without a path.
    pub base_url: String,
    /// Language and time zone.
    pub phrasing: Phrasing,
    /// Whom to call, if anybody.
    pub mention: Option<Mention>,
    /// How long one request may take.
    pub timeout: Duration,
}

impl WecomOptions {
    /// A bot of the public service that calls nobody.
    #[must_use]
    pub fn new(key: Secret, phrasing: Phrasing) -> Self {
        Self {
            key,
            base_url: "https://qyapi.weixin.qq.com".to_owned(),
            phrasing,
            mention: None,
            timeout: Duration::from_secs(DEFAULT_TIMEOUT_SECS),
        }
    }
}

/// Sends each notice as markdown to one bot.
///
/// The service knows no idempotency key. After a failure between two parts the next attempt begins
/// at the part that failed; if the process dies in between, at the first. Each message ends with
/// the notice's id.
pub struct WecomSink {
    options: WecomOptions,
    url: Url,
    client: Client,
    clock: Arc<dyn Clock>,
    progress: Progress,
    pace: Mutex<Pace>,
    /// The service counts in real time, whatever the product's clock says.
    started: Instant,
}

impl WecomSink {
    /// # Errors
    /// [`SetupError`] where the key is empty, the link is none, or no client can be made.
    pub fn new(options: WecomOptions, clock: Arc<dyn Clock>) -> Result<Self, SetupError> {
        if options.key.reveal().trim().is_empty() {
            return Err(SetupError::NoKey);
        }
        let mut url = http::link(&options.base_url)?;
        url.set_path("/cgi-bin/webhook/send");
        url.query_pairs_mut()
            .clear()
            .append_pair("key", options.key.reveal());
        let client = http::client(options.timeout)?;
        let window = Duration::from_secs(WECOM_WINDOW_SECS);
        let pace = Mutex::new(Pace::new(MAX_WECOM_MESSAGES_IN_WINDOW, window));
        let progress = Progress::default();
        Ok(Self {
            options,
            url,
            client,
            clock,
            progress,
            pace,
            started: Instant::now(),
        })
    }

    /// All messages of a notice, as JSON bodies in order.
    fn messages(&self, outgoing: &Outgoing) -> Vec<Vec<u8>> {
        let notice = &outgoing.notice;
        let number = |part: usize, of: usize| format!("({part}/{of}) #{}", notice.number);
        let card = Card::new(outgoing, &self.options.phrasing);
        let dress = |line: &Line| markdown::dressed(line, notice.tier);
        let cards = split::parts(&card.lines, MAX_WECOM_MARKDOWN_BYTES, dress, number);
        let mut messages: Vec<serde_json::Value> = cards
            .into_iter()
            .map(|content| json!({ "msgtype": "markdown", "markdown": { "content": content } }))
            .collect();
        if let Some(mention) = self.mention_of(notice.tier) {
            let lines = Card::brief(outgoing, &self.options.phrasing);
            let texts = split::parts(&lines, MAX_WECOM_TEXT_BYTES, plain, number);
            for (index, content) in texts.into_iter().enumerate() {
                let mut text = json!({ "content": content });
                // One call is enough.
                if index == 0 && mention.all {
                    text["mentioned_list"] = json!(["@all"]);
                }
                if index == 0 && !mention.mobiles.is_empty() {
                    text["mentioned_mobile_list"] = json!(mention.mobiles);
                }
                messages.push(json!({ "msgtype": "text", "text": text }));
            }
        }
        messages
            .into_iter()
            .map(|message| message.to_string().into_bytes())
            .collect()
    }

    fn mention_of(&self, tier: Tier) -> Option<&Mention> {
        let mention = self.options.mention.as_ref()?;
        let calls = mention.all || !mention.mobiles.is_empty();
        (calls && tier >= mention.from_tier).then_some(mention)
    }

    async fn wait_for_turn(&self) {
        let now = self.started.elapsed();
        let wait = self
            .pace
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .reserve(now);
        tokio::time::sleep(wait).await;
    }

    async fn post(&self, message: Vec<u8>) -> Result<(), SinkError> {
        self.wait_for_turn().await;
        let request = self.client.post(self.url.clone());
        let request = request
            .header("content-type", "application/json")
            .body(message);
        let response = request.send().await.map_err(http::unreachable)?;
        if !response.status().is_success() {
            let now = self.clock.wall();
            return Err(http::refusal(response.status(), response.headers(), now));
        }
        let body = http::body(response).await?;
        let answer: Answer = serde_json::from_slice(&body).map_err(|_| {
            SinkError::later("the answer is not the JSON of a WeCom bot, expected `errcode`")
        })?;
        answer.meaning(&self.options.key)
    }
}

impl Sink for WecomSink {
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(async move {
            let key = &outgoing.notice.key;
            let messages = self.messages(outgoing);
            let content = content_of(messages.iter().map(Vec::as_slice));
            let post = |message| self.post(message);
            self.progress.send_rest(key, content, messages, post).await
        })
    }
}

fn plain(line: &Line) -> String {
    match line.label {
        Some(label) => format!("{label} {}", line.text()),
        None => line.text(),
    }
}

/// The answer of the service. Only the code decides; the message is for people.
#[derive(Debug, Deserialize)]
struct Answer {
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

impl Answer {
    fn meaning(&self, key: &Secret) -> Result<(), SinkError> {
        let code = self.errcode;
        let said = http::shown(&key.redact(&self.errmsg));
        match code {
            0 => Ok(()),
            45009 => Err(SinkError::Retry {
                reason: "errcode `45009`: the bot speaks too often".to_owned(),
                after_millis: Some(WECOM_FREQUENCY_WAIT_MILLIS),
            }),
            40058 => Err(SinkError::never(
                "errcode `40058`: a message is too long or malformed",
            )),
            93000 => Err(SinkError::never(
                "errcode `93000`: the key of the bot is not valid\nhint: the bot may have been \
                 taken out of its group; make a new one and configure its key",
            )),
            // -1 means busy; other codes are not in our table, and a schedule that ends is the
            // safe answer to them.
            code => Err(SinkError::later(format!("errcode `{code}`: {said}"))),
        }
    }
}
