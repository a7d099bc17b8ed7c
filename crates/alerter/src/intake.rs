//! Records of the topic `hits`: what is new, what is known, what is gone.

use fengbiao_model::{
    Deletion, Hit, HitRecord, Position, Post, PostId, SourceId, StoryId, Subject, TimeSpan,
    Timestamp, TopicId,
};

use crate::alerter::Alerter;
use crate::entry::renew;
use crate::limits::{MEMORY_KEPT, OLD_AFTER};
use crate::listed::{Sighting, subjects};
use crate::outcome::Outcome;
use crate::record::Memory;
use crate::step::{Change, Remark};
use crate::window::Counted;

impl Alerter {
    /// Takes one record.
    pub(crate) fn take(&mut self, position: Position, record: &HitRecord, out: &mut Outcome) {
        match record {
            HitRecord::Hit(hit) => {
                out.late = self.comes_late(hit.post.found_at);
                self.take_hit(hit, out);
                out.late = false;
            }
            HitRecord::Stub {
                topic,
                post,
                origin,
                ..
            } => {
                if self.see(topic, *origin, out) {
                    out.remark(Remark::Stub(*post));
                }
            }
            HitRecord::Update { post, .. } => self.update_quotes(post, out),
            HitRecord::Delete { deletion, .. } => self.delete_quotes(deletion, out),
            HitRecord::Marks(marks) => self.take_marks(position.partition, &marks.0, out),
        }
    }

    fn take_hit(&mut self, hit: &Hit, out: &mut Outcome) {
        if !self.see(&hit.topic, hit.origin, out) {
            return;
        }
        if hit.topic.is_pipeline() {
            return self.take_canary(hit, out);
        }
        if self.purged.contains(&hit.post.id) {
            out.remark(Remark::Purged(hit.post.id));
            return;
        }
        if !self.policy.topics.contains_key(&hit.topic) {
            out.remark(Remark::UnknownTopic(hit.topic.clone()));
            return;
        }
        let key = (hit.topic.clone(), hit.post.id);
        let delivered_at = self.clocks.event.max(hit.post.found_at);
        if let Some(memory) = self.memory.get(&key) {
            let known = memory.clone();
            let counts = known.counts.merged(hit.post.counts);
            let gained = counts.reach().saturating_sub(known.counts.reach());
            let memory = Memory {
                found_at: known.found_at.min(hit.post.found_at),
                counted_at: known.counted_at,
                counts,
                delivered_at: delivered_at.max(known.delivered_at),
                story: known.story,
            };
            self.remember(key, memory, out);
            out.remark(Remark::FoundAgain);
            self.recount_quotes(hit, out);
            if !is_old(&hit.post, known.counted_at) {
                self.sight(hit, source_of(&hit.post), &known, out);
                if gained > 0 {
                    self.gain(hit, known.counted_at, gained, out);
                }
            }
            return;
        }
        let story = self.story_of(hit, out);
        let memory = Memory {
            found_at: hit.post.found_at,
            counted_at: hit.post.found_at,
            delivered_at,
            counts: hit.post.counts,
            story,
        };
        self.remember(key, memory, out);
        self.watched_at(&hit.topic, hit.post.found_at, out);
        if is_old(&hit.post, hit.post.found_at) {
            out.remark(Remark::Old);
            return;
        }
        self.count(hit, story, out);
    }

    /// The story that a new post tells: that of the post it passes on where this is remembered,
    /// else one that it is a copy of, else its own.
    fn story_of(&mut self, hit: &Hit, out: &mut Outcome) -> StoryId {
        let topic = &hit.topic;
        let original = hit.post.repost_of.map(|post| (topic.clone(), post));
        let original = original.and_then(|key| self.memory.get(&key));
        let story = original
            .map(|memory| memory.story)
            .or_else(|| self.stories.find(topic, &hit.signature))
            .unwrap_or(hit.signature.story);
        let (sketch, found_at) = (&hit.signature.sketch, hit.post.found_at);
        self.stories.tell(topic, story, sketch, found_at, out);
        story
    }

    /// Counts a new post in the windows and incidents of `*` and of each subject it names.
    fn count(&mut self, hit: &Hit, story: StoryId, out: &mut Outcome) {
        let counted = Counted {
            weight: hit.weight(),
            reach: hit.post.counts.reach(),
            voice: voice_of(&hit.topic, &hit.post),
            source: source_of(&hit.post),
            story,
            subjects: hit.subjects.iter().map(subject_of).collect(),
            sighting: Sighting::of(hit, source_of(&hit.post), TimeSpan::ZERO),
        };
        let mut joined = Vec::new();
        for subject in subjects(hit) {
            let stream = (hit.topic.clone(), subject);
            self.windows
                .add(&stream, hit.post.found_at, self.clocks.event, &counted, out);
            self.join(&stream, hit, &counted, &mut joined, out);
        }
        self.share(hit.post.id, &joined);
    }

    /// Counts what a post that was found again has gained, at the minute at which the post itself
    /// was counted: counts take the maximum, and it is no new post. The subjects are those that it
    /// names now.
    fn gain(&mut self, hit: &Hit, counted_at: Timestamp, by: u64, out: &mut Outcome) {
        for subject in subjects(hit) {
            let stream = (hit.topic.clone(), subject);
            self.windows.widen(&stream, counted_at, by, out);
            self.widen(&stream, counted_at, out);
        }
    }

    pub(crate) fn remember(&mut self, key: (TopicId, PostId), memory: Memory, out: &mut Outcome) {
        out.touched.memory.insert(key.clone());
        let delivered_at = memory.delivered_at;
        self.delivered.insert((delivered_at, key.0.clone(), key.1));
        if let Some(before) = self.memory.insert(key.clone(), memory)
            && before.delivered_at != delivered_at
        {
            self.delivered.remove(&(before.delivered_at, key.0, key.1));
        }
    }

    /// Forgets what was last delivered too long ago.
    pub(crate) fn forget(&mut self, out: &mut Outcome) {
        let event = self.clocks.event;
        while self
            .delivered
            .first()
            .is_some_and(|(at, ..)| *at + MEMORY_KEPT <= event)
        {
            let Some((_, topic, post)) = self.delivered.pop_first() else {
                break;
            };
            let key = (topic, post);
            self.memory.remove(&key);
            out.touched.memory.insert(key);
        }
    }

    /// The quotes of a post in incidents that are in memory, to be changed.
    fn change_quotes(
        &mut self,
        post: PostId,
        out: &mut Outcome,
        mut change: impl FnMut(&mut fengbiao_model::Quote),
    ) {
        for id in self.quoted.get(&post).into_iter().flatten() {
            let quotes = self.entries.get_mut(id).map(|entry| &mut entry.quotes);
            let Some(quote) = quotes.and_then(|quotes| quotes.get_mut(post)) else {
                continue;
            };
            let before = quote.clone();
            change(quote);
            if *quote != before {
                out.touched.quotes.insert((*id, post));
            }
        }
    }

    fn recount_quotes(&mut self, hit: &Hit, out: &mut Outcome) {
        self.change_quotes(hit.post.id, out, |quote| {
            quote.counts = quote.counts.merged(hit.post.counts);
        });
    }

    fn update_quotes(&mut self, post: &Post<'_>, out: &mut Outcome) {
        self.change_quotes(post.id, out, |quote| renew(quote, post));
    }

    /// Also what is not in memory is taken back: the ledger knows whether it keeps anything of the
    /// post. Of a purged one it keeps nothing, and a purge puts deletions into the log in place of
    /// what stood there, which must not change what a step does.
    fn delete_quotes(&mut self, deletion: &Deletion, out: &mut Outcome) {
        if self.purged.contains(&deletion.id) {
            return;
        }
        out.push(Change::TakenBack(deletion.clone()));
        self.drop_quotes(deletion.id, out, |quote| deletion.is_of(&quote.source));
    }

    /// Drops the quotes of a post that `which` chooses; what was counted stays.
    pub(crate) fn drop_quotes(
        &mut self,
        post: PostId,
        out: &mut Outcome,
        which: impl Fn(&fengbiao_model::Quote) -> bool,
    ) {
        let ids = self.quoted.get(&post).cloned().unwrap_or_default();
        for id in ids {
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            if entry.quotes.get(&post).is_some_and(&which) {
                entry.quotes.remove(post);
                out.touched.quotes.insert((id, post));
                self.unquote(post, id);
            }
        }
    }
}

/// Whether a post was published too long before it was found to count in a window.
fn is_old(post: &Post<'_>, found_at: Timestamp) -> bool {
    post.published_at
        .is_some_and(|published| published + OLD_AFTER < found_at)
}

/// A voice as it is counted in a topic: voices count within one only, and nobody who reads the counts
/// can follow one from topic to topic. A post without a voice is one voice of its source.
fn voice_of(topic: &TopicId, post: &Post<'_>) -> u64 {
    match &post.voice {
        Some(voice) => digest_of("voice", &[topic.as_str().as_bytes(), voice.as_bytes()]),
        None => voice_of_source(topic, &post.source),
    }
}

/// The one voice of all posts of a source whose own voices are not known.
pub(crate) fn voice_of_source(topic: &TopicId, source: &SourceId) -> u64 {
    digest("voice of source", &[topic.as_str(), source.as_str()])
}

fn source_of(post: &Post<'_>) -> u64 {
    digest("source", &[post.source.as_str()])
}

fn subject_of(subject: &Subject) -> u64 {
    digest("subject", &[&subject.kind, &subject.name])
}

/// [`digest_of`] texts.
pub(crate) fn digest(domain: &str, parts: &[&str]) -> u64 {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    digest_of(domain, &parts)
}

/// The first eight bytes of a BLAKE3 hash over the parts with their lengths.
fn digest_of(domain: &str, parts: &[&[u8]]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for part in [&domain.as_bytes()].into_iter().chain(parts) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    first_eight(hasher.finalize().as_bytes())
}

pub(crate) fn first_eight(bytes: &[u8]) -> u64 {
    bytes
        .first_chunk()
        .map_or(0, |first| u64::from_le_bytes(*first))
}
