//! Why a rule is true or not: the condition as a tree, with every occurrence and what it counts.

use fengbiao_lexicon::compiled::{Condition, KeyId, Keys, Reading};
use fengbiao_model::{Field, LexiconNumber, RuleId, Span, Subject, Timestamp, TopicId};

use crate::decide::{Decision, concerned};
use crate::limits::{MAX_SHOWN_OCCURRENCES, SHOWN_CONTEXT_CHARS};
use crate::matcher::Document;
use crate::program::index;
use crate::reading::NotAWord;
use crate::segment::block_parts;
use crate::subject::subjects;
use crate::view::View;

/// What the rules make of one post.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The lexicon asked.
    pub version: LexiconNumber,
    /// The title of the post.
    pub title: Option<String>,
    /// The text of the post.
    pub text: String,
    /// The topics of which a rule is explained.
    pub topics: Vec<TopicExplanation>,
}

impl Explanation {
    /// Whether a rule of those explained matches.
    #[must_use]
    pub fn matched(&self) -> bool {
        self.topics
            .iter()
            .flat_map(|topic| &topic.rules)
            .any(|rule| rule.matched)
    }

    /// The text of a part of the post; empty where it has none.
    #[must_use]
    pub fn field(&self, field: Field) -> &str {
        match field {
            Field::Title => self.title.as_deref().unwrap_or_default(),
            Field::Text => &self.text,
        }
    }
}

/// What one topic makes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicExplanation {
    /// The topic.
    pub topic: TopicId,
    /// Its name.
    pub name: String,
    /// The subjects named.
    pub subjects: Vec<Subject>,
    /// The rules, in the order of the file.
    pub rules: Vec<RuleExplanation>,
    /// Rules left out, because none of their keywords outside NOT occurs.
    pub silent: usize,
}

/// What one rule makes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleExplanation {
    /// The rule.
    pub rule: RuleId,
    /// Its condition as written.
    pub source: String,
    /// Whether it matches: its condition holds, and it has not expired.
    pub matched: bool,
    /// Since when it has expired, where it has.
    pub expired: Option<Timestamp>,
    /// Where its `except` phrases stand.
    pub excepted: Vec<Excepted>,
    /// Its condition.
    pub condition: Node,
}

/// An `except` phrase found in the post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excepted {
    /// The phrase as written.
    pub phrase: String,
    /// Where it stands.
    pub span: Span,
}

/// A part of a condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Whether it is true.
    pub holds: bool,
    /// What it is.
    pub kind: NodeKind,
}

/// What a part of a condition is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// One of these.
    Any(Vec<Node>),
    /// All of these.
    All(Vec<Node>),
    /// Not this. Inside it nothing is shielded.
    Not(Box<Node>),
    /// Keywords.
    Keys(Leaf),
    /// Keywords near each other.
    Near {
        /// One side.
        left: Leaf,
        /// The other side.
        right: Leaf,
        /// Most characters between them.
        distance: u32,
        /// Whether the left side must come first.
        ordered: bool,
        /// The fewest characters found between them, where both count in one field in that order.
        nearest: Option<usize>,
    },
    /// So many of these.
    AtLeast {
        /// How many must hold.
        count: u32,
        /// How many do, each member of a list counted.
        held: usize,
        /// Of what.
        of: Vec<Node>,
    },
}

/// A set of keywords and their occurrences.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// The keywords as written.
    pub keywords: Vec<String>,
    /// Whether they were written as one list.
    pub list: bool,
    /// Whether only the title is looked at.
    pub title_only: bool,
    /// Their occurrences, title first, by place.
    pub occurrences: Vec<Occurrence>,
    /// Occurrences beyond those shown.
    pub more: usize,
}

/// One occurrence of a keyword.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurrence {
    /// The keyword as written.
    pub keyword: String,
    /// Where it stands.
    pub span: Span,
    /// How it must be read.
    pub reading: Reading,
    /// Its reading margin in nats, where it has Han characters.
    pub margin: Option<f64>,
    /// Largest margin that counts, in nats.
    pub limit: f64,
    /// The best segmentation around it, tokens parted by `/`.
    pub segmentation: Option<String>,
    /// Whether it counts.
    pub verdict: Verdict,
}

/// Whether an occurrence counts, or why not.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It counts.
    Counts,
    /// It is not read as a word.
    NotAWord(NotAWord),
    /// It lies wholly inside an `except` phrase.
    Shielded {
        /// The phrase as written.
        phrase: String,
    },
    /// Separators part it, more than the rule looks through.
    Parted {
        /// Most of them between two of its characters.
        separators: u8,
        /// How many the rule looks through.
        limit: u8,
    },
    /// The title is asked for, and it stands in the text.
    OutsideTitle,
}

/// Explains one rule of a topic, or those that a keyword concerns.
pub(crate) fn explain(
    view: &mut View<'_>,
    document: Document<'_>,
    only: Option<usize>,
) -> TopicExplanation {
    let chosen: Vec<usize> = match only {
        Some(rule) => vec![rule],
        None => concerned(view),
    };
    let topic = view.topic;
    let silent = if only.is_some() {
        0
    } else {
        topic.rules.len() - chosen.len()
    };
    let rules = chosen
        .into_iter()
        .map(|rule| {
            Explainer {
                decision: Decision::new(view, rule),
                document,
            }
            .rule()
        })
        .collect();
    let (id, name) = (topic.id.clone(), topic.name.clone());
    TopicExplanation {
        topic: id,
        name,
        subjects: subjects(view),
        rules,
        silent,
    }
}

struct Explainer<'d, 'v, 'a> {
    decision: Decision<'v, 'a>,
    document: Document<'d>,
}

impl Explainer<'_, '_, '_> {
    fn rule(&mut self) -> RuleExplanation {
        let rule = &self.decision.view.topic.rules[self.decision.rule];
        let condition = self.node(&rule.condition, false);
        let expired = rule.expires.as_ref().map(|expiry| expiry.at);
        let expired = expired.filter(|_| rule.expired(self.document.found_at));
        let view = &self.decision.view;
        let shields = self.decision.shields.all().iter();
        let excepted = shields.map(|shield| Excepted {
            phrase: rule.except[shield.phrase].clone(),
            span: view.span(shield.field, shield.start, shield.end),
        });
        RuleExplanation {
            rule: rule.id.clone(),
            source: rule.source.clone(),
            matched: condition.holds && expired.is_none(),
            expired,
            excepted: excepted.collect(),
            condition,
        }
    }

    fn node(&mut self, condition: &Condition, negated: bool) -> Node {
        let holds = self.decision.holds(condition, negated);
        let kind = match condition {
            Condition::Any(of) => NodeKind::Any(self.nodes(of, negated)),
            Condition::All(of) => NodeKind::All(self.nodes(of, negated)),
            Condition::Not(of) => NodeKind::Not(Box::new(self.node(of, true))),
            Condition::Keys(keys) => NodeKind::Keys(self.leaf(keys, negated)),
            Condition::Near {
                left,
                right,
                distance,
                ordered,
            } => NodeKind::Near {
                nearest: self.decision.nearest(left, right, *ordered, negated),
                left: self.leaf(left, negated),
                right: self.leaf(right, negated),
                distance: *distance,
                ordered: *ordered,
            },
            Condition::AtLeast { count, of } => NodeKind::AtLeast {
                count: *count,
                held: of
                    .iter()
                    .map(|part| self.decision.held(part, negated))
                    .sum(),
                of: self.nodes(of, negated),
            },
        };
        Node { holds, kind }
    }

    fn nodes(&mut self, of: &[Condition], negated: bool) -> Vec<Node> {
        of.iter().map(|part| self.node(part, negated)).collect()
    }

    fn leaf(&mut self, keys: &Keys, negated: bool) -> Leaf {
        let view = &self.decision.view;
        let word = |&(key, _): &(KeyId, Reading)| view.topic.keys[index(key)].clone();
        let keywords = keys.keys.iter().map(word).collect();
        let mut places: Vec<(usize, Reading)> = Vec::new();
        for ((_, reading), of_key) in view.present(&keys.keys, |&(key, _)| key) {
            places.extend(of_key.map(|at| (at, reading)));
        }
        places.sort_by_key(|&(at, _)| {
            let found = view.found[at];
            (found.field, found.start, found.end, found.key)
        });
        let more = places.len().saturating_sub(MAX_SHOWN_OCCURRENCES);
        places.truncate(MAX_SHOWN_OCCURRENCES);
        let mut occurrences = Vec::with_capacity(places.len());
        for (at, reading) in places {
            occurrences.push(self.occurrence(at, reading, keys.title_only, negated));
        }
        Leaf {
            keywords,
            list: keys.list,
            title_only: keys.title_only,
            occurrences,
            more,
        }
    }

    fn occurrence(
        &mut self,
        at: usize,
        reading: Reading,
        title_only: bool,
        negated: bool,
    ) -> Occurrence {
        let rule_index = self.decision.rule;
        let view = &mut *self.decision.view;
        let found = view.found[at];
        let rule = &view.topic.rules[rule_index];
        let shield = self.decision.shields.over(&found);
        let shield = shield.map(|shield| shield.phrase);
        let verdict = if title_only && found.field != Field::Title {
            Verdict::OutsideTitle
        } else if view.separators(at) > rule.separators {
            Verdict::Parted {
                separators: view.separators(at),
                limit: rule.separators,
            }
        } else if let Some(phrase) = shield.filter(|_| !negated) {
            Verdict::Shielded {
                phrase: rule.except[phrase].clone(),
            }
        } else {
            view.read(at, reading, rule.margin)
                .map_or_else(Verdict::NotAWord, |()| Verdict::Counts)
        };
        let margin = if reading == Reading::Substring {
            None
        } else {
            view.facts(at).margin
        };
        Occurrence {
            keyword: view.topic.keys[index(found.key)].clone(),
            span: view.span(found.field, found.start, found.end),
            reading,
            margin,
            limit: rule.margin,
            segmentation: self.segmentation(at),
            verdict,
        }
    }

    /// The tokens about an occurrence, verbatim.
    fn segmentation(&mut self, at: usize) -> Option<String> {
        let view = &mut *self.decision.view;
        let (source, folded, span) = view.context(at);
        let (field, joined) = source;
        let part = block_parts(folded.chars(), &span).into_iter().next()?;
        let original = match field {
            // What separators were taken out of is shown as it is read.
            _ if joined => folded.text(),
            Field::Title => self.document.title.unwrap_or_default(),
            Field::Text => self.document.text,
        };
        let near = part.start.saturating_sub(SHOWN_CONTEXT_CHARS)..part.end + SHOWN_CONTEXT_CHARS;
        let vocabulary = &view.program.vocabulary;
        let tokens = view.words.tokens(vocabulary, (source, folded), &part);
        let shown = tokens
            .iter()
            .filter(|token| token.end > near.start && token.start < near.end);
        let words: Vec<&str> = shown
            .map(|token| &original[folded.origin(token.start, token.end).0])
            .collect();
        Some(words.join("/"))
    }
}
