//! Words and their frequencies: the trie that the reading margin walks, and the shipped dictionary.

use std::collections::VecDeque;

use crate::fold::fold_str;

/// jieba's dictionary, `word frequency` lines, zstd. See `data/README.md`.
const SHIPPED: &[u8] = include_bytes!("../data/dict.txt.zst");

/// Why the shipped dictionary could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DictionaryError {
    /// It does not decompress.
    #[error("the dictionary does not decompress")]
    Compressed(#[source] std::io::Error),
    /// A line is not a word and a frequency.
    #[error("line {line} of the dictionary is `{found}`, expected a word and its frequency")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// jieba-rs refuses it.
    #[error("the segmenter refuses the dictionary")]
    Segmenter(#[source] jieba_rs::Error),
}

/// The shipped dictionary, folded like the texts it will segment: words in order, with the sum of
/// the frequencies of what folds alike.
pub(crate) fn shipped() -> Result<Vec<(String, u64)>, DictionaryError> {
    let bytes = zstd::decode_all(SHIPPED).map_err(DictionaryError::Compressed)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut words = Vec::with_capacity(350_000);
    for (number, line) in text.lines().enumerate() {
        let parsed = line
            .split_once(' ')
            .and_then(|(word, n)| Some((word, n.parse::<u64>().ok()?)));
        let Some((word, frequency)) = parsed else {
            return Err(DictionaryError::Line {
                line: number + 1,
                found: line.to_owned(),
            });
        };
        words.push((fold_str(word), frequency));
    }
    words.sort();
    words.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    Ok(words)
}

/// A trie over characters: the words that begin at a place of a text, with ln of their frequency.
#[derive(Debug)]
pub(crate) struct Trie {
    nodes: Vec<Node>,
    /// Derived: the node of each first letter of the BMP, nought where no word begins with it. A word
    /// is looked for at every place of a block, and thousands of letters begin one.
    first: Vec<u32>,
    longest_chars: usize,
}

#[derive(Debug)]
struct Node {
    letter: char,
    first_child: usize,
    children: usize,
    /// ln of the frequency of the word that ends here.
    log_frequency: Option<f64>,
}

impl Trie {
    /// From words in ascending order, without repeats or empty ones.
    pub(crate) fn new(words: &[(String, u64)]) -> Self {
        let root = Node {
            letter: '\0',
            first_child: 0,
            children: 0,
            log_frequency: None,
        };
        let mut trie = Self {
            nodes: vec![root],
            first: Vec::new(),
            longest_chars: 0,
        };
        // A node, the words below it, and the bytes and characters they share.
        let mut waiting = VecDeque::from([(0, 0..words.len(), 0, 0)]);
        while let Some((node, mut below, bytes, chars)) = waiting.pop_front() {
            trie.longest_chars = trie.longest_chars.max(chars);
            if let Some((word, frequency)) = words.get(below.start)
                && word.len() == bytes
                && !below.is_empty()
            {
                trie.nodes[node].log_frequency = Some(log(*frequency));
                below.start += 1;
            }
            trie.nodes[node].first_child = trie.nodes.len();
            while let Some(letter) = letter_at(words, &below, bytes) {
                let alike = words[below.clone()]
                    .partition_point(|(word, _)| word[bytes..].starts_with(letter));
                let end = below.start + alike;
                trie.nodes[node].children += 1;
                waiting.push_back((
                    trie.nodes.len(),
                    below.start..end,
                    bytes + letter.len_utf8(),
                    chars + 1,
                ));
                let leaf = Node {
                    letter,
                    first_child: 0,
                    children: 0,
                    log_frequency: None,
                };
                trie.nodes.push(leaf);
                below.start = end;
            }
        }
        trie.first = trie.first_letters();
        trie
    }

    fn first_letters(&self) -> Vec<u32> {
        let mut first = Vec::new();
        for at in self.children(&self.nodes[0]) {
            let letter = self.nodes[at].letter as usize;
            if let (..=0xFFFF, Ok(node)) = (letter, u32::try_from(at)) {
                first.resize(first.len().max(letter + 1), 0);
                first[letter] = node;
            }
        }
        first
    }

    const fn children(&self, node: &Node) -> std::ops::Range<usize> {
        node.first_child..node.first_child + node.children
    }

    fn child(&self, node: &Node, letter: char) -> Option<&Node> {
        let children = &self.nodes[self.children(node)];
        let at = children.binary_search_by_key(&letter, |child| child.letter);
        at.ok().map(|at| &children[at])
    }

    /// The node of a first letter.
    fn beginning(&self, letter: char) -> Option<&Node> {
        match self.first.get(letter as usize) {
            Some(0) => None,
            Some(&node) => self.nodes.get(node as usize),
            None => self.child(&self.nodes[0], letter),
        }
    }

    /// Calls `found` with the length in characters and ln of the frequency of every word that
    /// begins `text`, short ones first.
    pub(crate) fn prefixes(&self, text: &[char], mut found: impl FnMut(usize, f64)) {
        let Some((&first, rest)) = text.split_first() else {
            return;
        };
        let mut next = self.beginning(first);
        let mut rest = rest.iter();
        let mut chars = 1;
        while let Some(node) = next {
            if let Some(log_frequency) = node.log_frequency {
                found(chars, log_frequency);
            }
            chars += 1;
            next = rest.next().and_then(|&letter| self.child(node, letter));
        }
    }

    /// Characters of the longest word.
    pub(crate) fn longest_chars(&self) -> usize {
        self.longest_chars
    }
}

fn letter_at(
    words: &[(String, u64)],
    below: &std::ops::Range<usize>,
    bytes: usize,
) -> Option<char> {
    if below.is_empty() {
        None
    } else {
        words[below.start].0[bytes..].chars().next()
    }
}

/// ln of a frequency.
#[allow(clippy::cast_precision_loss, reason = "frequencies are far below 2^53")]
pub(crate) fn log(frequency: u64) -> f64 {
    (frequency as f64).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefixes(words: &[(&str, u64)], text: &str) -> Vec<usize> {
        let mut words: Vec<_> = words
            .iter()
            .map(|&(word, n)| (word.to_owned(), n))
            .collect();
        words.sort();
        let text: Vec<char> = text.chars().collect();
        let mut found = Vec::new();
        Trie::new(&words).prefixes(&text, |chars, _| found.push(chars));
        found
    }

    #[test]
    fn every_word_that_begins_the_text_is_found() {
        let words = [
            ("食", 5),
            ("食物", 9),
            ("食物中毒", 2),
            ("物", 1),
            ("食堂", 3),
        ];
        assert_eq!(prefixes(&words, "食物中毒了"), [1, 2, 4]);
        assert_eq!(prefixes(&words, "食堂"), [1, 2]);
        assert_eq!(prefixes(&words, "堂食"), [0; 0]);
        assert_eq!(prefixes(&[], "食"), [0; 0]);
        // Beyond the BMP there is no index.
        let words = [("\u{20bb7}", 1), ("\u{20bb7}野家", 2), ("a", 1)];
        assert_eq!(prefixes(&words, "\u{20bb7}野家"), [1, 3]);
        assert_eq!(prefixes(&words, "\u{20bb8}野家"), [0; 0]);
    }

    #[test]
    fn the_shipped_dictionary_reads() {
        let words = shipped().unwrap();
        assert!(words.len() > 340_000);
        assert!(words.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(words.iter().all(|(word, n)| !word.is_empty() && *n > 0));
    }
}
