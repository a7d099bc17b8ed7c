//! What a feed has brought already.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::limits::MAX_SEEN_ENTRIES;

/// What is remembered of a feed between two polls, and between two runs. Entries are remembered by
/// hashes only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FeedMemory {
    pub(super) url: String,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    seen: VecDeque<(String, String)>,
}

/// Whether an entry is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    New,
    Changed,
    Known,
}

impl FeedMemory {
    /// Of a feed that was never asked.
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..Self::default()
        }
    }

    /// Whether an entry of this identity and content is known.
    pub(super) fn look(&self, identity: &str, content: &str) -> News {
        let (identity, content) = (hash(identity), hash(content));
        match self.seen.iter().find(|(known, _)| *known == identity) {
            None => News::New,
            Some((_, known)) if *known != content => News::Changed,
            Some(_) => News::Known,
        }
    }

    /// Remembers an entry; one that is seen again moves to the end, the oldest go.
    pub(super) fn remember(&mut self, identity: &str, content: &str) {
        let (identity, content) = (hash(identity), hash(content));
        self.seen.retain(|(known, _)| *known != identity);
        self.seen.push_back((identity, content));
        while self.seen.len() > MAX_SEEN_ENTRIES {
            self.seen.pop_front();
        }
    }
}

fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_new_once_and_the_memory_is_bounded() {
        let mut memory = FeedMemory::new("https://example.org/feed");
        assert_eq!(memory.look("1", "a"), News::New);
        memory.remember("1", "a");
        assert_eq!(
            (memory.look("1", "a"), memory.look("1", "b")),
            (News::Known, News::Changed)
        );
        for n in 0..MAX_SEEN_ENTRIES {
            memory.remember(&format!("n{n}"), "");
        }
        assert_eq!(
            (memory.look("1", "a"), memory.seen.len()),
            (News::New, MAX_SEEN_ENTRIES)
        );
    }
}
