//! The two halves of the corpus, in days and nights of Shanghai.

use std::collections::BTreeMap;

use anyhow::Context as _;
use fengbiao_model::{TimeSpan, Timestamp};
use jiff::tz::TimeZone;

use super::titles::Title;

/// The half to tune on ends here.
const SECOND_HALF: &str = "2022-01-01T00:00:00+08:00";

/// A day counts where the list was read so that it gave this many titles: before May 2021, and
/// around gaps, it gave a handful.
const TITLES_OF_A_WHOLE_DAY: usize = 100;

/// A half of the corpus.
pub(crate) struct Half {
    pub(crate) name: &'static str,
    from: Timestamp,
    until: Timestamp,
    /// Days on which the list was read whole.
    pub(crate) days: usize,
}

impl Half {
    pub(crate) fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// So many things a day.
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub(crate) fn daily(&self, count: usize) -> f64 {
        count as f64 / self.days.max(1) as f64
    }
}

/// Both halves.
pub(crate) fn halves(titles: &[Title], zone: &TimeZone) -> anyhow::Result<[Half; 2]> {
    let middle = fengbiao_wire::parse_time(SECOND_HALF, zone)?;
    let half = |name, from, until| {
        let mut half = Half {
            name,
            from,
            until,
            days: 0,
        };
        let times = titles.iter().map(|title| title.found_at);
        let mut days: BTreeMap<String, usize> = BTreeMap::new();
        for at in times.filter(|at| half.holds(*at)) {
            *days.entry(day(at, zone)).or_default() += 1;
        }
        let whole = |titles: &&usize| **titles >= TITLES_OF_A_WHOLE_DAY;
        half.days = days.values().filter(whole).count();
        half
    };
    Ok([
        half("2020-2021 (tuned on)", Timestamp::EPOCH, middle),
        half("2022-2023 (held back)", middle, Timestamp::MAX),
    ])
}

/// The zone of the corpus.
pub(crate) fn zone() -> anyhow::Result<TimeZone> {
    TimeZone::get("Asia/Shanghai").context("the zone `Asia/Shanghai`")
}

/// A local day.
fn day(at: Timestamp, zone: &TimeZone) -> String {
    minute(at, zone).chars().take(10).collect()
}

/// A local time to the minute.
pub(crate) fn minute(at: Timestamp, zone: &TimeZone) -> String {
    fengbiao_wire::format_minute(at, zone)
}

/// Whether people sleep: from 22:00 to 07:00.
pub(crate) fn at_night(at: Timestamp, zone: &TimeZone) -> bool {
    let hour = minute(at, zone).get(11..13).map(str::to_owned);
    hour.and_then(|hour| hour.parse::<u8>().ok())
        .is_some_and(|hour| !(7..22).contains(&hour))
}

/// A length of time as people say it.
pub(crate) fn said(span: TimeSpan) -> String {
    let minutes = span.as_millis() / 60_000;
    format!("{}:{:02}", minutes / 60, minutes % 60)
}
