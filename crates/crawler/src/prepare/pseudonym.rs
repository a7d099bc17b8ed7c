//! Pseudonyms: an author becomes a voice, and is gone.

use fengbiao_model::{ServiceId, TimeSpan, Timestamp, Voice};

/// The keys by which authors become voices. Made of one secret that all crawlers share; the key
/// in use changes with every period, so that no voice can be followed for
/// longer. Neither the secret nor a key is ever shown.
#[derive(Clone)]
pub struct PseudonymKeys {
    secret: [u8; 32],
    period_millis: i64,
}

impl std::fmt::Debug for PseudonymKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PseudonymKeys(..)")
    }
}

impl PseudonymKeys {
    /// Keys of a secret of 32 random bytes that change with every `period`, at least a minute.
    #[must_use]
    pub fn new(secret: [u8; 32], period: TimeSpan) -> Self {
        Self {
            secret,
            period_millis: period.as_millis().max(60_000),
        }
    }

    /// The key of the period in which a post was found: BLAKE3 `derive_key` of the secret and the
    /// number of the period since 1970.
    fn derive(&self, found_at: Timestamp) -> [u8; 32] {
        let period = found_at.as_millis() / self.period_millis;
        let mut hasher = blake3::Hasher::new_derive_key("fengbiao 2026 pseudonym period");
        hasher.update(&self.secret);
        hasher.update(&period.to_le_bytes());
        *hasher.finalize().as_bytes()
    }

    /// The voice of an author of a service, in the period in which the post was found.
    #[must_use]
    pub fn voice(&self, service: &ServiceId, author: &str, found_at: Timestamp) -> Voice {
        let mut hasher = blake3::Hasher::new_keyed(&self.derive(found_at));
        // Lengths first, so that no two names run together.
        for part in [service.as_str(), author] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        Voice::from_digest(hasher.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_is_one_per_author_service_period_and_secret() {
        let keys = PseudonymKeys::new([7; 32], TimeSpan::from_hours(30 * 24));
        let service = |name| ServiceId::new(name).unwrap();
        let day = |n: i64| Timestamp::from_millis(n * 86_400_000);
        let voice = keys.voice(&service("a"), "甲", day(0));
        assert_eq!(voice, keys.voice(&service("a"), "甲", day(29)));
        for other in [
            keys.voice(&service("a"), "乙", day(0)),
            keys.voice(&service("b"), "甲", day(0)),
            keys.voice(&service("a"), "甲", day(30)),
            PseudonymKeys::new([8; 32], TimeSpan::from_hours(30 * 24)).voice(
                &service("a"),
                "甲",
                day(0),
            ),
        ] {
            assert_ne!(voice, other);
        }
        assert_eq!(format!("{keys:?}"), "PseudonymKeys(..)");
    }
}
