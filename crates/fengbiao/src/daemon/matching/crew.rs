//! The threads that read and match a batch, before its records are taken one after another.
//!
//! What a record is and what it hits depends on its bytes and the lexicon alone, so that the records of
//! a batch are shared out; all that depends on their order (the lexicon in force, the cursor, what is
//! written) stays with whoever takes them. What was matched behind a change of the lexicon is matched
//! again.

use std::thread;

use fengbiao_log::Record;
use fengbiao_matcher::{Matcher, Scratch};
use fengbiao_model::PostRecord;
use fengbiao_wire::{PostReader, WireError};

use super::output::Made;
use crate::limits::{CREW_BYTES, CREW_RECORDS};

/// The threads, the role's own among them.
pub(super) struct Crew {
    /// The memory of each.
    workers: Vec<Worker>,
    /// Whether the system has refused a thread, which is said once.
    refused: bool,
}

#[derive(Default)]
struct Worker {
    reader: PostReader,
    scratch: Scratch,
}

/// What a record is, and what its hits are written as: none where no lexicon was given.
pub(super) struct Taken<'r> {
    pub(super) read: Result<PostRecord<'r>, WireError>,
    pub(super) hits: Vec<Made>,
}

impl Crew {
    /// Of so many threads; as many as processors may be used for 0.
    pub(super) fn new(threads: u32) -> Self {
        let all = || thread::available_parallelism().map_or(1, usize::from);
        let threads = usize::try_from(threads).ok().filter(|&threads| threads > 0);
        let workers = (0..threads.unwrap_or_else(all)).map(|_| Worker::default());
        Self {
            workers: workers.collect(),
            refused: false,
        }
    }

    /// How many of the records that are left of a batch are to be taken next. A hit has its post in it,
    /// so that of these bytes as many come to lie in memory for each topic that is hit.
    pub(super) fn fitting(records: &[Record]) -> usize {
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
        // A thread takes some ten posts' time to begin, so that few records stay with this one.
        let used = (records.len() / CREW_RECORDS).clamp(1, self.workers.len());
        let share = records.len().div_ceil(used).max(1);
        let refused = &mut self.refused;
        let mut shares = self.workers.iter_mut().zip(records.chunks(share));
        let Some((worker, own)) = shares.next() else {
            return Vec::new();
        };
        thread::scope(|scope| {
            let mut others = Vec::with_capacity(used);
            for (worker, share) in shares {
                let begun = thread::Builder::new()
                    .name("matcher-crew".to_owned())
                    .spawn_scoped(scope, || worker.take(matcher, share));
                others.push((share, begun));
            }
            let mut taken = worker.take(matcher, own);
            for (share, other) in others {
                taken.extend(match other.map(thread::ScopedJoinHandle::join) {
                    Ok(Ok(more)) => more,
                    Ok(Err(panic)) => std::panic::resume_unwind(panic),
                    // That makes us slower, and nothing else.
                    Err(error) => {
                        if !std::mem::replace(refused, true) {
                            tracing::warn!(%error, "the system refuses a thread for matching");
                        }
                        worker.take(matcher, share)
                    }
                });
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
                    let hits = matcher.matches(post, record.position, &mut self.scratch);
                    hits.into_iter().map(Made::of).collect()
                }
                _ => Vec::new(),
            };
            taken.push(Taken { read, hits });
        }
        taken
    }
}
