//! The contact sheet: who was asked what, by when, and the answer.

use fengbiao_model::{Happening, IncidentId, Question, Timestamp};

use super::Doing;
use super::lifecycle::Done;
use crate::alerter::Alerter;
use crate::limits::CONTACT_ANSWERED_WITHIN;
use crate::outcome::Outcome;
use crate::question::question;

impl Alerter {
    pub(super) fn ask(
        &mut self,
        doing: &Doing<'_>,
        of: &str,
        what: &str,
        by_when: Option<Timestamp>,
        out: &mut Outcome,
    ) -> Done {
        let wall = self.clocks.wall;
        // It would be missed at once, and wake everybody.
        if by_when.is_some_and(|by_when| by_when <= wall) {
            return Err("the answer is due in the past, expected a time after now".to_owned());
        }
        let incident = self.head_mut(doing)?;
        let by_when = by_when.unwrap_or(doing.command.at + CONTACT_ANSWERED_WITHIN);
        incident.items = incident.items.saturating_add(1);
        let item = incident.items;
        incident.asked.insert(item, by_when);
        let asked = Happening::Asked {
            item,
            of: of.to_owned(),
            what: what.to_owned(),
            by_when,
        };
        doing.write(incident, asked, out);
        if let Some(entry) = self.entries.get_mut(&doing.id) {
            let asked = question(item, of, what, by_when, wall);
            entry.duties.asked.insert(item, asked);
            out.touched.duties.insert(doing.id);
        }
        Ok(format!("item {item}, {of}"))
    }

    /// An answer to an item; a later one adds to it.
    pub(super) fn reply(
        &mut self,
        doing: &Doing<'_>,
        item: u32,
        answer: &str,
        out: &mut Outcome,
    ) -> Done {
        let incident = self.head_mut(doing)?;
        incident.asked.remove(&item);
        let answer = answer.to_owned();
        doing.write(incident, Happening::Replied { item, answer }, out);
        if let Some(entry) = self.entries.get_mut(&doing.id) {
            entry.duties.asked.remove(&item);
            out.touched.duties.insert(doing.id);
        }
        Ok(format!("item {item}"))
    }

    /// The incident is merged into another one, which waits from here on for the answers that it
    /// waited for, under numbers of its own.
    pub(super) fn take_questions(
        &mut self,
        doing: &Doing<'_>,
        target: IncidentId,
        out: &mut Outcome,
    ) {
        let Some(from) = self.entries.get_mut(&doing.id) else {
            return;
        };
        let asked = std::mem::take(&mut from.duties.asked);
        from.incident.asked.clear();
        out.touched.duties.extend([doing.id, target]);
        let Some(into) = self.entries.get_mut(&target) else {
            return;
        };
        for question in asked.into_values() {
            let incident = &mut into.incident;
            incident.items = incident.items.saturating_add(1);
            let (item, by_when) = (incident.items, question.due);
            incident.asked.insert(item, by_when);
            let (of, what) = (question.of.clone(), question.what.clone());
            let again = Happening::Asked {
                item,
                of,
                what,
                by_when,
            };
            doing.write(incident, again, out);
            into.duties
                .asked
                .insert(item, Question { item, ..question });
        }
    }
}
