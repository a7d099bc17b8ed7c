//! What held notices is over: a silence, an inhibition, a quiet time, a storm, the catch-up. They are
//! asked again.

use std::collections::BTreeSet;

use fengbiao_model::{HeldBack, IncidentId, ReceiverId, Silence, Timestamp};

use crate::alerter::Alerter;
use crate::limits::MAX_CATCH_UP_WAIT;
use crate::outcome::Outcome;
use crate::record::{Hold, Waiting};

impl Alerter {
    /// What held notices is over: they are asked again, now.
    pub(crate) fn let_through(&mut self, hold: Hold, out: &mut Outcome) {
        for (receiver, id) in self.held_by(hold) {
            // What `*` has named stays named where that has only come down.
            if self.holds_still(id, &receiver, hold) {
                self.fire_tell(id, &receiver, out);
            } else {
                self.ask_again(id, receiver, out);
            }
        }
    }

    /// A silence has ended: what it held goes now, and says why it comes only now.
    pub(crate) fn let_speak(&mut self, silence: &Silence, out: &mut Outcome) {
        let held_back = HeldBack::Silence {
            until: silence.until.min(self.clocks.wall),
            reason: silence.reason.clone(),
        };
        let mut held = self.held_by(Hold::Silence(silence.number));
        held.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
        for (receiver, id) in held {
            self.ask_again(id, receiver.clone(), out);
            // While the clocks have parted nothing goes.
            if !self.clocks.held {
                self.fire_held(id, &receiver, Some(held_back.clone()), out);
            }
        }
    }

    /// Whether an incident holds a notice as it did.
    fn holds_still(&self, id: IncidentId, to: &ReceiverId, hold: Hold) -> bool {
        let entry = self.entries.get(&id);
        let held = entry.and_then(|entry| {
            let pending = entry.pending.get(to)?;
            self.holder(entry, pending, pending.waiting.as_ref()?)
        });
        matches!(hold, Hold::Incident(_)) && held.is_some_and(|(by, ..)| by == hold)
    }

    /// Something about an incident has changed by which silences and inhibitions choose: those of
    /// its notices, and of those that it holds, which nothing of the kind holds any more, are asked
    /// again.
    pub(crate) fn let_through_of(&mut self, id: IncidentId, out: &mut Outcome) {
        let mut concerned: BTreeSet<IncidentId> = BTreeSet::from([id]);
        let held = self.held_by(Hold::Incident(id));
        concerned.extend(held.into_iter().map(|(_, held)| held));
        for id in concerned {
            for receiver in self.held_no_more(id) {
                self.ask_again(id, receiver, out);
            }
        }
    }

    fn held_by(&self, hold: Hold) -> Vec<(ReceiverId, IncidentId)> {
        let held = self.timers.held(hold);
        held.map(|(receiver, id)| (receiver.clone(), id)).collect()
    }

    /// The receivers whose notice of an incident is written down as held by what does not hold it.
    fn held_no_more(&self, id: IncidentId) -> Vec<ReceiverId> {
        let Some(entry) = self.entries.get(&id) else {
            return Vec::new();
        };
        let pending = entry.pending.iter();
        let free = pending.filter(|(_, pending)| {
            let waiting = pending.waiting.as_ref();
            waiting.is_some_and(|waiting| {
                let held = waiting.held.filter(|hold| hold.is_open_ended());
                let holds = self.holder(entry, pending, waiting);
                held.is_some() && held != holds.map(|(hold, ..)| hold)
            })
        });
        free.map(|(receiver, _)| receiver.clone()).collect()
    }

    fn ask_again(&mut self, id: IncidentId, receiver: ReceiverId, out: &mut Outcome) {
        let wall = self.clocks.wall;
        let entry = self.entries.get_mut(&id);
        let pending = entry.and_then(|entry| entry.pending.get_mut(&receiver));
        if let Some(waiting) = pending.and_then(|pending| pending.waiting.as_mut()) {
            (waiting.held, waiting.due) = (None, wall);
            out.touched.pending.insert((id, receiver));
        }
        self.retime(id);
    }

    /// The catch-up that began then is over: what waited for it goes now.
    pub(crate) fn release_late(&mut self, since: Timestamp, out: &mut Outcome) {
        let wall = self.clocks.wall;
        for (id, receiver) in self.timers.late() {
            let entry = self.entries.get_mut(&id);
            let pending = entry.and_then(|entry| entry.pending.get_mut(&receiver));
            let waiting = pending.and_then(|pending| pending.waiting.as_mut());
            let waits = |waiting: &&mut Waiting| {
                let due = waiting.due;
                waiting.held.is_none() && due > wall && due >= since + MAX_CATCH_UP_WAIT
            };
            if let Some(waiting) = waiting.filter(waits) {
                waiting.due = wall;
                out.touched.pending.insert((id, receiver));
                self.retime(id);
            }
        }
    }
}
