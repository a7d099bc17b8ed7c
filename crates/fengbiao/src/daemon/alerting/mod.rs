//! The alerter's role: one step after another, each stored with its effects and the places read.

mod intake;
mod remarks;
mod step;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use fengbiao_alerter::Alerter;
use fengbiao_ledger::{Ledger, Positions};
use fengbiao_log::{Consumer, Cursor, LogError, Topic};
use fengbiao_model::{Clock, Partition};

use self::intake::Intake;
use super::health::Health;
use super::pipeline::Pipeline;
use super::verdicts::Verdicts;
use crate::limits::{BATCH_RECORDS, CURSOR_INTERVAL, STEP_RECORDS};
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
    verdicts: Arc<Verdicts>,
    epoch: u64,
    process: u64,
    last_step: u64,
    positions: Positions,
    /// How many records of `hits` the next step takes at most.
    step_records: usize,
    told_log: Instant,
    /// Partitions that have come to it: it judges all of them or is not ready.
    owned: BTreeSet<(Topic, Partition)>,
    /// Those of them of which it has stored a step, or met the end.
    read: BTreeSet<(Topic, Partition)>,
    /// Partitions that end below what was read of them.
    shorter: BTreeSet<(Topic, Partition)>,
    /// A ledger that is not this one has read `hits`, and nobody has said that it may be so.
    foreign: bool,
}

/// Name in the ledger of who said that it begins anew, though the log was read before.
pub(crate) const NEW_LEDGER: &str = "new_ledger";

/// What the operator is told where the ledger is gone.
const FOREIGN: &str = "the ledger is a new one, and the log was read by another, which is not here: all that \
                       is in the log would be told again; put a copy back with `fengbiao restore`, or say \
                       `fengbiao confirm new-ledger` where it is to begin anew";

/// What the operator is told when positions go back.
const RECREATED: &str = "the log ends below what was read of it: it was made anew or put back from \
                         an older copy; `fengbiao confirm new-generation` takes it as it is";

/// What it lacks until the group has agreed.
const NOT_ALL: &str = "not all partitions of `hits` and `pulses` have come to it yet";

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
            verdicts: Arc::clone(&pipeline.verdicts),
            epoch,
            positions,
            step_records: STEP_RECORDS,
            told_log: Instant::now(),
            owned: BTreeSet::new(),
            read: BTreeSet::new(),
            shorter: BTreeSet::new(),
            foreign: false,
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
        for (topic, ranges) in [(Topic::Hits, &intake.hits), (Topic::Pulses, &intake.pulses)] {
            self.read
                .extend(ranges.iter().map(|range| (topic, range.partition)));
        }
        self.tell_log()?;
        // Before the sign of life: the heartbeat goes where there is life and no alarm.
        let tier = self.alerter.pipeline_tier();
        self.health.pipeline(tier);
        self.metrics.pipeline_tier(tier);
        match self.lack() {
            Some(what) => self.health.alerter_waits(what),
            None if self.owned.is_subset(&self.read) => {
                self.health.alerter_alive(self.alerter.clocks());
            }
            // It may be that it fails again with the first record.
            None => self.health.alerter_goes_round(),
        }
        Ok(())
    }

    /// What keeps it from judging what comes now.
    fn lack(&self) -> Option<&'static str> {
        if self.alerter.clocks().recreated || !self.shorter.is_empty() {
            return Some(RECREATED);
        }
        if self.foreign {
            return Some(FOREIGN);
        }
        let all: u32 = [Topic::Hits, Topic::Pulses]
            .map(|topic| self.log.partitions(topic))
            .iter()
            .sum();
        (self.owned.len() < usize::try_from(all).unwrap_or(usize::MAX)).then_some(NOT_ALL)
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
                unless_passing(consumer.commit(Vec::new(), cursors).map(drop))?;
            }
        }
        Ok(())
    }
}

/// Partitions may go while the group agrees anew; they come back, and the ledger knows the places.
fn unless_gone(outcome: Result<(), LogError>) -> Result<(), LogError> {
    match outcome {
        Err(LogError::NotOwned { .. }) => Ok(()),
        outcome => outcome,
    }
}

/// The log may hear of the places later, too. One that takes nothing now must not end the role, which
/// would begin again every few seconds and never say that nothing comes through.
fn unless_passing(outcome: Result<(), LogError>) -> Result<(), LogError> {
    use LogError::{Busy, DiskFull, Overdue, Store, Unreachable};
    match unless_gone(outcome) {
        Err(
            error @ (Store { .. } | DiskFull { .. } | Busy | Unreachable { .. } | Overdue { .. }),
        ) => {
            tracing::warn!(%error, "the log does not hear how far the alerter has come");
            Ok(())
        }
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests;
