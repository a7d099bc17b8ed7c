//! Notices, made of what is known when they go.

use fengbiao_model::{
    ChainId, Happening, HeldBack, IncidentId, LastTold, Notice, NoticeKey, NoticeKind, Quote,
    ReceiverId, SubjectShare, TakenOn, WidestCopy,
};

use super::gather::named;
use super::kind::to_whom_was_told;
use super::passing::as_it_stands;
use super::pending::{key, put_pending, rung};
use super::storm::in_a_line;
use crate::alerter::Alerter;
use crate::entry::Entry;
use crate::limits::MAX_NOTICE_QUOTES;
use crate::outcome::Outcome;
use crate::question::shown_questions;
use crate::record::{Pending, Waiting};
use crate::step::Change;

impl Alerter {
    /// Tells a receiver, with the latest state.
    pub(super) fn tell(
        &mut self,
        key: NoticeKey,
        (waiting, held_back): (&Waiting, Option<HeldBack>),
        pending: Pending,
        out: &mut Outcome,
    ) {
        let receiver = key.receiver.clone();
        if let Some(mut notice) = self.notice(key, waiting, &pending) {
            notice.held_back = held_back;
            self.note_told(&notice, pending, out);
            self.count_told(&receiver, false, out);
            self.send(notice, out);
        }
    }

    /// A notice goes; one of `*` tells for the subjects that it names, too.
    fn send(&mut self, notice: Notice, out: &mut Outcome) {
        let of_star = (!notice.subjects.is_empty()).then(|| notice.clone());
        out.push(Change::Notice(Box::new(notice)));
        if let Some(notice) = of_star {
            self.gather(&notice, out);
        }
    }

    /// Tells a receiver of an incident, and in the same notice of all others that were held
    /// because there were too many at once.
    pub(super) fn tell_rest(
        &mut self,
        head: NoticeKey,
        waiting: &Waiting,
        pending: Pending,
        out: &mut Outcome,
    ) {
        let to = head.receiver.clone();
        let rest = self.rest_of_storm(head.incident, &to);
        let Some(first) = self.notice(head, waiting, &pending) else {
            return;
        };
        let mut notices = vec![(first, pending)];
        notices.extend(
            rest.into_iter()
                .filter_map(|id| self.held_notice(id, &to, out)),
        );
        // The loudest speaks for the rest.
        notices.sort_by_key(|(notice, _)| (std::cmp::Reverse(notice.tier), notice.number));
        let mut notices = notices.into_iter();
        let Some((mut first, pending)) = notices.next() else {
            return;
        };
        self.note_told(&first, pending, out);
        for (notice, pending) in notices {
            self.note_told(&notice, pending, out);
            self.note_told_with(&first, notice.key.incident, out);
            self.retime(notice.key.incident);
            first.others.push(in_a_line(&notice));
        }
        self.count_told(&to, true, out);
        let id = first.key.incident;
        self.send(first, out);
        self.retime(id);
    }

    /// What would be told of an incident whose notice is held by a storm; nothing where it has
    /// been overtaken, which is written down.
    fn held_notice(
        &mut self,
        id: IncidentId,
        to: &ReceiverId,
        out: &mut Outcome,
    ) -> Option<(Notice, Pending)> {
        let entry = self.entries.get(&id)?;
        let mut pending = entry.pending.get(to).cloned()?;
        let waiting = as_it_stands(entry, pending.waiting.take()?);
        let receiver = self.policy.receivers.get(to)?;
        let key = key(entry, to, waiting.change, rung(&pending, &waiting));
        match self.verdict(entry, receiver, &pending, &waiting) {
            super::Verdict::Drop(why) => {
                self.skip(key, false, pending, why, out);
                self.retime(id);
                None
            }
            super::Verdict::Wait(_) => None,
            super::Verdict::Hold(hold, ..) if hold != crate::record::Hold::Storm => None,
            _ => Some((self.notice(key, &waiting, &pending)?, pending)),
        }
    }

    /// A receiver has been told: what is known of it from now on.
    fn note_told(&mut self, notice: &Notice, mut pending: Pending, out: &mut Outcome) {
        let (id, to) = (notice.key.incident, notice.key.receiver.clone());
        pending.told_tier = Some(notice.tier);
        pending.loudest_told = pending.loudest_told.max(Some(notice.tier));
        pending.told_at = Some(notice.made_at);
        pending.last_told = Some(LastTold {
            at: notice.made_at,
            totals: notice.totals,
        });
        pending.told_change = notice.key.change;
        pending.rung = notice.key.rung;
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if notice.kind == NoticeKind::Closed {
            entry.pending.remove(&to);
            out.touched.pending.insert((id, to));
        } else {
            put_pending(entry, &to, pending, out);
            self.start_steps(id, Some(&to), out);
        }
    }

    /// The record says in whose notice a receiver was told of an incident: no notice is its own.
    fn note_told_with(&mut self, first: &Notice, id: IncidentId, out: &mut Outcome) {
        let wall = self.clocks.wall;
        if let Some(entry) = self.entries.get_mut(&id) {
            let (notice_of, to) = (first.number, first.key.receiver.clone());
            entry.happened(wall, Happening::ToldWith { notice_of, to }, out);
        }
    }

    /// A notice as things stand now. None for an incident that never opened: nothing waits for one.
    fn notice(&self, key: NoticeKey, waiting: &Waiting, pending: &Pending) -> Option<Notice> {
        let entry = self.entries.get(&key.incident)?;
        let incident = &entry.incident;
        let topic = self.policy.topics.get(&incident.topic);
        let tier = incident
            .tier
            .or(pending.told_tier)
            .or(incident.highest_tier)?;
        let shares = self.shares(entry);
        let quotes = self.chosen_quotes(entry, &shares);
        let (subjects, more_subjects) = named(shares);
        Some(Notice {
            told_before: told_before(entry, &key.receiver, waiting.kind, pending.step.as_ref()),
            key,
            kind: to_whom_was_told(waiting.kind, pending.told_tier, tier, incident.returns > 0),
            number: incident.number?,
            topic: incident.topic.clone(),
            topic_name: topic.map_or_else(|| incident.topic.to_string(), |t| t.name.clone()),
            owner: topic.map(|topic| topic.owner.clone()).unwrap_or_default(),
            subject: incident.subject.clone(),
            tier,
            previous_tier: pending.told_tier,
            peak_tier: incident.highest_tier.filter(|peak| *peak > tier),
            last_told: pending.last_told,
            reason: entry.lifetime.reason.clone()?,
            class: incident.class,
            grade: incident.grade,
            labels: incident.labels.clone(),
            answer: incident.answer.clone(),
            totals: incident.totals,
            first_found_at: incident.first_found_at,
            last_found_at: incident.last_found_at,
            subjects,
            more_subjects,
            quotes,
            late: waiting.late,
            made_at: self.clocks.wall,
            merged: waiting.merged,
            held_back: None,
            taken_on: taken_on(entry),
            deadlines: entry.duties.deadlines.values().copied().collect(),
            asked: shown_questions(entry, self.clocks.wall),
            others: Vec::new(),
        })
    }

    /// The first post, of `*` one of each subject, the one of widest reach, then the latest; no two
    /// of one story.
    fn chosen_quotes(&self, entry: &Entry, shares: &[SubjectShare]) -> Vec<Quote> {
        let mut quotes: Vec<&Quote> = entry.quotes.values().collect();
        quotes.sort_unstable_by_key(|quote| (quote.found_at, quote.post));
        let first = quotes.first().copied();
        let unseen = |share: &&SubjectShare| {
            !first.is_some_and(|first| self.is_of_subject(first.post, &share.subject))
        };
        let shares: Vec<SubjectShare> = shares.iter().filter(unseen).cloned().collect();
        let each = self.post_of_each(entry, &shares);
        let widest = quotes.iter().rev().max_by_key(|quote| quote.counts.reach());
        let order = first.into_iter().chain(each).chain(widest.copied());
        let mut chosen: Vec<Quote> = Vec::new();
        for quote in order.chain(quotes.iter().rev().copied()) {
            let known = chosen.iter().any(|other| other.story == quote.story);
            if !known && chosen.len() < MAX_NOTICE_QUOTES {
                let copies = entry.stories.get(&quote.story).copied();
                chosen.push(Quote {
                    copies: copies.unwrap_or(quote.copies),
                    widest_copy: widest_copy(&quotes, quote),
                    ..quote.clone()
                });
            }
        }
        chosen
    }
}

/// Who has taken an incident on, or did before it was raised or that expired.
fn taken_on(entry: &Entry) -> Option<TakenOn> {
    let incident = &entry.incident;
    let former = incident.acknowledged_before.as_ref();
    if let Some(acknowledgement) = incident.acknowledged.clone() {
        let until = entry.duties.acknowledged_until;
        return Some(TakenOn {
            acknowledgement,
            until: until.filter(|_| entry.is_open()),
            ended: None,
        });
    }
    former.map(|(acknowledgement, ended)| TakenOn {
        acknowledgement: acknowledgement.clone(),
        until: None,
        ended: Some(*ended),
    })
}

/// Of the other posts of a story, the one that reaches widest among those whose link is known; the
/// first of several.
fn widest_copy(quotes: &[&Quote], quote: &Quote) -> Option<WidestCopy> {
    let others = quotes
        .iter()
        .rev()
        .filter(|other| other.story == quote.story && other.post != quote.post);
    let copies = others.filter_map(|other| {
        Some(WidestCopy {
            post: other.post,
            source: other.source.clone(),
            url: other.url.clone()?,
            reach: other.counts.reach(),
        })
    });
    copies.max_by_key(|copy| copy.reach)
}

/// Who was told before by the same chain, where nobody has answered.
fn told_before(
    entry: &Entry,
    to: &ReceiverId,
    kind: NoticeKind,
    step: Option<&(ChainId, u16)>,
) -> Vec<ReceiverId> {
    let Some((chain, _)) = step else {
        return Vec::new();
    };
    if !matches!(kind, NoticeKind::Escalated | NoticeKind::Unanswered) {
        return Vec::new();
    }
    let mut told: Vec<(u16, &ReceiverId)> = entry
        .pending
        .iter()
        .filter(|(receiver, pending)| *receiver != to && pending.told_at.is_some())
        .filter_map(|(receiver, pending)| Some((pending.step.as_ref()?, receiver)))
        .filter(|((of, _), _)| of == chain)
        .map(|((_, step), receiver)| (*step, receiver))
        .collect();
    told.sort_unstable();
    told.into_iter()
        .map(|(_, receiver)| receiver.clone())
        .collect()
}
