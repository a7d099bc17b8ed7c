//! The reading thread's side.

use std::time::{Duration, Instant};

use fengbiao_model::{Offset, Partition};

use super::state::{Item, Place};
use super::{Behind, Read, Ready};
use crate::{Event, LogError, MAX_READY_BYTES, MAX_READY_RECORDS};

impl Ready {
    pub(in crate::kafka) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Nothing can be read any more.
    pub(in crate::kafka) fn fail(&self, error: LogError) {
        self.lock().failed.get_or_insert(error);
        self.changed.notify_all();
    }

    /// Partitions that came to us, with the places to read from; they count as the caller's once
    /// it is told. Records of theirs may be added after [`Ready::wait_for_caller`].
    pub(in crate::kafka) fn own(&self, places: &[(Partition, Offset)]) {
        let mut state = self.lock();
        state.assignment += 1;
        let assignment = state.assignment;
        for (partition, next) in places {
            state.handed_out.forget(*partition);
            let place = Place::coming(assignment, next.0);
            state.owned.insert(*partition, place);
        }
    }

    /// Another number once partitions have come.
    pub(in crate::kafka) fn assignment(&self) -> u64 {
        self.lock().assignment
    }

    /// Partitions that are not ours any more.
    pub(in crate::kafka) fn disown(&self, partitions: &[Partition]) {
        let mut state = self.lock();
        state.forget(partitions);
        state
            .owned
            .retain(|partition, _| !partitions.contains(partition));
        for partition in partitions {
            state.handed_out.forget(*partition);
        }
    }

    /// What was read of these partitions and not given out is forgotten.
    pub(in crate::kafka) fn forget(&self, partitions: &[Partition]) {
        self.lock().forget(partitions);
    }

    /// Tells the caller before any record.
    pub(in crate::kafka) fn announce(&self, event: Event) {
        let mut state = self.lock();
        let assignment = state.assignment;
        state.announcements.push_back((assignment, event));
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until the caller has come back from all announcements; false where it did not in time.
    pub(in crate::kafka) fn wait_for_caller(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let mut state = self.lock();
        while !state.announcements.is_empty() || state.told {
            let left = deadline.saturating_duration_since(Instant::now());
            if state.closed || left.is_zero() {
                return false;
            }
            state = self.wait(state, Some(left));
        }
        true
    }

    /// Where to read these partitions from, as far as they are ours: the caller may have sought.
    pub(in crate::kafka) fn places(&self, partitions: &[Partition]) -> Vec<(Partition, Offset)> {
        let mut state = self.lock();
        let mut places = Vec::new();
        for partition in partitions {
            if let Some(place) = state.owned.get_mut(partition) {
                place.sought = false;
                places.push((*partition, Offset(place.next)));
            }
        }
        places
    }

    /// All that are ours, with the place to read next.
    pub(in crate::kafka) fn owned(&self) -> Vec<(Partition, Offset)> {
        let state = self.lock();
        let places = state.owned.iter();
        places
            .map(|(partition, place)| (*partition, Offset(place.next)))
            .collect()
    }

    /// How far the caller is behind in each of them.
    pub(in crate::kafka) fn behind(&self) -> Vec<(Partition, Behind)> {
        let state = self.lock();
        let places = state.owned.iter();
        let behind = places.map(|(partition, place)| {
            let next = Offset(place.done);
            let at = state.waiting_since(*partition);
            (*partition, Behind { next, at })
        });
        behind.collect()
    }

    /// Where the caller wants to read on, and the thread has not sought yet.
    pub(in crate::kafka) fn sought(&self) -> Vec<(Partition, Offset)> {
        let state = self.lock();
        let sought = state.owned.iter().filter(|(_, place)| place.sought);
        sought
            .map(|(partition, place)| (*partition, Offset(place.next)))
            .collect()
    }

    /// The thread has sought there; unless the caller has thought better of it since.
    pub(in crate::kafka) fn has_sought(&self, partition: Partition, next: Offset) {
        if let Some(place) = self.lock().owned.get_mut(&partition)
            && place.next == next.0
        {
            place.sought = false;
        }
    }

    /// The thread goes on from another place by itself, since there is nothing to read before it.
    pub(in crate::kafka) fn skip_to(&self, partition: Partition, next: Offset) {
        if let Some(place) = self.lock().owned.get_mut(&partition)
            && !place.sought
        {
            *place = place.at(next.0);
        }
    }

    /// Whether records were read up to there, rather than that somebody remembers the place.
    pub(in crate::kafka) fn has_read_to(&self, partition: Partition, next: Offset) -> bool {
        let state = self.lock();
        let place = state.owned.get(&partition);
        place.is_some_and(|place| !place.sought && place.first < next.0 && place.next == next.0)
    }

    /// Tells of an end that is not behind the last record read, once.
    pub(in crate::kafka) fn tell_end(&self, partition: Partition, next: Offset) {
        let mut state = self.lock();
        if let Some(place) = state.owned.get_mut(&partition)
            && !place.sought
            && !std::mem::replace(&mut place.end_told, true)
        {
            state.items.push_back(Item::End { partition, next });
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Adds what was read, but for partitions that were sought or taken away since.
    pub(in crate::kafka) fn add(&self, read: Vec<Read>) {
        let mut state = self.lock();
        for read in read {
            state.add(read);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until there is room for more; false where there is none after `patience`.
    pub(in crate::kafka) fn wait_for_room(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let mut state = self.lock();
        while state.is_full() && !state.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.wait(state, Some(left));
        }
        true
    }

    /// Whether half of the room is free again.
    pub(in crate::kafka) fn is_half_empty(&self) -> bool {
        let state = self.lock();
        state.items.len() <= MAX_READY_RECORDS / 2 && state.bytes <= MAX_READY_BYTES / 2
    }
}
