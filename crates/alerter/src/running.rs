//! Windows that were measured, each kept as the one bucket that its buckets add up to.
//!
//! Derived, so no record: what is kept here always equals what summing the buckets anew would
//! give, since a bucket only grows, what grows it is counted here too, and a window that holds a
//! dropped bucket is let go.

use std::collections::BTreeMap;

use crate::limits::{
    MAX_RUNNING_WINDOWS_PER_STREAM, MAX_WINDOW_BUCKETS_SUMMED_EACH_TIME,
    MAX_WINDOW_POSTS_SUMMED_EACH_TIME,
};
use crate::record::{Bucket, BucketWidth};

/// A window: so many buckets of a width, the last of them included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reach {
    pub(crate) width: BucketWidth,
    /// The last bucket.
    pub(crate) end: i64,
    /// How many buckets.
    pub(crate) length: i64,
}

impl Reach {
    const fn first(self) -> i64 {
        self.end - self.length + 1
    }

    /// Its buckets.
    pub(crate) const fn buckets(self) -> std::ops::RangeInclusive<i64> {
        self.first()..=self.end
    }
}

/// The running windows of one stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Running(BTreeMap<Reach, Bucket>);

impl Running {
    /// The sum over a window, from the buckets of its width where it is not kept.
    pub(crate) fn sum(&mut self, reach: Reach, buckets: &BTreeMap<i64, Bucket>) -> Sum<'_> {
        if !self.0.contains_key(&reach) {
            let mut within = buckets.range(reach.buckets()).map(|(_, bucket)| bucket);
            let mut sum = Bucket::default();
            let few = within.by_ref().take(MAX_WINDOW_BUCKETS_SUMMED_EACH_TIME);
            few.for_each(|bucket| merge(&mut sum, bucket));
            let mut many = sum.posts > MAX_WINDOW_POSTS_SUMMED_EACH_TIME;
            for bucket in within {
                merge(&mut sum, bucket);
                many = true;
            }
            if !many || !self.make_room(reach) {
                return Sum::Once(sum);
            }
            self.0.insert(reach, sum);
        }
        self.0
            .get(&reach)
            .map_or_else(|| Sum::Once(Bucket::default()), Sum::Kept)
    }

    /// Whether a window may be kept: the one that ends first goes for one that ends later.
    fn make_room(&mut self, reach: Reach) -> bool {
        let of_width = self.0.keys().filter(|kept| kept.width == reach.width);
        if of_width.count() < MAX_RUNNING_WINDOWS_PER_STREAM {
            return true;
        }
        let first = self
            .0
            .keys()
            .find(|kept| kept.width == reach.width)
            .copied();
        match first.filter(|first| first.end < reach.end) {
            Some(first) => self.0.remove(&first).is_some(),
            None => false,
        }
    }

    /// Counts a post, or a sighting of one, in every window that holds its bucket.
    pub(crate) fn add(&mut self, width: BucketWidth, index: i64, count: &impl Fn(&mut Bucket)) {
        self.holding(width, index).for_each(count);
    }

    /// The sums of the windows that hold a bucket.
    fn holding(&mut self, width: BucketWidth, index: i64) -> impl Iterator<Item = &mut Bucket> {
        let earliest = Reach {
            width,
            end: index,
            length: 0,
        };
        let later = self.0.range_mut(earliest..);
        later
            .take_while(move |(reach, _)| reach.width == width)
            .filter(move |(reach, _)| reach.first() <= index)
            .map(|(_, sum)| sum)
    }

    /// Lets go of every window that holds a bucket.
    pub(crate) fn forget(&mut self, width: BucketWidth, index: i64) {
        self.0
            .retain(|reach, _| reach.width != width || !reach.buckets().contains(&index));
    }
}

/// The sum over a window.
pub(crate) enum Sum<'a> {
    Kept(&'a Bucket),
    Once(Bucket),
}

impl std::ops::Deref for Sum<'_> {
    type Target = Bucket;

    fn deref(&self) -> &Bucket {
        match self {
            Self::Kept(bucket) => bucket,
            Self::Once(bucket) => bucket,
        }
    }
}

fn merge(sum: &mut Bucket, bucket: &Bucket) {
    sum.posts += bucket.posts;
    sum.weight += bucket.weight;
    sum.weight_max = sum.weight_max.max(bucket.weight_max);
    sum.reach = sum.reach.saturating_add(bucket.reach);
    sum.voices.merge(&bucket.voices);
    sum.sources.merge(&bucket.sources);
    sum.stories.merge(&bucket.stories);
    sum.subjects.merge(&bucket.subjects);
    sum.listed.merge(&bucket.listed);
}

#[cfg(test)]
mod tests {
    use fengbiao_model::StoryId;
    use proptest::prelude::*;

    use super::*;
    use crate::listed::Sighting;
    use crate::window::Counted;

    const WIDTH: BucketWidth = BucketWidth::Minute;

    #[derive(Clone, Debug)]
    enum Event {
        Count { index: i64, value: u64 },
        Widen { index: i64, by: u64 },
        Drop { index: i64 },
        Ask { end: i64, length: i64 },
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let index = 0_i64..200;
        let event = prop_oneof![
            6 => (index.clone(), 0_u64..50).prop_map(|(index, value)| Event::Count { index, value }),
            2 => (index.clone(), 0_u64..50).prop_map(|(index, by)| Event::Widen { index, by }),
            1 => index.clone().prop_map(|index| Event::Drop { index }),
            6 => (index, prop_oneof![Just(3_i64), Just(60), Just(150)])
                .prop_map(|(end, length)| Event::Ask { end, length }),
        ];
        prop::collection::vec(event, 1..600)
    }

    fn counted(value: u64) -> Counted {
        Counted {
            weight: u8::try_from(value % 10).unwrap(),
            reach: value % 7,
            voice: value,
            source: value % 3,
            story: StoryId(value % 17),
            subjects: vec![value % 5],
            sighting: value.is_multiple_of(2).then_some(Sighting {
                list: Some(value % 7),
                rank: u32::try_from(value).ok().filter(|rank| rank % 3 > 0),
                minutes: value,
            }),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_kept_sum_is_the_sum_of_the_buckets(events in events()) {
            let (mut running, mut buckets) = (Running::default(), BTreeMap::new());
            let mut kept = 0;
            for event in events {
                match event {
                    Event::Count { index, value } => {
                        running.add(WIDTH, index, &|sum| sum.count(&counted(value), true));
                        let bucket: &mut Bucket = buckets.entry(index).or_default();
                        bucket.count(&counted(value), true);
                    }
                    Event::Widen { index, by } => {
                        if let Some(bucket) = buckets.get_mut(&index) {
                            bucket.reach += by;
                            running.add(WIDTH, index, &|sum| sum.reach += by);
                        }
                    }
                    Event::Drop { index } => {
                        running.forget(WIDTH, index);
                        buckets.remove(&index);
                    }
                    Event::Ask { end, length } => {
                        let reach = Reach { width: WIDTH, end, length };
                        let sum = running.sum(reach, &buckets);
                        kept += usize::from(matches!(sum, Sum::Kept(_)));
                        let anew = Running::default().sum(reach, &buckets).clone();
                        prop_assert_eq!(&*sum, &anew);
                    }
                }
                prop_assert!(running.0.len() <= MAX_RUNNING_WINDOWS_PER_STREAM);
            }
            prop_assert!(buckets.len() < 100 || kept > 0);
        }
    }
}
