//! The entries of one list, one after the other: keywords with other ways of writing them, and what
//! is none of the list's.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::codes::Code;
use crate::compiled::Place;
use crate::diagnostic::Diagnostic;
use crate::expression::{holds_operator, is_blank_key, suspicious_symbol};
use crate::limits::MAX_KEY_BYTES;
use crate::reader::Reader;

/// Between a name and other ways of writing it.
const ALIAS_SEPARATOR: &str = " = ";

/// What a list holds.
#[derive(Debug, Default)]
pub(crate) struct Content {
    /// Its entries, without repeats.
    pub(crate) entries: Vec<Entry>,
    /// Longer texts inside which no name of it is a subject.
    pub(crate) strangers: Vec<String>,
}

/// One entry: a keyword, with other ways of writing it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The keyword by which a subject is known.
    pub(crate) name: String,
    /// Other keywords for the same.
    pub(crate) aliases: Vec<String>,
}

impl Entry {
    /// All its keywords, the name first.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

/// Collects the entries of a list.
#[derive(Default)]
pub(crate) struct Collector {
    content: Content,
    /// The place of each entry by its name.
    names: BTreeMap<String, usize>,
    /// Keywords that are there already, folded: of which entry, how it is written, and where.
    known: BTreeMap<String, (usize, String, Place)>,
    /// Where each stranger stands.
    strangers: Vec<Place>,
    refused: bool,
}

impl Collector {
    /// Adds one entry as written; `place_of` gives the place of bytes of it.
    pub(crate) fn add(
        &mut self,
        reader: &mut Reader<'_>,
        text: &str,
        place_of: impl Fn(Range<usize>) -> Place,
    ) {
        if let Some(stranger) = text.strip_prefix(['!', '！']) {
            let place = place_of(text.len() - stranger.len()..text.len());
            return self.add_stranger(reader, stranger.trim(), place);
        }
        let mut keys = Vec::new();
        for (piece, at) in pieces(text) {
            let place = place_of(at..at + piece.len());
            match check_key(piece, &place) {
                Ok(()) => keys.push((piece.to_owned(), place)),
                Err(fault) => {
                    reader.diagnostics.push(*fault);
                    self.refused = true;
                    return;
                }
            }
        }
        for (key, place) in &keys {
            reader.diagnostics.extend(suspicion(key, place));
        }
        self.add_keys(reader, keys, place_of(0..text.len()));
    }

    /// Adds the keywords of one entry, at least one, the name first.
    fn add_keys(&mut self, reader: &mut Reader<'_>, keys: Vec<(String, Place)>, whole: Place) {
        let mut keys = keys.into_iter();
        let Some((name, _)) = keys.next() else { return };
        let next = self.content.entries.len();
        let at = self.names.get(&name).copied();
        let at = match at {
            Some(at) => {
                self.note(reader, &name, at, whole);
                at
            }
            None => {
                self.note(reader, &name, next, whole);
                self.names.insert(name.clone(), next);
                self.content.entries.push(Entry {
                    name,
                    aliases: Vec::new(),
                });
                next
            }
        };
        for (alias, place) in keys {
            let entry = &self.content.entries[at];
            if at != next && entry.aliases.contains(&alias) {
                continue;
            }
            self.note(reader, &alias, at, place);
            self.content.entries[at].aliases.push(alias);
        }
    }

    /// Notes a keyword of the entry `at`, and warns where it is there already.
    fn note(&mut self, reader: &mut Reader<'_>, key: &str, at: usize, place: Place) {
        let folded = reader.fold(key);
        let Some((of, written, first)) = self.known.get(&folded) else {
            self.known.insert(folded, (at, key.to_owned(), place));
            return;
        };
        let mut message = format!("`{key}` is in this list already");
        if written != key {
            message += &format!(", as `{written}`");
        }
        let name = self.content.entries.get(*of).map(|entry| &entry.name);
        if let Some(name) = name.filter(|name| *of != at && *name != written) {
            message += &format!(", for `{name}`");
        }
        let fault = Diagnostic::new(Code::DuplicateEntry, place, message);
        reader.diagnostics.push(fault.also(first.clone(), "here"));
    }

    fn add_stranger(&mut self, reader: &mut Reader<'_>, text: &str, place: Place) {
        if let Err(fault) = check_key(text, &place) {
            reader.diagnostics.push(*fault);
            self.refused = true;
        } else if !self.content.strangers.iter().any(|known| known == text) {
            self.content.strangers.push(text.to_owned());
            self.strangers.push(place);
        }
    }

    /// What was collected; none where an entry was refused. Warns of strangers that hide nothing.
    pub(crate) fn made(self, reader: &mut Reader<'_>) -> Option<Content> {
        for (text, place) in self.content.strangers.iter().zip(self.strangers) {
            let folded = reader.fold(text);
            if self
                .known
                .keys()
                .any(|key| folded.contains(key) && folded != *key)
            {
                continue;
            }
            let message = format!("`{text}` has no name of this list in it, so it hides nothing");
            let fault = Diagnostic::new(Code::IdleException, place, message);
            let hint = "`!` stands before a longer text that holds a name and means another thing";
            reader.diagnostics.push(fault.hint(hint));
        }
        (!self.refused).then_some(self.content)
    }
}

/// The keywords of an entry with their bytes: `name`, or `name = alias, alias`.
fn pieces(text: &str) -> Vec<(&str, usize)> {
    let begins = |piece: &str, at: usize| at + piece.len() - piece.trim_start().len();
    let Some((name, aliases)) = text.split_once(ALIAS_SEPARATOR) else {
        return vec![(text.trim(), begins(text, 0))];
    };
    let mut pieces = vec![(name.trim(), begins(name, 0))];
    let mut at = name.len() + ALIAS_SEPARATOR.len();
    for alias in aliases.split_inclusive([',', '，']) {
        let bare = alias.trim_end_matches([',', '，']);
        pieces.push((bare.trim(), begins(bare, at)));
        at += alias.len();
    }
    pieces
}

fn check_key(key: &str, place: &Place) -> Result<(), Box<Diagnostic>> {
    let fault = |code, message: String, hint: &str| {
        Err(Box::new(
            Diagnostic::new(code, place.clone(), message).hint(hint),
        ))
    };
    if is_blank_key(key) {
        let hint = "write `name`, or `name = another, a third`";
        return fault(Code::Blank, "a keyword with nothing in it".to_owned(), hint);
    }
    if key.len() > MAX_KEY_BYTES {
        let bytes = key.len();
        let message = format!("a keyword has {bytes} bytes, at most {MAX_KEY_BYTES} are allowed");
        return fault(
            Code::LimitExceeded,
            message,
            "a list holds one keyword a line",
        );
    }
    let Some(found) = holds_operator(key) else {
        return Ok(());
    };
    let hint = match found {
        "@" => "a list cannot name another one; write `(@a OR @b)` in the rule",
        "," | "，" => "one keyword each; other ways of writing one: `name = another, a third`",
        "(" | ")" | "（" | "）" | "\"" | "“" | "”" => {
            "a keyword with this mark can stand in a rule, in quotes"
        }
        prefix if prefix.ends_with([':', '：']) => {
            "the prefix goes before the list, in the rule: `word:@place`"
        }
        _ => "expressions belong into a rule's `match`",
    };
    fault(
        Code::ListEntry,
        format!("lists hold keywords only, `{found}` is no part of one"),
        hint,
    )
}

/// A warning for a keyword that looks as if it were several, or a keyword and a remark.
fn suspicion(key: &str, place: &Place) -> Option<Diagnostic> {
    let words: Vec<&str> = key.split_whitespace().collect();
    let in_two = words
        .windows(2)
        .any(|two| ends_in_han(two[0]) && begins_in_han(two[1]));
    let remark = key.starts_with("//") || words.iter().skip(1).any(|word| word.starts_with('#'));
    let hint = if remark {
        "a remark has a line of its own, which begins with `#`"
    } else if key.contains(['=', '＝']) {
        "other ways of writing a name come after an equals sign between spaces: `name = another`"
    } else if suspicious_symbol(key) || in_two {
        "one keyword each, without signs that stand for others; meant so, it can stand in a rule, \
         in quotes"
    } else {
        return None;
    };
    let message = format!("`{key}` is read as one keyword, as it stands");
    Some(Diagnostic::new(Code::LiteralSymbol, place.clone(), message).hint(hint))
}

fn begins_in_han(word: &str) -> bool {
    word.chars().next().is_some_and(is_han)
}

fn ends_in_han(word: &str) -> bool {
    word.chars().next_back().is_some_and(is_han)
}

/// The common block alone: this is for a warning.
fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_with_other_ways_of_writing() {
        for (text, expected) in [
            ("郑州市", vec![("郑州市", 0)]),
            ("a=b", vec![("a=b", 0)]),
            ("a = b", vec![("a", 0), ("b", 4)]),
            (
                "郑州市 = 郑州， 郑州城区",
                vec![("郑州市", 0), ("郑州", 12), ("郑州城区", 22)],
            ),
            ("a = b,", vec![("a", 0), ("b", 4)]),
            ("a = b,,c", vec![("a", 0), ("b", 4), ("", 6), ("c", 7)]),
        ] {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }
}
