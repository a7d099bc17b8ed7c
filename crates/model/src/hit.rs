//! What the matcher says of a post, and the records of the topic `hits`.

use std::cmp::Reverse;
use std::fmt;

use crate::{
    Class, Deletion, Field, LexiconNumber, MAX_SPAN_BYTES_PER_HIT, MAX_SPANS_PER_RULE_HIT, Offset,
    Partition, Position, Post, PostId, RuleId, SPAN_BYTES, Signature, Timestamp, TopicId,
};

/// A half-open range in one part of a post, in bytes and in characters, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The part.
    pub field: Field,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// First character.
    pub char_start: usize,
    /// One past the last character.
    pub char_end: usize,
}

/// Where a keyword of a rule was found.
#[derive(Clone, Debug, PartialEq)]
pub struct KeywordSpan {
    /// The keyword as it is written in the lexicon.
    pub keyword: String,
    /// Where in the post.
    pub span: Span,
    /// The reading margin in nats; none where no reading was asked for.
    pub margin: Option<f64>,
}

/// One rule that matched a post.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleHit {
    /// The rule.
    pub rule: RuleId,
    /// Its weight, 1 to 10.
    pub weight: u8,
    /// What kind of matter it speaks of.
    pub class: Class,
    /// The occurrences that counted: title first, by start and end. In the topic `hits` the first of
    /// them, see [`Hit::bound_spans`].
    pub spans: Vec<KeywordSpan>,
}

/// What an incident is about: a place, a unit, a product of the topic's subject lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The kind, as `[subjects]` names it.
    pub kind: String,
    /// The name, as the list writes it.
    pub name: String,
}

/// The subject of an incident, or one of the two that stand beside the named ones.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectKey {
    /// `*`: all hits of the topic.
    All,
    /// `-`: hits that name no subject.
    Unnamed,
    /// A named subject.
    Named(Subject),
}

/// `*`, `-`, or the subject's name.
impl fmt::Display for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Unnamed => f.write_str("-"),
            Self::Named(subject) => f.write_str(&subject.name),
        }
    }
}

/// All that the matcher found in one post for one topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The topic.
    pub topic: TopicId,
    /// The lexicon in force.
    pub version: LexiconNumber,
    /// The delivery: where in the topic `posts` it was read.
    pub origin: Position,
    /// The rules that matched, by id; at least one.
    pub rules: Vec<RuleHit>,
    /// The subjects named, in order, without repeats.
    pub subjects: Vec<Subject>,
    /// The signature of its text.
    pub signature: Signature,
    /// The post as stored.
    pub post: Post<'static>,
}

impl Hit {
    /// The weight of the post: that of its heaviest rule.
    #[must_use]
    pub fn weight(&self) -> u8 {
        self.rules.iter().map(|rule| rule.weight).max().unwrap_or(0)
    }

    /// Keeps the first occurrences of each rule, as many as a record has room for; heavier rules keep
    /// theirs before lighter ones. They show why it is a hit and decide nothing, and a text that says
    /// one keyword ten thousand times must not become a record of a megabyte. How many were left out.
    pub fn bound_spans(&mut self) -> usize {
        let count = |rules: &[RuleHit]| rules.iter().map(|rule| rule.spans.len()).sum::<usize>();
        let before = count(&self.rules);
        let kept = self.spans_with_room();
        for (rule, kept) in self.rules.iter_mut().zip(kept) {
            rule.spans.truncate(kept);
        }
        before - count(&self.rules)
    }

    /// How many occurrences of each rule there is room for: one of each, then another one of each.
    fn spans_with_room(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.rules.len()).collect();
        order.sort_by_key(|&rule| Reverse(self.rules[rule].weight));
        let mut kept = vec![0; self.rules.len()];
        let mut room = MAX_SPAN_BYTES_PER_HIT;
        for nth in 0..MAX_SPANS_PER_RULE_HIT {
            // Those that have no more are not asked again.
            order.retain(|&rule| nth < self.rules[rule].spans.len());
            for &rule in &order {
                let keyword = &self.rules[rule].spans[nth].keyword;
                let Some(left) = room.checked_sub(SPAN_BYTES + 6 * keyword.len()) else {
                    return kept;
                };
                room = left;
                kept[rule] += 1;
            }
        }
        kept
    }
}

/// How far one matcher has come in one partition of `posts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionMark {
    /// The partition of `posts`.
    pub partition: Partition,
    /// The place it will read next.
    pub next: Offset,
    /// The highest `found_at` read so far.
    pub found_at: Timestamp,
    /// Whether there was nothing more to read.
    pub at_end: bool,
    /// Since when it has had the partition (its wall clock): of two matchers the one that got it
    /// earlier may still write a mark after it has lost it. None where it was not written down.
    pub since: Option<Timestamp>,
}

/// The watermarks that one matcher writes into every partition of `hits`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks(pub Vec<PartitionMark>);

/// One record of the topic `hits`.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "nearly all records are hits")]
pub enum HitRecord {
    /// A post that matched.
    Hit(Hit),
    /// A hit too large for a record: it stands in at the hit's position.
    Stub {
        /// The topic.
        topic: TopicId,
        /// The post.
        post: PostId,
        /// The delivery.
        origin: Position,
        /// When the post was found.
        found_at: Timestamp,
        /// The size the hit would have had.
        bytes: usize,
    },
    /// A post whose text changed, hit or not.
    Update {
        /// The post as it is now.
        post: Post<'static>,
        /// The delivery.
        origin: Position,
    },
    /// A post that is gone, hit or not.
    Delete {
        /// What is gone.
        deletion: Deletion,
        /// The delivery.
        origin: Position,
    },
    /// How far the matcher has come.
    Marks(Marks),
}
