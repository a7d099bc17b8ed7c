//! What both sides know, under one lock.

use std::collections::{BTreeMap, VecDeque};

use fengbiao_model::{Offset, Partition};

use super::Read;
use super::handed_out::HandedOut;
use crate::{Event, LogError, MAX_POLL_BYTES, MAX_READY_BYTES, MAX_READY_RECORDS, Record};

/// What waits for the caller.
#[derive(Debug)]
pub(super) enum Item {
    Record(Record, Option<i64>),
    End { partition: Partition, next: Offset },
}

/// What both sides know.
#[derive(Default)]
pub(super) struct State {
    pub(super) items: VecDeque<Item>,
    pub(super) bytes: usize,
    /// Partitions that came or went, which the caller hears of before any record; each with the
    /// assignment it belongs to.
    pub(super) announcements: VecDeque<(u64, Event)>,
    /// An announcement was told, and the caller has not come back yet.
    pub(super) told: bool,
    pub(super) owned: BTreeMap<Partition, Place>,
    /// What the caller has taken and is not done with.
    pub(super) handed_out: HandedOut,
    /// Grows with each partition that comes.
    pub(super) assignment: u64,
    pub(super) failed: Option<LogError>,
    pub(super) closed: bool,
}

/// How far reading has come in a partition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// With which assignment the partition came.
    pub(super) assignment: u64,
    /// The caller has been told of that.
    pub(super) told: bool,
    /// Where reading began: where the partition came, or was sought last.
    pub(super) first: u64,
    pub(super) next: u64,
    /// How far the caller is done with it: where it came, or was sought last, and then its cursors.
    pub(super) done: u64,
    pub(super) end_told: bool,
    /// The caller wants to go on from `next`; the thread has not sought there yet.
    pub(super) sought: bool,
}

impl Place {
    pub(super) const fn coming(assignment: u64, next: u64) -> Self {
        Self {
            assignment,
            told: false,
            first: next,
            next,
            done: next,
            end_told: false,
            sought: false,
        }
    }

    /// The same partition, read on from another place.
    pub(super) const fn at(self, next: u64) -> Self {
        Self {
            told: self.told,
            ..Self::coming(self.assignment, next)
        }
    }
}

impl State {
    pub(super) fn is_full(&self) -> bool {
        self.items.len() >= MAX_READY_RECORDS || self.bytes >= MAX_READY_BYTES
    }

    /// The caller hears of it now. Where the partitions have gone, and perhaps come, once more
    /// since, it says nothing of how they stand.
    pub(super) fn note_told(&mut self, assignment: u64, event: &Event) {
        let Event::Assigned(partitions) = event else {
            return;
        };
        for (partition, _) in partitions {
            if let Some(place) = self.owned.get_mut(partition)
                && place.assignment == assignment
            {
                place.told = true;
            }
        }
    }

    pub(super) fn add(&mut self, read: Read) {
        let partition = match &read {
            Read::Record(record, _) => record.position.partition,
            Read::End(partition) => *partition,
        };
        let Some(place) = self.owned.get_mut(&partition).filter(|place| !place.sought) else {
            return;
        };
        match read {
            Read::Record(record, at) => {
                place.next = record.position.offset.0 + 1;
                place.end_told = false;
                self.bytes += record.payload.len();
                self.items.push_back(Item::Record(record, at));
            }
            Read::End(_) if place.end_told => {}
            Read::End(_) => {
                place.end_told = true;
                let next = Offset(place.next);
                self.items.push_back(Item::End { partition, next });
            }
        }
    }

    pub(super) fn forget(&mut self, partitions: &[Partition]) {
        let bytes = &mut self.bytes;
        self.items.retain(|item| match item {
            Item::Record(record, _) if partitions.contains(&record.position.partition) => {
                *bytes -= record.payload.len();
                false
            }
            Item::End { partition, .. } => !partitions.contains(partition),
            Item::Record(..) => true,
        });
    }

    /// When the first record that the caller is not done with was written.
    pub(super) fn waiting_since(&self, partition: Partition) -> Option<i64> {
        if let Some(at) = self.handed_out.oldest(partition) {
            return at;
        }
        self.items.iter().find_map(|item| match item {
            Item::Record(record, at) if record.position.partition == partition => *at,
            _ => None,
        })
    }

    /// In order; neighbours of one partition in one event.
    pub(super) fn give_out(&mut self, max_records: usize) -> Vec<Event> {
        let mut events: Vec<Event> = Vec::new();
        let (mut records, mut bytes) = (0, 0);
        while let Some(item) = self.items.front() {
            if matches!(item, Item::Record(..))
                && (records >= max_records || bytes >= MAX_POLL_BYTES)
            {
                break;
            }
            match self.items.pop_front() {
                Some(Item::Record(record, at)) => {
                    records += 1;
                    bytes += record.payload.len();
                    self.handed_out
                        .add(record.position, at, !follows(&events, &record));
                    push(&mut events, record);
                }
                Some(Item::End { partition, next }) => events.push(Event::End { partition, next }),
                None => break,
            }
        }
        self.bytes -= bytes;
        events
    }
}

/// Whether a record goes into the last event.
fn follows(events: &[Event], record: &Record) -> bool {
    matches!(events.last(), Some(Event::Records(last, _)) if *last == record.position.partition)
}

fn push(events: &mut Vec<Event>, record: Record) {
    let partition = record.position.partition;
    match events.last_mut() {
        Some(Event::Records(last, records)) if *last == partition => records.push(record),
        _ => events.push(Event::Records(partition, vec![record])),
    }
}
