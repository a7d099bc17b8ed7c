//! Polite requests: one at a time per host, with a pause between them, and robots.txt first.

use std::sync::Arc;
use std::time::Duration;

use fengbiao_model::{Clock, TimeSpan, Timestamp};
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Client, Response, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::hosts::{Host, Hosts};
use super::reach::{IsPublic, PublicOnly, is_private, is_public, names_private};
use super::retry_after::retry_after;
use super::robots::{Rules, Verdict};
use crate::limits::{
    MAX_KNOWN_HOSTS, MAX_REDIRECTS, MAX_ROBOTS_BYTES, MAX_SERVER_DELAY_HOURS, REQUEST_TIMEOUT_SECS,
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
    /// Not a link over HTTP. What stands behind `?` is not shown: it may be a secret.
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
    /// A redirect to a place where a site has no business to send us.
    #[error(
        "a redirect of {from} leads {to}, which is not followed; hint: configure the feed under the link that it has now"
    )]
    Astray {
        /// The host that redirects.
        from: String,
        /// Where it leads.
        to: &'static str,
    },
    /// Too many hosts are being asked.
    #[error("more than {MAX_KNOWN_HOSTS} hosts are asked; hint: configure fewer feeds")]
    Hosts,
    /// Larger than allowed.
    #[error("more than {limit} bytes")]
    TooLarge {
        /// Bytes that are allowed.
        limit: usize,
    },
    /// No connection, or it broke. Without the link, whose query may hold a secret.
    #[error("no connection: {0}")]
    Connection(#[source] reqwest::Error),
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        Self::Connection(error.without_url())
    }
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
    /// Reaches public addresses only.
    outside: Client,
    is_public: IsPublic,
    clock: Arc<dyn Clock>,
    options: FetchOptions,
    hosts: Hosts,
}

/// A link, and how we came to it.
#[derive(Clone)]
pub(super) struct Way {
    url: Url,
    /// Somebody outside our network has sent us there: it must lie outside, too.
    outside: bool,
}

impl Way {
    pub(super) const fn begin(url: Url) -> Self {
        Self {
            url,
            outside: false,
        }
    }
}

impl Fetcher {
    /// A fetcher that says who it is.
    pub fn new(options: FetchOptions, clock: Arc<dyn Clock>) -> Result<Self, FetchError> {
        Self::telling(is_public, options, clock)
    }

    /// One that tells public addresses from others in a way of its own.
    pub(super) fn telling(
        is_public: IsPublic,
        options: FetchOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, FetchError> {
        let agent = format!(
            "{PRODUCT}/{} (+{})",
            env!("CARGO_PKG_VERSION"),
            options.contact
        );
        let builder = || {
            Client::builder()
                .user_agent(&agent)
                .redirect(reqwest::redirect::Policy::none())
                .timeout(Duration::from_secs(REQUEST_TIMEOUT_SECS))
        };
        let outside = builder().dns_resolver(Arc::new(PublicOnly(is_public)));
        Ok(Self {
            client: builder().build()?,
            outside: outside.build()?,
            is_public,
            clock,
            options,
            hosts: Hosts::default(),
        })
    }

    /// A page, after robots.txt, through redirects (whose hosts are asked too).
    pub(super) async fn get(
        &self,
        link: &str,
        headers: &HeaderMap,
        limit: usize,
    ) -> Result<Page, FetchError> {
        let mut way = Way::begin(parse(link)?);
        for _ in 0..=MAX_REDIRECTS {
            let host = self.hosts.of(&way.url).ok_or(FetchError::Hosts)?;
            // Held during the request: one at a time per host.
            let mut host = host.lock().await;
            self.ask_robots(&mut host, &way).await?;
            let response = self.request(&mut host, &way, headers.clone()).await?;
            match redirected(&way.url, &response) {
                Some(target) => way = self.follow(&way, target?).await?,
                None => return self.page(response, limit).await,
            }
        }
        Err(FetchError::Redirects)
    }

    /// A redirect: not to where anybody between could read along, and not from the internet into the
    /// network that we run in.
    pub(super) async fn follow(&self, way: &Way, target: Url) -> Result<Way, FetchError> {
        let astray = |to| {
            let from = way.url.host_str().unwrap_or_default().to_owned();
            Err(FetchError::Astray { from, to })
        };
        if way.url.scheme() == "https" && target.scheme() != "https" {
            return astray("from https to http");
        }
        let outside = way.outside || !is_private(&way.url, self.is_public).await;
        if outside && names_private(&target, self.is_public) {
            return astray("to an address that is not public");
        }
        Ok(Way {
            url: target,
            outside,
        })
    }

    async fn request(
        &self,
        host: &mut Host,
        way: &Way,
        headers: HeaderMap,
    ) -> Result<Response, FetchError> {
        if let Some(next) = host.next {
            tokio::time::sleep_until(next).await;
        }
        let client = if way.outside {
            &self.outside
        } else {
            &self.client
        };
        let answered = client.get(way.url.clone()).headers(headers).send().await;
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

    async fn ask_robots(&self, host: &mut Host, way: &Way) -> Result<(), FetchError> {
        let url = &way.url;
        let now = self.clock.wall();
        let fresh = |(until, _): &(Timestamp, Rules)| now < *until;
        if !host.robots.as_ref().is_some_and(fresh) {
            let (age, rules) = self.robots(host, way, now).await;
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
    async fn robots(&self, host: &mut Host, way: &Way, now: Timestamp) -> (TimeSpan, Rules) {
        let retry = TimeSpan::from_minutes(ROBOTS_RETRY_MINUTES);
        let day = TimeSpan::from_hours(ROBOTS_MAX_AGE_HOURS);
        let response = match self.robots_response(host, way).await {
            Ok(response) => response,
            // One that leads nowhere is one that is not there.
            Err(FetchError::Redirects | FetchError::Astray { .. }) => return (day, Rules::All),
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

    async fn robots_response(&self, host: &mut Host, way: &Way) -> Result<Response, FetchError> {
        let mut at = way.clone();
        at.url.set_path("/robots.txt");
        at.url.set_query(None);
        at.url.set_fragment(None);
        for _ in 0..=MAX_REDIRECTS {
            let response = self.request(host, &at, HeaderMap::new()).await?;
            match redirected(&at.url, &response) {
                Some(target) => at = self.follow(&at, target?).await?,
                None => return Ok(response),
            }
        }
        Err(FetchError::Redirects)
    }
}

fn parse(link: &str) -> Result<Url, FetchError> {
    let shown = link.split(['?', '#']).next().unwrap_or_default();
    let wrong = || FetchError::NotALink(shown.chars().take(SHOWN_LINK_CHARS).collect());
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
    let url = from.join(target);
    Some(parse(url.as_ref().map_or(target, Url::as_str)))
}

/// The body up to a bound, and whether that was all.
async fn read(mut response: Response, limit: usize) -> Result<(Vec<u8>, bool), FetchError> {
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
