//! The topics of the pipeline.

use std::fmt;

/// The topics of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// What crawlers found, and control records.
    Posts,
    /// What the matcher found, and its marks.
    Hits,
    /// Signs of life of sources.
    Pulses,
    /// Texts of published lexicons; never deleted.
    Lexicons,
    /// What could not be read.
    DeadLetters,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Posts,
        Self::Hits,
        Self::Pulses,
        Self::Lexicons,
        Self::DeadLetters,
    ];

    /// Its name in files, metrics and brokers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Posts => "posts",
            Self::Hits => "hits",
            Self::Pulses => "pulses",
            Self::Lexicons => "lexicons",
            Self::DeadLetters => "dead-letters",
        }
    }

    /// The topic of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }

    /// Whether retention spares it: without the lexicon in force nothing can be explained.
    #[must_use]
    pub const fn is_kept_forever(self) -> bool {
        matches!(self, Self::Lexicons)
    }

    /// Its place in [`Topic::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_stands_at_its_index_and_is_found_by_its_name() {
        for (index, topic) in Topic::ALL.into_iter().enumerate() {
            assert_eq!(topic.index(), index);
            assert_eq!(Topic::from_name(topic.name()), Some(topic));
        }
        assert_eq!(Topic::from_name("letters"), None);
    }
}
