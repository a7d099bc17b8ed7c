//! The counts of earlier windows that a detector compares with.
//!
//! Where all of them lie within a day, windows are counted by minutes, end to end, the current one
//! up to the minute that is judged. Further back there are buckets of hours only: then a window is
//! made of whole hours of the clock, and the current one of the hours so far. So like is compared
//! with like also where a topic is loud at five past twelve every day; a surge across the edge of an
//! hour is seen in two parts.
//!
//! # Cost
//!
//! What was counted is kept while its buckets stay as they are, for the same minute (by hours: the
//! same hour), so that a hit pays for the detector alone. The first hit of a minute pays for its
//! windows, the last 8 (c2 10, c3 12, cusum 14, burst 24): most were current themselves when their
//! minutes had hits, and are summed already; the others cost a step of a map for each bucket, and
//! for stories and voices one merge of sets. Windows that hold at most
//! [`MAX_HISTORY_BUCKETS_COUNTED_EACH_TIME`] buckets in all are not kept.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::limits::{MAX_HISTORIES_PER_STREAM, MAX_HISTORY_BUCKETS_COUNTED_EACH_TIME};
use crate::record::{Bucket, BucketWidth};
use crate::running::{Reach, Running};
use crate::tier::{Detector, Metric, Quantity, Season, Window};

/// What a detector looks at: a current window, and so many before it, each so far before the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LookBack {
    width: BucketWidth,
    quantity: Quantity,
    windows: usize,
    length_minutes: i64,
    lag_minutes: i64,
    /// Whether posts in the current window may make the detector say less: those of other subjects
    /// do so to the share that a burst has.
    whole: bool,
}

impl LookBack {
    pub(crate) fn new(metric: Metric, detector: Detector, season: Season) -> Self {
        let length_minutes = metric.length_minutes();
        Self {
            width: if metric.looks_back_by_minutes() {
                BucketWidth::Minute
            } else {
                BucketWidth::Hour
            },
            quantity: metric.quantity,
            windows: detector.windows(),
            length_minutes,
            lag_minutes: season.lag_minutes(length_minutes),
            whole: detector == Detector::Burst,
        }
    }

    /// The same windows, in posts.
    pub(crate) const fn in_posts(self) -> Self {
        Self {
            quantity: Quantity::Posts,
            ..self
        }
    }

    /// A count of the current window.
    pub(crate) const fn metric(self, quantity: Quantity) -> Metric {
        let window = match self.width {
            BucketWidth::Minute => Window::Minutes(self.length_minutes),
            BucketWidth::Hour => Window::Hours(self.length_minutes / 60),
        };
        Metric {
            quantity,
            window,
            detector: None,
        }
    }

    pub(crate) const fn width(self) -> BucketWidth {
        self.width
    }

    /// The minutes of the current window, up to the one that is judged.
    pub(crate) const fn current(self, minute: i64) -> RangeInclusive<i64> {
        self.end(minute) - self.length_minutes + 1..=minute
    }

    /// The minutes of the windows before the current one, oldest first.
    pub(crate) fn minutes(self, minute: i64) -> impl Iterator<Item = RangeInclusive<i64>> {
        let end = self.end(minute);
        (1..=self.windows).rev().map(move |nth| {
            let last = end - i64::try_from(nth).unwrap_or(i64::MAX) * self.lag_minutes;
            last - self.length_minutes + 1..=last
        })
    }

    /// The minute after which nothing changes that a detector must know in whole: the windows before
    /// the current one; under `whole` the current one too, up to the minute that is judged.
    pub(crate) const fn settles_after(self, minute: i64) -> i64 {
        if self.whole {
            minute
        } else {
            self.end(minute) - self.lag_minutes
        }
    }

    /// The last minute of the current window: by hours, the end of the hour.
    const fn end(self, minute: i64) -> i64 {
        match self.width {
            BucketWidth::Minute => minute,
            BucketWidth::Hour => minute.div_euclid(60) * 60 + 59,
        }
    }

    /// A window in buckets.
    fn buckets(self, minutes: &RangeInclusive<i64>) -> RangeInclusive<i64> {
        let size = match self.width {
            BucketWidth::Minute => 1,
            BucketWidth::Hour => 60,
        };
        minutes.start().div_euclid(size)..=minutes.end().div_euclid(size)
    }
}

/// Counts that were kept, of one stream, by the end of their current window. Derived, so no record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histories(BTreeMap<(i64, LookBack), Kept>);

#[derive(Clone, Debug)]
struct Kept {
    buckets: RangeInclusive<i64>,
    counts: Vec<f64>,
}

impl Histories {
    /// The counts of the windows before the current one, oldest first. `buckets` are those of the
    /// look-back's width.
    pub(crate) fn counts(
        &mut self,
        back: LookBack,
        minute: i64,
        buckets: &BTreeMap<i64, Bucket>,
        running: &mut Running,
    ) -> Vec<f64> {
        let key = (back.end(minute), back);
        if let Some(kept) = self.0.get(&key) {
            return kept.counts.clone();
        }
        let windows = || back.minutes(minute).map(|minutes| back.buckets(&minutes));
        let counts: Vec<f64> = windows()
            .map(|window| {
                let reach = Reach::over(back.width, &window);
                let sum = running.sum(reach, back.quantity, buckets);
                sum.measure(back.quantity)
            })
            .collect();
        let all = windows().reduce(|first, last| *first.start()..=*last.end());
        let many = |all: &RangeInclusive<i64>| {
            let mut within = buckets.range(all.clone());
            within.nth(MAX_HISTORY_BUCKETS_COUNTED_EACH_TIME).is_some()
        };
        if let Some(all) = all.filter(many) {
            let counts = counts.clone();
            self.keep(
                key,
                Kept {
                    buckets: all,
                    counts,
                },
            );
        }
        counts
    }

    fn keep(&mut self, key: (i64, LookBack), kept: Kept) {
        self.0.insert(key, kept);
        while self.0.len() > MAX_HISTORIES_PER_STREAM {
            self.0.pop_first();
        }
    }

    /// A bucket has changed.
    pub(crate) fn forget(&mut self, width: BucketWidth, index: i64) {
        self.0
            .retain(|(_, back), kept| back.width != width || !kept.buckets.contains(&index));
    }
}
