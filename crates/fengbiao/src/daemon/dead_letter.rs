//! What could not be read: masked, with where it stood and why.

use fengbiao_crawler::{DeadLetter, mask};
use fengbiao_log::{Destination, NewRecord, Topic};
use fengbiao_model::{Partition, Timestamp};

use crate::limits::DEAD_LETTER_BYTES;

/// The record of a dead letter.
pub(crate) fn record(letter: &DeadLetter) -> NewRecord {
    let letter = fengbiao_wire::DeadLetter {
        at: letter.at,
        origin: letter.origin.clone(),
        reason: letter.reason.clone(),
        payload: letter.payload.clone(),
    };
    NewRecord {
        topic: Topic::DeadLetters,
        to: Destination::Partition(Partition(0)),
        payload: fengbiao_wire::encode_dead_letter(&letter),
    }
}

/// The dead letter of a record of the log that cannot be read.
pub(crate) fn poison(origin: String, at: Timestamp, reason: &str, payload: &[u8]) -> NewRecord {
    let shown = String::from_utf8_lossy(&payload[..payload.len().min(DEAD_LETTER_BYTES)]);
    let payload = mask(&shown).into_owned();
    record(&DeadLetter {
        origin,
        at,
        reason: reason.to_owned(),
        payload,
    })
}
