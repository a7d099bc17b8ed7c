//! How the daemon is: whether it stops, whether its roles live, and what it waits for.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fengbiao_alerter::record::Clocks;
use fengbiao_crawler::PulseBook;
use fengbiao_model::{LexiconNumber, Tier, TimeSpan};
use fengbiao_sink::Failing;
use tokio::sync::watch;

use super::role::{Role as RoleName, RoleSet};
use super::roles::Replaced;
use crate::clock::ahead_of_clock;
use crate::limits::{MAX_CLOCK_BACK, ROLE_SILENCE};

/// What a role lacks until it has read of every partition that has come to it.
const NOT_READ: &str = "has not read yet of every partition that has come to it";

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
    /// Whether crawlers may write: lexicons stand before what they write.
    open: AtomicBool,
    /// How the sources are, where there is a crawler.
    sources: Mutex<PulseBook>,
    /// Which receivers cannot be reached.
    receivers: Failing,
    matcher: Mutex<Role>,
    alerter: Mutex<Role>,
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

/// What is known of one role.
struct Role {
    /// When it last finished a round (real time); none before the first.
    alive: Option<Instant>,
    /// When it last finished a round or failed: who hangs does neither.
    moved: Option<Instant>,
    /// Why it could not work; until it has shown that it can.
    failed: Option<String>,
    /// What it waits for.
    waits: Option<String>,
}

impl Role {
    const fn new() -> Mutex<Self> {
        Mutex::new(Self {
            alive: None,
            moved: None,
            failed: None,
            waits: None,
        })
    }

    /// It has done its work.
    fn works(&mut self) {
        self.is_alive();
        (self.failed, self.waits) = (None, None);
    }

    fn is_alive(&mut self) {
        self.alive = Some(Instant::now());
        self.moved = self.alive;
    }

    /// It could not work, and is started again.
    fn fails(&mut self, why: &str) {
        self.moved = Some(Instant::now());
        self.failed = Some(why.to_owned());
    }

    /// It goes round, and has not shown yet that it can work: one that has failed and was started
    /// again fails perhaps again with the first record.
    fn goes_round(&mut self, what: &str) {
        self.is_alive();
        self.waits = Some(what.to_owned());
    }

    /// It goes round, and waits for something.
    fn waits(&mut self, what: &str) {
        self.goes_round(what);
        self.failed = None;
    }
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
            open: AtomicBool::new(false),
            sources: Mutex::default(),
            receivers: Failing::default(),
            matcher: Role::new(),
            alerter: Role::new(),
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
        let alive = |role: &Mutex<Role>| lock(role).alive.is_some();
        (!self.roles.has(RoleName::Matcher) || alive(&self.matcher))
            && (!self.roles.has(RoleName::Alerter) || alive(&self.alerter))
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
            (RoleName::Matcher, "matcher", &self.matcher),
            (RoleName::Alerter, "alerter", &self.alerter),
        ];
        let of_ours = roles.into_iter().filter(|(role, ..)| self.roles.has(*role));
        of_ours
            .filter_map(|(_, name, role)| {
                let silent = silence(lock(role).moved)?;
                Some(format!("{name}: {silent}"))
            })
            .collect()
    }

    /// What keeps the daemon from doing its work now; empty when nothing does.
    pub(crate) fn obstacles(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.stopping() {
            found.push("stopping".to_owned());
        }
        found.extend(lock(&self.log).as_ref().map(|why| format!("log: {why}")));
        if self.roles.has(RoleName::Crawler) && !self.crawler_is_open() {
            found.push(
                "crawler: no lexicon has been published yet, so nothing is taken in".to_owned(),
            );
        }
        if self.roles.has(RoleName::Matcher) {
            let lacking = self.lacking_lexicon();
            let obstacle = obstacle("matcher", &self.matcher);
            // Without a partition there is nothing to read.
            let obstacle = obstacle.filter(|(_, waits)| !waits || lacking.is_none());
            found.extend(lacking);
            found.extend(obstacle.map(|(what, _)| what));
        }
        if self.roles.has(RoleName::Alerter) {
            found.extend(obstacle("alerter", &self.alerter).map(|(what, _)| what));
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
}

impl Health {
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

/// What keeps a role from its work, and whether it only waits.
fn obstacle(name: &str, role: &Mutex<Role>) -> Option<(String, bool)> {
    let role = lock(role);
    let said = |what: &str, waits| Some((format!("{name}: {what}"), waits));
    if let Some(why) = &role.failed {
        return said(why, false);
    }
    match (role.alive, silence(role.alive)) {
        (None, _) => said("has not begun", false),
        (Some(_), Some(silent)) => said(&silent, false),
        (Some(_), None) => role.waits.as_ref().and_then(|what| said(what, true)),
    }
}

/// What is said where the last sign of life is too long ago.
fn silence(last: Option<Instant>) -> Option<String> {
    let since = last?.elapsed();
    let silent = since > ROLE_SILENCE;
    silent.then(|| format!("no sign of life for {} s", since.as_secs()))
}

#[cfg(test)]
mod tests {
    use fengbiao_model::Timestamp;

    use super::*;

    #[test]
    fn a_role_that_runs_elsewhere_is_no_obstacle() {
        use crate::config::LogKind;
        let roles = RoleSet::chosen(&[RoleName::Matcher], LogKind::Kafka).unwrap();
        let health = Health::new(roles);
        assert!(!health.begun());
        health.matcher_alive();
        assert!(health.begun());
        let lacks = ["matcher: no partition of `posts` has come to it yet"];
        assert_eq!(health.obstacles(), lacks);
        health.lexicon(InForce::From(LexiconNumber(3)));
        assert_eq!(health.obstacles(), Vec::<String>::new());
    }

    /// Which a new process would help, unlike one that fails: its disk may be full.
    #[test]
    fn a_role_that_hangs_is_stuck_though_it_had_failed_before() {
        let health = Health::new(RoleSet::all());
        let long_ago = Instant::now().checked_sub(ROLE_SILENCE + Duration::from_secs(5));
        lock(&health.alerter).alive = long_ago;
        health.alerter_failed("the disk is full");
        assert_eq!(health.stuck(), Vec::<String>::new());
        lock(&health.alerter).moved = long_ago;
        assert!(
            health
                .obstacles()
                .iter()
                .any(|o| o == "alerter: the disk is full")
        );
        let stuck = health.stuck().join("; ");
        assert!(
            stuck.starts_with("alerter: no sign of life for 3"),
            "{stuck}"
        );
        health.alerter_goes_round();
        assert_eq!(health.stuck(), Vec::<String>::new());
    }

    #[test]
    fn a_clock_that_was_set_back_is_told_of_and_is_no_obstacle() {
        let health = Health::new(RoleSet::all());
        let clocks = |secs| Clocks {
            wall: Timestamp::EPOCH + TimeSpan::from_secs(secs),
            ..Clocks::default()
        };
        let obstacles = health.obstacles().len();
        health.alerter_alive(&clocks(2));
        assert_eq!(health.remarks(), Vec::<String>::new());
        health.alerter_alive(&clocks(8 * 3_600 + 5));
        assert_eq!(
            health.remarks(),
            [
                "alerter: its time is 8h ahead of the clock, which was set back: notices go out, and \
                 timers run at 1/2 of their pace until it has caught up, in 16h or so"
            ]
        );
        assert!(health.obstacles().len() < obstacles);
    }

    #[test]
    fn it_is_ready_when_nothing_stands_in_the_way() {
        let health = Health::new(RoleSet::all());
        assert_eq!(health.obstacles().len(), 4);
        health.open_crawler();
        health.lexicon(InForce::From(LexiconNumber(1)));
        health.matcher_alive();
        health.alerter_alive(&Clocks::default());
        assert_eq!(health.obstacles(), Vec::<String>::new());
        // It lives while it waits for its operator, so that nobody starts it again for that.
        health.alerter_waits("the log was made anew");
        assert_eq!(health.obstacles(), ["alerter: the log was made anew"]);
        assert!(health.begun());
        health.alerter_failed("the disk is full");
        assert_eq!(health.obstacles(), ["alerter: the disk is full"]);
        health.alerter_alive(&Clocks::default());
        health.log(Some("no broker answers".to_owned()));
        assert_eq!(health.obstacles(), ["log: no broker answers"]);
        health.stop();
        assert!(health.stopping() && *health.stopped().borrow());
    }

    #[test]
    fn a_role_that_was_started_again_is_not_ready_before_it_has_worked() {
        let health = Health::new(RoleSet::all());
        health.open_crawler();
        health.lexicon(InForce::From(LexiconNumber(1)));
        health.matcher_goes_round();
        health.alerter_goes_round();
        assert!(health.begun(), "it has begun");
        assert_eq!(
            health.obstacles(),
            ["matcher", "alerter"].map(|role| format!("{role}: {NOT_READ}"))
        );
        health.matcher_alive();
        health.alerter_alive(&Clocks::default());
        assert_eq!(health.obstacles(), Vec::<String>::new());
        for _ in 0..2 {
            health.matcher_failed("a record is too long");
            health.alerter_failed("the disk is full");
            health.matcher_goes_round();
            health.alerter_goes_round();
            let said = ["matcher: a record is too long", "alerter: the disk is full"];
            assert_eq!(health.obstacles(), said);
        }
        // What it waits for is known, which is more than that it has failed before.
        health.alerter_waits("the log was made anew");
        health.matcher_alive();
        assert_eq!(health.obstacles(), ["alerter: the log was made anew"]);
    }
}
