//! Chains of escalation: whom to ask next while nobody has acknowledged.
//!
//! A step is *told* before its time runs: a notice that quiet hours or a silence hold back does
//! not count against whoever has not heard it.

mod pace;

use fengbiao_model::{
    Chain, ChainId, Happening, IncidentId, NoticeKind, ReceiverId, StepTarget, Tier, TimeSpan,
};

use crate::alerter::Alerter;
use crate::notify::Listener;
use crate::outcome::Outcome;
use crate::record::{Escalation, EscalationState};
use crate::routing::Waits;
use crate::step::Remark;

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
            let step = pending.step.as_ref();
            let Some((of, step)) = step.filter(|(of, step)| *of == chain.id && *step <= reached)
            else {
                continue;
            };
            // Whoever has not heard of it is asked while the step asks for him.
            if pending.told_at.is_some() || self.asks(&chain, *step, receiver) {
                let step = Some((of.clone(), *step));
                listeners.push(Listener {
                    receiver: receiver.clone(),
                    waits,
                    step,
                });
            }
        }
        let asked = self.asked_at(&chain, reached, out);
        add(&mut listeners, &chain, reached, asked, waits);
        listeners
    }

    /// Whom a chain reminds: those whom the steps that it has told ask now, and at its end the last
    /// resort. Whoever was relieved since is left in peace.
    pub(crate) fn chain_reminded(
        &self,
        id: IncidentId,
        chain: &ChainId,
        waits: Waits,
        out: &mut Outcome,
    ) -> Vec<Listener> {
        let chain = self.policy.chains.get(chain);
        let (Some(chain), Some(entry)) = (chain, self.entries.get(&id)) else {
            return Vec::new();
        };
        let reached = entry.duties.chains.get(&chain.id).map_or(0, |at| at.step);
        let mut listeners = Vec::new();
        for step in 0..=reached {
            let asked = if usize::from(step) < chain.steps.len() {
                self.asked_at(chain, step, out)
            } else {
                vec![chain.last_resort.clone()]
            };
            add(&mut listeners, chain, step, asked, waits);
        }
        listeners
    }

    /// Whether a step asks a receiver now; behind the last one it is the last resort.
    fn asks(&self, chain: &Chain, step: u16, receiver: &ReceiverId) -> bool {
        if usize::from(step) < chain.steps.len() {
            self.asked(chain, step).contains(receiver)
        } else {
            chain.last_resort == *receiver
        }
    }

    /// Whom a step asks, as things stand now. A schedule on which nobody is, is remarked.
    fn asked_at(&self, chain: &Chain, step: u16, out: &mut Outcome) -> Vec<ReceiverId> {
        for target in chain.steps.get(usize::from(step)).into_iter().flatten() {
            if let StepTarget::Schedule(schedule) = target
                && self.on_call(schedule).is_none()
            {
                out.remark(Remark::NobodyOnCall(schedule.clone()));
            }
        }
        self.asked(chain, step)
    }

    /// Whom a step asks, as things stand now, each once.
    fn asked(&self, chain: &Chain, step: u16) -> Vec<ReceiverId> {
        let targets = chain.steps.get(usize::from(step)).into_iter().flatten();
        let mut asked = Vec::new();
        for target in targets {
            let receiver = match target {
                StepTarget::Receiver(receiver) => Some(receiver.clone()),
                StepTarget::Schedule(schedule) => self.on_call(schedule),
            };
            asked.extend(receiver.filter(|receiver| !asked.contains(receiver)));
        }
        asked
    }

    /// A chain that runs has no more time than the tier now leaves it; one that stands still
    /// begins, unless somebody has taken the incident on.
    fn begin_or_hasten(&mut self, id: IncidentId, chain: &Chain, out: &mut Outcome) {
        let wall = self.clocks.wall;
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if entry.incident.acknowledged.is_some() {
            return;
        }
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

    /// A step's time is over: the next one is asked, and at the end the last resort told that
    /// nobody has answered. A step that asks nobody is passed at once.
    pub(crate) fn climb(&mut self, id: IncidentId, chain: &ChainId, out: &mut Outcome) {
        let entry = self.entries.get(&id);
        let Some(mut at) = entry.and_then(|entry| entry.duties.chains.get(chain).copied()) else {
            return self.retime(id);
        };
        let Some(chain) = self.policy.chains.get(chain).cloned() else {
            // A new policy has no such chain; others of the incident go on.
            at.state = EscalationState::Stopped;
            return self.put_chain(id, chain, at, out);
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
        self.put_chain(id, &chain.id, at, out);
        if let Some(entry) = self.entries.get_mut(&id) {
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
        self.start_steps(id, None, out);
        self.retime(id);
    }

    fn put_chain(&mut self, id: IncidentId, chain: &ChainId, at: Escalation, out: &mut Outcome) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.duties.chains.insert(chain.clone(), at);
            out.touched.duties.insert(id);
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
}

/// Those whom a step asks join those who listen already, each once.
fn add(
    listeners: &mut Vec<Listener>,
    chain: &Chain,
    step: u16,
    asked: Vec<ReceiverId>,
    waits: Waits,
) {
    for receiver in asked {
        if listeners.iter().all(|known| known.receiver != receiver) {
            let step = Some((chain.id.clone(), step));
            listeners.push(Listener {
                receiver,
                waits,
                step,
            });
        }
    }
}

/// How long an incident may stay unacknowledged at a step.
fn within(chain: &Chain, tier: Option<Tier>) -> TimeSpan {
    chain
        .within(tier.unwrap_or(Tier::III))
        .unwrap_or(TimeSpan::from_minutes(30))
}
