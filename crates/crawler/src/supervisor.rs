//! Runs the sources, starts them again when they fail, and sends their pulses.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use fengbiao_model::{Clock, SourceId, TimeSpan, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::limits::{RESTART_FIRST_SECS, RESTART_MAX_SECS};
use crate::metrics::Metrics;
use crate::outlet::Outlet;
use crate::pulses::{Heart, PulseBook};
use crate::source::{Context, Source, stopped};

/// Runs sources until it is told to stop.
pub struct Supervisor {
    outlet: Arc<dyn Outlet>,
    clock: Arc<dyn Clock>,
    shutdown: watch::Receiver<bool>,
    metrics: Metrics,
    book: PulseBook,
    sources: Vec<Box<dyn Source>>,
}

impl Supervisor {
    /// For sources that write to one outlet. `book` is shared with the push router.
    #[must_use]
    pub const fn new(
        outlet: Arc<dyn Outlet>,
        clock: Arc<dyn Clock>,
        shutdown: watch::Receiver<bool>,
        metrics: Metrics,
        book: PulseBook,
    ) -> Self {
        Self {
            outlet,
            clock,
            shutdown,
            metrics,
            book,
            sources: Vec::new(),
        }
    }

    /// Adds a source.
    #[must_use]
    pub fn with(mut self, source: Box<dyn Source>) -> Self {
        self.sources.push(source);
        self
    }

    /// Runs until it is told to stop, also when every source has come to its end: pushes have
    /// pulses too. A source that ends by itself has no more pulses, so that it is not missed.
    pub async fn run(self) {
        let mut tasks = JoinSet::new();
        let mut heart = Heart::new(self.book.clone(), self.clock.wall(), self.metrics.clone());
        for source in self.sources {
            let context = Context {
                outlet: Arc::clone(&self.outlet),
                clock: Arc::clone(&self.clock),
                shutdown: self.shutdown.clone(),
                metrics: self.metrics.clone(),
                tally: if source.has_pulses() {
                    self.book.open(source.id())
                } else {
                    PulseBook::apart(source.id())
                },
            };
            tasks.spawn(keep_running(source, context));
        }
        let shutdown = self.shutdown.clone();
        let mut stopping = false;
        while !stopping {
            let pause = until_next_minute(&*self.clock);
            tokio::select! {
                () = stopped(shutdown.clone()) => stopping = true,
                Some(ended) = tasks.join_next() => {
                    if let Ok(Some(source)) = ended {
                        heart.end(&source);
                    }
                }
                () = tokio::time::sleep(pause) => {
                    heart.beat(self.clock.wall());
                    heart.send(&*self.outlet).await;
                }
            }
        }
        while tasks.join_next().await.is_some() {}
        heart.beat(self.clock.wall());
        heart.last_beat();
        heart.send(&*self.outlet).await;
    }
}

fn until_next_minute(clock: &dyn Clock) -> Duration {
    let now = clock.wall();
    clock.real(Timestamp::of_minute(now.minute() + 1).since(now))
}

/// The source's name when it came to its end by itself.
async fn keep_running(mut source: Box<dyn Source>, context: Context) -> Option<SourceId> {
    let mut wait = RESTART_FIRST_SECS;
    loop {
        let began = context.clock.monotonic();
        match run_once(&mut *source, &context).await {
            Ok(()) if context.stopping() => return None,
            Ok(()) => {
                tracing::info!(source = %source.id(), "the source has come to its end");
                return Some(source.id().clone());
            }
            Err(error) => {
                context.failed(&error);
                tracing::error!(source = %source.id(), %error, again_in_secs = wait, "the source failed");
            }
        }
        // Whoever ran longer than the longest wait begins with the shortest again.
        let ran = context.clock.monotonic().as_millis() - began.as_millis();
        if ran > RESTART_MAX_SECS * 1_000 {
            wait = RESTART_FIRST_SECS;
        }
        if !context.wait(TimeSpan::from_secs(wait)).await {
            return None;
        }
        wait = (wait * 2).min(RESTART_MAX_SECS);
    }
}

/// One run. A panic is a failure like any other: one source must not end the rest.
async fn run_once(source: &mut dyn Source, context: &Context) -> Result<(), String> {
    let mut run = source.run(context);
    std::future::poll_fn(|task| {
        let poll = std::panic::catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(task)));
        match poll {
            Ok(std::task::Poll::Pending) => std::task::Poll::Pending,
            Ok(std::task::Poll::Ready(ended)) => {
                std::task::Poll::Ready(ended.map_err(|error| error.to_string()))
            }
            Err(_) => std::task::Poll::Ready(Err("a fault in the program: it panicked".to_owned())),
        }
    })
    .await
}
