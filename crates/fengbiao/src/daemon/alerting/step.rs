//! One step: its effects, and what is stored of them.

use fengbiao_alerter::{Change, Effects};
use fengbiao_ledger::{LedgerError, Positions, StepCommit, StepRecord};
use fengbiao_log::Topic;
use fengbiao_model::{Action, Command, Offset, Partition};

use super::intake::Intake;
use super::{Alerting, unless_gone};
use crate::limits::{LEDGER_RETRY, STEPS_BETWEEN_CHECKPOINTS};

impl Alerting {
    pub(super) fn step(&mut self, intake: &mut Intake) -> anyhow::Result<()> {
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
        self.verdicts.tell(after.commands, &effects.remarks);
        self.last_step = step.number;
        self.positions = after;
        for (topic, partition) in anew {
            let consumer = match topic {
                Topic::Hits => &mut self.hits,
                _ => &mut self.pulses,
            };
            unless_gone(consumer.seek(partition, Offset(0)))?;
        }
        self.begin_anew_after_purge(&effects)?;
        self.remark(&effects.remarks);
        if self.last_step.is_multiple_of(STEPS_BETWEEN_CHECKPOINTS) {
            self.checkpoint()?;
        }
        Ok(())
    }

    /// What was purged is gone from the inputs of the steps before, which therefore cannot be run
    /// again: a replay begins at the state after. Where a source has taken something back it waits
    /// for the next state that is kept: that happens too often for one each time.
    fn begin_anew_after_purge(&self, effects: &Effects) -> anyhow::Result<()> {
        let purged = |change: &Change| matches!(change, Change::Purged(_));
        if effects.changes.iter().any(purged) {
            self.checkpoint()?;
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

    pub(super) fn checkpoint(&self) -> anyhow::Result<()> {
        if self.last_step > 0 {
            self.ledger
                .store_checkpoint(self.last_step, &self.alerter.records())?;
        }
        Ok(())
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
}
