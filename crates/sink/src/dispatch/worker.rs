//! The worker of one receiver.

use std::sync::Arc;
use std::time::Duration;

use fengbiao_model::{Clock, NoticeId, NoticeKey, ReceiverId, TimeSpan, Timestamp};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::{Dispatcher, Failing, Metrics, Outbox, OutboxError, Queued, Route};
use crate::limits::{MAX_SLEEP_SECS, MIN_SLEEP_MILLIS, OUTBOX_RETRY_MILLIS, SHUTDOWN_GRACE_MILLIS};
use crate::retry::stand_in_after;
use crate::{Next, Outgoing, SinkError};

pub(super) struct Worker {
    route: Route,
    outbox: Arc<dyn Outbox>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    failing: Failing,
    wake: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    /// The error told last, so that the same one is not told on every attempt.
    told: Option<String>,
    /// Whether notices may wait that have failed: since the last delivery, or before we began.
    behind: bool,
}

/// What is told to the outbox after an attempt.
enum Outcome {
    Delivered(Timestamp),
    Retry {
        next_at: Timestamp,
        reason: String,
        stand_in: Option<ReceiverId>,
    },
    Dead(String),
}

impl Outcome {
    /// Why it failed, if it did.
    fn reason(&self) -> Option<&str> {
        match self {
            Self::Delivered(_) => None,
            Self::Retry { reason, .. } | Self::Dead(reason) => Some(reason),
        }
    }
}

impl Worker {
    pub(super) fn new(dispatcher: &Dispatcher, route: Route) -> Self {
        Self {
            route,
            outbox: Arc::clone(&dispatcher.outbox),
            clock: Arc::clone(&dispatcher.clock),
            metrics: dispatcher.metrics.clone(),
            failing: dispatcher.failing.clone(),
            wake: dispatcher.wake.clone(),
            stop: dispatcher.stop.clone(),
            told: None,
            behind: true,
        }
    }

    pub(super) async fn run(mut self) {
        while !self.stopped() {
            // Before the look, so that what comes during it is seen as new.
            self.wake.borrow_and_update();
            let (receiver, now) = (self.route.receiver.clone(), self.clock.wall());
            // One at a time: a louder notice overtakes at once, and nothing is sent that was purged
            // while others went out.
            match self.ask(move |outbox| outbox.due(&receiver, now, 1)).await {
                Ok(due) => match due.into_iter().next() {
                    Some(queued) => self.attempt(queued).await,
                    None => self.sleep().await,
                },
                Err(error) => self.outbox_failed(&error).await,
            }
        }
    }

    fn stopped(&self) -> bool {
        // A sender that is gone can no longer tell us to stop: then the daemon is going down.
        *self.stop.borrow() || self.stop.has_changed().is_err()
    }

    async fn attempt(&mut self, queued: Queued) {
        let Queued { outgoing, attempts } = queued;
        let (key, made_at) = (outgoing.notice.key.clone(), outgoing.notice.made_at);
        let (id, tier) = (outgoing.id(), outgoing.notice.tier);
        let Some(result) = self.send(outgoing).await else {
            return;
        };
        let now = self.clock.wall();
        let made = attempts.saturating_add(1);
        let age = self.age(made_at, now, made);
        let outcome = match result {
            Ok(()) => {
                // Histograms are in seconds; a delay in milliseconds is exact far beyond any age.
                #[allow(clippy::cast_precision_loss, reason = "below 2^53 milliseconds")]
                let seconds = age.as_millis() as f64 / 1_000.0;
                let histogram = &self.metrics.delivery_seconds;
                histogram
                    .with_label_values(&[self.route.receiver.as_str()])
                    .observe(seconds);
                Outcome::Delivered(now)
            }
            Err(error) => match self.route.backoff.next_attempt(made, &key, age, &error) {
                Next::At(wait) => Outcome::Retry {
                    next_at: now + wait,
                    reason: error.to_string(),
                    stand_in: self
                        .route
                        .fallback
                        .clone()
                        .filter(|_| age >= stand_in_after(tier)),
                },
                Next::GiveUp => Outcome::Dead(error.to_string()),
            },
        };
        let delivered = matches!(outcome, Outcome::Delivered(_));
        self.tell(&id, attempts, &outcome);
        self.record(key, outcome).await;
        if delivered && self.behind {
            self.hurry().await;
        }
        self.behind = !delivered;
    }

    /// How old a notice is at its attempt number `made`. One from the future was made before the clock was
    /// set back, or by an alerter whose time is ahead of it: then what it has waited since is all that
    /// is known, or its fallback would hear of it hours late.
    fn age(&self, made_at: Timestamp, now: Timestamp, made: u32) -> TimeSpan {
        if made_at > now {
            return self.route.backoff.waited(made);
        }
        now.since(made_at)
    }

    /// What has failed before need not wait any longer. Where the outbox does not take it now, its own
    /// time comes.
    async fn hurry(&mut self) {
        let receiver = self.route.receiver.clone();
        if let Err(error) = self.ask(move |outbox| outbox.hurry(&receiver)).await {
            self.outbox_failed(&error).await;
        }
    }

    /// One attempt; none where it was cut short by the stop. It runs as a task of its own, so that
    /// a panic in a sink costs this notice an attempt and the receiver nothing else.
    async fn send(&mut self, outgoing: Outgoing) -> Option<Result<(), SinkError>> {
        let sink = Arc::clone(&self.route.sink);
        let mut attempt = tokio::spawn(async move { sink.send(&outgoing).await });
        let ended = tokio::select! {
            ended = &mut attempt => Some(ended),
            () = stop_of(&mut self.stop) => {
                timeout(Duration::from_millis(SHUTDOWN_GRACE_MILLIS), &mut attempt).await.ok()
            }
        };
        match ended {
            Some(Ok(result)) => Some(result),
            Some(Err(panic)) => {
                tracing::error!(receiver = %self.route.receiver, %panic, "a sink panicked");
                Some(Err(SinkError::later(
                    "the sink panicked; the log has the place",
                )))
            }
            None => {
                attempt.abort();
                None
            }
        }
    }

    fn tell(&mut self, id: &NoticeId, attempts: u32, outcome: &Outcome) {
        let receiver = self.route.receiver.as_str();
        let label = match outcome {
            Outcome::Delivered(_) => "delivered",
            Outcome::Retry { .. } => "retry",
            Outcome::Dead(_) => "dead",
        };
        self.metrics
            .attempts
            .with_label_values(&[receiver, label])
            .inc();
        self.failing.note(&self.route.receiver, outcome.reason());
        match outcome {
            Outcome::Delivered(_) => {
                if self.told.take().is_some() {
                    tracing::info!(receiver, notice = %id, "notices are delivered again");
                }
            }
            Outcome::Retry {
                next_at, reason, ..
            } => {
                if self.told.as_ref() != Some(reason) {
                    let next_at = fengbiao_wire::format_utc(*next_at);
                    tracing::warn!(
                        receiver, notice = %id, attempt = attempts.saturating_add(1), next_at,
                        error = reason, "a notice could not be delivered and is tried again"
                    );
                    self.told = Some(reason.clone());
                }
            }
            Outcome::Dead(reason) => {
                let fallback = self.route.fallback.as_ref().map(ToString::to_string);
                tracing::error!(
                    receiver, notice = %id, attempt = attempts.saturating_add(1), fallback,
                    error = reason, "a notice was given up"
                );
            }
        }
    }

    /// Tells the outbox, until it has taken it: an outcome forgotten would be a notice sent twice.
    async fn record(&mut self, key: NoticeKey, outcome: Outcome) {
        let outcome = Arc::new(outcome);
        loop {
            let (key, outcome) = (key.clone(), Arc::clone(&outcome));
            let fallback = self.route.fallback.clone();
            let told = self.ask(move |outbox| match outcome.as_ref() {
                Outcome::Delivered(at) => outbox.delivered(&key, *at),
                Outcome::Retry {
                    next_at,
                    reason,
                    stand_in,
                } => outbox.retry(&key, *next_at, reason, stand_in.as_ref()),
                Outcome::Dead(reason) => outbox.dead(&key, reason, fallback.as_ref()),
            });
            match told.await {
                Ok(()) => return,
                Err(error) => {
                    self.outbox_failed(&error).await;
                    if self.stopped() {
                        return;
                    }
                }
            }
        }
    }

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Outbox) -> Result<T, OutboxError> + Send + 'static,
    ) -> Result<T, OutboxError> {
        let outbox = Arc::clone(&self.outbox);
        tokio::task::spawn_blocking(move || question(outbox.as_ref()))
            .await
            .unwrap_or_else(|panic| Err(OutboxError(Box::new(panic))))
    }

    async fn outbox_failed(&mut self, error: &OutboxError) {
        let receiver = self.route.receiver.as_str();
        self.metrics
            .outbox_errors
            .with_label_values(&[receiver])
            .inc();
        let reason = error.to_string();
        if self.told.as_ref() != Some(&reason) {
            tracing::error!(receiver, error = reason, "the outbox is asked again");
            self.told = Some(reason);
        }
        tokio::select! {
            () = sleep(Duration::from_millis(OUTBOX_RETRY_MILLIS)) => {}
            () = stop_of(&mut self.stop) => {}
        }
    }

    /// Until something is due, something new comes, or the stop.
    async fn sleep(&mut self) {
        let receiver = self.route.receiver.clone();
        let next = match self.ask(move |outbox| outbox.next_due(&receiver)).await {
            Ok(next) => next,
            Err(error) => return self.outbox_failed(&error).await,
        };
        let longest = Duration::from_secs(MAX_SLEEP_SECS);
        let wait = next.map_or(longest, |at| self.clock.real(at.since(self.clock.wall())));
        tokio::select! {
            () = sleep(wait.clamp(Duration::from_millis(MIN_SLEEP_MILLIS), longest)) => {}
            () = changed(&mut self.wake) => {}
            () = stop_of(&mut self.stop) => {}
        }
    }
}

/// Returns at a change, and never where none can come any more.
async fn changed(wake: &mut watch::Receiver<u64>) {
    if wake.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Returns when it is time to stop.
async fn stop_of(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop as well.
    let _ = stop.wait_for(|stop| *stop).await;
}
