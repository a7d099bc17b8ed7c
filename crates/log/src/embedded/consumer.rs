//! The consumer of the embedded log: one for each group and topic.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fengbiao_model::{Offset, Partition, Position};
use rusqlite::Connection;

use super::cursors::{self, NewCursor};
use super::stream::Stream;
use super::tails::Waited;
use super::{Shared, lock};
use crate::error::failed_to;
use crate::{Consumer, Cursor, Event, LogError, MAX_NOTE_BYTES, NewRecord, Topic};

const READING: &str = "read records";

/// Reads one topic for one group.
pub(super) struct EmbeddedConsumer {
    shared: Arc<Shared>,
    group: String,
    topic: Topic,
    connection: Connection,
    places: Vec<Place>,
    assigned: bool,
    /// The partition that is read first next time, so that none waits for the others for ever.
    first: usize,
}

/// How far reading has come in a partition.
#[derive(Clone, Copy, Debug)]
struct Place {
    next: u64,
    end_told: bool,
}

impl Place {
    /// Whether there is something to tell about a partition that ends at `tail`.
    const fn has_news(self, tail: u64) -> bool {
        self.next < tail || !self.end_told
    }
}

impl EmbeddedConsumer {
    /// Fails where the group reads the topic already.
    pub(super) fn new(shared: Arc<Shared>, group: &str, topic: Topic) -> Result<Self, LogError> {
        let connection = shared.readers.open()?;
        if !lock(&shared.consumers).insert((group.to_owned(), topic)) {
            return Err(LogError::ConsumerExists {
                group: group.to_owned(),
                topic,
            });
        }
        let places = vec![
            Place {
                next: 0,
                end_told: false
            };
            shared.streams.of(topic).len()
        ];
        // From here on dropping it takes the group off the list again.
        let consumer = Self {
            shared,
            group: group.to_owned(),
            topic,
            connection,
            places,
            assigned: false,
            first: 0,
        };
        let name = consumer.group.clone();
        consumer.shared.run(move |store| {
            store.transact("register a group", |transaction, _, _| {
                cursors::register(transaction, &name, topic)
            })
        })?;
        Ok(consumer)
    }

    fn assign(&mut self) -> Result<Vec<Event>, LogError> {
        let assigned = cursors::of_group(&self.connection, &self.group, self.topic)
            .map_err(failed_to("read cursors"))?;
        for (place, (_, cursor)) in self.places.iter_mut().zip(&assigned) {
            let next = cursor.as_ref().map_or(0, |cursor| cursor.next.0);
            *place = Place {
                next,
                end_told: false,
            };
        }
        self.assigned = true;
        Ok(vec![Event::Assigned(assigned)])
    }

    /// What there is in all partitions up to `tails`, each in order, the room shared fairly.
    fn read(&mut self, tails: &[u64], max_records: usize) -> Result<Vec<Event>, LogError> {
        let count = self.places.len();
        let order: Vec<usize> = (0..count).map(|step| (self.first + step) % count).collect();
        self.first = (self.first + 1) % count;
        let mut hungry = order
            .iter()
            .filter(|index| self.places[**index].next < tails[**index])
            .count();
        let mut room = max_records;
        let mut events = Vec::new();
        let shared = Arc::clone(&self.shared);
        for index in order {
            let stream = &shared.streams.of(self.topic)[index];
            if self.places[index].next < tails[index] {
                let share = room.div_ceil(hungry.max(1)).min(room);
                hungry -= 1;
                room -= self.read_partition(stream, tails[index], share, &mut events)?;
            }
            let place = &mut self.places[index];
            if place.next >= tails[index] && !place.end_told {
                place.end_told = true;
                let next = Offset(tails[index]);
                events.push(Event::End {
                    partition: stream.partition,
                    next,
                });
            }
        }
        Ok(events)
    }

    /// How many records were read.
    fn read_partition(
        &mut self,
        stream: &Stream,
        tail: u64,
        share: usize,
        events: &mut Vec<Event>,
    ) -> Result<usize, LogError> {
        if share == 0 {
            return Ok(0);
        }
        let place = &mut self.places[stream.index()];
        let records = stream
            .read(&self.connection, place.next, tail, share)
            .map_err(failed_to(READING))?;
        // None at all: retention removed them, as it does only in front of what is kept.
        place.next = records
            .last()
            .map_or(tail, |record| record.position.offset.0 + 1);
        place.end_told = false;
        let count = records.len();
        if count > 0 {
            events.push(Event::Records(stream.partition, records));
        }
        Ok(count)
    }
}

impl Consumer for EmbeddedConsumer {
    fn poll(&mut self, max_records: usize, wait: Duration) -> Result<Vec<Event>, LogError> {
        if !self.assigned {
            return self.assign();
        }
        // A wait beyond the end of time has no deadline.
        let deadline = Instant::now().checked_add(wait);
        let places = &self.places;
        let ready = |tails: &[u64]| {
            places
                .iter()
                .zip(tails)
                .any(|(place, tail)| place.has_news(*tail))
        };
        match self.shared.tails.wait(self.topic, deadline, ready) {
            Waited::Ready(tails) => {
                // What was read before another partition failed is not told, so it is read again.
                let before = self.places.clone();
                let events = self.read(&tails, max_records.max(1));
                if events.is_err() {
                    self.places = before;
                }
                events
            }
            Waited::TimedOut => Ok(Vec::new()),
            Waited::Closed => Err(LogError::Closed),
        }
    }

    fn seek(&mut self, partition: Partition, next: Offset) -> Result<(), LogError> {
        let index = self.shared.streams.get(self.topic, partition)?.index();
        self.places[index] = Place {
            next: next.0,
            end_told: false,
        };
        Ok(())
    }

    fn commit(
        &mut self,
        produced: Vec<NewRecord>,
        cursors: Vec<(Partition, Cursor)>,
    ) -> Result<Vec<Position>, LogError> {
        let topic = self.topic;
        let mut new = Vec::with_capacity(cursors.len());
        for (partition, cursor) in cursors {
            self.shared.streams.get(topic, partition)?;
            let (bytes, max) = (cursor.note.len(), MAX_NOTE_BYTES);
            if bytes > max {
                return Err(LogError::TooLong {
                    what: "a note",
                    topic,
                    bytes,
                    max,
                });
            }
            new.push(NewCursor {
                group: self.group.clone(),
                topic,
                partition,
                cursor,
            });
        }
        self.shared.append(produced, new)
    }
}

impl Drop for EmbeddedConsumer {
    fn drop(&mut self) {
        lock(&self.shared.consumers).remove(&(self.group.clone(), self.topic));
    }
}
