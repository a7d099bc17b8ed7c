//! What waits for the writer thread.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use fengbiao_model::{Partition, Position};
use prometheus::IntGauge;

use super::cursors::NewCursor;
use super::lock;
use super::options::GroupCommit;
use super::store::Store;
use crate::{
    LogError, MAX_COMMIT_BYTES, MAX_COMMIT_RECORDS, MAX_QUEUED_APPENDS, MAX_QUEUED_BYTES, Topic,
};

/// A record whose partition is known.
#[derive(Debug)]
pub(super) struct Routed {
    pub(super) topic: Topic,
    pub(super) partition: Partition,
    pub(super) payload: Vec<u8>,
}

/// Tells the caller how its append went.
pub(super) type Reply = Box<dyn FnOnce(Result<Vec<Position>, LogError>) + Send>;

/// Records and cursors of one caller: all of them or none.
pub(super) struct Append {
    pub(super) records: Vec<Routed>,
    pub(super) cursors: Vec<NewCursor>,
    pub(super) reply: Reply,
}

impl Append {
    fn bytes(&self) -> usize {
        self.records.iter().map(|record| record.payload.len()).sum()
    }
}

/// Other work on the writer's connection, such as a slice of retention.
pub(super) type Job = Box<dyn FnOnce(&mut Store) + Send>;

/// What the writer does next.
pub(super) enum Work {
    /// Appends that share a commit.
    Commit(Vec<Append>),
    /// One job.
    Job(Job),
}

/// What to do with an append where the queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WhenFull {
    /// Wait for room.
    Wait,
    /// Answer [`LogError::Busy`].
    Refuse,
}

/// What waits for the writer thread, bounded.
pub(super) struct Queue {
    state: Mutex<State>,
    /// Something came, or the queue was closed.
    filled: Condvar,
    /// Something went, or the queue was closed.
    drained: Condvar,
    /// The queue was closed.
    ended: Condvar,
    queued_bytes: IntGauge,
}

#[derive(Default)]
struct State {
    appends: VecDeque<Append>,
    jobs: VecDeque<Job>,
    records: usize,
    bytes: usize,
    /// How many appends shared the last commit.
    last_group: usize,
    closed: bool,
}

impl Queue {
    pub(super) fn new(queued_bytes: IntGauge) -> Self {
        Self {
            state: Mutex::default(),
            filled: Condvar::new(),
            drained: Condvar::new(),
            ended: Condvar::new(),
            queued_bytes,
        }
    }

    /// Adds an append. One that is larger than the bounds is taken by an empty queue.
    pub(super) fn push(&self, append: Append, when_full: WhenFull) -> Result<(), LogError> {
        let bytes = append.bytes();
        let mut state = lock(&self.state);
        loop {
            if state.closed {
                return Err(LogError::Closed);
            }
            let full = state.appends.len() >= MAX_QUEUED_APPENDS
                || state.bytes.saturating_add(bytes) > MAX_QUEUED_BYTES;
            if !full || state.appends.is_empty() {
                break;
            }
            if when_full == WhenFull::Refuse {
                return Err(LogError::Busy);
            }
            state = self
                .drained
                .wait(state)
                .unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        state.records += append.records.len();
        state.bytes += bytes;
        state.appends.push_back(append);
        self.show(&state);
        self.filled.notify_all();
        Ok(())
    }

    /// Adds a job. Jobs are few, come from this crate, and go before appends that wait.
    pub(super) fn push_job(&self, job: Job) -> Result<(), LogError> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(LogError::Closed);
        }
        state.jobs.push_back(job);
        self.filled.notify_all();
        Ok(())
    }

    /// Waits for work; `None` when the queue is closed and empty.
    pub(super) fn next(&self, group: &GroupCommit) -> Option<Work> {
        let mut state = lock(&self.state);
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(Work::Job(job));
            }
            if !state.appends.is_empty() {
                break;
            }
            if state.closed {
                return None;
            }
            state = self
                .filled
                .wait(state)
                .unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        let deadline = Instant::now() + group.window;
        // Callers that shared the last commit have been answered and may be about to come again.
        while !state.closed
            && state.jobs.is_empty()
            && state.appends.len() < state.last_group
            && state.records < group.records
            && state.bytes < group.bytes
        {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self
                .filled
                .wait_timeout(state, left)
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .0;
        }
        let appends = state.take_group();
        state.last_group = appends.len();
        self.show(&state);
        self.drained.notify_all();
        Some(Work::Commit(appends))
    }

    /// Refuses what comes from now on; what waits is still done.
    pub(super) fn close(&self) {
        lock(&self.state).closed = true;
        self.filled.notify_all();
        self.drained.notify_all();
        self.ended.notify_all();
    }

    /// Drops what waits: its callers see that the log is closed.
    pub(super) fn abandon(&self) {
        self.close();
        let mut state = lock(&self.state);
        state.appends.clear();
        state.jobs.clear();
    }

    /// Waits until the queue is closed, at most `pause`; whether it is.
    pub(super) fn wait_closed(&self, pause: Duration) -> bool {
        let state = lock(&self.state);
        self.ended
            .wait_timeout_while(state, pause, |state| !state.closed)
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .0
            .closed
    }

    fn show(&self, state: &State) {
        self.queued_bytes
            .set(i64::try_from(state.bytes).unwrap_or(i64::MAX));
    }
}

impl State {
    /// The first appends, at least one, as many as may share a commit.
    fn take_group(&mut self) -> Vec<Append> {
        let (mut records, mut bytes) = (0, 0);
        let mut group = Vec::new();
        while records < MAX_COMMIT_RECORDS
            && bytes < MAX_COMMIT_BYTES
            && let Some(append) = self.appends.pop_front()
        {
            records += append.records.len();
            bytes += append.bytes();
            group.push(append);
        }
        self.records -= records;
        self.bytes -= bytes;
        group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn append(bytes: usize) -> Append {
        let record = Routed {
            topic: Topic::Posts,
            partition: Partition(0),
            payload: vec![0; bytes],
        };
        Append {
            records: vec![record],
            cursors: Vec::new(),
            reply: Box::new(drop),
        }
    }

    fn queue() -> Queue {
        Queue::new(IntGauge::new("queued", "queued").unwrap())
    }

    #[test]
    fn a_full_queue_refuses_and_has_room_again_once_drained() {
        let queue = queue();
        for _ in 0..MAX_QUEUED_APPENDS {
            queue.push(append(1), WhenFull::Refuse).unwrap();
        }
        assert_eq!(queue.push(append(1), WhenFull::Refuse), Err(LogError::Busy));
        let Some(Work::Commit(group)) = queue.next(&GroupCommit::default()) else {
            panic!("expected appends")
        };
        assert_eq!(group.len(), MAX_QUEUED_APPENDS);
        assert_eq!(queue.push(append(1), WhenFull::Refuse), Ok(()));
    }

    #[test]
    fn bytes_are_bounded_but_an_empty_queue_takes_anything() {
        let queue = queue();
        queue
            .push(append(MAX_QUEUED_BYTES + 1), WhenFull::Refuse)
            .unwrap();
        assert_eq!(queue.push(append(1), WhenFull::Refuse), Err(LogError::Busy));
    }

    #[test]
    fn a_closed_queue_gives_what_it_has_and_ends() {
        let queue = queue();
        queue.push(append(1), WhenFull::Wait).unwrap();
        queue.close();
        assert_eq!(queue.push(append(1), WhenFull::Wait), Err(LogError::Closed));
        assert!(matches!(
            queue.next(&GroupCommit::default()),
            Some(Work::Commit(_))
        ));
        assert!(queue.next(&GroupCommit::default()).is_none());
        assert!(queue.wait_closed(Duration::from_secs(60)));
    }
}
