//! From the outbox to the sinks: one worker for each receiver, so that a slow one delays no other.

mod failing;
mod metrics;
mod outbox;
mod worker;

use std::sync::Arc;

use fengbiao_model::{Clock, ReceiverId};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::{Backoff, Sink};
pub use failing::Failing;
pub use metrics::Metrics;
pub use outbox::{Outbox, OutboxError, Queued};
use worker::Worker;

/// How one receiver is reached.
#[derive(Clone)]
pub struct Route {
    /// The receiver.
    pub receiver: ReceiverId,
    /// Its service.
    pub sink: Arc<dyn Sink>,
    /// Who takes what this one will never take, and hears of what it has not taken for long
    /// ([`STAND_IN_SECS`](crate::STAND_IN_SECS)).
    pub fallback: Option<ReceiverId>,
    /// When to try again.
    pub backoff: Backoff,
}

/// Takes notices from the outbox to their services until it is stopped.
///
/// Each worker takes the loudest tier first, then the oldest notice, one at a time, and sleeps until
/// something is due or something new comes. An attempt that ends
/// well, badly or for good is told to the outbox before the next begins; where the outbox fails,
/// the worker stays with it rather than send the next or the same again.
pub struct Dispatcher {
    /// Where notices wait.
    pub outbox: Arc<dyn Outbox>,
    /// The time; waits are in its measure.
    pub clock: Arc<dyn Clock>,
    /// Counts.
    pub metrics: Metrics,
    /// Which receivers cannot be reached.
    pub failing: Failing,
    /// Changes whenever something was put into the outbox.
    pub wake: watch::Receiver<u64>,
    /// Becomes true (or loses its sender) when it is time to stop.
    pub stop: watch::Receiver<bool>,
}

impl Dispatcher {
    /// Runs the workers of all routes; returns when the last has stopped. An attempt under way at
    /// the stop may take [`SHUTDOWN_GRACE_MILLIS`](crate::SHUTDOWN_GRACE_MILLIS) more; then it is
    /// dropped and its notice, with the same id, is due again at the next start.
    pub async fn run(self, routes: Vec<Route>) {
        let mut workers = JoinSet::new();
        for route in routes {
            workers.spawn(Worker::new(&self, route).run());
        }
        while let Some(ended) = workers.join_next().await {
            if let Err(error) = ended {
                // A sink's panic ends its attempt only (see `worker`): this would be our own.
                tracing::error!(%error, "a worker of the dispatcher failed");
            }
        }
    }
}
