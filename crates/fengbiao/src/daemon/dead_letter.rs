//! What could not be read: masked, with where it stood and why.

use std::fmt;

use fengbiao_crawler::{DeadLetter, mask, shown_of_record};
use fengbiao_log::{Destination, NewRecord, Topic};
use fengbiao_model::{Offset, Partition, Position, Timestamp};

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

/// A record of the log that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Poison {
    pub(crate) topic: Topic,
    pub(crate) position: Position,
}

impl Poison {
    /// Its dead letter: masked and without persons, since nobody knows what is in it.
    pub(crate) fn letter(self, at: Timestamp, reason: &str, payload: &[u8]) -> NewRecord {
        record(&DeadLetter {
            origin: self.to_string(),
            at,
            reason: mask(reason).into_owned(),
            payload: shown_of_record(payload, DEAD_LETTER_BYTES),
        })
    }

    /// The record that an origin names; none where it names a source.
    pub(crate) fn of_origin(origin: &str) -> Option<Self> {
        let rest = origin.strip_prefix("topic ")?;
        let (topic, rest) = rest.split_once(", partition ")?;
        let (partition, offset) = rest.split_once(", offset ")?;
        Some(Self {
            topic: Topic::from_name(topic)?,
            position: Position {
                partition: Partition(partition.parse().ok()?),
                offset: Offset(offset.parse().ok()?),
            },
        })
    }
}

/// `topic posts, partition 3, offset 17`.
impl fmt::Display for Poison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (partition, offset) = (self.position.partition.0, self.position.offset.0);
        write!(
            f,
            "topic {}, partition {partition}, offset {offset}",
            self.topic
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_as_it_is_written() {
        for topic in Topic::ALL {
            let poison = Poison {
                topic,
                position: Position {
                    partition: Partition(3),
                    offset: Offset(17),
                },
            };
            assert_eq!(Poison::of_origin(&poison.to_string()), Some(poison));
        }
        assert_eq!(Poison::of_origin("topic: posts.ndjson, line 3"), None);
        assert_eq!(
            Poison::of_origin("topic posts, partition x, offset 1"),
            None
        );
    }

    #[test]
    fn a_letter_is_masked_and_cut() {
        let position = Position {
            partition: Partition(0),
            offset: Offset(1),
        };
        let poison = Poison {
            topic: Topic::Posts,
            position,
        };
        let long = format!("call 13812345678 {}", "x".repeat(DEAD_LETTER_BYTES));
        let letter = poison.letter(Timestamp::EPOCH, "no JSON", long.as_bytes());
        let letter = fengbiao_wire::decode_dead_letter(&letter.payload).unwrap();
        assert!(!letter.payload.contains("13812345678"));
        assert!(letter.payload.ends_with('…'));
        assert_eq!(letter.origin, "topic posts, partition 0, offset 1");
    }
}
