//! EARS C1, C2 and C3: Hutwagner, Thompson, Seeman, Treadwell, "The bioterrorism preparedness and
//! response Early Aberration Reporting System (EARS)", J. Urban Health 80 (2003); Fricker, Hegler,
//! Dunfee, "Comparing syndromic surveillance detection methods: EARS' versus a CUSUM-based
//! methodology", Statistics in Medicine 27 (2008); `earsC` of the R package `surveillance`.
//!
//! C1(t) = (Y(t) − mean) / S over t−7 … t−1; C2 the same over t−9 … t−3;
//! C3(t) = Σ max(0, C2(i) − 1) over i = t−2 … t. S is the sample deviation, at least `min_sigma`.

use super::{Finding, baseline, lagged, mean_and_deviation};
use crate::limits::{BASELINE_WINDOWS, C2_GAP_WINDOWS};

/// How many C2 are summed.
const C3_TERMS: usize = 3;

/// Above the windows right before it. An alarm at 3 and more.
#[must_use]
pub fn c1(series: &[Option<f64>], min_sigma: f64) -> Option<Finding> {
    at(series, 0, 0, min_sigma)
}

/// Above the windows before the last two, so that a rise of some windows does not hide itself. An
/// alarm at 3 and more.
#[must_use]
pub fn c2(series: &[Option<f64>], min_sigma: f64) -> Option<Finding> {
    at(series, 0, C2_GAP_WINDOWS, min_sigma)
}

/// What three C2 in a row have beyond 1. A C2 that cannot be told adds nothing; baseline and spread
/// are those of the latest. An alarm at 2 and more.
#[must_use]
pub fn c3(series: &[Option<f64>], min_sigma: f64) -> Option<Finding> {
    let latest = c2(series, min_sigma)?;
    let terms = (0..C3_TERMS).filter_map(|lag| at(series, lag, C2_GAP_WINDOWS, min_sigma));
    Some(Finding {
        statistic: terms.map(|c2| (c2.statistic - 1.0).max(0.0)).sum(),
        ..latest
    })
}

/// The window so many before the current one, beside those that end `gap` windows before it.
fn at(series: &[Option<f64>], lag: usize, gap: usize, min_sigma: f64) -> Option<Finding> {
    let count = lagged(series, lag)?;
    let first = lag + gap + 1;
    let before = baseline(series, first..first + BASELINE_WINDOWS)?;
    let usual = mean_and_deviation(&before);
    Some(Finding::above(count, usual, before.len(), min_sigma))
}
