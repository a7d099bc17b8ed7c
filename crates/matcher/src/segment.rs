//! Segmentation: the words a block of text is most likely made of.
//!
//! A *block* is a maximal run of characters of the class by which jieba splits a text before it
//! looks at words (Han, ASCII letters and digits, and `+#&._%-`), so that what is decided on a block
//! is what would be decided on the whole text.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use jieba_rs::Jieba;

use crate::dictionary::{self, DictionaryError, Trie, log};
use crate::fold::fold_str;
use crate::limits::MAX_CONTEXT_CHARS;
use crate::scan::Rarity;

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
    plain: Arc<Vocabulary>,
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
        self.words.prefixes(&letters, |chars, log_frequency| {
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
        self.jieba
            .cut(block, false)
            .iter()
            .map(|token| token.end)
            .collect()
    }

    /// All words over a block, with the best ways to each of its places.
    pub(crate) fn lattice(&self, block: &[char]) -> Lattice {
        Lattice::new(self, block)
    }
}

/// One word over a block: from a place to `end`, with ln of its probability.
#[derive(Clone, Copy, Debug)]
struct Edge {
    end: usize,
    log_probability: f64,
}

/// All words over a block.
#[derive(Debug)]
pub(crate) struct Lattice {
    /// The words that begin at each place.
    edges: Vec<Vec<Edge>>,
    /// Best log-probability from the start to each place.
    forward: Vec<f64>,
    /// Best log-probability from each place to the end.
    backward: Vec<f64>,
    longest_chars: usize,
}

impl Lattice {
    /// A character that is no word is one of frequency 1, as in jieba.
    fn new(vocabulary: &Vocabulary, block: &[char]) -> Self {
        let count = block.len();
        let mut edges = Vec::with_capacity(count);
        for start in 0..count {
            let mut here: Vec<Edge> = Vec::new();
            let mut add = |chars, log_frequency| {
                let log_probability = log_frequency - vocabulary.log_total;
                here.push(Edge {
                    end: start + chars,
                    log_probability,
                });
            };
            vocabulary.words.prefixes(&block[start..], &mut add);
            vocabulary.extra.prefixes(&block[start..], &mut add);
            if here.iter().all(|edge| edge.end != start + 1) {
                here.push(Edge {
                    end: start + 1,
                    log_probability: -vocabulary.log_total,
                });
            }
            edges.push(here);
        }
        let mut forward = vec![f64::NEG_INFINITY; count + 1];
        forward[0] = 0.0;
        for start in 0..count {
            for edge in &edges[start] {
                forward[edge.end] = forward[edge.end].max(forward[start] + edge.log_probability);
            }
        }
        let mut backward = vec![f64::NEG_INFINITY; count + 1];
        backward[count] = 0.0;
        for start in (0..count).rev() {
            for edge in &edges[start] {
                backward[start] = backward[start].max(edge.log_probability + backward[edge.end]);
            }
        }
        let longest_chars = vocabulary
            .words
            .longest_chars()
            .max(vocabulary.extra.longest_chars())
            .max(1);
        Self {
            edges,
            forward,
            backward,
            longest_chars,
        }
    }

    /// The reading margin of `span` in nats, never negative: ln of the probability of the best
    /// segmentation in which no token properly contains `span`, less that of the best one with a
    /// border at both of its edges.
    pub(crate) fn margin(&self, span: &Range<usize>) -> f64 {
        let bordered = self.forward[span.start] + self.within(span) + self.backward[span.end];
        let free = self.free(span);
        (free - bordered).max(0.0)
    }

    /// Best log-probability of the characters of `span` alone.
    fn within(&self, span: &Range<usize>) -> f64 {
        let mut best = vec![f64::NEG_INFINITY; span.len() + 1];
        best[0] = 0.0;
        for start in span.clone() {
            for edge in self.edges[start].iter().filter(|edge| edge.end <= span.end) {
                let way = best[start - span.start] + edge.log_probability;
                let place = &mut best[edge.end - span.start];
                *place = place.max(way);
            }
        }
        best[span.len()]
    }

    /// Best log-probability of a segmentation in which no token properly contains `span`.
    fn free(&self, span: &Range<usize>) -> f64 {
        // Ways to each place of the span that use no such token; up to its start all ways do.
        let mut best = vec![f64::NEG_INFINITY; span.len() + 1];
        best[0] = self.forward[span.start];
        let mut whole = f64::NEG_INFINITY;
        for start in span.start.saturating_sub(self.longest_chars)..span.end {
            for edge in self.edges[start]
                .iter()
                .filter(|edge| edge.end > span.start)
            {
                let contains = start <= span.start && edge.end >= span.end;
                if contains && (start..edge.end) != *span {
                    continue;
                }
                let before = match start.checked_sub(span.start) {
                    Some(at) => best[at],
                    None => self.forward[start],
                };
                let way = before + edge.log_probability;
                if edge.end > span.end {
                    whole = whole.max(way + self.backward[edge.end]);
                } else {
                    let place = &mut best[edge.end - span.start];
                    *place = place.max(way);
                }
            }
        }
        whole.max(best[span.len()] + self.backward[span.end])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    fn margin(vocabulary: &Vocabulary, block: &str, span: Range<usize>) -> f64 {
        let block: Vec<char> = block.chars().collect();
        vocabulary.lattice(&block).margin(&span)
    }

    /// Every segmentation of a block, tried one after another.
    fn by_trying_all(words: &[(String, u64)], block: &[char], span: &Range<usize>) -> f64 {
        let total: u64 = words.iter().map(|(_, n)| n).sum();
        let (mut free, mut bordered) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        for cuts in 0..1_u32 << (block.len() - 1) {
            let mut borders = vec![0];
            borders.extend((1..block.len()).filter(|at| cuts >> (at - 1) & 1 == 1));
            borders.push(block.len());
            let mut way = 0.0;
            let mut contained = false;
            for token in borders.windows(2) {
                let word: String = block[token[0]..token[1]].iter().collect();
                let known = words
                    .iter()
                    .find(|(known, _)| *known == word)
                    .map(|(_, n)| *n);
                let frequency = known.or((token[1] - token[0] == 1).then_some(1));
                way += frequency.map_or(f64::NEG_INFINITY, |n| log(n) - log(total));
                contained |=
                    token[0] <= span.start && token[1] >= span.end && (token[0]..token[1]) != *span;
            }
            if !contained {
                free = free.max(way);
            }
            if borders.contains(&span.start) && borders.contains(&span.end) {
                bordered = bordered.max(way);
            }
        }
        free - bordered
    }

    proptest! {
        #[test]
        fn the_margin_is_that_of_trying_all_segmentations(
            words in proptest::collection::btree_map("[甲乙丙]{1,4}", 1_u64..1000, 1..14),
            block in "[甲乙丙]{1,9}",
            ends in (0_usize..9, 0_usize..9),
        ) {
            let words: Vec<_> = words.into_iter().collect();
            let block: Vec<char> = block.chars().collect();
            let start = ends.0 % block.len();
            let span = start..start + 1 + ends.1 % (block.len() - start);
            let segmenter = Segmenter::from_words(&words).unwrap();
            let found = segmenter.plain.lattice(&block).margin(&span);
            let expected = by_trying_all(&words, &block, &span);
            prop_assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }

    #[test]
    fn the_margins_of_the_shipped_dictionary() {
        let segmenter = Segmenter::load().unwrap();
        for (block, keyword, low, high) in [
            ("产品和服务", "和服", 1.5, 30.0),
            ("新型冠状病毒", "病毒", 0.0, 0.0),
            ("断网了", "断网", 0.0, 1.5),
            ("慢性病", "性病", 1.5, 30.0),
            ("病毒性", "毒性", 1.4, 1.5),
            ("食物中毒", "中毒", 0.0, 0.0),
            ("大学校长", "学校", 1.5, 30.0),
            ("武汉人", "汉人", 1.5, 30.0),
            // Right, and still missed by a little: jieba reads 多/地震/感.
            ("多地震感明显", "震感", 1.7, 1.8),
        ] {
            let at = block[..block.find(keyword).unwrap()].chars().count();
            let found = margin(&segmenter.plain, block, at..at + keyword.chars().count());
            assert!(
                (low..=high).contains(&found),
                "{keyword} in {block}: {found}"
            );
        }
    }

    #[test]
    fn the_best_way_through_the_lattice_is_jiebas() {
        let segmenter = Segmenter::load().unwrap();
        for block in [
            "今天上午小区突然停电了",
            "学校食堂午饭后十几个学生呕吐",
            "自来水发黄有异味",
        ] {
            let letters: Vec<char> = block.chars().collect();
            let lattice = segmenter.plain.lattice(&letters);
            let mut start = 0;
            let mut way = 0.0;
            for end in segmenter.plain.best(block) {
                let edge = lattice.edges[start]
                    .iter()
                    .find(|edge| edge.end == end)
                    .unwrap();
                way += edge.log_probability;
                start = end;
            }
            assert!((way - lattice.backward[0]).abs() < 1e-9, "{block}");
        }
    }

    #[test]
    fn the_words_of_a_topic_are_known_in_it_alone() {
        let segmenter = segmenter(&[("甲", 900), ("乙", 900), ("丙", 500), ("甲乙", 800)]);
        let own = segmenter.vocabulary(&["乙丙".to_owned()]);
        assert_eq!(segmenter.plain.best("甲乙丙"), [2, 3]);
        assert_eq!(own.best("乙丙"), [2]);
        assert!(margin(&own, "甲乙丙", 1..3) < margin(&segmenter.plain, "甲乙丙", 1..3));
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
