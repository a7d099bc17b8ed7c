//! The roles as threads, the housekeeping, and how the process talks to whoever runs it.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use fengbiao_ledger::LedgerError;
use fengbiao_log::LogError;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Tasks;
use super::files::Files;
use super::health::Health;
use super::matching::Matching;
use super::pipeline::Pipeline;
use super::role::Role;
use crate::limits::{
    BROKER_LOOK_INTERVAL, BROKER_LOOK_PATIENCE, FIRST_LEXICON_INTERVAL, RETENTION_INTERVAL,
    ROLE_RETRY, ROLES_LOOK_INTERVAL, STATUS_INTERVAL,
};
use crate::log::Log;

/// The threads of matcher and alerter.
pub(crate) struct Threads(Vec<JoinHandle<()>>);

impl Threads {
    /// Waits until all have stopped.
    fn join(self) {
        for thread in self.0 {
            if thread.join().is_err() {
                tracing::error!("a role panicked");
            }
        }
    }
}

/// Waits until all that was asked to stop has stopped, and closes the log behind it: what tasks do last,
/// such as to answer pushes that are under way and to say how the sources were, they do with the log.
/// One that waits for brokers would wait for as long as they are gone, so that the log is closed under it
/// after `patience`: what it has not committed is read again.
pub(crate) async fn end(mut tasks: Tasks, threads: Threads, log: &Log, patience: Duration) {
    let threads = tokio::task::spawn_blocking(move || threads.join());
    let mut all = std::pin::pin!(async {
        while tasks.join_next().await.is_some() {}
        threads.await.ok();
    });
    let in_order = tokio::time::timeout(patience, &mut all).await.is_ok();
    let log = log.clone();
    tokio::task::spawn_blocking(move || log.close()).await.ok();
    if !in_order {
        all.await;
    }
}

/// What a role does in its thread.
type Work = Box<dyn FnOnce() + Send>;

/// Starts the roles that work in threads. One that fails is started again: what it did not commit
/// it reads again.
pub(crate) fn start(pipeline: &Pipeline, files: Option<&Files>) -> anyhow::Result<Threads> {
    let mut threads: Vec<(&str, Work)> = Vec::new();
    if pipeline.health.roles().has(Role::Matcher) {
        let pipeline = pipeline.clone();
        let work = move || {
            let failed = |why: &str| pipeline.health.matcher_failed(why);
            let match_posts = || Matching::new(&pipeline)?.run();
            keep(&pipeline.health, "matcher", match_posts, failed);
        };
        threads.push(("matcher", Box::new(work)));
    }
    if let Some(files) = files.cloned() {
        let work = move || {
            let health = &files.pipeline.health;
            let failed = |why: &str| health.alerter_failed(why);
            let judge = || {
                health.alerter_begins();
                files.alerting()?.run()
            };
            keep(health, "alerter", judge, failed);
        };
        threads.push(("alerter", Box::new(work)));
    }
    let mut started = Threads(Vec::new());
    for (name, work) in threads {
        let thread = std::thread::Builder::new().name(name.to_owned());
        match thread.spawn(work) {
            Ok(thread) => started.0.push(thread),
            Err(error) => {
                pipeline.health.stop();
                // What it has begun is read again; it must not wait for brokers now.
                pipeline.log.close();
                started.join();
                return Err(error).with_context(|| format!("starting the thread of the {name}"));
            }
        }
    }
    Ok(started)
}

/// Another process has the place of this one. To start again would take it back from that one, and
/// so on without end: the process ends.
#[derive(Debug, thiserror::Error)]
#[error("the {role} ends: {why}")]
pub(crate) struct Replaced {
    role: String,
    why: String,
}

fn has_replaced_us(error: &anyhow::Error) -> bool {
    let log = error.downcast_ref::<LogError>();
    let ledger = error.downcast_ref::<LedgerError>();
    matches!(log, Some(LogError::Fenced { .. }))
        || matches!(ledger, Some(LedgerError::Fenced { .. }))
}

/// How the work ended. A panic is a failure like any other, or the process would go on without the role;
/// what the role held goes with it, and it begins from what is stored.
fn outcome(work: impl Fn() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    worked.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(anyhow::anyhow!(
            "a fault in the program, it panicked: {}\n\
             hint: please report it with what the log says before it",
            text.unwrap_or("without a word")
        ))
    })
}

fn keep(health: &Health, name: &str, work: impl Fn() -> anyhow::Result<()>, failed: impl Fn(&str)) {
    let mut said = String::new();
    while !health.stopping() {
        let Err(error) = outcome(&work) else { return };
        if health.stopping() {
            tracing::info!(role = name, error = %format!("{error:#}"), "a role was stopped at its work");
            return;
        }
        let why = format!("{error:#}");
        failed(&why);
        if has_replaced_us(&error) {
            tracing::error!(role = name, error = %why, "another process has the place of this one, which ends");
            let role = name.to_owned();
            return health.end(Replaced { role, why });
        }
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
    let mut stopped = files.pipeline.health.stopped();
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

/// Looks again and again whether the brokers are there, so that readiness tells the truth also while
/// nothing is to be read or written.
pub(crate) async fn watch_log(pipeline: Pipeline) -> anyhow::Result<()> {
    let mut stopped = pipeline.health.stopped();
    let mut said = false;
    loop {
        let log = pipeline.log.clone();
        let look = tokio::task::spawn_blocking(move || log.look(BROKER_LOOK_PATIENCE));
        let failed = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
            look = look => look?.err().map(|error| error.to_string()),
        };
        match &failed {
            Some(why) if !said => tracing::error!("{why}"),
            None if said => tracing::info!("the brokers are there again"),
            _ => {}
        }
        said = failed.is_some();
        pipeline.health.log(failed);
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
            () = tokio::time::sleep(BROKER_LOOK_INTERVAL) => {}
        }
    }
}

/// Lets the crawler write once the control records of a lexicon stand in the log: a matcher could
/// not pass what stands before them.
pub(crate) async fn open_crawler(pipeline: Pipeline) -> anyhow::Result<()> {
    let mut stopped = pipeline.health.stopped();
    loop {
        let publications = pipeline.publications.clone();
        match tokio::task::spawn_blocking(move || publications.any_in_force()).await? {
            Ok(true) => {
                pipeline.health.open_crawler();
                return Ok(());
            }
            Ok(false) => {}
            Err(error) => tracing::warn!("{error:#}"),
        }
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
            () = tokio::time::sleep(FIRST_LEXICON_INTERVAL) => {}
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

/// Tells the service manager that the roles have begun, and from then on how they are: one that waits
/// for its operator or for brokers has begun, and to be started again would not help it.
pub(crate) async fn tell_manager(health: Arc<Health>) -> anyhow::Result<()> {
    let mut stopped = health.stopped();
    let mut told: Option<String> = None;
    loop {
        let pause = match &told {
            None => ROLES_LOOK_INTERVAL,
            Some(_) => STATUS_INTERVAL,
        };
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
        if told.is_none() && !health.begun() {
            continue;
        }
        let obstacle = health.obstacles().into_iter().next();
        let status = obstacle.map_or("ready".to_owned(), |why| why.replace('\n', "; "));
        if told.as_ref() != Some(&status) {
            let ready = if told.is_none() { "READY=1\n" } else { "" };
            notify(&format!("{ready}STATUS={status}"));
            told = Some(status);
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::path::Path;

    use fengbiao_log::embedded::{Embedded, Options};
    use fengbiao_log::{Destination, NewRecord, Topic};
    use fengbiao_model::Partition;

    use super::super::role::RoleSet;
    use super::*;
    use crate::clock::SystemClock;

    /// Longer than any test runs.
    const FOR_EVER: Duration = Duration::from_secs(3_600);

    fn log(folder: &Path) -> Log {
        let metrics = fengbiao_log::Metrics::register(&prometheus::Registry::new()).unwrap();
        let clock = Arc::new(SystemClock::new());
        let path = folder.join("log.sqlite");
        Log::Embedded(Embedded::open(&path, Options::default(), clock, metrics).unwrap())
    }

    fn pulse() -> Vec<NewRecord> {
        vec![NewRecord {
            topic: Topic::Pulses,
            to: Destination::Partition(Partition(0)),
            payload: b"the last beat".to_vec(),
        }]
    }

    /// A process without matcher and alerter has no threads that end last.
    #[tokio::test]
    async fn what_tasks_write_last_is_written_before_the_log_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path());
        let (mut tasks, writing) = (Tasks::new(), log.clone());
        tasks.spawn(async move {
            // As a push under way, of which a part is still to come.
            tokio::time::sleep(Duration::from_millis(100)).await;
            writing.append_async(pulse()).await?;
            Ok(())
        });
        end(tasks, Threads(Vec::new()), &log, FOR_EVER).await;
        let written = log.next_offset(Topic::Pulses, Partition(0)).unwrap();
        assert_eq!(written.0, 1);
        assert_eq!(log.append(pulse()), Err(LogError::Closed));
    }

    #[tokio::test]
    async fn the_log_is_closed_under_who_would_wait_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path());
        let (mut tasks, by_task, by_thread) = (Tasks::new(), log.clone(), log.clone());
        tasks.spawn(async move {
            while by_task.append_async(pulse()).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok(())
        });
        let thread = std::thread::spawn(move || while by_thread.append(pulse()).is_ok() {});
        let patience = Duration::from_millis(50);
        end(tasks, Threads(vec![thread]), &log, patience).await;
        assert_eq!(log.append(pulse()), Err(LogError::Closed));
    }

    /// Else the process would look alive, and nobody would match or judge.
    #[test]
    fn one_that_panics_is_started_again() {
        let health = Health::new(RoleSet::all());
        let outcomes = RefCell::new(vec!["done", "panic"]);
        let work = || match outcomes.borrow_mut().pop().unwrap() {
            "panic" => panic!("index {} is out of bounds", 7),
            _ => Ok(()),
        };
        let why = RefCell::new(String::new());
        keep(&health, "matcher", work, |said| {
            *why.borrow_mut() = said.to_owned();
        });
        assert!(outcomes.borrow().is_empty(), "it was started again");
        let why = why.into_inner();
        assert!(why.contains("panicked: index 7 is out"), "{why}");
        assert!(!health.stopping());
    }

    #[test]
    fn one_that_fails_is_started_again_and_one_whose_place_was_taken_ends_the_process() {
        let health = Health::new(RoleSet::all());
        let fenced = LogError::Fenced {
            member: "alerter-hits".to_owned(),
            group: "alerter".to_owned(),
            brokers: "kafka:9092".to_owned(),
        };
        let outcomes = RefCell::new(vec![fenced.into(), anyhow::anyhow!("the disk is full")]);
        let work = || Err(outcomes.borrow_mut().pop().unwrap());
        keep(&health, "alerter", work, |why| health.alerter_failed(why));
        assert!(outcomes.borrow().is_empty());
        assert!(health.stopping());
        let obstacles = health.obstacles().join("\n");
        assert!(obstacles.contains("`alerter-hits`"), "{obstacles}");
        let said = health.ended().unwrap().to_string();
        for part in ["the alerter ends", "`kafka:9092`", "hint: stop one"] {
            assert!(said.contains(part), "no `{part}` in {said}");
        }
    }
}
