//! When the time of a chain's step runs, stands still, and ends.

use fengbiao_model::{IncidentId, ReceiverId, TimeSpan};

use super::within;
use crate::alerter::Alerter;
use crate::entry::Entry;
use crate::outcome::Outcome;
use crate::record::EscalationState;

impl Alerter {
    /// The time of a step runs from when the first of those whom it asks is told, by whatever way
    /// the notice came. Where nobody whom it asks will be told any more it runs as well, so that
    /// the next is asked; and where it asks nobody it is over at once.
    pub(crate) fn start_steps(
        &mut self,
        id: IncidentId,
        told: Option<&ReceiverId>,
        out: &mut Outcome,
    ) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        let mut starts = Vec::new();
        for (chain, at) in &entry.duties.chains {
            let Some(policy) = self.policy.chains.get(chain) else {
                continue;
            };
            if at.state != EscalationState::Telling {
                continue;
            }
            let asked = self.asked(policy, at.step);
            let of_step = |receiver: &ReceiverId| {
                let pending = entry.pending.get(receiver);
                let step = pending.and_then(|pending| pending.step.as_ref());
                step.is_some_and(|(of, step)| of == chain && *step == at.step)
                    || asked.contains(receiver)
            };
            let waits = entry
                .pending
                .iter()
                .any(|(receiver, pending)| pending.waiting.is_some() && of_step(receiver));
            if told.is_some_and(of_step) || !waits {
                let nobody = asked.is_empty() && told.is_none();
                let within = within(policy, entry.incident.tier);
                starts.push((chain.clone(), if nobody { TimeSpan::ZERO } else { within }));
            }
        }
        let silenced = self.silenced(entry).is_some();
        let wall = self.clocks.wall;
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        for (chain, left) in starts {
            if let Some(at) = entry.duties.chains.get_mut(&chain) {
                at.state = if silenced {
                    EscalationState::Paused { left }
                } else {
                    EscalationState::Running { due: wall + left }
                };
                out.touched.duties.insert(id);
            }
        }
    }

    /// What may be silenced has changed: chains stand still where a silence holds, and run on
    /// where none does.
    pub(crate) fn align_chains(&mut self, out: &mut Outcome) {
        let moving = |entry: &&Entry| {
            let mut chains = entry.duties.chains.values();
            chains.any(|at| {
                let state = at.state;
                matches!(
                    state,
                    EscalationState::Running { .. } | EscalationState::Paused { .. }
                )
            })
        };
        let entries = self.entries.values().filter(moving);
        let ids: Vec<IncidentId> = entries.map(Entry::id).collect();
        for id in ids {
            self.align_chains_of(id, out);
        }
    }

    /// The chains of an incident stand still while a silence holds it, and run on when none does.
    pub(crate) fn align_chains_of(&mut self, id: IncidentId, out: &mut Outcome) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        let silenced = self.silenced(entry).is_some();
        let wall = self.clocks.wall;
        self.change_chains(id, out, |state| match state {
            EscalationState::Running { due } if silenced => Some(EscalationState::Paused {
                left: due.since(wall),
            }),
            EscalationState::Paused { left } if !silenced => {
                Some(EscalationState::Running { due: wall + left })
            }
            _ => None,
        });
    }

    /// Somebody has acknowledged, or the incident is over.
    pub(crate) fn stop_chains(&mut self, id: IncidentId, out: &mut Outcome) {
        self.change_chains(id, out, |_| Some(EscalationState::Stopped));
    }

    fn change_chains(
        &mut self,
        id: IncidentId,
        out: &mut Outcome,
        to: impl Fn(EscalationState) -> Option<EscalationState>,
    ) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        for at in entry.duties.chains.values_mut() {
            if let Some(state) = to(at.state).filter(|state| *state != at.state) {
                at.state = state;
                out.touched.duties.insert(id);
            }
        }
        self.retime(id);
    }
}
