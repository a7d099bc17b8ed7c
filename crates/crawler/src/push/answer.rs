//! What a sender is told.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use fengbiao_model::PostId;
use serde::Serialize;

use crate::limits::PUSH_READ_TIMEOUT_SECS;
use crate::prepare::Refusal;

/// What became of one line.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    line: usize,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Outcome {
    pub(super) fn accepted(line: usize, id: Option<PostId>) -> Self {
        let post_id = id.map(|id| id.to_string());
        Self {
            line,
            outcome: "accepted",
            post_id,
            code: None,
            error: None,
        }
    }

    pub(super) fn refused(line: usize, why: &Refusal) -> Self {
        let (code, error) = (Some(why.code()), Some(why.to_string()));
        Self {
            line,
            outcome: "refused",
            post_id: None,
            code,
            error,
        }
    }
}

pub(super) fn outcomes(outcomes: &[Outcome]) -> Response {
    let mut body = String::new();
    for outcome in outcomes {
        // Numbers and texts always have a JSON form.
        body.push_str(&serde_json::to_string(outcome).unwrap_or_default());
        body.push('\n');
    }
    ([(CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

/// What the status of an answer means.
pub const STATUSES: [(u16, &str); 9] = [
    (
        200,
        "The body was read; every line has its outcome, and what is accepted is durable",
    ),
    (
        400,
        "The body, its encoding or the name of the source cannot be read: nothing is taken",
    ),
    (
        403,
        "A web page sent it (there is an `Origin`): nothing is taken",
    ),
    (408, "The body took too long to come: nothing is taken"),
    (
        413,
        "The body is too large, or has too many lines: nothing is taken",
    ),
    (
        415,
        "Another content type or encoding than is understood: nothing is taken",
    ),
    (
        429,
        "Too much at once: nothing is taken, come again after `Retry-After` seconds",
    ),
    (500, "A fault in the program: nothing is taken"),
    (503, "The log cannot be written: nothing is taken"),
];

/// Why nothing of a push was taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum TurnedAway {
    #[error("the request comes from a web page, expected a program; hint: leave out `Origin`")]
    FromAPage,
    #[error(
        "`Content-Type` is `{}`, expected `application/x-ndjson` or `application/json`; hint: curl \
         -H 'Content-Type: application/x-ndjson'", .0.escape_debug()
    )]
    ContentType(String),
    #[error("`Content-Encoding` is `{}`, expected `gzip`, `zstd` or none", .0.escape_debug())]
    ContentEncoding(String),
    #[error("the body is not compressed as `Content-Encoding` says")]
    Packing,
    #[error("the body could not be read")]
    Unread,
    #[error("the body took longer than {PUSH_READ_TIMEOUT_SECS} s; hint: send it in parts")]
    Slow,
    #[error("the body has more than {limit} bytes; hint: send it in parts")]
    TooLarge { limit: usize },
    #[error("the body has more than {limit} lines; hint: send it in parts")]
    TooManyLines { limit: usize },
    #[error("the source {0}; hint: name it in `X-Fengbiao-Source` or `?source=`")]
    BadSource(String),
    #[error("too much at once; hint: send it again in {retry_after_secs} s")]
    Busy { retry_after_secs: u32 },
    #[error("the log cannot be written; hint: keep the posts and send them again later")]
    Failed,
    #[error("a fault in the program; nothing was taken")]
    Fault,
}

impl TurnedAway {
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Self::FromAPage => StatusCode::FORBIDDEN,
            Self::ContentType(_) | Self::ContentEncoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Packing | Self::Unread | Self::BadSource(_) => StatusCode::BAD_REQUEST,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge { .. } | Self::TooManyLines { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Failed => StatusCode::SERVICE_UNAVAILABLE,
            Self::Fault => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::FromAPage => "browser_origin",
            Self::ContentType(_) => "content_type",
            Self::ContentEncoding(_) => "content_encoding",
            Self::Packing => "invalid_compression",
            Self::Unread => "unreadable_body",
            Self::Slow => "slow_body",
            Self::TooLarge { .. } => "body_too_large",
            Self::TooManyLines { .. } => "too_many_lines",
            Self::BadSource(_) => "invalid_source",
            Self::Busy { .. } => "busy",
            Self::Failed => "log_failed",
            Self::Fault => "internal",
        }
    }

    pub(super) fn into_response(self) -> Response {
        let body = serde_json::json!({ "code": self.code(), "error": self.to_string() });
        let mut response = (
            self.status(),
            [(CONTENT_TYPE, "application/json")],
            format!("{body}\n"),
        )
            .into_response();
        if let Self::Busy { retry_after_secs } = self {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(retry_after_secs));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_meaning() {
        let text = String::new;
        let reasons = [
            TurnedAway::FromAPage,
            TurnedAway::ContentType(text()),
            TurnedAway::ContentEncoding(text()),
            TurnedAway::Packing,
            TurnedAway::Unread,
            TurnedAway::Slow,
            TurnedAway::TooLarge { limit: 1 },
            TurnedAway::TooManyLines { limit: 1 },
            TurnedAway::BadSource(text()),
            TurnedAway::Busy {
                retry_after_secs: 1,
            },
            TurnedAway::Failed,
            TurnedAway::Fault,
        ];
        let mut used: Vec<u16> = reasons.iter().map(|why| why.status().as_u16()).collect();
        used.push(200);
        used.sort_unstable();
        used.dedup();
        assert_eq!(used, STATUSES.map(|(status, _)| status));
    }
}
