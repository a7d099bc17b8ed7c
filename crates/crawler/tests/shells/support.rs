//! An outlet that remembers, a clock that runs fast, a server on a free port.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use fengbiao_crawler::{
    DeadLetter, Intake, Metrics, Outlet, OutletError, Preparer, PseudonymKeys, PulseBook, Source,
    Supervisor,
};
use fengbiao_model::{Clock, PostRecord, Pulse, SourceId, TimeSpan, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The clock begins here: 2026-11-18, in the middle of a minute.
pub(crate) const BEGIN: Timestamp = Timestamp::from_millis(1_795_000_030_000);

/// Runs `times` as fast as the world.
pub(crate) struct FastClock {
    began: Instant,
    times: u32,
}

impl FastClock {
    pub(crate) fn new(times: u32) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            times,
        })
    }
}

impl Clock for FastClock {
    fn wall(&self) -> Timestamp {
        BEGIN + self.monotonic()
    }
    fn monotonic(&self) -> TimeSpan {
        let passed = self.began.elapsed().as_millis() * u128::from(self.times);
        TimeSpan::from_millis(i64::try_from(passed).unwrap())
    }
    fn real(&self, span: TimeSpan) -> Duration {
        Duration::from_millis(span.as_millis().unsigned_abs()) / self.times
    }
}

/// Remembers what it is given, or refuses all.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) posts: Mutex<Vec<PostRecord<'static>>>,
    pub(crate) pulses: Mutex<Vec<Pulse>>,
    pub(crate) letters: Mutex<Vec<DeadLetter>>,
    pub(crate) refuses: Mutex<Option<OutletError>>,
}

type Done<'a> = Pin<Box<dyn Future<Output = Result<(), OutletError>> + Send + 'a>>;

impl Memory {
    fn answer(&self) -> Result<(), OutletError> {
        self.refuses.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    /// The texts of the posts so far; updates are marked.
    pub(crate) fn texts(&self) -> Vec<String> {
        let text = |record: &PostRecord<'_>| match record {
            PostRecord::Post(post) => post.text.as_str().to_owned(),
            PostRecord::Update(post) => format!("update: {}", post.text.as_str()),
            PostRecord::Delete(deletion) => format!("delete by {}", deletion.source),
            PostRecord::Control(_) => "control".to_owned(),
        };
        self.posts.lock().unwrap().iter().map(text).collect()
    }

    /// Waits until so many posts are there.
    pub(crate) async fn await_posts(&self, count: usize) {
        until(|| self.posts.lock().unwrap().len() >= count).await;
    }
}

/// Longest wait for something that must happen, as in the tests of the daemon.
const PATIENCE: Duration = Duration::from_secs(300);

/// Waits until something holds.
#[track_caller]
pub(crate) fn until(holds: impl Fn() -> bool) -> impl Future<Output = ()> {
    let asked = std::panic::Location::caller();
    async move {
        let began = Instant::now();
        while !holds() {
            assert!(began.elapsed() < PATIENCE, "not in time: {asked}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Outlet for Memory {
    fn accept(&self, posts: Vec<PostRecord<'static>>) -> Done<'_> {
        Box::pin(async move {
            self.answer()?;
            self.posts.lock().unwrap().extend(posts);
            Ok(())
        })
    }
    fn pulses(&self, pulses: Vec<Pulse>) -> Done<'_> {
        Box::pin(async move {
            self.answer()?;
            self.pulses.lock().unwrap().extend(pulses);
            Ok(())
        })
    }
    fn dead_letter(&self, letter: DeadLetter) -> Done<'_> {
        Box::pin(async move {
            self.answer()?;
            self.letters.lock().unwrap().push(letter);
            Ok(())
        })
    }
}

pub(crate) fn metrics() -> Metrics {
    Metrics::register(&prometheus::Registry::new()).unwrap()
}

pub(crate) fn source(name: &str) -> SourceId {
    SourceId::new(name).unwrap()
}

pub(crate) fn preparer(name: &str, clock: Arc<dyn Clock>) -> Preparer {
    Preparer::new(
        Intake::new(source(name)),
        PseudonymKeys::new([1; 32], TimeSpan::from_hours(30 * 24)),
        clock,
        metrics(),
    )
}

/// A supervisor at work.
pub(crate) struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) fn start(
        memory: &Arc<Memory>,
        clock: Arc<dyn Clock>,
        sources: Vec<Box<dyn Source>>,
    ) -> Self {
        let (stop, stopped) = watch::channel(false);
        let outlet: Arc<dyn Outlet> = Arc::<Memory>::clone(memory);
        let supervisor = Supervisor::new(outlet, clock, stopped, metrics(), PulseBook::default());
        let supervisor = sources.into_iter().fold(supervisor, Supervisor::with);
        Self {
            stop,
            task: tokio::spawn(supervisor.run()),
        }
    }

    pub(crate) async fn stop(self) {
        self.stop.send(true).unwrap();
        tokio::time::timeout(PATIENCE, self.task)
            .await
            .unwrap()
            .unwrap();
    }
}

/// Serves a router on a free port: its address.
pub(crate) async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}
