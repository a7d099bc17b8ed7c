//! The threads that read and match a batch, before its records are taken one after another.
//!
//! What a record is and what it hits depends on its bytes and the lexicon alone, so that the records of
//! a batch are shared out; all that depends on their order (the lexicon in force, the cursor, what is
//! written) stays with whoever takes them. What was matched behind a change of the lexicon is matched
//! again.

use std::thread;

use fengbiao_log::Record;
use fengbiao_matcher::{Matcher, Scratch};
use fengbiao_model::{Hit, PostRecord};
use fengbiao_wire::{PostReader, WireError};

use crate::limits::{CREW_BYTES, CREW_RECORDS};

/// The threads, the role's own among them, and the memory of each.
pub(super) struct Crew(Vec<Worker>);

#[derive(Default)]
struct Worker {
    reader: PostReader,
    scratch: Scratch,
}

/// What a record is, and what it hits: nothing where no lexicon was given.
pub(super) struct Taken<'r> {
    pub(super) read: Result<PostRecord<'r>, WireError>,
    pub(super) hits: Vec<Hit>,
}

impl Crew {
    /// Of so many threads; as many as processors may be used for 0.
    pub(super) fn new(threads: u32) -> Self {
        let threads = match usize::try_from(threads) {
            Ok(0) | Err(_) => thread::available_parallelism().map_or(1, usize::from),
            Ok(threads) => threads,
        };
        Self((0..threads).map(|_| Worker::default()).collect())
    }

    /// Of the records that are left of a batch, those to be taken next: what a hit holds of its post
    /// must have room in memory.
    pub(super) fn portion(records: &[Record]) -> usize {
        let mut bytes = 0;
        let fitting = records.iter().take_while(|record| {
            bytes += record.payload.len();
            bytes <= CREW_BYTES
        });
        fitting.count().max(1).min(records.len())
    }

    /// Reads records and matches them by one lexicon, in their order.
    pub(super) fn take<'r>(
        &mut self,
        matcher: Option<&Matcher>,
        records: &'r [Record],
    ) -> Vec<Taken<'r>> {
        // A thread costs some ten posts' time to begin, so that few records stay with this one.
        let share = records
            .len()
            .div_ceil(self.0.len().max(1))
            .max(CREW_RECORDS);
        let mut shares = self.0.iter_mut().zip(records.chunks(share));
        let Some((worker, own)) = shares.next() else {
            return Vec::new();
        };
        thread::scope(|scope| {
            let others: Vec<_> = shares
                .map(|(worker, share)| scope.spawn(move || worker.take(matcher, share)))
                .collect();
            let mut taken = worker.take(matcher, own);
            for other in others {
                let more = other.join();
                taken.extend(more.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            taken
        })
    }
}

impl Worker {
    fn take<'r>(&mut self, matcher: Option<&Matcher>, records: &'r [Record]) -> Vec<Taken<'r>> {
        let mut taken = Vec::with_capacity(records.len());
        for record in records {
            let read = self.reader.read(&record.payload);
            let hits = match (matcher, &read) {
                (Some(matcher), Ok(PostRecord::Post(post) | PostRecord::Update(post))) => {
                    matcher.matches(post, record.position, &mut self.scratch)
                }
                _ => Vec::new(),
            };
            taken.push(Taken { read, hits });
        }
        taken
    }
}
