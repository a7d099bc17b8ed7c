//! From hits to durable steps: hits a second by mix and size of step, and what takes the time.

use std::time::{Duration, Instant};

use clap::Args;
use fengbiao_model::{Tier, TimeSpan};

use super::bare::{Bare, rows_of};
use super::hits::{Hits, Mix};
use super::session::Session;
use crate::figures::{Spread, rate, say};
use crate::setting;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Hits that are measured in each repetition
    #[arg(long, default_value_t = 20_000)]
    hits: usize,
    /// Hits before them, not measured
    #[arg(long, default_value_t = 10_000)]
    fill: usize,
    /// Hits in one step
    #[arg(long, value_delimiter = ',', default_value = "250,2000")]
    steps: Vec<usize>,
    /// Hits a minute, by their own times
    #[arg(long, default_value_t = 6_000)]
    per_minute: i64,
    /// How the hits spread; all of them by default
    #[arg(long, value_delimiter = ',', default_value = "hot,copies,subjects,own")]
    mixes: Vec<Mix>,
    #[arg(long, default_value_t = 3)]
    repetitions: usize,
    /// Folder to write to, on the disk that is to be measured; a temporary one by default
    #[arg(long)]
    folder: Option<std::path::PathBuf>,
}

/// What one repetition took.
#[derive(Default)]
struct Run {
    hits: usize,
    rows: usize,
    bytes: usize,
    step: Duration,
    /// Encoding and hashing the effects, again by themselves.
    digest: Duration,
    /// Hashing alone.
    hash: Duration,
    commit: Duration,
    /// Rows of the same bytes in bare SQLite.
    bare: Duration,
    /// Of the whole, and of bare SQLite, on a processor.
    worked: Duration,
    bare_worked: Duration,
}

impl Run {
    fn whole(&self) -> Duration {
        self.step + self.commit
    }

    fn share(&self, part: Duration) -> f64 {
        100.0 * part.as_secs_f64() / self.whole().as_secs_f64()
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    say(format_args!(
        "{} hits after {}, {} a minute by their own times; medians of {} runs (least to greatest)",
        arguments.hits, arguments.fill, arguments.per_minute, arguments.repetitions,
    ));
    say("");
    say(
        "| mix | hits a step | hits/s | to bare | hits/s of processor | to bare | rows a hit | bytes a hit | step | \
         encode | hash | SQLite |",
    );
    say("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for &mix in &arguments.mixes {
        for &size in &arguments.steps {
            let runs = (0..arguments.repetitions.max(1)).map(|_| once(arguments, mix, size));
            let runs = runs.collect::<anyhow::Result<Vec<_>>>()?;
            line(mix, size, &runs);
        }
    }
    Ok(())
}

fn line(mix: Mix, size: usize, runs: &[Run]) {
    let of = |value: &dyn Fn(&Run) -> f64| Spread::of(runs.iter().map(value));
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let per_hit = |count: usize, run: &Run| count as f64 / run.hits.max(1) as f64;
    let share = |part: &dyn Fn(&Run) -> Duration| of(&|run| run.share(part(run))).median;
    say(format_args!(
        "| {} | {size} | {:.0} | {:.2} | {:.0} | {:.2} | {:.1} | {:.0} | {:.0} % | \
         {:.0} % | {:.0} % | {:.0} % |",
        mix.name(),
        of(&|run| rate(run.hits, run.whole())),
        of(&|run| run.bare.as_secs_f64() / run.whole().as_secs_f64()),
        of(&|run| rate(run.hits, run.worked)),
        of(&|run| run.bare_worked.as_secs_f64() / run.worked.as_secs_f64()),
        of(&|run| per_hit(run.rows, run)).median,
        of(&|run| per_hit(run.bytes, run)).median,
        share(&|run| run.step),
        share(&|run| run.digest.saturating_sub(run.hash)),
        share(&|run| run.hash),
        share(&|run| run.commit.saturating_sub(run.digest)),
    ));
}

fn once(arguments: &Arguments, mix: Mix, size: usize) -> anyhow::Result<Run> {
    let folder = match &arguments.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let policy = setting::policy(setting::lexicon()?.as_ref(), Tier::III)?;
    let mut session = Session::new(folder.path(), policy)?;
    let mut bare = Bare::new(&folder.path().join("bare.sqlite"))?;
    let between = TimeSpan::from_millis(60_000 / arguments.per_minute.clamp(1, 60_000));
    let mut hits = Hits::new(mix, between, 1)?;
    let size = size.max(1);
    let mut run = Run::default();
    let mut taken = 0;
    while taken < arguments.fill + arguments.hits {
        let stored = session.take(hits.take(size)?)?;
        let rows = rows_of(&stored.effects);
        let appended = bare.append(&rows)?;
        taken += size;
        if taken <= arguments.fill {
            continue;
        }
        run.hits += size;
        run.step += stored.step;
        run.commit += stored.commit;
        run.worked += stored.worked;
        run.bare += appended.0;
        run.bare_worked += appended.1;
        run.rows += rows.len();
        run.bytes += rows.iter().map(Vec::len).sum::<usize>();
        let began = Instant::now();
        std::hint::black_box(fengbiao_ledger::digest(&stored.effects));
        run.digest += began.elapsed();
        let bytes = fengbiao_ledger::canonical_bytes(&stored.effects);
        let began = Instant::now();
        std::hint::black_box(blake3::hash(&bytes));
        run.hash += began.elapsed();
    }
    Ok(run)
}
