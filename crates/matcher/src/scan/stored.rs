//! The compiled form of a scanner as bytes, so that a process that starts again need not compile.
//!
//! Little-endian: a mark, the fingerprint of how this build lays out tables, the hash of the folded
//! keywords that it was made of, the hash of everything behind it, then each table behind the number of
//! its entries. It is read whole or not at all: what does not fit is compiled again, which takes less
//! than a second for most lexicons. It spares the choice of anchors and the filling of tables, not the
//! folding of the keywords, by whose hash it is known. The automaton is not stored, since its library reads its own form
//! back without checking it.

use std::sync::LazyLock;

use super::filter::Filter;
use super::filtered::Filtered;
use super::rarity::Rarity;
use super::slots::Slots;
use crate::fold::FoldUnits;

/// Begins every stored form.
const MARK: &[u8; 8] = b"fbtables";
const HASH_BYTES: usize = 32;
/// Bytes of keywords that are hashed at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// Keywords whose tables tell how any keywords' tables are laid out: of one unit, of two, of three and
/// of more, in the plane and beyond it. Those three times over share a place, so that the step to the
/// next one shows; the longer ones share a stem, so that the second is found by what lies behind it.
const PROBES: [&str; 11] = [
    "炉",
    "停电",
    "停电",
    "停电",
    "停电了",
    "停电了",
    "停电了",
    "停电了吗",
    "停电了没有",
    "🙂",
    "🙂停🙂",
];

/// The hash of the tables that this build makes of [`PROBES`]: other constants of a hash, another rule
/// for the bits of the filter or another order of the fields give other tables, under which an older
/// form would be read without fault and keywords be missed. How texts fold is not in it: tables hold
/// folded units, and the hash of the folded keywords beside it changes with the fold of any of them.
static FINGERPRINT: LazyLock<blake3::Hash> = LazyLock::new(|| blake3::hash(&tables_of_probes()));

fn tables_of_probes() -> Vec<u8> {
    let table = FoldUnits::get();
    let probes = PROBES.map(|probe| table.fold_str(probe).into_boxed_slice());
    // So few keywords crowd no place.
    Filtered::new(&probes, &Rarity::unknown()).map_or_else(|_| Vec::new(), |made| tables(&made))
}

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
    let mut hasher = blake3::Hasher::new();
    // Pieces of many keywords: one of a keyword each would take longer than what they hold.
    let mut piece = Vec::with_capacity(PIECE_BYTES);
    for units in keywords {
        piece.extend_from_slice(&(units.len() as u64).to_le_bytes());
        piece.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        if piece.len() >= PIECE_BYTES {
            hasher.update(&piece);
            piece.clear();
        }
    }
    hasher.update(&piece);
    hasher.finalize()
}

/// The tables, one after another.
fn tables(filtered: &Filtered) -> Vec<u8> {
    let mut tables = Writer(Vec::with_capacity(filtered.memory_bytes() + 1024));
    filtered.filter.write(&mut tables);
    filtered.slots.write(&mut tables);
    tables.0
}

/// The bytes of a scanner's tables.
pub(super) fn write(filtered: &Filtered, keywords: blake3::Hash) -> Vec<u8> {
    let tables = tables(filtered);
    let mut bytes = Vec::with_capacity(MARK.len() + 3 * HASH_BYTES + tables.len());
    bytes.extend_from_slice(MARK);
    bytes.extend_from_slice(FINGERPRINT.as_bytes());
    bytes.extend_from_slice(keywords.as_bytes());
    bytes.extend_from_slice(blake3::hash(&tables).as_bytes());
    bytes.extend_from_slice(&tables);
    bytes
}

/// The tables of the folded keywords that have this hash and number.
pub(super) fn read(bytes: &[u8], keywords: blake3::Hash, count: usize) -> Result<Filtered, Misfit> {
    let rest = bytes.strip_prefix(MARK).ok_or(Misfit::Version)?;
    let (layout, rest) = rest.split_at_checked(HASH_BYTES).ok_or(Misfit::Damaged)?;
    if layout != FINGERPRINT.as_bytes() {
        return Err(Misfit::Version);
    }
    let (of, rest) = rest.split_at_checked(HASH_BYTES).ok_or(Misfit::Damaged)?;
    if of != keywords.as_bytes() {
        return Err(Misfit::Keywords);
    }
    let (sum, tables) = rest.split_at_checked(HASH_BYTES).ok_or(Misfit::Damaged)?;
    if sum != blake3::hash(tables).as_bytes() {
        return Err(Misfit::Damaged);
    }
    let mut reader = Reader(tables);
    let filter = Filter::read(&mut reader).ok_or(Misfit::Damaged)?;
    let slots = Slots::read(&mut reader, count).ok_or(Misfit::Damaged)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probes_fill_every_table() {
        let tables = tables_of_probes();
        let mut reader = Reader(&tables);
        assert!(Filter::read(&mut reader).is_some());
        let slots = Slots::read(&mut reader, PROBES.len()).unwrap();
        assert!(
            slots.is_varied(),
            "a table is empty, or a field of it always nought"
        );
    }
}
