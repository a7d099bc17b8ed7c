//! What a round takes: records of `hits` and `pulses`, and where they stood.

use std::collections::BTreeMap;
use std::time::Duration;

use fengbiao_alerter::Step;
use fengbiao_ledger::PartitionRange;
use fengbiao_log::{Consumer, Cursor, Event, LogError, Record, Topic};
use fengbiao_model::{Offset, Partition};
use fengbiao_wire::{decode_hit_record, decode_pulse};

use super::super::dead_letter::Poison;
use super::{Alerting, NEW_LEDGER, RECREATED};
use crate::limits::{BATCH_RECORDS, MAX_STEP_RECORDS, POLL_WAIT, STEP_RECORDS};

/// What a round has taken: the inputs of a step, and where they stood.
#[derive(Default)]
pub(super) struct Intake {
    pub(super) step: Step,
    pub(super) hits: Vec<PartitionRange>,
    pub(super) pulses: Vec<PartitionRange>,
}

impl Intake {
    /// Leaves only the first `taken` hits in the ranges. Gives the places to read again from.
    pub(super) fn give_back(&mut self, taken: usize) -> BTreeMap<Partition, Offset> {
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
    fn wait(&self) -> Duration {
        let until_due = self
            .alerter
            .next_due()
            .map(|due| self.clock.real(due.since(self.clock.wall())));
        until_due.map_or(POLL_WAIT, |wait| wait.min(POLL_WAIT))
    }

    pub(super) fn take_hits(&mut self, intake: &mut Intake) -> anyhow::Result<()> {
        let wait = self.wait();
        if self.alerter.clocks().recreated || self.is_foreign()? {
            // Until the operator says that log or ledger was made anew, no hit may be taken.
            std::thread::sleep(wait);
            return Ok(());
        }
        let mut taken = 0;
        for event in self.hits.poll(self.step_records, wait)? {
            match event {
                Event::Assigned(partitions) => {
                    let ours = partitions.iter().map(|(one, _)| (Topic::Hits, *one));
                    self.owned.extend(ours);
                    let first = |partition| self.log.first_kept(Topic::Hits, partition);
                    let known = &self.positions.hits;
                    self.foreign |= read_by_another(&partitions, known, first)?;
                    seek(self.hits.as_mut(), partitions, known, first)?;
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
                Event::Revoked(partitions) => {
                    for one in partitions {
                        self.forget(Topic::Hits, one);
                    }
                }
            }
        }
        self.step_records = next_step_records(self.step_records, taken);
        Ok(())
    }

    /// Whether another ledger has read the hits, and the operator has not said yet that this one begins
    /// anew.
    fn is_foreign(&mut self) -> anyhow::Result<bool> {
        if self.foreign && self.ledger.meta(NEW_LEDGER)?.is_some() {
            tracing::info!("the ledger begins anew, as was confirmed");
            self.foreign = false;
        }
        Ok(self.foreign)
    }

    pub(super) fn take_pulses(&mut self, intake: &mut Intake) -> anyhow::Result<()> {
        for event in self.pulses.poll(BATCH_RECORDS, Duration::ZERO)? {
            match event {
                Event::Assigned(partitions) => {
                    let ours = partitions.iter().map(|(one, _)| (Topic::Pulses, *one));
                    self.owned.extend(ours);
                    let first = |partition| self.log.first_kept(Topic::Pulses, partition);
                    let known = &self.positions.pulses;
                    seek(self.pulses.as_mut(), partitions, known, first)?;
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
                Event::Revoked(partitions) => {
                    for one in partitions {
                        self.forget(Topic::Pulses, one);
                    }
                }
            }
        }
        Ok(())
    }

    fn forget(&mut self, topic: Topic, partition: Partition) {
        self.owned.remove(&(topic, partition));
        self.read.remove(&(topic, partition));
    }

    /// A partition that ends below what was read of it was made anew: nothing comes of it before the
    /// operator says that it is to be read from its beginning.
    fn note_end(&mut self, topic: Topic, partition: Partition, next: Offset) {
        self.read.insert((topic, partition));
        let known = match topic {
            Topic::Hits => self.positions.hits.get(&partition),
            _ => self.positions.pulses.get(&partition),
        };
        if known.is_some_and(|known| *known > next) {
            tracing::error!(%topic, partition = partition.0, end = next.0, "{RECREATED}");
            self.shorter.insert((topic, partition));
        }
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
}

/// Whether the log knows that somebody has read a partition of which this ledger knows nothing: another
/// ledger, which was lost, or left elsewhere.
fn read_by_another(
    partitions: &[(Partition, Option<Cursor>)],
    positions: &BTreeMap<Partition, Offset>,
    first_kept: impl Fn(Partition) -> Result<Offset, LogError>,
) -> Result<bool, LogError> {
    for (partition, cursor) in partitions {
        if let (None, Some(cursor)) = (positions.get(partition), cursor)
            && cursor.next > first_kept(*partition)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn seek(
    consumer: &mut dyn Consumer,
    partitions: Vec<(Partition, Option<Cursor>)>,
    positions: &BTreeMap<Partition, Offset>,
    first_kept: impl Fn(Partition) -> Result<Offset, LogError>,
) -> anyhow::Result<()> {
    for (partition, cursor) in partitions {
        match (positions.get(&partition), cursor) {
            (Some(&next), _) => consumer.seek(partition, next)?,
            // Another ledger has read it; this one has not. What retention has removed by now was
            // never this one's to read, and does not count as skipped.
            (None, Some(_)) => consumer.seek(partition, first_kept(partition)?)?,
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
