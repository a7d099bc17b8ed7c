//! How one place of a text is read, asked without a rule: for measurements of word boundaries.

use std::ops::Range;

use crate::fold::Folded;
use crate::lattice::Costs;
use crate::reading::{margin, tokens_around};
use crate::segment::{Segmenter, block_parts};

/// How a place lies to the tokens of jieba's best segmentation (HMM off).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It is one token.
    Token,
    /// Several tokens make it up.
    Tokens,
    /// It lies inside one longer token.
    Inside,
    /// A token reaches from inside it to outside.
    Across,
}

impl Segmenter {
    /// The reading margin of the folded characters `span` in nats, under `costs`; none where none
    /// of them is Han. A rule decides by [`Costs::CHOSEN`].
    #[must_use]
    pub fn margin(&self, text: &Folded, span: &Range<usize>, costs: &Costs) -> Option<f64> {
        let chars = text.chars();
        margin(chars, span, |inner, block, keyword| {
            let lattice = self.plain.lattice(&chars[block], costs);
            lattice.margin(inner, keyword)
        })
    }

    /// How the folded characters `span` lie to jieba's tokens; of several blocks the first counts.
    #[must_use]
    pub fn fit(&self, text: &Folded, span: &Range<usize>) -> Fit {
        let parts = block_parts(text.chars(), span);
        let Some(part) = parts.first() else {
            return Fit::Tokens;
        };
        let tokens = tokens_around(&self.plain, text, part);
        let starts = tokens.iter().any(|token| token.start == part.start);
        let ends = tokens.iter().any(|token| token.end == part.end);
        let holds = |token: &Range<usize>| token.start <= part.start && token.end >= part.end;
        match tokens.into_iter().find(holds) {
            Some(token) if token == *part => Fit::Token,
            Some(_) => Fit::Inside,
            None if starts && ends => Fit::Tokens,
            None => Fit::Across,
        }
    }
}
