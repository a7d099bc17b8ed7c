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

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use fengbiao_crawler::{PulseBook, Supervisor};
use fengbiao_model::Clock;
use fengbiao_sink::Dispatcher;

use crate::app::App;
use crate::clock::{ScaledClock, SystemClock};
use crate::limits::STOP_WITHIN;
use crate::{demo, lock, policy, secrets, terminal};
pub(crate) use files::{ADDRESS_FILE, BACKED_UP, Files, LEDGER_FILE, LOG_FILE, open_log};
use outlet::LogOutlet;
use sources::Sources;

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
    config.source.clear();
    config.receiver.clear();
    Ok(folder)
}

async fn serve(app: App, demo: bool) -> anyhow::Result<()> {
    let app = Arc::new(app);
    let config = &app.loaded.config;
    let _lock = lock::take(&config.data_dir)?;
    let token = config
        .http
        .token_file
        .as_deref()
        .map(secrets::token)
        .transpose()?;
    let listener = http::bind(&config.http).await?;
    let address = listener.local_addr()?;
    let scaled = demo.then(|| Arc::new(ScaledClock::new(demo::AGO, demo::HURRY)));
    let clock: Arc<dyn Clock> = match &scaled {
        Some(scaled) => Arc::clone(scaled) as _,
        None => Arc::new(SystemClock::new()),
    };
    let files = {
        let (app, clock) = (Arc::clone(&app), Arc::clone(&clock));
        tokio::task::spawn_blocking(move || Files::open(&app, clock)).await??
    };
    let text = watch::first_lexicon(&app, &files, demo).await?;
    std::fs::write(config.data_dir.join(ADDRESS_FILE), format!("{address}\n"))
        .context("writing the daemon's address")?;

    let health = Arc::clone(&files.health);
    let outlet: Arc<dyn fengbiao_crawler::Outlet> =
        Arc::new(LogOutlet::new(Arc::clone(&files.log)));
    let book = PulseBook::default();
    let sources = Sources::new(&app, &files)?;
    let parts = http::Parts {
        push: sources.push(Arc::clone(&outlet), &book)?,
        console: files.router()?,
        registry: files.registry.clone(),
        health: Arc::clone(&health),
        token,
    };
    let mut supervisor = Supervisor::new(
        outlet,
        Arc::clone(&clock),
        health.stopped(),
        sources.metrics.clone(),
        book,
    );
    for source in sources.configured(&app)? {
        supervisor = supervisor.with(source);
    }
    if demo {
        supervisor = supervisor.with(Box::new(sources.story(clock.wall())?));
    }
    let routes = receivers::routes(
        &policy::receivers(config),
        &app.phrasing(),
        app.colour,
        &clock,
    )?;
    let dispatcher = Dispatcher {
        outbox: Arc::new(outbox::LedgerOutbox {
            ledger: Arc::clone(&files.ledger),
            links: outbox::Links {
                base: greeting::base(config, address),
                key: files.key(),
                valid: config.http.acknowledge_link_valid.0,
            },
        }),
        clock: Arc::clone(&clock),
        metrics: fengbiao_sink::Metrics::register(&files.registry)?,
        wake: files.ledger.outbox_changed(),
        stop: health.stopped(),
    };

    let roles = roles::start(&files);
    let mut tasks = tokio::task::JoinSet::new();
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
    if !demo {
        tasks.spawn(watch::lexicon(Arc::clone(&app), files.clone(), text.hash()));
    }
    tasks.spawn(greeting::greet(
        Arc::clone(&app),
        files.clone(),
        address,
        scaled,
    ));

    let outcome = until_stopped(&mut tasks, &health).await;
    health.stop();
    roles::notify("STOPPING=1");
    let ended = async {
        while tasks.join_next().await.is_some() {}
        tokio::task::spawn_blocking(move || roles.join()).await.ok();
    };
    if tokio::time::timeout(STOP_WITHIN, ended).await.is_err() {
        tracing::warn!("not everything stopped in time; nothing is lost, the next start goes on");
    }
    std::fs::remove_file(config.data_dir.join(ADDRESS_FILE)).ok();
    outcome
}

/// Returns when a signal says so, or when a task that must not end has failed.
async fn until_stopped(
    tasks: &mut tokio::task::JoinSet<anyhow::Result<()>>,
    health: &health::Health,
) -> anyhow::Result<()> {
    let mut stopped = health.stopped();
    loop {
        tokio::select! {
            signal = roles::stop_signal() => {
                signal?;
                terminal::remark("stopping");
                return Ok(());
            }
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
            Some(ended) = tasks.join_next() => ended.context("a task of the daemon panicked")??,
        }
    }
}
