//! What `fengbiao scan --format json` prints.

use fengbiao_model::{Hit, PostId, RuleHit};
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
    /// The line of one rule of a hit; `id` is the post's id as it was given.
    #[must_use]
    pub fn new(id: Option<NativeId<'a>>, hit: &'a Hit, rule: &'a RuleHit) -> Self {
        Self {
            id,
            post_id: Text(hit.post.id),
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
