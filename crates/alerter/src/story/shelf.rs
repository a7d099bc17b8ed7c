//! The stories of one topic, found by the values of their sketches.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_model::{Signature, StoryId, Timestamp};

use super::likeness::copy_likeness;
use super::values::{Values, values};
use crate::limits::{MAX_STORIES_PER_TOPIC, MIN_SHARED_VALUES, STORY_KEPT};
use crate::record::Told;

/// The stories of one topic.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shelf {
    told: BTreeMap<StoryId, Told>,
    /// Derived: the longest untold first.
    by_time: BTreeSet<(Timestamp, StoryId)>,
    /// Derived: the stories with a value in a bin.
    by_value: Values,
}

impl Shelf {
    pub(super) fn told(&self, story: StoryId) -> Option<&Told> {
        self.told.get(&story)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (StoryId, &Told)> {
        self.told.iter().map(|(story, told)| (*story, told))
    }

    /// The story of equal text, else the one that is most alike among those it is a copy of (of
    /// several, the least id). Values that too many stories have say nothing and are passed over.
    pub(super) fn find(&self, signature: &Signature) -> Option<StoryId> {
        if self.told.contains_key(&signature.story) {
            return Some(signature.story);
        }
        let telling = values(&signature.sketch).flat_map(|value| self.by_value.telling(value));
        let mut candidates: Vec<StoryId> = telling.copied().collect();
        candidates.sort_unstable();
        let alike = candidates.chunk_by(|a, b| a == b).filter_map(|shared| {
            let story = *shared
                .first()
                .filter(|_| shared.len() >= MIN_SHARED_VALUES)?;
            let sketch = &self.told.get(&story)?.sketch;
            Some((copy_likeness(sketch, &signature.sketch)?, story))
        });
        let best = alike.max_by(|(a, x), (b, y)| a.total_cmp(b).then(y.cmp(x)));
        best.map(|(_, story)| story)
    }

    /// Puts a story, or what is known of it now.
    pub(super) fn put(&mut self, story: StoryId, told: Told) {
        self.remove(story);
        self.by_time.insert((told.last_found_at, story));
        for value in values(&told.sketch) {
            self.by_value.insert(value, story);
        }
        self.told.insert(story, told);
    }

    /// A known story was told later than before. Its sketch stays, and so do its values.
    pub(super) fn tell_again(&mut self, story: StoryId, found_at: Timestamp) {
        let Some(told) = self.told.get_mut(&story) else {
            return;
        };
        self.by_time.remove(&(told.last_found_at, story));
        told.last_found_at = found_at;
        self.by_time.insert((found_at, story));
    }

    /// The story that was told the longest ago goes where there are too many.
    pub(super) fn make_room(&mut self) -> Option<StoryId> {
        let full = self.told.len() > MAX_STORIES_PER_TOPIC;
        let (_, oldest) = self.by_time.first().copied().filter(|_| full)?;
        self.remove(oldest);
        Some(oldest)
    }

    /// Forgets a story that was told too long ago, if there is one.
    pub(super) fn expire(&mut self, event: Timestamp) -> Option<StoryId> {
        let (at, oldest) = self.by_time.first().copied()?;
        if at + STORY_KEPT > event {
            return None;
        }
        self.remove(oldest);
        Some(oldest)
    }

    fn remove(&mut self, story: StoryId) {
        let Some(told) = self.told.remove(&story) else {
            return;
        };
        self.by_time.remove(&(told.last_found_at, story));
        for value in values(&told.sketch) {
            self.by_value.remove(value, story, &self.told);
        }
    }
}
