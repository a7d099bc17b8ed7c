//! A condition cut into tokens.

use std::ops::Range;

use super::parse::Fault;

/// One token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Token<'a> {
    Number(f64),
    Name(&'a str),
    /// An operator or a parenthesis, as written.
    Sign(&'static str),
    /// After the last one.
    End,
}

/// Longer signs first, so that `<=` is not read as `<`.
const SIGNS: [&str; 16] = [
    "&&", "||", "<=", ">=", "==", "!=", "<", ">", "!", "(", ")", "+", "-", "−", "*", "/",
];

/// Cuts the text; the last token is `End`, at its end.
pub(crate) fn tokens(text: &str) -> Result<Vec<(Token<'_>, Range<usize>)>, Fault> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, len) = if first.is_ascii_digit() {
            number(rest, at)?
        } else if first.is_ascii_alphabetic() || first == '_' {
            let len = run(rest, |c| c.is_ascii_alphanumeric() || c == '_');
            (Token::Name(&rest[..len]), len)
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            (
                Token::Sign(if sign == "−" { "-" } else { sign }),
                sign.len(),
            )
        } else {
            return Err(strange(first, at));
        };
        found.push((token, at..at + len));
        at += len;
    }
    found.push((Token::End, text.len()..text.len()));
    Ok(found)
}

fn run(text: &str, fits: impl Fn(char) -> bool) -> usize {
    text.find(|c| !fits(c)).unwrap_or(text.len())
}

fn number(rest: &str, at: usize) -> Result<(Token<'_>, usize), Fault> {
    let len = run(rest, |c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
    let text = &rest[..len];
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && !text.ends_with('.') => Ok((Token::Number(value), len)),
        _ => Err(
            Fault::new(at..at + len, format!("`{text}` is not a number"))
                .hint("numbers are written `5` or `0.5`; a name begins with a letter"),
        ),
    }
}

fn strange(found: char, at: usize) -> Fault {
    let fault = Fault::new(
        at..at + found.len_utf8(),
        format!("`{}` has no meaning here", found.escape_debug()),
    );
    match found {
        '&' => fault.hint("AND is written `&&`"),
        '|' => fault.hint("OR is written `||`"),
        '=' => fault.hint("equality is written `==`"),
        '（' | '）' => fault.hint("use the ASCII parentheses `(` and `)`"),
        '≥' => fault.hint("at least is written `>=`"),
        '≤' => fault.hint("at most is written `<=`"),
        _ => fault.hint("a condition is made of names, numbers, + - * /, comparisons, &&, ||, !"),
    }
}
