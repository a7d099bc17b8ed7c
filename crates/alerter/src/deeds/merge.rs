//! Two incidents turn out to be one matter: one takes the other in.
//!
//! The one that is taken in is closed and stays so; nothing more is told of it, and its record
//! says where it went. The other one has from then on the posts, stories and quotes of both, each
//! counted once, takes the later posts that either of them took, and stands at the higher of the
//! two tiers. What is owed of it counts from the first that either reached, and what was asked about
//! either waits for its answer there. It is judged at each post by the windows of that post's own
//! subject.
//!
//! Whether it is acknowledged stays as it was, also where its tier goes up: the person who merges
//! knows both. An acknowledgement of the one that is taken in does not go over, so that nobody
//! takes a matter for taken on who has not said so of it.

use std::collections::BTreeSet;

use fengbiao_model::{
    Deadline, DeadlineState, Happening, IncidentId, IncidentNumber, NoticeKind, ReceiverId, Stage,
    SubjectKey, Tier, Totals,
};

use super::lifecycle::Done;
use super::{Doing, Refusal, check_merge};
use crate::Distinct;
use crate::alerter::Alerter;
use crate::entry::Entry;
use crate::incident::heighten;
use crate::limits::MAX_STORIES_PER_INCIDENT;
use crate::notify::kind::is_owed;
use crate::notify::let_go;
use crate::outcome::Outcome;
use crate::record::Hold;
use crate::step::{Change, Withheld};

impl Alerter {
    pub(super) fn merge(
        &mut self,
        doing: &Doing<'_>,
        into: IncidentNumber,
        note: &str,
        out: &mut Outcome,
    ) -> Done {
        let (from, target) = self.mergeable(doing, into)?;
        self.take_in(&from, target, out);
        let raised = self.rise(target, from.incident.tier, doing.number, out);
        if let Some(entry) = self.entries.get_mut(&target) {
            let (from, note) = (doing.number, note.to_owned());
            doing.write(&mut entry.incident, Happening::Absorbed { from, note }, out);
        }
        self.take_questions(doing, target, out);
        let untold = self.end(doing, into, note, out);
        self.stop_chains(doing.id, out);
        self.let_through(Hold::Incident(doing.id), out);
        out.push(Change::Absorbed(target, doing.id));
        self.written(target, out);
        if raised {
            self.announce(target, NoticeKind::Raised, None, out);
        }
        self.tell_of(target, untold, out);
        self.retime(doing.id);
        self.retime(target);
        Ok(if note.is_empty() {
            format!("into {into}")
        } else {
            format!("into {into}: {note}")
        })
    }

    /// Both incidents, where one may be merged into the other.
    fn mergeable(
        &self,
        doing: &Doing<'_>,
        into: IncidentNumber,
    ) -> Result<(Entry, IncidentId), Refusal> {
        let from = self.kept(doing.number, doing.id)?;
        let id = self.known(into)?;
        if let Some(into) = self.head(id) {
            check_merge(&from.incident, into)?;
        }
        Ok((from.clone(), self.kept(into, id)?.id()))
    }

    /// The target has from here on what both had.
    fn take_in(&mut self, from: &Entry, target: IncidentId, out: &mut Outcome) {
        let Some(entry) = self.entries.get_mut(&target) else {
            return;
        };
        let twice = posts_of_both(&entry.lifetime.shared, &from.lifetime.shared);
        let (life, other) = (&mut entry.lifetime, &from.lifetime);
        life.voices.merge(&other.voices);
        life.sources.merge(&other.sources);
        life.stories.merge(&other.stories);
        life.shared.merge(&other.shared);
        for (&tier, &at) in &other.true_at {
            let known = life.true_at.entry(tier).or_insert(at);
            *known = at.max(*known);
        }
        entry.note_held(other.held.clone());
        take_subjects(entry, from);
        let life = &entry.lifetime;
        let totals = Totals {
            posts: (entry.incident.totals.posts + from.incident.totals.posts).saturating_sub(twice),
            voices: life.voices.count(),
            sources: life.sources.count(),
            stories: life.stories.count(),
            weight_max: entry.incident.totals.weight_max,
        };
        mix_heads(entry, from, totals);
        mix_duties(entry, from);
        for stream in entry.streams() {
            self.streams.entry(stream).or_default().insert(target);
        }
        self.take_stories(from, target, out);
        self.take_quotes(from, target, out);
    }

    fn take_stories(&mut self, from: &Entry, target: IncidentId, out: &mut Outcome) {
        let Some(entry) = self.entries.get_mut(&target) else {
            return;
        };
        for (&story, &copies) in &from.stories {
            let known = entry.stories.contains_key(&story);
            if known || entry.stories.len() < MAX_STORIES_PER_INCIDENT {
                *entry.stories.entry(story).or_default() += copies;
                out.touched.stories.insert((target, story));
            }
        }
        // Quoted by both: one post, one copy of its story.
        let ours = &entry.quotes;
        for quote in from
            .quotes
            .values()
            .filter(|quote| ours.contains_key(&quote.post))
        {
            let story = quote.story;
            if from.stories.contains_key(&story)
                && let Some(copies) = entry.stories.get_mut(&story)
            {
                *copies = copies.saturating_sub(1).max(1);
                out.touched.stories.insert((target, story));
            }
        }
    }

    fn take_quotes(&mut self, from: &Entry, target: IncidentId, out: &mut Outcome) {
        for (&post, quote) in from.quotes.iter() {
            let Some(entry) = self.entries.get_mut(&target) else {
                return;
            };
            if entry.quotes.contains_key(&post) {
                continue;
            }
            let gone = entry.quote(quote.clone(), out);
            if gone != Some(post) {
                self.quoted.entry(post).or_default().insert(target);
            }
            if let Some(gone) = gone {
                self.unquote(gone, target);
            }
        }
    }

    /// The target stands at the higher of the two tiers. True when that raised it.
    fn rise(
        &mut self,
        target: IncidentId,
        tier: Option<Tier>,
        from: IncidentNumber,
        out: &mut Outcome,
    ) -> bool {
        let wall = self.clocks.wall;
        let reason = self.said("merge", &format!("#{from}"));
        let Some(entry) = self.entries.get_mut(&target) else {
            return false;
        };
        let before = entry.incident.tier;
        let raised = tier.filter(|tier| Some(*tier) > before);
        if let Some(to) = raised {
            heighten(entry, to, wall, out);
            entry.lifetime.reason = Some(reason.clone());
            let from = before;
            entry.happened(wall, Happening::TierChanged { from, to, reason }, out);
        }
        if let Some(tier) = entry.incident.tier {
            entry.incident.fired_at = entry.kept_at(tier);
        }
        raised.is_some()
    }

    /// Those who had still to hear that something of the one that was taken in is late hear it of
    /// the other one: it stands there as late, and speaks no more by itself. That is one more change
    /// of the other one, since they may have been told of its latest already.
    fn tell_of(
        &mut self,
        target: IncidentId,
        untold: Vec<(ReceiverId, NoticeKind)>,
        out: &mut Outcome,
    ) {
        if let Some(entry) = self.entries.get_mut(&target).filter(|_| !untold.is_empty()) {
            entry.incident.change += 1;
            out.touched.incidents.insert(target);
        }
        for (receiver, kind) in untold {
            let listeners = self.listeners(target, kind, false, out);
            let listener = listeners.into_iter().find(|one| one.receiver == receiver);
            if let Some(listener) = listener {
                self.offer(target, kind, &listener, None, out);
            }
        }
    }

    /// The one that was taken in is over; nothing more is told of it. Gives what was to be told of
    /// what is owed, and to whom.
    fn end(
        &mut self,
        doing: &Doing<'_>,
        into: IncidentNumber,
        note: &str,
        out: &mut Outcome,
    ) -> Vec<(ReceiverId, NoticeKind)> {
        let wall = self.clocks.wall;
        let Some(entry) = self.entries.get_mut(&doing.id) else {
            return Vec::new();
        };
        let waits = entry.pending.iter();
        let waits =
            waits.filter_map(|(to, pending)| Some((to.clone(), pending.waiting.as_ref()?.kind)));
        let untold = waits.filter(|(_, kind)| is_owed(*kind)).collect();
        entry.close(wall);
        entry.incident.merged_into = Some(into);
        let note = note.to_owned();
        doing.write(
            &mut entry.incident,
            Happening::MergedInto { into, note },
            out,
        );
        let receivers: Vec<_> = entry.pending.keys().cloned().collect();
        for receiver in receivers {
            let_go(entry, &receiver, Withheld::Superseded, out);
        }
        untold
    }
}

/// The target takes the posts that the other one took: of a subject of which one of the two took
/// all it takes all; of one of which only the other one took some, copies of stories, it does the
/// same.
fn take_subjects(entry: &mut Entry, from: &Entry) {
    let ours: BTreeSet<SubjectKey> = entry.streams().map(|(_, subject)| subject).collect();
    for (_, subject) in from.streams() {
        let life = &mut entry.lifetime;
        match (ours.contains(&subject), from.takes_copies_only(&subject)) {
            (true, true) => {}
            (true, false) => drop(life.copies_only.remove(&subject)),
            (false, copies) => {
                if copies {
                    life.copies_only.insert(subject.clone());
                }
                life.absorbed.insert(subject);
            }
        }
    }
}

/// What the heads of both amount to.
fn mix_heads(entry: &mut Entry, from: &Entry, totals: Totals) {
    let (incident, other) = (&mut entry.incident, &from.incident);
    if !incident.classified && !other.classified {
        let (ours, theirs) = (totals.weight_max, other.totals.weight_max);
        incident.class = match ours.cmp(&theirs) {
            std::cmp::Ordering::Less => other.class,
            std::cmp::Ordering::Equal => incident.class.max(other.class),
            std::cmp::Ordering::Greater => incident.class,
        };
    }
    incident.totals = totals;
    incident.totals.weight_max = totals.weight_max.max(other.totals.weight_max);
    incident.first_found_at = incident.first_found_at.min(other.first_found_at);
    incident.last_found_at = incident.last_found_at.max(other.last_found_at);
    incident.highest_tier = incident.highest_tier.max(other.highest_tier);
}

/// What is owed of the one matter is owed since the first of the two had it, and nobody is told
/// again what they were told. What was answered owes nothing any more; what was done of the one
/// that is taken in only was not done of the whole.
fn mix_duties(entry: &mut Entry, from: &Entry) {
    if from.incident.stage >= Stage::Answered {
        return;
    }
    let (duties, other) = (&mut entry.duties, &from.duties);
    for (&tier, &at) in &other.reached {
        let known = duties.reached.entry(tier).or_insert(at);
        *known = at.min(*known);
    }
    let open = |deadline: &Deadline| deadline.state != DeadlineState::Met;
    for (&duty, &theirs) in other.deadlines.iter().filter(|(_, theirs)| open(theirs)) {
        let ours = duties.deadlines.entry(duty).or_insert(theirs);
        if theirs.due < ours.due {
            *ours = theirs;
        }
    }
}

/// How many posts belong to both: exact while each shares no more posts than are counted exactly.
fn posts_of_both(ours: &Distinct, theirs: &Distinct) -> u64 {
    let mut either = ours.clone();
    either.merge(theirs);
    (ours.count() + theirs.count()).saturating_sub(either.count())
}
