//! To whom a route or a step of a chain leads: `desk`, `schedule:duty`, `chain:night`.

use anyhow::{anyhow, bail};
use fengbiao_model::{ChainId, ReceiverId, ScheduleId, StepTarget, Target};

/// The target that a text means. Whether there is such a one is checked with the whole.
pub(super) fn target(text: &str) -> anyhow::Result<Target> {
    let named = |what: &str, why| anyhow!("the {what} of `{text}` {why}");
    Ok(match text.split_once(':') {
        None => {
            let id = ReceiverId::new(text);
            Target::Receiver(id.map_err(|why| anyhow!("the receiver `{text}` {why}"))?)
        }
        Some(("schedule", id)) => {
            Target::Schedule(ScheduleId::new(id).map_err(|why| named("schedule", why))?)
        }
        Some(("chain", id)) => Target::Chain(ChainId::new(id).map_err(|why| named("chain", why))?),
        Some((kind, _)) => bail!(
            "`{text}` leads to a `{kind}`, expected the id of a receiver, `schedule:` or `chain:` \
             with an id"
        ),
    })
}

/// The same for a step of a chain, which leads to no other chain.
pub(super) fn step_target(text: &str) -> anyhow::Result<StepTarget> {
    Ok(match target(text)? {
        Target::Receiver(receiver) => StepTarget::Receiver(receiver),
        Target::Schedule(schedule) => StepTarget::Schedule(schedule),
        Target::Chain(_) => bail!(
            "`{text}` is a step, expected the id of a receiver or `schedule:` with an id\n\
             hint: write the steps of that chain here"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_says_what_it_is() {
        let receiver = ReceiverId::new("desk").unwrap();
        let schedule = ScheduleId::new("duty").unwrap();
        let chain = ChainId::new("night").unwrap();
        assert_eq!(target("desk").unwrap(), Target::Receiver(receiver));
        assert_eq!(target("schedule:duty").unwrap(), Target::Schedule(schedule));
        assert_eq!(target("chain:night").unwrap(), Target::Chain(chain));
    }

    #[test]
    fn what_is_no_target_is_said() {
        for (text, expected) in [
            ("group:night", "leads to a `group`, expected"),
            ("Desk", "the receiver `Desk`"),
            ("schedule:", "the schedule of `schedule:`"),
        ] {
            let said = target(text).unwrap_err().to_string();
            assert!(said.contains(expected), "{said}");
        }
        let said = step_target("chain:night").unwrap_err().to_string();
        assert!(said.contains("is a step, expected"), "{said}");
    }
}
