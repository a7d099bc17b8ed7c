//! The folding table by UTF-16 unit, as the scan reads it: 128 KiB.
//!
//! Folded text is scanned as UTF-16: one unit for a character of the Basic Multilingual Plane, two
//! for one beyond it. The halves of two have ranges of their own, so that a keyword found among
//! units never begins or ends inside a character.

use std::sync::LazyLock;

use super::TABLE;

/// Stands in the table where a character is skipped. The marks are noncharacters, which the table
/// skips themselves.
pub(crate) const SKIP: u16 = 0xFDD0;
/// Stands in the table where a character of the plane folds to one beyond it.
pub(crate) const BEYOND: u16 = 0xFDD1;
/// The bits that tell a mark, and no other entry.
pub(crate) const MARK_BITS: u16 = !1;

/// Units of the plane, and one more so that two can be read at each.
const ENTRIES: usize = 0x1_0000 + 1;

/// What each character of the plane folds to, or [`SKIP`], or a mark to ask the whole table.
pub(crate) struct FoldUnits(Box<[u16; ENTRIES]>);

static UNITS: LazyLock<FoldUnits> = LazyLock::new(FoldUnits::make);

impl FoldUnits {
    /// The table, made at first use.
    pub(crate) fn get() -> &'static Self {
        &UNITS
    }

    fn make() -> Self {
        let mut units = Box::new([SKIP; ENTRIES]);
        // Halves of surrogate pairs stay: a text that was folded may be folded again.
        for half in 0xD800..=0xDFFF_u16 {
            units[usize::from(half)] = half;
        }
        for c in '\0'..='\u{FFFF}' {
            let folded = match TABLE.fold(c).map(u32::from) {
                None => SKIP,
                Some(code) => u16::try_from(code).unwrap_or(BEYOND),
            };
            if let Some(place) = usize::try_from(u32::from(c))
                .ok()
                .and_then(|at| units.get_mut(at))
            {
                *place = folded;
            }
        }
        Self(units)
    }

    /// The entry of a character of the plane.
    pub(crate) fn of(&self, unit: u16) -> u16 {
        self.0[usize::from(unit)]
    }

    /// All entries, for the gathers of the vectors: 65,536 and one of padding.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn entries(&self) -> &[u16; ENTRIES] {
        &self.0
    }

    /// The character that `c` counts as, or none where it is skipped. This table is at hand where a text
    /// was scanned; the whole one has twice its size.
    #[inline]
    pub(crate) fn fold_char(&self, c: char) -> Option<char> {
        match u16::try_from(u32::from(c)).map(|unit| self.of(unit)) {
            Ok(entry) if !is_special(entry) => char::from_u32(u32::from(entry)),
            Ok(SKIP) => None,
            _ => by_the_whole_table(c),
        }
    }

    /// Calls `push` with the folded units of any character: none, one or two.
    #[inline]
    pub(crate) fn fold(&self, c: char, mut push: impl FnMut(u16)) {
        match u16::try_from(u32::from(c)).map(|unit| self.of(unit)) {
            Ok(unit) if !is_special(unit) => push(unit),
            Ok(SKIP) => {}
            _ => {
                if let Some(folded) = by_the_whole_table(c) {
                    let mut pair = [0; 2];
                    for unit in folded.encode_utf16(&mut pair) {
                        push(*unit);
                    }
                }
            }
        }
    }

    /// A text's folded units.
    pub(crate) fn fold_str(&self, text: &str) -> Vec<u16> {
        let mut units = Vec::with_capacity(text.len());
        for c in text.chars() {
            self.fold(c, |unit| units.push(unit));
        }
        units
    }
}

/// Seldom asked, and kept out of the loops that fold a character at a time.
#[cold]
#[inline(never)]
fn by_the_whole_table(c: char) -> Option<char> {
    TABLE.fold(c)
}

/// Whether an entry says something other than the one unit a character folds to.
pub(crate) fn is_special(entry: u16) -> bool {
    entry & MARK_BITS == SKIP
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{fold_char, fold_str};

    #[test]
    fn units_are_the_folded_text_in_utf_16() {
        let table = FoldUnits::get();
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            let folded = TABLE.fold(c);
            assert_eq!(table.fold_char(c), folded, "{c:?}");
            let folded: String = folded.into_iter().collect();
            assert_eq!(fold_str(&text), folded, "{c:?}");
            let expected: Vec<u16> = folded.encode_utf16().collect();
            assert_eq!(table.fold_str(&text), expected, "{c:?}");
        }
    }

    #[test]
    fn no_character_of_the_plane_folds_to_a_mark() {
        let table = FoldUnits::get();
        let mut pair = [0; 2];
        for c in ('\0'..='\u{FFFF}').filter_map(fold_char) {
            for &unit in &*c.encode_utf16(&mut pair) {
                assert!(!is_special(unit));
                assert_eq!(table.of(unit), unit);
            }
        }
    }
}
