//! The thresholds inside a condition, for the eyes of people.
//!
//! The language of conditions belongs to the alerter. Here the plain case `name >= number` is
//! recognised by its tokens, so that the threshold can stand beside the measure. Whatever is not
//! plain (arithmetic, negation) is left alone.

/// A measure compared with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold<'a> {
    /// The measure.
    pub name: &'a str,
    /// As people write it: `≥`.
    pub operator: &'static str,
    /// What it is compared with.
    pub number: &'a str,
}

/// The plain comparisons of a condition, in order.
#[must_use]
pub fn thresholds(condition: &str) -> Vec<Threshold<'_>> {
    let tokens = tokens(condition);
    if tokens.contains(&"!") {
        return Vec::new();
    }
    let opens = |at: usize| at == 0 || matches!(tokens[at - 1], "&&" | "||" | "(");
    let closes = |at: usize| {
        tokens
            .get(at + 3)
            .is_none_or(|t| matches!(*t, "&&" | "||" | ")"))
    };
    tokens
        .windows(3)
        .enumerate()
        .filter(|&(at, _)| opens(at) && closes(at))
        .filter_map(|(_, three)| compared(three[0], three[1], three[2]))
        .collect()
}

/// The names in a condition, in order.
pub(crate) fn names(condition: &str) -> Vec<&str> {
    let tokens = tokens(condition);
    tokens.into_iter().filter(|token| is_name(token)).collect()
}

fn compared<'a>(left: &'a str, operator: &str, right: &'a str) -> Option<Threshold<'a>> {
    let (shown, turned) = match operator {
        ">=" => ("≥", "≤"),
        "<=" => ("≤", "≥"),
        ">" => (">", "<"),
        "<" => ("<", ">"),
        "==" => ("=", "="),
        "!=" => ("≠", "≠"),
        _ => return None,
    };
    if is_name(left) && is_number(right) {
        Some(Threshold {
            name: left,
            operator: shown,
            number: right,
        })
    } else if is_number(left) && is_name(right) {
        Some(Threshold {
            name: right,
            operator: turned,
            number: left,
        })
    } else {
        None
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

fn is_number(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_digit())
}

fn tokens(condition: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = condition.trim_start();
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let two = ["&&", "||", ">=", "<=", "==", "!="];
        let length = if word(first) {
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        } else if two.iter().any(|operator| rest.starts_with(operator)) {
            2
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_comparisons_and_nothing_else() {
        let check = |condition: &str, expected: &[&str]| {
            let shown: Vec<String> = thresholds(condition)
                .iter()
                .map(|t| format!("{} {} {}", t.name, t.operator, t.number))
                .collect();
            assert_eq!(shown, expected, "{condition}");
        };
        check("posts_1h >= 1", &["posts_1h ≥ 1"]);
        check(
            "voices_1h>=5&&sources_1h >= 2",
            &["voices_1h ≥ 5", "sources_1h ≥ 2"],
        );
        check(
            "(a > 1.5 || 2 < b) && c == 0",
            &["a > 1.5", "b > 2", "c = 0"],
        );
        check("posts_1h * 2 >= 5", &[]);
        check("2 * posts_1h >= 5 && a >= 1", &["a ≥ 1"]);
        check("a >= 5 + b", &[]);
        check("!(a >= 5)", &[]);
        check("a != 5", &["a ≠ 5"]);
        check("a >= -5", &[]);
        check("安静 24h", &[]);
        check("", &[]);
    }

    #[test]
    fn names_in_their_order() {
        let condition = "2 * voices_1h >= 5 && (lists_1h >= 1 || voices_1h > c1_posts_1h)";
        let expected = ["voices_1h", "lists_1h", "voices_1h", "c1_posts_1h"];
        assert_eq!(names(condition), expected);
    }
}
