//! Windows that were measured, each kept as the one bucket that its buckets add up to.
//!
//! Derived, so no record: what is kept here always equals what summing the buckets anew would
//! give, since a bucket only grows, what grows it is counted here too, and a window that holds a
//! dropped bucket is let go.

use std::collections::BTreeMap;

use crate::distinct::Distinct;
use crate::limits::{
    MAX_RUNNING_WINDOWS_PER_STREAM, MAX_WINDOW_BUCKETS_SUMMED_EACH_TIME,
    MAX_WINDOW_POSTS_SUMMED_EACH_TIME, RUNNING_WINDOWS_PER_WIDTH,
};
use crate::record::{Bucket, BucketWidth, Listed};
use crate::tier::Quantity;

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
    /// The window over these buckets.
    pub(crate) const fn over(width: BucketWidth, buckets: &std::ops::RangeInclusive<i64>) -> Self {
        Self {
            width,
            end: *buckets.end(),
            length: *buckets.end() - *buckets.start() + 1,
        }
    }

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
pub(crate) struct Running(BTreeMap<Reach, Kept>);

/// A window that is kept, and which parts of its sum are added up.
#[derive(Clone, Debug)]
struct Kept {
    sum: Bucket,
    parts: Vec<Part>,
}

/// A part of a sum that is added up once it is asked for: of hundreds of buckets it costs far more
/// than the numbers, and most windows are asked for one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Stories,
    Voices,
    Sources,
    Subjects,
    Listed,
}

impl Part {
    const fn of(quantity: Quantity) -> Option<Self> {
        match quantity {
            Quantity::Stories => Some(Self::Stories),
            Quantity::Voices => Some(Self::Voices),
            Quantity::Sources => Some(Self::Sources),
            Quantity::Subjects => Some(Self::Subjects),
            Quantity::RankBest | Quantity::ListHours | Quantity::Lists => Some(Self::Listed),
            Quantity::Posts | Quantity::Weight | Quantity::WeightMax | Quantity::Reach => None,
        }
    }

    fn forget(self, sum: &mut Bucket) {
        match self {
            Self::Stories => sum.stories = Distinct::new(),
            Self::Voices => sum.voices = Distinct::new(),
            Self::Sources => sum.sources = Distinct::new(),
            Self::Subjects => sum.subjects = Distinct::new(),
            Self::Listed => sum.listed = Listed::default(),
        }
    }

    fn merge(self, sum: &mut Bucket, bucket: &Bucket) {
        match self {
            Self::Stories => sum.stories.merge(&bucket.stories),
            Self::Voices => sum.voices.merge(&bucket.voices),
            Self::Sources => sum.sources.merge(&bucket.sources),
            Self::Subjects => sum.subjects.merge(&bucket.subjects),
            Self::Listed => sum.listed.merge(&bucket.listed),
        }
    }
}

impl Running {
    /// The sum over a window as far as one quantity needs it, from the buckets of its width where
    /// it is not kept.
    pub(crate) fn sum(
        &mut self,
        reach: Reach,
        quantity: Quantity,
        buckets: &BTreeMap<i64, Bucket>,
    ) -> Sum<'_> {
        let part = Part::of(quantity);
        if !self.0.contains_key(&reach) {
            let (mut sum, mut summed) = (Bucket::default(), 0);
            for (_, bucket) in buckets.range(reach.buckets()) {
                merge_numbers(&mut sum, bucket);
                part.inspect(|part| part.merge(&mut sum, bucket));
                summed += 1;
            }
            let many = summed > MAX_WINDOW_BUCKETS_SUMMED_EACH_TIME
                || sum.posts > MAX_WINDOW_POSTS_SUMMED_EACH_TIME;
            if !many || !self.make_room(reach) {
                return Sum::Once(sum);
            }
            let parts = part.into_iter().collect();
            self.0.insert(reach, Kept { sum, parts });
        }
        let Some(kept) = self.0.get_mut(&reach) else {
            return Sum::Once(Bucket::default());
        };
        if let Some(part) = part.filter(|part| !kept.parts.contains(part)) {
            // What was counted since the window is kept is only the end of it.
            part.forget(&mut kept.sum);
            for (_, bucket) in buckets.range(reach.buckets()) {
                part.merge(&mut kept.sum, bucket);
            }
            kept.parts.push(part);
        }
        Sum::Kept(&kept.sum)
    }

    /// Whether a window may be kept: the one that ends first goes for one that ends later.
    fn make_room(&mut self, reach: Reach) -> bool {
        if self.0.len() < MAX_RUNNING_WINDOWS_PER_STREAM {
            return true;
        }
        let earliest = Reach {
            end: i64::MIN,
            length: 0,
            ..reach
        };
        let first = self.0.range(earliest..reach).next().map(|(kept, _)| *kept);
        match first.filter(|first| first.end < reach.end) {
            Some(first) => self.0.remove(&first).is_some(),
            None => false,
        }
    }

    /// How many windows are kept.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// How many windows are kept above what every stream may keep.
    pub(crate) fn more(&self) -> usize {
        self.0.len().saturating_sub(2 * RUNNING_WINDOWS_PER_WIDTH)
    }

    /// Keeps no more than every stream may.
    pub(crate) fn cut(&mut self) {
        for width in [BucketWidth::Minute, BucketWidth::Hour] {
            let of_width = self.0.keys().filter(|kept| kept.width == width);
            let latest = of_width.rev().nth(RUNNING_WINDOWS_PER_WIDTH - 1).copied();
            if let Some(latest) = latest {
                self.0
                    .retain(|kept, _| kept.width != width || *kept >= latest);
            }
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
            .map(|(_, kept)| &mut kept.sum)
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

fn merge_numbers(sum: &mut Bucket, bucket: &Bucket) {
    sum.posts += bucket.posts;
    sum.weight += bucket.weight;
    sum.weight_max = sum.weight_max.max(bucket.weight_max);
    sum.reach = sum.reach.saturating_add(bucket.reach);
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
        Count {
            index: i64,
            value: u64,
        },
        Widen {
            index: i64,
            by: u64,
        },
        Drop {
            index: i64,
        },
        Cut,
        Ask {
            end: i64,
            length: i64,
            quantity: Quantity,
        },
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let index = 0_i64..200;
        let quantity = prop::sample::select(vec![
            Quantity::Posts,
            Quantity::Stories,
            Quantity::Voices,
            Quantity::Sources,
            Quantity::WeightMax,
            Quantity::Reach,
            Quantity::Subjects,
            Quantity::RankBest,
            Quantity::ListHours,
            Quantity::Lists,
        ]);
        let event = prop_oneof![
            6 => (index.clone(), 0_u64..50).prop_map(|(index, value)| Event::Count { index, value }),
            2 => (index.clone(), 0_u64..50).prop_map(|(index, by)| Event::Widen { index, by }),
            1 => index.clone().prop_map(|index| Event::Drop { index }),
            1 => Just(Event::Cut),
            6 => (index, prop_oneof![Just(3_i64), Just(60), Just(150)], quantity)
                .prop_map(|(end, length, quantity)| Event::Ask { end, length, quantity }),
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
                    Event::Cut => {
                        running.cut();
                        prop_assert_eq!(running.more(), 0);
                    }
                    Event::Ask { end, length, quantity } => {
                        let reach = Reach { width: WIDTH, end, length };
                        let sum = running.sum(reach, quantity, &buckets);
                        kept += usize::from(matches!(sum, Sum::Kept(_)));
                        let mut anew = Bucket::default();
                        for (_, bucket) in buckets.range(reach.buckets()) {
                            merge_numbers(&mut anew, bucket);
                            Part::of(quantity).inspect(|part| part.merge(&mut anew, bucket));
                        }
                        let of = |bucket: &Bucket| bucket.measure(quantity).to_bits();
                        prop_assert_eq!(of(&sum), of(&anew), "{:?}", quantity);
                    }
                }
                prop_assert!(running.0.len() <= MAX_RUNNING_WINDOWS_PER_STREAM);
            }
            prop_assert!(buckets.len() < 100 || kept > 0);
        }
    }
}
