//! The tokens of an expression.

use std::ops::Range;

use super::local;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::limits::MAX_NEAR_CHARS;

/// One token with its bytes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) range: Range<usize>,
    pub(crate) kind: TokenKind,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    Key { text: String, quoted: bool },
    List(String),
    And,
    Or,
    Not,
    Near { distance: u32, ordered: bool },
    Of,
    Title,
    Word,
    Substring,
    Open,
    Close,
    Comma,
}

const PREFIXES: [(&str, TokenKind); 3] = [
    ("title", TokenKind::Title),
    ("word", TokenKind::Word),
    ("substring", TokenKind::Substring),
];

/// The ASCII form of the full-width marks that the grammar reads like it.
fn ascii(c: char) -> char {
    match c {
        '（' => '(',
        '）' => ')',
        '“' | '”' => '"',
        '，' => ',',
        '：' => ':',
        '＠' => '@',
        other => other,
    }
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(ascii(c), '(' | ')' | ',' | '"')
}

/// Whether a keyword has nothing that could be seen: such a one would be found everywhere.
pub(crate) fn is_blank_key(key: &str) -> bool {
    key.chars()
        .all(|c| c.is_whitespace() || c.is_control() || is_ignorable(c))
}

/// Characters that show nothing of their own: joiners, direction and variation marks, combining
/// accents. Only the common blocks; the matcher's fold knows all of them.
pub(crate) fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether a text holds an operator, a prefix or a mark of the grammar, as no keyword of a list
/// may: the first of them.
pub(crate) fn holds_operator(text: &str) -> Option<&str> {
    if text.starts_with(['@', '＠']) {
        return Some("@");
    }
    for (at, c) in text.char_indices() {
        if matches!(ascii(c), '(' | ')' | ',' | '"') {
            return Some(&text[at..at + c.len_utf8()]);
        }
    }
    if let Some((_, length)) = prefix_of(text) {
        return Some(&text[..length]);
    }
    let operator =
        |word: &&str| matches!(*word, "AND" | "OR" | "NOT" | "OF") || near_distance(word).is_some();
    text.split_whitespace().find(operator)
}

/// The prefix a text begins with, and its length in bytes with the colon.
fn prefix_of(text: &str) -> Option<(TokenKind, usize)> {
    let colon = text.find([':', '：'])?;
    let (_, kind) = PREFIXES
        .into_iter()
        .find(|(name, _)| *name == &text[..colon])?;
    let width = text[colon..].chars().next().map_or(0, char::len_utf8);
    Some((kind, colon + width))
}

/// What stands after `NEAR` or `ONEAR` in a word that can only be meant as one of them.
fn near_distance(word: &str) -> Option<(bool, &str)> {
    let (ordered, rest) = match word.strip_prefix("ONEAR") {
        Some(rest) => (true, rest),
        None => (false, word.strip_prefix("NEAR")?),
    };
    let goes_on = rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (!goes_on).then_some((ordered, rest))
}

/// Cuts an expression into tokens. Mistakes go into `faults`; what is cut is always usable.
pub(crate) fn tokens(text: &str, faults: &mut Vec<Diagnostic>) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let next = at + c.len_utf8();
        let (end, kind) = match ascii(c) {
            c if c.is_whitespace() => (next, None),
            '(' => (next, Some(TokenKind::Open)),
            ')' => (next, Some(TokenKind::Close)),
            ',' => (next, Some(TokenKind::Comma)),
            '"' => quoted(text, at..next, faults),
            '@' => list(text, at..next, faults),
            _ => bare(text, at, faults),
        };
        tokens.extend(kind.map(|kind| Token {
            range: at..end,
            kind,
        }));
        at = end;
    }
    tokens
}

fn quoted(
    text: &str,
    quote: Range<usize>,
    faults: &mut Vec<Diagnostic>,
) -> (usize, Option<TokenKind>) {
    let start = quote.end;
    let closing = text[start..].char_indices().find(|&(_, c)| ascii(c) == '"');
    let Some((length, mark)) = closing else {
        let fault = Diagnostic::new(Code::Unclosed, local(quote), "a quote is never closed");
        faults.push(fault.label("opened here"));
        return (text.len(), key(&text[start..], true));
    };
    let end = start + length + mark.len_utf8();
    let inner = &text[start..start + length];
    if is_blank_key(inner) {
        faults.push(
            Diagnostic::new(
                Code::Blank,
                local(quote.start..end),
                "a keyword with nothing in it",
            )
            .label("expected a text between the quotes"),
        );
    }
    (end, key(inner, true))
}

fn key(text: &str, quoted: bool) -> Option<TokenKind> {
    Some(TokenKind::Key {
        text: text.to_owned(),
        quoted,
    })
}

fn word_end(text: &str, start: usize) -> usize {
    text[start..]
        .find(ends_word)
        .map_or(text.len(), |length| start + length)
}

fn list(text: &str, at: Range<usize>, faults: &mut Vec<Diagnostic>) -> (usize, Option<TokenKind>) {
    let end = word_end(text, at.end);
    let name = &text[at.end..end];
    if name.is_empty() {
        faults.push(
            Diagnostic::new(Code::Syntax, local(at), "`@` without the name of a list").hint(
                "write `@place` without a space; a keyword that begins with `@` needs quotes",
            ),
        );
    }
    (end, Some(TokenKind::List(name.to_owned())))
}

fn bare(text: &str, at: usize, faults: &mut Vec<Diagnostic>) -> (usize, Option<TokenKind>) {
    let end = word_end(text, at);
    let word = &text[at..end];
    if let Some((kind, length)) = prefix_of(word) {
        return (at + length, Some(kind));
    }
    let kind = match word {
        "AND" => TokenKind::And,
        "OR" => TokenKind::Or,
        "NOT" => TokenKind::Not,
        "OF" => TokenKind::Of,
        _ => match near_distance(word) {
            Some((ordered, rest)) => TokenKind::Near {
                distance: distance(word, rest, at..end, faults),
                ordered,
            },
            None => {
                faults.extend(suspicion(word, at..end));
                TokenKind::Key {
                    text: word.to_owned(),
                    quoted: false,
                }
            }
        },
    };
    (end, Some(kind))
}

/// The number of a NEAR; 0 where it is faulty.
fn distance(word: &str, rest: &str, range: Range<usize>, faults: &mut Vec<Diagnostic>) -> u32 {
    let digits = rest.strip_prefix('/').unwrap_or("");
    let number = digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| digits.parse::<u32>().ok());
    match number.flatten() {
        Some(number) if number <= MAX_NEAR_CHARS => number,
        _ => {
            let name = if word.starts_with('O') {
                "ONEAR"
            } else {
                "NEAR"
            };
            let message = format!(
                "`{word}` has no distance from 0 to {MAX_NEAR_CHARS}: expected `{name}/20`"
            );
            faults.push(
                Diagnostic::new(Code::NearDistance, local(range), message)
                    .hint("the number is the most characters that may stand between the two sides"),
            );
            0
        }
    }
}

/// A warning for a bare word that looks as if something else was meant than a keyword.
fn suspicion(word: &str, range: Range<usize>) -> Option<Diagnostic> {
    let narrow: String = word.chars().map(half_width).collect();
    let upper = narrow.to_ascii_uppercase();
    let lower = narrow.to_ascii_lowercase();
    let operator = matches!(upper.as_str(), "AND" | "OR" | "NOT" | "OF");
    let near = match near_distance(&upper) {
        Some((_, "")) => Some(format!("{upper}/20")),
        Some((_, rest)) if rest.starts_with('/') => Some(upper.clone()),
        _ => None,
    };
    let meant = match near {
        Some(near) => Some((near, "operator")),
        None if operator => Some((upper, "operator")),
        None => prefix_of(&lower).is_some().then_some((lower, "prefix")),
    };
    if let Some((meant, what)) = meant {
        let message = format!("`{word}` is read as a keyword, not as the {what} it looks like");
        return Some(
            Diagnostic::new(Code::OperatorCase, local(range), message).hint(format!(
                "write `{meant}` for the {what}, quotes for the keyword"
            )),
        );
    }
    suspicious_symbol(word).then(|| {
        let message = format!("`{word}` is read as one keyword, symbols included");
        Diagnostic::new(Code::LiteralSymbol, local(range), message).hint(
            "operators are AND, OR, NOT, NEAR/n, ONEAR/n; quotes say that the text is meant so",
        )
    })
}

/// Whether a keyword has a symbol that is an operator elsewhere, or parts one word from another.
pub(crate) fn suspicious_symbol(word: &str) -> bool {
    let first = |marks: &[char]| word.starts_with(marks);
    let inside = |marks: &[char]| word.contains(marks);
    inside(&['|', '*', '、', ';', '；'])
        || first(&['!', '！', '-', '+', '\'', '‘', '’', '「'])
        || word.contains("&&")
        || word == "&"
}

fn half_width(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_that_lists_refuse() {
        for (text, expected) in [
            ("食堂", None),
            ("food poisoning", None),
            ("C#", None),
            ("a@b", None),
            ("标题：", None),
            ("ANDROID", None),
            ("NEARBY", None),
            ("@place", Some("@")),
            ("＠place", Some("@")),
            ("食堂（三中）", Some("（")),
            ("食堂 OR 餐厅", Some("OR")),
            ("食堂 NEAR/5 餐厅", Some("NEAR/5")),
            ("word:情人", Some("word:")),
            ("title：情人", Some("title：")),
        ] {
            assert_eq!(holds_operator(text), expected, "{text}");
        }
    }
}
