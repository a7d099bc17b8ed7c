//! What a step does, while it does it: what happens, in order, and which records have changed.
//!
//! A record that changes a hundred times in a step is given out once, as it stands at the end of
//! the step: what a step costs in memory and in the ledger grows with what it touched, not with
//! how often. What happens (notices, refusals, lines of the trail) keeps its order.

use std::collections::BTreeSet;

use fengbiao_model::{
    IncidentId, Partition, Position, PostId, ReceiverId, SourceId, StoryId, TopicId,
};

use crate::alerter::Alerter;
use crate::entry::Entry;
use crate::record::{BucketKey, WatermarkKey};
use crate::step::{Change, Effects, Remark};

/// The effects of a step so far, with the keys of the records that it changed.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) effects: Effects,
    pub(crate) touched: Touched,
}

/// Keys of records that have changed. A record that is in the state at the end of the step is put,
/// one that is not is dropped.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub(crate) watermarks: BTreeSet<WatermarkKey>,
    pub(crate) seen: BTreeSet<(TopicId, Partition)>,
    pub(crate) memory: BTreeSet<(TopicId, PostId)>,
    pub(crate) buckets: BTreeSet<BucketKey>,
    pub(crate) incidents: BTreeSet<IncidentId>,
    /// Incidents that never opened and are gone, with all that hung on them.
    pub(crate) dropped: BTreeSet<IncidentId>,
    pub(crate) stories: BTreeSet<(IncidentId, StoryId)>,
    pub(crate) quotes: BTreeSet<(IncidentId, PostId)>,
    pub(crate) pending: BTreeSet<(IncidentId, ReceiverId)>,
    pub(crate) lives: BTreeSet<SourceId>,
    pub(crate) canaries: BTreeSet<Partition>,
}

impl Outcome {
    /// Something happened.
    pub(crate) fn push(&mut self, change: Change) {
        self.effects.changes.push(change);
    }

    /// Something is worth the operator's attention.
    pub(crate) fn remark(&mut self, remark: Remark) {
        self.effects.remarks.push(remark);
    }

    /// Gives out what has changed of an incident that is about to leave memory: at the end of the
    /// step it is not there any more.
    pub(crate) fn give_out(&mut self, entry: &Entry) {
        let id = entry.id();
        if self.touched.incidents.remove(&id) {
            self.effects.changes.extend(entry.head());
        }
        for (_, story) in of(&mut self.touched.stories, id, |key| key.0) {
            if let Some(&copies) = entry.stories.get(&story) {
                self.push(Change::Story(id, story, copies));
            }
        }
        for (_, post) in of(&mut self.touched.quotes, id, |key| key.0) {
            self.push(quote(entry, post));
        }
        for (_, receiver) in of(&mut self.touched.pending, id, |key| key.0) {
            self.push(pending(entry, receiver));
        }
    }

    /// The effects of a step that has ended in this state.
    pub(crate) fn close(mut self, state: &Alerter) -> Effects {
        let touched = std::mem::take(&mut self.touched);
        let changes = &mut self.effects.changes;
        changes.extend(touched.watermarks.into_iter().filter_map(|key| {
            let mark = state.marks.get(&key)?;
            Some(Change::Watermark(key, *mark))
        }));
        changes.extend(touched.seen.into_iter().map(|(topic, partition)| {
            match state.seen.get(&(partition, topic.clone())) {
                Some(&offset) => Change::Seen(topic, Position { partition, offset }),
                None => Change::ForgetSeen(topic, partition),
            }
        }));
        changes.extend(touched.memory.into_iter().map(|key| {
            let memory = state.memory.get(&key).cloned();
            match memory {
                Some(memory) => Change::Remember(key.0, key.1, memory),
                None => Change::Forget(key.0, key.1),
            }
        }));
        changes.extend(touched.buckets.into_iter().map(|key| {
            match state.windows.bucket(&key).cloned() {
                Some(bucket) => Change::Bucket(key, bucket),
                None => Change::DropBucket(key),
            }
        }));
        let entry = |id: &IncidentId| state.entries.get(id);
        changes.extend(touched.dropped.iter().copied().map(Change::DropIncident));
        let heads = touched.incidents.iter().filter_map(entry);
        changes.extend(heads.flat_map(Entry::head));
        changes.extend(touched.stories.into_iter().filter_map(|(id, story)| {
            let copies = *entry(&id)?.stories.get(&story)?;
            Some(Change::Story(id, story, copies))
        }));
        let quotes = touched.quotes.into_iter();
        changes.extend(quotes.filter_map(|(id, post)| Some(quote(entry(&id)?, post))));
        let receivers = touched.pending.into_iter();
        changes.extend(receivers.filter_map(|(id, to)| Some(pending(entry(&id)?, to))));
        changes.extend(touched.lives.into_iter().map(|source| {
            match state.lives.get(&source).cloned() {
                Some(life) => Change::Source(source, Box::new(life)),
                None => Change::DropSource(source),
            }
        }));
        let canaries = touched.canaries.into_iter();
        changes.extend(canaries.filter_map(|partition| {
            Some(Change::Canary(partition, *state.canaries.get(&partition)?))
        }));
        self.effects
    }
}

/// Takes the keys of one incident out of a set.
fn of<K: Ord + Clone>(
    keys: &mut BTreeSet<K>,
    id: IncidentId,
    incident: impl Fn(&K) -> IncidentId,
) -> Vec<K> {
    let mine: Vec<K> = keys
        .iter()
        .filter(|key| incident(key) == id)
        .cloned()
        .collect();
    for key in &mine {
        keys.remove(key);
    }
    mine
}

fn quote(entry: &Entry, post: PostId) -> Change {
    match entry.quotes.get(&post) {
        Some(quote) => Change::Quote(entry.id(), quote.clone()),
        None => Change::DropQuote(entry.id(), post),
    }
}

fn pending(entry: &Entry, receiver: ReceiverId) -> Change {
    match entry.pending.get(&receiver) {
        Some(pending) => Change::Pending(entry.id(), receiver, pending.clone()),
        None => Change::DropPending(entry.id(), receiver),
    }
}
