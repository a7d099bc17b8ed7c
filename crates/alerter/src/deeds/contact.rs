//! The contact sheet: who was asked what, by when, and the answer.

use fengbiao_model::{Happening, Timestamp};

use super::Doing;
use super::lifecycle::Done;
use crate::alerter::Alerter;
use crate::limits::CONTACT_ANSWERED_WITHIN;
use crate::outcome::Outcome;

impl Alerter {
    pub(super) fn ask(
        &mut self,
        doing: &Doing<'_>,
        of: &str,
        what: &str,
        by_when: Option<Timestamp>,
        out: &mut Outcome,
    ) -> Done {
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
        Ok(format!("item {item}"))
    }
}
