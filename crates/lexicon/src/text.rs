//! A string of a TOML file that knows where each of its characters stands in the file.

use std::ops::Range;

use crate::compiled::Place;

/// A decoded TOML string with the place of its content (without its quotes).
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// What it says.
    pub(crate) value: String,
    /// Where its content stands.
    pub(crate) place: Place,
    /// Where escapes shift it: from this byte of `value` on, that byte of the file. Ascending;
    /// the first is (0, start of the content).
    shifts: Vec<(usize, usize)>,
}

impl Text {
    /// A string whose literal, quotes included, is `span` of `source`.
    pub(crate) fn new(path: &str, source: &str, span: Range<usize>, value: &str) -> Self {
        let (content, escapes) = content(source, span);
        let shifts = shifts(&source[content.clone()], escapes, value)
            .unwrap_or_default()
            .into_iter()
            .map(|(decoded, raw)| (decoded, content.start + raw))
            .collect();
        let place = Place {
            path: path.to_owned(),
            range: content,
        };
        Self {
            value: value.to_owned(),
            place,
            shifts,
        }
    }

    /// The place of some bytes of the value.
    pub(crate) fn place_of(&self, range: Range<usize>) -> Place {
        let Some(&(_, first)) = self.shifts.first() else {
            return self.place.clone();
        };
        let raw = |at: usize| {
            let next = self.shifts.partition_point(|&(decoded, _)| decoded <= at);
            let (decoded, raw) = self
                .shifts
                .get(next.saturating_sub(1))
                .copied()
                .unwrap_or((0, first));
            (raw + (at - decoded)).min(self.place.range.end)
        };
        let (start, end) = (raw(range.start), raw(range.end));
        Place {
            path: self.place.path.clone(),
            range: start..end.max(start),
        }
    }
}

/// The content of a string literal without its quotes, and whether backslashes escape in it.
fn content(source: &str, span: Range<usize>) -> (Range<usize>, bool) {
    let literal = &source[span.clone()];
    for (quotes, escapes) in [("\"\"\"", true), ("'''", false), ("\"", true), ("'", false)] {
        let long_enough = literal.len() >= 2 * quotes.len();
        if long_enough && literal.starts_with(quotes) && literal.ends_with(quotes) {
            let mut start = span.start + quotes.len();
            // The line break right after three quotes does not belong to the text.
            if quotes.len() == 3 {
                let rest = &source[start..];
                start += if rest.starts_with("\r\n") {
                    2
                } else {
                    usize::from(rest.starts_with('\n'))
                };
            }
            return (
                start.min(span.end - quotes.len())..span.end - quotes.len(),
                escapes,
            );
        }
    }
    (span, false)
}

/// Walks raw and decoded text side by side. None where they do not agree; then only the whole is
/// pointed at.
fn shifts(raw: &str, escapes: bool, value: &str) -> Option<Vec<(usize, usize)>> {
    let mut shifts = vec![(0, 0)];
    let (mut at, mut decoded) = (0, 0);
    while let Some(c) = raw[at..].chars().next() {
        let (length, shown) = if c == '\\' && escapes {
            let escape = escape(&raw[at..])?;
            shifts.push((decoded + escape.1, at + escape.0));
            escape
        } else if value[decoded..].starts_with(c) {
            (c.len_utf8(), c.len_utf8())
        } else {
            return None;
        };
        at += length;
        decoded += shown;
        if !value.is_char_boundary(decoded) {
            return None;
        }
    }
    (decoded == value.len()).then_some(shifts)
}

/// The length of the escape at the start of `raw`, and of what it decodes to.
fn escape(raw: &str) -> Option<(usize, usize)> {
    let digits = match raw[1..].chars().next()? {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        c if c.is_whitespace() => return Some((raw.len() - raw[1..].trim_start().len(), 0)),
        _ => return Some((2, 1)),
    };
    let code = u32::from_str_radix(raw.get(2..2 + digits)?, 16).ok()?;
    Some((2 + digits, char::from_u32(code)?.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The literal is found in a file by what its parsed value's bytes `range` cover.
    fn check(literal: &str, range: Range<usize>, expected: &str) {
        let source = format!("# 表\nkey = {literal}\n");
        let table = toml::de::DeTable::parse(&source).unwrap();
        let value = table.get_ref().get("key").unwrap();
        let text = Text::new(
            "a.toml",
            &source,
            value.span(),
            value.get_ref().as_str().unwrap(),
        );
        assert_eq!(&source[text.place_of(range).range], expected, "{literal}");
    }

    #[test]
    fn characters_are_found_through_escapes() {
        check("\"呕吐 OR 腹泻\"", 0..6, "呕吐");
        check("'呕吐 OR 腹泻'", 10..16, "腹泻");
        check("\"\"\"\n呕吐\nOR 腹泻\"\"\"", 7..9, "OR");
        check("'''呕吐\r\nOR'''", 8..10, "OR");
        check(r#""\"呕吐\" OR 腹泻""#, 0..1, r#"\""#);
        check(r#""\"呕吐\" OR 腹泻""#, 1..7, "呕吐");
        check(r#""\"呕吐\" OR 腹泻""#, 9..11, "OR");
        check(r#""\u5455吐 OR""#, 0..3, r"\u5455");
        check(r#""\u5455吐 OR""#, 3..6, "吐");
        check("\"\"\"a \\\n   b\"\"\"", 2..3, "b");
        check("\"\"", 0..0, "");
    }
}
