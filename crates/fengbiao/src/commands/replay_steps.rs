//! `fengbiao replay --steps`: what a daemon recorded, done again and compared.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use fengbiao_alerter::{Alerter, Step};
use fengbiao_ledger::{Ledger, PartitionRange, StepRecord, digest};
use fengbiao_log::{Record, Topic};
use fengbiao_wire::{decode_hit_record, decode_pulse};
use serde_json::json;

use crate::app::App;
use crate::clock::SystemClock;
use crate::limits::BATCH_RECORDS;
use crate::log::{Log, Ranges};
use crate::{lock, terminal};

pub(crate) fn run(app: &App, folder: &Path) -> anyhow::Result<bool> {
    if !folder.join(crate::daemon::LEDGER_FILE).exists() {
        bail!(
            "`{}` is no data directory: it has no `{}`",
            folder.display(),
            crate::daemon::LEDGER_FILE
        );
    }
    let _lock = lock::take(folder)?;
    let clock = Arc::new(SystemClock::new());
    let registry = prometheus::Registry::new();
    let metrics = fengbiao_log::Metrics::register(&registry)?;
    let log = Log::open(&app.loaded.config, folder, clock.clone(), metrics)?;
    let ledger = Ledger::open(&folder.join(crate::daemon::LEDGER_FILE), clock, &registry)?;
    let (mut alerter, mut next) = start(&ledger, &log)?;
    let (first, mut compared) = (next, 0_u64);
    let mut ranges = log.ranges();
    loop {
        let steps = ledger.steps(next, BATCH_RECORDS)?;
        if steps.is_empty() {
            break;
        }
        for stored in steps {
            let effects = alerter.step(&inputs(&stored.record, &ledger, &mut ranges)?);
            if digest(&effects) != stored.digest {
                differs(app, stored.record.number, &effects);
                return Ok(false);
            }
            compared += 1;
            next = stored.record.number + 1;
        }
    }
    let line = if app.json() {
        json!({ "first": first, "steps": compared, "equal": true }).to_string()
    } else {
        format!(
            "{compared} steps from number {first} on: every one gives the bytes that were stored"
        )
    };
    terminal::print(&format!("{line}\n"));
    Ok(true)
}

/// The earliest state whose later steps can still be read: the beginning, or a checkpoint.
fn start(ledger: &Ledger, log: &Log) -> anyhow::Result<(Alerter, u64)> {
    let first = ledger
        .steps(0, 1)?
        .first()
        .map_or(1, |step| step.record.number);
    let erased = ledger.erased_step()?;
    if first == 1 && erased == 0 && whole(ledger, log, 1)? {
        return Ok((Alerter::new(), 1));
    }
    for checkpoint in ledger.checkpoints()? {
        let next = checkpoint.step + 1;
        if next >= first && checkpoint.step >= erased && whole(ledger, log, next)? {
            let state = ledger.load_checkpoint(checkpoint.step)?;
            return Ok((Alerter::restore(state)?, next));
        }
    }
    bail!(
        "no checkpoint is left in `{}` whose later steps can still be read from the log\n\
         hint: steps can be run again for as long as `privacy.text_retention` keeps their posts, and \
         not from before a purge, or before a source took back a post that was quoted; lengthen it \
         for the steps to come",
        ledger.path().display()
    )
}

/// Whether the log still holds what the steps from `next` on took.
fn whole(ledger: &Ledger, log: &Log, next: u64) -> anyhow::Result<bool> {
    let Some(step) = ledger.steps(next, 1)?.into_iter().next() else {
        return Ok(true);
    };
    for (topic, ranges) in [
        (Topic::Hits, &step.record.hits),
        (Topic::Pulses, &step.record.pulses),
    ] {
        for range in ranges {
            if log.first_kept(topic, range.partition)? > range.from {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn inputs(step: &StepRecord, ledger: &Ledger, log: &mut Ranges) -> anyhow::Result<Step> {
    let mut inputs = Step {
        wall: step.wall,
        monotonic: step.monotonic,
        process: step.process,
        ..Step::default()
    };
    if !step.commands.is_empty() {
        let count = usize::try_from(step.commands.end - step.commands.start)?;
        inputs.commands = ledger.commands_after(step.commands.start - 1, count)?;
    }
    for record in records(log, Topic::Pulses, &step.pulses)? {
        inputs.pulses.extend(decode_pulse(&record.payload));
    }
    for record in records(log, Topic::Hits, &step.hits)? {
        inputs
            .hits
            .extend(decode_hit_record(&record.payload).map(|hit| (record.position, hit)));
    }
    Ok(inputs)
}

fn records(
    log: &mut Ranges,
    topic: Topic,
    ranges: &[PartitionRange],
) -> anyhow::Result<Vec<Record>> {
    let mut records = Vec::new();
    for range in ranges {
        let read = log.read(topic, range.partition, range.from, range.to);
        records.extend(read.with_context(|| format!("reading `{topic}`"))?);
    }
    Ok(records)
}

fn differs(app: &App, number: u64, effects: &fengbiao_alerter::Effects) {
    let bytes = fengbiao_ledger::canonical_bytes(effects);
    let now = String::from_utf8_lossy(&bytes);
    if app.json() {
        terminal::print(&format!(
            "{}\n",
            json!({ "step": number, "equal": false, "effects": now })
        ));
    } else {
        terminal::print(&format!(
            "step {number} gives other bytes than were stored; now it gives:\n{now}\n"
        ));
    }
}
