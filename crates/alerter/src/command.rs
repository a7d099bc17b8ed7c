//! What people ask.

use fengbiao_model::{
    Acknowledgement, Action, Command, IncidentId, IncidentNumber, Policy, PostId, Reason, Stage,
};

use crate::alerter::Alerter;
use crate::outcome::Outcome;
use crate::policy::{Ladders, check_policy};
use crate::step::{Change, Remark, Step};
use fengbiao_model::NoticeKind;

/// What a command did, for the audit trail; or why it was refused.
type Done = Result<(&'static str, String, String), String>;

impl Alerter {
    /// Does one command.
    pub(crate) fn command(&mut self, command: &Command, step: &Step, out: &mut Outcome) {
        let done = match &command.action {
            Action::Acknowledge { incident } => self.acknowledge(*incident, command, out),
            Action::Close { incident, note } => self.close(*incident, note, out),
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

    fn open_incident(&self, number: IncidentNumber) -> Result<IncidentId, String> {
        let id = self.numbers.get(&number).copied();
        let id = id.ok_or_else(|| format!("there is no open incident `{number}`"))?;
        match self.entries.get(&id) {
            Some(entry) if entry.is_open() => Ok(id),
            _ => Err(format!(
                "incident `{number}` is closed, expected an open one"
            )),
        }
    }

    fn acknowledge(
        &mut self,
        number: IncidentNumber,
        command: &Command,
        out: &mut Outcome,
    ) -> Done {
        let id = self.open_incident(number)?;
        if let Some(entry) = self.entries.get_mut(&id) {
            let incident = &mut entry.incident;
            if let Some(by) = &incident.acknowledged {
                return Err(format!(
                    "incident `{number}` is acknowledged already, by `{}`",
                    by.by
                ));
            }
            let by = Acknowledgement {
                by: command.by.clone(),
                at: command.at,
            };
            incident.acknowledged = Some(by);
            if incident.stage == Stage::Detected {
                incident.stage = Stage::Reported;
            }
            out.touched.incidents.insert(id);
        }
        self.hush_acknowledged(id, out);
        self.retime(id);
        Ok((
            "incident.acknowledged",
            format!("incident {number}"),
            String::new(),
        ))
    }

    fn close(&mut self, number: IncidentNumber, note: &str, out: &mut Outcome) -> Done {
        let id = self.open_incident(number)?;
        let (event, wall) = (self.clocks.event, self.clocks.wall);
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.close(wall);
            entry.lifetime.shut_at = Some(event);
            entry.lifetime.reason = Some(Reason {
                method: "command".to_owned(),
                condition: note.to_owned(),
                measures: Vec::new(),
                baseline: None,
                at: event,
            });
            out.touched.incidents.insert(id);
        }
        self.announce(id, NoticeKind::Closed, None, out);
        Ok((
            "incident.closed",
            format!("incident {number}"),
            note.to_owned(),
        ))
    }

    fn set_policy(&mut self, policy: &Policy, out: &mut Outcome) -> Done {
        check_policy(policy).map_err(|errors| format!("the policy is not valid: {errors}"))?;
        let ladders = Ladders::new(policy).map_err(|_| "the policy is not valid".to_owned())?;
        self.ladders = ladders;
        self.policy = policy.clone();
        out.push(Change::Policy(Box::new(policy.clone())));
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
            self.retime(id);
        }
        self.watch_by_new_policy(out);
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
