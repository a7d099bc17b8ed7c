//! Errors as RFC 9457 asks: `application/problem+json`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fengbiao_ledger::LedgerError;
use schemars::JsonSchema;
use serde::Serialize;

use crate::state::CommandError;

/// Why a request was not done (RFC 9457, without `type`: it is `about:blank`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "Problem")]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The status in words.
    pub title: String,
    /// What was wrong here, and what was expected.
    pub detail: String,
    /// A word for programs, such as `unknown_incident`.
    pub code: &'static str,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status: status.as_u16(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            detail: detail.into(),
            code,
        }
    }

    pub(crate) fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    pub(crate) fn unprocessable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    pub(crate) fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    pub(crate) fn not_found(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    pub(crate) fn unknown_incident(number: impl std::fmt::Display) -> Self {
        Self::not_found(
            "unknown_incident",
            format!("there is no incident `{number}`"),
        )
    }

    /// Something failed that the caller can do nothing about; the log has the cause.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(%error, "a request to the console failed");
        let detail = "the ledger could not be read or written; the daemon's log has the cause";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "ledger_failed", detail)
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        if error.is_disk_full() {
            // Every view is a line of the audit trail, so without room nothing is shown either.
            let detail = "the disk of the data directory is full\nhint: make room; nothing is lost, \
                          and the daemon goes on by itself";
            return Self::new(StatusCode::INSUFFICIENT_STORAGE, "disk_full", detail);
        }
        Self::internal(&error)
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Ledger(error) => error.into(),
            CommandError::Stopping => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "stopping",
                CommandError::Stopping.to_string(),
            ),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}
