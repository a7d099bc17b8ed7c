//! Bursts of a share: Kleinberg, "Bursty and hierarchical structure in streams", KDD 2002, §4, the
//! model of batched arrivals with two states.
//!
//! In a window with d posts of all kinds, r of ours come by chance with probability p₀ = R/D (of
//! all windows together) in the quiet state, and p₁ = s·p₀ in the burst. A state costs
//! −ln[C(d, r) pʳ (1 − p)^(d−r)], going up costs γ ln n, going down nothing; the cheapest sequence
//! of states is found by Viterbi's recursion. Because d stands in it, a crawl that runs faster or
//! slower is no burst.

use super::{Finding, mean_and_deviation};
use crate::limits::MIN_BASELINE_WINDOWS;

/// s: how many times its usual share a burst has.
const SCALING: f64 = 2.0;
/// γ: how dear it is to go up, in ln n.
const TRANSITION: f64 = 1.0;

/// One window: how many there were of ours, among how many of all kinds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Batch {
    /// r: ours.
    pub relevant: f64,
    /// d: of all kinds; at least `relevant`.
    pub all: f64,
}

/// The cheapest sequence of states.
#[derive(Clone, Debug, PartialEq)]
pub struct Burst {
    /// Whether each window that is present lies in the burst, oldest first.
    pub states: Vec<bool>,
    /// What the sequence costs, without the binomial coefficients, which all sequences share; 0 where
    /// none was looked for (see [`Burst::new`]).
    pub cost: f64,
    /// The weight of the burst that the last window lies in: what its windows together would cost
    /// more in the quiet state, in nats. 0 when the last window is quiet.
    pub weight: f64,
}

/// The weight of the burst that the current window lies in, in nats; 0 outside one. It grows with
/// every window of the burst: 3 is a short surge, 10 one that cannot be overlooked. Baseline and
/// spread are those of the windows before the current one, scaled to its volume.
#[must_use]
pub fn burst(series: &[Option<Batch>], min_sigma: f64) -> Option<Finding> {
    let current = (*series.last()?)?;
    let present: Vec<Batch> = series.iter().filter_map(|batch| *batch).collect();
    let before = &present[..present.len() - 1];
    if before.len() < MIN_BASELINE_WINDOWS {
        return None;
    }
    let scaled = before.iter().filter(|batch| batch.all > 0.0);
    let scaled: Vec<f64> = scaled
        .map(|batch| batch.relevant / batch.all * current.all)
        .collect();
    if scaled.len() < MIN_BASELINE_WINDOWS {
        return None;
    }
    let (baseline, deviation) = mean_and_deviation(&scaled);
    Some(Finding {
        statistic: Burst::new(&present).weight,
        count: current.relevant,
        baseline,
        spread: deviation.max(min_sigma),
        windows: scaled.len(),
    })
}

impl Burst {
    /// Of windows that are all present, oldest first. Where nothing is relevant, or so much that
    /// s·p₀ leaves no room for other posts, all are quiet.
    #[must_use]
    pub fn new(batches: &[Batch]) -> Self {
        let relevant: f64 = batches.iter().map(|batch| batch.relevant).sum();
        let all: f64 = batches.iter().map(|batch| batch.all).sum();
        let usual = relevant / all;
        let quiet = || Self {
            states: vec![false; batches.len()],
            cost: 0.0,
            weight: 0.0,
        };
        if relevant <= 0.0 || SCALING * usual >= 1.0 {
            return quiet();
        }
        Self::cheapest(batches, usual)
    }

    /// Viterbi's recursion: the cheapest way into either state, window by window, and back.
    #[allow(clippy::cast_precision_loss, reason = "a handful of windows")]
    fn cheapest(batches: &[Batch], usual: f64) -> Self {
        let up = TRANSITION * (batches.len() as f64).ln();
        let (mut quiet, mut loud) = (0.0, f64::INFINITY); // the sequence begins in the quiet state
        let mut from_loud = Vec::with_capacity(batches.len());
        for batch in batches {
            let to_quiet = loud < quiet;
            let to_loud = loud < quiet + up;
            from_loud.push((to_quiet, to_loud));
            let before = (quiet, loud);
            quiet = cost(*batch, usual) + if to_quiet { before.1 } else { before.0 };
            loud = cost(*batch, SCALING * usual) + if to_loud { before.1 } else { before.0 + up };
        }
        let mut state = loud < quiet;
        let total = quiet.min(loud);
        let mut states = Vec::with_capacity(batches.len());
        for &(to_quiet, to_loud) in from_loud.iter().rev() {
            states.push(state);
            state = if state { to_loud } else { to_quiet };
        }
        let gain = |batch: &Batch| cost(*batch, usual) - cost(*batch, SCALING * usual);
        let last = states.iter().take_while(|state| **state).count();
        // What nothing adds up to is minus nought to the library, and would be written so.
        let weight = batches.iter().rev().take(last).map(gain).sum::<f64>() + 0.0;
        states.reverse();
        Self {
            states,
            cost: total,
            weight,
        }
    }
}

/// −ln[pʳ (1 − p)^(d−r)]: the binomial coefficient is the same in both states.
fn cost(batch: Batch, p: f64) -> f64 {
    let others = (batch.all - batch.relevant).max(0.0);
    -(batch.relevant * p.ln() + others * (-p).ln_1p())
}
