//! Incidents that have left memory, as far as they are still remembered: what people say of them
//! is still written down, and a new incident about the same is linked to them.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_model::{Incident, IncidentId, Timestamp};

use crate::limits::REMEMBERED_FOR;
use crate::window::Stream;

/// The remembered ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    incidents: BTreeMap<IncidentId, Incident>,
    /// Derived: when each is forgotten (event clock).
    forgotten: BTreeSet<(Timestamp, IncidentId)>,
    /// Derived: those of each topic and subject.
    streams: BTreeMap<Stream, BTreeSet<IncidentId>>,
}

impl Past {
    pub(crate) fn put(&mut self, incident: Incident) {
        let id = incident.id;
        let stream = (incident.topic.clone(), incident.subject.clone());
        self.forgotten
            .insert((incident.last_found_at + REMEMBERED_FOR, id));
        self.streams.entry(stream).or_default().insert(id);
        self.incidents.insert(id, incident);
    }

    pub(crate) fn get(&self, id: IncidentId) -> Option<&Incident> {
        self.incidents.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: IncidentId) -> Option<&mut Incident> {
        self.incidents.get_mut(&id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values()
    }

    /// Those of a topic and subject.
    pub(crate) fn of(&self, stream: &Stream) -> impl Iterator<Item = &Incident> {
        let ids = self.streams.get(stream).into_iter().flatten();
        ids.filter_map(|id| self.incidents.get(id))
    }

    /// Forgets the next one whose time has come.
    pub(crate) fn forget(&mut self, event: Timestamp) -> Option<Incident> {
        let (at, id) = *self.forgotten.first()?;
        if at > event {
            return None;
        }
        self.forgotten.pop_first();
        let incident = self.incidents.remove(&id)?;
        let stream = (incident.topic.clone(), incident.subject.clone());
        if let Some(ids) = self.streams.get_mut(&stream) {
            ids.remove(&id);
            if ids.is_empty() {
                self.streams.remove(&stream);
            }
        }
        Some(incident)
    }
}
