//! What the parser says of an expression that does not follow the grammar.

use std::ops::Range;

use super::token::{Token, TokenKind};
use super::{Kind, Node, local};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;

/// An operator between two operands; side by side it is the AND that nobody wrote.
pub(crate) struct Joint {
    pub(crate) is_or: bool,
    pub(crate) range: Range<usize>,
}

/// The fault of AND and OR at one level, where they are. There is a joint after each operand but
/// the last.
pub(crate) fn mixture(text: &str, operands: &[Node], joints: &[Joint]) -> Option<Diagnostic> {
    let find = |is_or| joints.iter().find(|joint| joint.is_or == is_or);
    let (or, and) = (find(true)?, find(false)?);
    let silent = text[and.range.clone()].trim().is_empty();
    let label = if silent {
        "side by side means AND"
    } else {
        "AND here"
    };
    let [tight, loose] = [false, true].map(|or_first| grouped(text, operands, joints, or_first));
    let message = "AND and OR at one level need parentheses";
    let fault = Diagnostic::new(Code::MixedAndOr, local(or.range.clone()), message)
        .label("OR here")
        .also(local(and.range.clone()), label)
        .hint(format!("write `{tight}` or `{loose}`"));
    Some(fault)
}

/// The operands written anew with parentheses around each run of ORs (`or_first`) or of ANDs.
fn grouped(text: &str, operands: &[Node], joints: &[Joint], or_first: bool) -> String {
    let mut runs: Vec<Vec<&str>> = Vec::new();
    for (i, operand) in operands.iter().enumerate() {
        let piece = &text[operand.range.clone()];
        match runs.last_mut() {
            Some(run) if i > 0 && joints[i - 1].is_or == or_first => run.push(piece),
            _ => runs.push(vec![piece]),
        }
    }
    let (inner, outer) = if or_first {
        (" OR ", " AND ")
    } else {
        (" AND ", " OR ")
    };
    let runs = runs.iter().map(|run| match run.as_slice() {
        [one] => (*one).to_owned(),
        several => format!("({})", several.join(inner)),
    });
    runs.collect::<Vec<_>>().join(outer)
}

/// The fault of a side that NEAR cannot have, where it is one. `operator` is where NEAR stands.
pub(crate) fn side(text: &str, side: &Node, operator: &Range<usize>) -> Option<Diagnostic> {
    let wrong = not_a_side(side)?;
    let operator = &text[operator.clone()];
    let hint = match &wrong.kind {
        Kind::Title(_) => format!("put both sides under the title: `title:(a {operator} b)`"),
        Kind::And(_) => format!("write one `{operator}` for each, joined by AND"),
        _ => format!("write `@place {operator} (呕吐 OR 腹泻)`"),
    };
    let message = format!("{} cannot be a side of `{operator}`", name(&wrong.kind));
    let fault = Diagnostic::new(Code::NearOperand, local(wrong.range.clone()), message)
        .label("expected a keyword, a list, or a parenthesised OR of these")
        .hint(hint);
    Some(fault)
}

/// The part of a NEAR's side that may not stand there.
fn not_a_side(node: &Node) -> Option<&Node> {
    match &node.kind {
        Kind::Key(_) | Kind::List(_) | Kind::Read(..) => None,
        Kind::Or(branches) => branches.iter().find_map(not_a_side),
        _ => Some(node),
    }
}

/// What a piece of an expression is called.
pub(crate) fn name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Key(_) => "a keyword",
        Kind::List(_) => "a list",
        Kind::And(_) => "an AND",
        Kind::Or(_) => "an OR",
        Kind::Not(_) => "a NOT",
        Kind::Near { .. } => "a NEAR",
        Kind::AtLeast { .. } => "an `n OF`",
        Kind::Title(_) => "`title:`",
        Kind::Read(..) => "a prefix",
    }
}

/// The fault of a token, or of the end, where something else was expected. `here` is its place.
pub(crate) fn unexpected(
    text: &str,
    found: Option<&Token>,
    here: Range<usize>,
    expected: &str,
) -> Diagnostic {
    let (message, hint) = match found.map(|token| &token.kind) {
        None => (
            format!("the expression ends where {expected} was expected"),
            None,
        ),
        Some(TokenKind::Comma) => (
            "a comma that separates nothing".to_owned(),
            Some(
                "alternatives are joined by OR; commas belong to `2 OF (a, b, c)`, and a keyword \
                 with a comma needs quotes",
            ),
        ),
        Some(kind) => {
            let hint = match kind {
                TokenKind::Of => Some("write `2 OF (a, b, c)`, or `\"OF\"` for the keyword"),
                TokenKind::Near { .. } => Some("it stands between two sides: `a NEAR/20 b`"),
                TokenKind::And | TokenKind::Or => {
                    Some("it stands between two operands; quotes make it a keyword")
                }
                TokenKind::Title => Some("`title:` is the first prefix, and is written once"),
                _ => None,
            };
            (
                format!("`{}` where {expected} was expected", &text[here.clone()]),
                hint,
            )
        }
    };
    Diagnostic::new(Code::Syntax, local(here), message).maybe_hint(hint.map(str::to_owned))
}
