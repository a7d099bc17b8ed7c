//! The smallest pieces of the wire: texts that borrow, values that are one text, numbers.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use fengbiao_model::{
    AcknowledgementEnd, Class, Date, DeadlineState, Duty, Field, Grade, IncidentNumber,
    LexiconHash, LocalMinute, NoticeKind, PostId, Sketch, Stage, StoryId, Tier, TimeOfDay,
    Timestamp, Turn, Voice, Weekday, WeeklyInterval,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::{parse_rfc3339, write_utc};

/// A text that borrows from the input where the JSON string has no escapes. (`Option<Cow<str>>`
/// and `Vec<Cow<str>>` never borrow under serde: its attribute works on a bare `Cow` alone.)
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Str<'a>(pub Cow<'a, str>);

impl<'a> From<&'a str> for Str<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl Str<'_> {
    /// Whether there is nothing in it; for `skip_serializing_if`.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The text by itself.
pub(crate) fn owned(text: Str<'_>) -> String {
    text.0.into_owned()
}

impl Serialize for Str<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Cow<'de, str>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text))
            }
        }
        input.deserialize_str(Text).map(Self)
    }
}

impl JsonSchema for Str<'_> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "string".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// A value of the model that is written as one text.
pub trait Token: Copy {
    /// What a reader should have found.
    const EXPECTED: &'static str;
    /// Its JSON Schema.
    fn schema() -> Schema;
    /// Reads it.
    fn parse(text: &str) -> Option<Self>;
    /// Writes it.
    fn write(self, out: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// A [`Token`] on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text<T>(pub T);

impl<T: Token> fmt::Display for Text<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f)
    }
}

impl<T: Token> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de, T: Token> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let Str(text) = Str::deserialize(input)?;
        let wrong = || D::Error::invalid_value(Unexpected::Str(&text), &T::EXPECTED);
        T::parse(&text).map(Self).ok_or_else(wrong)
    }
}

impl<T: Token> JsonSchema for Text<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        T::EXPECTED.into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        T::schema()
    }
}

macro_rules! digests {
    ($($type:ty),*) => {$(
        impl Token for $type {
            const EXPECTED: &'static str = "32 lower-case hexadecimal digits";
            fn schema() -> Schema {
                json_schema!({ "type": "string", "pattern": "^[0-9a-f]{32}$" })
            }
            fn parse(text: &str) -> Option<Self> {
                Self::from_str(text).ok()
            }
            fn write(self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self, out)
            }
        }
    )*};
}

digests!(PostId, Voice, LexiconHash);

macro_rules! civil {
    ($($type:ty: $pattern:literal;)*) => {$(
        impl Token for $type {
            const EXPECTED: &'static str = Self::EXPECTED;
            fn schema() -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern })
            }
            fn parse(text: &str) -> Option<Self> {
                text.parse().ok()
            }
            fn write(self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self, out)
            }
        }
    )*};
}

civil! {
    Date: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
    TimeOfDay: "^[0-9]{2}:[0-9]{2}$";
    Turn: "^[0-9]+[hdw]$";
    LocalMinute: "^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}$";
    WeeklyInterval: "^[A-Za-z,-]+ [0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$";
}

macro_rules! words {
    ($($type:ty: $all:expr, $expected:literal;)*) => {$(
        impl Token for $type {
            const EXPECTED: &'static str = $expected;
            fn schema() -> Schema {
                let all: Vec<&str> = $all.into_iter().map(<$type>::as_str).collect();
                json_schema!({ "type": "string", "enum": all })
            }
            fn parse(text: &str) -> Option<Self> {
                $all.into_iter().find(|word| word.as_str() == text)
            }
            fn write(self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }
    )*};
}

words! {
    Field: [Field::Title, Field::Text], "`title` or `text`";
    Tier: Tier::ALL, "`IV`, `III`, `II` or `I`";
    Grade: Grade::ALL, "`IV`, `III`, `II` or `I`";
    Class: Class::ALL, "`suggestion`, `enquiry`, `complaint`, `rumour` or `incident`";
    Stage: Stage::ALL,
        "`detected`, `reported`, `verifying`, `answered`, `following`, `closed` or `reviewed`";
    Weekday: Weekday::ALL, "one of `Mon`, `Tue`, `Wed`, `Thu`, `Fri`, `Sat`, `Sun`";
    NoticeKind: NoticeKind::ALL,
        "`opened`, `reopened`, `raised`, `repeated`, `calmed`, `closed`, `escalated`, `unanswered`, `lapsed`, \
         `deadline_near`, `deadline_missed`, `reply_near` or `reply_missed`";
    AcknowledgementEnd: AcknowledgementEnd::ALL, "`raised` or `expired`";
    Duty: Duty::ALL, "`report`, `verify`, `answer` or `follow_up`";
    DeadlineState: DeadlineState::ALL, "`running`, `warned`, `missed` or `met`";
}

impl Token for IncidentNumber {
    const EXPECTED: &'static str = "the number of an incident, such as `2026-17`";
    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[1-9][0-9]{3}-[1-9][0-9]{0,8}$" })
    }
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
    fn write(self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

impl Token for Timestamp {
    const EXPECTED: &'static str = "an RFC 3339 time from 1970 to 9999-12-30";
    fn schema() -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
    fn parse(text: &str) -> Option<Self> {
        parse_rfc3339(text).ok()
    }
    fn write(self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_utc(self, out)
    }
}

/// 64 bits as a text: readers whose numbers are doubles would lose the low ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bits(pub u64);

impl Token for Bits {
    const EXPECTED: &'static str = "16 lower-case hexadecimal digits";
    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9a-f]{16}$" })
    }
    fn parse(text: &str) -> Option<Self> {
        let sound =
            text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if sound {
            u64::from_str_radix(text, 16).ok().map(Self)
        } else {
            None
        }
    }
    fn write(self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

/// The bins of a sketch, four hexadecimal digits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bins(pub [u16; Sketch::BINS]);

impl Token for Bins {
    const EXPECTED: &'static str = "128 lower-case hexadecimal digits";
    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9a-f]{128}$" })
    }
    fn parse(text: &str) -> Option<Self> {
        let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 4 * Sketch::BINS || !text.bytes().all(hex) {
            return None;
        }
        let mut bins = [0; Sketch::BINS];
        for (at, bin) in bins.iter_mut().enumerate() {
            *bin = u16::from_str_radix(text.get(4 * at..4 * at + 4)?, 16).ok()?;
        }
        Some(Self(bins))
    }
    fn write(self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|bin| write!(out, "{bin:04x}"))
    }
}

impl From<StoryId> for Text<Bits> {
    fn from(story: StoryId) -> Self {
        Self(Bits(story.0))
    }
}

/// A double that comes back as it was, bit for bit but for the payload of a NaN. JSON has no word
/// for the values that are not finite: these are the texts `inf`, `-inf` and `nan`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            number if number.is_finite() => out.serialize_f64(number),
            number if number.is_nan() => out.serialize_str("nan"),
            number => out.serialize_str(if number > 0.0 { "inf" } else { "-inf" }),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Double;
        #[allow(
            clippy::cast_precision_loss,
            reason = "a whole number in JSON is a double too"
        )]
        impl Visitor<'_> for Double {
            type Value = f64;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, `inf`, `-inf` or `nan`")
            }
            fn visit_f64<E>(self, number: f64) -> Result<f64, E> {
                Ok(number)
            }
            fn visit_u64<E>(self, number: u64) -> Result<f64, E> {
                Ok(number as f64)
            }
            fn visit_i64<E>(self, number: i64) -> Result<f64, E> {
                Ok(number as f64)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
                match text {
                    "inf" => Ok(f64::INFINITY),
                    "-inf" => Ok(f64::NEG_INFINITY),
                    "nan" => Ok(f64::NAN),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
        }
        input.deserialize_any(Double).map(Self)
    }
}

impl JsonSchema for Number {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "number".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "number" }, { "enum": ["inf", "-inf", "nan"] }] })
    }
}

/// The version of every shape in this room. What carries another number is refused before the
/// rest of it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct V1;

impl V1 {
    /// The number.
    pub const NUMBER: u64 = 1;
}

impl Serialize for V1 {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_u64(Self::NUMBER)
    }
}

impl<'de> Deserialize<'de> for V1 {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match u64::deserialize(input)? {
            Self::NUMBER => Ok(Self),
            other => Err(D::Error::invalid_value(Unexpected::Unsigned(other), &"`1`")),
        }
    }
}

impl JsonSchema for V1 {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "version".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "const": Self::NUMBER })
    }
}
