//! Early detection: what one count says beside those before it. Pure statistics, no state.
//!
//! Every detector takes a series of counts, one a window, oldest first, the current window last.
//! A window that nobody watched is `None`: missing, which is not zero. What comes back is a
//! [`Finding`], or none where too few windows of the baseline are present to say anything: at
//! least [`MIN_BASELINE_WINDOWS`](crate::limits::MIN_BASELINE_WINDOWS) of
//! [`BASELINE_WINDOWS`](crate::limits::BASELINE_WINDOWS) must be (the cold start).
//!
//! | detector | says | in units of | usual threshold |
//! |---|---|---|---|
//! | [`c1`] | above the 7 windows before | their standard deviation | 3 |
//! | [`c2`] | above the 7 windows before the last two | their standard deviation | 3 |
//! | [`c3`] | three C2 in a row, each beyond one deviation | deviations, summed | 2 |
//! | [`eears`] | above the 7 before, past outbreaks weighing less | their weighted deviation | 2.62 |
//! | [`cusum`] | a rise that lasts, even a slow one | deviations of a Poisson count, summed | 2.26 |
//! | [`burst`] | a share of all posts that doubles and stays | nats | 3 |
//! | [`growth`] | a multiple of the window before | the count before | 3 |
//!
//! `min_sigma` floors the deviation: without it one post after seven empty windows would be
//! infinitely far above them. It must be positive, and is 1 by default.
//!
//! # Sources
//!
//! Each file names its own. Values are held to those of the R package `surveillance`, of R's own
//! linear models, of the Viterbi decoder of the Python package `hmmlearn`, and of slow independent
//! reckonings: `tests/reference/`.

mod burst;
mod cusum;
mod ears;
mod eears;
mod growth;
mod student;

pub use burst::{Batch, Burst, burst};
pub use cusum::{CUSUM_DECISION, CUSUM_REFERENCE, Transformation, cusum, rossi, standard};
pub use ears::{c1, c2, c3};
pub use eears::{eears, limit_in_sigmas};
pub use growth::growth;
pub use student::upper_quantile;

use crate::limits::MIN_BASELINE_WINDOWS;

/// What a detector found: enough to print count, baseline, spread and method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// What the detector gives; thresholds are put on it.
    pub statistic: f64,
    /// The count of the current window.
    pub count: f64,
    /// What would be usual for it.
    pub baseline: f64,
    /// The standard deviation of what is usual, floored by `min_sigma`.
    pub spread: f64,
    /// How many windows the baseline stands on.
    pub windows: usize,
}

impl Finding {
    /// How many deviations, of at least `min_sigma`, a count lies above what is usual for it.
    fn above(
        count: f64,
        (baseline, deviation): (f64, f64),
        windows: usize,
        min_sigma: f64,
    ) -> Self {
        let spread = deviation.max(min_sigma);
        Self {
            statistic: (count - baseline) / spread,
            count,
            baseline,
            spread,
            windows,
        }
    }
}

/// The count so many windows before the current one; none where it is missing or before the
/// series begins.
fn lagged(series: &[Option<f64>], lag: usize) -> Option<f64> {
    let at = series.len().checked_sub(1 + lag)?;
    *series.get(at)?
}

/// The counts that are present at these lags; none where they are too few for a baseline.
fn baseline(series: &[Option<f64>], lags: std::ops::Range<usize>) -> Option<Vec<f64>> {
    let present: Vec<f64> = lags.filter_map(|lag| lagged(series, lag)).collect();
    (present.len() >= MIN_BASELINE_WINDOWS).then_some(present)
}

#[allow(clippy::cast_precision_loss, reason = "a handful of windows")]
fn mean(counts: &[f64]) -> f64 {
    counts.iter().sum::<f64>() / counts.len() as f64
}

/// Mean and sample standard deviation (divisor n − 1).
#[allow(clippy::cast_precision_loss, reason = "a handful of windows")]
fn mean_and_deviation(counts: &[f64]) -> (f64, f64) {
    let mean = mean(counts);
    let squares: f64 = counts.iter().map(|count| (count - mean).powi(2)).sum();
    (mean, (squares / (counts.len() as f64 - 1.0)).sqrt())
}
