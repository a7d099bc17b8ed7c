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
/// As many values are put into an exact set one by one, whatever its size.
const FEW_VALUES: usize = 16;
/// And as many of what it holds: one in so many.
const FEW_SHARE: usize = 16;
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
    Sketch(Box<Sketch>),
}

/// The registers, and how many of them hold each rank: counting looks at 64 numbers, not at 4,096.
#[derive(Clone, PartialEq, Eq)]
struct Sketch {
    /// One byte a register: the greatest number of leading zeros seen there, plus one.
    registers: [u8; REGISTERS],
    ranks: [u16; RANKS],
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
            Kept::Sketch(sketch) => sketch.note(value),
        }
    }

    /// Takes all of another set in.
    pub fn merge(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            // A few among many, as hours are among weeks: put in one by one, without a new set.
            (Kept::Exact(ours), Kept::Exact(theirs)) if are_few(theirs.len(), ours.len()) => {
                for &value in theirs {
                    self.insert(value);
                }
            }
            (Kept::Exact(ours), Kept::Exact(theirs)) => {
                let all = union(ours, theirs);
                self.0 = if all.len() > MAX_EXACT_DISTINCT {
                    Kept::Sketch(sketch_of(&all))
                } else {
                    Kept::Exact(all)
                };
            }
            (Kept::Sketch(ours), Kept::Exact(values)) => {
                for &value in values {
                    ours.note(value);
                }
            }
            (Kept::Exact(values), Kept::Sketch(theirs)) => {
                let mut sketch = theirs.clone();
                for &value in values.iter() {
                    sketch.note(value);
                }
                self.0 = Kept::Sketch(sketch);
            }
            (Kept::Sketch(ours), Kept::Sketch(theirs)) => ours.merge(theirs),
        }
    }

    /// How many there are: exactly up to [`MAX_EXACT_DISTINCT`], an estimate above it.
    #[must_use]
    pub fn count(&self) -> u64 {
        match &self.0 {
            Kept::Exact(set) => set.len() as u64,
            Kept::Sketch(sketch) => sketch.estimate(),
        }
    }

    /// For the ledger: a byte for the kind, then the values in order (little-endian) or the
    /// registers.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.0 {
            Kept::Exact(set) => {
                let mut bytes = Vec::with_capacity(1 + 8 * set.len());
                bytes.push(EXACT);
                set.iter()
                    .for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
                bytes
            }
            Kept::Sketch(sketch) => [&[SKETCH], sketch.registers.as_slice()].concat(),
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
            Some((&SKETCH, registers)) => {
                let registers = registers.try_into().map_err(|_| wrong)?;
                let sketch = Sketch::new(registers).ok_or(wrong)?;
                Ok(Self(Kept::Sketch(Box::new(sketch))))
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

/// So few among many that putting each in its place moves less than a new set of all would.
fn are_few(theirs: usize, ours: usize) -> bool {
    theirs <= FEW_VALUES.max(ours / FEW_SHARE)
}

fn sketch_of(values: &[u64]) -> Box<Sketch> {
    let mut sketch = Box::new(Sketch::empty());
    for &value in values {
        sketch.note(value);
    }
    sketch
}

/// How many registers hold each rank. Four counters side by side, so that equal neighbours do not
/// wait for one another.
fn ranks(registers: &[u8; REGISTERS]) -> [u16; RANKS] {
    let mut counters = [[0; RANKS]; 4];
    for four in registers.chunks(4) {
        for (counter, &rank) in counters.iter_mut().zip(four) {
            counter[usize::from(rank) % RANKS] += 1;
        }
    }
    std::array::from_fn(|rank| counters.iter().map(|counter| counter[rank]).sum())
}

/// Spreads the bits of a value (the finaliser of SplitMix64, Steele, Lea, Flood 2014); its
/// constants are the fixed seed.
const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

impl Sketch {
    #[allow(clippy::cast_possible_truncation, reason = "4,096 fits")]
    const fn empty() -> Self {
        let mut ranks = [0; RANKS];
        ranks[0] = REGISTERS as u16;
        Self {
            registers: [0; REGISTERS],
            ranks,
        }
    }

    /// None where a register holds what is no rank.
    fn new(registers: [u8; REGISTERS]) -> Option<Self> {
        let all_ranks = registers.iter().all(|&rank| usize::from(rank) < RANKS);
        let ranks = ranks(&registers);
        all_ranks.then_some(Self { registers, ranks })
    }

    /// Takes a value in. True when a register rose.
    fn note(&mut self, value: u64) -> bool {
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
        self.raise(index, rank)
    }

    fn raise(&mut self, index: usize, rank: u8) -> bool {
        let before = self.registers[index];
        if rank <= before {
            return false;
        }
        self.registers[index] = rank;
        self.ranks[usize::from(before)] -= 1;
        self.ranks[usize::from(rank)] += 1;
        true
    }

    /// All registers first, in one sweep that the compiler does many at a time; then their ranks.
    fn merge(&mut self, other: &Self) {
        for (our, their) in self.registers.iter_mut().zip(&other.registers) {
            *our = (*our).max(*their);
        }
        self.ranks = ranks(&self.registers);
    }

    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate of at most 2^53 or so, rounded and never negative"
    )]
    fn estimate(&self) -> u64 {
        let m = REGISTERS as f64;
        let empty = self.ranks[0];
        let mut share = 1.0;
        let mut sum = 0.0;
        for &count in &self.ranks {
            sum += f64::from(count) * share;
            share /= 2.0; // exact, as powers of two are
        }
        let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
        let counted = if raw <= 2.5 * m && empty > 0 {
            m * (m / f64::from(empty)).ln()
        } else {
            raw
        };
        counted.round() as u64
    }
}
