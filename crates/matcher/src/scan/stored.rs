//! The compiled form of a scanner as bytes, so that a process that starts again need not compile.
//!
//! Little-endian: a mark with the version of the form, the hash of the keywords it was made of, the
//! hash of everything behind it, then each table behind the number of its entries. It is read whole or
//! not at all: what does not fit is compiled again, which takes less than a second for most lexicons.
//! The automaton is not stored, since its library reads its own form back without checking it.

use super::filter::Filter;
use super::filtered::Filtered;
use super::slots::Slots;

/// Mark and version of the form: change the number whenever tables, hashes or the fold change.
const MARK: &[u8; 8] = b"fbscan\x00\x01";
const HASH_BYTES: usize = 32;

/// Why a stored form is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// It is of another version, or no such form at all.
    #[error("it is of another version")]
    Version,
    /// It was made of other keywords.
    #[error("it was made of other keywords")]
    Keywords,
    /// Its bytes are not those that were written.
    #[error("it is damaged")]
    Damaged,
}

/// The hash of the folded keywords, in their order.
pub(super) fn hash_of(keywords: &[Box<[u16]>]) -> blake3::Hash {
    let mut bytes = Vec::new();
    for units in keywords {
        bytes.extend_from_slice(&(units.len() as u64).to_le_bytes());
        bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    }
    blake3::hash(&bytes)
}

/// The bytes of a scanner's tables.
pub(super) fn write(filtered: &Filtered, keywords: blake3::Hash) -> Vec<u8> {
    let mut tables = Writer(Vec::with_capacity(filtered.memory_bytes() + 1024));
    filtered.filter.write(&mut tables);
    filtered.slots.write(&mut tables);
    let mut bytes = MARK.to_vec();
    bytes.extend_from_slice(keywords.as_bytes());
    bytes.extend_from_slice(blake3::hash(&tables.0).as_bytes());
    bytes.extend_from_slice(&tables.0);
    bytes
}

/// The tables of these folded keywords.
pub(super) fn read(bytes: &[u8], keywords: &[Box<[u16]>]) -> Result<Filtered, Misfit> {
    let (mark, rest) = bytes.split_at_checked(MARK.len()).ok_or(Misfit::Version)?;
    if mark != MARK {
        return Err(Misfit::Version);
    }
    let (of, rest) = rest.split_at_checked(HASH_BYTES).ok_or(Misfit::Damaged)?;
    let (sum, tables) = rest.split_at_checked(HASH_BYTES).ok_or(Misfit::Damaged)?;
    if blake3::hash(tables).as_bytes() != sum {
        return Err(Misfit::Damaged);
    }
    if hash_of(keywords).as_bytes() != of {
        return Err(Misfit::Keywords);
    }
    let mut reader = Reader(tables);
    let filter = Filter::read(&mut reader).ok_or(Misfit::Damaged)?;
    let slots = Slots::read(&mut reader, keywords.len()).ok_or(Misfit::Damaged)?;
    if !reader.0.is_empty() {
        return Err(Misfit::Damaged);
    }
    Ok(Filtered { filter, slots })
}

/// Appends tables.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// The number of entries, then each by its bytes.
    pub(super) fn table<const N: usize, T>(
        &mut self,
        entries: &[T],
        bytes: impl Fn(&T) -> [u8; N],
    ) {
        self.0
            .extend_from_slice(&(entries.len() as u64).to_le_bytes());
        for entry in entries {
            self.0.extend_from_slice(&bytes(entry));
        }
    }
}

/// Takes tables from the front.
pub(super) struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    /// The entries of a table, none where it is cut off.
    pub(super) fn table<const N: usize, T>(&mut self, of: impl Fn([u8; N]) -> T) -> Option<Vec<T>> {
        let (count, rest) = self.0.split_first_chunk::<8>()?;
        let count = usize::try_from(u64::from_le_bytes(*count)).ok()?;
        let (entries, rest) = rest.split_at_checked(count.checked_mul(N)?)?;
        self.0 = rest;
        let (entries, _) = entries.as_chunks::<N>();
        Some(entries.iter().map(|&entry| of(entry)).collect())
    }
}
