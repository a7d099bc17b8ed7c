//! How often neighbouring characters are to be expected in Chinese text: what tells the rarest
//! part of a keyword, at which the scan looks for it.

use crate::fold::FoldUnits;

/// Cells in which the frequencies of pairs are summed, as a power of two. Two pairs in one cell
/// only make a pair look more frequent than it is.
const PAIR_CELL_BITS: u32 = 19;
/// Share of all pairs that two letters or digits of ASCII are taken to be, which the dictionary
/// hardly has and posts are full of (links, numbers, names).
const ASCII_PAIR_SHARE: f32 = 4e-5;
/// Added to every estimate: what was never seen is rare, not impossible.
const UNSEEN: f32 = 0.5;

/// Expected frequencies of characters, pairs and triples, from a dictionary's words and their
/// frequencies: inside words by counting, between words as if they followed each other by chance.
#[derive(Debug, Default)]
pub struct Rarity {
    /// Of pairs inside words, by cell; empty where nothing is known.
    pairs: Vec<f32>,
    /// Of words that begin and that end with a unit, and of the unit itself.
    units: Vec<[f32; 3]>,
    /// Of all words.
    total: f32,
}

impl Rarity {
    /// Knows nothing: every part of a keyword is as rare as any other.
    #[must_use]
    pub fn unknown() -> Self {
        Self::default()
    }

    /// From words and how often each was counted.
    #[must_use]
    pub fn of_words<'a>(words: impl IntoIterator<Item = (&'a str, u64)>) -> Self {
        let mut rarity = Self {
            pairs: vec![0.0; 1 << PAIR_CELL_BITS],
            units: vec![[0.0; 3]; 0x1_0000],
            total: 0.0,
        };
        let table = FoldUnits::get();
        for (word, frequency) in words {
            #[allow(clippy::cast_precision_loss, reason = "an estimate")]
            let frequency = frequency as f32;
            let units = table.fold_str(word);
            let (Some(&first), Some(&last)) = (units.first(), units.last()) else {
                continue;
            };
            rarity.total += frequency;
            rarity.units[usize::from(first)][0] += frequency;
            rarity.units[usize::from(last)][1] += frequency;
            for &unit in &units {
                rarity.units[usize::from(unit)][2] += frequency;
            }
            for two in units.windows(2) {
                rarity.pairs[cell(two[0], two[1])] += frequency;
            }
        }
        rarity
    }

    /// How often two units are to be expected beside each other, in words of the dictionary's total.
    pub(super) fn pair(&self, first: u16, second: u16) -> f32 {
        if self.pairs.is_empty() {
            return UNSEEN;
        }
        let alphanumeric =
            |unit| u8::try_from(unit).is_ok_and(|unit: u8| unit.is_ascii_alphanumeric());
        if alphanumeric(first) && alphanumeric(second) {
            return self.total * ASCII_PAIR_SHARE;
        }
        let between = self.units[usize::from(first)][1] * self.units[usize::from(second)][0]
            / self.total.max(1.0);
        self.pairs[cell(first, second)] + between + UNSEEN
    }

    /// The same of three units, as if each depended on the one before alone.
    pub(super) fn triple(&self, first: u16, second: u16, third: u16) -> f32 {
        let middle = self
            .units
            .get(usize::from(second))
            .map_or(1.0, |unit| unit[2].max(1.0));
        self.pair(first, second) * self.pair(second, third) / middle
    }
}

fn cell(first: u16, second: u16) -> usize {
    (super::hash::of_pair(super::hash::pair(first, second)) >> (u32::BITS - PAIR_CELL_BITS))
        as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rare_part_of_a_keyword_is_told() {
        let words = [
            ("的", 1_000),
            ("中国", 500),
            ("国家", 300),
            ("断网", 2),
            ("家", 50),
        ];
        let rarity = Rarity::of_words(words);
        let pair = |text: &str| {
            let units: Vec<u16> = text.encode_utf16().collect();
            rarity.pair(units[0], units[1])
        };
        assert!(pair("中国") > pair("国家"));
        assert!(pair("国家") > pair("断网"));
        assert!(pair("家的") > pair("网断"), "between words");
        assert!(pair("网断") > 0.0);
    }
}
