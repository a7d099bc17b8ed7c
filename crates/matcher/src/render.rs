//! An explanation as an analyst reads it: a tree on the terminal.

use fengbiao_lexicon::compiled::Reading;
use fengbiao_model::{Field, Language, Span, steers};

use crate::explain::{
    Explanation, Leaf, Node, NodeKind, Occurrence, RuleExplanation, TopicExplanation, Verdict,
};
use crate::limits::{SHOWN_CONTEXT_CHARS, SHOWN_KEYWORDS};
use crate::reading::NotAWord;

impl Explanation {
    /// The explanation as a tree, a line each with a line feed at its end; with `colour`, ANSI
    /// colours beside the marks. Of several rules those that match come first and whole, the others
    /// in a line each that says what kept them.
    #[must_use]
    pub fn render(&self, language: Language, colour: bool) -> String {
        let mut tree = Tree {
            lines: String::new(),
            language,
            colour,
            explanation: self,
        };
        let several = self
            .topics
            .iter()
            .map(|topic| topic.rules.len())
            .sum::<usize>()
            > 1;
        if several {
            tree.summary();
        }
        for topic in &self.topics {
            tree.topic(topic, several);
        }
        if self.topics.is_empty() {
            let said = tree.say("没有规则的关键词出现", "no keyword of any rule occurs");
            tree.line("", said);
        }
        tree.lines
    }
}

struct Tree<'e> {
    lines: String,
    language: Language,
    colour: bool,
    explanation: &'e Explanation,
}

impl Tree<'_> {
    fn line(&mut self, indent: &str, text: &str) {
        self.lines.push_str(indent);
        self.lines.push_str(text);
        self.lines.push('\n');
    }

    fn say<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    fn tint(&self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    fn mark(&self, holds: bool) -> String {
        if holds {
            self.tint("32", "✓")
        } else {
            self.tint("31", "✗")
        }
    }

    /// How many rules match, and which, above all that is said of each.
    fn summary(&mut self) {
        let topics = &self.explanation.topics;
        let all = || {
            topics
                .iter()
                .flat_map(|topic| topic.rules.iter().map(move |rule| (topic, rule)))
        };
        let names: Vec<_> = all()
            .filter(|(_, rule)| rule.matched)
            .map(|(topic, rule)| format!("{}/{}", topic.topic, rule.rule))
            .collect();
        let (hits, misses) = (names.len(), all().count() - names.len());
        let mut said = match self.language {
            Language::Zh => format!("命中 {hits} 条，未命中 {misses} 条"),
            Language::En => format!("{hits} hit, {misses} miss"),
        };
        if hits > 0 {
            said += self.say("：", ": ");
            said += &names.join(self.say("、", ", "));
        }
        let line = format!("{} {said}", self.mark(hits > 0));
        self.line("", &line);
        if misses > 0 {
            let hint = self.say(
                "逐步说明未命中的规则：--rule 题目/规则",
                "a miss step by step: `--rule TOPIC/RULE`",
            );
            self.line("  ", hint);
        }
    }

    fn topic(&mut self, topic: &TopicExplanation, several: bool) {
        let mut head = topic.topic.to_string();
        // What was asked for by `--match` has no name but its id.
        if topic.name != head {
            head = format!("{head} {}", visible(&topic.name));
        }
        let head = self.tint("1", &head);
        self.line("", &head);
        if !topic.subjects.is_empty() {
            let names: Vec<String> = topic
                .subjects
                .iter()
                .map(|subject| format!("{} = {}", visible(&subject.kind), visible(&subject.name)))
                .collect();
            let label = self.say("对象：", "subjects: ");
            self.line(
                "  ",
                &format!("{label}{}", names.join(self.say("，", ", "))),
            );
        }
        let (hits, misses): (Vec<_>, Vec<_>) = topic.rules.iter().partition(|rule| rule.matched);
        for rule in hits {
            self.rule(rule);
        }
        for rule in misses {
            if several {
                self.miss(rule);
            } else {
                self.rule(rule);
            }
        }
        if topic.silent > 0 {
            let said = match self.language {
                Language::Zh => format!("另有 {} 条规则，关键词均未出现", topic.silent),
                Language::En => {
                    format!("{} more rules, none of whose keywords occur", topic.silent)
                }
            };
            self.line("  ", &said);
        }
    }

    /// The mark, the name and the outcome of a rule.
    fn head(&self, rule: &RuleExplanation) -> String {
        let outcome = match (rule.matched, rule.expired.is_some()) {
            (true, _) => self.say("命中", "hits"),
            (false, false) => self.say("未命中", "misses"),
            (false, true) => self.say("已过期，未命中", "has expired and misses"),
        };
        let name = self.tint("1", &format!("{} {outcome}", rule.rule));
        format!("{} {name}", self.mark(rule.matched))
    }

    /// A rule that misses, in a line: the part of its condition that kept it.
    fn miss(&mut self, rule: &RuleExplanation) {
        let mut said = self.head(rule);
        if let Some(part) = failing(&rule.condition) {
            said += &format!("  {}", self.title(part));
            if let Some(found) = counting(part) {
                said += &format!("  {}", self.snippet(found.span));
            }
        }
        self.line("  ", &said);
    }

    fn rule(&mut self, rule: &RuleExplanation) {
        let head = format!("{}  {}", self.head(rule), visible(&rule.source));
        self.line("  ", &head);
        if rule.expired.is_some() {
            let said = self.say("规则已过期（expires）", "the rule has expired (`expires`)");
            self.line("  │ ", said);
        }
        for excepted in &rule.excepted {
            let label = self.say("例外短语", "except phrase");
            let snippet = self.snippet(excepted.span);
            self.line(
                "  │ ",
                &format!("{label} `{}`: {snippet}", visible(&excepted.phrase)),
            );
        }
        self.node(&rule.condition, "  ", true);
    }

    /// A node and what is below it. `last` says whether a sibling follows.
    fn node(&mut self, node: &Node, indent: &str, last: bool) {
        let (corner, bar) = if last {
            ("└ ", "  ")
        } else {
            ("├ ", "│ ")
        };
        let head = format!("{} {}", self.mark(node.holds), self.title(node));
        self.line(&format!("{indent}{corner}"), &head);
        let below = format!("{indent}{bar}");
        match &node.kind {
            NodeKind::Any(of) | NodeKind::All(of) | NodeKind::AtLeast { of, .. } => {
                for (at, part) in of.iter().enumerate() {
                    self.node(part, &below, at + 1 == of.len());
                }
            }
            NodeKind::Not(of) => self.node(of, &below, true),
            NodeKind::Keys(leaf) => self.occurrences(leaf, &below),
            NodeKind::Near { left, right, .. } => {
                for (side, bar) in [(left, "│ "), (right, "  ")] {
                    let corner = if bar == "  " { "└ " } else { "├ " };
                    let name = self.keywords(side);
                    self.line(&format!("{below}{corner}"), &name);
                    self.occurrences(side, &format!("{below}{bar}"));
                }
            }
        }
    }

    /// What a node asks for, and what was found of it.
    fn title(&self, node: &Node) -> String {
        match &node.kind {
            NodeKind::Any(_) => self.say("任一成立（OR）", "any of (OR)").to_owned(),
            NodeKind::All(_) => self.say("全部成立（AND）", "all of (AND)").to_owned(),
            NodeKind::Not(_) => self.say("不成立（NOT）", "not (NOT)").to_owned(),
            NodeKind::Keys(leaf) => self.keywords(leaf),
            NodeKind::AtLeast { count, held, .. } => match self.language {
                Language::Zh => format!("至少 {count} 项成立，现有 {held} 项（OF）"),
                Language::En => format!("at least {count} of, {held} found (OF)"),
            },
            NodeKind::Near {
                distance,
                ordered,
                nearest,
                ..
            } => {
                let name = if *ordered { "ONEAR" } else { "NEAR" };
                let found = match (nearest, self.language) {
                    (Some(gap), Language::Zh) => format!("相距 {gap} 个字，至多 {distance} 个"),
                    (Some(gap), Language::En) => {
                        let unit = if *gap == 1 { "character" } else { "characters" };
                        format!("{gap} {unit} apart, at most {distance}")
                    }
                    (None, Language::Zh) => "两边没有在同一部分中都有效地出现".to_owned(),
                    (None, Language::En) => {
                        "the two sides do not both count in one field".to_owned()
                    }
                };
                format!("{name}/{distance}  {found}")
            }
        }
    }

    fn keywords(&self, leaf: &Leaf) -> String {
        let shown = leaf
            .keywords
            .iter()
            .take(SHOWN_KEYWORDS)
            .map(|keyword| visible(keyword));
        let mut text = shown.collect::<Vec<_>>().join(self.say("、", ", "));
        let rest = leaf.keywords.len().saturating_sub(SHOWN_KEYWORDS);
        if rest > 0 {
            text += &match self.language {
                Language::Zh => format!("…（共 {} 个）", leaf.keywords.len()),
                Language::En => format!(", … ({} in all)", leaf.keywords.len()),
            };
        }
        if leaf.title_only {
            text += self.say("（只看标题）", " (title only)");
        }
        if leaf.occurrences.is_empty() {
            text += self.say("：没有出现", ": does not occur");
        }
        text
    }

    fn occurrences(&mut self, leaf: &Leaf, indent: &str) {
        for occurrence in &leaf.occurrences {
            let line = self.occurrence(occurrence);
            self.line(&format!("{indent}· "), &line);
        }
        if leaf.more > 0 {
            let said = match self.language {
                Language::Zh => format!("还有 {} 处", leaf.more),
                Language::En => format!("{} more", leaf.more),
            };
            self.line(&format!("{indent}· "), &said);
        }
    }

    fn occurrence(&self, occurrence: &Occurrence) -> String {
        let counts = occurrence.verdict == Verdict::Counts;
        let mut parts = vec![format!(
            "{} {}",
            self.mark(counts),
            self.snippet(occurrence.span)
        )];
        if let Some(segmentation) = &occurrence.segmentation {
            let label = self.say("分词", "segments");
            parts.push(format!("{label} {}", visible(segmentation)));
        }
        if let Some(margin) = occurrence.margin {
            let label = self.say("读法差", "margin");
            let sign = if margin > occurrence.limit {
                ">"
            } else {
                "≤"
            };
            parts.push(format!(
                "{label} {margin:.2} {sign} {:.2}",
                occurrence.limit
            ));
        }
        match occurrence.reading {
            Reading::Margin => {}
            Reading::Word => parts.push("word:".to_owned()),
            Reading::Substring => parts.push("substring:".to_owned()),
        }
        parts.push(self.verdict(&occurrence.verdict));
        parts.join("  ")
    }

    fn verdict(&self, verdict: &Verdict) -> String {
        match (verdict, self.language) {
            (Verdict::Counts, _) => self.say("有效", "counts").to_owned(),
            (Verdict::OutsideTitle, _) => self.say("不在标题中", "not in the title").to_owned(),
            (Verdict::Shielded { phrase }, Language::Zh) => {
                format!("在例外短语“{}”之内", visible(phrase))
            }
            (Verdict::Shielded { phrase }, Language::En) => {
                format!("inside the except phrase `{}`", visible(phrase))
            }
            (Verdict::Parted { separators, limit }, Language::Zh) => {
                format!("被 {separators} 个符号隔开，规则至多看穿 {limit} 个（separators）")
            }
            (Verdict::Parted { separators, limit }, Language::En) => {
                let parted = if *separators == 1 {
                    "1 separator".to_owned()
                } else {
                    format!("{separators} separators")
                };
                format!("parted by {parted}, the rule looks through {limit} (`separators`)")
            }
            (Verdict::NotAWord(why), language) => match (why, language) {
                (NotAWord::InsideARun, Language::Zh) => "只是一串字母或数字的一部分".to_owned(),
                (NotAWord::InsideARun, Language::En) => {
                    "part of a longer run of letters or digits".to_owned()
                }
                (NotAWord::Margin { .. }, Language::Zh) => "此处不读作这个词".to_owned(),
                (NotAWord::Margin { .. }, Language::En) => "not read as this word here".to_owned(),
                (NotAWord::InsideAToken { token }, Language::Zh) => {
                    format!("在词“{}”之内", visible(token))
                }
                (NotAWord::InsideAToken { token }, Language::En) => {
                    format!("inside the token `{}`", visible(token))
                }
            },
        }
    }

    /// The words around a span, verbatim, the span in brackets, and where it stands.
    fn snippet(&self, span: Span) -> String {
        let text = self.explanation.field(span.field);
        let before = &text[..span.start];
        let first = before.char_indices().rev().nth(SHOWN_CONTEXT_CHARS - 1);
        let from = first.map_or(0, |(at, _)| at);
        let after = &text[span.end..];
        let next = after.char_indices().nth(SHOWN_CONTEXT_CHARS);
        let to = next.map_or(text.len(), |(at, _)| span.end + at);
        let marked = format!("【{}】", visible(&text[span.start..span.end]));
        let place = match span.field {
            Field::Title => self.say("标题", "title"),
            Field::Text => self.say("正文", "text"),
        };
        format!(
            "{}{}{}{}{}  {place} {}..{}",
            if from > 0 { "…" } else { "" },
            visible(&text[from..span.start]),
            self.tint("1;33", &marked),
            visible(&text[span.end..to]),
            if to < text.len() { "…" } else { "" },
            span.char_start,
            span.char_end,
        )
    }
}

/// The innermost part that keeps a condition from being true; none where it is true.
fn failing(node: &Node) -> Option<&Node> {
    if node.holds {
        return None;
    }
    match &node.kind {
        NodeKind::All(of) => of.iter().find_map(failing),
        _ => Some(node),
    }
}

/// An occurrence that makes the part under a NOT true.
fn counting(node: &Node) -> Option<&Occurrence> {
    match &node.kind {
        NodeKind::Not(of) => witness(of),
        _ => None,
    }
}

fn witness(node: &Node) -> Option<&Occurrence> {
    if !node.holds {
        return None;
    }
    match &node.kind {
        NodeKind::Keys(leaf) | NodeKind::Near { left: leaf, .. } => {
            let mut found = leaf.occurrences.iter();
            found.find(|occurrence| occurrence.verdict == Verdict::Counts)
        }
        NodeKind::Any(of) | NodeKind::All(of) | NodeKind::AtLeast { of, .. } => {
            of.iter().find_map(witness)
        }
        NodeKind::Not(_) => None,
    }
}

/// The text with what would move the cursor, or turn the line, made visible: a character for each, since
/// marks stand below them.
fn visible(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' => '↵',
        '\t' => '→',
        c if steers(c) => '\u{FFFD}',
        c => c,
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_turn_the_line_has_a_mark_in_its_place() {
        assert_eq!(visible("a\n\u{202e}b\u{1b}c"), "a↵\u{fffd}b\u{fffd}c");
    }
}
