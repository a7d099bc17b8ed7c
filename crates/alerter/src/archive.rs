//! The alerter on the clock of an archive: its records' own times are the only time there is.

use fengbiao_model::{
    Action, Actor, Command, HitRecord, Marks, Offset, Partition, PartitionMark, Policy, Position,
    Timestamp,
};

use crate::alerter::Alerter;
use crate::step::{Effects, Step};

/// An [`Alerter`] that is fed the posts of an archive in the order of their times. The archive
/// stands in for one partition of `posts` that is always read to its end, so that both clocks
/// stand at the latest post, and every timer on the way to it fires at its own time.
#[derive(Debug)]
pub struct Archive {
    alerter: Alerter,
    /// Goes in before the first post, at its time.
    policy: Option<Policy>,
    began: Timestamp,
    wall: Timestamp,
    next: Offset,
}

impl Archive {
    /// An archive of which nothing has been read, under a policy that [`crate::check_policy`]
    /// accepts.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            alerter: Alerter::new(),
            policy: Some(policy),
            began: Timestamp::EPOCH,
            wall: Timestamp::EPOCH,
            next: Offset(0),
        }
    }

    /// Takes what came of the post at `offset`, found at `found_at`; without records it only
    /// counts as read. Gives the effects of each step in order: what fell due before, then the
    /// post.
    pub fn take(
        &mut self,
        offset: Offset,
        found_at: Timestamp,
        records: Vec<HitRecord>,
    ) -> Vec<Effects> {
        let mut all = Vec::new();
        self.next = Offset(offset.0 + 1);
        if let Some(policy) = self.policy.take() {
            all.push(self.begin(policy, found_at));
        }
        if !records.is_empty() {
            while let Some(due) = self.alerter.next_timer().filter(|due| *due < found_at) {
                self.wall = self.wall.max(due);
                all.push(self.step(Vec::new()));
            }
            self.wall = self.wall.max(found_at);
            all.push(self.step(records));
        }
        all
    }

    /// The archive has ended: whatever still waits falls due at its own time.
    pub fn rest(&mut self) -> Vec<Effects> {
        let mut all = Vec::new();
        while let Some(due) = self.alerter.next_timer() {
            if due == Timestamp::MAX || due <= self.wall {
                break;
            }
            self.wall = due;
            all.push(self.step(Vec::new()));
        }
        all
    }

    fn begin(&mut self, policy: Policy, at: Timestamp) -> Effects {
        (self.began, self.wall) = (at, at);
        let command = Command {
            number: 1,
            at,
            by: Actor::daemon(),
            action: Action::Policy(Box::new(policy)),
        };
        self.alerter.step(&Step {
            commands: vec![command],
            ..self.reading()
        })
    }

    fn reading(&self) -> Step {
        Step {
            wall: self.wall,
            monotonic: self.wall.since(self.began),
            process: 1,
            ..Step::default()
        }
    }

    fn step(&mut self, records: Vec<HitRecord>) -> Effects {
        let position = Position {
            partition: Partition(0),
            offset: self.next,
        };
        let mark = PartitionMark {
            partition: Partition(0),
            next: self.next,
            found_at: self.wall,
            at_end: true,
            since: None,
        };
        let records = std::iter::once(HitRecord::Marks(Marks(vec![mark]))).chain(records);
        let hits = records.map(|record| (position, record)).collect();
        self.alerter.step(&Step {
            hits,
            ..self.reading()
        })
    }
}
