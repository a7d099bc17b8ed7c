//! The roles as threads, the housekeeping, and how the process talks to whoever runs it.

use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::Context;
use fengbiao_log::Topic;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::files::Files;
use super::matching::Matching;
use crate::config::{LogFormat, Logging};
use crate::limits::{RETENTION_INTERVAL, ROLE_RETRY};

/// The threads of matcher and alerter.
pub(crate) struct Roles(Vec<JoinHandle<()>>);

impl Roles {
    /// Waits until all have stopped.
    pub(crate) fn join(self) {
        for thread in self.0 {
            if thread.join().is_err() {
                tracing::error!("a role panicked");
            }
        }
    }
}

/// Starts both roles. One that fails is started again: what it did not commit it reads again.
pub(crate) fn start(files: &Files) -> Roles {
    let matcher = {
        let files = files.clone();
        move || {
            keep(
                &files,
                "matcher",
                |files| matching(files)?.run(),
                |files, why| {
                    files.health.matcher_failed(why);
                },
            );
        }
    };
    let alerter = {
        let files = files.clone();
        move || {
            keep(
                &files,
                "alerter",
                |files| files.alerting()?.run(),
                |files, why| {
                    files.health.alerter_failed(why);
                },
            );
        }
    };
    let threads = [
        ("matcher", Box::new(matcher) as Box<dyn FnOnce() + Send>),
        ("alerter", Box::new(alerter)),
    ];
    let spawn = |(name, work): (&str, Box<dyn FnOnce() + Send>)| {
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(work)
            .ok()
    };
    Roles(threads.into_iter().filter_map(spawn).collect())
}

fn matching(files: &Files) -> anyhow::Result<Matching> {
    use fengbiao_log::Producer as _;
    Ok(Matching::new(
        files.log.consumer("matcher", Topic::Posts)?,
        files.publications.clone(),
        files.log.partitions(Topic::Hits),
        Arc::clone(&files.clock),
        Arc::clone(&files.health),
        Arc::clone(&files.metrics),
    ))
}

fn keep(
    files: &Files,
    name: &str,
    work: impl Fn(&Files) -> anyhow::Result<()>,
    failed: impl Fn(&Files, &str),
) {
    let mut said = String::new();
    while !files.health.stopping() {
        let Err(error) = work(files) else { return };
        let why = format!("{error:#}");
        failed(files, &why);
        // A fault that stays is said once.
        if why != said {
            tracing::error!(role = name, error = %why, "a role failed; it is started again");
            said = why;
        }
        std::thread::sleep(ROLE_RETRY);
    }
}

/// Now and then removes what is past its time.
pub(crate) async fn housekeeping(files: Files) -> anyhow::Result<()> {
    let mut stopped = files.health.stopped();
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
            () = tokio::time::sleep(RETENTION_INTERVAL) => {}
        }
        let files = files.clone();
        let done = tokio::task::spawn_blocking(move || files.retain()).await?;
        if let Err(error) = done {
            tracing::warn!(%error, "retention of the ledger failed; it is tried again");
        }
    }
}

/// The signals that ask the process to stop: SIGTERM and Ctrl-C. One that comes while nobody waits
/// is heard by whoever waits next.
pub(crate) struct StopSignals {
    term: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// Listens from now on.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate()).context("listening for SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("listening for SIGINT")?,
        })
    }

    /// Returns at the next one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Tells systemd how we are (`Type=notify`): one datagram to the socket that it names. Nothing
/// happens where there is none.
pub(crate) fn notify(state: &str) {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    let Ok(path) = std::env::var("NOTIFY_SOCKET") else {
        return;
    };
    let address = match path.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&path),
    };
    let sent = address
        .and_then(|address| UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address));
    if let Err(error) = sent {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}

/// The program's own log, on standard error. The demonstration keeps it quiet beside the cards.
pub(crate) fn start_logging(logging: &Logging, demo: bool) -> anyhow::Result<()> {
    use std::io::IsTerminal as _;
    use tracing_subscriber::EnvFilter;
    let level = if demo { "error" } else { &logging.level };
    let filter = EnvFilter::try_new(level)
        .map_err(|error| anyhow::anyhow!("`logging.level` is `{level}`: {error}"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match logging.format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}
