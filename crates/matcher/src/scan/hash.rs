//! How pairs and triples of units are hashed: the same in the portable code, the vector code and
//! the tables, all of which must agree on every bit.

/// Odd constants with well-mixed bits (the fraction of the golden ratio; xxHash32's second and
/// third primes, Collet).
pub(super) const PLACE: u32 = 0x9E37_79B1;
/// See [`PLACE`].
pub(super) const PAIR: u32 = 0x85EB_CA77;
/// See [`PLACE`].
pub(super) const TRIPLE: u32 = 0xC2B2_AE3D;

/// Two neighbouring units in one word, the first in the low half: what a little-endian load of
/// both gives.
pub(super) fn pair(first: u16, second: u16) -> u32 {
    u32::from(first) | u32::from(second) << 16
}

/// Where a pair's word of the filter lies (by its high bits).
pub(super) fn place(pair: u32) -> u32 {
    pair.wrapping_mul(PLACE)
}

/// The bits of a pair, and its place among the pairs (by the high bits).
pub(super) fn of_pair(pair: u32) -> u32 {
    pair.wrapping_mul(PAIR)
}

/// The bits of a pair with the unit behind it, and their place among the triples.
pub(super) fn of_triple(pair: u32, third: u16) -> u32 {
    (place(pair) ^ u32::from(third)).wrapping_mul(TRIPLE)
}

/// The bits of its word that a hash sets: three of 32, by its 15 high bits.
pub(super) fn mask(hash: u32) -> u32 {
    1 << (hash >> 27) | 1 << (hash >> 22 & 31) | 1 << (hash >> 17 & 31)
}
