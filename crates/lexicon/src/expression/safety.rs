//! With none of its keywords present a rule must be false.
//!
//! A scan finds the rules by the keywords that occur; a rule that could be true without any would
//! have to be tried on every post, and would hit nearly all of them.

use super::{Kind, Node, local};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;

const HINT: &str = "NOT only takes away: write `呕吐 NOT 电视剧`, with a keyword beside it";

/// Checks a whole rule, every branch of an OR and every operand of `n OF`, outside NOT.
pub(crate) fn check_safety(rule: &Node) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    check_parts(rule, &mut faults);
    if faults.is_empty() && !needs_keyword(rule) {
        faults.push(fault(rule, "this rule is true without any of its keywords"));
    }
    faults
}

/// Whether a keyword outside NOT must be there for it to be true.
fn needs_keyword(node: &Node) -> bool {
    match &node.kind {
        Kind::Key(_) | Kind::List(_) | Kind::Near { .. } => true,
        Kind::Not(_) => false,
        Kind::And(parts) => parts.iter().any(needs_keyword),
        Kind::Or(parts) | Kind::AtLeast { of: parts, .. } => parts.iter().all(needs_keyword),
        Kind::Title(inner) | Kind::Read(_, inner) => needs_keyword(inner),
    }
}

fn check_parts(node: &Node, faults: &mut Vec<Diagnostic>) {
    let (parts, message) = match &node.kind {
        Kind::Or(parts) => (parts, "this branch of OR is true without any keyword"),
        Kind::AtLeast { of, .. } => (of, "this operand of `n OF` is true without any keyword"),
        Kind::And(parts) => return parts.iter().for_each(|part| check_parts(part, faults)),
        Kind::Title(inner) => return check_parts(inner, faults),
        Kind::Key(_) | Kind::List(_) | Kind::Near { .. } | Kind::Not(_) | Kind::Read(..) => return,
    };
    for part in parts {
        let before = faults.len();
        check_parts(part, faults);
        if faults.len() == before && !needs_keyword(part) {
            faults.push(fault(part, message));
        }
    }
}

fn fault(node: &Node, message: &str) -> Diagnostic {
    Diagnostic::new(Code::TrueWithoutKeys, local(node.range.clone()), message)
        .label("it has no keyword outside NOT")
        .hint(HINT)
}
