//! Notices to a service of the owner's own: CloudEvents over HTTP, signed after Standard Webhooks.

use std::sync::Arc;
use std::time::Duration;

use fengbiao_model::Clock;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url};

use crate::event::{self, EventOptions};
use crate::limits::{DEFAULT_TIMEOUT_SECS, MAX_WEBHOOK_BODY_BYTES};
use crate::progress::{Progress, content_of};
use crate::{
    Outgoing, Secret, Sending, SetupError, Signature, SigningSecret, Sink, SinkError, http,
};

/// One address.
#[derive(Clone, Debug, PartialEq)]
pub struct WebhookOptions {
    /// Where to post, `http` or `https`. Such links often hold a token: it is shown nowhere.
    pub url: Secret,
    /// Signing secrets, `whsec_` and base64; several while one replaces another. Without any the
    /// events are not signed.
    pub secrets: Vec<Secret>,
    /// Headers to add, such as an `authorization`.
    pub headers: Vec<(String, Secret)>,
    /// How long one request may take.
    pub timeout: Duration,
    /// A notice whose event is larger goes out as several events (see [`WebhookSink`]).
    pub max_body_bytes: usize,
    /// What stands in every event.
    pub event: EventOptions,
}

impl WebhookOptions {
    /// An address with the usual bounds, without secrets and headers.
    #[must_use]
    pub fn new(url: Secret) -> Self {
        Self {
            url,
            secrets: Vec::new(),
            headers: Vec::new(),
            timeout: Duration::from_secs(DEFAULT_TIMEOUT_SECS),
            max_body_bytes: MAX_WEBHOOK_BODY_BYTES,
            event: EventOptions::default(),
        }
    }
}

/// Posts each notice as an event (`application/cloudevents+json`).
///
/// `webhook-id` is the event's id, the same on every attempt; `webhook-timestamp` is the attempt's
/// time in seconds. Success is 2xx, nothing else; redirects are not followed. An event above the
/// bound is divided by its quotes: each part is an event of its own, with the notice's other facts,
/// its own number in the id (`….0`, `….1`), and the extension attributes `part` (from 1) and
/// `parts`. A quote is never cut, so a single one may exceed the bound.
pub struct WebhookSink {
    url: Url,
    client: Client,
    secrets: Vec<SigningSecret>,
    headers: HeaderMap,
    max_body_bytes: usize,
    event: EventOptions,
    clock: Arc<dyn Clock>,
    progress: Progress,
}

/// One event ready to go.
struct Message {
    id: String,
    body: Vec<u8>,
}

impl WebhookSink {
    /// # Errors
    /// [`SetupError`] for a link, secret or header that cannot be used.
    pub fn new(options: WebhookOptions, clock: Arc<dyn Clock>) -> Result<Self, SetupError> {
        let url = http::link(options.url.reveal())?;
        let secrets = options.secrets.iter().enumerate();
        let secrets = secrets.map(|(index, secret)| SigningSecret::parse(secret, index + 1));
        Ok(Self {
            url,
            client: http::client(options.timeout)?,
            secrets: secrets.collect::<Result<_, _>>()?,
            headers: extra_headers(&options.headers)?,
            max_body_bytes: options.max_body_bytes,
            event: options.event,
            clock,
            progress: Progress::default(),
        })
    }

    fn message(&self, outgoing: &Outgoing, part: Option<(usize, usize)>) -> Message {
        let id = outgoing.id().to_string();
        Message {
            id,
            body: event::event_part(outgoing, &self.event, part),
        }
    }

    /// The events of a notice, in order.
    fn messages(&self, outgoing: &Outgoing) -> Vec<Message> {
        let whole = self.message(outgoing, None);
        if whole.body.len() <= self.max_body_bytes || outgoing.notice.quotes.len() < 2 {
            return vec![whole];
        }
        let groups = self.groups(outgoing);
        let parts = groups.len();
        let numbered = groups.into_iter().enumerate();
        numbered
            .map(|(index, part)| self.message(&part, Some((index + 1, parts))))
            .collect()
    }

    /// The notice with as many of its quotes as fit, then with the next, until all are told.
    fn groups(&self, outgoing: &Outgoing) -> Vec<Outgoing> {
        let mut groups: Vec<Outgoing> = Vec::new();
        for quote in &outgoing.notice.quotes {
            if let Some(last) = groups.last_mut() {
                last.notice.quotes.push(quote.clone());
                // Room for the largest numbers of parts.
                let size = self
                    .message(last, Some((usize::MAX, usize::MAX)))
                    .body
                    .len();
                if size <= self.max_body_bytes {
                    continue;
                }
                last.notice.quotes.pop();
            }
            let mut next = outgoing.clone();
            next.notice.key.part = u16::try_from(groups.len()).unwrap_or(u16::MAX);
            next.notice.quotes = vec![quote.clone()];
            groups.push(next);
        }
        groups
    }

    async fn post(&self, message: Message) -> Result<(), SinkError> {
        let now = self.clock.wall();
        let timestamp_secs = now.as_millis() / 1_000;
        let mut request = self
            .client
            .post(self.url.clone())
            .headers(self.headers.clone())
            .header(CONTENT_TYPE, event::MEDIA_TYPE)
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", timestamp_secs.to_string());
        if !self.secrets.is_empty() {
            let signature =
                Signature::of(&self.secrets, &message.id, timestamp_secs, &message.body);
            request = request.header("webhook-signature", signature.as_str());
        }
        let response = request
            .body(message.body)
            .send()
            .await
            .map_err(http::unreachable)?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(http::refusal(response.status(), response.headers(), now))
    }
}

impl Sink for WebhookSink {
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(async move {
            let key = &outgoing.notice.key;
            let messages = self.messages(outgoing);
            let content = content_of(messages.iter().map(|message| message.body.as_slice()));
            let post = |message| self.post(message);
            self.progress.send_rest(key, content, messages, post).await
        })
    }
}

/// Headers that the sink sets itself.
const OWN_HEADERS: [&str; 6] = [
    "content-type",
    "content-length",
    "host",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
];

fn extra_headers(headers: &[(String, Secret)]) -> Result<HeaderMap, SetupError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let wrong = |why: &str| SetupError::Header {
            name: name.clone(),
            why: why.to_owned(),
        };
        let header: HeaderName = name
            .parse()
            .map_err(|_| wrong("HTTP allows no such name"))?;
        if OWN_HEADERS.contains(&header.as_str()) {
            return Err(wrong("it is set by the webhook itself"));
        }
        let mut value = HeaderValue::from_str(value.reveal())
            .map_err(|_| wrong("its value has characters that HTTP does not allow"))?;
        value.set_sensitive(true);
        map.append(header, value);
    }
    Ok(map)
}
