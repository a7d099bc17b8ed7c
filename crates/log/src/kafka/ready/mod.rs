//! What stands between the thread that reads and the caller that polls: records read ahead, and
//! what each tells the other.
//!
//! It is a bounded channel that forgets: records of a partition that was taken away, or sought
//! anew, are removed from its middle. Partitions that come and go are announced before any record,
//! and the thread waits until the caller has come back from the announcement.

mod handed_out;
mod reading;
mod state;

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fengbiao_model::{Offset, Partition};

use self::state::{Place, State};
use crate::lock::lock;
use crate::{Event, LogError, Record};

/// What the thread has read.
#[derive(Debug)]
pub(super) enum Read {
    /// A record, and when it was written (milliseconds since the epoch), as far as it says.
    Record(Record, Option<i64>),
    /// The end of a partition.
    End(Partition),
}

/// Between the thread that reads and the caller that polls.
#[derive(Default)]
pub(super) struct Ready {
    state: Mutex<State>,
    changed: Condvar,
}

/// How far a caller is behind in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Behind {
    /// The first record that it is not done with.
    pub(super) next: Offset,
    /// When that one was written (milliseconds since the epoch), as far as is known.
    pub(super) at: Option<i64>,
}

/// What a poll found.
pub(super) enum Taken {
    /// These; empty where the time ran out.
    Events(Vec<Event>),
    /// The caller has come back from an announcement: it must finish what that asks for, then call
    /// [`Ready::acknowledge`].
    BackFromAnnouncement,
}

/// The caller's side.
impl Ready {
    /// The next events; waits until `deadline` for the first, without one for ever.
    pub(super) fn take(
        &self,
        max_records: usize,
        deadline: Option<Instant>,
    ) -> Result<Taken, LogError> {
        let mut state = self.lock();
        loop {
            if state.told {
                return Ok(Taken::BackFromAnnouncement);
            }
            if let Some((assignment, event)) = state.announcements.pop_front() {
                state.told = true;
                state.note_told(assignment, &event);
                return Ok(Taken::Events(vec![event]));
            }
            if let Some(error) = &state.failed {
                return Err(error.clone());
            }
            if state.closed {
                return Err(LogError::Closed);
            }
            if !state.items.is_empty() {
                let events = state.give_out(max_records);
                drop(state);
                self.changed.notify_all();
                return Ok(Taken::Events(events));
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return Ok(Taken::Events(Vec::new()));
            }
            state = self.wait(state, left);
        }
    }

    /// What the last announcement asked for is done.
    pub(super) fn acknowledge(&self) {
        self.lock().told = false;
        self.changed.notify_all();
    }

    /// Reads on from `next`; what was read of the partition is forgotten. False where the partition
    /// is not ours, as far as the caller has heard.
    pub(super) fn seek(&self, partition: Partition, next: Offset) -> bool {
        let mut state = self.lock();
        let Some(place) = state.owned.get_mut(&partition).filter(|place| place.told) else {
            return false;
        };
        *place = Place {
            sought: true,
            ..place.at(next.0)
        };
        state.forget(&[partition]);
        state.handed_out.forget(partition);
        drop(state);
        self.changed.notify_all();
        true
    }

    /// Whether the partition is ours, and the caller knows since when: one that went and came back
    /// behind its back was somebody else's in between, and what the caller knows of it is of old.
    pub(super) fn owns(&self, partition: Partition) -> bool {
        let state = self.lock();
        let place = state.owned.get(&partition);
        place.is_some_and(|place| place.told)
    }

    /// Whether the next [`Ready::take`] has an announcement, or the caller's return from one.
    pub(super) fn is_announcing(&self) -> bool {
        let state = self.lock();
        state.told || !state.announcements.is_empty()
    }

    /// The place to read next in a partition of ours.
    pub(super) fn next_of(&self, partition: Partition) -> Option<Offset> {
        let state = self.lock();
        let place = state.owned.get(&partition);
        place.map(|place| Offset(place.next))
    }

    /// The caller is done with a partition up to `next`.
    pub(super) fn is_done(&self, partition: Partition, next: Offset) {
        let mut state = self.lock();
        if let Some(place) = state.owned.get_mut(&partition) {
            place.done = next.0;
        }
        state.handed_out.is_done(partition, next);
    }

    /// Why nothing can be read any more, once that is so.
    pub(super) fn failure(&self) -> Option<LogError> {
        self.lock().failed.clone()
    }

    /// Ends both sides.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }
}

impl Ready {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Waits for a change, at most so long; without a bound, until one comes.
    fn wait<'a>(
        &self,
        state: MutexGuard<'a, State>,
        left: Option<Duration>,
    ) -> MutexGuard<'a, State> {
        match left {
            Some(left) => {
                self.changed
                    .wait_timeout(state, left)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
            None => self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner),
        }
    }
}

#[cfg(test)]
mod tests;
