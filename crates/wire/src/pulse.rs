//! The records of the topic `pulses`.

use fengbiao_model::{Pulse, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::name::name;
use crate::record::{decode, encode};
use crate::scalar::{Str, Text, V1};

/// One source in one minute: was it looked at, what came, what failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "pulse")]
pub struct PulseJson<'a> {
    /// Version of this shape.
    pub v: V1,
    /// The source.
    #[serde(borrow)]
    pub source: Str<'a>,
    /// The start of the minute spoken of.
    pub minute: Text<Timestamp>,
    /// How often it was looked at.
    pub polls: u32,
    /// Posts taken.
    pub posts: u32,
    /// Posts refused, each with an answer or a dead letter.
    pub refused: u32,
    /// Attempts that failed.
    pub errors: u32,
    /// Whether this is its last one: the source has come to its end and is not missed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

/// The canonical bytes of a pulse.
#[must_use]
pub fn encode_pulse(pulse: &Pulse) -> Vec<u8> {
    encode(&PulseJson {
        v: V1,
        source: pulse.source.as_str().into(),
        minute: Text(pulse.minute),
        polls: pulse.polls,
        posts: pulse.posts,
        refused: pulse.refused,
        errors: pulse.errors,
        ended: pulse.ended,
    })
}

/// Reads a pulse.
pub fn decode_pulse(bytes: &[u8]) -> Result<Pulse, WireError> {
    let json: PulseJson<'_> = decode("pulse", bytes)?;
    Ok(Pulse {
        source: name("source", &json.source.0)?,
        minute: json.minute.0,
        polls: json.polls,
        posts: json.posts,
        refused: json.refused,
        errors: json.errors,
        ended: json.ended,
    })
}
