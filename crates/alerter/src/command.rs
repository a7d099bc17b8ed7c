//! What people ask.

use fengbiao_model::{Action, Command, IncidentId, Policy, PostId, Silence, SilenceNumber};

use crate::alerter::Alerter;
use crate::outcome::Outcome;
use crate::policy::{Ladders, check_policy};
use crate::routing::Routing;
use crate::step::{Change, Remark, Step};
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
        self.ladders = ladders;
        self.routing = Routing::new(policy).map_err(|error| error.to_string())?;
        self.zone = YearZone::named(&policy.time_zone).unwrap_or_default();
        self.policy = policy.clone();
        out.push(Change::Policy(Box::new(policy.clone())));
        self.watch_topics(out);
        self.find_unsettled();
        let ids: Vec<IncidentId> = self.entries.keys().copied().collect();
        for id in ids {
            if let Some(entry) = self.entries.get_mut(&id) {
                let receivers = &self.policy.receivers;
                let gone = entry
                    .pending
                    .extract_if(.., |id, _| !receivers.contains_key(id));
                out.touched
                    .pending
                    .extend(gone.map(|(receiver, _)| (id, receiver)));
            }
            self.owe(id, out);
            self.retime(id);
        }
        self.watch_by_new_policy(out);
        // What held a notice may not hold it any more.
        for hold in self.timers.held_open_ended() {
            self.let_through(hold, out);
        }
        let (topics, receivers) = (policy.topics.len(), policy.receivers.len());
        let note = format!("{topics} topics, {receivers} receivers");
        Ok(("policy.changed", "policy".to_owned(), note))
    }

    fn purge(&mut self, post: PostId, out: &mut Outcome) -> (&'static str, String, String) {
        if self.purged.insert(post) {
            out.push(Change::Purged(post));
        }
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
        self.clocks.generation += 1;
        self.clocks.recreated = false;
        let note = format!("generation {}", self.clocks.generation);
        ("log.new_generation", "log".to_owned(), note)
    }
}
