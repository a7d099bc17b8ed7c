//! How far every partition has come: told to the alerter, and stored.

use fengbiao_log::Cursor;
use fengbiao_model::{HitRecord, Marks, Partition, PartitionMark};

use super::{Matching, Note, Output};
use crate::limits::{MARK_INTERVAL, MARK_SILENCE};

impl Matching {
    /// Once a second: how far every partition has come. While nothing moves, a sign of life at a
    /// longer interval is enough, since a partition at its end counts as the wall clock.
    pub(super) fn mark(&mut self, output: &mut Output) {
        let now = self.clock.monotonic();
        let marks: Vec<_> = self
            .partitions
            .iter()
            .map(|(&partition, place)| PartitionMark {
                partition,
                next: place.next,
                found_at: place.found_at,
                at_end: place.at_end,
                since: Some(place.since),
            })
            .collect();
        let due = match &self.marked {
            None => true,
            Some((at, last)) => {
                let passed = now.as_millis() - at.as_millis();
                // A partition that has just reached its end is told at once: raises wait for it.
                let arrived = marks
                    .iter()
                    .zip(last)
                    .any(|(new, old)| new.at_end && !old.at_end);
                let interval = if *last == marks {
                    MARK_SILENCE
                } else {
                    MARK_INTERVAL
                };
                arrived || passed >= interval.as_millis()
            }
        };
        if due && !marks.is_empty() {
            self.push_everywhere(&HitRecord::Marks(Marks(marks.clone())), output);
            self.marked = Some((now, marks));
        }
    }

    pub(super) fn cursors(&self) -> Vec<(Partition, Cursor)> {
        self.partitions
            .iter()
            .map(|(&partition, place)| {
                let note = Note {
                    number: place.matcher.as_ref().map(|matcher| matcher.number()),
                    found_at: place.found_at,
                };
                (
                    partition,
                    Cursor {
                        next: place.next,
                        note: note.to_string(),
                    },
                )
            })
            .collect()
    }
}
