//! Counting distinct things: exactly up to a bound, then by a sketch with a fixed seed.
//!
//! The sketch is HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) with 2^12 registers; its
//! standard error is 1.04 / √4096 = 1.6 %. Between the bound of exact counting and 2.5 registers'
//! worth of values it counts empty registers instead (linear counting), as the paper does.

use std::collections::BTreeSet;

use crate::limits::MAX_EXACT_DISTINCT;

/// Bits of a value that choose its register.
const INDEX_BITS: u32 = 12;
/// Registers of a sketch.
const REGISTERS: usize = 1 << INDEX_BITS;
/// First byte of an exact set on disk.
const EXACT: u8 = 1;
/// First byte of a sketch on disk.
const SKETCH: u8 = 2;

/// A set that is only counted. Equal contents are equal values, in whatever order they came.
#[derive(Clone, PartialEq, Eq)]
pub struct Distinct(Kept);

#[derive(Clone, PartialEq, Eq)]
enum Kept {
    Exact(BTreeSet<u64>),
    /// One byte a register: the greatest number of leading zeros seen there, plus one.
    Sketch(Box<[u8]>),
}

/// The bytes are not those of a [`Distinct`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the bytes of a distinct count, found {bytes} bytes of another shape")]
pub struct NotADistinct {
    /// How many bytes were found.
    pub bytes: usize,
}

impl Default for Distinct {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Distinct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Kept::Exact(set) => f.debug_set().entries(set).finish(),
            Kept::Sketch(_) => write!(f, "about {}", self.count()),
        }
    }
}

impl Distinct {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Kept::Exact(BTreeSet::new()))
    }

    /// Takes a value in. True when that changed what is known: always when the value is new and
    /// counting is exact; seldom when it is not.
    pub fn insert(&mut self, value: u64) -> bool {
        match &mut self.0 {
            Kept::Exact(set) => {
                let new = set.insert(value);
                if set.len() > MAX_EXACT_DISTINCT {
                    self.0 = Kept::Sketch(sketch_of(set));
                }
                new
            }
            Kept::Sketch(registers) => note(registers, value),
        }
    }

    /// Takes all of another set in.
    pub fn merge(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            (_, Kept::Exact(values)) => {
                for &value in values {
                    self.insert(value);
                }
            }
            (Kept::Exact(values), Kept::Sketch(theirs)) => {
                let mut registers = theirs.clone();
                for &value in values.iter() {
                    note(&mut registers, value);
                }
                self.0 = Kept::Sketch(registers);
            }
            (Kept::Sketch(ours), Kept::Sketch(theirs)) => {
                for (our, their) in ours.iter_mut().zip(theirs) {
                    *our = (*our).max(*their);
                }
            }
        }
    }

    /// How many there are: exactly up to [`MAX_EXACT_DISTINCT`], an estimate above it.
    #[must_use]
    pub fn count(&self) -> u64 {
        match &self.0 {
            Kept::Exact(set) => set.len() as u64,
            Kept::Sketch(registers) => estimate(registers),
        }
    }

    /// For the ledger: a byte for the kind, then the values in order (little-endian) or the
    /// registers.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.0 {
            Kept::Exact(set) => {
                let values = set.iter().flat_map(|value| value.to_le_bytes());
                [EXACT].into_iter().chain(values).collect()
            }
            Kept::Sketch(registers) => [SKETCH]
                .into_iter()
                .chain(registers.iter().copied())
                .collect(),
        }
    }

    /// The way back from [`Self::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotADistinct> {
        let wrong = NotADistinct { bytes: bytes.len() };
        match bytes.split_first() {
            Some((&EXACT, values)) => {
                let (values, []) = values.as_chunks::<8>() else {
                    return Err(wrong);
                };
                if values.len() > MAX_EXACT_DISTINCT {
                    return Err(wrong);
                }
                Ok(Self(Kept::Exact(
                    values.iter().map(|&v| u64::from_le_bytes(v)).collect(),
                )))
            }
            Some((&SKETCH, registers)) if registers.len() == REGISTERS => {
                Ok(Self(Kept::Sketch(registers.into())))
            }
            _ => Err(wrong),
        }
    }
}

fn sketch_of(values: &BTreeSet<u64>) -> Box<[u8]> {
    let mut registers = vec![0; REGISTERS].into_boxed_slice();
    for &value in values {
        note(&mut registers, value);
    }
    registers
}

/// Spreads the bits of a value (the finaliser of SplitMix64, Steele, Lea, Flood 2014); its
/// constants are the fixed seed.
const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

fn note(registers: &mut [u8], value: u64) -> bool {
    let hash = mix(value);
    // The guard bit ends the run of zeros, so that it is at most 52 and fits.
    let rest = (hash << INDEX_BITS) | (1 << (INDEX_BITS - 1));
    #[allow(
        clippy::cast_possible_truncation,
        reason = "12 bits, and at most 52 zeros"
    )]
    let (index, rank) = (
        (hash >> (64 - INDEX_BITS)) as usize,
        rest.leading_zeros() as u8 + 1,
    );
    let higher = rank > registers[index];
    registers[index] = registers[index].max(rank);
    higher
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate of at most 2^53 or so, rounded and never negative"
)]
fn estimate(registers: &[u8]) -> u64 {
    let m = REGISTERS as f64;
    let empty = registers.iter().filter(|&&rank| rank == 0).count();
    let sum: f64 = registers
        .iter()
        .map(|&rank| (-f64::from(rank)).exp2())
        .sum();
    let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
    let counted = if raw <= 2.5 * m && empty > 0 {
        m * (m / empty as f64).ln()
    } else {
        raw
    };
    counted.round() as u64
}
