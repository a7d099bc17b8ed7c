//! The one interface of all sources, and what a source is given to work with.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use fengbiao_model::{Clock, PostRecord, SourceId, TimeSpan};
use tokio::sync::watch;

use crate::limits::{OUTLET_RETRY_FIRST_MILLIS, OUTLET_RETRY_MAX_MILLIS};
use crate::metrics::Metrics;
use crate::outlet::{DeadLetter, Outlet, OutletError};
use crate::pulses::Tally;

/// What a source does, until it is done.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<(), SourceError>> + Send + 'a>>;

/// Something that posts are collected from.
pub trait Source: Send {
    /// Its name: where its posts say they come from.
    fn id(&self) -> &SourceId;

    /// Whether pulses tell of its life.
    fn has_pulses(&self) -> bool {
        true
    }

    /// Brings posts until the source is exhausted (`Ok`), the context says stop (`Ok`), or it
    /// cannot go on (`Err`). It may be run again after either.
    fn run<'a>(&'a mut self, context: &'a Context) -> Running<'a>;
}

/// Why a source cannot go on. It is started again, later and later.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file that cannot be read.
    #[error("cannot read {place}: {error}")]
    Read {
        /// The file.
        place: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// A foreign topic that cannot be read.
    #[error("cannot read the topic `{topic}`: {error}")]
    Topic {
        /// The topic's name.
        topic: String,
        /// What its reader says.
        error: String,
    },
    /// The log cannot take what was brought.
    #[error(transparent)]
    Outlet(#[from] OutletError),
}

/// What a source works with.
#[derive(Clone)]
pub struct Context {
    /// Where posts go.
    pub outlet: Arc<dyn Outlet>,
    /// The product's time.
    pub clock: Arc<dyn Clock>,
    /// Becomes true when all is to stop; so does the end of its sender.
    pub shutdown: watch::Receiver<bool>,
    /// What is counted for Prometheus.
    pub metrics: Metrics,
    /// What is counted for this source's pulses.
    pub tally: Arc<Tally>,
}

impl Context {
    /// Whether all is to stop.
    #[must_use]
    pub fn stopping(&self) -> bool {
        *self.shutdown.borrow() || self.shutdown.has_changed().is_err()
    }

    /// Returns when all is to stop.
    pub async fn stopped(&self) {
        stopped(self.shutdown.clone()).await;
    }

    /// Waits in the product's time; false when all is to stop.
    pub async fn wait(&self, span: TimeSpan) -> bool {
        tokio::select! {
            () = self.stopped() => false,
            () = tokio::time::sleep(self.clock.real(span)) => true,
        }
    }

    /// Stores posts, however long it takes; false when all is to stop before they are durable.
    pub(crate) async fn accept(&self, posts: Vec<PostRecord<'static>>) -> bool {
        if posts.is_empty() {
            return true;
        }
        let count = posts.len();
        if !self.insist(|| self.outlet.accept(posts.clone())).await {
            return false;
        }
        self.tally.works();
        self.tally.posts(count);
        let source = self.tally.source().as_str();
        self.metrics
            .accepted
            .with_label_values(&[source])
            .inc_by(count as u64);
        true
    }

    /// Stores a dead letter, however long it takes; false when all is to stop.
    pub(crate) async fn dead_letter(&self, letter: DeadLetter, code: &str) -> bool {
        if !self
            .insist(|| self.outlet.dead_letter(letter.clone()))
            .await
        {
            return false;
        }
        self.tally.refused(1);
        self.metrics
            .refused
            .with_label_values(&[self.tally.source().as_str(), code])
            .inc();
        true
    }

    /// Counts entries that were not read because there were too many at once.
    pub(crate) fn left_unread(&self, entries: usize) {
        let source = self.tally.source().as_str();
        let unread = self.metrics.entries_unread.with_label_values(&[source]);
        unread.inc_by(entries as u64);
    }

    /// Counts a look at the source that brought nothing, and keeps why until it works again.
    pub(crate) fn failed_poll(&self, why: &str) {
        self.tally.failed_poll(why);
        self.count_error();
    }

    /// Counts another attempt that failed, and keeps why until the source works again.
    pub(crate) fn failed(&self, why: &str) {
        self.tally.error(why);
        self.count_error();
    }

    fn count_error(&self) {
        self.metrics
            .errors
            .with_label_values(&[self.tally.source().as_str()])
            .inc();
    }

    /// Tries until it works. A source has nowhere else to go with what it holds.
    async fn insist<'a, F, R>(&self, mut attempt: F) -> bool
    where
        F: FnMut() -> R,
        R: Future<Output = Result<(), OutletError>> + 'a,
    {
        let mut wait = TimeSpan::from_millis(OUTLET_RETRY_FIRST_MILLIS);
        loop {
            let pause = match attempt().await {
                Ok(()) => return true,
                Err(OutletError::Busy { retry_after_secs }) => {
                    TimeSpan::from_secs(i64::from(retry_after_secs))
                }
                Err(error @ OutletError::Failed(_)) => {
                    self.failed(&error.to_string());
                    tracing::error!(source = %self.tally.source(), %error, "posts wait");
                    wait
                }
            };
            if !self.wait(pause).await {
                return false;
            }
            wait = TimeSpan::from_millis((wait.as_millis() * 2).min(OUTLET_RETRY_MAX_MILLIS));
        }
    }
}

/// Returns when all is to stop.
pub(crate) async fn stopped(mut shutdown: watch::Receiver<bool>) {
    // An error says that the sender is gone, which is a stop too.
    drop(shutdown.wait_for(|stop| *stop).await);
}
