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
use crate::window::Counted;

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

    /// Counts a post in every window that holds its bucket.
    pub(crate) fn add(&mut self, width: BucketWidth, index: i64, counted: &Counted, all: bool) {
        let earliest = Reach {
            width,
            end: index,
            length: 0,
        };
        let later = self.0.range_mut(earliest..);
        for (reach, sum) in later.take_while(|(reach, _)| reach.width == width) {
            if reach.first() <= index {
                sum.count(counted, all);
            }
        }
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
    sum.voices.merge(&bucket.voices);
    sum.sources.merge(&bucket.sources);
    sum.stories.merge(&bucket.stories);
    sum.subjects.merge(&bucket.subjects);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WIDTH: BucketWidth = BucketWidth::Minute;

    #[derive(Clone, Debug)]
    enum Event {
        Count { index: i64, value: u64 },
        Drop { index: i64 },
        Ask { end: i64, length: i64 },
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let index = 0_i64..200;
        let event = prop_oneof![
            6 => (index.clone(), 0_u64..50).prop_map(|(index, value)| Event::Count { index, value }),
            1 => index.clone().prop_map(|index| Event::Drop { index }),
            6 => (index, prop_oneof![Just(3_i64), Just(60), Just(150)])
                .prop_map(|(end, length)| Event::Ask { end, length }),
        ];
        prop::collection::vec(event, 1..600)
    }

    fn counted(value: u64) -> Counted {
        Counted {
            weight: u8::try_from(value % 10).unwrap(),
            voice: value,
            source: value % 3,
            story: value % 17,
            subjects: vec![value % 5],
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
                        running.add(WIDTH, index, &counted(value), true);
                        let bucket: &mut Bucket = buckets.entry(index).or_default();
                        bucket.count(&counted(value), true);
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
