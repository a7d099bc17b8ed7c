//! The state, and a step through it.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_model::{
    IncidentId, IncidentNumber, Offset, Partition, Policy, PostId, SourceId, TimeSpan, Timestamp,
    TopicId,
};

use crate::entry::Entry;
use crate::limits::CALM_AFTER_WITHOUT_TOPIC;
use crate::outcome::Outcome;
use crate::policy::Ladders;
use crate::record::{Canary, Clocks, Memory, SourceLife, Watermark, WatermarkKey};
use crate::step::{Change, Effects, Step};
use crate::timers::Timers;
use crate::window::{Stream, Windows};

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
    pub(crate) marks: BTreeMap<WatermarkKey, Watermark>,
    pub(crate) seen: BTreeMap<(Partition, TopicId), Offset>,
    pub(crate) memory: BTreeMap<(TopicId, PostId), Memory>,
    /// Derived: memories by their last delivery.
    pub(crate) delivered: BTreeSet<(Timestamp, TopicId, PostId)>,
    pub(crate) purged: BTreeSet<PostId>,
    pub(crate) windows: Windows,
    pub(crate) entries: BTreeMap<IncidentId, Entry>,
    pub(crate) lives: BTreeMap<SourceId, SourceLife>,
    pub(crate) canaries: BTreeMap<Partition, Canary>,
    /// Derived: the incidents of each stream.
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
            self.take_pulse(pulse, &mut out);
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
        self.forget(out);
        while let Some(id) = self.timers.event_due(self.clocks.event) {
            self.fire_event(id, out);
        }
        while !self.clocks.held
            && let Some((id, receiver)) = self.timers.wall_due(self.clocks.wall)
        {
            self.fire_wall(id, &receiver, out);
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
        let stream = entry.stream();
        if let Some(ids) = self.streams.get_mut(&stream) {
            ids.remove(&id);
            if ids.is_empty() {
                self.streams.remove(&stream);
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
