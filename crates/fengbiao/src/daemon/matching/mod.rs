//! The matcher's role: topic `posts` in, topic `hits` out, each partition in order and without gaps.

mod change_over;
mod crew;
mod marks;
mod note;
mod output;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fengbiao_log::{Consumer, Cursor, Event, LogError, NewRecord, Record, Topic};
use fengbiao_matcher::Matcher;
use fengbiao_model::{
    Clock, HitRecord, LexiconNumber, Offset, Partition, PartitionMark, PostRecord, TimeSpan,
    Timestamp,
};

use self::crew::{Crew, Taken};
use self::output::Output;
use super::dead_letter::Poison;
use super::health::{Health, InForce};
use super::pipeline::Pipeline;
use super::publication::Publications;
use crate::limits::{MARK_INTERVAL, MATCH_RECORDS, POLL_WAIT};
use crate::metrics::Metrics;

/// What the role needs.
pub(crate) struct Matching {
    consumer: Box<dyn Consumer>,
    publications: Publications,
    hits_partitions: u32,
    clock: Arc<dyn Clock>,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
    crew: Crew,
    partitions: BTreeMap<Partition, Place>,
    matchers: BTreeMap<LexiconNumber, Arc<Matcher>>,
    marked: Option<(TimeSpan, Vec<PartitionMark>)>,
}

/// The name of the matchers' group.
pub(crate) const GROUP: &str = "matcher";

/// How far the role has come in one partition of `posts`.
#[derive(Clone)]
struct Place {
    next: Offset,
    found_at: Timestamp,
    at_end: bool,
    /// A record of it was passed since it came to us, or its end was met.
    has_read: bool,
    /// Since when the partition is ours.
    since: Timestamp,
    matcher: Option<Arc<Matcher>>,
}

impl Matching {
    pub(crate) fn new(pipeline: &Pipeline) -> Result<Self, LogError> {
        let log = &pipeline.log;
        // Whatever the one before it had.
        pipeline.health.lexicon(InForce::NoPartition);
        Ok(Self {
            consumer: log.consumer(GROUP, Topic::Posts)?,
            publications: pipeline.publications.clone(),
            hits_partitions: log.partitions(Topic::Hits),
            clock: Arc::clone(&pipeline.clock),
            health: Arc::clone(&pipeline.health),
            metrics: Arc::clone(&pipeline.metrics),
            crew: Crew::new(pipeline.config.matcher.threads),
            partitions: BTreeMap::new(),
            matchers: BTreeMap::new(),
            marked: None,
        })
    }

    /// Works until the daemon stops. An error of the log ends it: what was not committed is read
    /// again by whoever starts next.
    pub(crate) fn run(mut self) -> anyhow::Result<()> {
        while !self.health.stopping() {
            self.round()?;
        }
        Ok(())
    }

    fn round(&mut self) -> anyhow::Result<()> {
        let wait = POLL_WAIT.min(self.clock.real(MARK_INTERVAL).max(Duration::from_millis(1)));
        let events = self.consumer.poll(MATCH_RECORDS, wait)?;
        let mut output = Output::default();
        for event in &events {
            if let Event::Records(partition, _) | Event::End { partition, .. } = event
                && let Some(place) = self.partitions.get(partition)
            {
                output.before.insert(*partition, place.clone());
            }
        }
        let mut whole = true;
        for event in events {
            whole = self.take(event, &mut output)?;
            if !whole {
                break;
            }
        }
        if whole {
            self.commit(&mut output)?;
        }
        self.tell_health();
        Ok(())
    }

    /// It works once it has read of each partition that has come to it, or met its end: before, it may
    /// be that it fails again with the first record.
    fn tell_health(&self) {
        let works = |place: &Place| place.has_read;
        if !self.partitions.is_empty() && self.partitions.values().all(works) {
            self.health.matcher_alive();
        } else {
            self.health.matcher_goes_round();
        }
    }

    /// Writes what was made since the last commit, with the cursors behind it. False where a partition
    /// went meanwhile, so that the rest of the round is not taken: it is read again.
    fn commit(&mut self, output: &mut Output) -> anyhow::Result<bool> {
        self.mark(output);
        if output.is_empty() {
            return Ok(true);
        }
        let mut appends = output.take_appends();
        let last = appends.pop().unwrap_or_default();
        // Behind what is less than all that a post makes, the cursor stands before the post: after a
        // kill it is met again, and the alerter takes each hit once.
        for records in appends {
            let cursors = self.cursors_before(output);
            if !self.write(records, cursors, output)? {
                return Ok(false);
            }
        }
        let cursors = self.cursors();
        if !self.write(last, cursors, output)? {
            return Ok(false);
        }
        output.moved = false;
        for (partition, place) in &mut output.before {
            if let Some(now) = self.partitions.get(partition) {
                *place = now.clone();
            }
        }
        Ok(true)
    }

    fn write(
        &mut self,
        records: Vec<NewRecord>,
        cursors: Vec<(Partition, Cursor)>,
        output: &mut Output,
    ) -> anyhow::Result<bool> {
        let timer = self.metrics.hits_commit_seconds.start_timer();
        match self.consumer.commit(records, cursors) {
            Ok(_) => timer.observe_duration(),
            Err(LogError::NotOwned { partition, .. }) => {
                timer.stop_and_discard();
                self.begin_again(partition, std::mem::take(&mut output.before))?;
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(true)
    }

    /// A partition has gone to another matcher while we worked, and nothing since the last commit was
    /// written: that one is forgotten, the others are read again from where they stood.
    fn begin_again(
        &mut self,
        gone: Partition,
        before: BTreeMap<Partition, Place>,
    ) -> anyhow::Result<()> {
        tracing::info!(
            partition = gone.0,
            "a partition of `posts` went to another matcher"
        );
        self.marked = None;
        for (partition, mut place) in before {
            // What is there is read again before anything is said of its end.
            place.at_end = false;
            match self.consumer.seek(partition, place.next) {
                Ok(()) => drop(self.partitions.insert(partition, place)),
                Err(LogError::NotOwned { .. }) => drop(self.partitions.remove(&partition)),
                Err(error) => return Err(error.into()),
            }
        }
        self.partitions.remove(&gone);
        self.report_version();
        Ok(())
    }

    /// Takes one event; false where the rest of the round is not to be taken.
    fn take(&mut self, event: Event, output: &mut Output) -> anyhow::Result<bool> {
        match event {
            Event::Assigned(partitions) => {
                for (partition, cursor) in partitions {
                    let place = self.place(partition, cursor)?;
                    self.partitions.insert(partition, place);
                }
                // Said before the first hit: what the one before us still writes is late from here.
                self.marked = None;
                self.report_version();
            }
            Event::Revoked(partitions) => {
                partitions
                    .iter()
                    .for_each(|partition| drop(self.partitions.remove(partition)));
                self.report_version();
            }
            Event::Records(partition, records) => return self.records(partition, &records, output),
            Event::End { partition, next } => match self.partitions.get_mut(&partition) {
                Some(place) if next < place.next => self.go_on_from(partition, next, output)?,
                Some(place) => (place.at_end, place.has_read) = (true, true),
                None => {}
            },
        }
        Ok(true)
    }

    /// Matches records, and commits whenever they have made enough for it.
    fn records(
        &mut self,
        partition: Partition,
        mut left: &[Record],
        output: &mut Output,
    ) -> anyhow::Result<bool> {
        while !left.is_empty() {
            let Some(done) = self.portion(partition, left, output)? else {
                return Ok(false);
            };
            left = &left[done..];
        }
        Ok(true)
    }

    /// Matches the first of some records, as many as fit and one lexicon is in force for, and tells how
    /// many; none where the partition went meanwhile.
    fn portion(
        &mut self,
        partition: Partition,
        records: &[Record],
        output: &mut Output,
    ) -> anyhow::Result<Option<usize>> {
        let mut timer = self.metrics.match_seconds.start_timer();
        let records = &records[..Crew::fitting(records)];
        let matcher = self.in_force(partition).cloned();
        let taken = self.crew.take(matcher.as_deref(), records);
        let mut done = 0;
        for (record, taken) in records.iter().zip(taken) {
            self.record(partition, record, taken, output)?;
            done += 1;
            if output.is_full() {
                timer.observe_duration();
                if !self.commit(output)? {
                    return Ok(None);
                }
                self.tell_health();
                timer = self.metrics.match_seconds.start_timer();
            }
            if self.in_force(partition).map(Arc::as_ptr) != matcher.as_ref().map(Arc::as_ptr) {
                break;
            }
        }
        timer.observe_duration();
        Ok(Some(done))
    }

    fn record(
        &mut self,
        partition: Partition,
        record: &Record,
        Taken { read, hits }: Taken<'_>,
        output: &mut Output,
    ) -> anyhow::Result<()> {
        let origin = record.position;
        // Canaries count nowhere, and no window hangs on when they were put in.
        let canary = matches!(&read, Ok(PostRecord::Post(post)) if post.source.is_canary());
        self.metrics.posts_read.inc_by(u64::from(!canary));
        match read {
            Ok(PostRecord::Control(control)) => self.change_over(partition, control)?,
            Ok(PostRecord::Post(post)) => {
                self.needs_a_lexicon(partition)?;
                if !canary {
                    self.found(partition, post.found_at);
                }
                self.push_hits(hits, output);
            }
            Ok(PostRecord::Update(post)) => {
                self.needs_a_lexicon(partition)?;
                self.found(partition, post.found_at);
                let update = HitRecord::Update {
                    post: post.into_owned(),
                    origin,
                };
                self.push_everywhere(&update, output);
                self.push_hits(hits, output);
            }
            Ok(PostRecord::Delete(deletion)) => {
                self.found(partition, deletion.found_at);
                self.push_everywhere(&HitRecord::Delete { deletion, origin }, output);
            }
            Err(error) => {
                self.metrics.poison.inc();
                tracing::warn!(partition = partition.0, offset = origin.offset.0, %error, "a record of `posts` cannot be read");
                let poison = Poison {
                    topic: Topic::Posts,
                    position: origin,
                };
                let now = self.clock.wall();
                output.push(poison.letter(now, &error.to_string(), &record.payload));
            }
        }
        if let Some(place) = self.partitions.get_mut(&partition) {
            place.next = Offset(origin.offset.0 + 1);
            place.at_end = false;
            place.has_read = true;
        }
        output.moved = true;
        Ok(())
    }

    fn found(&mut self, partition: Partition, found_at: Timestamp) {
        if let Some(place) = self.partitions.get_mut(&partition) {
            place.found_at = place.found_at.max(found_at);
        }
    }
}

#[cfg(test)]
mod tests;
