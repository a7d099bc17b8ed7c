//! Segmentation: the words a block of text is most likely made of.
//!
//! A *block* is a maximal run of characters of the class by which jieba splits a text before it
//! looks at words (Han, ASCII letters and digits, and `+#&._%-`), so that what is decided on a block
//! is what would be decided on the whole text.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use jieba_rs::Jieba;

use crate::dictionary::{self, DictionaryError, log};
use crate::fold::fold_str;
use crate::lattice::{Costs, Lattice};
use crate::limits::MAX_CONTEXT_CHARS;
use crate::scan::Rarity;
use crate::trie::Trie;

/// Whether a character is of jieba's class of Han.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c,
        '\u{4E00}'..='\u{9FFF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{2A6DF}'
        | '\u{2A700}'..='\u{2EBEF}'
        | '\u{2F800}'..='\u{2FA1F}')
}

/// Whether jieba looks for words over this character.
fn is_block(c: char) -> bool {
    is_han(c) || c.is_ascii_alphanumeric() || matches!(c, '+' | '#' | '&' | '.' | '_' | '%' | '-')
}

/// The block around the characters `span` of `text`; from a long one, about the
/// [`MAX_CONTEXT_CHARS`] to each side, cut at fixed places so that neighbours share what is cut out.
/// All of `span` must be block characters.
pub(crate) fn block_around(text: &[char], span: &Range<usize>) -> Range<usize> {
    let grid = MAX_CONTEXT_CHARS / 2;
    let lowest = span.start.saturating_sub(grid) / grid * grid;
    let highest = (span.end + grid).next_multiple_of(grid).min(text.len());
    let before = text[lowest..span.start]
        .iter()
        .rev()
        .take_while(|&&c| is_block(c))
        .count();
    let after = text[span.end..highest]
        .iter()
        .take_while(|&&c| is_block(c))
        .count();
    span.start - before..span.end + after
}

/// The parts of `span` that lie in blocks with a Han character in the part.
pub(crate) fn han_parts(text: &[char], span: &Range<usize>) -> Vec<Range<usize>> {
    block_parts(text, span)
        .into_iter()
        .filter(|part| text[part.clone()].iter().any(|&c| is_han(c)))
        .collect()
}

/// The parts of `span` that lie in blocks.
pub(crate) fn block_parts(text: &[char], span: &Range<usize>) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    for at in span.clone().filter(|&at| is_block(text[at])) {
        match parts.last_mut() {
            Some(part) if part.end == at => part.end = at + 1,
            _ => parts.push(at..at + 1),
        }
    }
    parts
}

/// The shipped dictionary, loaded: once for jieba-rs, once for the reading margin.
pub struct Segmenter {
    pub(crate) plain: Arc<Vocabulary>,
    words: Arc<Trie>,
    total: u64,
    rarity: Rarity,
}

impl fmt::Debug for Segmenter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segmenter")
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

impl Segmenter {
    /// Reads the shipped dictionary. It takes up to a second and 85 MB: load one and share it.
    ///
    /// # Errors
    /// [`DictionaryError`] where the dictionary that was compiled in is damaged.
    pub fn load() -> Result<Arc<Self>, DictionaryError> {
        Self::from_words(&dictionary::shipped()?).map(Arc::new)
    }

    /// From folded words in ascending order, without repeats.
    pub(crate) fn from_words(words: &[(String, u64)]) -> Result<Self, DictionaryError> {
        let mut lines = String::new();
        for (word, frequency) in words {
            lines.push_str(word);
            lines.push_str(&format!(" {frequency}\n"));
        }
        let jieba = Jieba::with_dict(&mut lines.as_bytes()).map_err(DictionaryError::Segmenter)?;
        let total = words.iter().map(|(_, frequency)| frequency).sum();
        let raw = words;
        let words = Arc::new(Trie::new(words));
        let plain = Vocabulary {
            jieba: Arc::new(jieba),
            words: Arc::clone(&words),
            extra: Trie::new(&[]),
            log_total: log(total),
        };
        let rarity = Rarity::of_words(raw.iter().map(|(word, n)| (word.as_str(), *n)));
        Ok(Self {
            plain: Arc::new(plain),
            words,
            total,
            rarity,
        })
    }

    /// The vocabulary of a topic: the dictionary and the topic's own words, each with the least
    /// frequency at which it is preferred to being cut (jieba's `suggest_freq`), judged by the
    /// dictionary alone, so that the order of the words does not matter. A topic without words
    /// shares the plain vocabulary; one with words holds a jieba of its own, about 35 MB.
    pub(crate) fn vocabulary(&self, words: &[String]) -> Arc<Vocabulary> {
        let mut own: Vec<String> = words.iter().map(|word| fold_str(word)).collect();
        own.retain(|word| !word.is_empty());
        own.sort();
        own.dedup();
        if own.is_empty() {
            return Arc::clone(&self.plain);
        }
        let mut jieba = Jieba::clone(&self.plain.jieba);
        let mut extra = Vec::with_capacity(own.len());
        for word in own {
            let frequency = self.plain.jieba.suggest_freq(&word);
            extra.push((word, frequency as u64));
        }
        let mut total = self.total;
        for (word, frequency) in &extra {
            total = total + frequency - self.frequency(word);
            jieba.add_word(word, usize::try_from(*frequency).ok(), None);
        }
        Arc::new(Vocabulary {
            jieba: Arc::new(jieba),
            words: Arc::clone(&self.words),
            extra: Trie::new(&extra),
            log_total: log(total),
        })
    }

    /// How often the dictionary lets parts of words be expected: what a [`crate::scan::Scanner`]
    /// is made with.
    #[must_use]
    pub fn rarity(&self) -> &Rarity {
        &self.rarity
    }

    /// The frequency of a word of the dictionary, 0 where it has none.
    fn frequency(&self, word: &str) -> u64 {
        let letters: Vec<char> = word.chars().collect();
        let mut frequency = 0.0;
        self.words.all(&letters, |_, chars, log_frequency| {
            if chars == letters.len() {
                frequency = log_frequency.exp().round();
            }
        });
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rounded frequency, which was a u64 far below 2^53"
        )]
        {
            frequency as u64
        }
    }
}

/// What a thread has made: tests hold the work on a post to it, for a clock proves nothing.
#[cfg(test)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Made {
    pub(crate) segmentations: usize,
    pub(crate) lattices: usize,
}

#[cfg(test)]
thread_local! {
    pub(crate) static MADE: std::cell::Cell<Made> = std::cell::Cell::default();
}

#[cfg(test)]
fn count(one: impl FnOnce(&mut Made)) {
    let mut made = MADE.get();
    one(&mut made);
    MADE.set(made);
}

/// What one topic's segmentation knows.
pub(crate) struct Vocabulary {
    jieba: Arc<Jieba>,
    words: Arc<Trie>,
    extra: Trie,
    log_total: f64,
}

impl Vocabulary {
    /// The best segmentation of a block (jieba, no HMM): where its tokens end, in characters.
    pub(crate) fn best(&self, block: &str) -> Vec<usize> {
        #[cfg(test)]
        count(|made| made.segmentations += 1);
        self.jieba
            .cut(block, false)
            .iter()
            .map(|token| token.end)
            .collect()
    }

    /// All words over a block, with the best ways to each of its places.
    pub(crate) fn lattice(&self, block: &[char], costs: &Costs) -> Lattice {
        #[cfg(test)]
        count(|made| made.lattices += 1);
        let longest = self.words.longest_chars().max(self.extra.longest_chars());
        Lattice::new(block.len(), longest.max(1), costs, self.log_total, |add| {
            self.words.all(block, &mut *add);
            self.extra.all(block, &mut *add);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segmenter(words: &[(&str, u64)]) -> Segmenter {
        let mut words: Vec<_> = words
            .iter()
            .map(|&(word, n)| (word.to_owned(), n))
            .collect();
        words.sort();
        words.dedup_by(|a, b| a.0 == b.0);
        Segmenter::from_words(&words).unwrap()
    }

    #[test]
    fn the_words_of_a_topic_are_known_in_it_alone() {
        let segmenter = segmenter(&[("甲", 900), ("乙", 900), ("丙", 500), ("甲乙", 800)]);
        let own = segmenter.vocabulary(&["乙丙".to_owned()]);
        assert_eq!(segmenter.plain.best("甲乙丙"), [2, 3]);
        assert_eq!(own.best("乙丙"), [2]);
        let margin = |vocabulary: &Vocabulary| {
            let lattice = vocabulary.lattice(&['甲', '乙', '丙'], &Costs::FREQUENCIES);
            lattice.margin(&(1..3), false)
        };
        assert!(margin(&own) < margin(&segmenter.plain));
        assert!(Arc::ptr_eq(&segmenter.vocabulary(&[]), &segmenter.plain));
    }

    #[test]
    fn blocks_end_where_jieba_ends_them() {
        let text: Vec<char> = "停电，5G基站停了。好".chars().collect();
        assert_eq!(block_around(&text, &(5..7)), 3..9);
        assert_eq!(block_parts(&text, &(1..5)), [1..2, 3..5]);
        let long = vec!['停'; 1000];
        let block = block_around(&long, &(500..502));
        assert!(block.start <= 372 && block.end >= 630 && block.len() <= 2 * MAX_CONTEXT_CHARS + 2);
        assert_eq!(block_around(&long, &(503..505)), block);
    }
}
