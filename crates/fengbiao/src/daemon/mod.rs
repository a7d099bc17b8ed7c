//! The daemon: from the sources to the sinks, every role in one process or some of them apart.

mod alerting;
mod compiled;
mod confirm;
mod control;
mod dead_letter;
mod dead_letters;
mod files;
mod foreign;
mod greeting;
mod guard;
mod health;
mod http;
mod logging;
mod matching;
mod open_files;
pub(crate) mod openapi;
mod outbox;
mod outlet;
mod pipeline;
mod publication;
mod purge;
mod receivers;
mod role;
mod roles;
mod sources;
mod unread;
mod verdicts;
mod watch;
mod watchdog;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use fengbiao_crawler::{Outlet, PulseBook, Supervisor};
use fengbiao_model::Clock;
use fengbiao_sink::{Dispatcher, Route};
use tokio::net::TcpListener;

use crate::app::App;
use crate::clock::{ScaledClock, SystemClock};
use crate::config::{Log, LogFormat};
use crate::limits::{ROLES_END_WITHIN, STOP_WITHIN, STUCK_WORK_ENDS_WITHIN};
use crate::{demo, lock, policy, secrets};
pub(crate) use files::{ADDRESS_FILE, BACKED_UP, CarriedOut, Files, KEPT_SECRETS, LEDGER_FILE};
use open_files::OpenFile;
use outlet::LogOutlet;
use pipeline::Pipeline;
pub(crate) use receivers::{check_secret, secret as secret_of};
pub(crate) use role::Role;
use role::RoleSet;
pub(crate) use roles::Replaced;
use sources::Sources;
use watchdog::Watching;

/// What a run was asked to be.
pub(crate) struct Asked {
    /// The demonstration.
    pub(crate) demo: bool,
    /// These roles only; all where none is named.
    pub(crate) roles: Vec<Role>,
}

/// Runs until it is stopped.
pub(crate) fn run(mut app: App, asked: Asked) -> anyhow::Result<bool> {
    let demo = asked.demo;
    logging::start(&app.loaded.config.logging, demo)?;
    let scratch = if demo { Some(scratch(&mut app)?) } else { None };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(serve(app, asked));
    // Threads of blocking work that is stuck must not keep the process from ending.
    runtime.shutdown_timeout(STUCK_WORK_ENDS_WITHIN);
    drop(scratch);
    outcome.map(|()| true)
}

/// A data directory that goes with the demonstration.
fn scratch(app: &mut App) -> anyhow::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir().context("making a scratch directory")?;
    let config = &mut app.loaded.config;
    config.data_dir = folder.path().to_owned();
    config.log = Log::default();
    demo::leave_out(config);
    Ok(folder)
}

async fn serve(app: App, asked: Asked) -> anyhow::Result<()> {
    // First of all: whoever asks us to stop while we still open our files is heard, too.
    let mut signals = roles::StopSignals::listen()?;
    let app = Arc::new(app);
    let config = &app.loaded.config;
    let roles = RoleSet::chosen(&asked.roles, config.log.kind)?;
    let _locks = locks_of(&roles, &config.data_dir)?;
    let listener = http::bind(&config.http).await?;
    let demo = asked.demo;
    let scaled = demo.then(|| Arc::new(ScaledClock::new(demo::AGO, demo::HURRY)));
    let clock: Arc<dyn Clock> = match &scaled {
        Some(scaled) => Arc::clone(scaled) as _,
        None => Arc::new(SystemClock::new()),
    };
    let opening = Arc::clone(&app);
    let open = move || {
        let owns_ledger = roles.owns_ledger();
        let pipeline = Pipeline::open(&opening, clock, roles)?;
        let beside = owns_ledger.then(|| Files::beside(pipeline.clone(), &opening));
        let files = beside.transpose()?;
        let open_files = OpenFile::of(&pipeline, files.as_ref())?;
        anyhow::Ok((pipeline, files, open_files))
    };
    let (pipeline, files, open_files) = tokio::select! {
        opened = tokio::task::spawn_blocking(open) => opened??,
        // Brokers that are away are waited for; whoever wants us to stop need not wait with us.
        () = signals.next() => {
            logging::say(config.logging.format, "stopping");
            return Ok(());
        }
    };
    let daemon = Daemon {
        address: listener.local_addr()?,
        app,
        pipeline,
        files,
        open_files,
        scaled,
    };
    let watched = tokio::select! {
        watched = daemon.first_lexicon(demo) => watched?,
        // It is read, checked and compiled for as long as that takes. A publication that was begun is
        // finished by the next start, as after any crash.
        () = signals.next() => {
            logging::say(daemon.app.loaded.config.logging.format, "stopping");
            return Ok(());
        }
    };
    if let Some(scaled) = &daemon.scaled {
        // The lexicon is compiled: from here on what the story brings is seen as it comes.
        scaled.hurry();
    }
    let mut tasks = daemon.tasks(listener)?;
    if let (Some(files), Some(watched), false) = (&daemon.files, watched, demo) {
        tasks.spawn(watch::lexicon(
            Arc::clone(&daemon.app),
            files.clone(),
            watched,
            watch::reload_signal()?,
        ));
    }
    daemon.until_stopped(signals, tasks).await
}

/// What may run once only has a lock in the data directory, one for the ledger and one for the state of
/// sources; matchers keep nothing there that another may not have, too.
fn locks_of(roles: &RoleSet, data_dir: &Path) -> anyhow::Result<Vec<lock::DataLock>> {
    let mut locks = Vec::new();
    if roles.owns_ledger() {
        locks.push(lock::take(data_dir)?);
    }
    if roles.has(Role::Crawler) {
        locks.push(lock::take_for_crawler(data_dir)?);
    }
    Ok(locks)
}

/// Everything that is running.
struct Daemon {
    app: Arc<App>,
    pipeline: Pipeline,
    /// The ledger, where this process owns it.
    files: Option<Files>,
    /// What is in its data directory and must stay there.
    open_files: Vec<OpenFile>,
    address: SocketAddr,
    /// The clock of the demonstration.
    scaled: Option<Arc<ScaledClock>>,
}

type Tasks = tokio::task::JoinSet<anyhow::Result<()>>;

impl Daemon {
    fn has(&self, role: Role) -> bool {
        self.pipeline.health.roles().has(role)
    }

    /// Publishes the configured lexicon, where this process owns the ledger.
    async fn first_lexicon(&self, demo: bool) -> anyhow::Result<Option<watch::Watched>> {
        let Some(files) = &self.files else {
            return Ok(None);
        };
        let watched = watch::first_lexicon(&self.app, files, demo).await?;
        self.pipeline.health.open_crawler();
        Ok(Some(watched))
    }

    /// Starts what waits on the outside: sources, sinks, the listener, the clock's errands.
    fn tasks(&self, listener: TcpListener) -> anyhow::Result<Tasks> {
        let mut tasks = Tasks::new();
        let watching = Watching::new(&self.app.loaded.config.watchdog, &self.pipeline)?;
        let push = if self.has(Role::Crawler) {
            Some(self.crawl(&watching, &mut tasks)?)
        } else {
            None
        };
        let console = match &self.files {
            Some(files) => {
                self.alert(files, &watching, &mut tasks)?;
                Some(files.router(CarriedOut::Beside)?)
            }
            None => None,
        };
        let http = &self.app.loaded.config.http;
        let parts = http::Parts {
            push,
            console,
            registry: self.pipeline.registry.clone(),
            log: self.pipeline.log.clone(),
            health: Arc::clone(&self.pipeline.health),
            token: http.token_file.as_deref().map(secrets::token).transpose()?,
            http: http.clone(),
        };
        tasks.spawn(http::serve(listener, parts));
        if self.pipeline.log.embedded().is_none() {
            tasks.spawn(roles::watch_log(self.pipeline.clone()));
        }
        let health = &self.pipeline.health;
        tasks.spawn(open_files::watch(
            self.open_files.clone(),
            Arc::clone(health),
        ));
        tasks.spawn(roles::tell_manager(Arc::clone(health)));
        self.greet(&mut tasks);
        Ok(tasks)
    }

    fn greet(&self, tasks: &mut Tasks) {
        let app = Arc::clone(&self.app);
        match &self.files {
            Some(files) if *self.pipeline.health.roles() == RoleSet::all() => {
                let scaled = self.scaled.clone();
                tasks.spawn(greeting::greet(app, files.clone(), self.address, scaled));
            }
            _ => {
                tasks.spawn(greeting::greet_apart(
                    app,
                    self.pipeline.clone(),
                    self.address,
                ));
            }
        }
    }

    /// The crawler: the sources, and the routes that take posts.
    fn crawl(&self, watching: &Watching, tasks: &mut Tasks) -> anyhow::Result<Router> {
        let outlet: Arc<dyn Outlet> = Arc::new(LogOutlet::new(&self.pipeline));
        let book = PulseBook::default();
        self.pipeline.health.watch_sources(book.clone());
        let sources = Sources::new(&self.app, &self.pipeline)?;
        let push = sources.push(Arc::clone(&outlet), &book)?;
        let supervisor = self.supervisor(&sources, watching, outlet, book)?;
        tasks.spawn(async move {
            supervisor.run().await;
            Ok(())
        });
        if !self.pipeline.health.crawler_is_open() {
            tasks.spawn(roles::open_crawler(self.pipeline.clone()));
        }
        Ok(push)
    }

    /// What goes with the ledger: notices out, the heartbeat, retention.
    fn alert(&self, files: &Files, watching: &Watching, tasks: &mut Tasks) -> anyhow::Result<()> {
        let (dispatcher, routes) = self.dispatcher(files, watching)?;
        if let Some(heartbeat) = watching.heartbeat()? {
            tasks.spawn(heartbeat.run());
        }
        tasks.spawn(async move {
            dispatcher.run(routes).await;
            Ok(())
        });
        tasks.spawn(roles::housekeeping(files.clone()));
        Ok(())
    }

    fn supervisor(
        &self,
        sources: &Sources,
        watching: &Watching,
        outlet: Arc<dyn Outlet>,
        book: PulseBook,
    ) -> anyhow::Result<Supervisor> {
        let (clock, stopped) = (&self.pipeline.clock, self.pipeline.health.stopped());
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

    fn dispatcher(
        &self,
        files: &Files,
        watching: &Watching,
    ) -> anyhow::Result<(Dispatcher, Vec<Route>)> {
        let (app, clock) = (&self.app, &self.pipeline.clock);
        let config = &app.loaded.config;
        let configured = policy::receivers(config);
        let mut routes = receivers::routes(&configured, &app.phrasing(), app.colour, clock)?;
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
            clock: Arc::clone(clock),
            metrics: fengbiao_sink::Metrics::register(&self.pipeline.registry)?,
            failing: self.pipeline.health.receivers().clone(),
            wake: files.ledger.outbox_changed(),
            stop: self.pipeline.health.stopped(),
        };
        Ok((dispatcher, routes))
    }

    /// Runs the roles beside the tasks until the daemon is to stop, and stops all in good order.
    async fn until_stopped(
        self,
        signals: roles::StopSignals,
        mut tasks: Tasks,
    ) -> anyhow::Result<()> {
        let health = Arc::clone(&self.pipeline.health);
        let name = format!("{}{ADDRESS_FILE}", health.roles().file_prefix());
        let address_file = self.app.loaded.config.data_dir.join(name);
        std::fs::write(&address_file, format!("{}\n", self.address))
            .context("writing the daemon's address")?;
        let threads = roles::start(&self.pipeline, self.files.as_ref())?;
        let format = self.app.loaded.config.logging.format;
        let outcome = until_stopped(signals, &mut tasks, &health, format).await;
        health.stop();
        roles::notify("STOPPING=1");
        let ended = roles::end(tasks, threads, &self.pipeline.log, ROLES_END_WITHIN);
        if tokio::time::timeout(STOP_WITHIN, ended).await.is_err() {
            tracing::warn!(
                "not everything stopped in time; nothing is lost, the next start goes on"
            );
        }
        std::fs::remove_file(&address_file).ok();
        outcome
    }
}

/// Returns when a signal says so, when a task that must not end has failed, or when another process
/// has the place of this one.
async fn until_stopped(
    mut signals: roles::StopSignals,
    tasks: &mut Tasks,
    health: &health::Health,
    format: LogFormat,
) -> anyhow::Result<()> {
    let mut stopped = health.stopped();
    loop {
        tokio::select! {
            () = signals.next() => {
                logging::say(format, "stopping");
                return Ok(());
            }
            _ = stopped.wait_for(|stop| *stop) => {
                return health.ended().map_or(Ok(()), |why| Err(why.into()));
            }
            Some(ended) = tasks.join_next() => ended.context("a task of the daemon panicked")??,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LogKind;

    /// A second process in the same data directory, by the roles of both.
    #[test]
    fn roles_that_keep_the_same_state_are_not_there_twice_in_one_data_directory() {
        use Role::{Alerter, Console, Crawler, Matcher};
        let (all, ledger) = (&[][..], &[Alerter, Console][..]);
        let (crawler, matcher) = (&[Crawler][..], &[Matcher][..]);
        for (first, second, refused) in [
            (all, all, true),
            (all, ledger, true),
            (all, crawler, true),
            (crawler, all, true),
            (crawler, crawler, true),
            (ledger, crawler, false),
            (all, matcher, false),
            (matcher, matcher, false),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let take = |asked: &[Role]| {
                let roles = RoleSet::chosen(asked, LogKind::Kafka).unwrap();
                locks_of(&roles, folder.path())
            };
            let _first = take(first).unwrap();
            let taken = take(second);
            assert_eq!(taken.is_err(), refused, "{first:?} and then {second:?}");
        }
    }
}
