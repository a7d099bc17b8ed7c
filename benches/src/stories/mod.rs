//! Near-identical posts: how well, and at what size, methods tell copies from different posts.
//!
//! Each method gives two texts a likeness; from some threshold on they are called copies. The last
//! one is Fengbiao's own, as the matcher and the alerter do it.

mod edits;
mod methods;
mod pairs;

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use fengbiao_alerter::{are_copies, likeness};
use fengbiao_matcher::fold::fold;
use fengbiao_model::Signature;

use crate::figures::say;
use methods::{Kept, Measure, Method, Sketch};
use pairs::{Pair, Pairs};

/// Thresholds that are tried, in 64ths.
const STEPS: u32 = 64;
/// Texts fall into classes by the letters and digits of the shorter: below each of these.
const CLASSES: [usize; 4] = [12, 24, 48, 96];

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Print the pairs of this kind (a part of its name) that Fengbiao judges wrongly
    #[arg(long)]
    show: Option<String>,
    /// Fengbiao's own way only
    #[arg(long)]
    own: bool,
    /// Pairs to print
    #[arg(long, default_value_t = 20)]
    most: usize,
}

/// Right and wrong at one threshold.
#[derive(Clone, Copy, Default)]
struct Score {
    found: usize,
    missed: usize,
    merged: usize,
    apart: usize,
}

impl Score {
    fn of(judged: impl Iterator<Item = (bool, bool)>) -> Self {
        let mut score = Self::default();
        for (copies, called) in judged {
            match (copies, called) {
                (true, true) => score.found += 1,
                (true, false) => score.missed += 1,
                (false, true) => score.merged += 1,
                (false, false) => score.apart += 1,
            }
        }
        score
    }

    fn precision(self) -> f64 {
        share(self.found, self.found + self.merged)
    }

    fn recall(self) -> f64 {
        share(self.found, self.found + self.missed)
    }

    /// The F measure: recall counts `beta` times as much as precision.
    fn f(self, beta: f64) -> f64 {
        let (p, r, b) = (self.precision(), self.recall(), beta * beta);
        (1.0 + b) * p * r / (b * p + r).max(1e-12)
    }
}

/// A part of a whole; zero of nothing.
#[allow(clippy::cast_precision_loss, reason = "counts of pairs")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    part as f64 / whole as f64
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = std::env::var_os("FENGBIAO_CORPORA");
    let folder = folder.context("`FENGBIAO_CORPORA` is not set, expected a folder")?;
    let pairs = Pairs::load(folder.as_ref())?;
    say("| method | bytes | threshold | precision | recall | F1 | F0.5 |");
    say("|---|---|---|---|---|---|---|");
    for method in candidates().into_iter().filter(|_| !arguments.own) {
        let kept: Vec<Kept> = pairs.texts.iter().map(|read| method.keep(read)).collect();
        let alike: Vec<f64> = pairs
            .pairs
            .iter()
            .map(|pair| method.alike(&kept[pair.one], &kept[pair.other]))
            .collect();
        let (threshold, score) = best(&pairs, &alike);
        line(
            &method.to_string(),
            method.bytes(),
            &format!("{threshold:.2}"),
            score,
        );
    }
    let signatures = signatures(&pairs);
    let called: Vec<bool> = pairs
        .pairs
        .iter()
        .map(|pair| {
            let [a, b] = [&signatures[pair.one], &signatures[pair.other]];
            a.story == b.story || are_copies(&a.sketch, &b.sketch)
        })
        .collect();
    let judged = pairs
        .pairs
        .iter()
        .map(|pair| pair.copies)
        .zip(called.iter().copied());
    line("**Fengbiao**", 76, "by length", Score::of(judged));
    by_kind(&pairs, &called);
    if let Some(kind) = &arguments.show {
        show(&pairs, &signatures, &called, kind, arguments.most);
    }
    Ok(())
}

fn line(name: &str, bytes: usize, threshold: &str, score: Score) {
    say(format_args!(
        "| {name} | {bytes} | {threshold} | {:.4} | {:.4} | {:.4} | {:.4} |",
        score.precision(),
        score.recall(),
        score.f(1.0),
        score.f(0.5)
    ));
}

fn candidates() -> Vec<Method> {
    let plain = |sketch| Method {
        sketch,
        measure: Measure::Jaccard,
        numbers: false,
    };
    let mut all = vec![plain(Sketch::Whole)];
    for letters in [2, 3, 4] {
        let sketches = [16, 32]
            .into_iter()
            .flat_map(|size| [Sketch::MinHash(letters, size), Sketch::Bins(letters, size)]);
        for numbers in [false, true] {
            all.push(Method {
                numbers,
                ..plain(Sketch::SimHash(letters))
            });
            for measure in [Measure::Jaccard, Measure::Containment] {
                all.extend(sketches.clone().map(|sketch| Method {
                    sketch,
                    measure,
                    numbers,
                }));
            }
        }
    }
    all
}

/// The threshold of the best F0.5: to merge two events hides one, to miss a copy counts it twice.
fn best(pairs: &Pairs, alike: &[f64]) -> (f64, Score) {
    let thresholds = (1..=STEPS).map(|step| f64::from(step) / f64::from(STEPS));
    let scored = thresholds.map(|threshold| {
        let called = alike.iter().map(|alike| *alike >= threshold);
        let copies = pairs.pairs.iter().map(|pair| pair.copies);
        (threshold, Score::of(copies.zip(called)))
    });
    scored
        .max_by(|(_, a), (_, b)| a.f(0.5).total_cmp(&b.f(0.5)))
        .unwrap_or_default()
}

/// The matcher's signatures of all texts, and what one costs beside the fold.
fn signatures(pairs: &Pairs) -> Vec<Signature> {
    let none = fold("");
    let folded: Vec<_> = pairs.written.iter().map(|text| fold(text)).collect();
    let began = Instant::now();
    let signatures: Vec<Signature> = folded
        .iter()
        .map(|text| fengbiao_matcher::signature(&none, text))
        .collect();
    let took = began.elapsed();
    let letters: usize = pairs.texts.iter().map(|read| read.letters).sum();
    say(format_args!(
        "\n{:.0} ns a signature of {:.0} letters and digits on average\n",
        1e9 * took.as_secs_f64() * share(1, signatures.len()),
        share(letters, signatures.len()),
    ));
    signatures
}

/// The share that is called copies, by kind and length.
fn by_kind(pairs: &Pairs, called: &[bool]) {
    let mut rows: BTreeMap<(bool, &str), [(usize, usize); CLASSES.len() + 1]> = BTreeMap::new();
    for (pair, called) in pairs.pairs.iter().zip(called) {
        let class = CLASSES.partition_point(|most| *most <= letters(pairs, pair));
        let row = rows.entry((!pair.copies, &pair.kind)).or_default();
        row[class].0 += usize::from(*called);
        row[class].1 += 1;
    }
    say("\n| called copies, % (of so many) | < 12 | 12–23 | 24–47 | 48–95 | ≥ 96 letters |");
    say("|---|---|---|---|---|---|");
    for ((_, kind), classes) in rows {
        let cells = classes.map(|(called, all)| match all {
            0 => "–".to_owned(),
            _ => format!("{:.1} ({all})", 100.0 * share(called, all)),
        });
        say(format_args!("| {kind} | {} |", cells.join(" | ")));
    }
}

fn letters(pairs: &Pairs, pair: &Pair) -> usize {
    pairs.texts[pair.one]
        .letters
        .min(pairs.texts[pair.other].letters)
}

/// Pairs that are judged wrongly, the most alike first.
fn show(pairs: &Pairs, signatures: &[Signature], called: &[bool], kind: &str, most: usize) {
    let wrong = pairs
        .pairs
        .iter()
        .zip(called)
        .filter(|(pair, called)| pair.kind.contains(kind) && pair.copies != **called);
    let mut wrong: Vec<(f64, &Pair)> = wrong
        .map(|(pair, _)| {
            let [a, b] = [pair.one, pair.other].map(|at| &signatures[at].sketch);
            (likeness(a, b), pair)
        })
        .collect();
    wrong.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    for (alike, pair) in wrong.iter().take(most) {
        let [one, other] = [pair.one, pair.other].map(|at| pairs.written[at].replace('\n', " / "));
        say(format_args!("{alike:.2} {}\n  {one}\n  {other}", pair.kind));
    }
}
