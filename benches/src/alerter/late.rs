//! Hits that come late and out of order, as after an outage, when a matcher reads one partition
//! behind the other: each is judged at every minute with hits whose windows reach back to it.

use std::time::Duration;

use clap::Args;
use fengbiao_model::{Hit, Offset, Partition, TimeSpan};

use super::detectors::{Part, policy};
use super::hits::{Hits, Mix};
use super::session::Session;
use crate::figures::{Spread, rate, say};

/// Hits in one step.
const STEP: usize = 1_000;
/// Partitions of `posts`, read one behind the other.
const PARTITIONS: u32 = 4;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Hours over which the hits were found
    #[arg(long, default_value_t = 2)]
    hours: i64,
    #[arg(long, default_value_t = 40_000)]
    hits: usize,
    /// How the hits spread
    #[arg(long, value_delimiter = ',', default_value = "hot,subjects")]
    mixes: Vec<Mix>,
    #[arg(long, default_value_t = 3)]
    repetitions: usize,
    #[arg(long)]
    folder: Option<std::path::PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Found,
    Partitions,
}

impl Order {
    const fn name(self) -> &'static str {
        match self {
            Self::Found => "as found",
            Self::Partitions => "partition behind partition",
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    say(format_args!(
        "{} hits found over {} hours; medians of {} runs by turns (least to greatest)",
        arguments.hits, arguments.hours, arguments.repetitions,
    ));
    say("");
    say("| mix | ladder | order | hits/s, alerter | hits/s, whole | of the rate in order |");
    say("|---|---|---|---|---|---|");
    for &mix in &arguments.mixes {
        for part in [Part::Counts, Part::All] {
            let mut in_order = Vec::new();
            let mut late = Vec::new();
            for _ in 0..arguments.repetitions.max(1) {
                in_order.push(once(arguments, mix, part, Order::Found)?);
                late.push(once(arguments, mix, part, Order::Partitions)?);
            }
            let whole = |(_, whole): &(f64, f64)| *whole;
            let usual = Spread::of(in_order.iter().map(whole)).median;
            for (order, rates) in [(Order::Found, in_order), (Order::Partitions, late)] {
                let wholes = Spread::of(rates.iter().map(whole));
                say(format_args!(
                    "| {} | {} | {} | {:.0} | {wholes:.0} | {:.2} |",
                    mix.name(),
                    part.name(),
                    order.name(),
                    Spread::of(rates.iter().map(|(alerter, _)| *alerter)),
                    wholes.median / usual,
                ));
            }
        }
    }
    Ok(())
}

/// Hits a second in the alerter, and with their commits.
fn once(arguments: &Arguments, mix: Mix, part: Part, order: Order) -> anyhow::Result<(f64, f64)> {
    let folder = match &arguments.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let mut session = Session::new(folder.path(), policy(part)?)?;
    let count = i64::try_from(arguments.hits.max(1))?;
    let between = TimeSpan::from_millis(arguments.hours * 3_600_000 / count);
    let mut hits = in_partitions(Hits::new(mix, between, 1)?.take(arguments.hits)?)?;
    if order == Order::Partitions {
        hits.sort_by_key(|hit| hit.origin);
    }
    let latest = hits.iter().map(|hit| hit.post.found_at).max();
    let wall = latest.unwrap_or_default();
    let (mut step, mut commit) = (Duration::ZERO, Duration::ZERO);
    for some in hits.chunks(STEP) {
        let stored = session.take_at(wall, some.to_vec())?;
        step += stored.step;
        commit += stored.commit;
    }
    Ok((rate(hits.len(), step), rate(hits.len(), step + commit)))
}

/// The hits by turns in so many partitions of `posts`.
fn in_partitions(mut hits: Vec<Hit>) -> anyhow::Result<Vec<Hit>> {
    for (number, hit) in (0_u64..).zip(&mut hits) {
        hit.origin.partition = Partition(u32::try_from(number % u64::from(PARTITIONS))?);
        hit.origin.offset = Offset(number / u64::from(PARTITIONS));
    }
    Ok(hits)
}
