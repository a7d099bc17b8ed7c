//! The daemon: every role in one process, from the sources to the sinks.

mod alerting;
mod control;
mod dead_letter;
mod files;
mod greeting;
mod health;
mod http;
mod matching;
mod outbox;
mod outlet;
mod publication;
mod receivers;
mod roles;
mod sources;
mod watch;
mod watchdog;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use fengbiao_crawler::{Outlet, PulseBook, Supervisor};
use fengbiao_model::Clock;
use fengbiao_sink::{Dispatcher, Route};
use tokio::net::TcpListener;

use crate::app::App;
use crate::clock::{ScaledClock, SystemClock};
use crate::limits::STOP_WITHIN;
use crate::{demo, lock, policy, secrets, terminal};
pub(crate) use alerting::PURGED_STEP;
pub(crate) use files::{ADDRESS_FILE, BACKED_UP, Files, LEDGER_FILE, LOG_FILE, open_log};
use outlet::LogOutlet;
use sources::Sources;
use watchdog::Watching;

/// Runs until it is stopped.
pub(crate) fn run(mut app: App, demo: bool) -> anyhow::Result<bool> {
    roles::start_logging(&app.loaded.config.logging, demo)?;
    let scratch = if demo { Some(scratch(&mut app)?) } else { None };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(serve(app, demo));
    // Threads of blocking work that is stuck must not keep the process from ending.
    runtime.shutdown_timeout(Duration::from_millis(200));
    drop(scratch);
    outcome.map(|()| true)
}

/// A data directory that goes with the demonstration.
fn scratch(app: &mut App) -> anyhow::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir().context("making a scratch directory")?;
    let config = &mut app.loaded.config;
    config.data_dir = folder.path().to_owned();
    demo::leave_out(config);
    Ok(folder)
}

async fn serve(app: App, demo: bool) -> anyhow::Result<()> {
    // First of all: whoever asks us to stop while we still open our files is heard, too.
    let signals = roles::StopSignals::listen()?;
    let app = Arc::new(app);
    let config = &app.loaded.config;
    let _lock = lock::take(&config.data_dir)?;
    let listener = http::bind(&config.http).await?;
    let scaled = demo.then(|| Arc::new(ScaledClock::new(demo::AGO, demo::HURRY)));
    let clock: Arc<dyn Clock> = match &scaled {
        Some(scaled) => Arc::clone(scaled) as _,
        None => Arc::new(SystemClock::new()),
    };
    let files = {
        let (app, clock) = (Arc::clone(&app), clock);
        tokio::task::spawn_blocking(move || Files::open(&app, clock)).await??
    };
    let text = watch::first_lexicon(&app, &files, demo).await?;
    let daemon = Daemon {
        address: listener.local_addr()?,
        app,
        files,
        scaled,
    };
    let mut tasks = daemon.tasks(listener)?;
    if !demo {
        tasks.spawn(watch::lexicon(
            Arc::clone(&daemon.app),
            daemon.files.clone(),
            text.hash(),
            watch::reload_signal()?,
        ));
    }
    daemon.until_stopped(signals, tasks).await
}

/// Everything that is running.
struct Daemon {
    app: Arc<App>,
    files: Files,
    address: SocketAddr,
    /// The clock of the demonstration.
    scaled: Option<Arc<ScaledClock>>,
}

type Tasks = tokio::task::JoinSet<anyhow::Result<()>>;

impl Daemon {
    /// Starts what waits on the outside: sources, sinks, the listener, the clock's errands.
    fn tasks(&self, listener: TcpListener) -> anyhow::Result<Tasks> {
        let (app, files) = (&self.app, &self.files);
        let outlet: Arc<dyn Outlet> = Arc::new(LogOutlet::new(Arc::clone(&files.log)));
        let book = PulseBook::default();
        let sources = Sources::new(app, files)?;
        let http = &app.loaded.config.http;
        let parts = http::Parts {
            push: sources.push(Arc::clone(&outlet), &book)?,
            console: files.router()?,
            registry: files.registry.clone(),
            log: Arc::clone(&files.log),
            health: Arc::clone(&files.health),
            token: http.token_file.as_deref().map(secrets::token).transpose()?,
        };
        let watching = Watching::new(&app.loaded.config.watchdog, files)?;
        let supervisor = self.supervisor(&sources, &watching, outlet, book)?;
        let (dispatcher, routes) = self.dispatcher(&watching)?;
        let mut tasks = Tasks::new();
        if let Some(heartbeat) = watching.heartbeat()? {
            tasks.spawn(heartbeat.run());
        }
        tasks.spawn(async move {
            supervisor.run().await;
            Ok(())
        });
        tasks.spawn(async move {
            dispatcher.run(routes).await;
            Ok(())
        });
        tasks.spawn(http::serve(listener, parts));
        tasks.spawn(roles::housekeeping(files.clone()));
        let greeting = greeting::greet(
            Arc::clone(app),
            files.clone(),
            self.address,
            self.scaled.clone(),
        );
        tasks.spawn(greeting);
        Ok(tasks)
    }

    fn supervisor(
        &self,
        sources: &Sources,
        watching: &Watching,
        outlet: Arc<dyn Outlet>,
        book: PulseBook,
    ) -> anyhow::Result<Supervisor> {
        let (clock, stopped) = (&self.files.clock, self.files.health.stopped());
        let metrics = sources.metrics.clone();
        let mut supervisor = Supervisor::new(outlet, Arc::clone(clock), stopped, metrics, book);
        for source in sources.configured(&self.app)? {
            supervisor = supervisor.with(source);
        }
        if let Some(canaries) = watching.canaries() {
            supervisor = supervisor.with(canaries);
        }
        if self.scaled.is_some() {
            supervisor = supervisor.with(Box::new(sources.story(clock.wall())?));
        }
        Ok(supervisor)
    }

    fn dispatcher(&self, watching: &Watching) -> anyhow::Result<(Dispatcher, Vec<Route>)> {
        let (app, files) = (&self.app, &self.files);
        let config = &app.loaded.config;
        let configured = policy::receivers(config);
        let mut routes = receivers::routes(&configured, &app.phrasing(), app.colour, &files.clock)?;
        routes.push(watching.route());
        receivers::warn_of_strays(&files.ledger.outbox_waiting()?, &routes);
        let links = outbox::Links {
            base: greeting::base(config, self.address),
            key: files.key(),
            valid: config.http.acknowledge_link_valid.0,
        };
        let dispatcher = Dispatcher {
            outbox: Arc::new(outbox::LedgerOutbox {
                ledger: Arc::clone(&files.ledger),
                links,
            }),
            clock: Arc::clone(&files.clock),
            metrics: fengbiao_sink::Metrics::register(&files.registry)?,
            wake: files.ledger.outbox_changed(),
            stop: files.health.stopped(),
        };
        Ok((dispatcher, routes))
    }

    /// Runs the roles beside the tasks until the daemon is to stop, and stops all in good order.
    async fn until_stopped(
        self,
        signals: roles::StopSignals,
        mut tasks: Tasks,
    ) -> anyhow::Result<()> {
        let address_file = self.app.loaded.config.data_dir.join(ADDRESS_FILE);
        std::fs::write(&address_file, format!("{}\n", self.address))
            .context("writing the daemon's address")?;
        let roles = roles::start(&self.files);
        let health = Arc::clone(&self.files.health);
        let outcome = until_stopped(signals, &mut tasks, &health).await;
        health.stop();
        roles::notify("STOPPING=1");
        let ended = async {
            while tasks.join_next().await.is_some() {}
            let files = self.files;
            let close = move || {
                roles.join();
                files.log.close();
            };
            tokio::task::spawn_blocking(close).await.ok();
        };
        if tokio::time::timeout(STOP_WITHIN, ended).await.is_err() {
            tracing::warn!(
                "not everything stopped in time; nothing is lost, the next start goes on"
            );
        }
        std::fs::remove_file(&address_file).ok();
        outcome
    }
}

/// Returns when a signal says so, or when a task that must not end has failed.
async fn until_stopped(
    mut signals: roles::StopSignals,
    tasks: &mut Tasks,
    health: &health::Health,
) -> anyhow::Result<()> {
    let mut stopped = health.stopped();
    loop {
        tokio::select! {
            () = signals.next() => {
                terminal::remark("stopping");
                return Ok(());
            }
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
            Some(ended) = tasks.join_next() => ended.context("a task of the daemon panicked")??,
        }
    }
}
