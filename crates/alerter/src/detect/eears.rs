//! eEARS: EARS whose past outbreaks weigh less, as in the R package `epitweetr` of the ECDC
//! (Espinosa and others, "Epitweetr: early warning of public health threats using Twitter data",
//! Eurosurveillance 27 (2022), and its vignette). Down-weighting is that of Farrington and others
//! (1996) with the externally studentised residual of Chatterjee and Hadi (1988), p. 74.
//!
//! With n windows before the current one, mean and S of them, e(i) = y(i) − mean and S(i) the
//! deviation of the others: r(i) = e(i) / (S(i) √(1 − 1/n)) and w(i) = (q / r(i))⁴ where r(i) is
//! above q = t₀.₉₅(n − 2), else 1; weights are scaled to the sum n; then mean = Σ w y / n and
//! S = √(Σ w (y − mean)² / (n − 1)).

use std::sync::LazyLock;

use super::student::upper_quantile;
use super::{Finding, baseline, lagged, mean, mean_and_deviation};
use crate::limits::{BASELINE_WINDOWS, MIN_BASELINE_WINDOWS};

/// Residuals beyond this upper share of Student's t weigh less.
const OUTLIER_ALPHA: f64 = 0.05;
/// How fast their weight falls.
const DECAY: i32 = 4;

/// q for each number of windows from the fewest: the same few quantiles are asked for at each hit.
static OUTLIER_QUANTILES: LazyLock<[f64; BASELINE_WINDOWS - MIN_BASELINE_WINDOWS + 1]> =
    LazyLock::new(|| {
        std::array::from_fn(|more| upper_quantile(OUTLIER_ALPHA, MIN_BASELINE_WINDOWS + more - 2))
    });

/// How far the current window lies above the weighted mean of those before it, in weighted
/// deviations of at least `min_sigma`. See [`limit_in_sigmas`] for thresholds.
#[must_use]
pub fn eears(series: &[Option<f64>], min_sigma: f64) -> Option<Finding> {
    let count = lagged(series, 0)?;
    let before = baseline(series, 1..1 + BASELINE_WINDOWS)?;
    let usual = weighted(&before);
    Some(Finding::above(count, usual, before.len(), min_sigma))
}

/// The threshold on [`eears`] that belongs to a share `alpha` of false alarms: the upper limit of
/// a prediction interval, t₁₋ₐ(n − 1) √(1 + 1/n) deviations above the mean of n windows. `alpha` is
/// shared among so many `comparisons` (Bonferroni); 1 corrects nothing. For n = 7: 2.62 at 0.025,
/// 5.57 at 0.001.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "a handful of windows")]
pub fn limit_in_sigmas(windows: usize, alpha: f64, comparisons: u32) -> f64 {
    let quantile = upper_quantile(alpha / f64::from(comparisons.max(1)), windows - 1);
    quantile * (1.0 + 1.0 / windows as f64).sqrt()
}

#[allow(clippy::cast_precision_loss, reason = "a handful of windows")]
fn weighted(counts: &[f64]) -> (f64, f64) {
    let n = counts.len() as f64;
    let weights = weights(counts);
    let scale = n / weights.iter().sum::<f64>();
    let weighted = || counts.iter().zip(&weights).map(|(y, w)| (*y, w * scale));
    let mean = weighted().map(|(y, w)| w * y).sum::<f64>() / n;
    let squares: f64 = weighted().map(|(y, w)| w * (y - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

/// 1, or less for a count far above the others. Where the others are all alike any count above
/// them is infinitely far: it weighs nothing.
#[allow(clippy::cast_precision_loss, reason = "a handful of windows")]
fn weights(counts: &[f64]) -> Vec<f64> {
    let n = counts.len();
    let middle = mean(counts);
    let quantile = OUTLIER_QUANTILES[n - MIN_BASELINE_WINDOWS];
    let leverage = (1.0 - 1.0 / n as f64).sqrt();
    let weight = |index: usize| {
        let above = counts[index] - middle;
        if above <= 0.0 {
            return 1.0;
        }
        let others = [&counts[..index], &counts[index + 1..]].concat();
        let (_, deviation) = mean_and_deviation(&others);
        let residual = above / (deviation * leverage);
        if residual > quantile {
            (quantile / residual).powi(DECAY)
        } else {
            1.0
        }
    };
    (0..n).map(weight).collect()
}
