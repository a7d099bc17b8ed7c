//! A service's own id of a post.

use std::borrow::Cow;
use std::fmt;

use fengbiao_model::{IdError, ServiceId};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::any::Any;

/// A service's own id of a post: 1 to 512 bytes without control characters. It remembers whether
/// it came as a number, so that it can be given back as it was given; for equality, identity and
/// storage only the text counts.
#[derive(Clone, Debug)]
pub struct NativeId<'a> {
    text: Cow<'a, str>,
    is_number: bool,
}

impl<'a> NativeId<'a> {
    /// Checks and keeps an id that came as a string.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Result<Self, IdError> {
        let text = text.into();
        // The rules are those of every name.
        ServiceId::new(text.as_ref())?;
        Ok(Self {
            text,
            is_number: false,
        })
    }

    /// The id as text; a number in decimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same, owning its text.
    #[must_use]
    pub fn into_owned(self) -> NativeId<'static> {
        NativeId {
            text: Cow::Owned(self.text.into_owned()),
            is_number: self.is_number,
        }
    }
}

impl From<u64> for NativeId<'_> {
    fn from(number: u64) -> Self {
        Self {
            text: Cow::Owned(number.to_string()),
            is_number: true,
        }
    }
}

impl From<i64> for NativeId<'_> {
    fn from(number: i64) -> Self {
        Self {
            text: Cow::Owned(number.to_string()),
            is_number: true,
        }
    }
}

impl PartialEq for NativeId<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for NativeId<'_> {}

impl fmt::Display for NativeId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for NativeId<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        if !self.is_number {
            return out.serialize_str(&self.text);
        }
        match (self.text.parse::<u64>(), self.text.parse::<i64>()) {
            (Ok(number), _) => out.serialize_u64(number),
            (_, Ok(number)) => out.serialize_i64(number),
            // A number is only ever made from one of the two.
            _ => out.serialize_str(&self.text),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for NativeId<'a> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match Any::<IgnoredAny>::deserialize(input)? {
            Any::Text(text) => Self::new(text).map_err(D::Error::custom),
            Any::Unsigned(number) => Ok(Self::from(number)),
            Any::Signed(number) => Ok(Self::from(number)),
            other => {
                let found = other.type_name();
                Err(D::Error::custom(format_args!(
                    "found {found}, expected a string or a whole number"
                )))
            }
        }
    }
}

impl JsonSchema for NativeId<'_> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "NativeId".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer"], "minLength": 1, "maxLength": 512 })
    }
}
