//! How the daemon is: whether it stops, whether its roles live, and what it waits for.

mod signs;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fengbiao_alerter::record::Clocks;
use fengbiao_crawler::PulseBook;
use fengbiao_model::{LexiconNumber, Tier, TimeSpan};
use fengbiao_sink::Failing;
use tokio::sync::watch;

use self::signs::Signs;
use super::role::{Role, RoleSet};
use super::roles::Replaced;
use crate::clock::ahead_of_clock;
use crate::limits::MAX_CLOCK_BACK;

/// What a role lacks until it has read of every partition that has come to it.
const NOT_READ: &str = "has not read yet of every partition that has come to it";

/// What the alerter lacks before its first round.
const READS_LEDGER: &str = "reads the ledger, and has not begun yet";

/// Shared by all roles of one daemon.
pub(crate) struct Health {
    stop: watch::Sender<bool>,
    stopping: AtomicBool,
    /// Why the process ends by itself.
    ended: Mutex<Option<Replaced>>,
    roles: RoleSet,
    lexicon: Mutex<InForce>,
    /// Why the log cannot be reached.
    log: Mutex<Option<String>>,
    /// What has become of files that are open and not where they were opened.
    lost_files: Mutex<Vec<String>>,
    /// Whether crawlers may write: lexicons stand before what they write.
    open: AtomicBool,
    /// How the sources are, where there is a crawler.
    sources: Mutex<PulseBook>,
    /// Which receivers cannot be reached.
    receivers: Failing,
    matcher: Mutex<Signs>,
    alerter: Mutex<Signs>,
    held: AtomicBool,
    /// By how much the alerter's time is ahead of the wall clock, in milliseconds.
    ahead: AtomicI64,
    canary: Mutex<Option<Canary>>,
    /// The highest tier of an open alarm of the pipeline.
    pipeline: Mutex<Option<Tier>>,
}

/// The lexicon in force in the partitions of this process's matcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InForce {
    /// It has no partition (yet).
    NoPartition,
    /// One of its partitions has none.
    None,
    /// This one is the lowest.
    From(LexiconNumber),
}

/// What is expected of canaries, in real time.
#[derive(Clone, Copy)]
struct Canary {
    /// When the last one came out, or the wait began.
    last: Instant,
    /// By when the next one must have.
    bound: Duration,
}

impl Health {
    pub(crate) fn new(roles: RoleSet) -> Self {
        Self {
            roles,
            stop: watch::Sender::new(false),
            stopping: AtomicBool::new(false),
            ended: Mutex::new(None),
            lexicon: Mutex::new(InForce::NoPartition),
            log: Mutex::new(None),
            lost_files: Mutex::default(),
            open: AtomicBool::new(false),
            sources: Mutex::default(),
            receivers: Failing::default(),
            matcher: Mutex::default(),
            alerter: Mutex::default(),
            held: AtomicBool::new(false),
            ahead: AtomicI64::new(0),
            canary: Mutex::new(None),
            pipeline: Mutex::new(None),
        }
    }

    /// Asks everything to stop.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.stop.send_replace(true);
    }

    /// Asks everything to stop, since another process has the place of this one.
    pub(crate) fn end(&self, why: Replaced) {
        lock(&self.ended).get_or_insert(why);
        self.stop();
    }

    /// Why the process ends by itself, where it does; told once.
    pub(crate) fn ended(&self) -> Option<Replaced> {
        lock(&self.ended).take()
    }

    /// Whether everything is asked to stop.
    pub(crate) fn stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Becomes true when everything is asked to stop.
    pub(crate) fn stopped(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// The roles of this process.
    pub(crate) const fn roles(&self) -> &RoleSet {
        &self.roles
    }

    /// The lowest lexicon in force over all partitions of the matcher.
    pub(crate) fn lexicon(&self, in_force: InForce) {
        *lock(&self.lexicon) = in_force;
    }

    /// Whether the log can be reached.
    pub(crate) fn log(&self, failed: Option<String>) {
        *lock(&self.log) = failed;
    }

    /// What has become of files that are open; empty while all are where they were opened.
    pub(crate) fn lost_files(&self, lost: Vec<String>) {
        *lock(&self.lost_files) = lost;
    }

    /// Whether the log could be reached when it was last looked at.
    pub(crate) fn reaches_log(&self) -> bool {
        lock(&self.log).is_none()
    }

    /// From now on crawlers may write.
    pub(crate) fn open_crawler(&self) {
        self.open.store(true, Ordering::SeqCst);
    }

    /// Whether crawlers may write.
    pub(crate) fn crawler_is_open(&self) -> bool {
        self.open.load(Ordering::SeqCst)
    }

    /// Whose sources are told of beside readiness.
    pub(crate) fn watch_sources(&self, book: PulseBook) {
        *lock(&self.sources) = book;
    }

    /// Where the dispatcher notes the receivers that cannot be reached.
    pub(crate) const fn receivers(&self) -> &Failing {
        &self.receivers
    }

    /// What an operator should know though it keeps nobody from working: sources and receivers that
    /// fail, while the others go on, and a clock that was set back. So it is no obstacle.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let faults = lock(&self.sources).faults().into_iter();
        let remark = |(source, why)| format!("source `{source}` does not work: {why}");
        let ahead = TimeSpan::from_millis(self.ahead.load(Ordering::SeqCst));
        let clock = (ahead > MAX_CLOCK_BACK).then(|| ahead_of_clock(ahead));
        let clock = clock.map(|said| format!("alerter: {said}"));
        let receivers = self.receivers.all().into_iter();
        let unreached = |(receiver, why)| {
            format!("receiver `{receiver}` cannot be reached, and its notices wait: {why}")
        };
        let all = faults.map(remark).chain(receivers.map(unreached));
        all.chain(clock).collect()
    }

    /// Whether every role of the process has begun its work, though it may lack something.
    pub(crate) fn begun(&self) -> bool {
        let alive = |signs: &Mutex<Signs>| lock(signs).alive.is_some();
        (!self.roles.has(Role::Matcher) || alive(&self.matcher))
            && (!self.roles.has(Role::Alerter) || alive(&self.alerter))
    }

    /// The matcher has finished a round, and what it has is read and matched.
    pub(crate) fn matcher_alive(&self) {
        lock(&self.matcher).works();
    }

    /// The matcher goes round: it lives, and what it was given has not been read yet.
    pub(crate) fn matcher_goes_round(&self) {
        lock(&self.matcher).goes_round(NOT_READ);
    }

    /// The matcher cannot work.
    pub(crate) fn matcher_failed(&self, why: &str) {
        lock(&self.matcher).fails(why);
    }

    /// The alerter reads what is going on from the ledger, which may take a while.
    pub(crate) fn alerter_begins(&self) {
        lock(&self.alerter).begins(READS_LEDGER);
    }

    /// The alerter has finished a round.
    pub(crate) fn alerter_alive(&self, clocks: &Clocks) {
        self.held.store(clocks.held, Ordering::SeqCst);
        let ahead = clocks.ahead().as_millis();
        self.ahead.store(ahead, Ordering::SeqCst);
        lock(&self.alerter).works();
    }

    /// The alerter goes round: it lives, and what it was given has not been read yet.
    pub(crate) fn alerter_goes_round(&self) {
        lock(&self.alerter).goes_round(NOT_READ);
    }

    /// The alerter cannot work.
    pub(crate) fn alerter_failed(&self, why: &str) {
        lock(&self.alerter).fails(why);
    }

    /// The alerter goes round, and waits for something: it lives, and is not ready.
    pub(crate) fn alerter_waits(&self, what: &str) {
        lock(&self.alerter).waits(what);
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

    fn canary(&self) -> MutexGuard<'_, Option<Canary>> {
        lock(&self.canary)
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
        *lock(&self.pipeline) = tier;
    }

    /// The highest tier of an open alarm of the pipeline about itself.
    pub(crate) fn pipeline_tier(&self) -> Option<Tier> {
        *lock(&self.pipeline)
    }

    /// The roles that hang: they have neither finished a round nor failed for long. One that fails again
    /// and again does not hang, and a new process would fail likewise.
    pub(crate) fn stuck(&self) -> Vec<String> {
        let roles = [
            (Role::Matcher, "matcher", &self.matcher),
            (Role::Alerter, "alerter", &self.alerter),
        ];
        let of_ours = roles.into_iter().filter(|(role, ..)| self.roles.has(*role));
        of_ours
            .filter_map(|(_, name, signs)| Some(format!("{name}: {}", lock(signs).stuck()?)))
            .collect()
    }

    /// What keeps the daemon from doing its work now; empty when nothing does.
    pub(crate) fn obstacles(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.stopping() {
            found.push("stopping".to_owned());
        }
        found.extend(lock(&self.log).as_ref().map(|why| format!("log: {why}")));
        found.extend(lock(&self.lost_files).iter().cloned());
        if self.roles.has(Role::Crawler) && !self.crawler_is_open() {
            found.push(
                "crawler: no lexicon has been published yet, so nothing is taken in".to_owned(),
            );
        }
        if self.roles.has(Role::Matcher) {
            let lacking = self.lacking_lexicon();
            let obstacle = lock(&self.matcher).obstacle();
            // Without a partition there is nothing to read.
            let obstacle = obstacle.filter(|(_, waits)| !waits || lacking.is_none());
            found.extend(lacking);
            found.extend(obstacle.map(|(what, _)| format!("matcher: {what}")));
        }
        if self.roles.has(Role::Alerter) {
            let obstacle = lock(&self.alerter).obstacle();
            found.extend(obstacle.map(|(what, _)| format!("alerter: {what}")));
        }
        if self.held.load(Ordering::SeqCst) {
            found.push(
                "alerter: wall and monotonic clock have parted, timers hold; hint: set the clock \
                 right, or say `fengbiao confirm clock` where it is right"
                    .to_owned(),
            );
        }
        found.extend(self.lost_canary());
        found
    }

    fn lacking_lexicon(&self) -> Option<String> {
        match *lock(&self.lexicon) {
            InForce::NoPartition => {
                Some("matcher: no partition of `posts` has come to it yet".to_owned())
            }
            InForce::None => Some("matcher: no lexicon is in force".to_owned()),
            InForce::From(_) => None,
        }
    }
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
