//! Taking on, moving on, closing, opening again.

use fengbiao_model::{Acknowledgement, Happening, IncidentId, NoticeKind, Reason, Stage, Tier};

use super::{Doing, Refusal};
use crate::alerter::Alerter;
use crate::incident::heighten;
use crate::outcome::Outcome;

/// What is worth a place in the trail beside the deed's name; or why it is refused.
pub(super) type Done = Result<String, Refusal>;

impl Alerter {
    pub(super) fn acknowledge(&mut self, doing: &Doing<'_>, out: &mut Outcome) -> Done {
        self.take_on(doing, out);
        Ok(String::new())
    }

    /// Somebody has taken an incident on, by saying so or by working on it: what waits is not told.
    pub(super) fn take_on(&mut self, doing: &Doing<'_>, out: &mut Outcome) {
        let Some(entry) = self.entries.get_mut(&doing.id) else {
            return;
        };
        let incident = &mut entry.incident;
        if incident.acknowledged.is_some() || !incident.is_open() {
            return;
        }
        incident.acknowledged_before = None;
        incident.acknowledged = Some(Acknowledgement {
            by: doing.by().clone(),
            at: doing.command.at,
        });
        if incident.stage == Stage::Detected {
            incident.stage = Stage::Reported;
        }
        doing.write(incident, Happening::Acknowledged, out);
        self.acknowledged(doing.id, out);
        self.hush_acknowledged(doing.id, out);
        self.retime(doing.id);
    }

    pub(super) fn close(&mut self, doing: &Doing<'_>, note: &str, out: &mut Outcome) -> Done {
        let (event, wall) = (self.clocks.event, self.clocks.wall);
        let reason = self.said("command", note);
        if let Some(entry) = self.entries.get_mut(&doing.id) {
            entry.close(wall);
            entry.lifetime.shut_at = Some(event);
            entry.lifetime.reason = Some(reason);
            let (note, reason) = (note.to_owned(), None);
            doing.write(&mut entry.incident, Happening::Closed { note, reason }, out);
        }
        self.over(doing.id, out);
        Ok(note.to_owned())
    }

    /// A reason that a person gave, now.
    pub(super) fn said(&self, method: &str, what: &str) -> Reason {
        Reason {
            method: method.to_owned(),
            condition: what.to_owned(),
            holds: None,
            measures: Vec::new(),
            at: self.clocks.event,
        }
    }

    /// Moves an incident on. Who moves an open one on has taken it on.
    pub(super) fn stage(
        &mut self,
        doing: &Doing<'_>,
        stage: Stage,
        note: &str,
        out: &mut Outcome,
    ) -> Done {
        if stage == Stage::Closed {
            return self.close(doing, note, out);
        }
        self.take_on(doing, out);
        let incident = self.head_mut(doing)?;
        incident.stage = stage;
        let said = note.to_owned();
        doing.write(incident, Happening::Staged { stage, note: said }, out);
        let name = stage.as_str();
        Ok(if note.is_empty() {
            name.to_owned()
        } else {
            format!("{name}: {note}")
        })
    }

    /// Opens a closed incident again, as taken on by who asks: at the tier that still is true, or
    /// at the lowest; calm counts from now.
    pub(super) fn reopen(&mut self, doing: &Doing<'_>, note: &str, out: &mut Outcome) -> Done {
        self.kept(doing.number, doing.id)?;
        let tier = self.tier_now(doing.id);
        let (event, wall) = (self.clocks.event, self.clocks.wall);
        let reason = self.said("command", note);
        if let Some(entry) = self.entries.get_mut(&doing.id) {
            entry.incident.stage = Stage::Following;
            entry.incident.closed_at = None;
            entry.incident.returns += 1;
            entry.incident.acknowledged = None;
            entry.incident.acknowledged_before = None;
            entry.lifetime.shut_at = None;
            entry.lifetime.true_at.insert(tier, event);
            entry.lifetime.reason = Some(reason);
            entry.duties.renew(wall);
            heighten(entry, tier, wall, out);
            entry.incident.fired_at = entry.kept_at(tier);
            let note = note.to_owned();
            doing.write(&mut entry.incident, Happening::Reopened { note }, out);
        }
        self.take_on(doing, out);
        self.announce(doing.id, NoticeKind::Reopened, None, out);
        Ok(note.to_owned())
    }

    /// The tier that an incident would have if it were open.
    fn tier_now(&self, id: IncidentId) -> Tier {
        let tier = self.entries.get(&id).and_then(|entry| {
            let (calm_after, _) = self.spans(&entry.stream());
            entry.tier_at(self.clocks.event, calm_after)
        });
        tier.unwrap_or(Tier::IV)
    }
}
