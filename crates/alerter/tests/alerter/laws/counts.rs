//! What an incident counts, worked out from its posts one by one.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_alerter::{Change, Effects, Step};
use fengbiao_model::*;

/// A post without a voice is one of its source.
type Speaker = Result<Voice, SourceId>;

/// One post as it was taken.
#[derive(Clone)]
struct Taken {
    speaker: Speaker,
    source: SourceId,
    story: StoryId,
    weight: u8,
}

/// What one incident counts.
#[derive(Clone, Default)]
pub(super) struct Counted {
    posts: BTreeMap<PostId, Taken>,
    speakers: BTreeSet<Speaker>,
    sources: BTreeSet<SourceId>,
    stories: BTreeSet<StoryId>,
    weight: u8,
}

impl Counted {
    pub(super) fn totals(&self) -> Totals {
        Totals {
            posts: self.posts.len() as u64,
            voices: self.speakers.len() as u64,
            sources: self.sources.len() as u64,
            stories: self.stories.len() as u64,
            weight_max: self.weight,
        }
    }

    pub(super) fn has(&self, post: PostId) -> bool {
        self.posts.contains_key(&post)
    }

    fn add(&mut self, post: PostId, taken: Taken) {
        self.speakers.insert(taken.speaker.clone());
        self.sources.insert(taken.source.clone());
        self.stories.insert(taken.story);
        self.weight = self.weight.max(taken.weight);
        let known = self.posts.insert(post, taken);
        assert!(known.is_none(), "a member twice: {post}");
    }

    fn take_in(&mut self, other: Self) {
        self.posts.extend(other.posts);
        self.speakers.extend(other.speakers);
        self.sources.extend(other.sources);
        self.stories.extend(other.stories);
        self.weight = self.weight.max(other.weight);
    }
}

/// What all incidents count, step by step; each step has one input at most.
#[derive(Default)]
pub(super) struct Counts {
    of: BTreeMap<IncidentId, Counted>,
    numbers: BTreeMap<IncidentNumber, IncidentId>,
    /// What the step at hand brings.
    brought: Option<Taken>,
    /// From which incident it splits posts off.
    split: Option<IncidentId>,
}

impl Counts {
    pub(super) fn of(&self, id: IncidentId) -> &Counted {
        &self.of[&id]
    }

    /// A step is taken: its changes follow, in order.
    pub(super) fn begin(&mut self, step: &Step, effects: &Effects) {
        self.brought = step.hits.first().and_then(|(_, record)| {
            let HitRecord::Hit(hit) = record else {
                return None;
            };
            let mut changes = effects.changes.iter();
            let story = changes.find_map(|change| match change {
                Change::Remember(topic, post, memory) => {
                    (*topic == hit.topic && *post == hit.post.id).then_some(memory.story)
                }
                _ => None,
            })?;
            let source = hit.post.source.clone();
            Some(Taken {
                speaker: hit.post.voice.ok_or_else(|| source.clone()),
                source,
                story,
                weight: hit.weight(),
            })
        });
        self.split = step.commands.first().and_then(|command| {
            let Action::Incident { incident, .. } = &command.action else {
                return None;
            };
            self.numbers.get(incident).copied()
        });
    }

    pub(super) fn take(&mut self, change: &Change) {
        match change {
            Change::Member(id, post, _) => {
                let taken = self
                    .brought
                    .clone()
                    .unwrap_or_else(|| self.split_off(*post));
                self.of.entry(*id).or_default().add(*post, taken);
            }
            Change::Absorbed(into, from) => {
                let from = self.of[from].clone();
                self.of.entry(*into).or_default().take_in(from);
            }
            Change::Incident(incident) => {
                self.numbers
                    .extend(incident.number.map(|number| (number, incident.id)));
            }
            _ => {}
        }
    }

    /// Who spoke is not known of single posts, nor what they weigh: it is one voice of the source, and
    /// the weight of all.
    fn split_off(&self, post: PostId) -> Taken {
        let old = &self.of[&self.split.unwrap()];
        let taken = old.posts[&post].clone();
        Taken {
            speaker: Err(taken.source.clone()),
            weight: old.weight,
            ..taken
        }
    }
}
