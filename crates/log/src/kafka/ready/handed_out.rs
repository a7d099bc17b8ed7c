//! What a caller has taken of each partition and is not done with: it counts as work that waits.

use std::collections::{BTreeMap, VecDeque};

use fengbiao_model::{Offset, Partition, Position};

use crate::MAX_TAKEN_BATCHES;

/// By partition, the oldest first.
#[derive(Default)]
pub(super) struct HandedOut(BTreeMap<Partition, VecDeque<Batch>>);

/// Records of one partition that the caller took at once.
#[derive(Clone, Copy, Debug)]
struct Batch {
    /// Behind the last of them.
    to: u64,
    /// When the first of them was written (milliseconds since the epoch), as far as it says.
    at: Option<i64>,
}

impl HandedOut {
    /// The caller takes a record: it `begins` a batch, or belongs to the last one.
    pub(super) fn add(&mut self, position: Position, at: Option<i64>, begins: bool) {
        let batches = self.0.entry(position.partition).or_default();
        let to = position.offset.0 + 1;
        // One that is never done with anything must not fill memory: the oldest say enough.
        let is_full = batches.len() >= MAX_TAKEN_BATCHES;
        match batches.back_mut() {
            Some(last) if !begins || is_full => last.to = to,
            _ => batches.push_back(Batch { to, at }),
        }
    }

    /// The caller is done with a partition up to `next`.
    pub(super) fn is_done(&mut self, partition: Partition, next: Offset) {
        if let Some(batches) = self.0.get_mut(&partition) {
            while batches.front().is_some_and(|batch| batch.to <= next.0) {
                batches.pop_front();
            }
        }
    }

    /// The partition has gone, or was sought anew.
    pub(super) fn forget(&mut self, partition: Partition) {
        self.0.remove(&partition);
    }

    /// When the first record of the oldest batch was written, where there is one: as far as it says.
    pub(super) fn oldest(&self, partition: Partition) -> Option<Option<i64>> {
        let batch = self.0.get(&partition)?.front()?;
        Some(batch.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_that_is_never_done_fills_no_memory() {
        let mut handed_out = HandedOut::default();
        let partition = Partition(0);
        let many = 2 * MAX_TAKEN_BATCHES as u64;
        for offset in (0..many).map(Offset) {
            let position = Position { partition, offset };
            handed_out.add(position, Some(1_000), true);
        }
        assert_eq!(handed_out.0[&partition].len(), MAX_TAKEN_BATCHES);
        handed_out.is_done(partition, Offset(many - 1));
        assert_eq!(handed_out.oldest(partition), Some(Some(1_000)));
        handed_out.is_done(partition, Offset(many));
        assert_eq!(handed_out.oldest(partition), None);
    }
}
