//! An explanation as one line of JSON.

use fengbiao_lexicon::compiled::Reading;
use fengbiao_matcher::{
    Explanation, Leaf, Node, NodeKind, NotAWord, Occurrence, RuleExplanation, Verdict,
};
use fengbiao_model::Span;
use schemars::JsonSchema;
use serde::Serialize;

/// What the rules make of one text.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "explanation")]
pub(crate) struct ExplanationJson {
    /// Whether a rule of those explained matches.
    matched: bool,
    /// The title.
    title: Option<String>,
    /// The text.
    text: String,
    /// The rules explained.
    rules: Vec<RuleJson>,
    /// The quoted post that it is; only of `--incident`.
    #[serde(skip_serializing_if = "Option::is_none")]
    quoted: Option<QuotedJson>,
}

/// A post that an incident quotes.
#[derive(Serialize, JsonSchema)]
pub(crate) struct QuotedJson {
    /// The incident's number.
    pub(crate) incident: Option<String>,
    /// The post's id.
    pub(crate) post: String,
    /// Where it can be read.
    pub(crate) url: Option<String>,
    /// The number of the lexicon that it is explained by.
    pub(crate) lexicon: u64,
    /// Whether that is the one that made the hit. If not, that one is not known any more, and it is
    /// the last one published.
    pub(crate) made_the_hit: bool,
}

/// What one rule makes of it.
#[derive(Serialize, JsonSchema)]
struct RuleJson {
    /// The topic.
    topic: String,
    /// The rule.
    rule: String,
    /// Its condition as written.
    source: String,
    /// Whether it matches.
    matched: bool,
    /// Whether it has expired.
    expired: bool,
    /// The subjects that the text names.
    subjects: Vec<String>,
    /// `except` phrases that occur.
    excepted: Vec<String>,
    /// The condition, part by part.
    condition: NodeJson,
}

/// A part of a condition.
#[derive(Serialize, JsonSchema)]
struct NodeJson {
    /// Whether it is true.
    holds: bool,
    /// `any`, `all`, `not`, `keys`, `near` or `at_least`.
    kind: &'static str,
    /// Its parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<NodeJson>,
    /// Keywords of `keys`, or of both sides of `near`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keywords: Vec<String>,
    /// Where they occur.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    occurrences: Vec<OccurrenceJson>,
    /// Occurrences beyond those listed.
    #[serde(skip_serializing_if = "is_zero")]
    more: usize,
    /// Most characters between the sides of `near`, or how many `at_least` must hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    /// The fewest characters found between the sides of `near`, or how many of `at_least` hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<usize>,
}

/// One occurrence of a keyword.
#[derive(Serialize, JsonSchema)]
struct OccurrenceJson {
    /// The keyword as written.
    keyword: String,
    /// `title` or `text`.
    field: &'static str,
    /// First byte.
    start: usize,
    /// One past the last byte.
    end: usize,
    /// First character.
    char_start: usize,
    /// One past the last character.
    char_end: usize,
    /// `margin`, `word` or `substring`.
    reading: &'static str,
    /// The reading margin in nats.
    margin: Option<f64>,
    /// Largest margin that counts.
    margin_limit: f64,
    /// The best segmentation around it.
    segmentation: Option<String>,
    /// Whether it counts.
    counts: bool,
    /// Why it does not: `inside_a_run` of letters or digits, `margin`, `inside_a_token`,
    /// `shielded`, `parted` by more separators than the rule looks through, `outside_title`.
    #[serde(skip_serializing_if = "Option::is_none")]
    why_not: Option<&'static str>,
    /// The token or the phrase that it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    inside: Option<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// One line, without a line end; with the quoted post that it explains, where it is one.
pub(crate) fn line(
    explanation: &Explanation,
    quoted: Option<QuotedJson>,
) -> anyhow::Result<String> {
    let mut rules = Vec::new();
    for topic in &explanation.topics {
        let subjects: Vec<_> = topic
            .subjects
            .iter()
            .map(|subject| subject.name.clone())
            .collect();
        for explained in &topic.rules {
            rules.push(rule(topic.topic.as_str(), &subjects, explained));
        }
    }
    Ok(serde_json::to_string(&ExplanationJson {
        matched: explanation.matched(),
        title: explanation.title.clone(),
        text: explanation.text.clone(),
        rules,
        quoted,
    })?)
}

fn rule(topic: &str, subjects: &[String], explained: &RuleExplanation) -> RuleJson {
    RuleJson {
        topic: topic.to_owned(),
        rule: explained.rule.to_string(),
        source: explained.source.clone(),
        matched: explained.matched,
        expired: explained.expired.is_some(),
        subjects: subjects.to_vec(),
        excepted: explained
            .excepted
            .iter()
            .map(|excepted| excepted.phrase.clone())
            .collect(),
        condition: node(&explained.condition),
    }
}

fn node(node: &Node) -> NodeJson {
    let bare = |kind, parts: &[Node]| NodeJson {
        holds: node.holds,
        kind,
        parts: parts.iter().map(self::node).collect(),
        keywords: Vec::new(),
        occurrences: Vec::new(),
        more: 0,
        limit: None,
        found: None,
    };
    match &node.kind {
        NodeKind::Any(parts) => bare("any", parts),
        NodeKind::All(parts) => bare("all", parts),
        NodeKind::Not(part) => bare("not", std::slice::from_ref(part)),
        NodeKind::Keys(leaf) => leaves(bare("keys", &[]), &[leaf]),
        NodeKind::Near {
            left,
            right,
            distance,
            nearest,
            ..
        } => {
            let near = NodeJson {
                limit: Some(*distance),
                found: *nearest,
                ..bare("near", &[])
            };
            leaves(near, &[left, right])
        }
        NodeKind::AtLeast { count, held, of } => NodeJson {
            limit: Some(*count),
            found: Some(*held),
            ..bare("at_least", of)
        },
    }
}

fn leaves(mut node: NodeJson, leaves: &[&Leaf]) -> NodeJson {
    for leaf in leaves {
        node.keywords.extend(leaf.keywords.iter().cloned());
        node.occurrences
            .extend(leaf.occurrences.iter().map(occurrence));
        node.more += leaf.more;
    }
    node
}

fn occurrence(found: &Occurrence) -> OccurrenceJson {
    let Span {
        field,
        start,
        end,
        char_start,
        char_end,
    } = found.span;
    let (why_not, inside) = match &found.verdict {
        Verdict::Counts => (None, None),
        Verdict::NotAWord(NotAWord::InsideARun) => (Some("inside_a_run"), None),
        Verdict::NotAWord(NotAWord::Margin { .. }) => (Some("margin"), None),
        Verdict::NotAWord(NotAWord::InsideAToken { token }) => {
            (Some("inside_a_token"), Some(token))
        }
        Verdict::Shielded { phrase } => (Some("shielded"), Some(phrase)),
        Verdict::Parted { .. } => (Some("parted"), None),
        Verdict::OutsideTitle => (Some("outside_title"), None),
    };
    OccurrenceJson {
        keyword: found.keyword.clone(),
        field: field.as_str(),
        start,
        end,
        char_start,
        char_end,
        reading: match found.reading {
            Reading::Margin => "margin",
            Reading::Word => "word",
            Reading::Substring => "substring",
        },
        margin: found.margin,
        margin_limit: found.limit,
        segmentation: found.segmentation.clone(),
        counts: why_not.is_none(),
        why_not,
        inside: inside.cloned(),
    }
}
