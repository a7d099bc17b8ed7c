//! How one occurrence of a keyword is read: its edges, its margin, the tokens around it.

use std::collections::BTreeMap;
use std::ops::Range;

use fengbiao_lexicon::compiled::Reading;
use fengbiao_model::Field;

use crate::fold::Folded;
use crate::lattice::{Costs, Lattice};
use crate::segment::{Vocabulary, block_around, block_parts, han_parts, is_han};

/// The classes between which a keyword of letters or digits has an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Other,
}

fn class(c: char) -> Class {
    if is_han(c) {
        Class::Other
    } else if c.is_alphabetic() {
        Class::Letter
    } else if c.is_numeric() {
        Class::Digit
    } else {
        Class::Other
    }
}

/// Whether an occurrence ends at `inner`: a letter or digit does where its neighbour is of another
/// class; Han is judged by the margin instead, and a symbol is an edge by itself.
fn is_edge(inner: char, neighbour: Option<char>) -> bool {
    let inner = class(inner);
    inner == Class::Other || neighbour.is_none_or(|neighbour| class(neighbour) != inner)
}

/// Why an occurrence is not read as a word. Ordered by what is tested first.
#[derive(Clone, Debug, PartialEq)]
pub enum NotAWord {
    /// A letter or digit stands beside one of its own class.
    InsideARun,
    /// Its margin is above the limit of the rule.
    Margin {
        /// Largest margin that counts, in nats.
        limit: f64,
    },
    /// A token of the best segmentation properly contains it.
    InsideAToken {
        /// The token, as it stands in the text.
        token: String,
    },
}

/// What is known of an occurrence beside its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Facts {
    /// Whether its letters and digits end where it ends.
    pub(crate) edges: bool,
    /// Its reading margin in nats, where it has Han characters.
    pub(crate) margin: Option<f64>,
}

/// A text of a post: which field, and whether separators were taken out of it.
pub(crate) type Source = (Field, bool);

/// What has been found out about a block. Both are made at most once, however many keywords occur
/// in it.
#[derive(Default)]
struct Block {
    lattice: Option<Lattice>,
    /// Where the tokens of its best segmentation end, in characters of the block.
    ends: Option<Vec<usize>>,
}

/// The texts of one post with what has been found out about their words.
#[derive(Default)]
pub(crate) struct Words {
    /// The blocks read so far: with which vocabulary, named by its address, for topics share one;
    /// in which text; its first character and one past the last.
    blocks: BTreeMap<(usize, Source, usize, usize), Block>,
}

impl Words {
    pub(crate) fn clear(&mut self) {
        self.blocks.clear();
    }

    /// The facts about the occurrence `span` (folded characters).
    pub(crate) fn facts(
        &mut self,
        vocabulary: &Vocabulary,
        (source, folded): (Source, &Folded),
        span: &Range<usize>,
    ) -> Facts {
        let text = folded.chars();
        let before = span.start.checked_sub(1).map(|at| text[at]);
        let after = text.get(span.end).copied();
        let edges = is_edge(text[span.start], before) && is_edge(text[span.end - 1], after);
        let margin = margin(text, span, |inner, over, keyword| {
            let lattice = &mut self.block(vocabulary, source, &over).lattice;
            let make = || vocabulary.lattice(&text[over], &Costs::CHOSEN);
            lattice.get_or_insert_with(make).margin(inner, keyword)
        });
        Facts { edges, margin }
    }

    /// The token of the best segmentation that properly contains a part of `span`.
    pub(crate) fn token(
        &mut self,
        vocabulary: &Vocabulary,
        (source, folded): (Source, &Folded),
        span: &Range<usize>,
    ) -> Option<Range<usize>> {
        block_parts(folded.chars(), span)
            .into_iter()
            .find_map(|part| {
                let (over, ends) = self.ends(vocabulary, (source, folded), &part);
                let before = ends.partition_point(|end| over.start + end <= part.start);
                let start = before.checked_sub(1).map_or(0, |before| ends[before]);
                let token = over.start + start..over.start + ends.get(before)?;
                (token.end >= part.end && token != part).then_some(token)
            })
    }

    /// The best segmentation of the block around `span`: its tokens as ranges of folded characters.
    pub(crate) fn tokens(
        &mut self,
        vocabulary: &Vocabulary,
        (source, folded): (Source, &Folded),
        span: &Range<usize>,
    ) -> Vec<Range<usize>> {
        let (over, ends) = self.ends(vocabulary, (source, folded), span);
        tokens(over.start, ends)
    }

    /// The block around `span`, and where the tokens of its best segmentation end in it.
    fn ends(
        &mut self,
        vocabulary: &Vocabulary,
        (source, folded): (Source, &Folded),
        span: &Range<usize>,
    ) -> (Range<usize>, &[usize]) {
        let over = block_around(folded.chars(), span);
        let ends = &mut self.block(vocabulary, source, &over).ends;
        let ends = ends.get_or_insert_with(|| best(vocabulary, folded, &over));
        (over, ends)
    }

    fn block(
        &mut self,
        vocabulary: &Vocabulary,
        source: Source,
        over: &Range<usize>,
    ) -> &mut Block {
        let by = std::ptr::from_ref(vocabulary).addr();
        self.blocks
            .entry((by, source, over.start, over.end))
            .or_default()
    }
}

/// The margin of `span` in nats: the sum over its parts with Han characters, none without any.
/// `of` gives the margin of a part of a block, and is told whether the part is the whole keyword.
pub(crate) fn margin(
    text: &[char],
    span: &Range<usize>,
    mut of: impl FnMut(&Range<usize>, Range<usize>, bool) -> f64,
) -> Option<f64> {
    let mut sum = None;
    for part in han_parts(text, span) {
        let block = block_around(text, &part);
        let inner = part.start - block.start..part.end - block.start;
        *sum.get_or_insert(0.0) += of(&inner, block, part == *span);
    }
    sum
}

/// The best segmentation of the block around `span`: its tokens as ranges of folded characters.
pub(crate) fn tokens_around(
    vocabulary: &Vocabulary,
    folded: &Folded,
    span: &Range<usize>,
) -> Vec<Range<usize>> {
    let over = block_around(folded.chars(), span);
    tokens(over.start, &best(vocabulary, folded, &over))
}

/// Where the tokens of a block's best segmentation end, in characters of the block.
fn best(vocabulary: &Vocabulary, folded: &Folded, over: &Range<usize>) -> Vec<usize> {
    vocabulary.best(&folded.text()[folded.bytes(over.start, over.end)])
}

/// The tokens of a block that begins at `first`, by where they end in it.
fn tokens(first: usize, ends: &[usize]) -> Vec<Range<usize>> {
    let starts = [0].into_iter().chain(ends.iter().copied());
    starts
        .zip(ends)
        .map(|(start, end)| first + start..first + end)
        .collect()
}

/// Whether facts satisfy a reading as far as they go: what is left to ask of [`Reading::Word`] is
/// [`Words::token`].
pub(crate) fn judge(facts: Facts, reading: Reading, limit: f64) -> Result<(), NotAWord> {
    if reading == Reading::Substring {
        Ok(())
    } else if !facts.edges {
        Err(NotAWord::InsideARun)
    } else if facts.margin.is_some_and(|margin| margin > limit) {
        Err(NotAWord::Margin { limit })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_lie_between_letters_digits_and_the_rest() {
        for (inner, neighbour, edge) in [
            ('e', Some('1'), true),
            ('e', Some('x'), false),
            ('5', Some('2'), false),
            ('5', Some('g'), true),
            ('5', Some('年'), true),
            ('5', None, true),
            ('+', Some('+'), true),
            ('病', Some('毒'), true),
            ('б', Some('в'), false),
            ('か', Some('な'), false),
        ] {
            assert_eq!(is_edge(inner, neighbour), edge, "{inner} {neighbour:?}");
        }
    }
}
