//! What shows why a post is a hit, wherever it is shown: keywords, subjects, positions.

use fengbiao_model::{Field, KeywordSpan, Offset, Partition, Position, Span, Subject};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scalar::{Number, Str, Text};

/// A place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PositionJson {
    /// The partition.
    pub partition: u32,
    /// The place in it, from 0.
    pub offset: u64,
}

/// Where a keyword was found: half-open ranges from 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeywordSpanJson<'a> {
    /// The keyword as it is written in the lexicon.
    #[serde(borrow)]
    pub keyword: Str<'a>,
    /// The part of the post.
    pub field: Text<Field>,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// First character.
    pub char_start: usize,
    /// One past the last character.
    pub char_end: usize,
    /// The reading margin in nats; `null` where no reading was asked for.
    pub margin: Option<Number>,
}

/// A place, a unit, a product that a post names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectJson<'a> {
    /// The kind, as `[subjects]` of the topic names it.
    #[serde(borrow)]
    pub kind: Str<'a>,
    /// The name, as the list writes it.
    #[serde(borrow)]
    pub name: Str<'a>,
}

impl<'a> From<&'a KeywordSpan> for KeywordSpanJson<'a> {
    fn from(found: &'a KeywordSpan) -> Self {
        let Span {
            field,
            start,
            end,
            char_start,
            char_end,
        } = found.span;
        Self {
            keyword: found.keyword.as_str().into(),
            field: Text(field),
            start,
            end,
            char_start,
            char_end,
            margin: found.margin.map(Number),
        }
    }
}

impl From<KeywordSpanJson<'_>> for KeywordSpan {
    fn from(json: KeywordSpanJson<'_>) -> Self {
        let KeywordSpanJson {
            keyword,
            field,
            start,
            end,
            char_start,
            char_end,
            margin,
        } = json;
        Self {
            keyword: keyword.0.into_owned(),
            span: Span {
                field: field.0,
                start,
                end,
                char_start,
                char_end,
            },
            margin: margin.map(|margin| margin.0),
        }
    }
}

impl<'a> From<&'a Subject> for SubjectJson<'a> {
    fn from(subject: &'a Subject) -> Self {
        Self {
            kind: subject.kind.as_str().into(),
            name: subject.name.as_str().into(),
        }
    }
}

impl From<SubjectJson<'_>> for Subject {
    fn from(json: SubjectJson<'_>) -> Self {
        Self {
            kind: json.kind.0.into_owned(),
            name: json.name.0.into_owned(),
        }
    }
}

impl From<Position> for PositionJson {
    fn from(position: Position) -> Self {
        Self {
            partition: position.partition.0,
            offset: position.offset.0,
        }
    }
}

impl From<PositionJson> for Position {
    fn from(json: PositionJson) -> Self {
        Self {
            partition: Partition(json.partition),
            offset: Offset(json.offset),
        }
    }
}
