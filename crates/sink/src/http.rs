//! What the sinks over HTTP share: one client, and what an answer or a failure means.

use std::error::Error as _;
use std::time::Duration;

use fengbiao_model::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url, redirect};

use crate::limits::{MAX_ANSWER_BYTES, MAX_RETRY_AFTER_SECS, MAX_SHOWN_ANSWER_CHARS};
use crate::{SetupError, SinkError};

/// A client that follows no redirect: a notice goes where it was addressed, or nowhere.
pub(crate) fn client(timeout: Duration) -> Result<Client, SetupError> {
    Client::builder()
        .timeout(timeout)
        .redirect(redirect::Policy::none())
        .user_agent(concat!("fengbiao/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(SetupError::Client)
}

/// A link of http or https. An error does not repeat it: such links often hold a key.
pub(crate) fn link(text: &str) -> Result<Url, SetupError> {
    let wrong = |why: String| SetupError::NotALink { why };
    let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(wrong(format!(
            "its scheme is `{other}`, expected `http` or `https`"
        ))),
    }
}

/// Fails where a text is no link that the sinks over HTTP could ask for or post to.
///
/// # Errors
/// [`SetupError::NotALink`], without the text in it.
pub fn check_link(text: &str) -> Result<(), SetupError> {
    link(text).map(drop)
}

/// No answer: it may work later. Links hold keys, so they are not in the reason.
pub(crate) fn unreachable(error: reqwest::Error) -> SinkError {
    let error = error.without_url();
    if error.is_timeout() {
        return SinkError::later("the receiver did not answer in time");
    }
    let mut reason = if error.is_connect() {
        "cannot connect to the receiver".to_owned()
    } else {
        "the connection to the receiver failed".to_owned()
    };
    let mut cause = error.source();
    while let Some(inner) = cause {
        cause = inner.source();
        // The innermost says what happened; those between repeat that something did.
        if cause.is_none() {
            reason.push_str(&format!(": {inner}"));
        }
    }
    SinkError::later(reason)
}

/// What a status outside of 2xx means.
pub(crate) fn refusal(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> SinkError {
    let code = status.as_u16();
    match code {
        // 408 Request Timeout, 425 Too Early, 429 Too Many Requests.
        408 | 425 | 429 | 500..=599 => SinkError::Retry {
            reason: format!("the receiver answered `{code}`"),
            after_millis: retry_after_millis(headers, now),
        },
        410 => SinkError::never(
            "the receiver answered `410`: this address is disabled\nhint: take it out of the \
             configuration, or give it its new address",
        ),
        300..=399 => SinkError::never(format!(
            "the receiver answered `{code}`, expected 2xx: redirects are not followed\nhint: \
             configure the address that it points to"
        )),
        _ => SinkError::never(format!("the receiver answered `{code}`, expected 2xx")),
    }
}

/// `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), within the bound.
fn retry_after_millis(headers: &HeaderMap, now: Timestamp) -> Option<u64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let millis = match text.parse::<u64>() {
        Ok(secs) => secs.saturating_mul(1_000),
        Err(_) => {
            let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
            let at = Timestamp::from_millis(at.as_millisecond());
            u64::try_from(at.since(now).as_millis()).ok()?
        }
    };
    Some(millis.min(MAX_RETRY_AFTER_SECS * 1_000))
}

/// The body of an answer, up to the bound.
pub(crate) async fn body(mut response: Response) -> Result<Vec<u8>, SinkError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(SinkError::later(format!(
                "the answer is longer than {MAX_ANSWER_BYTES} bytes"
            )));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A service's own message as it is shown in an error: short, and without control characters.
pub(crate) fn shown(message: &str) -> String {
    let short: String = message.chars().take(MAX_SHOWN_ANSWER_CHARS).collect();
    short.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_in_both_forms() {
        // 2026-11-23T06:00:00Z
        let now = Timestamp::from_millis(1_795_413_600_000);
        let check = |text: &str, expected: Option<u64>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            assert_eq!(retry_after_millis(&headers, now), expected, "{text}");
        };
        check("120", Some(120_000));
        check("Mon, 23 Nov 2026 06:01:30 GMT", Some(90_000));
        check("Mon, 23 Nov 2026 05:00:00 GMT", Some(0));
        check("99999999999999999999", None);
        check("999999999", Some(86_400_000));
        check("soon", None);
    }

    #[test]
    fn links_are_absolute_and_of_http() {
        for link in ["http://a", "https://a:8443/b?key=c"] {
            assert!(check_link(link).is_ok(), "{link}");
        }
        for (link, why) in [
            ("htp:/x", "its scheme is `htp`"),
            ("ftp://x/y", "its scheme is `ftp`"),
            ("http://", "empty host"),
            ("nope", "relative URL"),
            ("fengbiao.example", "relative URL"),
        ] {
            let said = check_link(link).unwrap_err().to_string();
            assert!(said.contains(why) && said.contains("hint: "), "{said}");
        }
    }

    #[test]
    fn statuses() {
        let kind = |code: u16| {
            let status = StatusCode::from_u16(code).unwrap();
            match refusal(status, &HeaderMap::new(), Timestamp::EPOCH) {
                SinkError::Retry { .. } => "later",
                SinkError::Final { .. } => "never",
            }
        };
        for code in [408, 425, 429, 500, 502, 503, 599] {
            assert_eq!(kind(code), "later", "{code}");
        }
        for code in [301, 302, 304, 307, 400, 401, 404, 410, 413, 422] {
            assert_eq!(kind(code), "never", "{code}");
        }
    }
}
