//! Stories: which of those that were told lately a new post tells again.
//!
//! A story is known by the sketch of the post that began it and named by that post's text. A new
//! post belongs to the story of the post it passes on, else to the one of equal text, else to the
//! one it is most like among those it is a copy of, else it begins one. It is compared with the
//! first post of each story only: a story does not drift from copy to copy, and none of its posts
//! but the first needs to be kept.
//!
//! So the order of arrival can tell at the margin: where A is a copy of B and B of C but A not of
//! C, `B A C` is one story and `A B C` are two. What counts stories may differ by that; posts,
//! voices, sources and weights never do.

mod likeness;
mod shelf;
mod values;

use std::collections::BTreeMap;

use fengbiao_model::{Signature, Sketch, StoryId, Timestamp, TopicId};

pub use likeness::{are_copies, likeness};

use crate::outcome::Outcome;
use crate::record::Told;
use crate::step::{Change, Remark};
use shelf::Shelf;

/// The stories of every topic.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stories(BTreeMap<TopicId, Shelf>);

impl Stories {
    /// The story that a post of this signature tells again; none where it is new.
    pub(crate) fn find(&self, topic: &TopicId, signature: &Signature) -> Option<StoryId> {
        self.0.get(topic)?.find(signature)
    }

    /// What is known of a story.
    pub(crate) fn told(&self, topic: &TopicId, story: StoryId) -> Option<&Told> {
        self.0.get(topic)?.told(story)
    }

    /// A post tells a story, which begins with it where it is not known. Where a topic has too
    /// many, the one that was told the longest ago goes.
    pub(crate) fn tell(
        &mut self,
        topic: &TopicId,
        story: StoryId,
        sketch: &Sketch,
        found_at: Timestamp,
        out: &mut Outcome,
    ) {
        let shelf = self.0.entry(topic.clone()).or_default();
        match shelf.told(story) {
            Some(known) if known.last_found_at >= found_at => return,
            Some(_) => shelf.tell_again(story, found_at),
            None => {
                let told = Told {
                    sketch: *sketch,
                    last_found_at: found_at,
                };
                shelf.put(story, told);
            }
        }
        out.touched.told.insert((topic.clone(), story));
        if let Some(gone) = shelf.make_room() {
            out.touched.told.insert((topic.clone(), gone));
            out.remark(Remark::StoryForgotten(topic.clone()));
        }
    }

    /// Puts back a stored story.
    pub(crate) fn put(&mut self, topic: TopicId, story: StoryId, told: Told) {
        self.0.entry(topic).or_default().put(story, told);
    }

    /// Forgets the stories that no window reaches any more.
    pub(crate) fn expire(&mut self, event: Timestamp, out: &mut Outcome) {
        for (topic, shelf) in &mut self.0 {
            while let Some(gone) = shelf.expire(event) {
                out.touched.told.insert((topic.clone(), gone));
            }
        }
    }

    /// All stories as records.
    pub(crate) fn records(&self) -> impl Iterator<Item = Change> {
        self.0.iter().flat_map(|(topic, shelf)| {
            let all = shelf.all();
            all.map(|(story, told)| Change::Told(topic.clone(), story, *told))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::{MAX_STORIES_PER_TOPIC, MAX_STORIES_PER_VALUE, STORY_KEPT};

    fn topic() -> TopicId {
        TopicId::new("food").unwrap()
    }

    /// Texts of `runs` runs that share those below `from` with text `0`.
    fn signature(text: u16, shared: usize) -> Signature {
        let least = std::array::from_fn(|bin| {
            if bin < shared {
                1 + u16::try_from(bin).unwrap()
            } else {
                100 + text
            }
        });
        Signature {
            story: StoryId(u64::from(text)),
            sketch: Sketch {
                runs: 60,
                numbers: 0,
                least,
            },
        }
    }

    fn take(stories: &mut Stories, signature: &Signature, minute: i64) -> StoryId {
        let found = stories.find(&topic(), signature);
        let story = found.unwrap_or(signature.story);
        let (at, mut out) = (Timestamp::of_minute(minute), Outcome::default());
        stories.tell(&topic(), story, &signature.sketch, at, &mut out);
        story
    }

    #[test]
    fn a_post_is_compared_with_the_first_of_each_story() {
        let mut stories = Stories::default();
        assert_eq!(take(&mut stories, &signature(0, 32), 0), StoryId(0));
        assert_eq!(
            take(&mut stories, &signature(1, 24), 1),
            StoryId(0),
            "24 of 32 bins"
        );
        assert_eq!(
            take(&mut stories, &signature(2, 8), 2),
            StoryId(2),
            "8 of 32 bins"
        );
        assert_eq!(
            take(&mut stories, &signature(2, 8), 3),
            StoryId(2),
            "equal text"
        );
        assert_eq!(stories.records().count(), 2);
    }

    #[test]
    fn values_that_many_stories_share_tell_nothing_and_the_others_do() {
        let mut stories = Stories::default();
        let many = u16::try_from(MAX_STORIES_PER_VALUE).unwrap() + 5;
        for text in 0..many {
            let story = StoryId(u64::from(text));
            assert_eq!(take(&mut stories, &signature(text, 8), 0), story);
        }
        for text in 0..many {
            let mut copy = signature(text, 8);
            copy.story = StoryId(9_999);
            copy.sketch.least[31] = 7;
            assert_eq!(take(&mut stories, &copy, 0), StoryId(u64::from(text)));
        }
    }

    #[test]
    fn a_full_topic_forgets_what_was_told_the_longest_ago_and_says_so() {
        let (mut stories, mut out) = (Stories::default(), Outcome::default());
        let mut tell = |id: u64, minute| {
            let at = Timestamp::of_minute(minute);
            stories.tell(&topic(), StoryId(id), &Sketch::default(), at, &mut out);
        };
        let most = MAX_STORIES_PER_TOPIC as u64;
        (0..most).for_each(|id| tell(id, 1));
        tell(0, 2);
        tell(most, 3);
        assert_eq!(stories.records().count(), MAX_STORIES_PER_TOPIC);
        assert!(stories.told(&topic(), StoryId(0)).is_some(), "told again");
        assert!(stories.told(&topic(), StoryId(1)).is_none());
        assert_eq!(out.effects.remarks, [Remark::StoryForgotten(topic())]);
    }

    #[test]
    fn stories_are_forgotten_when_no_window_reaches_them() {
        let mut stories = Stories::default();
        take(&mut stories, &signature(0, 32), 0);
        take(&mut stories, &signature(1, 0), 0);
        take(&mut stories, &signature(1, 0), 60);
        let mut out = Outcome::default();
        stories.expire(Timestamp::of_minute(0) + STORY_KEPT, &mut out);
        assert_eq!(out.touched.told, [(topic(), StoryId(0))].into());
        assert!(stories.told(&topic(), StoryId(1)).is_some());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// What look-up by values finds is what comparing with every story would find, and the
        /// records make the same stories again.
        #[test]
        fn nothing_that_is_a_copy_is_overlooked(
            texts in prop::collection::vec((0..200_u16, 0..=32_usize, 0..500_i64), 1..80)
        ) {
            let mut stories = Stories::default();
            for (text, shared, minute) in texts {
                let mut new = signature(text, shared);
                new.story = StoryId(u64::from(text) * 100 + shared as u64);
                let shelf = stories.0.entry(topic()).or_default();
                let alike = |sketch: &Sketch| likeness(sketch, &new.sketch);
                let best = shelf
                    .all()
                    .filter(|(_, told)| are_copies(&told.sketch, &new.sketch))
                    .map(|(_, told)| alike(&told.sketch))
                    .max_by(f64::total_cmp);
                let known = shelf.told(new.story).is_some();
                let found = shelf.find(&new);
                let told = found.and_then(|story| shelf.told(story));
                if known {
                    prop_assert_eq!(found, Some(new.story));
                } else {
                    prop_assert_eq!(told.map(|told| alike(&told.sketch)), best);
                }
                take(&mut stories, &new, minute);
                let mut again = Stories::default();
                for record in stories.records() {
                    if let Change::Told(topic, story, told) = record {
                        again.put(topic, story, told);
                    }
                }
                prop_assert_eq!(&again.0, &stories.0);
            }
        }
    }
}
