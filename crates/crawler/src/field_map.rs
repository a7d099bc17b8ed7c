//! Foreign shapes: where the fields of a post are found in somebody else's JSON.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// The fields a map may fill, and the path of each in a post.
const FIELDS: [(&str, &[&str]); 18] = [
    ("kind", &["kind"]),
    ("id", &["id"]),
    ("service", &["service"]),
    ("source", &["source"]),
    ("url", &["url"]),
    ("title", &["title"]),
    ("text", &["text"]),
    ("author", &["author"]),
    ("voice", &["voice"]),
    ("published_at", &["published_at"]),
    ("found_at", &["found_at"]),
    ("repost_of", &["repost_of"]),
    ("reposts", &["counts", "reposts"]),
    ("comments", &["counts", "comments"]),
    ("likes", &["counts", "likes"]),
    ("views", &["counts", "views"]),
    ("rank", &["counts", "rank"]),
    ("days_on_list", &["counts", "days_on_list"]),
];

/// Why a map or a mapped line is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// A piece without `=`.
    #[error("`{0}` has no `=`, expected `ours=theirs`, such as `text=title`")]
    NotAPair(String),
    /// A field that no post has.
    #[error(
        "`{found}` is no field of a post, expected one of {}; hint: write `ours=theirs`",
        known()
    )]
    UnknownField {
        /// What stands there.
        found: String,
    },
    /// A field filled twice.
    #[error("`{0}` is filled twice, expected once")]
    Twice(String),
    /// A constant without its closing quote.
    #[error("`{0}` has no closing quote")]
    OpenQuote(String),
    /// The line is not JSON. No part of it is shown.
    #[error("not JSON: line {line}, column {column}")]
    InvalidJson {
        /// The line within the post, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// The line is not an object.
    #[error("not a JSON object")]
    NotAnObject,
}

impl MapError {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::InvalidJson { .. } => "invalid_json",
            Self::NotAnObject => "not_an_object",
            _ => "invalid_map",
        }
    }
}

fn known() -> String {
    let names = FIELDS.iter().map(|(name, _)| format!("`{name}`"));
    names.collect::<Vec<_>>().join(", ")
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Theirs {
    Path(Vec<String>),
    Constant(String),
    Nothing,
}

/// Pairs of our field and theirs. Fields it does not name are read under their own names, unless
/// what stands there was taken for another field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldMap {
    pairs: Vec<(&'static [&'static str], Theirs)>,
}

impl FieldMap {
    /// Reads `text=title,found_at=ts,likes=stats.likes,source='hot-list',url=`: a dotted path into
    /// their object (a number is a place in a list), a constant in single quotes, or nothing,
    /// which leaves the field out.
    pub fn parse(text: &str) -> Result<Self, MapError> {
        let mut map = Self::default();
        for piece in pieces(text)? {
            let (ours, theirs) = piece
                .split_once('=')
                .ok_or_else(|| MapError::NotAPair(piece.to_owned()))?;
            let (ours, theirs) = (ours.trim(), theirs.trim());
            // `counts.likes` says the same as `likes`.
            let name = ours.strip_prefix("counts.").unwrap_or(ours);
            let field = FIELDS
                .iter()
                .find(|(known, path)| *known == name && (path.len() > 1 || name == ours));
            let Some((_, path)) = field else {
                return Err(MapError::UnknownField {
                    found: ours.to_owned(),
                });
            };
            if map.pairs.iter().any(|(filled, _)| filled == path) {
                return Err(MapError::Twice(ours.to_owned()));
            }
            map.pairs.push((path, read_theirs(theirs)?));
        }
        Ok(map)
    }

    /// Whether nothing is mapped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// One line of theirs as one of ours.
    pub(crate) fn apply<'a>(&self, line: Cow<'a, str>) -> Result<Cow<'a, str>, MapError> {
        if self.pairs.is_empty() {
            return Ok(line);
        }
        let theirs: Value = serde_json::from_str(&line).map_err(|error| MapError::InvalidJson {
            line: error.line(),
            column: error.column(),
        })?;
        let Value::Object(theirs) = theirs else {
            return Err(MapError::NotAnObject);
        };
        let taken = |key: &str| {
            self.pairs
                .iter()
                .any(|(_, theirs)| head(theirs) == Some(key))
        };
        let mut ours: Map<String, Value> = theirs
            .iter()
            .filter(|(key, _)| !taken(key) && !self.fills(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        for (path, from) in &self.pairs {
            let value = match from {
                Theirs::Path(path) => find(&theirs, path).cloned(),
                Theirs::Constant(text) => Some(Value::String(text.clone())),
                Theirs::Nothing => None,
            };
            if let Some(value) = value.filter(|value| !value.is_null()) {
                put(&mut ours, path, value);
            }
        }
        Ok(Cow::Owned(Value::Object(ours).to_string()))
    }

    /// Whether one of our fields of this name is filled from elsewhere.
    fn fills(&self, key: &str) -> bool {
        self.pairs.iter().any(|(path, _)| *path == [key])
    }

    /// Whether a field of theirs is read, other than for the author.
    pub(crate) fn reads(&self, key: &str) -> bool {
        self.pairs.iter().any(|(ours, theirs)| {
            *ours != ["author"] && *ours != ["voice"] && head(theirs) == Some(key)
        }) && !self.author_words().iter().any(|word| word == key)
    }

    /// The names under which authors come.
    pub(crate) fn author_words(&self) -> Vec<String> {
        let authors = self
            .pairs
            .iter()
            .filter(|(ours, _)| *ours == ["author"] || *ours == ["voice"]);
        let paths = authors.filter_map(|(_, theirs)| match theirs {
            Theirs::Path(path) => Some(path.iter().cloned()),
            _ => None,
        });
        paths.flatten().collect()
    }
}

fn head(theirs: &Theirs) -> Option<&str> {
    match theirs {
        Theirs::Path(path) => path.first().map(String::as_str),
        _ => None,
    }
}

/// Cut at the commas outside quotes.
fn pieces(text: &str) -> Result<Vec<&str>, MapError> {
    let (mut pieces, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            ',' if !quoted => {
                pieces.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if quoted {
        return Err(MapError::OpenQuote(text[start..].to_owned()));
    }
    pieces.push(&text[start..]);
    pieces.retain(|piece| !piece.trim().is_empty());
    Ok(pieces)
}

fn read_theirs(text: &str) -> Result<Theirs, MapError> {
    if text.is_empty() {
        return Ok(Theirs::Nothing);
    }
    match text.strip_prefix('\'') {
        Some(rest) => {
            let constant = rest.strip_suffix('\'');
            constant
                .map(|constant| Theirs::Constant(constant.to_owned()))
                .ok_or_else(|| MapError::OpenQuote(text.to_owned()))
        }
        None => Ok(Theirs::Path(text.split('.').map(str::to_owned).collect())),
    }
}

fn find<'a>(theirs: &'a Map<String, Value>, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter()
        .try_fold(theirs.get(first)?, |value, name| match value {
            Value::Object(object) => object.get(name),
            Value::Array(values) => name.parse::<usize>().ok().and_then(|at| values.get(at)),
            _ => None,
        })
}

fn put(ours: &mut Map<String, Value>, path: &[&str], value: Value) {
    match path {
        [name] => {
            ours.insert((*name).to_owned(), value);
        }
        [first, rest @ ..] => {
            let inner = ours
                .entry(*first)
                .or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
        [] => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(map: &str, line: &str, expected: &str) {
        let map = FieldMap::parse(map).unwrap();
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let applied = map.apply(Cow::Borrowed(line)).unwrap();
        assert_eq!(value(&applied), value(expected), "{line}");
    }

    #[test]
    fn foreign_shapes_are_read() {
        check("", r#"{"x":1}"#, r#"{"x":1}"#);
        check(
            "text=title,found_at=ts",
            r#"{"ts":"t","title":"停电"}"#,
            r#"{"text":"停电","found_at":"t"}"#,
        );
        check(
            "likes=counts.up",
            r#"{"counts":{"up":3},"text":"a"}"#,
            r#"{"counts":{"likes":3},"text":"a"}"#,
        );
        check(
            "source='a, b'",
            r#"{"source":{"n":1},"text":"a"}"#,
            r#"{"source":"a, b","text":"a"}"#,
        );
        check("url=", r#"{"text":"a","url":7}"#, r#"{"text":"a"}"#);
        check(
            "text=items.0.body",
            r#"{"items":[{"body":"a"}]}"#,
            r#"{"text":"a"}"#,
        );
        check(
            "title=head",
            r#"{"head":null,"text":"a"}"#,
            r#"{"text":"a"}"#,
        );
    }

    #[test]
    fn wrong_maps_say_what_was_expected() {
        let error = |text| FieldMap::parse(text).unwrap_err();
        assert_eq!(error("text"), MapError::NotAPair("text".to_owned()));
        assert_eq!(
            error("body=text"),
            MapError::UnknownField {
                found: "body".to_owned()
            }
        );
        assert!(
            error("body=text")
                .to_string()
                .starts_with("`body` is no field of a post, expected one of `kind`, `id`")
        );
        assert_eq!(error("text=a,text=b"), MapError::Twice("text".to_owned()));
        assert_eq!(error("text='a"), MapError::OpenQuote("text='a".to_owned()));
        let map = FieldMap::parse("text=a").unwrap();
        assert_eq!(map.apply(Cow::Borrowed("[1]")), Err(MapError::NotAnObject));
        assert_eq!(
            map.apply(Cow::Borrowed("{x")),
            Err(MapError::InvalidJson { line: 1, column: 2 })
        );
    }
}
