//! Which partition a key belongs to.

use fengbiao_model::Partition;

/// The partition of a key among `count` partitions: `(murmur2(key) & 0x7fffffff) % count`, the
/// rule of Kafka's Java producer for records with a key, which librdkafka follows with
/// `partitioner=murmur2`. So a later move to Kafka with equal counts keeps the assignment.
///
/// A `count` of 0 counts as 1.
#[must_use]
pub fn partition_of(key: &[u8], count: u32) -> Partition {
    Partition((murmur2(key) & 0x7fff_ffff) % count.max(1))
}

/// MurmurHash2, 32 bits, by Austin Appleby (public domain), with Kafka's seed.
fn murmur2(key: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    // The function takes the length modulo 2^32 by definition.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "by the definition of the hash"
    )]
    let mut hash = SEED ^ key.len() as u32;
    let (words, rest) = key.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !rest.is_empty() {
        for (index, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * index);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_kafka() {
        // The values that Kafka's own unit test of `Utils.murmur2` expects.
        for (key, expected) in [
            ("21", -973_932_308_i32),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            (
                "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
                -58_897_971,
            ),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(key.as_bytes()).cast_signed(), expected, "{key}");
        }
    }

    #[test]
    fn keys_spread_over_all_partitions() {
        let mut seen = [0_u32; 4];
        for key in 0..400_u32 {
            let partition = partition_of(&key.to_be_bytes(), 4);
            seen[usize::try_from(partition.0).unwrap()] += 1;
        }
        assert!(
            seen.iter().all(|count| (60..=140).contains(count)),
            "{seen:?}"
        );
    }
}
