//! Counting distinct things: exactly up to a bound, then by a sketch with a fixed seed.
//!
//! The sketch is HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) with 2^12 registers; its
//! standard error is 1.04 / √4096 = 1.6 %. Between the bound of exact counting and 2.5 registers'
//! worth of values it counts empty registers instead (linear counting), as the paper does.

use std::cmp::Ordering;

use crate::limits::MAX_EXACT_DISTINCT;

/// Bits of a value that choose its register.
const INDEX_BITS: u32 = 12;
/// Registers of a sketch.
const REGISTERS: usize = 1 << INDEX_BITS;
/// More than the greatest rank, which is 53.
const RANKS: usize = 64;
/// First byte of an exact set on disk.
const EXACT: u8 = 1;
/// First byte of a sketch on disk.
const SKETCH: u8 = 2;

/// A set that is only counted. Equal contents are equal values, in whatever order they came.
#[derive(Clone, PartialEq, Eq)]
pub struct Distinct(Kept);

#[derive(Clone, PartialEq, Eq)]
enum Kept {
    /// In order, each once: a set of at most 8 KiB is cheapest to copy and to merge as one piece.
    Exact(Vec<u64>),
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
        Self(Kept::Exact(Vec::new()))
    }

    /// Takes a value in. True when that changed what is known: always when the value is new and
    /// counting is exact; seldom when it is not.
    pub fn insert(&mut self, value: u64) -> bool {
        match &mut self.0 {
            Kept::Exact(set) => {
                let Err(at) = set.binary_search(&value) else {
                    return false;
                };
                set.insert(at, value);
                if set.len() > MAX_EXACT_DISTINCT {
                    self.0 = Kept::Sketch(sketch_of(set));
                }
                true
            }
            Kept::Sketch(registers) => note(registers, value),
        }
    }

    /// Takes all of another set in.
    pub fn merge(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            (Kept::Exact(ours), Kept::Exact(theirs)) => {
                let all = union(ours, theirs);
                self.0 = if all.len() > MAX_EXACT_DISTINCT {
                    Kept::Sketch(sketch_of(&all))
                } else {
                    Kept::Exact(all)
                };
            }
            (Kept::Sketch(registers), Kept::Exact(values)) => {
                for &value in values {
                    note(registers, value);
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
                let mut set: Vec<u64> = values.iter().map(|&v| u64::from_le_bytes(v)).collect();
                set.sort_unstable();
                set.dedup();
                Ok(Self(Kept::Exact(set)))
            }
            Some((&SKETCH, registers)) if registers.len() == REGISTERS => {
                Ok(Self(Kept::Sketch(registers.into())))
            }
            _ => Err(wrong),
        }
    }
}

/// The values of two ordered sets, in order, each once.
fn union(ours: &[u64], theirs: &[u64]) -> Vec<u64> {
    let mut all = Vec::with_capacity(ours.len() + theirs.len());
    let (mut a, mut b) = (ours, theirs);
    while let ([x, rest_a @ ..], [y, rest_b @ ..]) = (a, b) {
        let order = x.cmp(y);
        all.push(*x.min(y));
        if order != Ordering::Greater {
            a = rest_a;
        }
        if order != Ordering::Less {
            b = rest_b;
        }
    }
    all.extend_from_slice(a);
    all.extend_from_slice(b);
    all
}

fn sketch_of(values: &[u64]) -> Box<[u8]> {
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
    let ranks = ranks(registers);
    let empty = ranks[0];
    let sum: f64 = (0..)
        .zip(ranks)
        .map(|(rank, count)| f64::from(count) * f64::from(-rank).exp2())
        .sum();
    let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
    let counted = if raw <= 2.5 * m && empty > 0 {
        m * (m / f64::from(empty)).ln()
    } else {
        raw
    };
    counted.round() as u64
}

/// How many registers hold each rank. Four counters side by side, so that equal neighbours do not
/// wait for one another.
fn ranks(registers: &[u8]) -> [u32; RANKS] {
    let mut counters = [[0; RANKS]; 4];
    for four in registers.chunks(4) {
        for (counter, &rank) in counters.iter_mut().zip(four) {
            counter[usize::from(rank) % RANKS] += 1;
        }
    }
    std::array::from_fn(|rank| counters.iter().map(|counter| counter[rank]).sum())
}
