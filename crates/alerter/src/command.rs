//! What people ask.

use fengbiao_model::{
    Action, Command, IncidentId, Offset, OverrideNumber, Policy, PostId, Silence, SilenceNumber,
};

use crate::alerter::Alerter;
use crate::notify::leave_untold;
use crate::outcome::Outcome;
use crate::policy::{Ladders, check_policy};
use crate::routing::Routing;
use crate::step::{Change, Remark, Step, Withheld};
use crate::year::YearZone;

/// What a command did, for the audit trail; or why it was refused.
pub(crate) type Done = Result<(&'static str, String, String), String>;

impl Alerter {
    /// Does one command.
    pub(crate) fn command(&mut self, command: &Command, step: &Step, out: &mut Outcome) {
        let done = match &command.action {
            Action::Incident { incident, deed } => self.deed(*incident, deed, command, out),
            Action::Silence {
                covers,
                from,
                until,
                reason,
            } => {
                let silence = Silence {
                    number: SilenceNumber(0),
                    covers: covers.clone(),
                    from: from.unwrap_or(self.clocks.wall),
                    until: *until,
                    by: command.by.clone(),
                    reason: reason.clone(),
                };
                self.add_silence(silence, command, out)
            }
            Action::EndSilence { silence } => self.end_silence(*silence, out),
            Action::StandIn {
                schedule,
                receiver,
                from,
                to,
            } => {
                let from = from.unwrap_or(self.clocks.wall);
                self.add_stand_in(schedule, receiver, (from, *to), command, out)
            }
            Action::EndStandIn { number } => self.end_stand_in(*number, out),
            Action::Policy(policy) => self.set_policy(policy, out),
            Action::Purge { post } => Ok(self.purge(*post, out)),
            Action::ConfirmClock => self.confirm_clock(step, out),
            Action::NewGeneration => Ok(self.new_generation(out)),
        };
        match done {
            Ok((what, on, note)) => {
                out.push(Change::Audit {
                    by: command.by.clone(),
                    what,
                    on,
                    note,
                });
            }
            Err(why) => out.remark(Remark::Refused {
                command: command.number,
                why,
            }),
        }
    }

    fn set_policy(&mut self, policy: &Policy, out: &mut Outcome) -> Done {
        check_policy(policy).map_err(|errors| format!("the policy is not valid: {errors}"))?;
        let ladders = Ladders::new(policy).map_err(|_| "the policy is not valid".to_owned())?;
        let routing = Routing::new(policy).map_err(|error| error.to_string())?;
        (self.ladders, self.routing) = (ladders, routing);
        self.zone = YearZone::named(&policy.time_zone).unwrap_or_default();
        self.policy = policy.clone();
        out.push(Change::Policy(Box::new(policy.clone())));
        self.watch_topics(out);
        self.find_unsettled();
        let ids: Vec<IncidentId> = self.entries.keys().copied().collect();
        for id in ids {
            self.let_removed_receivers_go(id, out);
            self.owe(id, out);
            self.retime(id);
        }
        self.watch_by_new_policy(out);
        let relieved = self.drop_stand_ins(out);
        // What held a notice may not hold it any more, nor lead to whom it waits for.
        for hold in self.timers.holds() {
            self.let_through(hold, out);
        }
        let (topics, receivers) = (policy.topics.len(), policy.receivers.len());
        let note = format!("{topics} topics, {receivers} receivers{relieved}");
        Ok(("policy.changed", "policy".to_owned(), note))
    }

    /// What waits for a receiver that the policy has no more is not told, and the chains that
    /// waited for it go on. What it was told is remembered: where it comes back, nothing goes to it
    /// a second time under the same key.
    fn let_removed_receivers_go(&mut self, id: IncidentId, out: &mut Outcome) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let receivers = &self.policy.receivers;
        let gone = entry.pending.keys();
        let gone = gone.filter(|receiver| !receivers.contains_key(*receiver));
        for receiver in gone.cloned().collect::<Vec<_>>() {
            leave_untold(entry, &receiver, Withheld::NotRouted, out);
        }
        self.start_steps(id, None, out);
    }

    /// Whoever stands in for a schedule that is gone, or is no receiver any more, does so no
    /// longer. Says so for the trail.
    fn drop_stand_ins(&mut self, out: &mut Outcome) -> String {
        let policy = &self.policy;
        let gone = self.stand_ins.extract_if(.., |_, one| {
            !policy.schedules.contains_key(&one.schedule)
                || !policy.receivers.contains_key(&one.receiver)
        });
        let gone: Vec<OverrideNumber> = gone.map(|(number, _)| number).collect();
        let mut said = String::new();
        for number in gone {
            out.touched.stand_ins.insert(number);
            said.push_str(&format!(", stand-in {} dropped", number.0));
        }
        self.silences_changed(out);
        said
    }

    fn purge(&mut self, post: PostId, out: &mut Outcome) -> (&'static str, String, String) {
        // Asked for again it is done again: it may be that something was left.
        self.purged.insert(post);
        out.push(Change::Purged(post));
        self.drop_quotes(post, out, |_| true);
        ("post.purged", format!("post {post}"), String::new())
    }

    fn confirm_clock(&mut self, step: &Step, out: &mut Outcome) -> Done {
        if !self.clocks.held {
            return Err("the clocks agree, there is nothing to confirm".to_owned());
        }
        self.anchor(step, out);
        self.advance(step, out);
        Ok(("clock.confirmed", "clock".to_owned(), String::new()))
    }

    fn new_generation(&mut self, out: &mut Outcome) -> (&'static str, String, String) {
        for (partition, topic) in std::mem::take(&mut self.seen).into_keys() {
            out.touched.seen.insert((topic, partition));
        }
        for (key, mark) in &mut self.marks {
            mark.next = Offset(0);
            out.touched.watermarks.insert(*key);
        }
        self.clocks.generation += 1;
        self.clocks.recreated = false;
        let note = format!("generation {}", self.clocks.generation);
        ("log.new_generation", "log".to_owned(), note)
    }
}
