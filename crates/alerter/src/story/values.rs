//! Which stories have a value of a sketch in a bin.
//!
//! Only a value that few stories share is ever asked for, so only these are listed; of the others
//! it is known how many they are. Lists go on to twice the bound, and one that was given up is
//! made anew from the stories themselves when so many have gone that it is asked for again: a
//! value about as common as the bound does not cost a look at every story each time.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use fengbiao_model::{Sketch, StoryId};

use crate::limits::MAX_STORIES_PER_VALUE;
use crate::record::Told;

/// A bin and the value in it.
pub(super) type Value = (u8, u16);

/// Stories that are listed with one value; of more only the number is kept.
const MAX_LISTED: usize = 2 * MAX_STORIES_PER_VALUE;

/// The stories by value. Nobody walks through the map, so its order is nobody's matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Values(HashMap<Value, Sharing, BuildHasherDefault<ValueHasher>>);

/// The stories that share a value.
#[derive(Clone, Debug)]
enum Sharing {
    /// Most values belong to one story alone.
    One(StoryId),
    /// In order.
    Few(Vec<StoryId>),
    /// How many.
    Many(usize),
}

/// What is asked for is equal, however it came about.
impl PartialEq for Sharing {
    fn eq(&self, other: &Self) -> bool {
        self.count() == other.count() && self.telling() == other.telling()
    }
}

impl Values {
    /// The stories with a value, where it is no phrase of the topic.
    pub(super) fn telling(&self, value: Value) -> &[StoryId] {
        self.0.get(&value).map_or(&[], Sharing::telling)
    }

    /// Adds a story that is not among those of the value.
    pub(super) fn insert(&mut self, value: Value, story: StoryId) {
        let Some(sharing) = self.0.get_mut(&value) else {
            self.0.insert(value, Sharing::One(story));
            return;
        };
        match sharing {
            Sharing::One(other) => {
                *sharing = Sharing::Few(vec![story.min(*other), story.max(*other)]);
            }
            Sharing::Few(all) if all.len() < MAX_LISTED => {
                let at = all.partition_point(|listed| *listed < story);
                all.insert(at, story);
            }
            Sharing::Few(all) => *sharing = Sharing::Many(all.len() + 1),
            Sharing::Many(count) => *count += 1,
        }
    }

    /// Takes a story away from a value; `left` are all the others.
    pub(super) fn remove(&mut self, value: Value, story: StoryId, left: &BTreeMap<StoryId, Told>) {
        let Some(sharing) = self.0.get_mut(&value) else {
            return;
        };
        match sharing {
            Sharing::One(_) => {
                self.0.remove(&value);
            }
            Sharing::Few(all) => {
                all.retain(|listed| *listed != story);
                if let [last] = all[..] {
                    *sharing = Sharing::One(last);
                }
            }
            Sharing::Many(count) if *count > MAX_STORIES_PER_VALUE + 1 => *count -= 1,
            Sharing::Many(_) => {
                let (bin, least) = value;
                let has = |told: &Told| told.sketch.least[usize::from(bin)] == least;
                let having = left.iter().filter(|(_, told)| has(told));
                *sharing = Sharing::Few(having.map(|(story, _)| *story).collect());
            }
        }
    }
}

impl Sharing {
    const fn count(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Few(all) => all.len(),
            Self::Many(count) => *count,
        }
    }

    fn telling(&self) -> &[StoryId] {
        match self {
            Self::One(story) => std::slice::from_ref(story),
            Self::Few(all) if all.len() <= MAX_STORIES_PER_VALUE => all,
            Self::Few(_) | Self::Many(_) => &[],
        }
    }
}

/// The bins that are not empty.
pub(super) fn values(sketch: &Sketch) -> impl Iterator<Item = Value> {
    let bins = (0..).zip(sketch.least);
    bins.filter(|(_, least)| *least != 0)
}

/// Values are pieces of hashes already: their bits are only spread over the word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ValueHasher(u64);

impl Hasher for ValueHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u16(u16::from(*byte));
        }
    }

    fn write_u8(&mut self, bin: u8) {
        self.write_u16(u16::from(bin));
    }

    fn write_u16(&mut self, value: u16) {
        // The odd number nearest to 2^64 over the golden ratio (Knuth, volume 3, 6.4).
        let mixed = (self.0.rotate_left(5) ^ u64::from(value)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

#[cfg(test)]
mod tests {
    use fengbiao_model::Timestamp;

    use super::*;

    /// Counts up past the bound and past what is listed, and down again: what is told is always
    /// what a plain list would tell.
    #[test]
    fn a_value_tells_while_few_share_it_and_again_when_few_are_left() {
        let value = (3, 7);
        let mut sketch = Sketch::default();
        sketch.least[3] = 7;
        let (mut values, mut all) = (Values::default(), BTreeMap::new());
        let check = |values: &Values, all: &BTreeMap<StoryId, Told>| {
            let few: Vec<StoryId> = all.keys().copied().collect();
            let told = values.telling(value);
            if few.len() <= MAX_STORIES_PER_VALUE {
                assert_eq!(told, few);
            } else {
                assert!(told.is_empty(), "{} stories", few.len());
            }
        };
        let most = MAX_LISTED as u64 + 3;
        for n in 0..most {
            let story = StoryId(n * 7_919 % most);
            values.insert(value, story);
            let told = Told {
                sketch,
                last_found_at: Timestamp::EPOCH,
            };
            all.insert(story, told);
            check(&values, &all);
        }
        while let Some((story, _)) = all.pop_last() {
            values.remove(value, story, &all);
            check(&values, &all);
        }
        assert_eq!(values, Values::default());
        assert!(values.telling((3, 8)).is_empty());
    }
}
