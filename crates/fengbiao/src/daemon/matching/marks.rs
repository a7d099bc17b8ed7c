//! How far every partition has come: told to the alerter, and stored.

use std::collections::BTreeMap;

use fengbiao_log::Cursor;
use fengbiao_model::{HitRecord, Marks, Partition, PartitionMark};

use super::note::Note;
use super::{Matching, Output, Place};
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

    /// The cursors of all partitions: they also say whose marks these are.
    pub(super) fn cursors(&self) -> Vec<(Partition, Cursor)> {
        let places = self.partitions.iter();
        places
            .map(|(&partition, place)| (partition, place.cursor()))
            .collect()
    }

    /// The cursors as they were at the last commit.
    pub(super) fn cursors_before(&self, output: &Output) -> Vec<(Partition, Cursor)> {
        let mut cursors: BTreeMap<_, _> = self.cursors().into_iter().collect();
        let before = output.before.iter();
        cursors.extend(before.map(|(&partition, place)| (partition, place.cursor())));
        cursors.into_iter().collect()
    }
}

impl Place {
    fn cursor(&self) -> Cursor {
        let note = Note {
            number: self.matcher.as_ref().map(|matcher| matcher.number()),
            found_at: self.found_at,
        };
        Cursor {
            next: self.next,
            note: note.to_string(),
        }
    }
}
