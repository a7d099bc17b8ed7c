//! Writing the record of an incident: every deed and every change that the machine makes of it.

use fengbiao_model::{Actor, Event, Happening, Incident, Timestamp};

use crate::entry::Entry;
use crate::outcome::Outcome;
use crate::step::Change;

/// Adds an event to the record of an incident under its next number.
pub(crate) fn write(
    incident: &mut Incident,
    at: Timestamp,
    by: &Actor,
    what: Happening,
    out: &mut Outcome,
) {
    incident.events = incident.events.saturating_add(1);
    out.touched.incidents.insert(incident.id);
    out.push(Change::Event(Event {
        incident: incident.id,
        number: incident.events,
        at,
        by: by.clone(),
        what,
    }));
}

impl Entry {
    /// The machine has changed the incident.
    pub(crate) fn happened(&mut self, at: Timestamp, what: Happening, out: &mut Outcome) {
        write(&mut self.incident, at, &Actor::daemon(), what, out);
    }
}
