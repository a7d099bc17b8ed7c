//! What stands between the thread that reads and the caller that polls: records read ahead, and
//! what each tells the other.
//!
//! It is a bounded channel that forgets: records of a partition that was taken away, or sought
//! anew, are removed from its middle. Partitions that come and go are announced before any record,
//! and the thread waits until the caller has come back from the announcement.

mod handed_out;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fengbiao_model::{Offset, Partition};

use self::handed_out::HandedOut;
use crate::lock::lock;
use crate::{Event, LogError, MAX_POLL_BYTES, MAX_READY_BYTES, MAX_READY_RECORDS, Record};

/// What the thread has read.
#[derive(Debug)]
pub(super) enum Read {
    /// A record, and when it was written (milliseconds since the epoch), as far as it says.
    Record(Record, Option<i64>),
    /// The end of a partition.
    End(Partition),
}

/// What waits for the caller.
#[derive(Debug)]
enum Item {
    Record(Record, Option<i64>),
    End { partition: Partition, next: Offset },
}

/// Between the thread that reads and the caller that polls.
#[derive(Default)]
pub(super) struct Ready {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    items: VecDeque<Item>,
    bytes: usize,
    /// Partitions that came or went, which the caller hears of before any record; each with the
    /// assignment it belongs to.
    announcements: VecDeque<(u64, Event)>,
    /// An announcement was told, and the caller has not come back yet.
    told: bool,
    owned: BTreeMap<Partition, Place>,
    /// What the caller has taken and is not done with.
    handed_out: HandedOut,
    /// Grows with each partition that comes.
    assignment: u64,
    failed: Option<LogError>,
    closed: bool,
}

/// How far a caller is behind in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Behind {
    /// The first record that it is not done with.
    pub(super) next: Offset,
    /// When that one was written (milliseconds since the epoch), as far as is known.
    pub(super) at: Option<i64>,
}

/// How far reading has come in a partition.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// With which assignment the partition came.
    assignment: u64,
    /// The caller has been told of that.
    told: bool,
    /// Where reading began: where the partition came, or was sought last.
    first: u64,
    next: u64,
    /// How far the caller is done with it: where it came, or was sought last, and then its cursors.
    done: u64,
    end_told: bool,
    /// The caller wants to go on from `next`; the thread has not sought there yet.
    sought: bool,
}

impl Place {
    const fn coming(assignment: u64, next: u64) -> Self {
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
    const fn at(self, next: u64) -> Self {
        Self {
            told: self.told,
            ..Self::coming(self.assignment, next)
        }
    }
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

/// The reading thread's side.
impl Ready {
    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Nothing can be read any more.
    pub(super) fn fail(&self, error: LogError) {
        self.lock().failed.get_or_insert(error);
        self.changed.notify_all();
    }

    /// Partitions that came to us, with the places to read from; they count as the caller's once
    /// it is told. Records of theirs may be added after [`Ready::wait_for_caller`].
    pub(super) fn own(&self, places: &[(Partition, Offset)]) {
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
    pub(super) fn assignment(&self) -> u64 {
        self.lock().assignment
    }

    /// Partitions that are not ours any more.
    pub(super) fn disown(&self, partitions: &[Partition]) {
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
    pub(super) fn forget(&self, partitions: &[Partition]) {
        self.lock().forget(partitions);
    }

    /// Tells the caller before any record.
    pub(super) fn announce(&self, event: Event) {
        let mut state = self.lock();
        let assignment = state.assignment;
        state.announcements.push_back((assignment, event));
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until the caller has come back from all announcements; false where it did not in time.
    pub(super) fn wait_for_caller(&self, patience: Duration) -> bool {
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
    pub(super) fn places(&self, partitions: &[Partition]) -> Vec<(Partition, Offset)> {
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
    pub(super) fn owned(&self) -> Vec<(Partition, Offset)> {
        let state = self.lock();
        let places = state.owned.iter();
        places
            .map(|(partition, place)| (*partition, Offset(place.next)))
            .collect()
    }

    /// How far the caller is behind in each of them.
    pub(super) fn behind(&self) -> Vec<(Partition, Behind)> {
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
    pub(super) fn sought(&self) -> Vec<(Partition, Offset)> {
        let state = self.lock();
        let sought = state.owned.iter().filter(|(_, place)| place.sought);
        sought
            .map(|(partition, place)| (*partition, Offset(place.next)))
            .collect()
    }

    /// The thread has sought there; unless the caller has thought better of it since.
    pub(super) fn has_sought(&self, partition: Partition, next: Offset) {
        if let Some(place) = self.lock().owned.get_mut(&partition)
            && place.next == next.0
        {
            place.sought = false;
        }
    }

    /// The thread goes on from another place by itself, since there is nothing to read before it.
    pub(super) fn skip_to(&self, partition: Partition, next: Offset) {
        if let Some(place) = self.lock().owned.get_mut(&partition)
            && !place.sought
        {
            *place = place.at(next.0);
        }
    }

    /// Whether records were read up to there, rather than that somebody remembers the place.
    pub(super) fn has_read_to(&self, partition: Partition, next: Offset) -> bool {
        let state = self.lock();
        let place = state.owned.get(&partition);
        place.is_some_and(|place| !place.sought && place.first < next.0 && place.next == next.0)
    }

    /// Tells of an end that is not behind the last record read, once.
    pub(super) fn tell_end(&self, partition: Partition, next: Offset) {
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
    pub(super) fn add(&self, read: Vec<Read>) {
        let mut state = self.lock();
        for read in read {
            state.add(read);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until there is room for more; false where there is none after `patience`.
    pub(super) fn wait_for_room(&self, patience: Duration) -> bool {
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
    pub(super) fn is_half_empty(&self) -> bool {
        let state = self.lock();
        state.items.len() <= MAX_READY_RECORDS / 2 && state.bytes <= MAX_READY_BYTES / 2
    }

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

impl State {
    fn is_full(&self) -> bool {
        self.items.len() >= MAX_READY_RECORDS || self.bytes >= MAX_READY_BYTES
    }

    /// The caller hears of it now. Where the partitions have gone, and perhaps come, once more
    /// since, it says nothing of how they stand.
    fn note_told(&mut self, assignment: u64, event: &Event) {
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

    fn add(&mut self, read: Read) {
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

    fn forget(&mut self, partitions: &[Partition]) {
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
    fn waiting_since(&self, partition: Partition) -> Option<i64> {
        if let Some(at) = self.handed_out.oldest(partition) {
            return at;
        }
        self.items.iter().find_map(|item| match item {
            Item::Record(record, at) if record.position.partition == partition => *at,
            _ => None,
        })
    }

    /// In order; neighbours of one partition in one event.
    fn give_out(&mut self, max_records: usize) -> Vec<Event> {
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

#[cfg(test)]
mod tests;
