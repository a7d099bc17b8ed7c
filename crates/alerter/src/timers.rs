//! When something is due, in order: derived from the records, so that no step looks at every
//! incident.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_model::{ChainId, IncidentId, ReceiverId, Timestamp};

use crate::record::Hold;
use crate::silence::GlobalDue;

/// What one incident waits for on the wall clock.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum WallDue {
    /// Its acknowledgement expires.
    Lapse,
    /// A deadline, or its warning.
    Deadline,
    /// The answer to a question is due, or nearly.
    Reply,
    /// The next step of a chain.
    Climb(ChainId),
    /// A receiver is told.
    Tell(ReceiverId),
}

/// What one incident waits for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dues {
    /// On the event clock.
    pub(crate) event: Timestamp,
    /// On the wall clock.
    pub(crate) wall: Vec<(Timestamp, WallDue)>,
    /// The receivers whose notice waits for a catch-up.
    pub(crate) late: Vec<ReceiverId>,
    /// The receivers whose notice is held.
    pub(crate) held: Vec<(Hold, ReceiverId)>,
}

/// What all incidents wait for, and what is due beside them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    of: BTreeMap<IncidentId, Dues>,
    event: BTreeSet<(Timestamp, IncidentId)>,
    wall: BTreeSet<(Timestamp, IncidentId, WallDue)>,
    late: BTreeSet<(IncidentId, ReceiverId)>,
    held: BTreeMap<Hold, BTreeSet<(ReceiverId, IncidentId)>>,
    globally: BTreeSet<(Timestamp, GlobalDue)>,
}

/// What is due first on the wall clock.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    /// Beside the incidents: it goes first, so that a silence that ends lets its notices go.
    Globally(GlobalDue),
    /// Of an incident.
    Of(IncidentId, WallDue),
}

impl Timers {
    /// Replaces what an incident waits for.
    pub(crate) fn set(&mut self, id: IncidentId, dues: Dues) {
        if let Some(known) = self.of.get_mut(&id)
            && (&known.wall, &known.late, &known.held) == (&dues.wall, &dues.late, &dues.held)
        {
            if known.event != dues.event {
                self.event.remove(&(known.event, id));
                self.event.insert((dues.event, id));
                known.event = dues.event;
            }
            return;
        }
        self.remove(id);
        self.event.insert((dues.event, id));
        let wall = dues.wall.iter();
        self.wall
            .extend(wall.map(|(at, due)| (*at, id, due.clone())));
        let late = dues.late.iter();
        self.late
            .extend(late.map(|receiver| (id, receiver.clone())));
        for (hold, receiver) in &dues.held {
            self.held
                .entry(*hold)
                .or_default()
                .insert((receiver.clone(), id));
        }
        self.of.insert(id, dues);
    }

    /// The incident is gone.
    pub(crate) fn remove(&mut self, id: IncidentId) {
        let Some(dues) = self.of.remove(&id) else {
            return;
        };
        self.event.remove(&(dues.event, id));
        for (at, due) in dues.wall {
            self.wall.remove(&(at, id, due));
        }
        for receiver in dues.late {
            self.late.remove(&(id, receiver));
        }
        for (hold, receiver) in dues.held {
            if let Some(held) = self.held.get_mut(&hold) {
                held.remove(&(receiver, id));
                if held.is_empty() {
                    self.held.remove(&hold);
                }
            }
        }
    }

    /// Replaces what is due beside the incidents.
    pub(crate) fn set_globally(&mut self, dues: BTreeSet<(Timestamp, GlobalDue)>) {
        self.globally = dues;
    }

    /// The incident that is due first on the event clock, if it is due.
    pub(crate) fn event_due(&self, event: Timestamp) -> Option<IncidentId> {
        self.event
            .first()
            .filter(|(at, _)| *at <= event)
            .map(|(_, id)| *id)
    }

    /// What is due first on the wall clock, if it is due.
    pub(crate) fn wall_due(&self, wall: Timestamp) -> Option<Next> {
        let globally = self.globally.first().filter(|(at, _)| *at <= wall);
        let of = self.wall.first().filter(|(at, ..)| *at <= wall);
        match (globally, of) {
            (Some((at, due)), of) if of.is_none_or(|(first, ..)| at <= first) => {
                Some(Next::Globally(*due))
            }
            (_, of) => of.map(|(_, id, due)| Next::Of(*id, due.clone())),
        }
    }

    /// The first time on the event clock at which something is due.
    pub(crate) fn next_event(&self) -> Option<Timestamp> {
        self.event.first().map(|(at, _)| *at)
    }

    /// The first time on the wall clock at which something is due.
    pub(crate) fn next_wall(&self) -> Option<Timestamp> {
        let wall = self.wall.first().map(|(at, ..)| *at);
        let globally = self.globally.first().map(|(at, _)| *at);
        wall.into_iter().chain(globally).min()
    }

    /// All that waits for a catch-up.
    pub(crate) fn late(&self) -> Vec<(IncidentId, ReceiverId)> {
        self.late.iter().cloned().collect()
    }

    /// All that is held by one thing, by receiver.
    pub(crate) fn held(&self, hold: Hold) -> impl Iterator<Item = (&ReceiverId, IncidentId)> {
        let held = self.held.get(&hold).into_iter().flatten();
        held.map(|(receiver, id)| (receiver, *id))
    }

    /// All that holds a notice.
    pub(crate) fn holds(&self) -> Vec<Hold> {
        self.held.keys().copied().collect()
    }
}
