//! How the daemon is: whether it stops, whether its roles live, and what it waits for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use fengbiao_alerter::record::Clocks;
use fengbiao_model::{LexiconNumber, Tier};
use tokio::sync::watch;

use crate::limits::ROLE_SILENCE;

/// Shared by all roles of one daemon.
pub(crate) struct Health {
    stop: watch::Sender<bool>,
    stopping: AtomicBool,
    lexicon: AtomicU64,
    matcher: Mutex<Role>,
    alerter: Mutex<Role>,
    held: AtomicBool,
    canary: Mutex<Option<Canary>>,
    /// The highest tier of an open alarm of the pipeline.
    pipeline: Mutex<Option<Tier>>,
}

/// What is expected of canaries, in real time.
#[derive(Clone, Copy)]
struct Canary {
    /// When the last one came out, or the wait began.
    last: Instant,
    /// By when the next one must have.
    bound: Duration,
}

/// What is known of one role.
struct Role {
    /// When it last finished a round (real time); none before the first.
    alive: Option<Instant>,
    /// Why it cannot work now.
    failed: Option<String>,
}

impl Role {
    const fn new() -> Mutex<Self> {
        Mutex::new(Self {
            alive: None,
            failed: None,
        })
    }
}

impl Health {
    pub(crate) fn new() -> Self {
        Self {
            stop: watch::Sender::new(false),
            stopping: AtomicBool::new(false),
            lexicon: AtomicU64::new(0),
            matcher: Role::new(),
            alerter: Role::new(),
            held: AtomicBool::new(false),
            canary: Mutex::new(None),
            pipeline: Mutex::new(None),
        }
    }

    /// Asks everything to stop.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.stop.send_replace(true);
    }

    /// Whether everything is asked to stop.
    pub(crate) fn stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Becomes true when everything is asked to stop.
    pub(crate) fn stopped(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// The lowest lexicon in force over all partitions; none where one has none.
    pub(crate) fn lexicon(&self, number: Option<LexiconNumber>) {
        self.lexicon
            .store(number.map_or(0, |number| number.0), Ordering::SeqCst);
    }

    /// The matcher has finished a round.
    pub(crate) fn matcher_alive(&self) {
        set(&self.matcher, None);
    }

    /// The matcher cannot work.
    pub(crate) fn matcher_failed(&self, why: &str) {
        set(&self.matcher, Some(why.to_owned()));
    }

    /// The alerter has finished a round.
    pub(crate) fn alerter_alive(&self, clocks: &Clocks) {
        self.held.store(clocks.held, Ordering::SeqCst);
        set(&self.alerter, None);
    }

    /// The alerter cannot work.
    pub(crate) fn alerter_failed(&self, why: &str) {
        set(&self.alerter, Some(why.to_owned()));
    }

    /// From now on a canary must come out within each `bound`.
    pub(crate) fn expect_canaries(&self, bound: Duration) {
        let last = Instant::now();
        *self.canary() = Some(Canary { last, bound });
    }

    /// A canary has come out.
    pub(crate) fn canary_came(&self) {
        if let Some(canary) = self.canary().as_mut() {
            canary.last = Instant::now();
        }
    }

    fn canary(&self) -> std::sync::MutexGuard<'_, Option<Canary>> {
        self.canary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lost_canary(&self) -> Option<String> {
        let silent = self.canary().filter(|c| c.last.elapsed() > c.bound)?;
        Some(format!(
            "canary: none has come out for {} s",
            silent.last.elapsed().as_secs()
        ))
    }

    /// The highest tier of an open alarm of the pipeline about itself.
    pub(crate) fn pipeline(&self, tier: Option<Tier>) {
        *self.pipeline.lock().unwrap_or_else(PoisonError::into_inner) = tier;
    }

    /// The highest tier of an open alarm of the pipeline about itself.
    pub(crate) fn pipeline_tier(&self) -> Option<Tier> {
        *self.pipeline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What keeps the daemon from doing its work now; empty when nothing does.
    pub(crate) fn obstacles(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.stopping() {
            found.push("stopping".to_owned());
        }
        if self.lexicon.load(Ordering::SeqCst) == 0 {
            found.push("matcher: no lexicon is in force".to_owned());
        }
        found.extend(obstacle("matcher", &self.matcher));
        found.extend(obstacle("alerter", &self.alerter));
        if self.held.load(Ordering::SeqCst) {
            found.push("alerter: wall and monotonic clock have parted, timers hold".to_owned());
        }
        found.extend(self.lost_canary());
        found
    }
}

fn set(role: &Mutex<Role>, failed: Option<String>) {
    let mut role = role.lock().unwrap_or_else(PoisonError::into_inner);
    if failed.is_none() {
        role.alive = Some(Instant::now());
    }
    role.failed = failed;
}

fn obstacle(name: &str, role: &Mutex<Role>) -> Option<String> {
    let role = role.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(why) = &role.failed {
        return Some(format!("{name}: {why}"));
    }
    match role.alive {
        None => Some(format!("{name}: has not begun")),
        Some(at) if at.elapsed() > ROLE_SILENCE => Some(format!(
            "{name}: no sign of life for {} s",
            at.elapsed().as_secs()
        )),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ready_when_nothing_stands_in_the_way() {
        let health = Health::new();
        assert_eq!(health.obstacles().len(), 3);
        health.lexicon(Some(LexiconNumber(1)));
        health.matcher_alive();
        health.alerter_alive(&Clocks::default());
        assert_eq!(health.obstacles(), Vec::<String>::new());
        health.alerter_failed("the disk is full");
        assert_eq!(health.obstacles(), ["alerter: the disk is full"]);
        health.stop();
        assert!(health.stopping() && *health.stopped().borrow());
    }
}
