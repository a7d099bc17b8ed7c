//! Medians, spreads and how they are printed.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The median, the least and the greatest of several values.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) greatest: f64,
}

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_unstable_by(f64::total_cmp);
        Self {
            median: quantile(&values, 0.5),
            least: quantile(&values, 0.0),
            greatest: quantile(&values, 1.0),
        }
    }
}

/// Median, then the least and the greatest in brackets; as many decimals as the formatter is given.
impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let decimals = f.precision().unwrap_or(0);
        let Self {
            median,
            least,
            greatest,
        } = self;
        write!(
            f,
            "{median:.decimals$} ({least:.decimals$} to {greatest:.decimals$})"
        )
    }
}

/// A quantile of sorted values by the nearest rank; zero where there are none.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index of a list in memory times a share from 0 to 1"
    )]
    let rank = (last as f64 * share).round() as usize;
    sorted.get(rank).copied().unwrap_or_default()
}

/// So many things in this time, a second.
#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(1e-9)
}

/// A share of a whole, in percent.
#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

/// So much a thing, rounded down.
pub(crate) fn per_item(whole: u64, count: usize) -> u64 {
    whole / (count.max(1) as u64)
}

/// Bytes of memory that this process holds, as Linux tells it.
pub(crate) fn resident_bytes() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kilobytes: u64 = kilobytes.unwrap_or_default().trim().parse()?;
    Ok(kilobytes * 1024)
}

/// How long this thread has run on a processor: what the work itself takes, whatever else runs on the
/// machine; waiting for the disk is not in it. By the clock of the thread, which is exact where
/// `/proc` counts in the ticks of the system.
#[allow(clippy::cast_sign_loss, reason = "this clock begins at nought")]
pub(crate) fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::from_secs(time.tv_sec as u64) + Duration::from_nanos(time.tv_nsec as u64)
}

/// Prints a line of the results.
#[allow(
    clippy::print_stdout,
    reason = "the figures are what this program is for"
)]
pub(crate) fn say(line: impl std::fmt::Display) {
    println!("{line}");
}
