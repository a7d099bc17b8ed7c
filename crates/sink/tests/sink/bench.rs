//! What the tests of the dispatcher run on: an outbox in memory that keeps the same promises as the
//! ledger's, sinks that do as they are told, and a clock that is set.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fengbiao_model::{Notice, NoticeKey, ReceiverId, Tier, TimeSpan, Timestamp};
use fengbiao_sink::{
    Backoff, Dispatcher, Failing, Metrics, Outbox, OutboxError, Outgoing, Queued, Route, Secret,
    Sending, Sink, WebhookOptions, WebhookSink,
};
use prometheus::Registry;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::sample::{NOW, SetClock, key, notice, outgoing};
use crate::server::Server;

/// Longest wait for what must come, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// The same for a stop. Who waits for nothing looks up after a minute: by then it must have ended.
const STOP_WITHIN: Duration = Duration::from_secs(45);
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    Waiting(Timestamp),
    Delivered,
    Dead,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) outgoing: Outgoing,
    pub(crate) attempts: u32,
    pub(crate) state: State,
    pub(crate) error: String,
}

#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) entries: Mutex<BTreeMap<NoticeKey, Entry>>,
    /// So many calls of `delivered` fail first.
    pub(crate) refusals: AtomicU32,
}

impl Memory {
    pub(crate) fn put(&self, notice: Notice) {
        let entry = Entry {
            outgoing: outgoing(notice.clone()),
            attempts: 0,
            state: State::Waiting(notice.made_at),
            error: String::new(),
        };
        self.entries.lock().unwrap().insert(notice.key, entry);
    }

    pub(crate) fn put_once(&self, key: &NoticeKey, receiver: &ReceiverId) {
        let mut notice = self.entry(key).outgoing.notice;
        notice.key.receiver = receiver.clone();
        if !self.entries.lock().unwrap().contains_key(&notice.key) {
            self.put(notice);
        }
    }

    pub(crate) fn entry(&self, key: &NoticeKey) -> Entry {
        self.entries.lock().unwrap()[key].clone()
    }

    pub(crate) fn has(&self, key: &NoticeKey) -> bool {
        self.entries.lock().unwrap().contains_key(key)
    }

    pub(crate) fn change(&self, key: &NoticeKey, change: impl FnOnce(&mut Entry)) {
        change(self.entries.lock().unwrap().get_mut(key).unwrap());
    }
}

impl Outbox for Memory {
    fn due(
        &self,
        receiver: &ReceiverId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Queued>, OutboxError> {
        let entries = self.entries.lock().unwrap();
        let is_due = |entry: &&Entry| {
            entry.outgoing.notice.key.receiver == *receiver
                && matches!(entry.state, State::Waiting(at) if at <= now)
        };
        let mut due: Vec<&Entry> = entries.values().filter(is_due).collect();
        due.sort_by_key(|entry| {
            let notice = &entry.outgoing.notice;
            (Reverse(notice.tier), notice.made_at, notice.key.clone())
        });
        let queued = |entry: &Entry| {
            let (outgoing, attempts) = (entry.outgoing.clone(), entry.attempts);
            Queued { outgoing, attempts }
        };
        Ok(due.into_iter().take(limit).map(queued).collect())
    }

    fn next_due(&self, receiver: &ReceiverId) -> Result<Option<Timestamp>, OutboxError> {
        let entries = self.entries.lock().unwrap();
        let mine = entries
            .values()
            .filter(|e| e.outgoing.notice.key.receiver == *receiver);
        let waiting = mine.filter_map(|entry| match entry.state {
            State::Waiting(at) => Some(at),
            _ => None,
        });
        Ok(waiting.min())
    }

    fn delivered(&self, key: &NoticeKey, _at: Timestamp) -> Result<(), OutboxError> {
        let refuse = |left: u32| left.checked_sub(1);
        if self
            .refusals
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, refuse)
            .is_ok()
        {
            return Err(OutboxError("the disk is full".into()));
        }
        if matches!(self.entry(key).state, State::Waiting(_)) {
            self.change(key, |entry| entry.state = State::Delivered);
        }
        Ok(())
    }

    fn retry(
        &self,
        key: &NoticeKey,
        next_at: Timestamp,
        error: &str,
        stand_in: Option<&ReceiverId>,
    ) -> Result<(), OutboxError> {
        if let Some(receiver) = stand_in {
            self.put_once(key, receiver);
        }
        self.change(key, |entry| {
            entry.state = State::Waiting(next_at);
            entry.attempts += 1;
            error.clone_into(&mut entry.error);
        });
        Ok(())
    }

    fn hurry(&self, receiver: &ReceiverId) -> Result<(), OutboxError> {
        let mut entries = self.entries.lock().unwrap();
        for entry in entries.values_mut() {
            let notice = &entry.outgoing.notice;
            if notice.key.receiver == *receiver && matches!(entry.state, State::Waiting(_)) {
                entry.state = State::Waiting(notice.made_at);
            }
        }
        Ok(())
    }

    fn dead(
        &self,
        key: &NoticeKey,
        error: &str,
        fallback: Option<&ReceiverId>,
    ) -> Result<(), OutboxError> {
        // Whoever sees that it is given up finds what stands in for it.
        if let Some(fallback) = fallback {
            self.put_once(key, fallback);
        }
        self.change(key, |entry| {
            entry.state = State::Dead;
            error.clone_into(&mut entry.error);
        });
        Ok(())
    }
}

/// A sink that does what the real ones will not do on demand.
#[derive(Default)]
pub(crate) struct Scripted {
    pub(crate) taken: Mutex<Vec<NoticeKey>>,
    pub(crate) wait: Duration,
    pub(crate) panics: bool,
}

impl Sink for Scripted {
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(async move {
            tokio::time::sleep(self.wait).await;
            assert!(!self.panics, "as the test asked");
            self.taken.lock().unwrap().push(outgoing.notice.key.clone());
            Ok(())
        })
    }
}

pub(crate) struct Bench {
    pub(crate) failing: Failing,
    pub(crate) outbox: Arc<Memory>,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) registry: Registry,
    pub(crate) wake: watch::Sender<u64>,
    pub(crate) stop: watch::Sender<bool>,
}

impl Bench {
    pub(crate) fn new(notices: Vec<Notice>) -> Self {
        let outbox = Arc::new(Memory::default());
        notices.into_iter().for_each(|notice| outbox.put(notice));
        Self {
            failing: Failing::default(),
            outbox,
            clock: SetClock::at(NOW + TimeSpan::from_secs(2)),
            registry: Registry::new(),
            wake: watch::Sender::new(0),
            stop: watch::Sender::new(false),
        }
    }

    pub(crate) fn start(&self, routes: Vec<Route>) -> JoinHandle<()> {
        let dispatcher = Dispatcher {
            outbox: self.outbox.clone(),
            clock: self.clock.clone(),
            metrics: Metrics::register(&self.registry).unwrap(),
            failing: self.failing.clone(),
            wake: self.wake.subscribe(),
            stop: self.stop.subscribe(),
        };
        tokio::spawn(dispatcher.run(routes))
    }

    /// Waits in real time for what must come.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(
                began.elapsed() < PATIENCE,
                "did not happen: {what}: {:#?}",
                self.outbox.entries.lock().unwrap()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn is(&self, key: &NoticeKey, state: &State) -> bool {
        self.outbox.entry(key).state == *state
    }

    pub(crate) async fn end(self, running: JoinHandle<()>) {
        self.stop.send(true).unwrap();
        let ended = tokio::time::timeout(STOP_WITHIN, running).await;
        ended.unwrap().unwrap();
    }
}

pub(crate) fn receiver(name: &str) -> ReceiverId {
    ReceiverId::new(name).unwrap()
}

pub(crate) fn route(name: &str, sink: Arc<dyn Sink>) -> Route {
    Route {
        receiver: receiver(name),
        sink,
        fallback: None,
        backoff: Backoff::default(),
    }
}

pub(crate) fn to(name: &str, change: u32, tier: Tier) -> Notice {
    Notice {
        key: key(name, change),
        tier,
        ..notice()
    }
}

pub(crate) fn webhook(server: &Server, clock: &Arc<SetClock>) -> Arc<dyn Sink> {
    let options = WebhookOptions::new(Secret::new(&server.url));
    Arc::new(WebhookSink::new(options, clock.clone()).unwrap())
}
