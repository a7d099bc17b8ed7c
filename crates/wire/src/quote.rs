//! Posts as notices show them.

use fengbiao_model::{PostId, Quote, StoryId, Timestamp, WidestCopy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::evidence::KeywordSpanJson;
use crate::name::name;
use crate::post::CountsJson;
use crate::record::{encode, object_text, parse};
use crate::scalar::{Bits, Str, Text};

/// A post as a notice shows it. Whoever spoke is not in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteJson<'a> {
    /// The post.
    pub post: Text<PostId>,
    /// The story that it tells: equal in posts of one topic that say the same.
    pub story: Text<Bits>,
    /// Where it was found.
    #[serde(borrow)]
    pub source: Str<'a>,
    /// Where it can be read.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Str<'a>>,
    /// Its title.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Str<'a>>,
    /// Its text, verbatim as stored.
    #[serde(borrow)]
    pub text: Str<'a>,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Text<Timestamp>>,
    /// When it was found.
    pub found_at: Text<Timestamp>,
    /// What the service shows beside it.
    #[serde(default, skip_serializing_if = "CountsJson::is_empty")]
    pub counts: CountsJson,
    /// The rule that fits it best: the heaviest, then the first.
    #[serde(borrow)]
    pub rule: Str<'a>,
    /// Where that rule's keywords stand.
    #[serde(borrow)]
    pub spans: Vec<KeywordSpanJson<'a>>,
    /// How many posts say the same, this one included.
    pub copies: u64,
    /// Of the others that say the same, the one that reaches widest among those whose link is
    /// known; not there: none is.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub widest_copy: Option<WidestCopyJson<'a>>,
}

/// Where another post can be read that says the same as a quoted one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WidestCopyJson<'a> {
    /// The post.
    pub post: Text<PostId>,
    /// Where it was found.
    #[serde(borrow)]
    pub source: Str<'a>,
    /// Where it can be read.
    #[serde(borrow)]
    pub url: Str<'a>,
    /// How far it reaches: reposts, comments and likes together.
    pub reach: u64,
}

/// The canonical bytes of a quote, as they stand in a notice.
#[must_use]
pub fn encode_quote(quote: &Quote) -> Vec<u8> {
    encode(&QuoteJson::from(quote))
}

/// Reads a quote. It has no version of its own: it is part of what holds it.
pub fn decode_quote(bytes: &[u8]) -> Result<Quote, WireError> {
    let text = object_text(bytes)?;
    parse::<QuoteJson<'_>>("quote", text)?.into_model()
}

impl<'a> From<&'a WidestCopy> for WidestCopyJson<'a> {
    fn from(copy: &'a WidestCopy) -> Self {
        Self {
            post: Text(copy.post),
            source: copy.source.as_str().into(),
            url: copy.url.as_str().into(),
            reach: copy.reach,
        }
    }
}

impl WidestCopyJson<'_> {
    fn into_model(self) -> Result<WidestCopy, WireError> {
        Ok(WidestCopy {
            post: self.post.0,
            source: name("quotes.widest_copy.source", &self.source.0)?,
            url: self.url.0.into_owned(),
            reach: self.reach,
        })
    }
}

impl<'a> From<&'a Quote> for QuoteJson<'a> {
    fn from(quote: &'a Quote) -> Self {
        Self {
            post: Text(quote.post),
            story: quote.story.into(),
            source: quote.source.as_str().into(),
            url: quote.url.as_deref().map(Into::into),
            title: quote.title.as_deref().map(Into::into),
            text: quote.text.as_str().into(),
            published_at: quote.published_at.map(Text),
            found_at: Text(quote.found_at),
            counts: quote.counts.into(),
            rule: quote.rule.as_str().into(),
            spans: quote.spans.iter().map(Into::into).collect(),
            copies: quote.copies,
            widest_copy: quote.widest_copy.as_ref().map(Into::into),
        }
    }
}

impl QuoteJson<'_> {
    /// The quote, its names checked.
    pub fn into_model(self) -> Result<Quote, WireError> {
        Ok(Quote {
            post: self.post.0,
            story: StoryId(self.story.0.0),
            source: name("quotes.source", &self.source.0)?,
            url: self.url.map(|url| url.0.into_owned()),
            title: self.title.map(|title| title.0.into_owned()),
            text: self.text.0.into_owned(),
            published_at: self.published_at.map(|at| at.0),
            found_at: self.found_at.0,
            counts: self.counts.into(),
            rule: name("quotes.rule", &self.rule.0)?,
            spans: self.spans.into_iter().map(Into::into).collect(),
            copies: self.copies,
            widest_copy: self
                .widest_copy
                .map(WidestCopyJson::into_model)
                .transpose()?,
        })
    }
}
