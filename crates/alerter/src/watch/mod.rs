//! The pipeline watches itself: silence must not be mistaken for calm.
//!
//! Four things are expected to speak: sources (by their pulses), topics (by their posts),
//! partitions of `posts` (by their marks) and canaries. What is silent for longer than its bound
//! is an alarm, and an alarm is an incident of the topic `pipeline` ([`alarm`]). A judgement has
//! three outcomes ([`Sign`]): an alarm ends by a sign of life alone, never because we have not
//! looked for long enough.
//!
//! Silence counts from [`Clocks::watched_since`](crate::record::Clocks::watched_since) at the
//! earliest: while we did not run ourselves, or the clocks were parted, nobody could be heard.
//! Judgements fall every [`WATCH_TICK`] of the wall clock, so that the passing of time is enough;
//! canaries and signs of life are judged at once.

mod alarm;
mod canary;
mod partition;
mod source;
mod topic;
mod usual;

use std::collections::BTreeSet;

use fengbiao_model::{Measure, Subject, SubjectKey, Tier, TimeSpan, Timestamp, WatchKind};

pub(crate) use alarm::stands_alone;

use crate::alerter::Alerter;
use crate::limits::{MAX_WATCH_GAP, WATCH_TICK};
use crate::outcome::Outcome;

/// What is said of something that should speak.
#[derive(Clone, Debug)]
pub(crate) enum Sign {
    /// It lives.
    Alive,
    /// We have not watched for long enough to say.
    Unsure,
    /// It is silent.
    Silent(Silence),
}

/// A silence that is worth an alarm.
#[derive(Clone, Debug)]
pub(crate) struct Silence {
    pub(crate) tier: Tier,
    /// Since when it lasts, for people: the last sign of life, or the beginning of our watch.
    pub(crate) since: Timestamp,
    /// The last sign of life itself: a silence with another one is another silence.
    pub(crate) last_sign: Timestamp,
    /// The bound, as the operator writes it: `quiet_after = 3h`.
    pub(crate) condition: String,
    /// What is known of it, and what would be usual.
    pub(crate) measures: Vec<Measure>,
}

impl Silence {
    fn measure(mut self, name: &str, value: f64) -> Self {
        self.measures.push(Measure {
            name: name.to_owned(),
            value,
            usual: None,
        });
        self
    }

    fn moment(self, name: &str, at: Option<Timestamp>) -> Self {
        match at {
            #[allow(clippy::cast_precision_loss, reason = "times stay below 2^53 ms")]
            Some(at) => self.measure(name, at.as_millis() as f64),
            None => self,
        }
    }
}

/// The subject of an alarm.
fn subject(kind: WatchKind, name: impl Into<String>) -> SubjectKey {
    SubjectKey::Named(Subject {
        kind: kind.as_str().to_owned(),
        name: name.into(),
    })
}

const fn tick_of(at: Timestamp) -> i64 {
    at.as_millis() / WATCH_TICK.as_millis()
}

impl Alerter {
    /// The wall clock has moved on from `before`: what is due to be judged is judged.
    pub(crate) fn watch(&mut self, before: Timestamp, out: &mut Outcome) {
        if self.policy.watchdog.is_none() {
            return;
        }
        if tick_of(self.clocks.wall) > tick_of(before) {
            self.judge_all(out);
        } else {
            self.judge_canaries(out);
        }
    }

    /// Our own silence excuses that of all others: it ended with this reading, `before` was the
    /// reading before it. So does a time of ours that is ahead of the clock that signs of life go
    /// by.
    pub(crate) fn watch_anew_after(&mut self, before: Option<Timestamp>) {
        let reading = self.clocks.anchor;
        let gap = before.is_none_or(|before| reading.since(before) > MAX_WATCH_GAP);
        if gap || self.clocks.ahead() > WATCH_TICK {
            self.clocks.watched_since = self.clocks.wall;
        }
    }

    /// Another policy, or none: what it names is watched from now on, what it does not name is not
    /// missed any more.
    pub(crate) fn watch_by_new_policy(&mut self, out: &mut Outcome) {
        self.list_sources(out);
        self.judge_all(out);
    }

    /// Judges all that should speak. `*` comes last: by then it is known which sources are silent.
    fn judge_all(&mut self, out: &mut Outcome) {
        let mut judged = BTreeSet::new();
        if self.policy.watchdog.is_some() {
            self.forget_sources(out);
            judged.extend(self.judge_sources(out));
            judged.extend(self.judge_topics(out));
            judged.extend(self.judge_partitions(out));
            judged.extend(self.judge_canaries(out));
            judged.insert(self.judge_all_sources(out));
        }
        self.end_alarms_without(&judged, out);
    }

    /// When a step without input would judge next (wall clock).
    pub(crate) fn next_watch(&self) -> Option<Timestamp> {
        self.policy
            .watchdog
            .as_ref()
            .filter(|_| !self.clocks.held)?;
        let tick = TimeSpan::from_millis(
            (tick_of(self.clocks.wall) + 1).saturating_mul(WATCH_TICK.as_millis()),
        );
        let tick = Timestamp::EPOCH + tick;
        Some(self.next_canary_due().map_or(tick, |due| due.min(tick)))
    }
}
