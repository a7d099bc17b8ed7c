//! Where each partition ends, and who waits for it to grow.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

use super::lock;
use crate::Topic;

/// The offset of the next record in each partition, as durable.
pub(super) struct Tails([Tail; Topic::ALL.len()]);

struct Tail {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    nexts: Vec<u64>,
    closed: bool,
}

/// How a wait ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    /// What was waited for is there: the tails.
    Ready(Vec<u64>),
    /// Time is up.
    TimedOut,
    /// The log was closed.
    Closed,
}

impl Tails {
    pub(super) fn new(nexts: impl Fn(Topic) -> Vec<u64>) -> Self {
        Self(Topic::ALL.map(|topic| Tail {
            state: Mutex::new(State {
                nexts: nexts(topic),
                closed: false,
            }),
            changed: Condvar::new(),
        }))
    }

    pub(super) fn of(&self, topic: Topic) -> Vec<u64> {
        lock(&self.0[topic.index()].state).nexts.clone()
    }

    /// Called after a commit, and only then: readers rely on what is below being durable.
    pub(super) fn publish(&self, topic: Topic, nexts: Vec<u64>) {
        let tail = &self.0[topic.index()];
        lock(&tail.state).nexts = nexts;
        tail.changed.notify_all();
    }

    pub(super) fn close(&self) {
        for tail in &self.0 {
            lock(&tail.state).closed = true;
            tail.changed.notify_all();
        }
    }

    /// Waits until `ready` holds of the tails, or `deadline` (`None`: for ever).
    pub(super) fn wait(
        &self,
        topic: Topic,
        deadline: Option<Instant>,
        ready: impl Fn(&[u64]) -> bool,
    ) -> Waited {
        let tail = &self.0[topic.index()];
        let mut state = lock(&tail.state);
        loop {
            if state.closed {
                return Waited::Closed;
            }
            if ready(&state.nexts) {
                return Waited::Ready(state.nexts.clone());
            }
            let Some(deadline) = deadline else {
                state = tail
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Waited::TimedOut;
            }
            state = tail
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}
