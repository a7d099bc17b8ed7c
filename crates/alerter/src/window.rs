//! Windows: what was counted in each minute and hour, for each topic and subject.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_model::{SubjectKey, TimeSpan, Timestamp, TopicId};

use crate::distinct::Distinct;
use crate::limits::{HOURS_KEPT, MINUTES_KEPT};
use crate::record::{Bucket, BucketKey, BucketWidth};
use crate::step::{Change, Effects};
use crate::tier::{Metric, Quantity, Window};

/// A topic and a subject: what has windows and incidents of its own.
pub(crate) type Stream = (TopicId, SubjectKey);

/// What one post adds to a bucket.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    pub(crate) weight: u8,
    pub(crate) voice: u64,
    pub(crate) source: u64,
    pub(crate) story: u64,
    /// The named subjects; counted under `*` only.
    pub(crate) subjects: Vec<u64>,
}

/// The buckets of one stream, by minute and hour since the epoch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series {
    minutes: BTreeMap<i64, Bucket>,
    hours: BTreeMap<i64, Bucket>,
}

/// All buckets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Windows {
    series: BTreeMap<Stream, Series>,
    /// When each bucket falls out of every window (event clock).
    expiry: BTreeSet<(Timestamp, BucketKey)>,
}

impl Windows {
    pub(crate) fn series(&self, stream: &Stream) -> Option<&Series> {
        self.series.get(stream)
    }

    /// Counts a post in the buckets of its minute and hour, where these are still kept.
    pub(crate) fn add(
        &mut self,
        stream: &Stream,
        found_at: Timestamp,
        event: Timestamp,
        counted: &Counted,
        out: &mut Effects,
    ) {
        let minute = found_at.minute();
        for (width, index) in [
            (BucketWidth::Minute, minute),
            (BucketWidth::Hour, minute / 60),
        ] {
            let (topic, subject) = stream.clone();
            let key = BucketKey {
                topic,
                subject,
                width,
                index,
            };
            let expires = expires(width, index);
            if expires <= event {
                continue;
            }
            let bucket = self.slots(stream, width).entry(index).or_default();
            count(bucket, counted, stream.1 == SubjectKey::All);
            out.changes
                .push(Change::Bucket(key.clone(), bucket.clone()));
            self.expiry.insert((expires, key));
        }
    }

    /// Puts back a stored bucket.
    pub(crate) fn put(&mut self, key: BucketKey, bucket: Bucket) {
        let stream = (key.topic.clone(), key.subject.clone());
        self.slots(&stream, key.width).insert(key.index, bucket);
        self.expiry.insert((expires(key.width, key.index), key));
    }

    /// Drops what no window reaches any more.
    pub(crate) fn expire(&mut self, event: Timestamp, out: &mut Effects) {
        while self.expiry.first().is_some_and(|(at, _)| *at <= event) {
            let Some((_, key)) = self.expiry.pop_first() else {
                break;
            };
            let stream = (key.topic.clone(), key.subject.clone());
            self.slots(&stream, key.width).remove(&key.index);
            if self.series.get(&stream).is_some_and(Series::is_empty) {
                self.series.remove(&stream);
            }
            out.changes.push(Change::DropBucket(key));
        }
    }

    /// All buckets as records.
    pub(crate) fn records(&self) -> impl Iterator<Item = Change> {
        self.series.iter().flat_map(|((topic, subject), series)| {
            let minutes = series
                .minutes
                .iter()
                .map(|entry| (BucketWidth::Minute, entry));
            let hours = series.hours.iter().map(|entry| (BucketWidth::Hour, entry));
            minutes.chain(hours).map(|(width, (&index, bucket))| {
                let (topic, subject) = (topic.clone(), subject.clone());
                Change::Bucket(
                    BucketKey {
                        topic,
                        subject,
                        width,
                        index,
                    },
                    bucket.clone(),
                )
            })
        })
    }

    fn slots(&mut self, stream: &Stream, width: BucketWidth) -> &mut BTreeMap<i64, Bucket> {
        let series = self.series.entry(stream.clone()).or_default();
        match width {
            BucketWidth::Minute => &mut series.minutes,
            BucketWidth::Hour => &mut series.hours,
        }
    }
}

impl Series {
    fn is_empty(&self) -> bool {
        self.minutes.is_empty() && self.hours.is_empty()
    }

    /// `minute`, and each later one within `reach` minutes that holds hits.
    pub(crate) fn minutes_from(&self, minute: i64, reach: i64) -> impl Iterator<Item = i64> {
        let later = self
            .minutes
            .range(minute + 1..=minute + reach.max(0))
            .map(|(&at, _)| at);
        [minute].into_iter().chain(later)
    }

    /// A metric whose window ends with `minute`, that minute included; zero for a window that is
    /// the life of an incident, which buckets do not know.
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub(crate) fn measure(&self, metric: Metric, minute: i64) -> f64 {
        let buckets = match metric.window {
            Window::Life => return 0.0,
            Window::Minutes(length) => self.minutes.range(minute - length + 1..=minute),
            Window::Hours(length) => self.hours.range(minute / 60 - length + 1..=minute / 60),
        }
        .map(|(_, bucket)| bucket);
        let count = match metric.quantity {
            Quantity::Posts => buckets.map(|bucket| bucket.posts).sum(),
            Quantity::Weight => buckets.map(|bucket| bucket.weight).sum(),
            Quantity::WeightMax => buckets
                .map(|bucket| u64::from(bucket.weight_max))
                .max()
                .unwrap_or(0),
            Quantity::Stories => union(buckets.map(|bucket| &bucket.stories)),
            Quantity::Voices => union(buckets.map(|bucket| &bucket.voices)),
            Quantity::Sources => union(buckets.map(|bucket| &bucket.sources)),
            Quantity::Subjects => union(buckets.map(|bucket| &bucket.subjects)),
        };
        count as f64
    }
}

fn union<'a>(mut sets: impl Iterator<Item = &'a Distinct>) -> u64 {
    let Some(first) = sets.next() else { return 0 };
    let mut rest = sets.peekable();
    if rest.peek().is_none() {
        return first.count();
    }
    let mut all = first.clone();
    rest.for_each(|set| all.merge(set));
    all.count()
}

fn count(bucket: &mut Bucket, counted: &Counted, all: bool) {
    bucket.posts += 1;
    bucket.weight += u64::from(counted.weight);
    bucket.weight_max = bucket.weight_max.max(counted.weight);
    bucket.voices.insert(counted.voice);
    bucket.sources.insert(counted.source);
    bucket.stories.insert(counted.story);
    if all {
        for &subject in &counted.subjects {
            bucket.subjects.insert(subject);
        }
    }
}

/// When the last window lets go of a bucket.
fn expires(width: BucketWidth, index: i64) -> Timestamp {
    match width {
        BucketWidth::Minute => {
            Timestamp::of_minute(index + 1) + TimeSpan::from_minutes(MINUTES_KEPT)
        }
        BucketWidth::Hour => {
            Timestamp::of_minute((index + 1) * 60) + TimeSpan::from_hours(HOURS_KEPT)
        }
    }
}
