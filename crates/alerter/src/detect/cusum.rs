//! Poisson CUSUM: Rossi, Lampugnani, Marchi, "An approximate CUSUM procedure for surveillance of
//! health events", Statistics in Medicine 18 (1999); `algo.cusum` of the R package `surveillance`.
//!
//! S(t) = max(0, S(t−1) + z(t) − k) with k = 1.04, an alarm at h = 2.26 and more. z is the count
//! made normal: [`standard`] is (x − m)/√m, [`rossi`] is (x − 3m + 2√(x m))/(2√m). The paper
//! proposes the latter, which is less skewed for the small counts that we have: what is rare is
//! not an alarm at once.

use super::{Finding, baseline, lagged, mean};
use crate::limits::{BASELINE_WINDOWS, CUSUM_RUN_WINDOWS};

/// k: what a count must exceed, in deviations, to add to the sum.
pub const CUSUM_REFERENCE: f64 = 1.04;
/// h: the sum that is an alarm.
pub const CUSUM_DECISION: f64 = 2.26;

/// How a count becomes about normal: of the count and the usual mean, which is positive.
pub type Transformation = fn(f64, f64) -> f64;

/// (x − m)/√m.
#[must_use]
pub fn standard(count: f64, mean: f64) -> f64 {
    (count - mean) / mean.sqrt()
}

/// (x − 3m + 2√(x m))/(2√m).
#[must_use]
pub fn rossi(count: f64, mean: f64) -> f64 {
    (count - 3.0 * mean + 2.0 * (count * mean).sqrt()) / (2.0 * mean.sqrt())
}

/// The sum over the last [`CUSUM_RUN_WINDOWS`], the current one included; m is the mean of the
/// [`BASELINE_WINDOWS`] before them, so that a slow rise does not raise its own measure. √m is at
/// least `min_sigma`. A window that is missing adds nothing and takes nothing away.
#[must_use]
pub fn cusum(
    series: &[Option<f64>],
    transformation: Transformation,
    min_sigma: f64,
) -> Option<Finding> {
    let count = lagged(series, 0)?;
    let before = baseline(
        series,
        CUSUM_RUN_WINDOWS..CUSUM_RUN_WINDOWS + BASELINE_WINDOWS,
    )?;
    let usual = mean(&before);
    let floored = usual.max(min_sigma * min_sigma);
    let run = (0..CUSUM_RUN_WINDOWS).rev();
    let sum = run
        .filter_map(|lag| lagged(series, lag))
        .fold(0.0, |sum: f64, count| {
            (sum + transformation(count, floored) - CUSUM_REFERENCE).max(0.0)
        });
    Some(Finding {
        statistic: sum,
        count,
        baseline: usual,
        spread: floored.sqrt(),
        windows: before.len(),
    })
}
