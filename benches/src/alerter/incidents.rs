//! Many open incidents at once: what they weigh, and what a step and a restart cost beside them; and
//! what a restart costs when they are over.

use std::time::Duration;

use clap::Args;
use fengbiao_alerter::limits::REMEMBERED_FOR;
use fengbiao_model::{Tier, TimeSpan};

use super::hits::{Hits, Mix};
use super::session::{Session, Stored};
use crate::figures::{Spread, per_item, resident_bytes, say};
use crate::setting;

/// Hits in a step while the incidents are opened.
const FILL_STEP: usize = 2_000;
/// Steps of each kind that are timed.
const STEPS: u64 = 200;

/// What to measure. One number of incidents a run, so that memory is told from a fresh process.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Incidents that are open, each of its own subject with one post
    #[arg(long, default_value_t = 100_000)]
    incidents: usize,
    #[arg(long)]
    folder: Option<std::path::PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = match &arguments.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let policy = setting::policy(setting::lexicon()?.as_ref(), Tier::III)?;
    let mut session = Session::new(folder.path(), policy)?;
    // All within 24 hours, after which they would calm.
    let between =
        TimeSpan::from_millis(20 * 3_600_000 / i64::try_from(arguments.incidents.max(1))?);
    let mut hits = Hits::new(Mix::Own, between, 1)?;
    let before = resident_bytes()?;
    let mut left = arguments.incidents;
    while left > 0 {
        let size = left.min(FILL_STEP);
        session.take(hits.take(size)?)?;
        left -= size;
    }
    let memory = resident_bytes()?.saturating_sub(before);
    let touching = timed(|n| {
        let subject = n * 7_919 % arguments.incidents.max(1) as u64;
        let hit = hits.of_subject(subject)?;
        session.take(vec![hit])
    })?;
    let next = hits.of_subject(0)?.origin.offset;
    let now = hits.now();
    let idle = timed(|n| {
        let wall = now + TimeSpan::from_millis(n.cast_signed());
        session.mark(wall, next)
    })?;
    let file = session.file_bytes()?;
    let (mut session, restart) = session.restart()?;
    let later = hits.now() + REMEMBERED_FOR + TimeSpan::from_hours(24);
    session.mark(later, next)?;
    let (_session, restart_later) = session.restart()?;
    let count = arguments.incidents;
    say(format_args!(
        "{count} open incidents, each of its own subject with one post:"
    ));
    say(format_args!(
        "memory {} MiB, {} bytes an incident; file {} MiB, {} bytes an incident",
        memory >> 20,
        per_item(memory, count),
        file >> 20,
        per_item(file, count),
    ));
    for (what, (step, commit)) in [
        ("touches one", touching),
        ("brings a mark, nothing due", idle),
    ] {
        say(format_args!(
            "a step that {what}: {step:.1} µs in the alerter, {commit:.0} µs to commit"
        ));
    }
    for (what, restart) in [
        ("restart", restart),
        ("restart when they are long closed", restart_later),
    ] {
        say(format_args!(
            "{what}: {:.2} s (open {:.2}, load {:.2}, restore {:.2})",
            restart.whole().as_secs_f64(),
            restart.open.as_secs_f64(),
            restart.load.as_secs_f64(),
            restart.restore.as_secs_f64(),
        ));
    }
    Ok(())
}

/// Times of so many steps, in microseconds: in the alerter, and to commit.
fn timed(mut step: impl FnMut(u64) -> anyhow::Result<Stored>) -> anyhow::Result<(Spread, Spread)> {
    let stored = (0..STEPS).map(|n| step(n).map(|stored| (stored.step, stored.commit)));
    let stored = stored.collect::<anyhow::Result<Vec<_>>>()?;
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    Ok((
        Spread::of(stored.iter().map(|(step, _)| micros(*step))),
        Spread::of(stored.iter().map(|(_, commit)| micros(*commit))),
    ))
}
