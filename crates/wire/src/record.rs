//! What all records have in common: UTF-8, one JSON object, a version, perhaps a kind.

use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use crate::any::Any;
use crate::error::{WireError, shown};
use crate::scalar::V1;

/// What a record says of itself. It is read before the rest, so that a record of a later version
/// is refused for its version and not for a field that nobody knows yet.
#[derive(Deserialize)]
pub(crate) struct Head<'a> {
    #[serde(borrow, default)]
    v: Any<'a>,
    #[serde(borrow, default)]
    kind: Any<'a>,
}

impl<'a> Head<'a> {
    /// The head of an internal record, its version checked.
    pub(crate) fn of(record: &'static str, text: &'a str) -> Result<Self, WireError> {
        let head: Self = parse(record, text)?;
        match &head.v {
            Any::Absent => Err(WireError::MissingField {
                field: "v",
                hint: "",
            }),
            version => check_version(version).map(|()| head),
        }
    }

    /// Its kind.
    pub(crate) fn kind(&self) -> Result<&str, WireError> {
        match &self.kind {
            Any::Absent => Err(WireError::MissingField {
                field: "kind",
                hint: "",
            }),
            Any::Text(kind) => Ok(kind),
            other => Err(other.wrong_type("kind", "a string")),
        }
    }

    /// The error of a kind that is not among the `expected`.
    pub(crate) fn unknown_kind(kind: &str, expected: &'static str) -> WireError {
        WireError::UnknownKind {
            found: shown(kind),
            expected,
        }
    }
}

/// Accepts version 1.
pub(crate) fn check_version(v: &Any<'_>) -> Result<(), WireError> {
    match v {
        Any::Unsigned(V1::NUMBER) => Ok(()),
        Any::Unsigned(_) | Any::Signed(_) | Any::Double(_) => Err(WireError::UnsupportedVersion {
            found: v.shown_number(),
            hint: "it was written by another version of fengbiao",
        }),
        other => Err(other.wrong_type("v", "the number `1`")),
    }
}

/// The bytes as text that begins like an object.
pub(crate) fn object_text(bytes: &[u8]) -> Result<&str, WireError> {
    let text = std::str::from_utf8(bytes).map_err(|error| WireError::NotUtf8 {
        at: error.valid_up_to(),
    })?;
    if text.bytes().find(|byte| !b" \t\r\n".contains(byte)) == Some(b'{') {
        return Ok(text);
    }
    let value: Any<'_> = parse("value", text)?;
    Err(WireError::NotAnObject {
        found: value.type_name(),
    })
}

/// Parses text as `T`; `record` names it in the error.
pub(crate) fn parse<'a, T: Deserialize<'a>>(
    record: &'static str,
    text: &'a str,
) -> Result<T, WireError> {
    serde_json::from_str(text).map_err(|error| {
        let detail = error.to_string();
        match error.classify() {
            Category::Data => WireError::InvalidRecord { record, detail },
            Category::Syntax | Category::Eof | Category::Io => WireError::InvalidJson {
                line: error.line(),
                column: error.column(),
                detail,
            },
        }
    })
}

/// Decodes a record that has a version and no kind.
pub(crate) fn decode<'a, T: Deserialize<'a>>(
    record: &'static str,
    bytes: &'a [u8],
) -> Result<T, WireError> {
    let text = object_text(bytes)?;
    Head::of(record, text)?;
    parse(record, text)
}

/// The canonical bytes of a value: fields in the order of their declaration, what is absent left
/// out, no white space. Equal values give equal bytes.
pub(crate) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    #[allow(
        clippy::expect_used,
        reason = "all keys are strings and no Serialize of this room fails; a Vec takes all bytes"
    )]
    serde_json::to_vec(value).expect("a wire struct always serialises")
}
