//! Near-identical posts: how well, and at what size, methods tell copies from different posts.

mod edits;
mod methods;
mod pairs;

use std::collections::BTreeMap;

use clap::Args;

use crate::figures::say;
use methods::{Kept, Measure, Method, Sketch};
use pairs::Pairs;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Print the greatest likenesses of different posts of this kind (a part of its name)
    #[arg(long)]
    show: Option<String>,
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
    fn precision(self) -> f64 {
        share(self.found, self.found + self.merged)
    }

    fn recall(self) -> f64 {
        share(self.found, self.found + self.missed)
    }

    /// F with precision `1 / beta` times as dear as recall.
    fn f(self, beta: f64) -> f64 {
        let (p, r, b) = (self.precision(), self.recall(), beta * beta);
        (1.0 + b) * p * r / (b * p + r).max(1e-12)
    }
}

/// A part of a whole; zero of nothing.
#[allow(clippy::cast_precision_loss, reason = "counts of pairs")]
pub(crate) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let folder = std::env::var_os("FENGBIAO_CORPORA");
    let folder = folder
        .ok_or_else(|| anyhow::anyhow!("`FENGBIAO_CORPORA` is not set, expected a folder"))?;
    let pairs = Pairs::load(folder.as_ref())?;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for pair in &pairs.pairs {
        *kinds.entry(&pair.kind).or_default() += 1;
    }
    for (kind, count) in kinds {
        say(format_args!("{count:>7}  {kind}"));
    }
    say("| method | bytes | threshold | precision | recall | F1 | F0.5 |");
    for method in candidates() {
        let alike = likenesses(&pairs, &method);
        let (threshold, score) = best(&pairs, &alike, 0.5);
        say(format_args!(
            "| {:?} {:?}{} | {} | {threshold:.3} | {:.4} | {:.4} | {:.4} | {:.4} |",
            method.sketch,
            method.measure,
            if method.numbers { " numbers" } else { "" },
            method.sketch.bytes() + if method.numbers { 8 } else { 0 },
            score.precision(),
            score.recall(),
            score.f(1.0),
            score.f(0.5)
        ));
        if matches!(method.sketch, Sketch::Bins(3, 32)) && method.numbers {
            table(&pairs, &alike);
            if let Some(kind) = &arguments.show {
                show(&pairs, &alike, kind);
            }
        }
    }
    Ok(())
}

fn candidates() -> Vec<Method> {
    let mut all = vec![Method {
        sketch: Sketch::Whole,
        measure: Measure::Jaccard,
        numbers: false,
    }];
    for n in [2, 3, 4] {
        for numbers in [false, true] {
            all.push(Method {
                sketch: Sketch::SimHash(n),
                measure: Measure::Jaccard,
                numbers,
            });
            for measure in [Measure::Jaccard, Measure::Containment] {
                for k in [16, 32] {
                    all.push(Method {
                        sketch: Sketch::MinHash(n, k),
                        measure,
                        numbers,
                    });
                    all.push(Method {
                        sketch: Sketch::Bins(n, k),
                        measure,
                        numbers,
                    });
                }
            }
        }
    }
    all
}

fn likenesses(pairs: &Pairs, method: &Method) -> Vec<f64> {
    let kept: Vec<Kept> = pairs.texts.iter().map(|read| method.keep(read)).collect();
    let alike = |pair: &pairs::Pair| method.alike(&kept[pair.one], &kept[pair.other]);
    pairs.pairs.iter().map(alike).collect()
}

fn score<'a>(pairs: impl Iterator<Item = (bool, &'a f64)>, threshold: f64) -> Score {
    let mut score = Score::default();
    for (copies, &alike) in pairs {
        match (copies, alike >= threshold) {
            (true, true) => score.found += 1,
            (true, false) => score.missed += 1,
            (false, true) => score.merged += 1,
            (false, false) => score.apart += 1,
        }
    }
    score
}

fn best(pairs: &Pairs, alike: &[f64], beta: f64) -> (f64, Score) {
    let thresholds = (1..=64).map(|step| f64::from(step) / 64.0);
    let scored = thresholds.map(|threshold| {
        (
            threshold,
            score(pairs.pairs.iter().map(|p| p.copies).zip(alike), threshold),
        )
    });
    scored
        .max_by(|(_, a), (_, b)| a.f(beta).total_cmp(&b.f(beta)))
        .unwrap_or_default()
}

/// By kind and length, shares called alike at several thresholds.
fn table(pairs: &Pairs, alike: &[f64]) {
    let mut rows: BTreeMap<(&str, usize), Vec<f64>> = BTreeMap::new();
    for (pair, &alike) in pairs.pairs.iter().zip(alike) {
        let letters = pairs.texts[pair.one]
            .letters
            .min(pairs.texts[pair.other].letters);
        let class = [12, 24, 48, 96, usize::MAX]
            .iter()
            .position(|most| letters < *most);
        rows.entry((&pair.kind, class.unwrap_or(0)))
            .or_default()
            .push(alike);
    }
    for ((kind, class), values) in rows {
        let at = |t: f64| 100.0 * share(values.iter().filter(|v| **v >= t).count(), values.len());
        let all: Vec<String> = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
            .map(|t| format!("{:5.1}", at(t)))
            .into();
        say(format_args!(
            "  {kind:44} {class} {:6}  {}",
            values.len(),
            all.join(" ")
        ));
    }
}

fn show(pairs: &Pairs, alike: &[f64], kind: &str) {
    let mut all: Vec<_> = pairs
        .pairs
        .iter()
        .zip(alike)
        .filter(|(p, _)| p.kind.contains(kind))
        .collect();
    all.sort_by(|a, b| b.1.total_cmp(a.1));
    for (pair, alike) in all.iter().take(25) {
        say(format_args!(
            "{alike:.2}\n  {}\n  {}",
            pairs.written[pair.one].replace('\n', " / "),
            pairs.written[pair.other].replace('\n', " / ")
        ));
    }
}
