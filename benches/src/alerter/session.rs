//! An alerter and its ledger, driven as the daemon drives them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use fengbiao_alerter::{Alerter, Effects, Remark, Step};
use fengbiao_ledger::{Ledger, PartitionRange, Positions, StepCommit, StepRecord};
use fengbiao_model::{
    Clock, Command, Hit, HitRecord, Marks, Offset, Partition, PartitionMark, Position, Timestamp,
};
use prometheus::Registry;

use crate::clock::{BEGINNING, StandingClock};
use crate::figures::processor_time;

/// Both, and where they stand.
pub(crate) struct Session {
    pub(crate) alerter: Alerter,
    ledger: Ledger,
    path: PathBuf,
    epoch: u64,
    number: u64,
    before: Positions,
    /// Records of `hits` taken so far, marks among them.
    records: u64,
}

/// A step that was stored, and what its parts took.
pub(crate) struct Stored {
    pub(crate) effects: Effects,
    pub(crate) step: Duration,
    pub(crate) commit: Duration,
    /// Of both, on a processor.
    pub(crate) worked: Duration,
}

/// What a restart takes.
pub(crate) struct Restart {
    pub(crate) open: Duration,
    pub(crate) load: Duration,
    pub(crate) restore: Duration,
}

impl Session {
    /// A new ledger in a folder, and the policy in force.
    pub(crate) fn new(folder: &Path, policy: Command) -> anyhow::Result<Self> {
        let path = folder.join("ledger.sqlite");
        let ledger = open(&path)?;
        let epoch = ledger.take_ownership()?;
        let before = ledger.positions()?;
        let mut session = Self {
            alerter: Alerter::new(),
            ledger,
            path,
            epoch,
            number: 0,
            before,
            records: 0,
        };
        let stored = session.run(BEGINNING, vec![policy], Vec::new())?;
        // Without a policy every hit is of an unknown topic: nothing would be measured.
        for remark in &stored.effects.remarks {
            if let Remark::Refused { why, .. } = remark {
                bail!("the policy is refused: {why}");
            }
        }
        Ok(session)
    }

    /// One step of hits, with the mark of a matcher that stands at its end; the wall clock reads
    /// the time of the last one.
    pub(crate) fn take(&mut self, hits: Vec<Hit>) -> anyhow::Result<Stored> {
        let wall = hits.last().map_or(BEGINNING, |hit| hit.post.found_at);
        self.take_at(wall, hits)
    }

    /// The same at another reading of the wall clock.
    pub(crate) fn take_at(&mut self, wall: Timestamp, hits: Vec<Hit>) -> anyhow::Result<Stored> {
        let next = hits.last().map_or(0, |hit| hit.origin.offset.0 + 1);
        let records = hits.into_iter().map(HitRecord::Hit);
        let mark = mark(wall, Offset(next));
        self.run(wall, Vec::new(), records.chain([mark]).collect())
    }

    /// A step that brings a mark and nothing else.
    pub(crate) fn mark(&mut self, wall: Timestamp, next: Offset) -> anyhow::Result<Stored> {
        self.run(wall, Vec::new(), vec![mark(wall, next)])
    }

    fn run(
        &mut self,
        wall: Timestamp,
        commands: Vec<Command>,
        records: Vec<HitRecord>,
    ) -> anyhow::Result<Stored> {
        let partition = Partition(0);
        let from = self.records;
        let place = |offset| Position {
            partition,
            offset: Offset(offset),
        };
        let hits: Vec<_> = (from..).map(place).zip(records).collect();
        self.records += hits.len() as u64;
        let mut after = self.before.clone();
        after.commands += commands.len() as u64;
        after.hits.insert(partition, Offset(self.records));
        let step = Step {
            wall,
            monotonic: wall.since(BEGINNING),
            process: self.epoch,
            commands,
            pulses: Vec::new(),
            hits,
        };
        let idle = processor_time();
        let began = Instant::now();
        let effects = self.alerter.step(&step);
        let stepped = began.elapsed();
        drop(step);
        self.number += 1;
        let record = StepRecord {
            number: self.number,
            wall,
            monotonic: wall.since(BEGINNING),
            process: self.epoch,
            commands: self.before.commands..after.commands,
            pulses: Vec::new(),
            hits: vec![PartitionRange {
                partition,
                from: Offset(from),
                to: Offset(self.records),
            }],
        };
        let began = Instant::now();
        self.ledger.commit_step(&StepCommit {
            epoch: self.epoch,
            step: &record,
            before: &self.before,
            after: &after,
            effects: &effects,
        })?;
        let commit = began.elapsed();
        let worked = processor_time().saturating_sub(idle);
        self.before = after;
        Ok(Stored {
            effects,
            step: stepped,
            commit,
            worked,
        })
    }

    /// Bytes of the ledger's file, with its write-ahead log emptied into it.
    pub(crate) fn file_bytes(&self) -> anyhow::Result<u64> {
        self.ledger.scrub()?;
        Ok(std::fs::metadata(&self.path)?.len())
    }

    /// Ends the alerter and begins again from the file.
    pub(crate) fn restart(self) -> anyhow::Result<(Self, Restart)> {
        let Self {
            alerter,
            ledger,
            path,
            ..
        } = self;
        drop((alerter, ledger));
        let began = Instant::now();
        let ledger = open(&path)?;
        let epoch = ledger.take_ownership()?;
        let before = ledger.positions()?;
        let number = ledger.last_step()?;
        let opened = began.elapsed();
        let state = ledger.load()?;
        let loaded = began.elapsed();
        let alerter = Alerter::restore(state)?;
        let restart = Restart {
            open: opened,
            load: loaded - opened,
            restore: began.elapsed() - loaded,
        };
        let records = before.hits.values().next().map_or(0, |next| next.0);
        let session = Self {
            alerter,
            ledger,
            path,
            epoch,
            number,
            before,
            records,
        };
        Ok((session, restart))
    }
}

impl Restart {
    pub(crate) fn whole(&self) -> Duration {
        self.open + self.load + self.restore
    }
}

fn open(path: &Path) -> anyhow::Result<Ledger> {
    let clock: Arc<dyn Clock> = Arc::new(StandingClock);
    Ok(Ledger::open(path, clock, &Registry::new())?)
}

fn mark(found_at: Timestamp, next: Offset) -> HitRecord {
    HitRecord::Marks(Marks(vec![PartitionMark {
        partition: Partition(0),
        next,
        found_at,
        at_end: true,
        since: None,
    }]))
}
