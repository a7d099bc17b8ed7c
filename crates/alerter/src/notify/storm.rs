//! When many notices come to one receiver at once: the rest become one.

use fengbiao_model::{HeadlineOf, IncidentId, Notice, OtherIncident, ReceiverId, Tier, Timestamp};

use crate::alerter::Alerter;
use crate::limits::{MAX_HEADLINE_CHARACTERS, MAX_OTHER_INCIDENTS, STORM_WAIT};
use crate::outcome::Outcome;
use crate::record::Hold;

impl Alerter {
    /// When the notice that stands for the rest goes to a receiver, if one more of this tier would
    /// be too many now. `held` is what holds the notice already.
    pub(crate) fn storm(
        &self,
        receiver: &ReceiverId,
        tier: Tier,
        held: Option<Hold>,
    ) -> Option<Timestamp> {
        let bound = self.policy.storm;
        let rate = self.rates.get(receiver)?;
        let now = self.clocks.wall;
        let of_late = rate.told.iter().filter(|at| **at + bound.within > now);
        let many = u32::try_from(of_late.count()).unwrap_or(u32::MAX) >= bound.notices;
        if tier == Tier::I || bound.notices == 0 || !many {
            return None;
        }
        // One notice for the rest within the bound's time; what is grave waits only for its like.
        let soon = now + STORM_WAIT;
        let due = match rate.rest_told_at {
            Some(told) if tier < Tier::II => soon.max(told + bound.within),
            _ => soon,
        };
        // A time that has passed is of a storm whose rest came to nothing.
        let known = rate
            .rest_due
            .filter(|known| *known > now || held == Some(Hold::Storm));
        Some(known.map_or(due, |known| known.min(due)))
    }

    /// A notice is held because there are too many.
    pub(crate) fn held_by_storm(
        &mut self,
        receiver: &ReceiverId,
        due: Timestamp,
        out: &mut Outcome,
    ) {
        let rate = self.rates.entry(receiver.clone()).or_default();
        if rate.rest_due != Some(due) {
            rate.rest_due = Some(due);
            out.touched.rates.insert(receiver.clone());
        }
    }

    /// A receiver was told something.
    pub(crate) fn count_told(&mut self, receiver: &ReceiverId, rest: bool, out: &mut Outcome) {
        let bound = self.policy.storm;
        let now = self.clocks.wall;
        let rate = self.rates.entry(receiver.clone()).or_default();
        rate.told.retain(|at| *at + bound.within > now);
        rate.told.push(now);
        let most = usize::try_from(bound.notices.max(1)).unwrap_or(usize::MAX);
        let surplus = rate.told.len().saturating_sub(most);
        rate.told.drain(..surplus);
        if rest {
            rate.rest_due = None;
            rate.rest_told_at = Some(now);
        }
        out.touched.rates.insert(receiver.clone());
    }

    /// The other incidents whose notice to a receiver is held because there are too many, loudest
    /// first.
    pub(crate) fn rest_of_storm(&self, head: IncidentId, receiver: &ReceiverId) -> Vec<IncidentId> {
        let held = self.timers.held(Hold::Storm);
        let mut rest: Vec<(Tier, IncidentId)> = held
            .filter(|(to, id)| *to == receiver && *id != head)
            .filter_map(|(_, id)| {
                let incident = &self.entries.get(&id)?.incident;
                Some((incident.tier.or(incident.highest_tier)?, id))
            })
            .collect();
        rest.sort_by_key(|(tier, id)| (std::cmp::Reverse(*tier), *id));
        rest.truncate(MAX_OTHER_INCIDENTS);
        rest.into_iter().map(|(_, id)| id).collect()
    }
}

/// A notice in a line, for the one that stands for it.
pub(crate) fn in_a_line(notice: &Notice) -> OtherIncident {
    let quote = notice.quotes.first();
    let said = quote.map(|quote| quote.title.as_deref().unwrap_or(&quote.text));
    OtherIncident {
        number: notice.number,
        kind: notice.kind,
        topic_name: notice.topic_name.clone(),
        subject: notice.subject.clone(),
        tier: notice.tier,
        totals: notice.totals,
        headline: on_one_line(said.unwrap_or_default(), MAX_HEADLINE_CHARACTERS),
        headline_of: quote.map(|quote| HeadlineOf {
            post: quote.post,
            source: quote.source.clone(),
        }),
    }
}

/// The beginning of a text, on one line.
pub(crate) fn on_one_line(text: &str, characters: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(characters).collect()
}
