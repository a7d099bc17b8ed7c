//! The one HTTP listener: push, API and pages from their rooms, metrics and health from here.

use std::sync::Arc;

use anyhow::Context;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use prometheus::{Encoder, Registry, TextEncoder};
use tokio::net::TcpListener;

use super::guard;
use super::health::Health;
use super::openapi::{self, Route};
use crate::config::Http;
use crate::limits::REQUESTS_END_WITHIN;
use crate::log::Log;

/// What the listener answers with.
pub(crate) struct Parts {
    /// Takes posts, where this process has a crawler.
    pub(crate) push: Option<Router>,
    /// API and pages, where it has the console.
    pub(crate) console: Option<Router>,
    pub(crate) registry: Registry,
    /// Asked how far its readers are behind whenever metrics are.
    pub(crate) log: Log,
    pub(crate) health: Arc<Health>,
    /// What push and API ask for; none on loopback without one.
    pub(crate) token: Option<String>,
    /// How people reach it.
    pub(crate) http: Http,
}

/// Takes the port.
pub(crate) async fn bind(http: &Http) -> anyhow::Result<TcpListener> {
    TcpListener::bind(http.listen).await.map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "\nhint: another program has this port; set `http.listen` to another one"
            }
            std::io::ErrorKind::PermissionDenied => "\nhint: ports below 1024 need rights",
            _ => "",
        };
        anyhow::anyhow!("listening on `{}`: {error}{hint}", http.listen)
    })
}

/// Serves until the daemon stops; what is under way is finished, but nobody who is slow to send
/// holds the end up.
pub(crate) async fn serve(listener: TcpListener, parts: Parts) -> anyhow::Result<()> {
    let (mut stopped, mut overdue) = (parts.health.stopped(), parts.health.stopped());
    let router = router(parts);
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        stopped.wait_for(|stop| *stop).await.ok();
    });
    tokio::select! {
        served = serving.into_future() => served.context("serving HTTP"),
        () = async {
            overdue.wait_for(|stop| *stop).await.ok();
            tokio::time::sleep(REQUESTS_END_WITHIN).await;
        } => Ok(()),
    }
}

fn router(parts: Parts) -> Router {
    let guarded = openapi::router(guarded_routes(), ())
        .merge(parts.push.unwrap_or_default())
        .merge(parts.console.unwrap_or_default());
    let guarded = guard::guarded(guarded, parts.token, &parts.http);
    let seen = Seen {
        registry: parts.registry,
        log: parts.log,
        health: parts.health,
    };
    openapi::router(open_routes(), seen).merge(guarded)
}

/// What is looked at from outside.
#[derive(Clone)]
pub(super) struct Seen {
    registry: Registry,
    log: Log,
    health: Arc<Health>,
}

/// What every process answers, and anybody may ask.
pub(super) fn open_routes() -> Vec<Route<Seen>> {
    vec![
        Route::get("/metrics", openapi::metrics, metrics),
        Route::get("/healthz", openapi::healthz, healthz),
        Route::get("/readyz", openapi::readyz, readyz),
    ]
}

/// What every process answers to whoever has the token.
pub(super) fn guarded_routes() -> Vec<Route<()>> {
    let document = async || Json(openapi::document());
    vec![Route::get(
        "/v1/openapi.json",
        openapi::document_itself,
        document,
    )]
}

async fn metrics(State(Seen { registry, log, .. }): State<Seen>) -> Response {
    // The lag is measured when it is asked for; without it the others are still true.
    tokio::task::spawn_blocking(move || log.measure_lag())
        .await
        .ok();
    let mut text = Vec::new();
    let encoder = TextEncoder::new();
    match encoder.encode(&registry.gather(), &mut text) {
        Ok(()) => (
            [(header::CONTENT_TYPE, encoder.format_type().to_owned())],
            text,
        )
            .into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Alive: the process answers, and its roles are not stuck.
async fn healthz(State(Seen { health, .. }): State<Seen>) -> Response {
    let stuck = health.stuck();
    // Roles that wait for brokers that are away are not stuck, and a new start would not help them.
    if stuck.is_empty() || !health.reaches_log() {
        "ok\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, stuck.join("\n") + "\n").into_response()
    }
}

/// Ready: posts that come now are matched and judged now. Sources that fail are named behind it.
async fn readyz(State(Seen { health, .. }): State<Seen>) -> Response {
    let mut lines = health.obstacles();
    let status = if lines.is_empty() {
        lines.push("ready".to_owned());
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    lines.extend(health.remarks());
    (status, lines.join("\n") + "\n").into_response()
}
