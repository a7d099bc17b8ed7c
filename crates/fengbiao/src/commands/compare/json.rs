//! A comparison as lines of JSON.

use fengbiao_wire::{ScanLine, SubjectJson};
use schemars::JsonSchema;
use serde::Serialize;

use super::differences::Difference;
use super::{Counts, Sums};
use crate::commands::scanned::Scanned;

/// One line of `scan --against`: first what differs, then the sums.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "line", rename_all = "snake_case")]
#[schemars(title = "comparison")]
pub(crate) enum ComparisonLine<'a> {
    /// A rule that hits a post with one of the two lexicons, or about something else.
    Difference {
        /// `+`: it hits now; `-`: no more; `~`: with other subjects.
        change: &'static str,
        /// The hit: with the lexicon before where it is no more, else with the one now.
        hit: ScanLine<'a>,
        /// The subjects before, where they were others.
        #[serde(skip_serializing_if = "Option::is_none")]
        subjects_before: Option<Vec<SubjectJson<'a>>>,
    },
    /// How many posts a topic or a rule hits.
    Sum {
        /// The topic.
        topic: &'a str,
        /// The rule; `null`: the topic as a whole.
        rule: Option<&'a str>,
        /// Posts that hit with the lexicon before.
        before: u64,
        /// Posts that hit with the one now.
        now: u64,
        /// Posts that hit only now.
        added: u64,
        /// Posts that hit only before.
        removed: u64,
    },
    /// The last line.
    Posts {
        /// How many posts were compared.
        posts: u64,
    },
}

fn line(line: &ComparisonLine<'_>) -> anyhow::Result<String> {
    Ok(serde_json::to_string(line)? + "\n")
}

/// One line for each rule that differs.
pub(super) fn lines(scanned: &Scanned, difference: &Difference) -> anyhow::Result<String> {
    let Difference {
        change,
        hit,
        before,
    } = difference;
    let mut lines = String::new();
    for rule in &hit.rules {
        let subjects = before.as_ref().map(|before| before.subjects.iter());
        lines += &line(&ComparisonLine::Difference {
            change: change.sign(),
            hit: ScanLine::new(scanned.id.clone(), scanned.place(), hit, rule),
            subjects_before: subjects.map(|subjects| subjects.map(Into::into).collect()),
        })?;
    }
    Ok(lines)
}

/// The sums of every topic and rule, and how many posts there were.
pub(super) fn sums(posts: u64, sums: &Sums) -> anyhow::Result<String> {
    let mut lines = String::new();
    for ((topic, rule), counts) in sums {
        let Counts {
            before,
            now,
            added,
            removed,
        } = *counts;
        lines += &line(&ComparisonLine::Sum {
            topic: topic.as_str(),
            rule: rule.as_ref().map(fengbiao_model::RuleId::as_str),
            before,
            now,
            added,
            removed,
        })?;
    }
    Ok(lines + &line(&ComparisonLine::Posts { posts })?)
}
