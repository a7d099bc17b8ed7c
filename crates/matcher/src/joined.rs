//! A text without the separators between its Han characters: where keywords are found that somebody
//! wrote as 食*物*中*毒.

use fengbiao_lexicon::limits::MAX_SEPARATORS;
use fengbiao_lexicon::separators::is_separator;

use crate::fold::Folded;
use crate::segment::is_han;

/// An occurrence that separators part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Parted {
    /// Most separators between two of its characters, at least one.
    pub(crate) most: u8,
    /// First character and one past the last in the joined text.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The joined text, folded. Its separators are gone; whatever else stands between stays.
#[derive(Default)]
pub(crate) struct Joined {
    text: String,
    folded: Folded,
    /// Which folded character of the whole text each of its characters is.
    of: Vec<usize>,
}

impl Joined {
    /// Joins a folded text, into the same memory. Where nothing is to be joined it is left empty.
    pub(crate) fn refill(&mut self, whole: &Folded) {
        self.clear();
        let chars = whole.chars();
        let mut at = 0;
        let mut joined = false;
        while at < chars.len() {
            self.text.push(chars[at]);
            self.of.push(at);
            let gap = gap(&chars[at..]);
            joined |= gap > 0;
            at += 1 + gap;
        }
        if joined {
            self.folded.refill(&self.text);
        } else {
            self.clear();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.folded.clear();
        self.of.clear();
    }

    /// The joined text; it is folded already.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The same by characters.
    pub(crate) fn folded(&self) -> &Folded {
        &self.folded
    }

    /// What lies under bytes of the joined text: the folded characters of the whole text, and how
    /// they are parted. None where they are not.
    pub(crate) fn place(&self, bytes: &std::ops::Range<usize>) -> Option<(usize, usize, Parted)> {
        let (start, end) = self.folded.chars_in(bytes);
        let of = &self.of[start..end];
        let gaps = of.windows(2).map(|two| two[1] - two[0] - 1);
        let most = u8::try_from(gaps.max()?).ok().filter(|&most| most > 0)?;
        Some((*of.first()?, of.last()? + 1, Parted { most, start, end }))
    }
}

/// Separators behind the first of `chars` that part two Han characters; 0 where they are too many.
fn gap(chars: &[char]) -> usize {
    if !chars.first().is_some_and(|&c| is_han(c)) {
        return 0;
    }
    let most = usize::from(MAX_SEPARATORS);
    let behind = &chars[1..];
    let gap = behind
        .iter()
        .take(most + 1)
        .take_while(|&&c| is_separator(c))
        .count();
    let parts = gap <= most && behind.get(gap).is_some_and(|&c| is_han(c));
    if parts { gap } else { 0 }
}

/// Whether [`Joined`] would join anything of a text of folded units: asked of every post, and true of
/// a few that have nothing to join.
pub(crate) fn may_join(units: &[u16]) -> bool {
    let is = |unit: u16, of: fn(char) -> bool| char::from_u32(u32::from(unit)).is_some_and(of);
    // A half of a pair may be a Han character beyond the plane.
    let han = |unit: u16| (0xD800..0xE000).contains(&unit) || is(unit, is_han);
    units
        .windows(2)
        .any(|two| !han(two[1]) && is(two[1], is_separator) && han(two[0]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{FoldUnits, fold};

    fn joined(text: &str) -> String {
        let mut joined = Joined::default();
        joined.refill(&fold(text));
        joined.text().to_owned()
    }

    #[test]
    fn separators_between_han_characters_go_and_nothing_else() {
        for (text, expected) in [
            ("食*物*中＊毒", "食物中毒"),
            ("食 物  中---毒", "食物中毒"),
            ("食*-*-物", "食物"),
            ("食*-*-*物中-毒", "食*-*-*物中毒"),
            ("食 物 a-b 中", "食物 a-b 中"),
            ("食物。中 毒", "食物。中毒"),
            ("𠮷·野家", "𠮷野家"),
            ("食\u{200b} \u{200b}物", "食物"),
        ] {
            assert_eq!(joined(text), expected, "{text}");
            assert!(may_join(&FoldUnits::get().fold_str(text)), "{text}");
        }
        for text in [
            "",
            "食物中毒",
            "食，物",
            "a b",
            "-食",
            "食-",
            "食\n物",
            "食 a",
        ] {
            assert_eq!(joined(text), "", "{text}");
        }
        assert!(!may_join(
            &FoldUnits::get().fold_str("食物。中毒，a-b c，-食")
        ));
    }

    #[test]
    fn places_lead_back_to_the_whole_text() {
        let mut joined = Joined::default();
        joined.refill(&fold("有食*物--中毒"));
        let parted = |most, start, end| Parted { most, start, end };
        // 食物, 食物中, 中毒 in bytes of 有食物中毒.
        assert_eq!(joined.place(&(3..9)), Some((1, 4, parted(1, 1, 3))));
        assert_eq!(joined.place(&(3..12)), Some((1, 7, parted(2, 1, 4))));
        assert_eq!(joined.place(&(9..15)), None);
    }
}
