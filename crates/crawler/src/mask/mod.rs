//! Masking: telephone numbers, identity-card numbers, e-mail addresses, handles, and the parts of
//! links that name a person.
//!
//! A mask replaces each character by one of equal UTF-8 length, so that every byte offset and
//! every character offset into the masked text is one into the text that came. Masking a masked
//! text changes nothing, so identities that are made of it are stable.

mod handle;
mod inline_link;
mod number;

use std::borrow::Cow;

pub(crate) use inline_link::{PERSON_QUERY_KEYS, host_is};

/// A text as characters, with a flag for each that is to be masked.
struct Canvas {
    chars: Vec<char>,
    masked: Vec<bool>,
}

impl Canvas {
    fn mask(&mut self, from: usize, to: usize) {
        self.masked[from..to].fill(true);
    }
}

/// The same text without telephone numbers, identity-card numbers, e-mail addresses, handles and
/// without the parts of links that name a person. Public numbers (`120`, `12315`, `95588`,
/// `400-820-8820`…) and hashtags stay.
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    // Most posts have none of these characters and are not copied at all.
    if !text
        .chars()
        .any(|c| is_at(c) || c == '/' || number::digit(c).is_some())
    {
        return Cow::Borrowed(text);
    }
    let chars: Vec<char> = text.chars().collect();
    let mut canvas = Canvas {
        masked: vec![false; chars.len()],
        chars,
    };
    handle::mask_emails(&mut canvas);
    inline_link::mask_links(&mut canvas);
    handle::mask_handles(&mut canvas);
    number::mask_numbers(&mut canvas);
    if !canvas.masked.contains(&true) {
        return Cow::Borrowed(text);
    }
    let shown = canvas.chars.iter().zip(&canvas.masked);
    Cow::Owned(
        shown
            .map(|(&c, &masked)| if masked { mask_char(c) } else { c })
            .collect(),
    )
}

/// What [`mask`] shows of a text, with the author's own name masked too wherever it is mentioned
/// after an `@`: names may have characters that no rule for handles foresees.
pub(crate) fn mask_mentions<'a>(text: &str, author: &str, shown: Cow<'a, str>) -> Cow<'a, str> {
    let mentions = text
        .match_indices(author)
        .filter(|(at, _)| text[..*at].ends_with(is_at));
    let mut ranges = mentions.map(|(at, name)| at..at + name.len()).peekable();
    if ranges.peek().is_none() {
        return shown;
    }
    // The ranges are in order and apart, as the characters are.
    let masked = shown.char_indices().map(|(at, c)| {
        while ranges.next_if(|range| range.end <= at).is_some() {}
        if ranges.peek().is_some_and(|range| range.contains(&at)) {
            mask_char(c)
        } else {
            c
        }
    });
    Cow::Owned(masked.collect())
}

/// A mask of as many UTF-8 bytes as the character has. None of the masks is a digit, a letter or
/// a part of an address, so that nothing masked is found again.
const fn mask_char(c: char) -> char {
    match c.len_utf8() {
        1 => '*',
        2 => '×',
        3 => '＊',
        _ => '\u{1F7B6}',
    }
}

const fn is_at(c: char) -> bool {
    matches!(c, '@' | '＠')
}

/// The ASCII form of a full-width character, which is what people mean by it.
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests;
