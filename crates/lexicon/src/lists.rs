//! `[lists]`: keywords under a name, in the topic's file or in one of their own.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::ops::Range;

use crate::codes::Code;
use crate::compiled::{KeyId, Place};
use crate::diagnostic::Diagnostic;
use crate::expression::{KeyTable, holds_operator, is_blank_key};
use crate::limits::MAX_KEY_BYTES;
use crate::reader::{Reader, Table, Value, topic_key_hint};
use crate::source::LexiconText;
use crate::suggest;

/// Between a name and other ways of writing it.
const ALIAS_SEPARATOR: &str = " = ";

/// The lists of a topic by their names.
#[derive(Debug, Default)]
pub(crate) struct Lists(BTreeMap<String, List>);

/// One list.
#[derive(Debug)]
pub(crate) struct List {
    /// Where its name stands.
    span: Range<usize>,
    used: Cell<bool>,
    /// The ids of its keywords in its topic, once they are asked for.
    ids: OnceCell<Vec<KeyId>>,
    /// Its entries, without repeats.
    pub(crate) entries: Vec<Entry>,
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

impl List {
    /// The ids of all its keywords in `keys`, the table of its topic. Many rules may name a long
    /// list, so they are looked up once.
    pub(crate) fn ids(&self, keys: &mut KeyTable) -> &[KeyId] {
        let all = self.entries.iter().flat_map(Entry::keys);
        self.ids
            .get_or_init(|| all.map(|key| keys.id(key)).collect())
    }
}

impl Lists {
    /// A list by its name; it counts as used from now on.
    pub(crate) fn take(&self, name: &str) -> Option<&List> {
        let list = self.0.get(name)?;
        list.used.set(true);
        Some(list)
    }

    /// The names of all lists.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.keys().map(String::as_str)
    }

    /// Warns of lists that nothing has taken.
    pub(crate) fn warn_unused(&self, reader: &mut Reader<'_>) {
        for (name, list) in self.0.iter().filter(|(_, list)| !list.used.get()) {
            let message = format!("no rule and no subject uses the list `{name}`");
            reader.report(Code::UnusedList, list.span.clone(), message);
        }
    }

    /// Reads `[lists]`. Paths of the files it names are added to `used_files`.
    pub(crate) fn read<'a>(
        reader: &mut Reader<'a>,
        table: Table<'_, 'a>,
        texts: &LexiconText,
        used_files: &mut Vec<String>,
    ) -> Self {
        let mut lists = Self::default();
        for (name, span, value) in table.entries() {
            if !is_list_name(name) {
                reader.hinted(
                    Code::InvalidId,
                    span.clone(),
                    format!("`{name}` is no name for a list"),
                    "use letters, digits, `-` and `_`",
                );
            }
            // A faulty list is kept, so that rules that name it are not called wrong too.
            let entries = entries(reader, name, value, texts, used_files).unwrap_or_default();
            lists.0.insert(
                name.to_owned(),
                List {
                    span,
                    used: Cell::new(false),
                    ids: OnceCell::new(),
                    entries,
                },
            );
        }
        lists
    }
}

/// Whether a name can be written after `@`.
fn is_list_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

/// The entries of `[…]` or `{ file = "…" }`; none where that is neither.
pub(crate) fn entries<'a>(
    reader: &mut Reader<'a>,
    name: &str,
    value: &Value<'a>,
    texts: &LexiconText,
    used_files: &mut Vec<String>,
) -> Option<Vec<Entry>> {
    let mut collector = Collector::default();
    if let Some(array) = value.get_ref().as_array() {
        for item in array {
            if let Some(text) = reader.text(item, name) {
                collector.add(reader, &text.value, |range| text.place_of(range));
            }
        }
    } else if value.get_ref().is_table() {
        let table = reader.table(value, "a list's `{ file = … }`", "")?;
        reader.refuse_unknown(table, &["file"]);
        let path = reader.required(table, "file", "write `{ file = \"lists/counties.txt\" }`")?;
        used_files.push(path.value.clone());
        let Some((path, text)) = texts.files.get_key_value(&path.value) else {
            let message = format!("there is no file `{}` in the folder", path.value);
            let others = texts
                .files
                .keys()
                .map(String::as_str)
                .filter(|path| path.ends_with(".txt"));
            let hint = suggest::hint(&path.value, others)
                .unwrap_or_else(|| "the path is relative to the lexicon's folder".to_owned());
            reader.hinted(Code::ListFileMissing, path.place.range, message, hint);
            return None;
        };
        read_lines(reader, path, text, &mut collector);
    } else {
        let expected = "an array of keywords or `{ file = \"…\" }`";
        let hint = topic_key_hint(name);
        reader.wrong_type(value, name, expected).hints.extend(hint);
        return None;
    }
    if collector.entries.is_empty() && !collector.refused {
        reader.report(
            Code::EmptyList,
            value.span(),
            format!("the list `{name}` has no keywords"),
        );
    }
    Some(collector.entries)
}

/// A file: one keyword a line; blank lines and what begins with `#` are left out.
fn read_lines(reader: &mut Reader<'_>, path: &str, text: &str, collector: &mut Collector) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let line_start = start;
        start += line.len();
        // A byte order mark is what some editors put before the first line.
        let content = line.trim_start_matches('\u{feff}').trim_end();
        let shown = content.trim_start();
        if shown.is_empty() || shown.starts_with('#') {
            continue;
        }
        let at = line_start + line.find(shown).unwrap_or(0);
        collector.add(reader, shown, |range| Place {
            path: path.to_owned(),
            range: at + range.start..at + range.end,
        });
    }
}

#[derive(Default)]
struct Collector {
    entries: Vec<Entry>,
    /// Names that are there already, and where.
    known: BTreeMap<String, Place>,
    refused: bool,
}

impl Collector {
    /// Adds one entry as written; `place_of` gives the place of bytes of it.
    fn add(
        &mut self,
        reader: &mut Reader<'_>,
        text: &str,
        place_of: impl Fn(Range<usize>) -> Place,
    ) {
        let pieces = pieces(text);
        let mut sound = true;
        for (piece, at) in &pieces {
            if let Err(fault) = check_key(piece, &place_of(*at..at + piece.len())) {
                reader.diagnostics.push(*fault);
                sound = false;
            }
        }
        if !sound {
            self.refused = true;
            return;
        }
        let mut keys: Vec<String> = pieces
            .iter()
            .map(|(piece, _)| (*piece).to_owned())
            .collect();
        let place = place_of(0..text.len());
        let name = keys.remove(0);
        if let Some(first) = self.known.get(&name) {
            let fault = Diagnostic::new(
                Code::DuplicateEntry,
                place,
                format!("`{name}` is in this list already"),
            );
            reader.diagnostics.push(fault.also(first.clone(), "here"));
            if let Some(entry) = self.entries.iter_mut().find(|entry| entry.name == name) {
                keys.retain(|key| !entry.aliases.contains(key));
                entry.aliases.append(&mut keys);
            }
            return;
        }
        self.known.insert(name.clone(), place);
        self.entries.push(Entry {
            name,
            aliases: keys,
        });
    }
}

/// The keywords of an entry with their bytes: `name`, or `name = alias, alias`.
fn pieces(text: &str) -> Vec<(&str, usize)> {
    let trimmed = |piece: &'_ str, at: usize| (at + (piece.len() - piece.trim_start().len()), ());
    let Some((name, aliases)) = text.split_once(ALIAS_SEPARATOR) else {
        return vec![(text.trim(), trimmed(text, 0).0)];
    };
    let mut pieces = vec![(name.trim(), trimmed(name, 0).0)];
    let mut at = name.len() + ALIAS_SEPARATOR.len();
    for alias in aliases.split_inclusive([',', '，']) {
        let bare = alias.trim_end_matches([',', '，']);
        pieces.push((bare.trim(), trimmed(bare, at).0));
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
