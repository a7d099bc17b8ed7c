//! What may be written between the characters of a keyword to hide it: the separators that a rule can
//! look through.

/// Whether a folded character is a separator: a space within a line, or a sign that ends no sentence,
/// opens no quotation and stands for no word. Full-width forms have been folded to these.
///
/// Sentence marks, dashes (— and –), dots of omission, quotation marks, brackets, line breaks, `#` and
/// `@` divide what is said, and so do pictures, with which many end a sentence: they are none. A hyphen
/// is one, however many stand together: who hides a keyword writes 食--物, and a rule's `separators`
/// says how many are looked through.
#[must_use]
pub fn is_separator(c: char) -> bool {
    matches!(c,
        ' ' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}'
        | '*' | '+' | '-' | '_' | '~' | '^' | '|' | '/' | '\\' | '=' | '`'
        | '\u{b7}' | '\u{d7}' | '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22c5}' | '\u{30fb}'
        | '\u{203b}' | '\u{25a0}'..='\u{25ff}' | '\u{2605}' | '\u{2606}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_divides_a_sentence_is_no_separator() {
        for c in " *-_·•/|★○×".chars() {
            assert!(is_separator(c), "{c}");
        }
        for c in "。，、；：！？.,;:!?…—–―\n\t“”\"'「」《》()（）#@&%🙂的a1".chars()
        {
            assert!(!is_separator(c), "{c}");
        }
    }
}
