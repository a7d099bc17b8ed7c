//! The record of an incident, for the ledger, the API and the command line.

mod shape;
mod values;

use fengbiao_model::{Actor, Event, IncidentId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use shape::HappeningJson;

use crate::error::WireError;
use crate::record::{decode, encode};
use crate::scalar::{Str, Text, V1};

/// One entry of the record of an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "event")]
pub struct EventJson<'a> {
    /// Version of this shape.
    pub v: V1,
    /// The incident's name inside the machine.
    pub incident: u64,
    /// Its running number within the incident, from 1.
    pub number: u32,
    /// When (wall clock).
    pub at: Text<Timestamp>,
    /// Who: somebody who works with Fengbiao, or `fengbiao` itself.
    #[serde(borrow)]
    pub by: Str<'a>,
    /// What happened.
    #[serde(borrow)]
    pub what: HappeningJson<'a>,
}

/// The canonical bytes of an event.
#[must_use]
pub fn encode_event(event: &Event) -> Vec<u8> {
    encode(&EventJson::from(event))
}

/// Reads an event.
pub fn decode_event(bytes: &[u8]) -> Result<Event, WireError> {
    decode::<EventJson<'_>>("event", bytes)?.into_model()
}

impl<'a> From<&'a Event> for EventJson<'a> {
    fn from(event: &'a Event) -> Self {
        Self {
            v: V1,
            incident: event.incident.0,
            number: event.number,
            at: Text(event.at),
            by: event.by.as_str().into(),
            what: (&event.what).into(),
        }
    }
}

impl EventJson<'_> {
    /// The event, its names checked.
    pub fn into_model(self) -> Result<Event, WireError> {
        Ok(Event {
            incident: IncidentId(self.incident),
            number: self.number,
            at: self.at.0,
            by: Actor::new(self.by.0).map_err(|error| WireError::id("by", &error))?,
            what: self.what.into_model()?,
        })
    }
}
