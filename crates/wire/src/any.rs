//! Any JSON value, as far as it must be looked at to say what is wrong with it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::error::WireError;

/// A JSON value of any type. It reads everything, so that a wrong type becomes an error that
/// names the field. What lies inside arrays is skipped; an object is read as `O`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Any<'a, O = IgnoredAny> {
    /// Not there, or `null`: both mean the same.
    #[default]
    Absent,
    Bool,
    Unsigned(u64),
    Signed(i64),
    Double(f64),
    Text(Cow<'a, str>),
    Array,
    Object(O),
}

impl<O> Any<'_, O> {
    /// What kind of value it is, for an error.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Absent => "null",
            Self::Bool => "a boolean",
            Self::Unsigned(_) | Self::Signed(_) | Self::Double(_) => "a number",
            Self::Text(_) => "a string",
            Self::Array => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// The error of a field that holds this value and should not.
    pub(crate) fn wrong_type(&self, field: &'static str, expected: &'static str) -> WireError {
        WireError::WrongType {
            field,
            found: self.type_name(),
            expected,
        }
    }

    /// A number as it stands there; nothing for another value.
    pub(crate) fn shown_number(&self) -> String {
        match self {
            Self::Unsigned(number) => number.to_string(),
            Self::Signed(number) => number.to_string(),
            // `{:?}` writes large ones with an exponent.
            Self::Double(number) => format!("{number:?}"),
            _ => String::new(),
        }
    }
}

impl<'de: 'a, 'a, O: Deserialize<'de>> Deserialize<'de> for Any<'a, O> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(AnyVisitor(PhantomData))
    }
}

struct AnyVisitor<O>(PhantomData<O>);

impl<'de, O: Deserialize<'de>> Visitor<'de> for AnyVisitor<O> {
    type Value = Any<'de, O>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Any::Absent)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Any::Bool)
    }
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Any::Unsigned(number))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Any::Signed(number))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Any::Double(number))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Any::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Any::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Any::Text(Cow::Owned(text)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Any::Array)
    }
    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        O::deserialize(MapAccessDeserializer::new(entries)).map(Any::Object)
    }
}
