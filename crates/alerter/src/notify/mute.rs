//! Whether a notice whose wait is over goes: the stages, in order, each with its name.

use fengbiao_model::{IncidentId, NoticeKind, Receiver, SubjectKey, Tier, Timestamp};

use super::gather::speaks_for;
use super::kind::{is_of_tier, is_owed, is_relief, to_whom_was_told};
use super::passing::is_still_so;
use crate::alerter::Alerter;
use crate::entry::Entry;
use crate::record::{Hold, Pending, Waiting};
use crate::step::Withheld;

/// What becomes of a notice whose wait is over.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It goes.
    Tell,
    /// It is not told, and will not be.
    Drop(Withheld),
    /// It is not told yet: another notice that goes before may tell it.
    Wait(Timestamp),
    /// It is not told yet: it is held, up to then where that is known.
    Hold(Hold, Timestamp, Withheld),
}

impl Alerter {
    /// Outlived → about to be named by `*` → gathered, inhibited → silenced → quiet hours → storm →
    /// told. What is owed speaks through other incidents and silences; better news wakes nobody and is
    /// not held by them.
    pub(crate) fn verdict(
        &self,
        entry: &Entry,
        receiver: &Receiver,
        pending: &Pending,
        waiting: &Waiting,
    ) -> Verdict {
        if let Some(why) = outlived(entry, receiver, pending, waiting) {
            return Verdict::Drop(why);
        }
        let tier = told_as(entry, pending);
        if let Some(until) = self.waits_to_be_named(entry, &receiver.id, waiting, tier) {
            return Verdict::Wait(until);
        }
        if let Some((hold, until, why)) = self.holder(entry, pending, waiting) {
            return Verdict::Hold(hold, until, why);
        }
        if tier < Tier::II
            && let Some(until) = self.routing.quiet_until(&receiver.id, self.clocks.wall)
        {
            return Verdict::Hold(Hold::QuietHours, until, Withheld::QuietHours);
        }
        match self.storm(&receiver.id, tier, waiting.held) {
            Some(rest_due) => Verdict::Hold(Hold::Storm, rest_due, Withheld::Storm),
            None => Verdict::Tell,
        }
    }

    /// What holds a notice as long as it lasts: another incident, or a silence.
    pub(super) fn holder(
        &self,
        entry: &Entry,
        pending: &Pending,
        waiting: &Waiting,
    ) -> Option<(Hold, Timestamp, Withheld)> {
        let tier = told_as(entry, pending);
        let returned = entry.incident.returns > 0;
        let kind = to_whom_was_told(waiting.kind, pending.told_tier, tier, returned);
        if is_owed(kind) || is_relief(kind) {
            return None;
        }
        if let Some((by, why)) = self.inhibitor(entry, waiting, tier) {
            return Some((Hold::Incident(by), Timestamp::MAX, why));
        }
        let silence = self.silenced(entry)?;
        let hold = Hold::Silence(silence.number);
        Some((hold, silence.until, Withheld::Silenced))
    }

    /// The incident that speaks for a notice at a tier: `*` of the topic, or one that an inhibition
    /// names. It is louder, or as loud and older, so that no two mute each other.
    fn inhibitor(
        &self,
        entry: &Entry,
        waiting: &Waiting,
        tier: Tier,
    ) -> Option<(IncidentId, Withheld)> {
        let incident = &entry.incident;
        let all = self.gatherer(entry, tier);
        if let Some(all) = all.filter(|all| speaks_for(all, waiting, tier)) {
            return Some((all.id(), Withheld::Gathered));
        }
        for rule in &self.policy.inhibitions {
            if !rule.mutes.takes(incident, tier) {
                continue;
            }
            for topic in self.policy.topics.keys() {
                for subject in [&incident.subject, &SubjectKey::All] {
                    let found = self
                        .open_in(&(topic.clone(), subject.clone()))
                        .find(|other| {
                            let louder = other.incident.tier > Some(tier)
                                || other.incident.tier == Some(tier) && other.id() < entry.id();
                            let by = |tier| rule.by.takes(&other.incident, tier);
                            louder && other.incident.tier.is_some_and(by)
                        });
                    if let Some(other) = found {
                        return Some((other.id(), Withheld::Inhibited));
                    }
                }
            }
        }
        None
    }

    pub(super) fn open_in(&self, stream: &crate::window::Stream) -> impl Iterator<Item = &Entry> {
        let ids = self.streams.get(stream).into_iter().flatten();
        ids.filter_map(|id| self.entries.get(id))
            .filter(|entry| entry.is_open())
    }
}

/// The tier that a notice made now would show.
fn told_as(entry: &Entry, pending: &Pending) -> Tier {
    let tier = entry.incident.tier.or(pending.told_tier);
    tier.unwrap_or(Tier::IV)
}

/// Why a change does not concern a receiver at all, if it does not. The end of something is told
/// to those who heard, or are about to hear, of it, and wakes nobody.
pub(crate) fn refused(
    entry: &Entry,
    receiver: &Receiver,
    pending: &Pending,
    kind: NoticeKind,
) -> Option<Withheld> {
    if is_relief(kind) {
        let told = pending.told_tier.is_some();
        let concerns = told || (kind == NoticeKind::Calmed && pending.waiting.is_some());
        return match (concerns, receiver.pages) {
            (false, _) if pending.waiting.is_some() => Some(Withheld::Superseded),
            (false, _) => Some(Withheld::NotRouted),
            (true, true) => Some(Withheld::Lowered),
            (true, false) => None,
        };
    }
    let tier = entry.incident.tier.or(entry.incident.highest_tier);
    if receiver.pages && tier.is_none_or(|tier| tier == Tier::IV) {
        return Some(Withheld::NotRouted);
    }
    let taken = entry.incident.acknowledged.is_some() && !is_owed(kind);
    taken.then_some(Withheld::Acknowledged)
}

/// Why a notice whose wait is over has been overtaken by what happened since, if it has.
fn outlived(
    entry: &Entry,
    receiver: &Receiver,
    pending: &Pending,
    waiting: &Waiting,
) -> Option<Withheld> {
    let taken = entry.incident.acknowledged.is_some();
    if taken && !is_owed(waiting.kind) && !is_relief(waiting.kind) {
        return Some(Withheld::Acknowledged);
    }
    let Some(tier) = entry.incident.tier else {
        let told = pending.told_tier.is_some() && waiting.kind == NoticeKind::Closed;
        return (!told).then_some(Withheld::Superseded);
    };
    if receiver.pages && tier == Tier::IV {
        return Some(Withheld::Lowered);
    }
    if !is_still_so(entry, waiting.kind) {
        return Some(Withheld::Superseded);
    }
    if !is_of_tier(waiting.kind) {
        return None;
    }
    if receiver.pages && pending.told_tier.is_some_and(|told| tier < told) {
        return Some(Withheld::Lowered);
    }
    // Changes that undid each other while they waited leave nothing to tell; a raise by itself is
    // told again also to those who were not told of the calm before it.
    let undone = match waiting.kind {
        NoticeKind::Opened | NoticeKind::Reopened => false,
        NoticeKind::Raised => waiting.merged > 0,
        _ => true,
    };
    (undone && pending.told_tier == Some(tier)).then_some(Withheld::Superseded)
}
