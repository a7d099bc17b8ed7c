//! Whom a change concerns: the routes, and the steps of chains.

use fengbiao_model::{
    ChainId, IncidentId, NoticeKind, Override, ReceiverId, ScheduleId, Target, Tier,
};

use super::kind::{is_owed, is_relief};
use crate::alerter::Alerter;
use crate::outcome::Outcome;
use crate::routing::Waits;
use crate::step::Remark;

/// One receiver that a change concerns.
#[derive(Clone, Debug)]
pub(crate) struct Listener {
    pub(crate) receiver: ReceiverId,
    pub(crate) waits: Waits,
    /// The step of a chain by which it is told.
    pub(crate) step: Option<(ChainId, u16)>,
}

impl Alerter {
    /// Whom a change concerns, each once. Better news goes to those who were told, or are about to
    /// be; the rest where the routes lead. `begin` says whether chains that stand still begin.
    pub(crate) fn listeners(
        &mut self,
        id: IncidentId,
        kind: NoticeKind,
        begin: bool,
        out: &mut Outcome,
    ) -> Vec<Listener> {
        let Some(entry) = self.entries.get(&id) else {
            return Vec::new();
        };
        if is_relief(kind) {
            return entry.pending.iter().map(told).collect();
        }
        let incident = &entry.incident;
        let Some(tier) = incident.tier.or(incident.highest_tier) else {
            return Vec::new();
        };
        let targets = self.routing.targets(incident, tier, self.clocks.wall);
        let targets: Vec<(Target, Waits)> = targets
            .into_iter()
            .map(|(target, waits)| (target.clone(), waits))
            .collect();
        let mut listeners: Vec<Listener> = Vec::new();
        for (target, waits) in targets {
            let more = match target {
                Target::Receiver(receiver) => vec![Listener {
                    receiver,
                    waits,
                    step: None,
                }],
                // Tier IV pages nobody: whoever is on call is not asked.
                _ if tier == Tier::IV => Vec::new(),
                Target::Schedule(schedule) => {
                    let receiver = self.on_call(&schedule);
                    if receiver.is_none() {
                        out.remark(Remark::NobodyOnCall(schedule));
                    }
                    let step = None;
                    receiver
                        .map(|receiver| Listener {
                            receiver,
                            waits,
                            step,
                        })
                        .into_iter()
                        .collect()
                }
                Target::Chain(chain) if kind == NoticeKind::Repeated => {
                    self.chain_reminded(id, &chain, waits, out)
                }
                Target::Chain(chain) => {
                    self.chain_listeners(id, &chain, waits, begin && !is_owed(kind), out)
                }
            };
            for listener in more {
                let known = listeners
                    .iter_mut()
                    .find(|known| known.receiver == listener.receiver);
                match known {
                    // The way by which it is told first sets the pace, but it is of the step.
                    Some(known) => known.step = known.step.take().or(listener.step),
                    None => listeners.push(listener),
                }
            }
        }
        listeners
    }

    /// Who is on call by a schedule now.
    pub(crate) fn on_call(&self, schedule: &ScheduleId) -> Option<ReceiverId> {
        let stand_ins: Vec<Override> = self.stand_ins.values().cloned().collect();
        self.routing.on_call(schedule, &stand_ins, self.clocks.wall)
    }
}

/// One that was told, or waits to be.
fn told((receiver, pending): (&ReceiverId, &crate::record::Pending)) -> Listener {
    Listener {
        receiver: receiver.clone(),
        waits: Waits {
            group_wait: fengbiao_model::TimeSpan::ZERO,
            group_interval: pending.group_interval,
            repeat_interval: pending.repeat_interval,
        },
        step: pending.step.clone(),
    }
}
