//! Posts that others send: `POST /v1/posts`.
//!
//! The body is NDJSON, one post a line, or one JSON object; gzip and zstd are understood. The
//! answer is NDJSON too, one line per post in the same order, once all are durable:
//! `{"line":1,"outcome":"accepted","post_id":"…"}` or
//! `{"line":2,"outcome":"refused","code":"missing_field","error":"…"}`.
//!
//! Whole pushes are answered by the statuses of [`STATUSES`].
//!
//! `?source=` or the header `X-Fengbiao-Source` names the source; then no line may name another.
//! Authentication is the work of whoever owns the port.

mod answer;
mod body;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use fengbiao_model::SourceId;
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::limits::{
    MAX_PUSH_BODY_BYTES, MAX_PUSH_DECODED_BYTES, MAX_PUSH_LINES, MAX_PUSH_SOURCES,
    MAX_PUSHES_IN_FLIGHT, PUSH_READ_TIMEOUT_SECS, PUSH_RETRY_AFTER_SECS, UNSTORED_SAID_EVERY_SECS,
};
use crate::metrics::Metrics;
use crate::outlet::{Outlet, OutletError};
use crate::prepare::{Prepared, Preparer, Refusal};
use crate::pulses::PulseBook;
use crate::told::Told;

pub use answer::STATUSES;
use answer::{Outcome, TurnedAway};
use body::Shape;

/// The bounds of a listener. The defaults are those of [`crate::limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushOptions {
    /// Largest body as sent, in bytes.
    pub max_body_bytes: usize,
    /// Largest body decompressed, in bytes.
    pub max_decoded_bytes: usize,
    /// Most lines of one body.
    pub max_lines: usize,
    /// Most bodies that are worked on at the same time.
    pub max_in_flight: usize,
}

impl Default for PushOptions {
    fn default() -> Self {
        Self {
            max_body_bytes: MAX_PUSH_BODY_BYTES,
            max_decoded_bytes: MAX_PUSH_DECODED_BYTES,
            max_lines: MAX_PUSH_LINES,
            max_in_flight: MAX_PUSHES_IN_FLIGHT,
        }
    }
}

struct Listener {
    preparer: Preparer,
    outlet: Arc<dyn Outlet>,
    book: PulseBook,
    metrics: Metrics,
    options: PushOptions,
    in_flight: Semaphore,
    unstored: Told,
}

/// The router of `POST /v1/posts`. `preparer` says how posts are read and how the source is called
/// where nobody names one; that name has pulses from now on, the others from their first push.
pub fn router(
    preparer: Preparer,
    outlet: Arc<dyn Outlet>,
    book: PulseBook,
    metrics: Metrics,
    options: PushOptions,
) -> Router {
    let _ = book.listen(&preparer.intake().source);
    let in_flight = Semaphore::new(options.max_in_flight);
    let listener = Listener {
        preparer,
        outlet,
        book,
        metrics,
        options,
        in_flight,
        unstored: Told::new(Duration::from_secs(UNSTORED_SAID_EVERY_SECS)),
    };
    Router::new()
        .route("/v1/posts", post(receive))
        .layer(DefaultBodyLimit::max(options.max_body_bytes))
        .with_state(Arc::new(listener))
}

#[derive(Deserialize)]
struct Named {
    source: Option<String>,
}

async fn receive(
    State(listener): State<Arc<Listener>>,
    Query(named): Query<Named>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    match listener.receive(named, &headers, request).await {
        Ok(outcomes) => answer::outcomes(&outcomes),
        Err(why) => {
            let status = why.status();
            listener
                .metrics
                .pushes_turned_away
                .with_label_values(&[status.as_str()])
                .inc();
            why.into_response()
        }
    }
}

impl Listener {
    async fn receive(
        self: &Arc<Self>,
        named: Named,
        headers: &HeaderMap,
        request: Request,
    ) -> Result<Vec<Outcome>, TurnedAway> {
        // Browsers send `Origin` with every POST: no page may slip posts to a listener on this
        // machine.
        if headers.contains_key("origin") {
            return Err(TurnedAway::FromAPage);
        }
        let (shape, packing) = body::kind(headers)?;
        let preparer = self.preparer_for(named, headers)?;
        let Ok(_permit) = self.in_flight.try_acquire() else {
            return Err(TurnedAway::Busy {
                retry_after_secs: PUSH_RETRY_AFTER_SECS,
            });
        };
        let body = self.read(request).await?;
        let listener = Arc::clone(self);
        // Decompression and preparation are work for the processor, not for the reactor.
        let prepared = tokio::task::spawn_blocking(move || {
            let bytes = body::unpack(&body, packing, listener.options.max_decoded_bytes)?;
            prepare(&preparer, &bytes, shape, listener.options.max_lines)
        });
        let prepared = prepared.await.map_err(|_| TurnedAway::Fault)??;
        self.store(prepared).await
    }

    /// The body, after its place among those in flight is sure.
    async fn read(&self, request: Request) -> Result<Bytes, TurnedAway> {
        let limit = Duration::from_secs(PUSH_READ_TIMEOUT_SECS);
        let body = tokio::time::timeout(limit, Bytes::from_request(request, &()));
        body.await
            .map_err(|_| TurnedAway::Slow)?
            .map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => TurnedAway::TooLarge {
                    limit: self.options.max_body_bytes,
                },
                _ => TurnedAway::Unread,
            })
    }

    fn preparer_for(&self, named: Named, headers: &HeaderMap) -> Result<Preparer, TurnedAway> {
        let header = match headers.get("x-fengbiao-source") {
            Some(value) => {
                let text = std::str::from_utf8(value.as_bytes());
                Some(
                    text.map_err(|_| TurnedAway::BadSource("is not UTF-8".to_owned()))?
                        .to_owned(),
                )
            }
            None => None,
        };
        match (header, named.source) {
            (Some(a), Some(b)) if a != b => Err(TurnedAway::BadSource(
                "is one in the header, another in the link".to_owned(),
            )),
            (Some(name), _) | (None, Some(name)) => {
                let source = SourceId::new(name)
                    .map_err(|error| TurnedAway::BadSource(error.to_string()))?;
                if source.is_canary() {
                    let why = "is one that Fengbiao keeps for itself".to_owned();
                    return Err(TurnedAway::BadSource(why));
                }
                Ok(self.preparer.for_source(source, true))
            }
            (None, None) => Ok(self.preparer.clone()),
        }
    }

    /// Makes durable what can be, all of it or nothing; then every line has its outcome.
    async fn store(&self, lines: Vec<Judged>) -> Result<Vec<Outcome>, TurnedAway> {
        let mut records = Vec::with_capacity(lines.len());
        let mut counts: BTreeMap<SourceId, (usize, Vec<&'static str>)> = BTreeMap::new();
        let mut outcomes = Vec::with_capacity(lines.len());
        for Judged {
            line,
            source,
            result,
        } in lines
        {
            let count = counts.entry(source).or_default();
            outcomes.push(match result {
                Ok(prepared) => {
                    count.0 += 1;
                    let outcome = Outcome::accepted(line, prepared.post_id());
                    records.push(prepared.record);
                    outcome
                }
                Err(refusal) => {
                    count.1.push(refusal.code());
                    Outcome::refused(line, &refusal)
                }
            });
        }
        if !records.is_empty() {
            self.outlet
                .accept(records)
                .await
                .map_err(|error| match error {
                    OutletError::Busy { retry_after_secs } => TurnedAway::Busy { retry_after_secs },
                    OutletError::Failed(_) => {
                        self.failed(&error);
                        TurnedAway::Failed
                    }
                })?;
            self.stored();
        }
        for (source, (accepted, refused)) in counts {
            self.count(&source, accepted, &refused);
        }
        if let Some(tally) = self.book.find(&self.preparer.intake().source) {
            tally.works();
        }
        Ok(outcomes)
    }

    fn failed(&self, error: &OutletError) {
        let source = &self.preparer.intake().source;
        if let Some(pushes) = self.unstored.happened(1) {
            tracing::error!(%source, %error, pushes, "pushes are not stored; their senders are told");
        }
        self.book.listen(source).error(&error.to_string());
        self.metrics
            .errors
            .with_label_values(&[source.as_str()])
            .inc();
    }

    fn stored(&self) {
        if let Some(pushes) = self.unstored.over() {
            tracing::info!(refused_since = pushes, "pushes are stored again");
        }
    }

    fn count(&self, source: &SourceId, accepted: usize, refused: &[&'static str]) {
        let known = self.book.find(source);
        let tally = known.unwrap_or_else(|| {
            let room = self.book.len() < MAX_PUSH_SOURCES;
            self.book.listen(if room {
                source
            } else {
                &self.preparer.intake().source
            })
        });
        tally.poll();
        tally.posts(accepted);
        tally.refused(refused.len());
        let name = tally.source().as_str();
        self.metrics
            .accepted
            .with_label_values(&[name])
            .inc_by(accepted as u64);
        for code in refused {
            self.metrics.refused.with_label_values(&[name, code]).inc();
        }
    }
}

/// A line with what became of it.
struct Judged {
    line: usize,
    source: SourceId,
    result: Result<Prepared, Refusal>,
}

fn prepare(
    preparer: &Preparer,
    bytes: &[u8],
    shape: Shape,
    max_lines: usize,
) -> Result<Vec<Judged>, TurnedAway> {
    let judge = |line: usize, bytes: &[u8]| {
        let result = body::bounded(bytes).and_then(|bytes| preparer.line(bytes));
        let source = result
            .as_ref()
            .ok()
            .and_then(|prepared| prepared.source())
            .cloned();
        let source = source.unwrap_or_else(|| preparer.intake().source.clone());
        Judged {
            line,
            source,
            result,
        }
    };
    let lines = body::lines(bytes, shape);
    let mut judged = Vec::new();
    for (line, bytes) in lines {
        if judged.len() == max_lines {
            return Err(TurnedAway::TooManyLines { limit: max_lines });
        }
        judged.push(judge(line, bytes));
    }
    Ok(judged)
}
