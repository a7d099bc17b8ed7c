//! The state, and a step through it.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_model::{
    IncidentId, IncidentNumber, Offset, Override, OverrideNumber, Partition, Policy, PostId,
    ReceiverId, Silence, SilenceNumber, SourceId, TimeSpan, Timestamp, TopicId,
};

use crate::entry::Entry;
use crate::limits::CALM_AFTER_WITHOUT_TOPIC;
use crate::outcome::Outcome;
use crate::past::Past;
use crate::policy::Ladders;
use crate::pulses::Pulses;
use crate::record::{Canary, Clocks, Memory, Rate, SourceLife, Watermark, WatermarkKey};
use crate::routing::Routing;
use crate::step::{Change, Effects, Step};
use crate::story::Stories;
use crate::timers::{Next, Timers, WallDue};
use crate::window::{Stream, Windows};
use crate::year::YearZone;

/// Hits in, notices out: windows, tiers, incidents. A state machine that is told the time.
///
/// The same steps give the same effects. All that decides is in the records that
/// [`Effects::changes`] carries; what else is kept here is derived from them.
#[derive(Clone, Debug, Default)]
pub struct Alerter {
    pub(crate) clocks: Clocks,
    /// The clocks as they were last given out.
    pub(crate) noted: Clocks,
    pub(crate) policy: Policy,
    /// Derived from the policy.
    pub(crate) ladders: Ladders,
    /// Derived from the policy.
    pub(crate) routing: Routing,
    pub(crate) marks: BTreeMap<WatermarkKey, Watermark>,
    pub(crate) seen: BTreeMap<(Partition, TopicId), Offset>,
    pub(crate) memory: BTreeMap<(TopicId, PostId), Memory>,
    /// Derived: memories by their last delivery.
    pub(crate) delivered: BTreeSet<(Timestamp, TopicId, PostId)>,
    pub(crate) purged: BTreeSet<PostId>,
    pub(crate) silences: BTreeMap<SilenceNumber, Silence>,
    pub(crate) stand_ins: BTreeMap<OverrideNumber, Override>,
    pub(crate) rates: BTreeMap<ReceiverId, Rate>,
    pub(crate) stories: Stories,
    pub(crate) windows: Windows,
    pub(crate) pulses: Pulses,
    /// Since when each topic is watched.
    pub(crate) watched: BTreeMap<TopicId, Timestamp>,
    /// Derived: minutes with hits whose detectors wait for the event clock.
    pub(crate) unsettled: BTreeSet<(Timestamp, Stream, i64)>,
    pub(crate) entries: BTreeMap<IncidentId, Entry>,
    /// Incidents that have left memory but for their heads.
    pub(crate) past: Past,
    pub(crate) lives: BTreeMap<SourceId, SourceLife>,
    pub(crate) canaries: BTreeMap<Partition, Canary>,
    /// Derived from the policy.
    pub(crate) zone: YearZone,
    /// Derived: the incidents of each stream, those that have absorbed one of it included.
    pub(crate) streams: BTreeMap<Stream, BTreeSet<IncidentId>>,
    /// Derived: incidents by number.
    pub(crate) numbers: BTreeMap<IncidentNumber, IncidentId>,
    /// Derived: the incidents that quote a post.
    pub(crate) quoted: BTreeMap<PostId, BTreeSet<IncidentId>>,
    /// Derived.
    pub(crate) timers: Timers,
}

impl Alerter {
    /// Nothing seen, no policy: hits are remarked as of an unknown topic until a policy comes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The clocks and running numbers. While [`Clocks::recreated`] is set no hits are taken.
    #[must_use]
    pub const fn clocks(&self) -> &Clocks {
        &self.clocks
    }

    /// The policy in force.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// One step: the clocks move to its reading and what is due fires; then commands, pulses and
    /// hits, each in order. What is due at once fires right after the input that made it due, so
    /// that a step may be cut into several with the same reading.
    pub fn step(&mut self, step: &Step) -> Effects {
        let mut out = Outcome::default();
        self.advance(step, &mut out);
        self.settle(&mut out);
        for command in &step.commands {
            self.command(command, step, &mut out);
            self.settle(&mut out);
        }
        for pulse in &step.pulses {
            self.pulse(pulse, &mut out);
            self.hear(pulse, &mut out);
            self.settle(&mut out);
        }
        for (position, record) in &step.hits {
            if self.clocks.recreated {
                break;
            }
            self.take(*position, record, &mut out);
            self.settle(&mut out);
            out.effects.taken += 1;
        }
        self.note_clocks(&mut out);
        out.close(self)
    }

    /// Fires what is due now.
    fn settle(&mut self, out: &mut Outcome) {
        self.windows.expire(self.clocks.event, out);
        self.forget_past(out);
        self.forget(out);
        self.stories.expire(self.clocks.event, out);
        self.pulses.expire(self.clocks.event, out);
        self.judge_settled(out);
        while let Some(id) = self.timers.event_due(self.clocks.event) {
            self.fire_event(id, out);
        }
        while !self.clocks.held
            && let Some(next) = self.timers.wall_due(self.clocks.wall)
        {
            match next {
                Next::Globally(due) => self.fire_globally(due, out),
                Next::Of(id, WallDue::Lapse) => self.lapse(id, out),
                Next::Of(id, WallDue::Deadline) => self.fire_deadlines(id, out),
                Next::Of(id, WallDue::Reply) => self.fire_questions(id, out),
                Next::Of(id, WallDue::Climb(chain)) => self.climb(id, &chain, out),
                Next::Of(id, WallDue::Tell(receiver)) => self.fire_tell(id, &receiver, out),
            }
        }
    }

    /// Forgets what has long been over. What was just written of it is given out here: at the end
    /// of the step it is not there any more.
    fn forget_past(&mut self, out: &mut Outcome) {
        while let Some(incident) = self.past.forget(self.clocks.event) {
            if let Some(number) = incident.number {
                self.numbers.remove(&number);
            }
            if out.touched.incidents.remove(&incident.id) {
                out.push(Change::Incident(incident));
            }
        }
    }

    /// The clocks and running numbers are a record like any other, given out where they changed.
    fn note_clocks(&mut self, out: &mut Outcome) {
        if self.clocks != self.noted {
            self.noted = self.clocks.clone();
            out.push(Change::Clocks(self.clocks.clone()));
        }
    }

    /// `calm_after` of a stream, and how far its windows reach.
    pub(crate) fn spans(&self, stream: &Stream) -> (TimeSpan, TimeSpan) {
        match self.ladders.of(&stream.0, &stream.1) {
            Some(ladder) if !ladder.conditions.is_empty() => (
                ladder.calm_after,
                TimeSpan::from_minutes(ladder.reach_minutes),
            ),
            _ => (CALM_AFTER_WITHOUT_TOPIC, TimeSpan::ZERO),
        }
    }

    /// Takes an incident out of memory, with all that was derived from it.
    pub(crate) fn remove(&mut self, id: IncidentId) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        self.timers.remove(id);
        for stream in entry.streams() {
            if let Some(ids) = self.streams.get_mut(&stream) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.streams.remove(&stream);
                }
            }
        }
        if let Some(number) = entry.incident.number {
            self.numbers.remove(&number);
        }
        for post in entry.quotes.keys() {
            self.unquote(*post, id);
        }
        Some(entry)
    }

    /// An incident no longer quotes a post.
    pub(crate) fn unquote(&mut self, post: PostId, id: IncidentId) {
        if let Some(ids) = self.quoted.get_mut(&post) {
            ids.remove(&id);
            if ids.is_empty() {
                self.quoted.remove(&post);
            }
        }
    }
}
