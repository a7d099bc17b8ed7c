//! The measures, and how often each is right.

use std::fmt;
use std::ops::Range;

use fengbiao_matcher::fold::Folded;
use fengbiao_matcher::{Costs, Fit, Segmenter};

use crate::figures::{Spread, processor_time};

/// Times that all places are gone through before the clock is read: it goes by milliseconds.
const PASSES: usize = 50;

/// One labelled place.
pub(super) struct Sample<'a> {
    pub(super) text: &'a Folded,
    pub(super) span: Range<usize>,
    pub(super) right: bool,
}

/// How it is decided whether a keyword is read as a word.
#[derive(Clone, Copy)]
pub(super) enum Measure {
    Substring,
    /// How it lies to jieba's tokens is one of these.
    Tokens(&'static [Fit]),
    /// The reading margin is at most so many nats.
    Margin(Costs, f64),
}

impl Measure {
    pub(super) fn counts(&self, segmenter: &Segmenter, sample: &Sample<'_>) -> bool {
        match self {
            Self::Substring => true,
            Self::Tokens(fits) => fits.contains(&segmenter.fit(sample.text, &sample.span)),
            Self::Margin(costs, limit) => {
                let margin = segmenter.margin(sample.text, &sample.span, costs);
                margin.is_none_or(|margin| margin <= *limit)
            }
        }
    }

    /// Nanoseconds of a processor that one place takes, so often taken.
    pub(super) fn cost(
        &self,
        segmenter: &Segmenter,
        samples: &[Sample<'_>],
        repetitions: usize,
    ) -> Spread {
        Spread::of((0..repetitions).map(|_| {
            let began = processor_time();
            for sample in (0..PASSES).flat_map(|_| samples) {
                std::hint::black_box(self.counts(segmenter, sample));
            }
            let took = processor_time().saturating_sub(began);
            #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
            let count = (PASSES * samples.len().max(1)) as f64;
            took.as_secs_f64() * 1e9 / count
        }))
    }

    pub(super) fn figures(&self, segmenter: &Segmenter, samples: &[Sample<'_>]) -> Figures {
        let mut figures = Figures::default();
        for sample in samples {
            let counts = self.counts(segmenter, sample);
            figures.add(counts, sample.right);
        }
        figures
    }
}

/// Decisions against labels.
#[derive(Clone, Copy, Default)]
pub(super) struct Figures {
    found: usize,
    wrongly_found: usize,
    missed: usize,
}

impl Figures {
    fn add(&mut self, counts: bool, right: bool) {
        match (counts, right) {
            (true, true) => self.found += 1,
            (true, false) => self.wrongly_found += 1,
            (false, true) => self.missed += 1,
            (false, false) => {}
        }
    }

    fn precision(&self) -> f64 {
        share(self.found, self.found + self.wrongly_found)
    }

    fn recall(&self) -> f64 {
        share(self.found, self.found + self.missed)
    }

    /// The harmonic mean of precision and recall.
    pub(super) fn f1(&self) -> f64 {
        share(
            2 * self.found,
            2 * self.found + self.wrongly_found + self.missed,
        )
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (precision, recall, f1) = (self.precision(), self.recall(), self.f1());
        write!(f, "{precision:.3} {recall:.3} {f1:.3}")
    }
}

#[allow(clippy::cast_precision_loss, reason = "some hundred samples")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
