//! Windows: what was counted in each minute and hour, for each topic and subject.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use fengbiao_model::{StoryId, SubjectKey, TimeSpan, Timestamp, TopicId};

use crate::history::{Histories, LookBack};
use crate::limits::{HOURS_KEPT, MAX_MORE_RUNNING_WINDOWS, MINUTES_KEPT};
use crate::listed::Sighting;
use crate::outcome::Outcome;
use crate::record::{Bucket, BucketKey, BucketWidth};
use crate::running::{Reach, Running};
use crate::step::Change;
use crate::tier::{Metric, Quantity, Window};

/// A topic and a subject: what has windows and incidents of its own.
pub(crate) type Stream = (TopicId, SubjectKey);

/// What one post adds to a bucket.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    pub(crate) weight: u8,
    pub(crate) reach: u64,
    pub(crate) voice: u64,
    pub(crate) source: u64,
    pub(crate) story: StoryId,
    /// The named subjects; counted under `*` only.
    pub(crate) subjects: Vec<u64>,
    /// Where it comes from a ranking source.
    pub(crate) sighting: Option<Sighting>,
}

/// The buckets of one stream, by minute and hour since the epoch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series {
    minutes: BTreeMap<i64, Bucket>,
    hours: BTreeMap<i64, Bucket>,
    running: Running,
    histories: Histories,
    /// Derived: under which time it stands in [`Windows::expiry`].
    expires: Option<Timestamp>,
}

/// All buckets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Windows {
    series: BTreeMap<Stream, Series>,
    /// Derived: when the first bucket of each stream falls out of every window (event clock). One
    /// entry a stream, since a stream has a bucket for nearly every post where there are many.
    expiry: BTreeSet<(Timestamp, Stream)>,
    /// Derived: the streams that keep more sums of windows than every stream may, and how many more.
    more_running: BTreeMap<Stream, usize>,
    /// Derived: the sum of these.
    all_more_running: usize,
}

impl Windows {
    pub(crate) fn series(&mut self, stream: &Stream) -> Option<&mut Series> {
        self.series.get_mut(stream)
    }

    /// Takes the buckets of a stream out, so that they can be read beside those of others.
    pub(crate) fn take(&mut self, stream: &Stream) -> Series {
        let series = self.series.get_mut(stream);
        series.map(std::mem::take).unwrap_or_default()
    }

    /// The way back from [`Self::take`].
    pub(crate) fn give_back(&mut self, stream: &Stream, series: Series) {
        let more = series.running.more();
        if let Some(place) = self.series.get_mut(stream) {
            *place = series;
        }
        let before = match self.more_running.get_mut(stream) {
            Some(before) => std::mem::replace(before, more),
            None if more == 0 => return,
            None => {
                self.more_running.insert(stream.clone(), more);
                0
            }
        };
        self.all_more_running = self.all_more_running + more - before;
        if self.all_more_running > MAX_MORE_RUNNING_WINDOWS {
            self.cut_running();
        }
    }

    /// No stream keeps more sums of windows than every stream may.
    fn cut_running(&mut self) {
        self.all_more_running = 0;
        for stream in std::mem::take(&mut self.more_running).into_keys() {
            if let Some(series) = self.series.get_mut(&stream) {
                series.running.cut();
            }
        }
    }

    /// Every minute bucket, by stream.
    pub(crate) fn minutes_with_hits(&self) -> impl Iterator<Item = (&Stream, i64)> {
        let all = self.series.iter();
        all.flat_map(|(stream, series)| series.minutes.keys().map(move |at| (stream, *at)))
    }

    /// Counts a post in the buckets of its minute and hour, where these are still kept.
    pub(crate) fn add(
        &mut self,
        stream: &Stream,
        found_at: Timestamp,
        event: Timestamp,
        counted: &Counted,
        out: &mut Outcome,
    ) {
        let all = stream.1 == SubjectKey::All;
        let count = |bucket: &mut Bucket| bucket.count(counted, all);
        self.grow(stream, found_at, event, &count, out);
    }

    /// Counts a post that a list holds still, in the buckets of that time.
    pub(crate) fn sight(
        &mut self,
        stream: &Stream,
        seen_at: Timestamp,
        event: Timestamp,
        sighting: &Sighting,
        out: &mut Outcome,
    ) {
        let count = |bucket: &mut Bucket| bucket.listed.count(sighting);
        self.grow(stream, seen_at, event, &count, out);
    }

    fn grow(
        &mut self,
        stream: &Stream,
        at: Timestamp,
        event: Timestamp,
        count: &impl Fn(&mut Bucket),
        out: &mut Outcome,
    ) {
        let minute = at.minute();
        for (width, index) in [
            (BucketWidth::Minute, minute),
            (BucketWidth::Hour, minute / 60),
        ] {
            if expires(width, index) <= event {
                continue;
            }
            if !self.series.contains_key(stream) {
                self.series.insert(stream.clone(), Series::default());
            }
            let Some(series) = self.series.get_mut(stream) else {
                continue;
            };
            series.running.add(width, index, count);
            series.histories.forget(width, index);
            match series.slots(width).entry(index) {
                Entry::Occupied(bucket) => count(bucket.into_mut()),
                Entry::Vacant(place) => {
                    count(place.insert(Bucket::default()));
                    self.retime(stream);
                }
            }
            out.touched.bucket(stream, width, index);
        }
    }

    /// The buckets of hours of one stream.
    pub(crate) fn hours(&self, stream: &Stream) -> Option<&BTreeMap<i64, Bucket>> {
        Some(&self.series.get(stream)?.hours)
    }

    /// The posts of each subject of a topic found since a time: to the minute where minutes are
    /// kept that far back, else to the hour.
    pub(crate) fn posts_since<'a>(
        &'a self,
        topic: &'a TopicId,
        since: Timestamp,
        event: Timestamp,
    ) -> impl Iterator<Item = (&'a SubjectKey, u64)> {
        let minute = since.minute();
        let in_minutes = minute + MINUTES_KEPT > event.minute();
        let of_topic = self.series.iter().filter(move |((of, _), _)| of == topic);
        of_topic.map(move |((_, subject), series)| {
            let buckets = if in_minutes {
                series.minutes.range(minute..)
            } else {
                series.hours.range(minute.div_euclid(60)..)
            };
            (subject, buckets.map(|(_, bucket)| bucket.posts).sum())
        })
    }

    /// Buckets of a stream as they stand now, or that they are gone.
    pub(crate) fn changes(
        &self,
        stream: &Stream,
        buckets: BTreeSet<(BucketWidth, i64)>,
    ) -> impl Iterator<Item = Change> {
        let series = self.series.get(stream);
        buckets.into_iter().map(move |(width, index)| {
            let key = key(stream, width, index);
            let slots = series.map(|series| match width {
                BucketWidth::Minute => &series.minutes,
                BucketWidth::Hour => &series.hours,
            });
            match slots.and_then(|slots| slots.get(&index)) {
                Some(bucket) => Change::Bucket(key, bucket.clone()),
                None => Change::DropBucket(key),
            }
        })
    }

    /// A post that was counted reaches wider by so much: its buckets grow, where they are kept.
    pub(crate) fn widen(
        &mut self,
        stream: &Stream,
        found_at: Timestamp,
        by: u64,
        out: &mut Outcome,
    ) {
        let Some(series) = self.series.get_mut(stream) else {
            return;
        };
        let minute = found_at.minute();
        for (width, index) in [
            (BucketWidth::Minute, minute),
            (BucketWidth::Hour, minute / 60),
        ] {
            let Some(bucket) = series.slots(width).get_mut(&index) else {
                continue;
            };
            let widen = |bucket: &mut Bucket| bucket.reach = bucket.reach.saturating_add(by);
            widen(bucket);
            series.running.add(width, index, &widen);
            out.touched.bucket(stream, width, index);
        }
    }

    /// Puts back a stored bucket.
    pub(crate) fn put(&mut self, key: BucketKey, bucket: Bucket) {
        let stream = (key.topic.clone(), key.subject.clone());
        let series = self.series.entry(stream).or_default();
        series.running.forget(key.width, key.index);
        series.histories.forget(key.width, key.index);
        series.slots(key.width).insert(key.index, bucket);
        self.retime(&(key.topic, key.subject));
    }

    /// A stream has another first bucket, perhaps.
    fn retime(&mut self, stream: &Stream) {
        let Some(series) = self.series.get_mut(stream) else {
            return;
        };
        let first = series.first_expiry();
        let before = std::mem::replace(&mut series.expires, first);
        if before == first {
            return;
        }
        if let Some(before) = before {
            self.expiry.remove(&(before, stream.clone()));
        }
        self.expiry.extend(first.map(|at| (at, stream.clone())));
    }

    /// Drops what no window reaches any more.
    pub(crate) fn expire(&mut self, event: Timestamp, out: &mut Outcome) {
        while self.expiry.first().is_some_and(|(at, _)| *at <= event) {
            let Some((_, stream)) = self.expiry.pop_first() else {
                break;
            };
            let Some(series) = self.series.get_mut(&stream) else {
                continue;
            };
            series.expires = None;
            for width in [BucketWidth::Minute, BucketWidth::Hour] {
                while let Some(index) = series.drop_first(width, event) {
                    out.touched.bucket(&stream, width, index);
                }
            }
            if series.is_empty() {
                self.series.remove(&stream);
            } else {
                self.retime(&stream);
            }
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
}

impl Series {
    const fn slots(&mut self, width: BucketWidth) -> &mut BTreeMap<i64, Bucket> {
        match width {
            BucketWidth::Minute => &mut self.minutes,
            BucketWidth::Hour => &mut self.hours,
        }
    }

    /// When the first bucket falls out of every window.
    fn first_expiry(&self) -> Option<Timestamp> {
        let first = |slots: &BTreeMap<i64, Bucket>| slots.keys().next().copied();
        let minute = first(&self.minutes).map(|index| expires(BucketWidth::Minute, index));
        let hour = first(&self.hours).map(|index| expires(BucketWidth::Hour, index));
        minute.into_iter().chain(hour).min()
    }

    /// Drops the first bucket of a width where no window reaches it any more.
    fn drop_first(&mut self, width: BucketWidth, event: Timestamp) -> Option<i64> {
        let first = self.slots(width).first_entry()?;
        let index = *first.key();
        if expires(width, index) > event {
            return None;
        }
        first.remove();
        self.running.forget(width, index);
        self.histories.forget(width, index);
        Some(index)
    }

    fn is_empty(&self) -> bool {
        self.minutes.is_empty() && self.hours.is_empty()
    }

    /// `minute`, and each later one within `reach` minutes that holds hits.
    pub(crate) fn minutes_from(
        &self,
        minute: i64,
        reach: i64,
    ) -> impl Iterator<Item = i64> + use<'_> {
        let later = self
            .minutes
            .range(minute + 1..=minute + reach.max(0))
            .map(|(&at, _)| at);
        [minute].into_iter().chain(later)
    }

    /// The counts of the windows before the one that ends with `minute`, oldest first.
    pub(crate) fn history(&mut self, back: LookBack, minute: i64) -> Vec<f64> {
        let buckets = match back.width() {
            BucketWidth::Minute => &self.minutes,
            BucketWidth::Hour => &self.hours,
        };
        self.histories
            .counts(back, minute, buckets, &mut self.running)
    }

    /// A count whose window ends with `minute`, that minute included; zero for a window that is
    /// the life of an incident, which buckets do not know.
    pub(crate) fn measure(&mut self, metric: Metric, minute: i64) -> f64 {
        let (width, end, length) = match metric.window {
            Window::Life => return 0.0,
            Window::Minutes(length) => (BucketWidth::Minute, minute, length),
            Window::Hours(length) => (BucketWidth::Hour, minute / 60, length),
        };
        let reach = Reach { width, end, length };
        let buckets = match width {
            BucketWidth::Minute => &self.minutes,
            BucketWidth::Hour => &self.hours,
        };
        self.running
            .sum(reach, metric.quantity, buckets)
            .measure(metric.quantity)
    }
}

impl Bucket {
    /// A quantity of it, as conditions compare it.
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub(crate) fn measure(&self, quantity: Quantity) -> f64 {
        let count = match quantity {
            Quantity::Posts => self.posts,
            Quantity::Weight => self.weight,
            Quantity::Reach => self.reach,
            Quantity::WeightMax => u64::from(self.weight_max),
            Quantity::Stories => self.stories.count(),
            Quantity::Voices => self.voices.count(),
            Quantity::Sources => self.sources.count(),
            Quantity::Subjects => self.subjects.count(),
            Quantity::Lists => self.listed.lists.count(),
            Quantity::RankBest => return self.listed.place(),
            Quantity::ListHours => return self.listed.hours(),
        };
        count as f64
    }

    /// Counts a post; `all` says whether the bucket belongs to `*`.
    pub(crate) fn count(&mut self, counted: &Counted, all: bool) {
        self.posts += 1;
        self.weight += u64::from(counted.weight);
        self.weight_max = self.weight_max.max(counted.weight);
        self.reach = self.reach.saturating_add(counted.reach);
        self.voices.insert(counted.voice);
        self.sources.insert(counted.source);
        self.stories.insert(counted.story.0);
        if all {
            for &subject in &counted.subjects {
                self.subjects.insert(subject);
            }
        }
        if let Some(sighting) = &counted.sighting {
            self.listed.count(sighting);
        }
    }
}

fn key((topic, subject): &Stream, width: BucketWidth, index: i64) -> BucketKey {
    BucketKey {
        topic: topic.clone(),
        subject: subject.clone(),
        width,
        index,
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

#[cfg(test)]
mod tests;
