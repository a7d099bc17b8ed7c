//! The cases that rules carry: texts that must hit and texts that must miss.

use fengbiao_lexicon::compiled::{Case, Rule};
use fengbiao_model::{RuleId, Timestamp, TopicId};

use crate::explain::Explanation;
use crate::matcher::{Document, Matcher};

/// A case that does not do what it must.
#[derive(Clone, Debug)]
pub struct CaseFailure {
    /// The topic.
    pub topic: TopicId,
    /// The rule.
    pub rule: RuleId,
    /// The case, with its place in the file.
    pub case: Case,
    /// Whether it had to hit.
    pub expected_hit: bool,
    /// What the rule makes of it.
    pub explanation: Explanation,
}

impl Matcher {
    /// Runs every case of every rule against its own rule, and returns those that fail. A rule's
    /// expiry is left out of account: its cases stay true.
    #[must_use]
    pub fn check_cases(&self) -> Vec<CaseFailure> {
        let mut failures = Vec::new();
        for (topic, written) in self.lexicon().topics.iter().enumerate() {
            for (rule, written_rule) in written.rules.iter().enumerate() {
                for (case, expected_hit) in cases(written_rule) {
                    let document = Document {
                        title: case.title.as_deref(),
                        text: &case.text,
                        // Before any expiry.
                        found_at: Timestamp::EPOCH,
                    };
                    let explanation = self.explain_document(document, Some((topic, rule)));
                    if explanation.matched() != expected_hit {
                        failures.push(CaseFailure {
                            topic: written.id.clone(),
                            rule: written_rule.id.clone(),
                            case: case.clone(),
                            expected_hit,
                            explanation,
                        });
                    }
                }
            }
        }
        failures
    }
}

fn cases(rule: &Rule) -> impl Iterator<Item = (&Case, bool)> {
    let hits = rule.hits.iter().map(|case| (case, true));
    hits.chain(rule.misses.iter().map(|case| (case, false)))
}
