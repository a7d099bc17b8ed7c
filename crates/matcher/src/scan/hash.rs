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

/// Where a pair's word of the filter lies (by its high bits), and the pair's bits in it (by the
/// [`MASK_BITS`] low ones: pairs of one place differ in those, for the multiplication is one to one).
pub(super) fn place(pair: u32) -> u32 {
    pair.wrapping_mul(PLACE)
}

/// The place of a pair among the pairs (by the high bits).
pub(super) fn of_pair(pair: u32) -> u32 {
    pair.wrapping_mul(PAIR)
}

/// The bits of a pair with the unit behind it (by the [`MASK_BITS`] high ones), and their place
/// among the triples.
pub(super) fn of_triple(place: u32, third: u16) -> u32 {
    (place ^ u32::from(third)).wrapping_mul(TRIPLE)
}

/// Bits of a hash that choose which bits of a word are set.
pub(super) const MASK_BITS: u32 = 10;
/// What makes the third bit from the first and second.
pub(super) const THIRD_BIT: u32 = 7;

/// Three bits of a word for each choice.
static MASKS: [u32; 1 << MASK_BITS] = masks();

const fn masks() -> [u32; 1 << MASK_BITS] {
    let mut masks = [0; 1 << MASK_BITS];
    let mut choice = 0;
    while choice < masks.len() {
        let (first, second) = (choice & 31, choice >> 5);
        let third = (first + second + THIRD_BIT as usize) & 31;
        masks[choice] = 1 << first | 1 << second | 1 << third;
        choice += 1;
    }
    masks
}

/// The bits of its word that a pair sets.
pub(super) fn mask_of_pair(place: u32) -> u32 {
    MASKS[(place & ((1 << MASK_BITS) - 1)) as usize]
}

/// The bits of its word that a pair with the unit behind it sets.
pub(super) fn mask_of_triple(hash: u32) -> u32 {
    MASKS[(hash >> (u32::BITS - MASK_BITS)) as usize]
}
