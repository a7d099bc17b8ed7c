//! `[lists]`: keywords under a name, in the topic's file or in one of their own.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;
use std::ops::Range;

use crate::codes::Code;
use crate::compiled::{KeyId, Place};
use crate::entries::{Collector, Content, Entry};
use crate::expression::KeyTable;
use crate::reader::{Reader, Table, Value, topic_key_hint};
use crate::source::LexiconText;
use crate::suggest;

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
    pub(crate) content: Content,
}

impl List {
    /// The ids of all its keywords in `keys`, the table of its topic. Many rules may name a long
    /// list, so they are looked up once.
    pub(crate) fn ids(&self, keys: &mut KeyTable) -> &[KeyId] {
        let all = self.content.entries.iter().flat_map(Entry::keys);
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
            let content = content(reader, name, value, texts, used_files).unwrap_or_default();
            lists.0.insert(
                name.to_owned(),
                List {
                    span,
                    used: Cell::new(false),
                    ids: OnceCell::new(),
                    content,
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

/// What `[…]` or `{ file = "…" }` holds; none where that is neither.
pub(crate) fn content<'a>(
    reader: &mut Reader<'a>,
    name: &str,
    value: &Value<'a>,
    texts: &LexiconText,
    used_files: &mut Vec<String>,
) -> Option<Content> {
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
    let content = collector.made(reader);
    if content
        .as_ref()
        .is_some_and(|content| content.entries.is_empty())
    {
        reader.report(
            Code::EmptyList,
            value.span(),
            format!("the list `{name}` has no keywords"),
        );
    }
    Some(content.unwrap_or_default())
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
