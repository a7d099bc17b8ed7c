//! Characters that do something to the text around them instead of being seen.

/// Whether a character could steer a terminal, or change the order in which a line is read. Joiners
/// are none of these: emoji and some scripts need them.
#[must_use]
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}'                      // Arabic letter mark
            | '\u{200e}' | '\u{200f}'       // left-to-right and right-to-left marks
            | '\u{2028}'..='\u{202e}'       // line and paragraph separators, embeddings, overrides
            | '\u{2066}'..='\u{2069}'       // isolates
            | '\u{feff}'                    // byte order mark
            | '\u{fff9}'..='\u{fffb}'       // interlinear annotation
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_or_joined_does_not_steer() {
        assert!(!"食堂停业 ok 👩\u{200d}🍳 नमस्\u{200d}ते".chars().any(steers));
        for c in "\u{1b}\u{9b}\n\u{202e}\u{2066}\u{2028}\u{200f}\u{feff}".chars() {
            assert!(steers(c), "{}", c.escape_debug());
        }
    }
}
