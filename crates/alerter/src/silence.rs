//! Silences and stand-ins: what people ask for a while.

use fengbiao_model::{
    Command, Filter, Override, OverrideNumber, ReceiverId, ScheduleId, Silence, SilenceNumber,
    Silenced, Timestamp,
};

use crate::alerter::Alerter;
use crate::command::Done;
use crate::entry::Entry;
use crate::limits::{MAX_REASON_BYTES, MAX_SILENCE, MAX_SILENCES, MAX_STAND_INS};
use crate::outcome::Outcome;

/// Something that is due on the wall clock and belongs to no incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum GlobalDue {
    /// A silence ends: before another one begins, so that at most one notice less is held.
    SilenceEnds(SilenceNumber),
    /// A silence begins.
    SilenceBegins(SilenceNumber),
    /// Somebody stands in no longer.
    StandInEnds(OverrideNumber),
}

impl Alerter {
    /// The silence that covers an incident now, the one that ends last.
    pub(crate) fn silenced(&self, entry: &Entry) -> Option<&Silence> {
        let now = self.clocks.wall;
        let holding = self.silences.values().filter(|silence| silence.holds(now));
        holding
            .filter(|silence| covers(silence, entry))
            .max_by_key(|silence| (silence.until, silence.number))
    }

    pub(crate) fn add_silence(
        &mut self,
        silence: Silence,
        command: &Command,
        out: &mut Outcome,
    ) -> Done {
        let (from, until) = (silence.from, silence.until);
        let now = self.clocks.wall;
        if until <= from.max(now) {
            return Err("the silence ends before it begins, or has ended already".to_owned());
        }
        if until > now + MAX_SILENCE {
            return Err(format!("the silence is longer than {MAX_SILENCE}"));
        }
        if silence.reason.trim().is_empty() || silence.reason.len() > MAX_REASON_BYTES {
            return Err(format!(
                "the reason is empty or longer than {MAX_REASON_BYTES} bytes, expected a sentence"
            ));
        }
        if self.silences.len() >= MAX_SILENCES {
            return Err(format!(
                "there are {MAX_SILENCES} silences already, expected fewer"
            ));
        }
        if let Silenced::Incident(number) = &silence.covers {
            let id = self.numbers.get(number);
            let entry = id.and_then(|id| self.entries.get(id));
            if !entry.is_some_and(Entry::is_open) {
                return Err(format!(
                    "there is no open incident `{number}`, expected one"
                ));
            }
        }
        self.clocks.last_silence += 1;
        let number = SilenceNumber(self.clocks.last_silence);
        let on = format!("silence {number}");
        let note = silence.reason.clone();
        let by = command.by.clone();
        let silence = Silence {
            number,
            by,
            ..silence
        };
        self.silences.insert(number, silence);
        out.touched.silences.insert(number);
        self.silences_changed(out);
        Ok(("silence.added", on, note))
    }

    /// A silence has begun or ended, or something else that is due globally has changed: chains
    /// follow. Notices are held when they would go.
    ///
    /// All silences are looked at, and not the one that changed: another may begin in the same
    /// step, and its timer is gone with the next reckoning.
    pub(crate) fn silences_changed(&mut self, out: &mut Outcome) {
        self.align_chains(out);
        self.retime_globally();
    }

    pub(crate) fn end_silence(&mut self, number: SilenceNumber, out: &mut Outcome) -> Done {
        let Some(silence) = self.silences.remove(&number) else {
            return Err(format!("there is no silence `{number}` that has not ended"));
        };
        out.touched.silences.insert(number);
        self.silences_changed(out);
        self.let_speak(&silence, out);
        Ok(("silence.ended", format!("silence {number}"), String::new()))
    }

    pub(crate) fn add_stand_in(
        &mut self,
        schedule: &ScheduleId,
        receiver: &ReceiverId,
        (from, to): (Timestamp, Timestamp),
        command: &Command,
        out: &mut Outcome,
    ) -> Done {
        if !self.policy.schedules.contains_key(schedule) {
            return Err(format!("there is no schedule `{schedule}`"));
        }
        if !self.policy.receivers.contains_key(receiver) {
            return Err(format!("there is no receiver `{receiver}`"));
        }
        if to <= from.max(self.clocks.wall) {
            return Err("standing in ends before it begins, or has ended already".to_owned());
        }
        if self.stand_ins.len() >= MAX_STAND_INS {
            return Err(format!("{MAX_STAND_INS} stand in already, expected fewer"));
        }
        self.clocks.last_override += 1;
        let number = OverrideNumber(self.clocks.last_override);
        let stands_in = Override {
            schedule: schedule.clone(),
            receiver: receiver.clone(),
            from,
            to,
            by: command.by.clone(),
        };
        self.stand_ins.insert(number, stands_in);
        out.touched.stand_ins.insert(number);
        self.silences_changed(out);
        let note = format!("{receiver} stands in, number {}", number.0);
        Ok(("schedule.stand_in", format!("schedule {schedule}"), note))
    }

    pub(crate) fn end_stand_in(&mut self, number: OverrideNumber, out: &mut Outcome) -> Done {
        let Some(gone) = self.stand_ins.remove(&number) else {
            return Err(format!("nobody stands in under the number `{}`", number.0));
        };
        out.touched.stand_ins.insert(number);
        self.silences_changed(out);
        let note = format!("number {}", number.0);
        Ok((
            "schedule.stand_in_ended",
            format!("schedule {}", gone.schedule),
            note,
        ))
    }

    /// What is due globally has come.
    pub(crate) fn fire_globally(&mut self, due: GlobalDue, out: &mut Outcome) {
        match due {
            GlobalDue::SilenceEnds(number) => drop(self.end_silence(number, out)),
            GlobalDue::SilenceBegins(_) => self.silences_changed(out),
            GlobalDue::StandInEnds(number) => drop(self.end_stand_in(number, out)),
        }
    }

    /// Works out anew what is due and belongs to no incident. A silence whose beginning lies
    /// behind has begun.
    pub(crate) fn retime_globally(&mut self) {
        let now = self.clocks.wall;
        let silences = self.silences.values();
        let begins = silences
            .clone()
            .filter(|silence| silence.from > now)
            .map(|silence| (silence.from, GlobalDue::SilenceBegins(silence.number)));
        let ends = silences.map(|silence| (silence.until, GlobalDue::SilenceEnds(silence.number)));
        let stand_ins = self.stand_ins.iter();
        let stand_ins = stand_ins.map(|(number, one)| (one.to, GlobalDue::StandInEnds(*number)));
        self.timers
            .set_globally(begins.chain(ends).chain(stand_ins).collect());
    }
}

fn covers(silence: &Silence, entry: &Entry) -> bool {
    let fits = |filter: &Filter| {
        let tier = entry.incident.tier.or(entry.incident.highest_tier);
        tier.is_some_and(|tier| filter.takes(&entry.incident, tier))
    };
    match &silence.covers {
        Silenced::Incident(number) => entry.incident.number == Some(*number),
        Silenced::Filter(filter) => fits(filter),
    }
}
