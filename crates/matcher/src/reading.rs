//! How one occurrence of a keyword is read: its edges, its margin, the tokens around it.

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

/// The texts of one post with what has been found out about their words.
#[derive(Default)]
pub(crate) struct Words {
    /// Lattices made so far: the vocabulary of which topic, which text, which block.
    lattices: Vec<(usize, Source, Range<usize>, Lattice)>,
}

impl Words {
    pub(crate) fn clear(&mut self) {
        self.lattices.clear();
    }

    /// The facts about the occurrence `span` (folded characters). `owner` names the vocabulary.
    pub(crate) fn facts(
        &mut self,
        (owner, vocabulary): (usize, &Vocabulary),
        (source, folded): (Source, &Folded),
        span: &Range<usize>,
    ) -> Facts {
        let text = folded.chars();
        let before = span.start.checked_sub(1).map(|at| text[at]);
        let after = text.get(span.end).copied();
        let edges = is_edge(text[span.start], before) && is_edge(text[span.end - 1], after);
        let margin = margin(text, span, |inner, block, keyword| {
            let lattice = self.lattice((owner, vocabulary), (source, text), block);
            lattice.margin(inner, keyword)
        });
        Facts { edges, margin }
    }

    fn lattice(
        &mut self,
        (owner, vocabulary): (usize, &Vocabulary),
        (source, text): (Source, &[char]),
        block: Range<usize>,
    ) -> &Lattice {
        let known = self.lattices.iter().position(|(of, in_text, over, _)| {
            *of == owner && *in_text == source && *over == block
        });
        let at = known.unwrap_or_else(|| {
            let lattice = vocabulary.lattice(&text[block.clone()], &Costs::CHOSEN);
            self.lattices.push((owner, source, block, lattice));
            self.lattices.len() - 1
        });
        &self.lattices[at].3
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
    let block = block_around(folded.chars(), span);
    let text = &folded.text()[folded.bytes(block.start, block.end)];
    let mut start = block.start;
    let mut tokens = Vec::new();
    for end in vocabulary.best(text) {
        tokens.push(start..block.start + end);
        start = block.start + end;
    }
    tokens
}

/// The token of the best segmentation that properly contains a part of `span`.
pub(crate) fn containing_token(
    vocabulary: &Vocabulary,
    folded: &Folded,
    span: &Range<usize>,
) -> Option<Range<usize>> {
    block_parts(folded.chars(), span)
        .into_iter()
        .find_map(|part| {
            tokens_around(vocabulary, folded, &part)
                .into_iter()
                .find(|token| token.start <= part.start && token.end >= part.end && *token != part)
        })
}

/// Whether facts satisfy a reading as far as they go: what is left to ask of [`Reading::Word`] is
/// [`containing_token`].
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
