//! Chains of escalation: whom to ask next while nobody has acknowledged.
//!
//! A step is *told* before its time runs: a notice that quiet hours or a silence hold back does
//! not count against whoever has not heard it.

use fengbiao_model::{
    Chain, ChainId, Happening, IncidentId, NoticeKind, ReceiverId, StepTarget, Tier, TimeSpan,
};

use crate::alerter::Alerter;
use crate::notify::Listener;
use crate::outcome::Outcome;
use crate::record::{Escalation, EscalationState};
use crate::routing::Waits;

impl Alerter {
    /// Whom a chain tells of a change: the step that it has reached, and those it has told on the
    /// way there. With `begin` a chain that stands still begins anew.
    pub(crate) fn chain_listeners(
        &mut self,
        id: IncidentId,
        chain: &ChainId,
        waits: Waits,
        begin: bool,
        out: &mut Outcome,
    ) -> Vec<Listener> {
        let Some(chain) = self.policy.chains.get(chain).cloned() else {
            return Vec::new();
        };
        if begin {
            self.begin_or_hasten(id, &chain, out);
        }
        let Some(entry) = self.entries.get(&id) else {
            return Vec::new();
        };
        let reached = entry.duties.chains.get(&chain.id).map_or(0, |at| at.step);
        let mut listeners: Vec<Listener> = Vec::new();
        for (receiver, pending) in &entry.pending {
            let step = pending
                .step
                .as_ref()
                .filter(|(of, step)| *of == chain.id && *step <= reached);
            listeners.extend(step.map(|step| Listener {
                receiver: receiver.clone(),
                waits,
                step: Some(step.clone()),
            }));
        }
        for receiver in self.asked_at(&chain, reached, out) {
            if listeners.iter().all(|known| known.receiver != receiver) {
                let step = Some((chain.id.clone(), reached));
                listeners.push(Listener {
                    receiver,
                    waits,
                    step,
                });
            }
        }
        listeners
    }

    /// Whom a step asks, as things stand now.
    fn asked_at(&self, chain: &Chain, step: u16, out: &mut Outcome) -> Vec<ReceiverId> {
        let targets = chain.steps.get(usize::from(step)).into_iter().flatten();
        let mut asked = Vec::new();
        for target in targets {
            let receiver = match target {
                StepTarget::Receiver(receiver) => Some(receiver.clone()),
                StepTarget::Schedule(schedule) => self.on_call(schedule, out),
            };
            asked.extend(receiver.filter(|receiver| !asked.contains(receiver)));
        }
        asked
    }

    /// A chain that runs has no more time than the tier now leaves it; one that stands still
    /// begins.
    fn begin_or_hasten(&mut self, id: IncidentId, chain: &Chain, out: &mut Outcome) {
        let wall = self.clocks.wall;
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let within = within(chain, entry.incident.tier);
        let before = entry.duties.chains.get(&chain.id).copied();
        let state = match before.map(|before| before.state) {
            Some(EscalationState::Telling) => return,
            Some(EscalationState::Running { due }) => EscalationState::Running {
                due: due.min(wall + within),
            },
            Some(EscalationState::Paused { left }) => EscalationState::Paused {
                left: left.min(within),
            },
            _ => EscalationState::Telling,
        };
        let (step, round) = match before {
            Some(before) if state != EscalationState::Telling => (before.step, before.round),
            Some(before) => (0, before.round.saturating_add(1)),
            None => (0, 1),
        };
        let escalation = Escalation { step, round, state };
        entry.duties.chains.insert(chain.id.clone(), escalation);
        out.touched.duties.insert(id);
    }

    /// Somebody of a step has been told: its time runs, unless a silence holds it.
    pub(crate) fn step_told(
        &mut self,
        id: IncidentId,
        chain: &ChainId,
        step: u16,
        out: &mut Outcome,
    ) {
        let Some(within) = self.entries.get(&id).and_then(|entry| {
            let chain = self.policy.chains.get(chain)?;
            Some(within(chain, entry.incident.tier))
        }) else {
            return;
        };
        let silenced = self
            .entries
            .get(&id)
            .is_some_and(|entry| self.silenced(entry).is_some());
        let due = self.clocks.wall + within;
        let entry = self.entries.get_mut(&id);
        let at = entry.and_then(|entry| entry.duties.chains.get_mut(chain));
        if let Some(at) = at
            && at.step == step
            && at.state == EscalationState::Telling
        {
            at.state = if silenced {
                EscalationState::Paused { left: within }
            } else {
                EscalationState::Running { due }
            };
            out.touched.duties.insert(id);
        }
    }

    /// A step's time is over: the next one is asked, and at the end the last resort told that
    /// nobody has answered. A step that asks nobody is passed at once.
    pub(crate) fn climb(&mut self, id: IncidentId, chain: &ChainId, out: &mut Outcome) {
        let chain = self.policy.chains.get(chain).cloned();
        let Some((chain, mut at)) = chain.and_then(|chain| {
            let at = *self.entries.get(&id)?.duties.chains.get(&chain.id)?;
            Some((chain, at))
        }) else {
            return self.stop_chains(id, out);
        };
        let told = loop {
            at.step = at.step.saturating_add(1);
            if usize::from(at.step) >= chain.steps.len() {
                at.state = EscalationState::Exhausted;
                break vec![chain.last_resort.clone()];
            }
            let asked = self.asked_at(&chain, at.step, out);
            if !asked.is_empty() {
                at.state = EscalationState::Telling;
                break asked;
            }
        };
        let (kind, what) = if at.state == EscalationState::Exhausted {
            let (chain, told) = (chain.id.clone(), chain.last_resort.clone());
            (
                NoticeKind::Unanswered,
                Happening::Unanswered { chain, told },
            )
        } else {
            let (chain, step, asked) = (chain.id.clone(), at.step, told.clone());
            (
                NoticeKind::Escalated,
                Happening::Escalated { chain, step, asked },
            )
        };
        let wall = self.clocks.wall;
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.duties.chains.insert(chain.id.clone(), at);
            out.touched.duties.insert(id);
            entry.happened(wall, what, out);
        }
        let waits = self.waits_of(id, &chain.id);
        for receiver in told {
            let listener = Listener {
                receiver,
                waits,
                step: Some((chain.id.clone(), at.step)),
            };
            self.offer(id, kind, &listener, None, out);
        }
        self.retime(id);
    }

    /// The waits of the route that leads to a chain, as those have them that were told already.
    fn waits_of(&self, id: IncidentId, chain: &ChainId) -> Waits {
        let pending = self
            .entries
            .get(&id)
            .into_iter()
            .flat_map(|entry| entry.pending.values());
        let mut told =
            pending.filter(|pending| pending.step.as_ref().is_some_and(|s| s.0 == *chain));
        told.next().map_or_else(Waits::default, |pending| Waits {
            group_wait: TimeSpan::ZERO,
            group_interval: pending.group_interval,
            repeat_interval: pending.repeat_interval,
        })
    }

    /// Somebody has acknowledged, or the incident is over.
    pub(crate) fn stop_chains(&mut self, id: IncidentId, out: &mut Outcome) {
        self.change_chains(id, out, |_| Some(EscalationState::Stopped));
    }

    /// A silence begins: what runs stands still.
    pub(crate) fn pause_chains(&mut self, id: IncidentId, out: &mut Outcome) {
        let wall = self.clocks.wall;
        self.change_chains(id, out, |state| match state {
            EscalationState::Running { due } => Some(EscalationState::Paused {
                left: due.since(wall),
            }),
            _ => None,
        });
    }

    /// The last silence has ended: what stood still runs on.
    pub(crate) fn resume_chains(&mut self, id: IncidentId, out: &mut Outcome) {
        let wall = self.clocks.wall;
        self.change_chains(id, out, |state| match state {
            EscalationState::Paused { left } => Some(EscalationState::Running { due: wall + left }),
            _ => None,
        });
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

/// How long an incident may stay unacknowledged at a step.
fn within(chain: &Chain, tier: Option<Tier>) -> TimeSpan {
    chain
        .within(tier.unwrap_or(Tier::III))
        .unwrap_or(TimeSpan::from_minutes(30))
}
