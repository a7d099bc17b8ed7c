//! Control characters of foreign text, made visible.

use std::borrow::Cow;
use std::fmt::Write as _;

use fengbiao_model::steers;

/// The text with every character that could steer a terminal, or change the order in which a line
/// is read, written as `\u{..}`. Line ends count among them; a caller that wants lines cuts first.
/// A tab becomes a space.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\t' => shown.push(' '),
            c if steers(c) => {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_shown() {
        let check = |text: &str, expected: &str| assert_eq!(visible(text), expected);
        check("食堂停业 ok 👩‍🍳", "食堂停业 ok 👩‍🍳");
        check("a\u{1b}[2Jb", "a\\u{1b}[2Jb");
        check("a\tb\u{7}\u{9b}", "a b\\u{7}\\u{9b}");
        check("\u{202e}gpj.exe", "\\u{202e}gpj.exe");
        check("a\r\nb", "a\\u{d}\\u{a}b");
    }
}
