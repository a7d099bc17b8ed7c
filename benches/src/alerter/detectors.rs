//! What detectors and holds cost: the shipped ladders whole, and stripped, by turns in one run.

use anyhow::bail;
use clap::Args;
use fengbiao_model::{Action, Command, Ladder, Tier, TimeSpan};

use super::hits::{Hits, Mix};
use super::session::Session;
use crate::figures::{Spread, rate, say};
use crate::setting;

/// Hits in one step.
const STEP: usize = 1_000;

/// What names a detector in a condition.
const DETECTORS: [&str; 7] = ["ears_", "c1_", "c2_", "c3_", "cusum_", "burst_", "growth_"];

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Days before the measured hits, so that the detectors have something to compare with
    #[arg(long, default_value_t = 8)]
    days: i64,
    /// Hits an hour in these days
    #[arg(long, default_value_t = 50)]
    per_hour: i64,
    /// Hits that are measured, 6,000 a minute by their own times
    #[arg(long, default_value_t = 10_000)]
    hits: usize,
    /// How the hits spread
    #[arg(long, value_delimiter = ',', default_value = "hot,subjects")]
    mixes: Vec<Mix>,
    #[arg(long, default_value_t = 3)]
    repetitions: usize,
    #[arg(long)]
    folder: Option<std::path::PathBuf>,
}

/// What is left of the shipped ladders.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Counts,
    CountsAndHolds,
    All,
}

impl Part {
    const ALL: [Self; 3] = [Self::Counts, Self::CountsAndHolds, Self::All];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Counts => "counts alone",
            Self::CountsAndHolds => "counts and holds",
            Self::All => "as shipped: counts, holds, detectors",
        }
    }

    fn strip(self, ladder: &mut Ladder) {
        if !matches!(self, Self::All) {
            for condition in ladder.conditions.values_mut() {
                *condition = without_detectors(condition);
            }
        }
        if matches!(self, Self::Counts) {
            ladder.holds.clear();
        }
    }
}

/// Hits a second of one repetition: the alerter alone, the whole by the clock, and of a processor.
struct Rates([f64; 3]);

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    say(format_args!(
        "{} hits after {} days of {} an hour; medians of {} runs by turns (least to greatest)",
        arguments.hits, arguments.days, arguments.per_hour, arguments.repetitions,
    ));
    say("");
    say("| mix | ladder | hits/s, alerter | hits/s, whole | hits/s of processor |");
    say("|---|---|---|---|---|");
    for &mix in &arguments.mixes {
        let mut rates = Part::ALL.map(|part| (part, Vec::new()));
        for _ in 0..arguments.repetitions.max(1) {
            for (part, rates) in &mut rates {
                rates.push(once(arguments, mix, *part)?);
            }
        }
        for (part, rates) in &rates {
            let of = |nth: usize| Spread::of(rates.iter().map(|rates| rates.0[nth]));
            say(format_args!(
                "| {} | {} | {:.0} | {:.0} | {:.0} |",
                mix.name(),
                part.name(),
                of(0),
                of(1),
                of(2),
            ));
        }
    }
    Ok(())
}

fn once(arguments: &Arguments, mix: Mix, part: Part) -> anyhow::Result<Rates> {
    let folder = match &arguments.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let mut session = Session::new(folder.path(), policy(part)?)?;
    let per_hour = arguments.per_hour.clamp(1, 3_600_000);
    let mut hits = Hits::new(mix, TimeSpan::from_millis(3_600_000 / per_hour), 1)?;
    let fill = usize::try_from(arguments.days * 24 * per_hour)?;
    let mut filled = 0;
    while filled < fill {
        session.take(hits.take(STEP.min(fill - filled))?)?;
        filled += STEP;
    }
    hits.pace(TimeSpan::from_millis(10));
    let (mut step, mut commit, mut worked, mut taken) = Default::default();
    while taken < arguments.hits {
        let stored = session.take(hits.take(STEP)?)?;
        step += stored.step;
        commit += stored.commit;
        worked += stored.worked;
        taken += STEP;
    }
    let whole = step + commit;
    Ok(Rates([step, whole, worked].map(|time| rate(taken, time))))
}

pub(super) fn policy(part: Part) -> anyhow::Result<Command> {
    let mut command = setting::policy(setting::lexicon()?.as_ref(), Tier::III)?;
    let Action::Policy(policy) = &mut command.action else {
        bail!("the command brings no policy");
    };
    for topic in policy.topics.values_mut() {
        part.strip(&mut topic.tiers);
        part.strip(&mut topic.tiers_all);
    }
    Ok(command)
}

/// A condition without those of its alternatives that name a detector.
fn without_detectors(condition: &str) -> String {
    let names = |part: &str| DETECTORS.iter().any(|name| part.contains(name));
    let mut kept: Vec<String> = Vec::new();
    let (mut depth, mut part) = (0_i32, String::new());
    for piece in condition.split_inclusive("||") {
        part.push_str(piece);
        depth += bracket(piece);
        if depth == 0 {
            let whole = std::mem::take(&mut part);
            let whole = whole.trim_end_matches("||").trim().to_owned();
            kept.extend(Some(whole).filter(|whole| !names(whole)));
        }
    }
    kept.join(" || ")
}

fn bracket(piece: &str) -> i32 {
    let of = |bracket| i32::try_from(piece.matches(bracket).count()).unwrap_or(i32::MAX);
    of('(') - of(')')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alternatives_without_detectors_are_left() {
        let condition = "posts_1h >= 1 || (ears_1h > 3 || burst_1h > 3) && voices_1h > 1 || \
                         lists_1h >= 1 && (weight_1h > 3 || posts_2h > 1)";
        let left = "posts_1h >= 1 || lists_1h >= 1 && (weight_1h > 3 || posts_2h > 1)";
        assert_eq!(without_detectors(condition), left);
    }
}
