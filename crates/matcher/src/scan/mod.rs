//! The scan: every keyword of a text, in one pass over its original bytes.
//!
//! A text is decoded and folded into UTF-16 units by one table, vectors at a time, and nothing else
//! is made of it. At each pair of neighbouring units a filter of one word is asked whether the pair
//! is a keyword, or the pair with the unit behind it the *anchor* of a longer one: its rarest three
//! units, by the frequencies of a dictionary ([`Rarity`]). What the filter lets through is looked up
//! by whole units, so that what is found is exact. Only then are the bytes under it worked out.
//!
//! The same answer comes from every [`InstructionSet`] and from both engines. The engine is chosen
//! when the scanner is made, by how crowded the keywords are: where more than
//! [`MAX_KEYWORDS_PER_ANCHOR`](crate::limits::MAX_KEYWORDS_PER_ANCHOR) of them have no part that
//! others have not, an automaton takes the filter's place ([`Scanner::engine`] tells). That a
//! dictionary is dense is no reason: with the commonest words, of which nearly every post has dozens,
//! the filter is about as fast as the fastest automaton measured or faster (1.1 to 1.5 times with
//! AVX-512, 0.8 to 1.1 without vectors).
//!
//! A scanner can be stored and made again from its bytes ([`Scanner::to_stored`]): they are as many as
//! it holds in memory, begin with checksums and a fingerprint of the build that laid them out, and are
//! left aside where they do not fit.
//!
//! ```
//! use fengbiao_matcher::scan::{PatternId, Rarity, Scan, Scanner};
//!
//! # fn main() -> Result<(), fengbiao_matcher::scan::ScanError> {
//! let scanner = Scanner::new(&["食物中毒", "停电"], &Rarity::unknown())?;
//! let mut scan = Scan::default(); // one for each thread
//! let text = "學校發生食\u{200b}物中毒";
//! let mut found = Vec::new();
//! scanner.scan(text, &mut scan, |PatternId(keyword), bytes| found.push((keyword, &text[bytes])));
//! assert_eq!(found, [(0, "食\u{200b}物中毒")]);
//! # Ok(())
//! # }
//! ```
//!
//! # Resource usage
//!
//! Real posts of 305 bytes, of which about 3 % have a realistic keyword and nearly all some of the commonest
//! words, beside daachorse by characters fed by the same folding in the same run, with AVX-512, AVX2 and
//! without, on an Intel Xeon (`benches/README.md`, which has the speeds, and those of an AMD EPYC, where
//! AVX2 is faster than AVX-512 and is taken). Memory and stored form have as many bytes.
//!
//! | keywords | × daachorse | × decode + fold | AVX2, × daachorse | portable | bytes a keyword | build |
//! |---|---|---|---|---|---|---|
//! | 1,000 | 8.9 | 0.54 | 5.2 | 2.8 | 52 | 0.3 ms |
//! | 10,000 | 6.9 | 0.49 | 4.4 | 2.3 | 70 | 2.8 ms |
//! | 100,000 | 6.8 | 0.29 | 5.4 | 3.6 | 63 | 46 ms |
//! | 500,000 | 4.3 | 0.11 | 4.2 | 4.5 | 54 | 0.32 s |
//! | 1,000,000 | 4.1 | 0.08 | 3.8 | 2.9 | 55 | 0.45 s |
//! | 1,000 of the commonest words | 1.5 | 0.10 | 1.3 | 1.0 | 26 | 0.1 ms |
//! | 10,000 | 1.3 | 0.09 | 1.1 | 0.8 | 39 | 1.1 ms |
//! | 100,000 | 1.1 | 0.05 | 1.1 | 1.1 | 43 | 27 ms |
//! | 500,000 | 1.3 | 0.03 | 1.3 | 1.1 | 51 | 0.18 s |
//! | 1,000,000 | 1.1 | 0.02 | 1.2 | 1.0 | 51 | 0.29 s |

mod automaton;
mod filter;
mod filtered;
mod hash;
mod instructions;
mod portable;
mod rarity;
mod slots;
mod stored;
#[cfg(test)]
mod tests;
mod units;
#[cfg_attr(
    not(any(target_arch = "x86_64", target_arch = "aarch64")),
    allow(dead_code, reason = "other processors have the portable code alone")
)]
mod vector;

use std::fmt;
use std::ops::Range;

pub use instructions::InstructionSet;
pub use rarity::Rarity;
pub use stored::Misfit;

use automaton::Automaton;
use filter::Candidates;
use filtered::Filtered;
use slots::Verified;
use units::Units;
pub(crate) use vector::prefetch;

use crate::fold::FoldUnits;
use crate::limits::MAX_SCAN_UNITS;

/// A keyword: its index in the list the scanner was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatternId(pub usize);

/// Why a scanner cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// A keyword folds to nothing.
    #[error("keyword {index} has no character that the fold keeps")]
    Empty {
        /// Its index.
        index: usize,
    },
    /// A keyword is too long.
    #[error("keyword {index} has {units} units of folded text, expected at most {MAX_SCAN_UNITS}")]
    Long {
        /// Its index.
        index: usize,
        /// Its folded UTF-16 units.
        units: usize,
    },
    /// There are too many keywords.
    #[error("the keywords are too many for one scanner\nhint: {reason}")]
    Many {
        /// What the engine says.
        reason: String,
    },
}

impl ScanError {
    fn automaton(error: impl fmt::Display) -> Self {
        let reason = error.to_string();
        Self::Many { reason }
    }
}

/// What finds the keywords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The filter and the exact look-up behind it.
    Filter,
    /// The automaton, for keywords too many of which share their parts.
    Automaton,
}

/// Its name: `filter` or `automaton`.
impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Filter => "filter",
            Self::Automaton => "automaton",
        })
    }
}

enum Inner {
    /// With the hash of its folded keywords, by which its stored form is known again.
    Filter(Box<Filtered>, blake3::Hash),
    Automaton(Box<Automaton>),
}

/// Finds keywords in texts. Every occurrence is told, overlapping ones too.
pub struct Scanner {
    inner: Inner,
    set: InstructionSet,
}

impl fmt::Debug for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scanner")
            .field("engine", &self.engine())
            .field("instructions", &self.set)
            .finish_non_exhaustive()
    }
}

/// The memory of a scan: make one for each thread, and use it again and again.
#[derive(Default)]
pub struct Scan {
    units: Units,
    candidates: Candidates,
    found: Vec<Verified>,
}

impl Scanner {
    /// Makes a scanner for keywords, which it folds, with the engine that suits them and the best
    /// instructions of this processor.
    ///
    /// # Errors
    /// [`ScanError`] where a keyword folds to nothing or is too long, or there are too many.
    pub fn new(keywords: &[impl AsRef<str>], rarity: &Rarity) -> Result<Self, ScanError> {
        let (scanner, _nothing_stored) = Self::of_units(&[], &folded(keywords), rarity)?;
        Ok(scanner)
    }

    /// The scanner of the same keywords from its stored form, if that fits; else made anew, with
    /// the reason.
    ///
    /// # Errors
    /// See [`Scanner::new`].
    pub fn from_stored(
        bytes: &[u8],
        keywords: &[impl AsRef<str>],
        rarity: &Rarity,
    ) -> Result<(Self, Result<(), Misfit>), ScanError> {
        Self::of_units(bytes, &folded(keywords), rarity)
    }

    /// The same of keywords that are folded already.
    pub(crate) fn of_units(
        stored: &[u8],
        keywords: &[Box<[u16]>],
        rarity: &Rarity,
    ) -> Result<(Self, Result<(), Misfit>), ScanError> {
        check(keywords)?;
        let hash = stored::hash_of(keywords);
        let (inner, fits) = match stored::read(stored, hash, keywords.len()) {
            Ok(filtered) => (Inner::Filter(Box::new(filtered), hash), Ok(())),
            Err(misfit) => {
                let inner = match Filtered::new(keywords, rarity) {
                    Ok(filtered) => Inner::Filter(Box::new(filtered), hash),
                    Err(_crowded) => Inner::Automaton(Box::new(Automaton::new(keywords)?)),
                };
                (inner, Err(misfit))
            }
        };
        Ok((Self::of(inner), fits))
    }

    fn of(inner: Inner) -> Self {
        let set = InstructionSet::best();
        Self { inner, set }
    }

    /// Its compiled form, to be stored and given to [`Scanner::from_stored`]; none of an automaton.
    #[must_use]
    pub fn to_stored(&self) -> Option<Vec<u8>> {
        match &self.inner {
            Inner::Filter(filtered, keywords) => Some(stored::write(filtered, *keywords)),
            Inner::Automaton(_) => None,
        }
    }

    /// The same with an engine of the caller's choice, to compare them. The filter is refused with
    /// [`ScanError::Many`] where the automaton would have been chosen because too many keywords
    /// share their parts.
    ///
    /// # Errors
    /// See [`Scanner::new`].
    pub fn with_engine(
        engine: Engine,
        keywords: &[impl AsRef<str>],
        rarity: &Rarity,
    ) -> Result<Self, ScanError> {
        let keywords = folded(keywords);
        check(&keywords)?;
        let inner = match engine {
            Engine::Automaton => Inner::Automaton(Box::new(Automaton::new(&keywords)?)),
            Engine::Filter => {
                let filtered = Filtered::new(&keywords, rarity);
                let filtered = filtered.map_err(|_| ScanError::Many {
                    reason: "too many keywords share their parts; let the engine be chosen".into(),
                })?;
                Inner::Filter(Box::new(filtered), stored::hash_of(&keywords))
            }
        };
        Ok(Self::of(inner))
    }

    /// The same scanner with other instructions.
    #[must_use]
    pub fn with_instructions(mut self, set: InstructionSet) -> Self {
        self.set = set;
        self
    }

    /// The engine in use.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self.inner {
            Inner::Filter(..) => Engine::Filter,
            Inner::Automaton(_) => Engine::Automaton,
        }
    }

    /// The instructions in use.
    #[must_use]
    pub fn instructions(&self) -> InstructionSet {
        self.set
    }

    /// Bytes of memory it holds.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        match &self.inner {
            Inner::Filter(filtered, _) => filtered.memory_bytes(),
            Inner::Automaton(automaton) => automaton.memory_bytes(),
        }
    }

    /// Calls `found` with every keyword in a text and the bytes it stands over, from the first
    /// character that the fold keeps to the last; in any order.
    pub fn scan(
        &self,
        text: &str,
        scan: &mut Scan,
        mut found: impl FnMut(PatternId, Range<usize>),
    ) {
        scan.units.refill(text, self.set);
        scan.found.clear();
        let Scan {
            units,
            candidates,
            found: verified,
        } = scan;
        match &self.inner {
            Inner::Filter(filtered, _) => {
                filtered.scan(units, self.set, candidates, |one| verified.push(one));
            }
            Inner::Automaton(automaton) => {
                automaton.scan(units.as_slice(), |one| verified.push(one));
            }
        }
        for one in &*verified {
            let bytes = units.bytes(text, one.start, one.end);
            found(PatternId(one.keyword as usize), bytes);
        }
    }
}

impl Scan {
    /// The folded units of the text that was scanned last.
    pub(crate) fn units(&self) -> &[u16] {
        self.units.as_slice()
    }

    /// Decodes and folds a text and does nothing with it: the bare limit of a scan, for
    /// measurements. Returns the number of folded units.
    pub fn fold_only(&mut self, text: &str, set: InstructionSet) -> usize {
        self.units.refill(text, set);
        self.units.len
    }
}

/// The keywords in folded units.
fn folded(keywords: &[impl AsRef<str>]) -> Vec<Box<[u16]>> {
    let table = FoldUnits::get();
    let units = |keyword: &_| table.fold_str(AsRef::as_ref(keyword)).into_boxed_slice();
    keywords.iter().map(units).collect()
}

/// Whether the tables have room for such keywords.
fn check(keywords: &[Box<[u16]>]) -> Result<(), ScanError> {
    let mut all = 0_u64;
    for (index, units) in keywords.iter().enumerate() {
        match units.len() {
            0 => return Err(ScanError::Empty { index }),
            units if units > MAX_SCAN_UNITS => return Err(ScanError::Long { index, units }),
            units => all += units as u64 + 1,
        }
    }
    check_room(keywords.len() as u64, all)
}

/// Whether so many keywords can be told apart, and their units, each keyword's behind its length, lie
/// at places of 32 bits.
fn check_room(keywords: u64, units: u64) -> Result<(), ScanError> {
    let most = u64::from(u32::MAX);
    for (count, what) in [(keywords, "keywords"), (units, "units of folded text")] {
        if count >= most {
            let reason = format!("there are {count} {what}, expected fewer than {most}");
            return Err(ScanError::Many { reason });
        }
    }
    Ok(())
}
