//! The records of the topic `dead-letters`.

use fengbiao_model::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::record::{decode, encode};
use crate::scalar::{Str, Text, V1};

/// What could not be taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// When it was refused (wall clock).
    pub at: Timestamp,
    /// Where it came from: a source with the line or the entry, or a place in the log.
    pub origin: String,
    /// Why, in a sentence with the remedy.
    pub reason: String,
    /// What came, masked and cut by whoever refused it.
    pub payload: String,
}

/// What could not be taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "dead letter")]
pub struct DeadLetterJson<'a> {
    /// Version of this shape.
    pub v: V1,
    /// When it was refused (wall clock).
    pub at: Text<Timestamp>,
    /// Where it came from: a source with the line or the entry, or a place in the log.
    #[serde(borrow)]
    pub origin: Str<'a>,
    /// Why, in a sentence with the remedy.
    #[serde(borrow)]
    pub reason: Str<'a>,
    /// What came, masked and cut.
    #[serde(borrow)]
    pub payload: Str<'a>,
}

/// The canonical bytes of a dead letter.
#[must_use]
pub fn encode_dead_letter(letter: &DeadLetter) -> Vec<u8> {
    encode(&DeadLetterJson::from(letter))
}

/// Reads a dead letter.
pub fn decode_dead_letter(bytes: &[u8]) -> Result<DeadLetter, WireError> {
    let json: DeadLetterJson<'_> = decode("dead letter", bytes)?;
    Ok(DeadLetter {
        at: json.at.0,
        origin: json.origin.0.into_owned(),
        reason: json.reason.0.into_owned(),
        payload: json.payload.0.into_owned(),
    })
}

impl<'a> From<&'a DeadLetter> for DeadLetterJson<'a> {
    fn from(letter: &'a DeadLetter) -> Self {
        Self {
            v: V1,
            at: Text(letter.at),
            origin: letter.origin.as_str().into(),
            reason: letter.reason.as_str().into(),
            payload: letter.payload.as_str().into(),
        }
    }
}
