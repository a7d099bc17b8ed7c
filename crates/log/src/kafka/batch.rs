//! The records of one append on their way, and the room that all appends share.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fengbiao_model::Position;
use prometheus::IntGauge;

use crate::lock::lock;
use crate::{LogError, MAX_QUEUED_BYTES};

/// Is told when all of an append is written, or a part of it will never be.
pub(super) type Reply = Box<dyn FnOnce(Result<Vec<Position>, LogError>) + Send>;

/// The records of one append on their way.
pub(super) struct Batch {
    state: Mutex<State>,
    room: Arc<Room>,
    bytes: usize,
    number: u64,
}

struct State {
    positions: Vec<Position>,
    waiting: usize,
    failed: Option<LogError>,
    reply: Option<Reply>,
}

/// One record's part in its append.
pub(super) struct Ticket {
    batch: Arc<Batch>,
    index: usize,
}

impl Batch {
    /// For records of `bytes` in all, which were reserved in `room`, one for each of `places`.
    pub(super) fn new(
        places: Vec<Position>,
        room: Arc<Room>,
        bytes: usize,
        reply: Reply,
    ) -> Arc<Self> {
        let number = room.begin();
        Arc::new(Self {
            number,
            state: Mutex::new(State {
                waiting: places.len(),
                positions: places,
                failed: None,
                reply: Some(reply),
            }),
            room,
            bytes,
        })
    }

    pub(super) fn ticket(self: &Arc<Self>, index: usize) -> Ticket {
        Ticket {
            batch: Arc::clone(self),
            index,
        }
    }
}

impl Ticket {
    /// The record was written at this place, or never will be. The last one answers the caller.
    pub(super) fn settle(self, outcome: Result<Position, LogError>) {
        let mut state = lock(&self.batch.state);
        match outcome {
            Ok(position) => {
                if let Some(place) = state.positions.get_mut(self.index) {
                    *place = position;
                }
            }
            // Whatever it is called, it was we who gave it up.
            Err(_) if self.batch.room.is_closed() => {
                state.failed.get_or_insert(LogError::Closed);
            }
            // The first failure is the cause of the others.
            Err(error) => {
                state.failed.get_or_insert(error);
            }
        }
        state.waiting -= 1;
        if state.waiting > 0 {
            return;
        }
        let reply = state.reply.take();
        let result = match state.failed.take() {
            Some(error) => Err(error),
            None => Ok(std::mem::take(&mut state.positions)),
        };
        drop(state);
        self.batch.room.end(self.batch.number);
        self.batch.room.give_back(self.batch.bytes);
        if let Some(reply) = reply {
            reply(result);
        }
    }
}

/// The room for records on their way: bounded, so that a broker that is gone fills no memory.
pub(super) struct Room {
    taken: Mutex<Taken>,
    changed: Condvar,
    gauge: IntGauge,
}

#[derive(Default)]
struct Taken {
    bytes: usize,
    closed: bool,
    /// Since when each append that is on its way is, in the order in which they began.
    since: BTreeMap<u64, Instant>,
    begun: u64,
}

impl Room {
    pub(super) fn new(gauge: IntGauge) -> Arc<Self> {
        Arc::new(Self {
            taken: Mutex::default(),
            changed: Condvar::new(),
            gauge,
        })
    }

    /// Takes room for `bytes`; waits for it, or answers [`LogError::Busy`]. An append always fits
    /// into an empty room.
    pub(super) fn reserve(&self, bytes: usize, wait: bool) -> Result<(), LogError> {
        let mut taken = lock(&self.taken);
        loop {
            if taken.closed {
                return Err(LogError::Closed);
            }
            if taken.bytes == 0 || taken.bytes + bytes <= MAX_QUEUED_BYTES {
                taken.bytes += bytes;
                self.show(&taken);
                return Ok(());
            }
            if !wait {
                return Err(LogError::Busy);
            }
            taken = self
                .changed
                .wait(taken)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(super) fn give_back(&self, bytes: usize) {
        let mut taken = lock(&self.taken);
        taken.bytes -= bytes;
        self.show(&taken);
        drop(taken);
        self.changed.notify_all();
    }

    /// An append is on its way, under this number.
    fn begin(&self) -> u64 {
        let mut taken = lock(&self.taken);
        taken.begun += 1;
        let number = taken.begun;
        taken.since.insert(number, Instant::now());
        number
    }

    fn end(&self, number: u64) {
        lock(&self.taken).since.remove(&number);
    }

    /// How long the oldest append has been on its way.
    pub(super) fn oldest(&self) -> Option<Duration> {
        let taken = lock(&self.taken);
        taken.since.first_key_value().map(|(_, at)| at.elapsed())
    }

    /// From now on nothing is taken in.
    pub(super) fn close(&self) {
        lock(&self.taken).closed = true;
        self.changed.notify_all();
    }

    pub(super) fn is_closed(&self) -> bool {
        lock(&self.taken).closed
    }

    fn show(&self, taken: &Taken) {
        self.gauge
            .set(i64::try_from(taken.bytes).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use fengbiao_model::{Offset, Partition};

    use super::*;

    fn position(offset: u64) -> Position {
        Position {
            partition: Partition(0),
            offset: Offset(offset),
        }
    }

    fn room() -> Arc<Room> {
        Room::new(IntGauge::new("bytes", "Bytes").unwrap())
    }

    /// A batch of three, whose answer is received.
    fn batch(room: &Arc<Room>) -> (Arc<Batch>, mpsc::Receiver<Result<Vec<Position>, LogError>>) {
        let (reply, answer) = mpsc::channel();
        room.reserve(10, false).unwrap();
        let reply: Reply = Box::new(move |result| reply.send(result).unwrap());
        (
            Batch::new(vec![position(0); 3], Arc::clone(room), 10, reply),
            answer,
        )
    }

    #[test]
    fn an_append_is_answered_when_its_last_record_is_settled() {
        let room = room();
        let (batch, answer) = batch(&room);
        batch.ticket(2).settle(Ok(position(9)));
        batch.ticket(0).settle(Ok(position(7)));
        assert!(answer.try_recv().is_err());
        batch.ticket(1).settle(Ok(position(8)));
        let expected = vec![position(7), position(8), position(9)];
        assert_eq!(answer.recv().unwrap(), Ok(expected));
        assert_eq!(lock(&room.taken).bytes, 0);
    }

    #[test]
    fn the_age_of_the_oldest_append_that_is_on_its_way_is_known() {
        let room = room();
        assert_eq!(room.oldest(), None);
        let (first, _answer) = batch(&room);
        std::thread::sleep(Duration::from_millis(20));
        let between = Instant::now();
        let (second, _other) = batch(&room);
        assert!(room.oldest().unwrap() >= Duration::from_millis(20));
        (0..3).for_each(|index| first.ticket(index).settle(Ok(position(0))));
        let age = room.oldest().unwrap();
        assert!(age <= between.elapsed(), "that of the second");
        (0..3).for_each(|index| second.ticket(index).settle(Err(LogError::Busy)));
        assert_eq!(room.oldest(), None);
    }

    #[test]
    fn the_first_failure_is_the_answer() {
        let room = room();
        let (batch, answer) = batch(&room);
        batch.ticket(0).settle(Ok(position(7)));
        batch.ticket(1).settle(Err(LogError::Busy));
        batch.ticket(2).settle(Err(LogError::Closed));
        assert_eq!(answer.recv().unwrap(), Err(LogError::Busy));
    }

    #[test]
    fn one_append_fits_an_empty_room_and_no_other_beside_a_full_one() {
        let room = room();
        room.reserve(MAX_QUEUED_BYTES + 1, false).unwrap();
        assert_eq!(room.reserve(1, false), Err(LogError::Busy));
        room.give_back(MAX_QUEUED_BYTES + 1);
        room.reserve(1, false).unwrap();
        room.close();
        assert_eq!(room.reserve(1, true), Err(LogError::Closed));
    }
}
