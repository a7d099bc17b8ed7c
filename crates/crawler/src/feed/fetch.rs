//! Polite requests: one at a time per host, with a pause between them, and robots.txt first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use fengbiao_model::{Clock, TimeSpan, Timestamp};
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Client, Response, StatusCode};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use super::retry_after::retry_after;
use super::robots::{Rules, Verdict};
use crate::limits::{
    MAX_REDIRECTS, MAX_ROBOTS_BYTES, MAX_SERVER_DELAY_HOURS, REQUEST_TIMEOUT_SECS,
    ROBOTS_MAX_AGE_HOURS, ROBOTS_RETRY_MINUTES, SHOWN_LINK_CHARS,
};

/// The name by which robots.txt may address the crawler.
const PRODUCT: &str = "fengbiao";

/// How a crawler asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchOptions {
    /// Where a site's owner reaches the crawler's: a link or a mail address. Sent with every
    /// request.
    pub contact: String,
    /// Least pause between two requests to one host, in real time: politeness is owed in the time
    /// of the others, also when a demonstration's clock runs fast.
    pub host_pause: Duration,
}

/// Why a page was not got.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Not a link over HTTP.
    #[error("`{0}` is not a link, expected `http://…` or `https://…`")]
    NotALink(String),
    /// The site does not want it.
    #[error("robots.txt of {host} disallows it")]
    Disallowed {
        /// The host.
        host: String,
    },
    /// robots.txt cannot be read, which counts as a no for now.
    #[error("robots.txt of {host} cannot be read: {why}; hint: it is tried again later")]
    NoRobots {
        /// The host.
        host: String,
        /// Why.
        why: String,
    },
    /// The server asks for patience.
    #[error("the server asks to come again in {after}")]
    Later {
        /// How long.
        after: TimeSpan,
    },
    /// Another status than expected.
    #[error("the server answers {0}")]
    Status(StatusCode),
    /// Too many redirects.
    #[error("more than {MAX_REDIRECTS} redirects")]
    Redirects,
    /// Larger than allowed.
    #[error("more than {limit} bytes")]
    TooLarge {
        /// Bytes that are allowed.
        limit: usize,
    },
    /// No connection, or it broke.
    #[error("no connection: {0}")]
    Connection(#[from] reqwest::Error),
}

/// A page that was got.
pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Asks servers, for all feeds of one process. Without cookies, without log-in.
pub struct Fetcher {
    client: Client,
    clock: Arc<dyn Clock>,
    options: FetchOptions,
    hosts: StdMutex<BTreeMap<String, Arc<Mutex<Host>>>>,
}

/// One host, as far as we know it.
#[derive(Default)]
struct Host {
    /// Not before.
    next: Option<Instant>,
    robots: Option<(Timestamp, Rules)>,
}

impl Fetcher {
    /// A fetcher that says who it is.
    pub fn new(options: FetchOptions, clock: Arc<dyn Clock>) -> Result<Self, FetchError> {
        let agent = format!(
            "{PRODUCT}/{} (+{})",
            env!("CARGO_PKG_VERSION"),
            options.contact
        );
        let client = Client::builder()
            .user_agent(agent)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(REQUEST_TIMEOUT_SECS))
            .build()?;
        Ok(Self {
            client,
            clock,
            options,
            hosts: StdMutex::default(),
        })
    }

    /// A page, after robots.txt, through redirects (whose hosts are asked too).
    pub(super) async fn get(
        &self,
        link: &str,
        headers: &HeaderMap,
        limit: usize,
    ) -> Result<Page, FetchError> {
        let mut url = parse(link)?;
        for _ in 0..=MAX_REDIRECTS {
            let host = self.host(&url);
            // Held during the request: one at a time per host.
            let mut host = host.lock().await;
            self.ask_robots(&mut host, &url).await?;
            let response = self.request(&mut host, &url, headers.clone()).await?;
            match redirected(&url, &response) {
                Some(target) => url = parse(target?.as_str())?,
                None => return self.page(response, limit).await,
            }
        }
        Err(FetchError::Redirects)
    }

    fn host(&self, url: &Url) -> Arc<Mutex<Host>> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(hosts.entry(url.origin().ascii_serialization()).or_default())
    }

    async fn request(
        &self,
        host: &mut Host,
        url: &Url,
        headers: HeaderMap,
    ) -> Result<Response, FetchError> {
        if let Some(next) = host.next {
            tokio::time::sleep_until(next).await;
        }
        let answered = self.client.get(url.clone()).headers(headers).send().await;
        let asked = match &host.robots {
            Some((_, rules)) => rules.delay().unwrap_or_default(),
            None => Duration::ZERO,
        };
        host.next = Some(Instant::now() + asked.max(self.options.host_pause));
        Ok(answered?)
    }

    async fn page(&self, response: Response, limit: usize) -> Result<Page, FetchError> {
        let (status, headers) = (response.status(), response.headers().clone());
        let busy = matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        );
        if let Some(after) = retry_after(&headers, self.clock.wall()).filter(|_| busy) {
            return Err(FetchError::Later { after });
        }
        if !status.is_success() && status != StatusCode::NOT_MODIFIED {
            return Err(FetchError::Status(status));
        }
        match read(response, limit).await? {
            (body, true) => Ok(Page {
                status,
                headers,
                body,
            }),
            (_, false) => Err(FetchError::TooLarge { limit }),
        }
    }

    async fn ask_robots(&self, host: &mut Host, url: &Url) -> Result<(), FetchError> {
        let now = self.clock.wall();
        let fresh = |(until, _): &(Timestamp, Rules)| now < *until;
        if !host.robots.as_ref().is_some_and(fresh) {
            let (age, rules) = self.robots(host, url, now).await;
            host.robots = Some((now + age, rules));
        }
        let name = url.host_str().unwrap_or_default().to_owned();
        let verdict = host
            .robots
            .as_ref()
            .map(|(until, rules)| (until, rules.verdict(url)));
        match verdict {
            Some((_, Verdict::Allowed)) | None => Ok(()),
            Some((_, Verdict::Disallowed)) => Err(FetchError::Disallowed { host: name }),
            Some((until, Verdict::Later)) => Err(FetchError::Later {
                after: until.since(now),
            }),
            Some((_, Verdict::Unknown(why))) => Err(FetchError::NoRobots { host: name, why }),
        }
    }

    /// The rules of a host and how long they are believed (RFC 9309, 2.3 and 2.4).
    async fn robots(&self, host: &mut Host, url: &Url, now: Timestamp) -> (TimeSpan, Rules) {
        let retry = TimeSpan::from_minutes(ROBOTS_RETRY_MINUTES);
        let day = TimeSpan::from_hours(ROBOTS_MAX_AGE_HOURS);
        let response = match self.robots_response(host, url).await {
            Ok(response) => response,
            Err(FetchError::Redirects) => return (day, Rules::All),
            Err(error) => return (retry, Rules::Unknown(error.to_string())),
        };
        let status = response.status();
        if status == StatusCode::TOO_MANY_REQUESTS {
            return (
                retry_after(response.headers(), now).unwrap_or(retry),
                Rules::Later,
            );
        }
        if status.is_server_error() {
            return (
                retry,
                Rules::Unknown(format!("the server answers {status}")),
            );
        }
        if !status.is_success() {
            return (day, Rules::All);
        }
        match read(response, MAX_ROBOTS_BYTES).await {
            Ok((body, _)) => (day, Rules::read(PRODUCT, &body)),
            Err(error) => (retry, Rules::Unknown(error.to_string())),
        }
    }

    async fn robots_response(&self, host: &mut Host, url: &Url) -> Result<Response, FetchError> {
        let mut at = url.clone();
        at.set_path("/robots.txt");
        at.set_query(None);
        at.set_fragment(None);
        for _ in 0..=MAX_REDIRECTS {
            let response = self.request(host, &at, HeaderMap::new()).await?;
            match redirected(&at, &response) {
                Some(target) => at = target?,
                None => return Ok(response),
            }
        }
        Err(FetchError::Redirects)
    }
}

fn parse(link: &str) -> Result<Url, FetchError> {
    let wrong = || FetchError::NotALink(link.chars().take(SHOWN_LINK_CHARS).collect());
    let url = Url::parse(link).map_err(|_| wrong())?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err(wrong())
    }
}

fn redirected(from: &Url, response: &Response) -> Option<Result<Url, FetchError>> {
    let redirects =
        response.status().is_redirection() && response.status() != StatusCode::NOT_MODIFIED;
    let target = response
        .headers()
        .get(LOCATION)
        .filter(|_| redirects)?
        .to_str()
        .ok()?;
    let url = from
        .join(target)
        .map_err(|_| FetchError::NotALink(target.to_owned()));
    Some(url.and_then(|url| parse(url.as_str())))
}

/// The body up to a bound, and whether that was all.
async fn read(mut response: Response, limit: usize) -> Result<(Vec<u8>, bool), reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = limit - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            return Ok((body, false));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body, true))
}

/// The longest pause that a robots.txt can ask for.
pub(super) const MAX_DELAY: Duration =
    Duration::from_secs(MAX_SERVER_DELAY_HOURS.unsigned_abs() * 3_600);
