//! What can be wrong with bytes that should be a value.

use fengbiao_model::{IdError, PostError};

use crate::limits::MAX_SHOWN_CHARS;

/// Why bytes were refused. The message is for people; programs decide by the variant, or by
/// [`WireError::code`] where it has gone over a wire.
///
/// No message repeats what an author could be known by: an author, a voice, an id, a link or a
/// text is described, never shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes are not UTF-8.
    #[error(
        "byte {at} is not UTF-8, expected JSON in UTF-8; hint: convert other encodings, such as \
         GB18030, first"
    )]
    NotUtf8 {
        /// The first byte that is wrong, from 0.
        at: usize,
    },
    /// The text is not JSON, or nested deeper than 127 levels where what is read must be held.
    #[error("not JSON: {detail}")]
    InvalidJson {
        /// The line, from 1.
        line: usize,
        /// The column, in bytes from 1.
        column: usize,
        /// What the parser says, with line and column.
        detail: String,
    },
    /// JSON, but not an object.
    #[error("found {found}, expected a JSON object such as `{{\"text\":\"…\"}}`")]
    NotAnObject {
        /// The kind of value.
        found: &'static str,
    },
    /// A field stands there twice.
    #[error("{detail}, expected every field once")]
    DuplicateField {
        /// What the parser says: it names the field.
        detail: String,
    },
    /// A field has another type than it should.
    #[error("`{field}` is {found}, expected {expected}")]
    WrongType {
        /// The field, with dots from the outside in.
        field: &'static str,
        /// The kind of value.
        found: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A field that is needed is not there.
    #[error("`{field}` is missing{}", behind(hint))]
    MissingField {
        /// The field.
        field: &'static str,
        /// What helps; may be empty.
        hint: &'static str,
    },
    /// Written in a version of the format that is not known here.
    #[error("`v` is `{found}`, expected `1`{}", behind(hint))]
    UnsupportedVersion {
        /// The version, as it stands there.
        found: String,
        /// What helps; may be empty.
        hint: &'static str,
    },
    /// A kind that is not known here.
    #[error("`kind` is `{found}`, expected {expected}")]
    UnknownKind {
        /// The kind.
        found: String,
        /// The kinds there are.
        expected: &'static str,
    },
    /// A kind that exists but may not come from outside.
    #[error(
        "`kind` is `control`, expected `post`, `update` or `delete`; hint: a lexicon comes into \
         force by `fengbiao lexicon publish`"
    )]
    ForbiddenKind,
    /// A time that cannot be read.
    #[error("`{field}` is `{found}`: {reason}")]
    InvalidTime {
        /// The field.
        field: &'static str,
        /// The value, cut to [`MAX_SHOWN_CHARS`].
        found: String,
        /// Why.
        reason: TimeError,
    },
    /// A value of the right type that breaks a rule of its field.
    #[error("`{field}` {reason}")]
    InvalidValue {
        /// The field.
        field: &'static str,
        /// What is wrong with it and what was expected.
        reason: String,
    },
    /// A record of an internal topic that is JSON but not of the known shape.
    #[error("not a {record}: {detail}")]
    InvalidRecord {
        /// Which record was expected.
        record: &'static str,
        /// What the parser says, with line and column.
        detail: String,
    },
}

/// Why a text is not a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// No known form.
    #[error(
        "expected RFC 3339 such as `2026-11-23T14:05:09+08:00`, `2026-11-23 14:05:09`, or whole \
         seconds or milliseconds since 1970"
    )]
    Form,
    /// Readable, but before 1970 or after 9999-12-30: the last day is kept free for offsets.
    #[error("expected a time from 1970 to 9999-12-30")]
    Range,
}

/// Why a text is not a length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{found}` is not a length of time, expected a whole number with `ms`, `s`, `m`, `h` or `d`, such as `10m`"
)]
pub struct SpanError {
    /// The text, cut to [`MAX_SHOWN_CHARS`].
    pub found: String,
}

fn behind(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("; hint: {text}")
    }
}

impl WireError {
    /// A stable name of the way of being wrong, for programs on the other side of a wire.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotUtf8 { .. } => "invalid_utf8",
            Self::InvalidJson { .. } => "invalid_json",
            Self::NotAnObject { .. } => "not_an_object",
            Self::DuplicateField { .. } => "duplicate_field",
            Self::WrongType { .. } => "wrong_type",
            Self::MissingField { .. } => "missing_field",
            Self::UnsupportedVersion { .. } => "unsupported_version",
            Self::UnknownKind { .. } => "unknown_kind",
            Self::ForbiddenKind => "forbidden_kind",
            Self::InvalidTime { .. } => "invalid_time",
            Self::InvalidValue { .. } => "invalid_value",
            Self::InvalidRecord { .. } => "invalid_record",
        }
    }

    /// The field that is wrong, where it is one.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::WrongType { field, .. }
            | Self::MissingField { field, .. }
            | Self::InvalidTime { field, .. }
            | Self::InvalidValue { field, .. } => Some(field),
            Self::UnsupportedVersion { .. } => Some("v"),
            Self::UnknownKind { .. } | Self::ForbiddenKind => Some("kind"),
            _ => None,
        }
    }

    pub(crate) fn id(field: &'static str, error: &IdError) -> Self {
        let hint = match error {
            IdError::Empty => ", expected a name; hint: leave it out where there is none",
            _ => "",
        };
        Self::InvalidValue {
            field,
            reason: format!("{error}{hint}"),
        }
    }

    pub(crate) fn post(field: &'static str, error: &PostError) -> Self {
        let reason = match error {
            PostError::Blank(_) => "is blank, expected some text".to_owned(),
            PostError::TooLong { bytes, limit, .. } => {
                format!("has {bytes} bytes, at most {limit} are allowed")
            }
            // The link itself may name an author.
            PostError::NotALink(_) => {
                "is not a link, expected one that begins with `http://` or `https://` and has no \
                 white space"
                    .to_owned()
            }
        };
        Self::InvalidValue { field, reason }
    }
}

/// The beginning of a wrong value, made harmless for a terminal.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(MAX_SHOWN_CHARS)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(MAX_SHOWN_CHARS).is_some() {
        shown.push('…');
    }
    shown
}
