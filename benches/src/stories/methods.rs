//! Ways to tell copies: what is kept of a text, and how alike two of them are.

use std::collections::BTreeSet;

use fengbiao_matcher::fold::fold_str;

/// A text as the methods read it: folded, letters and digits only.
pub(crate) struct Read {
    packed: Vec<u64>,
    numbers: BTreeSet<u64>,
    pub(crate) letters: usize,
    whole: u64,
}

/// What is kept of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sketch {
    /// A hash of the whole.
    Whole,
    /// SimHash of 64 bits over runs of so many letters.
    SimHash(usize),
    /// The least of each of so many hashes, 16 bits of it (MinHash), over runs of so many letters.
    MinHash(usize, usize),
    /// The least hash in each of so many bins, 16 bits of it (one permutation hashing), over runs
    /// of so many letters.
    Bins(usize, usize),
}

/// How alike two of them are, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Equal parts of all.
    Jaccard,
    /// The part of the smaller that is in the greater, from the Jaccard likeness and both sizes.
    Containment,
}

/// A sketch, a measure, and whether the numbers of the texts have to agree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Method {
    pub(crate) sketch: Sketch,
    pub(crate) measure: Measure,
    pub(crate) numbers: bool,
}

/// What a method keeps of one text.
pub(crate) struct Kept {
    sketch: Vec<u64>,
    numbers: u64,
    size: usize,
}

impl Read {
    pub(crate) fn of(text: &str) -> Self {
        let folded = fold_str(text);
        let packed: Vec<u64> = folded
            .chars()
            .filter(|c| c.is_alphanumeric())
            .map(|c| u64::from(u32::from(c)))
            .collect();
        let numbers = folded
            .split(|c: char| !c.is_ascii_digit())
            .filter(|run| !run.is_empty())
            .map(|run| {
                run.bytes()
                    .fold(0, |hash, byte| mix(hash ^ u64::from(byte)))
            })
            .collect();
        let whole = packed.iter().fold(7, |hash, &letter| mix(hash ^ letter));
        Self {
            letters: packed.len(),
            packed,
            numbers,
            whole,
        }
    }

    /// The hashes of all runs of `n` letters, in order, each once.
    pub(crate) fn shingles(&self, n: usize) -> Vec<u64> {
        let runs = self.packed.windows(n.min(self.packed.len().max(1)));
        let mut all: Vec<u64> = runs
            .map(|run| run.iter().fold(0, |hash, &letter| mix(hash ^ letter)))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.sketch {
            Sketch::Whole => f.write_str("equal letters")?,
            Sketch::SimHash(n) => write!(f, "SimHash, runs of {n}")?,
            Sketch::MinHash(n, k) => write!(f, "MinHash {k} × 16, runs of {n}")?,
            Sketch::Bins(n, k) => write!(f, "bins {k} × 16, runs of {n}")?,
        }
        if self.measure == Measure::Containment {
            f.write_str(", containment")?;
        }
        f.write_str(if self.numbers { ", numbers" } else { "" })
    }
}

impl Sketch {
    fn of(self, read: &Read) -> (Vec<u64>, usize) {
        let shingles = match self {
            Self::Whole => return (vec![read.whole], 1),
            Self::SimHash(n) | Self::MinHash(n, _) | Self::Bins(n, _) => read.shingles(n),
        };
        let kept = match self {
            Self::MinHash(_, k) => (0..k as u64)
                .map(|i| {
                    let seeded = shingles
                        .iter()
                        .map(|s| mix(s ^ i.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
                    seeded.min().map_or(0, |least| 1 + (least & 0xFFFE))
                })
                .collect(),
            Self::Bins(_, k) => {
                let mut least = vec![u64::MAX; k];
                for shingle in &shingles {
                    let bin = usize::try_from(shingle % k as u64).unwrap_or(0);
                    least[bin] = least[bin].min(mix(*shingle));
                }
                let value = |least| {
                    if least == u64::MAX {
                        0
                    } else {
                        1 + (least & 0xFFFE)
                    }
                };
                least.into_iter().map(value).collect()
            }
            Self::SimHash(_) | Self::Whole => vec![simhash(&shingles)],
        };
        (kept, shingles.len())
    }
}

impl Method {
    /// Bytes of what is kept of a text.
    pub(crate) const fn bytes(&self) -> usize {
        let sketch = match self.sketch {
            Sketch::Whole | Sketch::SimHash(_) => 8,
            Sketch::MinHash(_, k) | Sketch::Bins(_, k) => 2 * k,
        };
        let size = match self.measure {
            Measure::Jaccard => 0,
            Measure::Containment => 4,
        };
        sketch + size + if self.numbers { 8 } else { 0 }
    }

    pub(crate) fn keep(&self, read: &Read) -> Kept {
        let (sketch, size) = self.sketch.of(read);
        let numbers = read.numbers.iter().fold(0, |bits, n| bits | 1 << (n % 64));
        Kept {
            sketch,
            numbers,
            size,
        }
    }

    /// How alike two texts are, 0 to 1; 0 where their numbers part.
    #[allow(clippy::cast_precision_loss, reason = "sizes of texts")]
    pub(crate) fn alike(&self, a: &Kept, b: &Kept) -> f64 {
        if self.numbers && !numbers_agree(a.numbers, b.numbers) {
            return 0.0;
        }
        let pairs = || a.sketch.iter().zip(&b.sketch);
        let likeness = match self.sketch {
            Sketch::Whole => f64::from(u8::from(a.sketch == b.sketch)),
            Sketch::SimHash(_) => {
                let apart: u32 = pairs().map(|(a, b)| (a ^ b).count_ones()).sum();
                1.0 - f64::from(apart) / 64.0
            }
            Sketch::MinHash(..) | Sketch::Bins(..) => {
                let equal = pairs().filter(|(a, b)| a == b && **a != 0).count();
                super::share(equal, pairs().filter(|(a, b)| **a != 0 || **b != 0).count())
            }
        };
        match self.measure {
            Measure::Jaccard => likeness,
            Measure::Containment => {
                let (small, both) = (a.size.min(b.size).max(1), a.size + b.size);
                (likeness / (1.0 + likeness) * both as f64 / small as f64).min(1.0)
            }
        }
    }
}

/// At least three quarters of the smaller set of numbers stand in the greater.
const fn numbers_agree(a: u64, b: u64) -> bool {
    let (fewer, both) = (a.count_ones(), (a & b).count_ones());
    let fewer = if b.count_ones() < fewer {
        b.count_ones()
    } else {
        fewer
    };
    4 * both >= 3 * fewer
}

fn simhash(shingles: &[u64]) -> u64 {
    let mut votes = [0_i64; 64];
    for shingle in shingles {
        for (bit, vote) in votes.iter_mut().enumerate() {
            *vote += if shingle >> bit & 1 == 1 { 1 } else { -1 };
        }
    }
    let ones = votes.iter().enumerate().filter(|(_, vote)| **vote > 0);
    ones.fold(0, |hash, (bit, _)| hash | 1 << bit)
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ value >> 31
}
