//! The words over a text: the trie that the reading margin walks.

use std::collections::VecDeque;
use std::ops::Range;

use crate::dictionary::log;
use crate::scan::prefetch;

/// A trie over characters: the words over a text, with ln of their frequency.
///
/// A step down is one look into a table of all steps, for hundreds of letters may follow one, and to
/// search among them reaches for a line of memory at every halving.
#[derive(Debug)]
pub(crate) struct Trie {
    nodes: Vec<Node>,
    /// Derived: the node of each first letter of the BMP, nought where no word begins with it. A word
    /// is looked for at every place of a block, and thousands of letters begin one.
    first: Vec<u32>,
    /// Derived: every node but the root, at the place that its parent and its letter give or at the
    /// next ones that were free; nought where none is.
    steps: Vec<u32>,
    longest_chars: usize,
}

#[derive(Debug)]
struct Node {
    letter: char,
    first_child: u32,
    children: u32,
    /// ln of the frequency of the word that ends here.
    log_frequency: Option<f64>,
}

impl Node {
    const fn new(letter: char) -> Self {
        Self {
            letter,
            first_child: 0,
            children: 0,
            log_frequency: None,
        }
    }

    const fn children(&self) -> Range<u32> {
        self.first_child..self.first_child + self.children
    }
}

impl Trie {
    /// From words in ascending order, without repeats or empty ones.
    pub(crate) fn new(words: &[(String, u64)]) -> Self {
        let mut nodes = vec![Node::new('\0')];
        let mut longest_chars = 0;
        // A node, the words below it, and the bytes and characters they share.
        let mut waiting = VecDeque::from([(0, 0..words.len(), 0, 0)]);
        while let Some((node, mut below, bytes, chars)) = waiting.pop_front() {
            longest_chars = longest_chars.max(chars);
            if let Some((word, frequency)) = words.get(below.start)
                && word.len() == bytes
                && !below.is_empty()
            {
                nodes[node].log_frequency = Some(log(*frequency));
                below.start += 1;
            }
            nodes[node].first_child = number(nodes.len());
            while let Some(letter) = letter_at(words, &below, bytes) {
                let alike = words[below.clone()]
                    .partition_point(|(word, _)| word[bytes..].starts_with(letter));
                let end = below.start + alike;
                nodes[node].children += 1;
                waiting.push_back((
                    nodes.len(),
                    below.start..end,
                    bytes + letter.len_utf8(),
                    chars + 1,
                ));
                nodes.push(Node::new(letter));
                below.start = end;
            }
        }
        Self {
            first: first_letters(&nodes),
            steps: steps(&nodes),
            nodes,
            longest_chars,
        }
    }

    fn child(&self, parent: &Node, letter: char) -> Option<&Node> {
        let children = parent.children();
        if children.is_empty() {
            return None;
        }
        let mut place = place(parent, letter, self.steps.len());
        loop {
            match self.steps[place] {
                0 => return None,
                step if children.contains(&step) => {
                    let node = &self.nodes[step as usize];
                    if node.letter == letter {
                        return Some(node);
                    }
                }
                _ => {}
            }
            place = (place + 1) % self.steps.len();
        }
    }

    /// Every word over a text: `found` is called with the place where it begins, its length in characters
    /// and ln of its frequency; of one place the short ones first. The walks from all places go a step
    /// together, so that what they read is asked for before it is needed: from one place after another
    /// each step would wait for memory alone.
    pub(crate) fn all(&self, text: &[char], mut found: impl FnMut(usize, usize, f64)) {
        let begun = text.iter().enumerate();
        let mut walks: Vec<(usize, &Node)> = begun
            .filter_map(|(at, &letter)| Some((at, self.beginning(letter)?)))
            .collect();
        let mut chars = 1;
        let mut steps = Vec::with_capacity(walks.len());
        while !walks.is_empty() {
            steps.clear();
            for &(at, node) in &walks {
                if let Some(log_frequency) = node.log_frequency {
                    found(at, chars, log_frequency);
                }
                if let Some(&letter) = text.get(at + chars)
                    && node.children > 0
                {
                    let place = place(node, letter, self.steps.len());
                    prefetch(&self.steps[place]);
                    steps.push((at, node, letter, place));
                }
            }
            for &(.., place) in &steps {
                prefetch(&self.nodes[self.steps[place] as usize]);
            }
            walks.clear();
            walks.extend(
                steps
                    .iter()
                    .filter_map(|&(at, node, letter, _)| Some((at, self.child(node, letter)?))),
            );
            chars += 1;
        }
    }

    /// The node of a first letter.
    fn beginning(&self, letter: char) -> Option<&Node> {
        match self.first.get(letter as usize) {
            Some(0) => None,
            Some(&node) => self.nodes.get(node as usize),
            None => self.child(&self.nodes[0], letter),
        }
    }

    /// Characters of the longest word.
    pub(crate) fn longest_chars(&self) -> usize {
        self.longest_chars
    }
}

fn first_letters(nodes: &[Node]) -> Vec<u32> {
    let mut first = Vec::new();
    for node in nodes[0].children() {
        let letter = nodes[node as usize].letter as usize;
        if letter <= 0xFFFF {
            first.resize(first.len().max(letter + 1), 0);
            first[letter] = node;
        }
    }
    first
}

/// At most half full, so that a look that finds nothing ends soon.
fn steps(nodes: &[Node]) -> Vec<u32> {
    let mut steps = vec![0; (2 * nodes.len()).next_power_of_two()];
    for parent in nodes {
        for child in parent.children() {
            let mut place = place(parent, nodes[child as usize].letter, steps.len());
            while steps[place] != 0 {
                place = (place + 1) % steps.len();
            }
            steps[place] = child;
        }
    }
    steps
}

/// Where the step from a node that has children, by a letter, is looked for first among so many
/// places, a power of two. By the high bits of a multiplication with the fraction of the golden ratio
/// (Knuth, The Art of Computer Programming, volume 3, 6.4).
#[allow(
    clippy::cast_possible_truncation,
    reason = "so many bits as there are places have"
)]
fn place(parent: &Node, letter: char, places: usize) -> usize {
    let key = u64::from(parent.first_child) << 21 | u64::from(letter);
    let hash = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (hash >> (u64::BITS - places.trailing_zeros())) as usize
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "four billion nodes would take a hundred gigabytes"
)]
fn number(node: usize) -> u32 {
    node as u32
}

fn letter_at(words: &[(String, u64)], below: &Range<usize>, bytes: usize) -> Option<char> {
    if below.is_empty() {
        None
    } else {
        words[below.start].0[bytes..].chars().next()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Lengths of the words with which a text begins.
    fn prefixes(words: &[(&str, u64)], text: &str) -> Vec<usize> {
        let mut words: Vec<_> = words
            .iter()
            .map(|&(word, n)| (word.to_owned(), n))
            .collect();
        words.sort();
        let text: Vec<char> = text.chars().collect();
        let mut found = Vec::new();
        Trie::new(&words).all(&text, |at, chars, _| {
            if at == 0 {
                found.push(chars);
            }
        });
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

    proptest! {
        #[test]
        fn it_finds_what_a_list_of_words_has(
            words in proptest::collection::btree_map("[甲乙丙丁𠮷a]{1,5}", 1_u64..9, 0..60),
            text in "[甲乙丙丁𠮷ab]{0,7}",
        ) {
            let letters: Vec<char> = text.chars().collect();
            let list: Vec<(String, u64)> = words.clone().into_iter().collect();
            let mut found: Vec<Vec<(usize, f64)>> = vec![Vec::new(); letters.len()];
            Trie::new(&list).all(&letters, |at, chars, log| found[at].push((chars, log)));
            let mut expected: Vec<Vec<(usize, f64)>> = vec![Vec::new(); letters.len()];
            for (start, end) in (0..letters.len()).flat_map(|at| (at..letters.len()).map(move |end| (at, end + 1))) {
                let word: String = letters[start..end].iter().collect();
                if let Some(frequency) = words.get(&word) {
                    expected[start].push((end - start, log(*frequency)));
                }
            }
            prop_assert_eq!(found, expected);
        }
    }
}
