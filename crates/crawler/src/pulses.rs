//! Signs of life: what each source did in each minute, also when it was nothing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fengbiao_model::{Pulse, SourceId, Timestamp};

use crate::limits::MAX_WAITING_PULSES;
use crate::metrics::Metrics;
use crate::outlet::Outlet;

/// What one source has done since its last pulse.
#[derive(Debug)]
pub struct Tally {
    source: SourceId,
    /// A listener is looked at all the time it is open.
    listens: bool,
    /// Under one lock: a poll and its failure must fall into the same minute, or the minute before
    /// would seem to have had a poll that worked.
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    polls: u32,
    posts: u32,
    refused: u32,
    errors: u32,
    /// Why it does not work now; it outlasts the minute.
    fault: Option<String>,
}

fn add(counter: &mut u32, count: usize) {
    *counter = counter.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
}

impl Tally {
    fn new(source: SourceId, listens: bool) -> Self {
        Self {
            source,
            listens,
            counts: Mutex::default(),
        }
    }

    /// Whose it is.
    #[must_use]
    pub const fn source(&self) -> &SourceId {
        &self.source
    }

    /// The source was looked at, to the end: a look that was cut off tells nothing.
    pub fn poll(&self) {
        add(&mut self.counts().polls, 1);
    }

    /// The source was looked at, in vain, for this reason.
    pub fn failed_poll(&self, why: &str) {
        let mut counts = self.counts();
        add(&mut counts.polls, 1);
        counts.fail(why);
    }

    /// Posts were stored.
    pub fn posts(&self, count: usize) {
        add(&mut self.counts().posts, count);
    }

    /// Posts were refused.
    pub fn refused(&self, count: usize) {
        add(&mut self.counts().refused, count);
    }

    /// An attempt failed that was no look at the source, for this reason.
    pub fn error(&self, why: &str) {
        self.counts().fail(why);
    }

    /// The source works: what was wrong with it is over.
    pub fn works(&self) {
        self.counts().fault = None;
    }

    fn fault(&self) -> Option<String> {
        self.counts().fault.clone()
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, minute: Timestamp, ended: bool) -> Pulse {
        let mut counts = self.counts();
        let Counts {
            polls,
            posts,
            refused,
            errors,
            fault,
        } = std::mem::take(&mut *counts);
        counts.fault = fault;
        Pulse {
            source: self.source.clone(),
            minute,
            polls: polls.max(u32::from(self.listens)),
            posts,
            refused,
            errors,
            ended,
        }
    }
}

impl Counts {
    fn fail(&mut self, why: &str) {
        add(&mut self.errors, 1);
        self.fault = Some(why.to_owned());
    }
}

/// The tallies of all sources that are alive. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct PulseBook {
    tallies: Arc<Mutex<BTreeMap<SourceId, Arc<Tally>>>>,
}

impl PulseBook {
    /// The tally of a source that is polled; from now on it has pulses.
    #[must_use]
    pub fn open(&self, source: &SourceId) -> Arc<Tally> {
        self.tally(source, false)
    }

    /// The tally of a source that is listened to; from now on it has pulses.
    #[must_use]
    pub fn listen(&self, source: &SourceId) -> Arc<Tally> {
        self.tally(source, true)
    }

    /// A tally without pulses, for a source that is watched in another way.
    #[must_use]
    pub(crate) fn apart(source: &SourceId) -> Arc<Tally> {
        Arc::new(Tally::new(source.clone(), false))
    }

    fn tally(&self, source: &SourceId, listens: bool) -> Arc<Tally> {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Tally::new(source.clone(), listens));
        Arc::clone(tallies.entry(source.clone()).or_insert_with(new))
    }

    /// The tally of a source, where it has one already.
    #[must_use]
    pub fn find(&self, source: &SourceId) -> Option<Arc<Tally>> {
        self.tallies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(source)
            .cloned()
    }

    /// The sources that do not work now, each with the reason.
    #[must_use]
    pub fn faults(&self) -> Vec<(SourceId, String)> {
        let tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let tallies = tallies.values();
        let fault = |tally: &Arc<Tally>| Some((tally.source.clone(), tally.fault()?));
        tallies.filter_map(fault).collect()
    }

    /// How many sources have pulses.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tallies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    /// Whether no source has pulses.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A source has come to its end: its last pulse, and no more.
    fn close(&self, source: &SourceId, minute: Timestamp) -> Option<Pulse> {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        tallies.remove(source).map(|tally| tally.take(minute, true))
    }

    /// One pulse for every source.
    pub(crate) fn take(&self, minute: Timestamp) -> Vec<Pulse> {
        let tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let tallies = tallies.values();
        tallies.map(|tally| tally.take(minute, false)).collect()
    }
}

/// Sends the pulses, minute by minute. What cannot be stored waits for the next minute.
pub(crate) struct Heart {
    book: PulseBook,
    minute: i64,
    waiting: VecDeque<Pulse>,
    metrics: Metrics,
}

impl Heart {
    pub(crate) const fn new(book: PulseBook, now: Timestamp, metrics: Metrics) -> Self {
        Self {
            book,
            minute: now.minute(),
            waiting: VecDeque::new(),
            metrics,
        }
    }

    /// A source has come to its end in the current minute.
    pub(crate) fn end(&mut self, source: &SourceId) {
        let last = self.book.close(source, Timestamp::of_minute(self.minute));
        self.waiting.extend(last);
    }

    /// The pulses of every minute that has ended by now. When several have (the machine slept),
    /// the counts go to the first; the others were not looked at. Where the clock was set back, they
    /// go on from there: a minute that comes twice has pulses twice, which add up.
    pub(crate) fn beat(&mut self, now: Timestamp) {
        if now.minute() == self.minute {
            return;
        }
        self.waiting
            .extend(self.book.take(Timestamp::of_minute(self.minute)));
        self.minute = now.minute();
        while self.waiting.len() > MAX_WAITING_PULSES {
            self.waiting.pop_front();
            self.metrics.pulses_dropped.inc();
        }
    }

    /// What the unfinished minute has had so far. Pulses of one source and minute add up.
    pub(crate) fn last_beat(&mut self) {
        self.waiting
            .extend(self.book.take(Timestamp::of_minute(self.minute)));
    }

    pub(crate) async fn send(&mut self, outlet: &dyn Outlet) {
        if self.waiting.is_empty() {
            return;
        }
        match outlet.pulses(self.waiting.iter().cloned().collect()).await {
            Ok(()) => self.waiting.clear(),
            Err(error) => tracing::warn!(%error, pulses = self.waiting.len(), "pulses wait"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(heart: &Heart) -> Vec<(i64, u32)> {
        let pulses = heart.waiting.iter();
        pulses.map(|p| (p.minute.minute(), p.posts)).collect()
    }

    /// Else a crawler whose clock was set back by two hours would seem dead for two hours.
    #[test]
    fn pulses_go_on_where_the_clock_was_set_back() {
        let book = PulseBook::default();
        let tally = book.open(&SourceId::new("feed").unwrap());
        let metrics = Metrics::register(&prometheus::Registry::new()).unwrap();
        let mut heart = Heart::new(book, Timestamp::of_minute(100), metrics);
        tally.posts(1);
        heart.beat(Timestamp::of_minute(100));
        assert_eq!(minutes(&heart), []);
        heart.beat(Timestamp::of_minute(40));
        tally.posts(2);
        heart.beat(Timestamp::of_minute(41));
        assert_eq!(minutes(&heart), [(100, 1), (40, 2)]);
    }
}
