//! What a step does, while it does it: what happens, in order, and which records have changed.
//!
//! A record that changes a hundred times in a step is given out once, as it stands at the end of
//! the step: what a step costs in memory and in the ledger grows with what it touched, not with
//! how often. What happens (notices, refusals, lines of the trail) keeps its order.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_model::{
    IncidentId, OverrideNumber, Partition, Position, PostId, ReceiverId, SilenceNumber, SourceId,
    StoryId, TopicId,
};

use crate::alerter::Alerter;
use crate::entry::Entry;
use crate::record::{BucketWidth, WatermarkKey};
use crate::step::{Change, Effects, Remark};
use crate::window::Stream;

/// The effects of a step so far, with the keys of the records that it changed.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) effects: Effects,
    pub(crate) touched: Touched,
    /// What happens now comes of a post that was found long before.
    pub(crate) late: bool,
}

/// Keys of records that have changed. A record that is in the state at the end of the step is put,
/// one that is not is dropped.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub(crate) watermarks: BTreeSet<WatermarkKey>,
    pub(crate) seen: BTreeSet<(TopicId, Partition)>,
    pub(crate) memory: BTreeSet<(TopicId, PostId)>,
    pub(crate) told: BTreeSet<(TopicId, StoryId)>,
    /// By stream, so that the next post of one needs no copy of its names.
    pub(crate) buckets: BTreeMap<Stream, BTreeSet<(BucketWidth, i64)>>,
    pub(crate) coverage: BTreeSet<i64>,
    pub(crate) watched: BTreeSet<TopicId>,
    pub(crate) incidents: BTreeSet<IncidentId>,
    /// Incidents that never opened and are gone, with all that hung on them.
    pub(crate) dropped: BTreeSet<IncidentId>,
    pub(crate) stories: BTreeSet<(IncidentId, StoryId)>,
    pub(crate) quotes: BTreeSet<(IncidentId, PostId)>,
    pub(crate) pending: BTreeSet<(IncidentId, ReceiverId)>,
    pub(crate) duties: BTreeSet<IncidentId>,
    pub(crate) rates: BTreeSet<ReceiverId>,
    pub(crate) silences: BTreeSet<SilenceNumber>,
    pub(crate) stand_ins: BTreeSet<OverrideNumber>,
    pub(crate) lives: BTreeSet<SourceId>,
    pub(crate) canaries: BTreeSet<Partition>,
}

impl Touched {
    /// A bucket has changed.
    pub(crate) fn bucket(&mut self, stream: &Stream, width: BucketWidth, index: i64) {
        match self.buckets.get_mut(stream) {
            Some(buckets) => {
                buckets.insert((width, index));
            }
            None => {
                self.buckets.insert(stream.clone(), [(width, index)].into());
            }
        }
    }

    /// About how many records there are of the kinds that come in numbers.
    fn about(&self) -> usize {
        let buckets = self.buckets.values().map(BTreeSet::len).sum::<usize>();
        let hanging = self.stories.len() + self.quotes.len() + self.pending.len();
        self.memory.len() + self.told.len() + buckets + 3 * self.incidents.len() + hanging
    }
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
    /// step nothing but its head is there any more.
    pub(crate) fn give_out(&mut self, entry: &Entry) {
        let id = entry.id();
        if self.touched.incidents.contains(&id) {
            let [_, lifetime] = entry.head();
            self.push(lifetime);
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
        if self.touched.duties.remove(&id) {
            self.push(duties(entry));
        }
    }

    /// The effects of a step that has ended in this state.
    pub(crate) fn close(mut self, state: &Alerter) -> Effects {
        let touched = std::mem::take(&mut self.touched);
        let changes = &mut self.effects.changes;
        changes.reserve(touched.about());
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
        changes.extend(touched.told.into_iter().map(|(topic, story)| {
            match state.stories.told(&topic, story).copied() {
                Some(told) => Change::Told(topic, story, told),
                None => Change::ForgetTold(topic, story),
            }
        }));
        for (stream, buckets) in touched.buckets {
            changes.extend(state.windows.changes(&stream, buckets));
        }
        changes.extend(touched.coverage.into_iter().map(
            |hour| match state.pulses.get(hour).cloned() {
                Some(coverage) => Change::Coverage(hour, coverage),
                None => Change::DropCoverage(hour),
            },
        ));
        changes.extend(touched.watched.into_iter().map(|topic| {
            match state.watched.get(&topic).copied() {
                Some(since) => Change::Watched(topic, since),
                None => Change::Unwatched(topic),
            }
        }));
        let entry = |id: &IncidentId| state.entries.get(id);
        changes.extend(touched.dropped.iter().copied().map(Change::DropIncident));
        changes.extend(touched.incidents.iter().flat_map(|&id| {
            let past = state.past.get(id).cloned().map(Change::Incident);
            let head = entry(&id).into_iter().flat_map(Entry::head);
            head.chain(past)
        }));
        changes.extend(touched.stories.into_iter().filter_map(|(id, story)| {
            let copies = *entry(&id)?.stories.get(&story)?;
            Some(Change::Story(id, story, copies))
        }));
        let quotes = touched.quotes.into_iter();
        changes.extend(quotes.filter_map(|(id, post)| Some(quote(entry(&id)?, post))));
        let receivers = touched.pending.into_iter();
        changes.extend(receivers.filter_map(|(id, to)| Some(pending(entry(&id)?, to))));
        changes.extend(touched.duties.iter().filter_map(entry).map(duties));
        changes.extend(touched.rates.into_iter().filter_map(|receiver| {
            let rate = state.rates.get(&receiver)?.clone();
            Some(Change::Rate(receiver, rate))
        }));
        changes.extend(touched.silences.into_iter().map(|number| {
            let silence = state.silences.get(&number).cloned();
            silence.map_or(Change::DropSilence(number), Change::Silence)
        }));
        changes.extend(touched.stand_ins.into_iter().map(|number| {
            match state.stand_ins.get(&number).cloned() {
                Some(stands_in) => Change::StandIn(number, stands_in),
                None => Change::DropStandIn(number),
            }
        }));
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

fn duties(entry: &Entry) -> Change {
    Change::Duties(entry.id(), Box::new(entry.duties.clone()))
}

fn pending(entry: &Entry, receiver: ReceiverId) -> Change {
    match entry.pending.get(&receiver) {
        Some(pending) => Change::Pending(entry.id(), receiver, pending.clone()),
        None => Change::DropPending(entry.id(), receiver),
    }
}
