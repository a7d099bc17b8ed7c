//! When something is due, in order: derived from the records, so that no step looks at every
//! incident.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_model::{IncidentId, ReceiverId, Timestamp};

/// What one incident waits for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dues {
    /// On the event clock.
    pub(crate) event: Timestamp,
    /// On the wall clock, by receiver.
    pub(crate) wall: Vec<(Timestamp, ReceiverId)>,
    /// The receivers whose notice waits for a catch-up.
    pub(crate) late: Vec<ReceiverId>,
}

/// What all incidents wait for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    of: BTreeMap<IncidentId, Dues>,
    event: BTreeSet<(Timestamp, IncidentId)>,
    wall: BTreeSet<(Timestamp, IncidentId, ReceiverId)>,
    late: BTreeSet<(IncidentId, ReceiverId)>,
}

impl Timers {
    /// Replaces what an incident waits for.
    pub(crate) fn set(&mut self, id: IncidentId, dues: Dues) {
        self.remove(id);
        self.event.insert((dues.event, id));
        self.wall.extend(
            dues.wall
                .iter()
                .map(|(at, receiver)| (*at, id, receiver.clone())),
        );
        self.late
            .extend(dues.late.iter().map(|receiver| (id, receiver.clone())));
        self.of.insert(id, dues);
    }

    /// The incident is gone.
    pub(crate) fn remove(&mut self, id: IncidentId) {
        let Some(dues) = self.of.remove(&id) else {
            return;
        };
        self.event.remove(&(dues.event, id));
        for (at, receiver) in dues.wall {
            self.wall.remove(&(at, id, receiver));
        }
        for receiver in dues.late {
            self.late.remove(&(id, receiver));
        }
    }

    /// The incident that is due first on the event clock, if it is due.
    pub(crate) fn event_due(&self, event: Timestamp) -> Option<IncidentId> {
        self.event
            .first()
            .filter(|(at, _)| *at <= event)
            .map(|(_, id)| *id)
    }

    /// What is due first on the wall clock, if it is due.
    pub(crate) fn wall_due(&self, wall: Timestamp) -> Option<(IncidentId, ReceiverId)> {
        let first = self.wall.first().filter(|(at, ..)| *at <= wall);
        first.map(|(_, id, receiver)| (*id, receiver.clone()))
    }

    /// The first time on the event clock at which something is due.
    pub(crate) fn next_event(&self) -> Option<Timestamp> {
        self.event.first().map(|(at, _)| *at)
    }

    /// The first time on the wall clock at which something is due.
    pub(crate) fn next_wall(&self) -> Option<Timestamp> {
        self.wall.first().map(|(at, ..)| *at)
    }

    /// All that waits for a catch-up.
    pub(crate) fn late(&self) -> Vec<(IncidentId, ReceiverId)> {
        self.late.iter().cloned().collect()
    }
}
