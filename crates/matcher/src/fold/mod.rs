//! Folding: one table that maps a character to the one it counts as, or to none.
//!
//! Traditional characters become simplified ones, regional (Japanese ones among them) and
//! compatibility variants the usual ones, full-width, half-width and mathematical forms the plain
//! ones, upper case lower case, letters with
//! diacritical marks bare letters. Zero-width characters, marks of direction, variation selectors,
//! soft hyphens, other default-ignorable characters, noncharacters of the Arabic block and general
//! combining marks are skipped.
//! Digits, numerals, symbols and white space stay what they are.
//!
//! The table sees one character at a time and makes at most one of it, so that every folded
//! character has an exact place in the text. What such a table cannot do:
//!
//! - characters that simplify by context: 乾 is 干 in 乾燥 but stays in 乾隆; 沈 is 沉 in 沈沒. They
//!   fold one way everywhere, in keywords and texts alike, so that both spellings are still found;
//!   the price is that 著 and 着, which simplified text keeps apart, are one character here;
//! - words that differ by region: 滑鼠 and 鼠标, 程式 and 程序. Write both into a list;
//! - forms of more than one character: `ﬀ` and `ff`, `ß` and `ss`, a half-width kana with its mark.

pub(crate) mod units;

use std::sync::LazyLock;

pub(crate) use units::{FoldUnits, is_special};

/// What the table says of one character.
#[derive(Clone, Copy)]
struct Entry(u32);

impl Entry {
    const SKIP: Self = Self(u32::MAX);

    fn get(self) -> Option<char> {
        char::from_u32(self.0)
    }
}

/// The Basic Multilingual Plane by code point, the rest as sorted ranges.
struct Table {
    basic: Vec<Entry>,
    beyond: Vec<(u32, u32, Entry)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("../../data/fold.tsv")));

impl Table {
    fn parse(text: &str) -> Self {
        let mut table = Self {
            basic: (0..0x1_0000).map(Entry).collect(),
            beyond: Vec::new(),
        };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            #[allow(
                clippy::expect_used,
                reason = "the file is compiled in, and a test reads it"
            )]
            let (from, to, entry) = line_of(line).expect("a line of `data/fold.tsv`");
            for code in from..=to.min(0xFFFF) {
                if let Some(place) = usize::try_from(code)
                    .ok()
                    .and_then(|at| table.basic.get_mut(at))
                {
                    *place = entry;
                }
            }
            if to > 0xFFFF {
                table.beyond.push((from, to, entry));
            }
        }
        table.beyond.sort_unstable_by_key(|&(from, ..)| from);
        table
    }

    fn fold(&self, c: char) -> Option<char> {
        let code = u32::from(c);
        if let Some(entry) = usize::try_from(code).ok().and_then(|at| self.basic.get(at)) {
            return entry.get();
        }
        let at = self.beyond.partition_point(|&(_, to, _)| to < code);
        match self.beyond.get(at) {
            Some(&(from, _, entry)) if from <= code => entry.get(),
            _ => Some(c),
        }
    }
}

/// `from..to` or `from`, a tab, the character or `-`.
fn line_of(line: &str) -> Option<(u32, u32, Entry)> {
    let hex = |digits| u32::from_str_radix(digits, 16).ok();
    let (from, to) = line.split_once('\t')?;
    let entry = if to == "-" {
        Entry::SKIP
    } else {
        Entry(u32::from(char::from_u32(hex(to)?)?))
    };
    match from.split_once("..") {
        Some((first, last)) => Some((hex(first)?, hex(last)?, entry)),
        None => hex(from).map(|code| (code, code, entry)),
    }
}

/// The character that `c` counts as, or none where it is skipped.
#[must_use]
pub fn fold_char(c: char) -> Option<char> {
    FoldUnits::get().fold_char(c)
}

/// A text, folded, without places: for keywords and words.
#[must_use]
pub fn fold_str(text: &str) -> String {
    let table = FoldUnits::get();
    text.chars().filter_map(|c| table.fold_char(c)).collect()
}

/// Where a folded character comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// First byte in the folded text.
    pub at: usize,
    /// First byte in the original text.
    pub start: usize,
    /// One past the last byte in the original text.
    pub end: usize,
    /// Index of the character in the original text.
    pub index: usize,
}

/// A folded text, each of its characters with its place in the original.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    text: String,
    chars: Vec<char>,
    places: Vec<Place>,
}

/// Folds a text.
#[must_use]
pub fn fold(text: &str) -> Folded {
    let mut folded = Folded::default();
    folded.refill(text);
    folded
}

impl Folded {
    /// Folds another text into the same memory.
    pub fn refill(&mut self, text: &str) {
        self.clear();
        let table = FoldUnits::get();
        self.text.reserve(text.len());
        for (index, (start, c)) in text.char_indices().enumerate() {
            if let Some(folded) = table.fold_char(c) {
                let (at, end) = (self.text.len(), start + c.len_utf8());
                self.places.push(Place {
                    at,
                    start,
                    end,
                    index,
                });
                self.chars.push(folded);
                self.text.push(folded);
            }
        }
    }

    /// Forgets the text.
    pub fn clear(&mut self) {
        self.text.clear();
        self.chars.clear();
        self.places.clear();
    }

    /// The folded text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The folded characters.
    #[must_use]
    pub fn chars(&self) -> &[char] {
        &self.chars
    }

    /// The place of each folded character.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The folded characters that come from bytes of the original text.
    #[must_use]
    pub fn chars_in(&self, bytes: &std::ops::Range<usize>) -> (usize, usize) {
        let before = |byte| self.places.partition_point(|place| place.start < byte);
        (before(bytes.start), before(bytes.end))
    }

    /// The folded character that begins at a byte of the folded text, or the first one behind it.
    #[must_use]
    pub fn char_at(&self, byte: usize) -> usize {
        self.places.partition_point(|place| place.at < byte)
    }

    /// Bytes of the folded text under the folded characters `start..end`.
    #[must_use]
    pub fn bytes(&self, start: usize, end: usize) -> std::ops::Range<usize> {
        let at = |index: usize| {
            self.places
                .get(index)
                .map_or(self.text.len(), |place| place.at)
        };
        at(start)..at(end)
    }

    /// The original bytes and characters under the folded characters `start..end` (at least one,
    /// within the text): from the start of the first to the end of the last.
    #[must_use]
    pub fn origin(
        &self,
        start: usize,
        end: usize,
    ) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let (first, last) = (self.places[start], self.places[end - 1]);
        (first.start..last.end, first.index..last.index + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read_and_folds_to_the_end() {
        let lines = include_str!("../../data/fold.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'));
        let mut read = 0;
        for line in lines {
            assert!(line_of(line).is_some(), "{line}");
            read += 1;
        }
        assert!(read > 5_000, "{read}");
        for c in '\0'..=char::MAX {
            if let Some(once) = fold_char(c) {
                assert_eq!(fold_char(once), Some(once), "{c:?} {once:?}");
            }
        }
    }

    #[test]
    fn folds_what_it_must() {
        for (from, to) in [
            ("學校食堂", "学校食堂"),
            ("裡面裏面", "里面里面"),
            ("偽劣衞生眾為", "伪劣卫生众为"),
            ("著火", "着火"),
            ("ＡＢＣ１２３！", "abc123!"),
            ("iPhone", "iphone"),
            ("ΣΑΣ ςſK", "σασ σsk"),
            ("ЖЁж", "жеж"),
            ("ｶﾀｶﾅ", "カタカナ"),
            ("断\u{200b}网\u{feff}", "断网"),
            ("停\u{00ad}电\u{fe0f}\u{e0100}", "停电"),
            ("\u{202e}食\u{2069}物", "食物"),
            ("e\u{301}é", "ee"),
            ("\u{f900}\u{2f00}", "岂一"),
            ("\u{3000}", " "),
        ] {
            assert_eq!(fold_str(from), to, "{from}");
        }
    }

    #[test]
    fn leaves_what_it_must_not_fold() {
        for text in [
            "一二三0123①②³½",
            "么吃核只台",
            "a b\tc\nd",
            "#*+-~·…—、。「」",
            "≠",
            "🙂",
            "ガカ",
            "ß",
            "กำ",
        ] {
            assert_eq!(fold_str(text), text);
        }
    }

    #[test]
    fn places_are_exact() {
        let text = "\u{200b}停\u{200b}電了";
        let folded = fold(text);
        assert_eq!(folded.text(), "停电了");
        let (bytes, chars) = folded.origin(0, 2);
        assert_eq!(&text[bytes], "停\u{200b}電");
        assert_eq!(chars, 1..4);
        assert_eq!(folded.chars_in(&(3..12)), (0, 2));
        assert_eq!(folded.chars_in(&(9..15)), (1, 3));
    }
}
