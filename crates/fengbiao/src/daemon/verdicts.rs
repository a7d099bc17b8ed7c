//! What the alerter made of commands, for those who wait to hear it.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use fengbiao_alerter::Remark;
use fengbiao_console::Verdict;

use crate::limits::MAX_KEPT_REFUSALS;

/// The verdicts of this process. Whoever asks for a command waits while the process lives, so nothing
/// of them is stored.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    told: Mutex<Told>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Told {
    /// The first command that has not been taken.
    next: u64,
    /// Why those before it were refused that were, the last of them.
    refused: BTreeMap<u64, String>,
    /// Up to this command refusals are not known any more.
    forgotten: u64,
}

impl Verdicts {
    /// A step is stored: the commands before `next` were taken, with these remarks.
    pub(crate) fn tell(&self, next: u64, remarks: &[Remark]) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        for remark in remarks {
            if let Remark::Refused { command, why } = remark {
                told.refused.insert(*command, why.clone());
            }
        }
        while told.refused.len() > MAX_KEPT_REFUSALS {
            let oldest = told.refused.pop_first();
            told.forgotten = oldest.map_or(told.forgotten, |(command, _)| command);
        }
        told.next = next;
        self.more.notify_all();
    }

    /// What became of a command; blocks until it is known, for `within` at most.
    pub(crate) fn of(&self, command: u64, within: Duration) -> Verdict {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .more
            .wait_timeout_while(told, within, |told| told.next <= command);
        let (told, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match told.refused.get(&command) {
            _ if told.next <= command => Verdict::Waiting,
            Some(why) => Verdict::Refused(why.clone()),
            // It may have been one of them.
            None if command <= told.forgotten => Verdict::Waiting,
            None => Verdict::Done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_waits_until_its_step_is_stored() {
        let verdicts = Verdicts::default();
        let of = |command| verdicts.of(command, Duration::ZERO);
        assert_eq!(of(1), Verdict::Waiting);
        let refused = |command| Remark::Refused {
            command,
            why: "closed".to_owned(),
        };
        verdicts.tell(3, &[Remark::Old, refused(2)]);
        let closed = || Verdict::Refused("closed".to_owned());
        assert_eq!((of(1), of(2)), (Verdict::Done, closed()));
        assert_eq!(of(3), Verdict::Waiting);
        let many = u64::try_from(MAX_KEPT_REFUSALS).unwrap();
        let refusals: Vec<_> = (3..3 + many).map(refused).collect();
        verdicts.tell(3 + many, &refusals);
        assert_eq!((of(3), of(2 + many)), (closed(), closed()));
        // The one of command 2 has made room.
        assert_eq!((of(1), of(2)), (Verdict::Waiting, Verdict::Waiting));
    }

    #[test]
    fn whoever_waits_is_woken() {
        let verdicts = Verdicts::default();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| verdicts.of(1, Duration::from_secs(60)));
            verdicts.tell(2, &[]);
            assert_eq!(waits.join().unwrap(), Verdict::Done);
        });
    }
}
