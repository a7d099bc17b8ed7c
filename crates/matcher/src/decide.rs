//! Whether a rule is true of a post, and which occurrences count.

use std::collections::BTreeSet;

use fengbiao_lexicon::compiled::{Condition, Keys, Reading};
use fengbiao_model::{Field, KeywordSpan, RuleHit, Timestamp};

use crate::program::{Positive, index};
use crate::shields::Shields;
use crate::view::View;

#[cfg(test)]
mod tests;

/// A rule being decided.
pub(crate) struct Decision<'v, 'a> {
    pub(crate) view: &'v mut View<'a>,
    /// Index of the rule in its topic.
    pub(crate) rule: usize,
    /// Where its `except` phrases stand.
    pub(crate) shields: Shields,
    /// Whether occurrences count however they are read, and NOT is true.
    leniently: bool,
}

/// The rules of a topic that ask, outside NOT, for a keyword that occurs, ascending: those of which
/// something can be told. Each rule is looked at.
pub(crate) fn concerned(view: &View<'_>) -> Vec<usize> {
    let asked = view.program.positives.iter().enumerate();
    asked
        .filter(|(_, asked)| !view.present(asked, |positive| positive.key).is_empty())
        .map(|(rule, _)| rule)
        .collect()
}

/// The rules of a topic of which a required keyword occurs, ascending: no other can hold.
fn candidates(view: &View<'_>) -> Vec<usize> {
    let keys = view.keys.iter();
    let mut rules: Vec<usize> = keys
        .flat_map(|&(key, _)| &view.program.candidates[index(key)])
        .copied()
        .collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// Every rule of the topic that matches, by id.
pub(crate) fn rule_hits(view: &mut View<'_>, found_at: Timestamp) -> Vec<RuleHit> {
    hits_among(&candidates(view), view, found_at)
}

/// Those of some rules that match, by id.
fn hits_among(rules: &[usize], view: &mut View<'_>, found_at: Timestamp) -> Vec<RuleHit> {
    let mut hits = Vec::new();
    for &rule in rules {
        let written = &view.topic.rules[rule];
        let mut decision = Decision::new(view, rule);
        if !decision.expired(found_at) && decision.possible() && decision.condition_holds() {
            let spans = decision.counting_spans();
            hits.push(RuleHit {
                rule: written.id.clone(),
                weight: written.weight,
                class: written.class,
                spans,
            });
        }
    }
    hits.sort_by(|a, b| a.rule.cmp(&b.rule));
    hits
}

impl<'v, 'a> Decision<'v, 'a> {
    pub(crate) fn new(view: &'v mut View<'a>, rule: usize) -> Self {
        let shields = view.shields(rule);
        Self {
            view,
            rule,
            shields,
            leniently: false,
        }
    }

    /// Whether the condition would hold if every occurrence were read as it must be: else nothing
    /// need be segmented to say that it does not.
    fn possible(&mut self) -> bool {
        self.leniently = true;
        let possible = self.condition_holds();
        self.leniently = false;
        possible
    }

    /// Whether the rule's condition is true.
    fn condition_holds(&mut self) -> bool {
        let topic = self.view.topic;
        self.holds(&topic.rules[self.rule].condition, false)
    }

    /// Whether the rule is past its time.
    pub(crate) fn expired(&self, found_at: Timestamp) -> bool {
        self.view.topic.rules[self.rule].expired(found_at)
    }

    /// Whether a condition of the rule is true. Under NOT nothing is shielded.
    pub(crate) fn holds(&mut self, condition: &Condition, negated: bool) -> bool {
        match condition {
            Condition::Any(of) => of.iter().any(|part| self.holds(part, negated)),
            Condition::All(of) => of.iter().all(|part| self.holds(part, negated)),
            Condition::Not(of) => self.leniently || !self.holds(of, true),
            Condition::Keys(keys) => self.occurs(keys, negated),
            Condition::Near {
                left,
                right,
                distance,
                ordered,
            } => {
                let gap = self.nearest(left, right, *ordered, negated);
                gap.is_some_and(|gap| u32::try_from(gap).is_ok_and(|gap| gap <= *distance))
            }
            Condition::AtLeast { count, of } => {
                let mut held = 0;
                for part in of {
                    held += self.held(part, negated);
                }
                usize::try_from(*count).is_ok_and(|count| held >= count)
            }
        }
    }

    /// How much an operand of `n OF` counts: a list counts each member that occurs, two members
    /// that fold alike once.
    pub(crate) fn held(&mut self, operand: &Condition, negated: bool) -> usize {
        match operand {
            Condition::Keys(keys) if keys.list => {
                let counting = self.counting(keys, negated);
                let members: BTreeSet<usize> = counting
                    .into_iter()
                    .map(|at| self.view.found[at].pattern)
                    .collect();
                members.len()
            }
            other => usize::from(self.holds(other, negated)),
        }
    }

    /// Whether one of the keys occurs and counts.
    fn occurs(&mut self, keys: &Keys, negated: bool) -> bool {
        let present = self.view.present(&keys.keys, |&(key, _)| key);
        present.into_iter().any(|((_, reading), mut places)| {
            places.any(|at| self.counts(at, reading, keys.title_only, negated))
        })
    }

    /// The occurrences of the keys that count.
    pub(crate) fn counting(&mut self, keys: &Keys, negated: bool) -> Vec<usize> {
        let mut counting = Vec::new();
        for ((_, reading), places) in self.view.present(&keys.keys, |&(key, _)| key) {
            for at in places {
                if self.counts(at, reading, keys.title_only, negated) {
                    counting.push(at);
                }
            }
        }
        counting
    }

    fn counts(&mut self, at: usize, reading: Reading, title_only: bool, negated: bool) -> bool {
        let found = &self.view.found[at];
        (!title_only || found.field == Field::Title)
            && self.view.separators(at) <= self.view.program.separators[self.rule]
            && (negated || self.shields.over(found).is_none())
            && (self.leniently || self.is_read(at, reading))
    }

    fn is_read(&mut self, at: usize, reading: Reading) -> bool {
        let limit = self.view.topic.rules[self.rule].margin;
        self.view.read(at, reading, limit).is_ok()
    }

    /// The fewest folded characters between a counting occurrence of each side, in one field and
    /// without overlap; with `ordered` the left side must come first.
    pub(crate) fn nearest(
        &mut self,
        left: &Keys,
        right: &Keys,
        ordered: bool,
        negated: bool,
    ) -> Option<usize> {
        let left = self.counting(left, negated);
        if left.is_empty() {
            return None;
        }
        let right = self.counting(right, negated);
        let forward = self.least_gap(&left, &right);
        let backward = if ordered {
            None
        } else {
            self.least_gap(&right, &left)
        };
        forward.into_iter().chain(backward).min()
    }

    /// The least gap from the end of one of `first` to the start of one of `second`.
    fn least_gap(&self, first: &[usize], second: &[usize]) -> Option<usize> {
        let found = self.view.found;
        let mut ends: Vec<_> = first
            .iter()
            .map(|&at| (found[at].field, found[at].end))
            .collect();
        ends.sort_unstable();
        let gaps = second.iter().filter_map(|&at| {
            let (field, start) = (found[at].field, found[at].start);
            let before = ends
                .partition_point(|&end| end <= (field, start))
                .checked_sub(1)?;
            let (of, end) = ends[before];
            (of == field).then(|| start - end)
        });
        gaps.min()
    }

    /// Every occurrence of the rule's keys outside NOT that counts: title first, by start and end.
    fn counting_spans(&mut self) -> Vec<KeywordSpan> {
        let program = self.view.program;
        let mut spans: Vec<KeywordSpan> = Vec::new();
        let asked = &program.positives[self.rule];
        let present = self.view.present(asked, |asked| asked.key);
        for ways in present.chunk_by(|(a, _), (b, _)| a.key == b.key) {
            let (_, places) = &ways[0];
            for at in places.clone() {
                // A key that is asked for in two ways is told once.
                let counting = ways
                    .iter()
                    .map(|&(asked, _)| asked)
                    .find(|asked| self.counts(at, asked.reading, asked.title_only, false));
                if let Some(asked) = counting {
                    spans.push(self.keyword_span(at, asked));
                }
            }
        }
        spans.sort_by(|a, b| (a.span, &a.keyword).cmp(&(b.span, &b.keyword)));
        spans
    }

    fn keyword_span(&mut self, at: usize, asked: Positive) -> KeywordSpan {
        let margin = match asked.reading {
            Reading::Substring => None,
            Reading::Margin | Reading::Word => self.view.facts(at).margin,
        };
        let found = self.view.found[at];
        KeywordSpan {
            keyword: self.view.topic.keys[index(asked.key)].clone(),
            span: self.view.span(found.field, found.start, found.end),
            margin,
        }
    }
}
