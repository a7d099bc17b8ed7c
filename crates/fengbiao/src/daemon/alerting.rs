//! The alerter's role: one step after another, each stored with its effects and the places read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fengbiao_alerter::{Alerter, Change, Effects, Remark, Step};
use fengbiao_ledger::{Ledger, LedgerError, PartitionRange, Positions, StepCommit, StepRecord};
use fengbiao_log::{Consumer, Cursor, Event, LogError, Record, Topic};
use fengbiao_model::{Action, Clock, Command, HitRecord, Offset, Partition};
use fengbiao_wire::{decode_hit_record, decode_pulse};

use super::dead_letter::Poison;
use super::health::Health;
use super::pipeline::Pipeline;
use crate::limits::{
    BATCH_RECORDS, CURSOR_INTERVAL, LEDGER_RETRY, MAX_STEP_RECORDS, POLL_WAIT, STEP_RECORDS,
    STEPS_BETWEEN_CHECKPOINTS,
};
use crate::log::Log;
use crate::metrics::Metrics;

/// The alerter with all it reads from and writes to.
pub(crate) struct Alerting {
    alerter: Alerter,
    log: Log,
    ledger: Arc<Ledger>,
    hits: Box<dyn Consumer>,
    pulses: Box<dyn Consumer>,
    clock: Arc<dyn Clock>,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
    epoch: u64,
    process: u64,
    last_step: u64,
    positions: Positions,
    /// How many records of `hits` the next step takes at most.
    step_records: usize,
    told_log: Instant,
    /// Partitions that end below what was read of them.
    shorter: BTreeSet<(Topic, Partition)>,
}

/// What a round has taken: the inputs of a step, and where they stood.
#[derive(Default)]
struct Intake {
    step: Step,
    hits: Vec<PartitionRange>,
    pulses: Vec<PartitionRange>,
}

/// Name in the ledger of the last step that purged a post.
pub(crate) const PURGED_STEP: &str = "purged_step";

/// What the operator is told when positions go back.
const RECREATED: &str = "the log ends below what was read of it: it was made anew or put back from \
                         an older copy; `fengbiao confirm new-generation` takes it as it is";

impl Intake {
    /// Leaves only the first `taken` hits in the ranges. Gives the places to read again from.
    fn give_back(&mut self, taken: usize) -> BTreeMap<Partition, Offset> {
        let mut again = BTreeMap::new();
        for (position, _) in self.step.hits.get(taken..).unwrap_or_default() {
            again.entry(position.partition).or_insert(position.offset);
        }
        for range in &mut self.hits {
            range.to = again
                .get(&range.partition)
                .map_or(range.to, |&next| range.to.min(next));
        }
        self.hits.retain(|range| range.from < range.to);
        again
    }
}

impl Alerting {
    /// Takes the ledger over and rebuilds the state from it.
    pub(crate) fn new(
        ledger: Arc<Ledger>,
        hits: Box<dyn Consumer>,
        pulses: Box<dyn Consumer>,
        pipeline: &Pipeline,
    ) -> anyhow::Result<Self> {
        let epoch = ledger.take_ownership()?;
        let alerter = Alerter::restore(ledger.load()?)?;
        let positions = ledger.positions()?;
        Ok(Self {
            // A monotonic reading means something within one process only; the epoch counts them.
            process: epoch,
            last_step: ledger.last_step()?,
            alerter,
            ledger,
            hits,
            pulses,
            log: pipeline.log.clone(),
            clock: Arc::clone(&pipeline.clock),
            health: Arc::clone(&pipeline.health),
            metrics: Arc::clone(&pipeline.metrics),
            epoch,
            positions,
            step_records: STEP_RECORDS,
            told_log: Instant::now(),
            shorter: BTreeSet::new(),
        })
    }

    /// Works until the daemon stops, then keeps a checkpoint.
    pub(crate) fn run(mut self) -> anyhow::Result<()> {
        while !self.health.stopping() {
            self.round()?;
        }
        self.checkpoint()
    }

    /// Takes what there is and does one step, where there is anything to do.
    pub(crate) fn round(&mut self) -> anyhow::Result<()> {
        let mut intake = Intake::default();
        self.take_hits(&mut intake)?;
        self.take_pulses(&mut intake)?;
        intake.step.commands = self
            .ledger
            .commands_after(self.positions.commands.saturating_sub(1), BATCH_RECORDS)?;
        intake.step.wall = self.clock.wall();
        intake.step.monotonic = self.clock.monotonic();
        intake.step.process = self.process;
        let due = self
            .alerter
            .next_due()
            .is_some_and(|due| due <= intake.step.wall);
        let moved = !(intake.hits.is_empty()
            && intake.pulses.is_empty()
            && intake.step.commands.is_empty());
        if moved || due {
            self.step(&mut intake)?;
        }
        self.tell_log()?;
        // Before the sign of life: the heartbeat goes where there is life and no alarm.
        let tier = self.alerter.pipeline_tier();
        self.health.pipeline(tier);
        self.metrics.pipeline_tier(tier);
        if self.alerter.clocks().recreated || !self.shorter.is_empty() {
            self.health.alerter_failed(RECREATED);
        } else {
            self.health.alerter_alive(self.alerter.clocks());
        }
        Ok(())
    }

    fn wait(&self) -> Duration {
        let until_due = self
            .alerter
            .next_due()
            .map(|due| self.clock.real(due.since(self.clock.wall())));
        until_due.map_or(POLL_WAIT, |wait| wait.min(POLL_WAIT))
    }

    fn take_hits(&mut self, intake: &mut Intake) -> anyhow::Result<()> {
        let wait = self.wait();
        if self.alerter.clocks().recreated {
            // Until the operator says that the log was made anew, no hit may be taken.
            std::thread::sleep(wait);
            return Ok(());
        }
        let mut taken = 0;
        for event in self.hits.poll(self.step_records, wait)? {
            match event {
                Event::Assigned(partitions) => {
                    seek(self.hits.as_mut(), partitions, &self.positions.hits)?;
                }
                Event::Records(partition, records) => {
                    intake.hits.extend(range(partition, &records));
                    taken += records.len();
                    for record in records {
                        match decode_hit_record(&record.payload) {
                            Ok(hit) => intake.step.hits.push((record.position, hit)),
                            Err(error) => self.unreadable(Topic::Hits, &record, &error)?,
                        }
                    }
                }
                Event::End { partition, next } => self.note_end(Topic::Hits, partition, next),
                Event::Revoked(_) => {}
            }
        }
        self.step_records = next_step_records(self.step_records, taken);
        Ok(())
    }

    fn take_pulses(&mut self, intake: &mut Intake) -> anyhow::Result<()> {
        for event in self.pulses.poll(BATCH_RECORDS, Duration::ZERO)? {
            match event {
                Event::Assigned(partitions) => {
                    seek(self.pulses.as_mut(), partitions, &self.positions.pulses)?;
                }
                Event::Records(partition, records) => {
                    intake.pulses.extend(range(partition, &records));
                    for record in records {
                        match decode_pulse(&record.payload) {
                            Ok(pulse) => intake.step.pulses.push(pulse),
                            Err(error) => self.unreadable(Topic::Pulses, &record, &error)?,
                        }
                    }
                }
                Event::End { partition, next } => self.note_end(Topic::Pulses, partition, next),
                Event::Revoked(_) => {}
            }
        }
        Ok(())
    }

    /// A partition that ends below what was read of it was made anew: nothing comes of it before the
    /// operator says that it is to be read from its beginning.
    fn note_end(&mut self, topic: Topic, partition: Partition, next: Offset) {
        let known = match topic {
            Topic::Hits => self.positions.hits.get(&partition),
            _ => self.positions.pulses.get(&partition),
        };
        if known.is_some_and(|known| *known > next) {
            tracing::error!(%topic, partition = partition.0, end = next.0, "{RECREATED}");
            self.shorter.insert((topic, partition));
        }
    }

    /// The partitions that are read from their beginning from now on, where a command of the step says
    /// so.
    fn begin_generation(
        &mut self,
        intake: &Intake,
        after: &mut Positions,
    ) -> Vec<(Topic, Partition)> {
        let anew = |command: &Command| matches!(command.action, Action::NewGeneration);
        if !intake.step.commands.iter().any(anew) {
            return Vec::new();
        }
        let anew: Vec<_> = std::mem::take(&mut self.shorter).into_iter().collect();
        for (topic, partition) in &anew {
            let positions = match topic {
                Topic::Hits => &mut after.hits,
                _ => &mut after.pulses,
            };
            positions.insert(*partition, Offset(0));
        }
        anew
    }

    /// These topics are written by Fengbiao alone, so that the operator hears of it. The letter is
    /// durable before the step that passes the record.
    fn unreadable(
        &self,
        topic: Topic,
        record: &Record,
        error: &dyn std::fmt::Display,
    ) -> Result<(), LogError> {
        let position = record.position;
        self.metrics.poison.inc();
        tracing::error!(%topic, partition = position.partition.0, offset = position.offset.0, %error, "a record cannot be read");
        let poison = Poison { topic, position };
        let letter = poison.letter(self.clock.wall(), &error.to_string(), &record.payload);
        self.log.append(vec![letter]).map(drop)
    }

    fn step(&mut self, intake: &mut Intake) -> anyhow::Result<()> {
        let timer = self.metrics.step_seconds.start_timer();
        let effects = self.alerter.step(&intake.step);
        timer.observe_duration();
        for (partition, next) in intake.give_back(effects.taken) {
            // One that has gone meanwhile is read from the ledger's place when it comes back.
            unless_gone(self.hits.seek(partition, next))?;
        }
        let mut after = self.moved_on(intake);
        let anew = self.begin_generation(intake, &mut after);
        let step = StepRecord {
            number: self.last_step + 1,
            wall: intake.step.wall,
            monotonic: intake.step.monotonic,
            process: self.process,
            commands: self.positions.commands..after.commands,
            pulses: intake.pulses.clone(),
            hits: intake.hits.clone(),
        };
        self.store(&step, &after, &effects)?;
        self.last_step = step.number;
        self.positions = after;
        for (topic, partition) in anew {
            let consumer = match topic {
                Topic::Hits => &mut self.hits,
                _ => &mut self.pulses,
            };
            unless_gone(consumer.seek(partition, Offset(0)))?;
        }
        self.forget_deleted(&intake.step, &effects)?;
        self.begin_anew_after_purge(&effects)?;
        self.remark(&effects.remarks);
        if self.last_step.is_multiple_of(STEPS_BETWEEN_CHECKPOINTS) {
            self.checkpoint()?;
        }
        Ok(())
    }

    /// What was purged is gone from the inputs of the steps before, which therefore cannot be run
    /// again: a replay begins at the state after.
    fn begin_anew_after_purge(&self, effects: &Effects) -> anyhow::Result<()> {
        let purged = |change: &Change| matches!(change, Change::Purged(_));
        if effects.changes.iter().any(purged) {
            self.checkpoint()?;
            self.ledger
                .set_meta(PURGED_STEP, &self.last_step.to_string())?;
        }
        Ok(())
    }

    /// A source has taken back a post that was quoted: its text also leaves the notices.
    fn forget_deleted(&self, step: &Step, effects: &Effects) -> anyhow::Result<()> {
        for (_, record) in &step.hits {
            let HitRecord::Delete { deletion, .. } = record else {
                continue;
            };
            let dropped = |change: &Change| matches!(change, Change::DropQuote(_, post) if *post == deletion.id);
            if effects.changes.iter().any(dropped) {
                self.ledger.purge_texts(&deletion.id)?;
            }
        }
        Ok(())
    }

    /// The state in memory has gone on already, so a step that cannot be stored is stored later:
    /// nothing else happens before.
    fn store(&self, step: &StepRecord, after: &Positions, effects: &Effects) -> anyhow::Result<()> {
        let commit = StepCommit {
            epoch: self.epoch,
            step,
            before: &self.positions,
            after,
            effects,
        };
        let timer = self.metrics.step_commit_seconds.start_timer();
        loop {
            match self.ledger.commit_step(&commit) {
                Ok(()) => break,
                Err(error @ LedgerError::Fenced { .. }) => return Err(error.into()),
                Err(error) if self.health.stopping() => return Err(error.into()),
                Err(error) => {
                    self.health.alerter_failed(&error.to_string());
                    tracing::error!(%error, "a step cannot be stored; trying again");
                    std::thread::sleep(LEDGER_RETRY);
                }
            }
        }
        timer.observe_duration();
        Ok(())
    }

    fn moved_on(&self, intake: &Intake) -> Positions {
        let mut after = self.positions.clone();
        for (positions, ranges) in [
            (&mut after.hits, &intake.hits),
            (&mut after.pulses, &intake.pulses),
        ] {
            positions.extend(ranges.iter().map(|range| (range.partition, range.to)));
        }
        if let Some(last) = intake.step.commands.last() {
            after.commands = last.number + 1;
        }
        after
    }

    fn checkpoint(&self) -> anyhow::Result<()> {
        if self.last_step > 0 {
            self.ledger
                .store_checkpoint(self.last_step, &self.alerter.records())?;
        }
        Ok(())
    }

    /// The alerter's places are the ledger's. The log hears of them now and then, so that
    /// retention removes nothing that has not been read.
    fn tell_log(&mut self) -> anyhow::Result<()> {
        if self.told_log.elapsed() < CURSOR_INTERVAL {
            return Ok(());
        }
        self.told_log = Instant::now();
        for (consumer, places) in [
            (&mut self.hits, &self.positions.hits),
            (&mut self.pulses, &self.positions.pulses),
        ] {
            let cursors: Vec<_> = places
                .iter()
                .map(|(&partition, &next)| {
                    (
                        partition,
                        Cursor {
                            next,
                            note: String::new(),
                        },
                    )
                })
                .collect();
            if !cursors.is_empty() {
                unless_gone(consumer.commit(Vec::new(), cursors).map(drop))?;
            }
        }
        Ok(())
    }

    fn remark(&self, remarks: &[Remark]) {
        for remark in remarks {
            self.metrics
                .remarks
                .with_label_values(&[remark_name(remark)])
                .inc();
            match remark {
                Remark::Redelivered
                | Remark::FoundAgain
                | Remark::Old
                | Remark::Purged(_)
                | Remark::StoryForgotten(_) => {}
                Remark::MarkedAgain(_) | Remark::ClocksAgree => tracing::info!(?remark, "alerter"),
                _ => tracing::warn!(?remark, "alerter"),
            }
        }
    }
}

/// Partitions may go while the group agrees anew; they come back, and the ledger knows the places.
fn unless_gone(outcome: Result<(), LogError>) -> Result<(), LogError> {
    match outcome {
        Err(LogError::NotOwned { .. }) => Ok(()),
        outcome => outcome,
    }
}

fn seek(
    consumer: &mut dyn Consumer,
    partitions: Vec<(Partition, Option<Cursor>)>,
    positions: &BTreeMap<Partition, Offset>,
) -> anyhow::Result<()> {
    for (partition, cursor) in partitions {
        match (positions.get(&partition), cursor) {
            (Some(&next), _) => consumer.seek(partition, next)?,
            // Another ledger has read it; this one has not.
            (None, Some(_)) => consumer.seek(partition, Offset(0))?,
            // It begins at the first record that is kept.
            (None, None) => {}
        }
    }
    Ok(())
}

/// A step that was filled is followed by one that takes twice as many records: behind a backlog,
/// hot records are stored once for many hits. One that was not is followed by a small one.
const fn next_step_records(limit: usize, taken: usize) -> usize {
    let twice = 2 * limit;
    if taken < limit {
        STEP_RECORDS
    } else if twice < MAX_STEP_RECORDS {
        twice
    } else {
        MAX_STEP_RECORDS
    }
}

/// The range that records of one partition cover; places that retention removed belong to it.
fn range(partition: Partition, records: &[Record]) -> Option<PartitionRange> {
    let (first, last) = (records.first()?, records.last()?);
    let to = Offset(last.position.offset.0 + 1);
    Some(PartitionRange {
        partition,
        from: first.position.offset,
        to,
    })
}

/// The name of a remark in the metric.
fn remark_name(remark: &Remark) -> &'static str {
    match remark {
        Remark::Redelivered => "redelivered",
        Remark::FoundAgain => "found_again",
        Remark::Old => "old",
        Remark::Stub(_) => "stub",
        Remark::StoryForgotten(_) => "story_forgotten",
        Remark::Unmarked(_) => "unmarked",
        Remark::MarkedAgain(_) => "marked_again",
        Remark::LogRecreated(_) => "log_recreated",
        Remark::ClocksParted { .. } => "clocks_parted",
        Remark::ClocksAgree => "clocks_agree",
        Remark::Refused { .. } => "refused",
        Remark::UnknownTopic(_) => "unknown_topic",
        Remark::NobodyOnCall(_) => "nobody_on_call",
        Remark::DivisionByZero => "division_by_zero",
        Remark::PulseAhead(_) => "pulse_ahead",
        Remark::SourceUnwatched(_) => "source_unwatched",
        Remark::Purged(_) => "purged",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_grow_behind_a_backlog_only() {
        let mut limits = vec![STEP_RECORDS];
        for taken in [250, 500, 1_000, 2_000, 4_000, 4_000, 3_999, 0, 250] {
            let limit = limits.last().copied().unwrap();
            limits.push(next_step_records(limit, taken));
        }
        assert_eq!(
            limits,
            [250, 500, 1_000, 2_000, 4_000, 4_000, 4_000, 250, 250, 500]
        );
    }
}
