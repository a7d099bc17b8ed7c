//! What people do with one incident, a file for each group of deeds. Every deed that is done is an
//! event of the incident's record and a line of the trail; one that is refused says what would be
//! allowed.

mod assessment;
mod check;
mod contact;
mod lifecycle;
mod merge;
mod split;
mod stages;

pub use check::{Refusal, check_deed, check_merge};
use fengbiao_model::{Actor, Command, Deed, Happening, Incident, IncidentId, IncidentNumber};

use crate::alerter::Alerter;
use crate::chronicle;
use crate::command::Done;
use crate::entry::Entry;
use crate::limits::{CLOSED_KEPT, REMEMBERED_FOR};
use crate::outcome::Outcome;

/// One deed, on its way.
pub(crate) struct Doing<'a> {
    pub(crate) number: IncidentNumber,
    pub(crate) id: IncidentId,
    pub(crate) command: &'a Command,
}

impl Doing<'_> {
    pub(crate) const fn by(&self) -> &Actor {
        &self.command.by
    }

    /// Adds an event to the incident's record.
    pub(crate) fn write(&self, incident: &mut Incident, what: Happening, out: &mut Outcome) {
        chronicle::write(incident, self.command.at, self.by(), what, out);
    }
}

impl Alerter {
    /// Does a deed.
    pub(crate) fn deed(
        &mut self,
        number: IncidentNumber,
        deed: &Deed,
        command: &Command,
        out: &mut Outcome,
    ) -> Done {
        let id = self.known(number)?;
        if let Some(incident) = self.head(id) {
            check_deed(incident, deed)?;
        }
        let doing = Doing {
            number,
            id,
            command,
        };
        let note = match deed {
            Deed::Acknowledge => self.acknowledge(&doing, out),
            Deed::Close { note } => self.close(&doing, note, out),
            Deed::Reopen { note } => self.reopen(&doing, note, out),
            Deed::Stage { stage, note } => self.stage(&doing, *stage, note, out),
            Deed::Merge { into, note } => self.merge(&doing, *into, note, out),
            Deed::Split { posts, note } => self.split(&doing, posts, note, out),
            Deed::Ask { of, what, by_when } => self.ask(&doing, of, what, *by_when, out),
            Deed::Reply { item, answer } => self.reply(&doing, *item, answer, out),
            Deed::Answer { text, link } => self.answer(&doing, text, link.as_ref(), out),
            Deed::Outcome { post, outcome } => self.outcome(&doing, *post, outcome, out),
            Deed::Label { key, value } => self.label(&doing, key, value.as_ref(), out),
            Deed::Grade { grade, note } => self.grade(&doing, *grade, note, out),
            Deed::Classify { class, note } => self.classify(&doing, *class, note, out),
            Deed::Note { text } => self.note(&doing, text, out),
            Deed::Assess {
                owner,
                grade,
                opinion,
            } => self.assess(&doing, owner, *grade, opinion, out),
        }?;
        self.written(id, out);
        Ok((trail(deed), format!("incident {number}"), note))
    }

    /// An incident whose record people may write into.
    fn known(&self, number: IncidentNumber) -> Result<IncidentId, String> {
        self.numbers.get(&number).copied().ok_or_else(|| {
            format!(
                "there is no incident `{number}` whose last post was found within {REMEMBERED_FOR}"
            )
        })
    }

    fn head(&self, id: IncidentId) -> Option<&Incident> {
        let kept = self.entries.get(&id).map(|entry| &entry.incident);
        kept.or_else(|| self.past.get(id))
    }

    /// The incident, whether what hangs on it is still in memory or not.
    fn head_mut(&mut self, doing: &Doing<'_>) -> Result<&mut Incident, String> {
        let kept = self.entries.get_mut(&doing.id);
        let kept = kept.map(|entry| &mut entry.incident);
        kept.or_else(|| self.past.get_mut(doing.id))
            .ok_or_else(|| format!("there is no incident `{}`", doing.number))
    }

    /// The incident with all that hangs on it.
    fn kept(&self, number: IncidentNumber, id: IncidentId) -> Result<&Entry, String> {
        self.entries.get(&id).ok_or_else(|| {
            format!(
                "the last post of incident `{number}` was found more than {CLOSED_KEPT} ago: its \
                 record can be added to, but it takes no posts any more"
            )
        })
    }
}

/// How the trail calls a deed that was done.
const fn trail(deed: &Deed) -> &'static str {
    match deed {
        Deed::Acknowledge => "incident.acknowledged",
        Deed::Close { .. } => "incident.closed",
        Deed::Reopen { .. } => "incident.reopened",
        Deed::Stage { .. } => "incident.staged",
        Deed::Grade { .. } => "incident.graded",
        Deed::Classify { .. } => "incident.classified",
        Deed::Label { .. } => "incident.labelled",
        Deed::Note { .. } => "incident.noted",
        Deed::Ask { .. } => "incident.asked",
        Deed::Reply { .. } => "incident.replied",
        Deed::Assess { .. } => "incident.assessed",
        Deed::Answer { .. } => "incident.answered",
        Deed::Outcome { .. } => "incident.outcome",
        Deed::Merge { .. } => "incident.merged",
        Deed::Split { .. } => "incident.split",
    }
}
