//! The state as records, and back.

use std::collections::BTreeMap;

use fengbiao_model::{IncidentId, Policy, Position, PostId, Quote, ReceiverId, StoryId, Timestamp};

use crate::alerter::Alerter;
use crate::entry::Entry;
use crate::limits::{CLOSED_KEPT, REMEMBERED_FOR};
use crate::outcome::Outcome;
use crate::policy::{Ladders, PolicyErrors, check_policy};
use crate::record::{Duties, Lifetime, Pending};
use crate::routing::Routing;
use crate::step::Change;
use crate::year::YearZone;

/// Why stored records do not make a state.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RestoreError {
    /// A change that is no record: an effect, or the end of a record.
    #[error("`{0}` is not a record of the state, expected what the ledger keeps by key")]
    NotARecord(&'static str),
    /// The stored policy is not valid for this build.
    #[error("the stored policy is not valid: {0}")]
    Policy(#[from] PolicyErrors),
}

/// What hangs on incidents, until all of it has come.
#[derive(Default)]
struct Hanging {
    lifetimes: BTreeMap<IncidentId, Lifetime>,
    stories: BTreeMap<(IncidentId, StoryId), u64>,
    quotes: BTreeMap<(IncidentId, PostId), Quote>,
    pending: BTreeMap<(IncidentId, ReceiverId), Pending>,
    duties: BTreeMap<IncidentId, Duties>,
}

impl Alerter {
    /// The state that stored records make, in whatever order they come. Members and events are not
    /// needed. Of incidents that have left memory (closed, their last post found more than
    /// [`CLOSED_KEPT`] ago) the heads are taken, for as long as they are remembered
    /// ([`REMEMBERED_FOR`]); what hangs on them is passed over.
    pub fn restore(records: impl IntoIterator<Item = Change>) -> Result<Self, RestoreError> {
        let mut state = Self::new();
        let mut hanging = Hanging::default();
        for record in records {
            state.put(record, &mut hanging)?;
        }
        check_policy(&state.policy)?;
        state.ladders = Ladders::new(&state.policy).unwrap_or_default();
        state.routing = Routing::new(&state.policy).unwrap_or_default();
        state.zone = YearZone::named(&state.policy.time_zone).unwrap_or_default();
        state.noted = state.clocks.clone();
        state.drop_archived();
        state.hang(hanging);
        state.derive();
        Ok(state)
    }

    fn put(&mut self, record: Change, hanging: &mut Hanging) -> Result<(), RestoreError> {
        match record {
            Change::Clocks(clocks) => self.clocks = clocks,
            Change::Policy(policy) => self.policy = *policy,
            Change::Watermark(key, mark) => drop(self.marks.insert(key, mark)),
            Change::Seen(topic, at) => drop(self.seen.insert((at.partition, topic), at.offset)),
            Change::Remember(topic, post, memory) => {
                // What this emits is not wanted: it is stored already.
                self.remember((topic, post), memory, &mut Outcome::default());
            }
            Change::Told(topic, story, told) => self.stories.put(topic, story, told),
            Change::Bucket(key, bucket) => self.windows.put(key, bucket),
            Change::Coverage(hour, coverage) => self.pulses.put(hour, coverage),
            Change::Watched(topic, since) => drop(self.watched.insert(topic, since)),
            Change::Incident(incident) => {
                self.entries.insert(incident.id, Entry::new(incident));
            }
            Change::Lifetime(id, lifetime) => drop(hanging.lifetimes.insert(id, *lifetime)),
            Change::Story(id, story, copies) => drop(hanging.stories.insert((id, story), copies)),
            Change::Quote(id, quote) => drop(hanging.quotes.insert((id, quote.post), quote)),
            Change::Pending(id, receiver, pending) => {
                hanging.pending.insert((id, receiver), pending);
            }
            Change::Duties(id, duties) => drop(hanging.duties.insert(id, *duties)),
            Change::Rate(receiver, rate) => drop(self.rates.insert(receiver, rate)),
            Change::Silence(silence) => drop(self.silences.insert(silence.number, silence)),
            Change::StandIn(number, one) => drop(self.stand_ins.insert(number, one)),
            Change::Purged(post) => drop(self.purged.insert(post)),
            Change::Source(source, life) => drop(self.lives.insert(source, *life)),
            Change::Canary(partition, canary) => drop(self.canaries.insert(partition, canary)),
            Change::Member(..) | Change::Event(_) => {}
            Change::Forget(..) => return Err(RestoreError::NotARecord("forget")),
            Change::ForgetSeen(..) => return Err(RestoreError::NotARecord("forget_seen")),
            Change::ForgetTold(..) => return Err(RestoreError::NotARecord("forget_told")),
            Change::DropBucket(..) => return Err(RestoreError::NotARecord("drop_bucket")),
            Change::DropCoverage(..) => return Err(RestoreError::NotARecord("drop_coverage")),
            Change::Unwatched(..) => return Err(RestoreError::NotARecord("unwatched")),
            Change::DropIncident(..) => return Err(RestoreError::NotARecord("drop_incident")),
            Change::Absorbed(..) => return Err(RestoreError::NotARecord("absorbed")),
            Change::DropQuote(..) => return Err(RestoreError::NotARecord("drop_quote")),
            Change::DropPending(..) => return Err(RestoreError::NotARecord("drop_pending")),
            Change::DropSilence(..) => return Err(RestoreError::NotARecord("drop_silence")),
            Change::DropStandIn(..) => return Err(RestoreError::NotARecord("drop_stand_in")),
            Change::DropSource(..) => return Err(RestoreError::NotARecord("drop_source")),
            Change::Notice(..) => return Err(RestoreError::NotARecord("notice")),
            Change::TakenBack(_) => return Err(RestoreError::NotARecord("taken_back")),
            Change::Withheld(..) => return Err(RestoreError::NotARecord("withheld")),
            Change::Audit { .. } => return Err(RestoreError::NotARecord("audit")),
        }
        Ok(())
    }

    /// What has left memory before is remembered as far as it was.
    fn drop_archived(&mut self) {
        let event = self.clocks.event;
        let gone = self.entries.extract_if(.., |_, entry| {
            let left = entry.incident.last_found_at + CLOSED_KEPT <= event;
            left && !entry.is_latent() && !entry.is_open()
        });
        for (_, entry) in gone {
            if entry.incident.last_found_at + REMEMBERED_FOR > event {
                self.past.put(entry.incident);
            }
        }
    }

    fn hang(&mut self, hanging: Hanging) {
        let entries = &mut self.entries;
        for (id, lifetime) in hanging.lifetimes {
            if let Some(entry) = entries.get_mut(&id) {
                entry.lifetime = lifetime;
            }
        }
        for ((id, story), copies) in hanging.stories {
            if let Some(entry) = entries.get_mut(&id) {
                entry.stories.insert(story, copies);
            }
        }
        for ((id, _), quote) in hanging.quotes {
            if let Some(entry) = entries.get_mut(&id) {
                entry.quotes.put(quote);
            }
        }
        for ((id, receiver), pending) in hanging.pending {
            if let Some(entry) = entries.get_mut(&id) {
                entry.pending.insert(receiver, pending);
            }
        }
        for (id, duties) in hanging.duties {
            if let Some(entry) = entries.get_mut(&id) {
                entry.duties = duties;
            }
        }
    }

    /// Works out what is derived from the incidents.
    fn derive(&mut self) {
        for (id, entry) in &self.entries {
            for stream in entry.streams() {
                self.streams.entry(stream).or_default().insert(*id);
            }
            self.numbers
                .extend(entry.incident.number.map(|number| (number, *id)));
            for post in entry.quotes.keys() {
                self.quoted.entry(*post).or_default().insert(*id);
            }
        }
        for incident in self.past.all() {
            self.numbers
                .extend(incident.number.map(|number| (number, incident.id)));
        }
        let ids: Vec<IncidentId> = self.entries.keys().copied().collect();
        ids.into_iter().for_each(|id| self.retime(id));
        self.retime_globally();
        self.pulses.derive();
        self.find_unsettled();
    }

    /// The whole state as records, in one order: what [`Self::restore`] takes.
    #[must_use]
    pub fn records(&self) -> Vec<Change> {
        let mut all = vec![Change::Clocks(self.clocks.clone())];
        if self.policy != Policy::default() {
            all.push(Change::Policy(Box::new(self.policy.clone())));
        }
        all.extend(
            self.marks
                .iter()
                .map(|(key, mark)| Change::Watermark(*key, *mark)),
        );
        all.extend(self.seen.iter().map(|((partition, topic), offset)| {
            Change::Seen(
                topic.clone(),
                Position {
                    partition: *partition,
                    offset: *offset,
                },
            )
        }));
        all.extend(
            self.memory.iter().map(|((topic, post), memory)| {
                Change::Remember(topic.clone(), *post, memory.clone())
            }),
        );
        all.extend(self.purged.iter().map(|post| Change::Purged(*post)));
        let rates = self.rates.iter();
        all.extend(rates.map(|(to, rate)| Change::Rate(to.clone(), rate.clone())));
        all.extend(self.silences.values().cloned().map(Change::Silence));
        let stand_ins = self.stand_ins.iter();
        all.extend(stand_ins.map(|(number, one)| Change::StandIn(*number, one.clone())));
        all.extend(self.stories.records());
        all.extend(self.windows.records());
        all.extend(self.past.all().cloned().map(Change::Incident));
        all.extend(self.pulses.records());
        let watched = self.watched.iter();
        all.extend(watched.map(|(topic, since)| Change::Watched(topic.clone(), *since)));
        all.extend(self.entries.values().flat_map(Entry::records));
        let lives = self.lives.iter();
        all.extend(lives.map(|(id, life)| Change::Source(id.clone(), Box::new(life.clone()))));
        let canaries = self.canaries.iter();
        all.extend(canaries.map(|(partition, canary)| Change::Canary(*partition, *canary)));
        all
    }

    /// The reading of the wall clock at which a step without input would do something; none when
    /// nothing is waiting or timers hold. While all partitions stand at their ends the event clock is
    /// the wall clock, so that calm is foreseen too.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let left_out = self.next_left_out().filter(|_| !self.clocks.held);
        let watched = left_out.into_iter().chain(self.next_watch()).min();
        let watched = watched.map(|due| self.clocks.reads_at(due));
        self.next_timer().into_iter().chain(watched).min()
    }

    /// [`Self::next_due`] without the silence of partitions and of all else that is watched: for an
    /// archive, which brings its mark with every step, so that no silence needs a step of its own.
    #[must_use]
    pub fn next_timer(&self) -> Option<Timestamp> {
        if self.clocks.held {
            return None;
        }
        let mut taken = self.marks.values().filter(|mark| !mark.left_out).peekable();
        let follows = taken.peek().is_some() && taken.all(|mark| mark.at_end);
        let event = self.timers.next_event().into_iter();
        let event = event.chain(self.next_settled()).filter(|_| follows);
        let wall = self.timers.next_wall();
        let wall = wall.map(|due| self.clocks.reads_at(due));
        wall.into_iter().chain(event).min()
    }
}
