//! The contact sheet: who was asked what, by when, and the answer.

use fengbiao_model::{Happening, Timestamp};

use super::Doing;
use super::lifecycle::Done;
use crate::alerter::Alerter;
use crate::limits::{CONTACT_ANSWERED_WITHIN, MAX_OPEN_ITEMS};
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
        if incident.asked.len() >= MAX_OPEN_ITEMS {
            return Err(format!(
                "{MAX_OPEN_ITEMS} items of incident `{}` wait for an answer, expected fewer; \
                 hint: `reply` to those that are settled",
                doing.number
            ));
        }
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
        if item == 0 || item > incident.items {
            let number = doing.number;
            return Err(match incident.items {
                0 => format!("nobody was asked anything about incident `{number}` yet"),
                last => format!(
                    "incident `{number}` has no item `{item}` on its contact sheet, expected 1 to \
                     {last}"
                ),
            });
        }
        incident.asked.remove(&item);
        let answer = answer.to_owned();
        doing.write(incident, Happening::Replied { item, answer }, out);
        Ok(format!("item {item}"))
    }
}
