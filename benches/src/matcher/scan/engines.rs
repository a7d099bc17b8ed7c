//! What is timed: each takes all posts, one call a post, and returns what it found, so that they can
//! be held against each other.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use daachorse::CharwiseDoubleArrayAhoCorasick;
use fengbiao_matcher::fold::{fold_char, fold_str};
use fengbiao_matcher::scan::{InstructionSet, Scan, Scanner};

/// Checks that the bytes are UTF-8, with the standard library.
pub(crate) fn validate(posts: &[&str]) -> usize {
    let valid = |post: &&&str| std::str::from_utf8(std::hint::black_box(post.as_bytes())).is_ok();
    posts.iter().filter(valid).count()
}

/// Decodes and folds, and no more.
pub(crate) fn fold_only(posts: &[&str], set: InstructionSet, scan: &mut Scan) -> usize {
    posts.iter().map(|post| scan.fold_only(post, set)).sum()
}

/// Occurrences, with the bytes of each worked out.
pub(crate) fn ours(posts: &[&str], scanner: &Scanner, scan: &mut Scan) -> usize {
    let (mut found, mut bytes) = (0, 0);
    for post in posts {
        scanner.scan(post, scan, |_, span| {
            found += 1;
            bytes += span.len();
        });
    }
    std::hint::black_box(bytes);
    found
}

/// aho-corasick's contiguous NFA over the folded text, made into a string that is used again.
pub(crate) struct Aho(AhoCorasick);

impl Aho {
    pub(crate) fn new(keywords: &[String]) -> anyhow::Result<Self> {
        let folded = keywords.iter().map(|keyword| fold_str(keyword));
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(folded)?;
        Ok(Self(automaton))
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.0.memory_usage()
    }

    pub(crate) fn scan(&self, posts: &[&str]) -> usize {
        let mut folded = String::new();
        let mut found = 0;
        for post in posts {
            folded.clear();
            folded.extend(post.chars().filter_map(fold_char));
            found += self.0.find_overlapping_iter(&folded).count();
        }
        found
    }
}

/// daachorse by characters, stepped over the folded characters; no string is made, and where its
/// hits stand in the original text is not worked out.
pub(crate) struct Daachorse(CharwiseDoubleArrayAhoCorasick<u32>);

impl Daachorse {
    pub(crate) fn new(keywords: &[String]) -> anyhow::Result<Self> {
        let folded = keywords.iter().map(|keyword| fold_str(keyword));
        let automaton = CharwiseDoubleArrayAhoCorasick::new(folded);
        Ok(Self(automaton.map_err(|error| anyhow::anyhow!("{error}"))?))
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.0.heap_bytes()
    }

    /// Whether a keyword occurs in a folded text.
    pub(crate) fn occurs(&self, folded: &str) -> bool {
        self.0.find_overlapping_iter(folded).next().is_some()
    }

    pub(crate) fn scan(&self, posts: &[&str]) -> usize {
        let mut found = 0;
        for post in posts {
            let mut stepper = self.0.find_overlapping_stepper();
            for c in post.chars().filter_map(fold_char) {
                stepper.consume(c);
                found += stepper.matches().count();
            }
        }
        found
    }
}
