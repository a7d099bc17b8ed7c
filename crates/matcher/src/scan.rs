//! The one narrow place through which keywords are looked for.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::MatcherError;

/// A pattern: its index in the list the scanner was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatternId(pub usize);

/// Finds patterns in folded text. Every occurrence is told, overlapping ones too, in any order.
pub trait Scanner: Send + Sync {
    /// Calls `found` with the pattern and its first and one past its last byte.
    fn scan(&self, folded: &str, found: &mut dyn FnMut(PatternId, usize, usize));
}

/// The scanner in use: an Aho-Corasick automaton over bytes.
pub struct AhoScanner {
    automaton: AhoCorasick,
}

impl AhoScanner {
    /// Builds the automaton. No pattern may be empty.
    ///
    /// # Errors
    /// [`MatcherError::Automaton`] where the patterns are more than the automaton can number.
    pub fn new(patterns: &[String]) -> Result<Self, MatcherError> {
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(patterns)
            .map_err(MatcherError::Automaton)?;
        Ok(Self { automaton })
    }

    /// Bytes of memory it holds.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.automaton.memory_usage()
    }
}

impl Scanner for AhoScanner {
    fn scan(&self, folded: &str, found: &mut dyn FnMut(PatternId, usize, usize)) {
        for hit in self.automaton.find_overlapping_iter(folded) {
            found(PatternId(hit.pattern().as_usize()), hit.start(), hit.end());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The oracle: every pattern tried at every place.
    struct Naive(Vec<String>);

    impl Scanner for Naive {
        fn scan(&self, folded: &str, found: &mut dyn FnMut(PatternId, usize, usize)) {
            for (start, _) in folded.char_indices() {
                for (index, pattern) in self.0.iter().enumerate() {
                    if folded[start..].starts_with(pattern.as_str()) {
                        found(PatternId(index), start, start + pattern.len());
                    }
                }
            }
        }
    }

    fn all(scanner: &dyn Scanner, text: &str) -> Vec<(usize, usize, usize)> {
        let mut found = Vec::new();
        scanner.scan(text, &mut |PatternId(pattern), start, end| {
            found.push((start, end, pattern));
        });
        found.sort_unstable();
        found
    }

    #[test]
    fn overlapping_occurrences_are_all_told() {
        let patterns = ["食物", "食物中毒", "中毒", "毒"].map(String::from);
        let scanner = AhoScanner::new(&patterns).unwrap();
        assert_eq!(
            all(&scanner, "食物中毒"),
            [(0, 6, 0), (0, 12, 1), (6, 12, 2), (9, 12, 3)]
        );
    }

    proptest! {
        #[test]
        fn agrees_with_the_oracle(
            patterns in proptest::collection::btree_set("[停电网a1]{1,4}", 1..12),
            text in "[停电网a1。]{0,60}",
        ) {
            let patterns: Vec<String> = patterns.into_iter().collect();
            let scanner = AhoScanner::new(&patterns).unwrap();
            prop_assert_eq!(all(&scanner, &text), all(&Naive(patterns), &text));
        }
    }
}
