//! Growth: one window beside the one before it, as the `spike` rule of ElastAlert 2 has it
//! (`spike_height`, `threshold_ref`, `threshold_cur`).

use super::{Finding, lagged};

/// How many times the window before it the current one is; none where that one is missing or
/// counted less than `min_before`, since a multiple of next to nothing says nothing.
#[must_use]
pub fn growth(series: &[Option<f64>], min_before: f64, min_sigma: f64) -> Option<Finding> {
    let (count, before) = (lagged(series, 0)?, lagged(series, 1)?);
    if before < min_before || before <= 0.0 {
        return None;
    }
    Some(Finding {
        statistic: count / before,
        count,
        baseline: before,
        spread: before.sqrt().max(min_sigma), // of a Poisson count
        windows: 1,
    })
}
