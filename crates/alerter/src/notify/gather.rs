//! What `*` of a topic says in place of its subjects.
//!
//! While `*` is open it speaks for each subject at or below its tier, so that a surge spread over
//! thirty towns rings once. But whoever was told of thirty towns does not know of a thirty-first:
//! news of a subject that stands at III or above by itself is told by itself, unless a notice of
//! `*` to the same receiver has named that subject since.

use fengbiao_model::{
    IncidentId, Notice, PostId, Quote, ReceiverId, SubjectKey, SubjectShare, Tier, TimeSpan,
    Timestamp,
};

use super::pending::key;
use crate::alerter::Alerter;
use crate::entry::Entry;
use crate::limits::MAX_NOTICE_SUBJECTS;
use crate::outcome::Outcome;
use crate::record::{Hold, Waiting};
use crate::step::{Change, Withheld};
use crate::watch::stands_alone;

/// From this tier on a subject is not lost among the others.
const SPEAKS_FOR_ITSELF: Tier = Tier::III;

impl Alerter {
    /// `*` of the topic of an incident, where it is open at this tier or above.
    pub(super) fn gatherer(&self, entry: &Entry, tier: Tier) -> Option<&Entry> {
        let incident = &entry.incident;
        if incident.subject == SubjectKey::All || stands_alone(entry) {
            return None;
        }
        let stream = (incident.topic.clone(), SubjectKey::All);
        let mut all = self.open_in(&stream);
        all.find(|all| all.incident.tier >= Some(tier))
    }

    /// Until when news waits of what stands by itself: a notice of `*` that is about to go will
    /// name it.
    pub(super) fn waits_to_be_named(
        &self,
        entry: &Entry,
        to: &ReceiverId,
        waiting: &Waiting,
        tier: Tier,
    ) -> Option<Timestamp> {
        let all = self.gatherer(entry, tier)?;
        if speaks_for(all, waiting, tier) {
            return None;
        }
        let next = all.pending.get(to)?.waiting.as_ref()?;
        let goes = next.held.is_none() && !super::kind::is_relief(next.kind);
        let after = next.due.max(self.clocks.wall) + TimeSpan::from_millis(1);
        goes.then_some(after)
    }

    /// A notice of `*` goes: the news that waits for its receiver of the subjects that it names is
    /// told by it.
    pub(super) fn gather(&mut self, notice: &Notice, out: &mut Outcome) {
        let (all, to) = (notice.key.incident, &notice.key.receiver);
        if !self.entries.get(&all).is_some_and(Entry::is_open) {
            return;
        }
        for share in &notice.subjects {
            let stream = (notice.topic.clone(), share.subject.clone());
            let named = self.streams.get(&stream).into_iter().flatten();
            for id in named.copied().collect::<Vec<IncidentId>>() {
                self.gather_one(id, (all, notice.tier), to, out);
            }
        }
    }

    fn gather_one(
        &mut self,
        id: IncidentId,
        (all, tier): (IncidentId, Tier),
        to: &ReceiverId,
        out: &mut Outcome,
    ) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let own = entry.incident.tier.filter(|own| *own <= tier);
        if own.is_none() || stands_alone(entry) {
            return;
        }
        let Some(mut pending) = entry.pending.get(to).cloned() else {
            return;
        };
        let gathered = |waiting: &&mut Waiting| {
            waiting.kind.is_rise() && !waiting.held.is_some_and(Hold::is_open_ended)
        };
        let Some(waiting) = pending.waiting.as_mut().filter(gathered) else {
            return;
        };
        (waiting.held, waiting.due) = (Some(Hold::Incident(all)), Timestamp::MAX);
        let key = key(entry, to, waiting.change, 0);
        out.push(Change::Withheld(key, Withheld::Gathered));
        super::put_pending(entry, to, pending, out);
        self.retime(id);
    }

    /// The subjects of `*`, those first that stand at III or above, then those with the most posts;
    /// of an incident of one subject none.
    pub(super) fn shares(&self, entry: &Entry) -> Vec<SubjectShare> {
        let incident = &entry.incident;
        if incident.subject != SubjectKey::All {
            return Vec::new();
        }
        let since = incident.first_found_at;
        let counted = self
            .windows
            .posts_since(&incident.topic, since, self.clocks.event);
        let mut shares: Vec<SubjectShare> = counted
            .filter(|(subject, posts)| **subject != SubjectKey::All && *posts > 0)
            .map(|(subject, posts)| SubjectShare {
                subject: subject.clone(),
                posts,
                tier: self.own_tier(entry, subject),
            })
            .collect();
        shares.sort_by(|a, b| {
            let rank = |share: &SubjectShare| (share.tier, share.posts);
            rank(b).cmp(&rank(a)).then(a.subject.cmp(&b.subject))
        });
        shares
    }

    /// The tier at which a subject of `*` stands by itself, where that is III or above.
    fn own_tier(&self, all: &Entry, subject: &SubjectKey) -> Option<Tier> {
        let stream = (all.incident.topic.clone(), subject.clone());
        let tiers = self
            .open_in(&stream)
            .filter_map(|entry| entry.incident.tier);
        tiers.max().filter(|tier| *tier >= SPEAKS_FOR_ITSELF)
    }

    /// One post of each subject, the one of widest reach, in the order of the subjects.
    pub(super) fn post_of_each(&self, all: &Entry, shares: &[SubjectShare]) -> Vec<&Quote> {
        let topic = &all.incident.topic;
        let widest = |share: &SubjectShare| {
            let stream = (topic.clone(), share.subject.clone());
            let ids = self.streams.get(&stream)?.iter();
            let entries = ids.filter_map(|id| self.entries.get(id));
            let quotes = entries.flat_map(|entry| entry.quotes.values());
            // A subject may have had posts that `*` does not count.
            quotes
                .filter(|quote| all.quotes.contains_key(&quote.post))
                .max_by_key(|quote| (quote.counts.reach(), quote.found_at, quote.post))
        };
        shares.iter().filter_map(widest).collect()
    }

    /// Whether a post is of a subject: an incident of that quotes it.
    pub(super) fn is_of_subject(&self, post: PostId, subject: &SubjectKey) -> bool {
        let quoted = self.quoted.get(&post).into_iter().flatten();
        let mut entries = quoted.filter_map(|id| self.entries.get(id));
        entries.any(|entry| entry.incident.subject == *subject)
    }
}

/// Whether `*` speaks in place of a notice: it has named what this tells of, or this does not tell
/// that a subject has come to a tier at which it is told by itself. Where all sources are dead, each
/// of them is.
pub(super) fn speaks_for(all: &Entry, waiting: &Waiting, tier: Tier) -> bool {
    let named = waiting.held == Some(Hold::Incident(all.id()));
    let by_itself = waiting.kind.is_rise() && tier >= SPEAKS_FOR_ITSELF;
    named || !by_itself || all.incident.topic.is_pipeline()
}

/// The subjects that a notice names, the largest first, and how many it does not name.
pub(super) fn named(mut shares: Vec<SubjectShare>) -> (Vec<SubjectShare>, u64) {
    let more = shares.len().saturating_sub(MAX_NOTICE_SUBJECTS);
    shares.truncate(MAX_NOTICE_SUBJECTS);
    shares.sort_by(|a, b| b.posts.cmp(&a.posts).then(a.subject.cmp(&b.subject)));
    (shares, u64::try_from(more).unwrap_or(u64::MAX))
}
