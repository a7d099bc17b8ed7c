//! One TOML file, read strictly: every value with its place, every mistake reported.

use std::ops::Range;

use fengbiao_model::IdError;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::codes::Code;
use crate::compiled::Place;
use crate::diagnostic::Diagnostic;
use crate::suggest;
use crate::text::Text;

/// What a topic file may say outside of its tables, and the names of these.
pub(crate) const TOPIC_KEYS: [&str; 12] = [
    "topic",
    "name",
    "purpose",
    "owner",
    "lists",
    "subjects",
    "words",
    "rule",
    "reopen_within",
    "labels",
    "tiers",
    "tiers_all",
];

/// The hint for a key of the topic that was written below a `[…]`, and so belongs to that.
pub(crate) fn topic_key_hint(key: &str) -> Option<String> {
    let known = matches!(key, "topic" | "name" | "purpose" | "owner");
    known.then(|| format!("`{key}` of the topic stands above the first `[…]`"))
}

/// A value of the file with its place.
pub(crate) type Value<'a> = Spanned<DeValue<'a>>;

/// Makes one of the ways of writing a keyword that are found alike. Warnings go by it, nothing else.
pub type Fold = fn(&str) -> String;

/// The file that is being read, and what was found wrong in it.
pub(crate) struct Reader<'a> {
    /// Its path in the folder.
    pub(crate) path: &'a str,
    source: &'a str,
    fold: Fold,
    /// What is wrong.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// A table with the place that stands for it.
#[derive(Clone, Copy)]
pub(crate) struct Table<'t, 'a> {
    table: &'t DeTable<'a>,
    /// What it is called in messages: "a topic", "`[[rule]]`".
    name: &'static str,
    /// Start and end of it, or of its header.
    span: (usize, usize),
}

impl<'t, 'a> Table<'t, 'a> {
    /// Where it, or its header, stands.
    pub(crate) fn span(self) -> Range<usize> {
        self.span.0..self.span.1
    }

    /// A value by its key.
    pub(crate) fn get(self, key: &str) -> Option<&'t Value<'a>> {
        self.table.get(key)
    }

    /// Key, place of the key, value; in the order of the file.
    pub(crate) fn entries(self) -> Vec<(&'t str, Range<usize>, &'t Value<'a>)> {
        let mut entries: Vec<_> = self
            .table
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), key.span(), value))
            .collect();
        entries.sort_by_key(|(_, span, _)| span.start);
        entries
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(path: &'a str, source: &'a str, fold: Fold) -> Self {
        Self {
            path,
            source,
            fold,
            diagnostics: Vec::new(),
        }
    }

    /// A keyword as it is compared with others.
    pub(crate) fn fold(&self, key: &str) -> String {
        (self.fold)(key)
    }

    /// The whole file as a table. Where it is no TOML, that is all that is said of it.
    pub(crate) fn parse(&mut self) -> Option<Spanned<DeTable<'a>>> {
        let (table, errors) = DeTable::parse_recoverable(self.source);
        for error in &errors {
            let span = error.span().unwrap_or(0..0);
            let message = format!("this is not TOML: {}", error.message().replace('\n', ", "));
            self.report(Code::TomlSyntax, span, message);
        }
        errors.is_empty().then_some(table)
    }

    /// The whole file as a table for the functions below.
    pub(crate) fn top<'t>(&self, table: &'t DeTable<'a>) -> Table<'t, 'a> {
        let first_line = self.source.find('\n').unwrap_or(self.source.len());
        Table {
            table,
            name: "a topic",
            span: (0, first_line),
        }
    }

    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        Place {
            path: self.path.to_owned(),
            range: span,
        }
    }

    /// Adds a diagnostic, and gives it back for a label or hints.
    pub(crate) fn report(
        &mut self,
        code: Code,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let at = self.diagnostics.len();
        self.diagnostics
            .push(Diagnostic::new(code, self.place(span), message));
        &mut self.diagnostics[at]
    }

    /// Adds a diagnostic with one hint.
    pub(crate) fn hinted(
        &mut self,
        code: Code,
        span: Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.report(code, span, message).hints.push(hint.into());
    }

    /// Reports every key of a table that is not among `known`.
    pub(crate) fn refuse_unknown(&mut self, table: Table<'_, 'a>, known: &[&str]) {
        for (key, span, _) in table.entries() {
            if !known.contains(&key) {
                let message = format!("`{key}` is unknown in {}", table.name);
                let hint =
                    topic_key_hint(key).or_else(|| suggest::hint(key, known.iter().copied()));
                self.report(Code::UnknownKey, span, message)
                    .hints
                    .extend(hint);
            }
        }
    }

    /// Reports a value of the wrong type.
    pub(crate) fn wrong_type(
        &mut self,
        value: &Value<'a>,
        key: &str,
        expected: &str,
    ) -> &mut Diagnostic {
        let found = match value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        let message = format!("`{key}` is {found}, expected {expected}");
        self.report(Code::WrongType, value.span(), message)
    }

    /// A text with its place; reported where it is of another type or blank.
    pub(crate) fn text(&mut self, value: &Value<'a>, key: &str) -> Option<Text> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(value, key, "a text");
            return None;
        };
        if text.trim().is_empty() {
            self.report(
                Code::Blank,
                value.span(),
                format!("`{key}` is blank, expected a text"),
            );
            return None;
        }
        Some(Text::new(self.path, self.source, value.span(), text))
    }

    /// Reports an id that is none, at the character that may not be in it.
    pub(crate) fn refuse_id(&mut self, text: &Text, of: &str, error: &IdError) {
        let (place, why) = match *error {
            IdError::Character { found, at } => (
                text.place_of(at..at + found.len_utf8()),
                format!("`{found}` is not allowed here"),
            ),
            ref other => (text.place.clone(), format!("it {other}")),
        };
        let message = format!("`{}` is no id for {of}: {why}", text.value);
        let hint = "use lower-case letters, digits, `-` and `_`, not beginning with `-`";
        self.hinted(Code::InvalidId, place.range, message, hint);
    }

    /// The text of a key that must be there.
    pub(crate) fn required(&mut self, table: Table<'_, 'a>, key: &str, hint: &str) -> Option<Text> {
        match table.get(key) {
            Some(value) => self.text(value, key),
            None => {
                self.missing(table, key, hint);
                None
            }
        }
    }

    /// Reports that a key is missing.
    pub(crate) fn missing(&mut self, table: Table<'_, 'a>, key: &str, hint: &str) {
        let message = format!("{} without `{key}`", table.name);
        self.hinted(Code::MissingKey, table.span(), message, hint);
    }

    /// The values of an array; none where the key is absent.
    pub(crate) fn array<'t>(
        &mut self,
        table: Table<'t, 'a>,
        key: &str,
        expected: &str,
    ) -> Vec<&'t Value<'a>> {
        let Some(value) = table.get(key) else {
            return Vec::new();
        };
        match value.get_ref().as_array() {
            Some(array) => array.iter().collect(),
            None => {
                self.wrong_type(value, key, expected);
                Vec::new()
            }
        }
    }

    /// The texts of an array; none where the key is absent.
    pub(crate) fn texts(&mut self, table: Table<'_, 'a>, key: &str) -> Vec<Text> {
        let values = self.array(table, key, "an array of texts");
        values
            .into_iter()
            .filter_map(|value| self.text(value, key))
            .collect()
    }

    /// A value that must be a table.
    pub(crate) fn table<'t>(
        &mut self,
        value: &'t Value<'a>,
        name: &'static str,
        expected: &str,
    ) -> Option<Table<'t, 'a>> {
        match value.get_ref().as_table() {
            Some(table) => Some(Table {
                table,
                name,
                span: self.header(&value.span()),
            }),
            None => {
                self.wrong_type(value, name.trim_matches('`'), expected);
                None
            }
        }
    }

    /// The first line of a table.
    fn header(&self, span: &Range<usize>) -> (usize, usize) {
        let text = &self.source[span.clone()];
        (
            span.start,
            text.find('\n')
                .map_or(span.end, |length| span.start + length),
        )
    }

    /// A number, whole or not.
    pub(crate) fn number(&mut self, value: &Value<'a>, key: &str) -> Option<f64> {
        let number = match value.get_ref() {
            DeValue::Integer(integer) => match integer.radix() {
                10 => integer.as_str().parse().ok(),
                radix => u32::from_str_radix(integer.as_str(), radix)
                    .ok()
                    .map(f64::from),
            },
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(value, key, "a number");
        }
        number
    }
}
