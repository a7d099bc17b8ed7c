//! What `fengbiao scan --format json` prints.

use fengbiao_model::{Hit, PostId, RuleHit, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::{KeywordSpanJson, SubjectJson};
use crate::native_id::NativeId;
use crate::record::encode;
use crate::scalar::{Str, Text};

/// One rule that matched one post: a line of the output of `scan`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "scan line")]
pub struct ScanLine<'a> {
    /// The post's `id` as it was given; `null` where none was.
    #[serde(borrow)]
    pub id: Option<NativeId<'a>>,
    /// What Fengbiao knows the post by.
    pub post_id: Text<PostId>,
    /// The post's link; `null` where it has none.
    #[serde(borrow)]
    pub url: Option<Str<'a>>,
    /// When it was found.
    pub found_at: Text<Timestamp>,
    /// The file in which it was read; `null` where the daemon had kept it.
    #[serde(borrow)]
    pub file: Option<Str<'a>>,
    /// Its line there, from 1.
    pub line: Option<u64>,
    /// The topic.
    #[serde(borrow)]
    pub topic: Str<'a>,
    /// The rule.
    #[serde(borrow)]
    pub rule: Str<'a>,
    /// The number of the lexicon.
    pub version: u64,
    /// The subjects that the post names.
    #[serde(borrow)]
    pub subjects: Vec<SubjectJson<'a>>,
    /// Every occurrence that counted, outside of NOT: title first, by start and end.
    #[serde(borrow)]
    pub spans: Vec<KeywordSpanJson<'a>>,
}

impl<'a> ScanLine<'a> {
    /// The line of one rule of a hit; `id` is the post's id as it was given, `place` the file and the
    /// line in which it was read.
    #[must_use]
    pub fn new(
        id: Option<NativeId<'a>>,
        place: Option<(&'a str, u64)>,
        hit: &'a Hit,
        rule: &'a RuleHit,
    ) -> Self {
        Self {
            id,
            post_id: Text(hit.post.id),
            url: hit.post.url.as_ref().map(|url| url.as_str().into()),
            found_at: Text(hit.post.found_at),
            file: place.map(|(file, _)| file.into()),
            line: place.map(|(_, line)| line),
            topic: hit.topic.as_str().into(),
            rule: rule.rule.as_str().into(),
            version: hit.version.0,
            subjects: hit.subjects.iter().map(Into::into).collect(),
            spans: rule.spans.iter().map(Into::into).collect(),
        }
    }

    /// The line, without a line end.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }
}
