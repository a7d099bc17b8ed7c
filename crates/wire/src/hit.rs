//! The records of the topic `hits`.

use fengbiao_model::{
    Class, Deletion, Hit, HitRecord, LexiconNumber, Marks, Offset, Partition, PartitionMark, Post,
    PostId, RuleHit, Signature, Sketch, StoryId, Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::evidence::{KeywordSpanJson, PositionJson, SubjectJson};
use crate::name::name;
use crate::post::{DeleteKind, DeletionJson, PostJson, PostKind};
use crate::record::{Head, encode, object_text, parse};
use crate::scalar::{Bins, Bits, Str, Text, V1};

/// One rule that matched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleHitJson<'a> {
    /// The rule.
    #[serde(borrow)]
    pub rule: Str<'a>,
    /// Its weight, 1 to 10.
    pub weight: u8,
    /// What kind of matter it speaks of; not there: an incident.
    #[serde(default = "incident", skip_serializing_if = "is_incident")]
    pub class: Text<Class>,
    /// The occurrences that counted, the first of them where there are many: title first, by start
    /// and end.
    #[serde(borrow)]
    pub spans: Vec<KeywordSpanJson<'a>>,
}

const fn incident() -> Text<Class> {
    Text(Class::Incident)
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_incident(class: &Text<Class>) -> bool {
    matches!(class.0, Class::Incident)
}

/// What is needed to tell copies of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignatureJson {
    /// Equal for equal folded text.
    pub story: Text<Bits>,
    /// How many runs of four letters or digits the folded title and text have.
    pub runs: u32,
    /// One bit of 64 for each number that is written in digits.
    pub numbers: Text<Bits>,
    /// 16 bits of the least hash of each of 32 bins, zero for an empty one: near texts agree in
    /// many.
    pub least: Text<Bins>,
}

/// All that the matcher found in one post for one topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HitJson<'a> {
    /// Version of this shape.
    pub v: V1,
    /// Always `hit`.
    pub kind: HitKind,
    /// The topic.
    #[serde(borrow)]
    pub topic: Str<'a>,
    /// The number of the lexicon in force.
    pub version: u64,
    /// The delivery: where in the topic `posts` it was read.
    pub origin: PositionJson,
    /// The rules that matched, by id.
    #[serde(borrow)]
    pub rules: Vec<RuleHitJson<'a>>,
    /// The subjects named, in order.
    #[serde(borrow)]
    pub subjects: Vec<SubjectJson<'a>>,
    /// The signature of its text.
    pub signature: SignatureJson,
    /// The post as its record in `posts` reads, its kind always `post`.
    #[serde(borrow)]
    pub post: PostJson<'a>,
}

/// A hit too large for a record: it stands in at the hit's position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StubJson<'a> {
    /// Version of this shape.
    pub v: V1,
    /// Always `stub`.
    pub kind: StubKind,
    /// The topic.
    #[serde(borrow)]
    pub topic: Str<'a>,
    /// The post.
    pub post: Text<PostId>,
    /// The delivery.
    pub origin: PositionJson,
    /// When the post was found.
    pub found_at: Text<Timestamp>,
    /// The size the hit would have had.
    pub bytes: usize,
}

/// A post whose text changed, hit or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HitUpdateJson<'a> {
    /// Version of this shape.
    pub v: V1,
    /// Always `update`.
    pub kind: UpdateKind,
    /// The delivery.
    pub origin: PositionJson,
    /// The post as its record in `posts` reads, its kind always `update`.
    #[serde(borrow)]
    pub post: PostJson<'a>,
}

/// A post that is gone, hit or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HitDeletionJson<'a> {
    /// Version of this shape.
    pub v: V1,
    /// Always `delete`.
    pub kind: DeleteKind,
    /// The delivery.
    pub origin: PositionJson,
    /// The deletion as its record in `posts` reads.
    #[serde(borrow)]
    pub deletion: DeletionJson<'a>,
}

/// How far a matcher has come in the partitions of `posts` that it reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarksJson {
    /// Version of this shape.
    pub v: V1,
    /// Always `marks`.
    pub kind: MarksKind,
    /// One mark for each partition of `posts`.
    pub partitions: Vec<PartitionMarkJson>,
}

/// How far a matcher has come in one partition of `posts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartitionMarkJson {
    /// The partition of `posts`.
    pub partition: u32,
    /// The place it will read next.
    pub next: u64,
    /// The highest `found_at` read so far.
    pub found_at: Text<Timestamp>,
    /// Whether there was nothing more to read.
    pub at_end: bool,
    /// Since when the matcher has had the partition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Text<Timestamp>>,
}

crate::kind::kinds! {
    /// The kind of a hit.
    HitKind::Hit;
    /// The kind of what stands in for a hit.
    StubKind::Stub;
    /// The kind of a changed text.
    UpdateKind::Update;
    /// The kind of watermarks.
    MarksKind::Marks;
}

/// One record of the topic `hits`, told apart by `kind`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(title = "hit record")]
#[allow(clippy::large_enum_variant, reason = "nearly all records are hits")]
pub enum HitRecordJson<'a> {
    /// `kind` is `hit`.
    Hit(HitJson<'a>),
    /// `kind` is `stub`.
    Stub(StubJson<'a>),
    /// `kind` is `update`.
    Update(HitUpdateJson<'a>),
    /// `kind` is `delete`.
    Delete(HitDeletionJson<'a>),
    /// `kind` is `marks`.
    Marks(MarksJson),
}

const RECORD: &str = "hit record";
const KINDS: &str = "`hit`, `stub`, `update`, `delete` or `marks`";

/// The canonical bytes of a record of the topic `hits`.
#[must_use]
pub fn encode_hit_record(record: &HitRecord) -> Vec<u8> {
    encode(&HitRecordJson::from(record))
}

/// Reads a record of the topic `hits`.
pub fn decode_hit_record(bytes: &[u8]) -> Result<HitRecord, WireError> {
    let text = object_text(bytes)?;
    match Head::of(RECORD, text)?.kind()? {
        "hit" => parse::<HitJson<'_>>(RECORD, text)?
            .into_model()
            .map(HitRecord::Hit),
        "stub" => {
            let stub: StubJson<'_> = parse(RECORD, text)?;
            Ok(HitRecord::Stub {
                topic: name("topic", &stub.topic.0)?,
                post: stub.post.0,
                origin: stub.origin.into(),
                found_at: stub.found_at.0,
                bytes: stub.bytes,
            })
        }
        "update" => {
            let update: HitUpdateJson<'_> = parse(RECORD, text)?;
            let post = owned(update.post, PostKind::Update)?;
            Ok(HitRecord::Update {
                post,
                origin: update.origin.into(),
            })
        }
        "delete" => {
            let delete: HitDeletionJson<'_> = parse(RECORD, text)?;
            let deletion: Deletion = delete.deletion.into_model()?;
            Ok(HitRecord::Delete {
                deletion,
                origin: delete.origin.into(),
            })
        }
        "marks" => {
            let marks: MarksJson = parse(RECORD, text)?;
            Ok(HitRecord::Marks(Marks(
                marks.partitions.into_iter().map(Into::into).collect(),
            )))
        }
        other => Err(Head::unknown_kind(other, KINDS)),
    }
}

fn owned(post: PostJson<'_>, expected: PostKind) -> Result<Post<'static>, WireError> {
    if post.kind == expected {
        return post.into_model().map(Post::into_owned);
    }
    let reason = match expected {
        PostKind::Post => "is not `post`, the only kind within a hit",
        PostKind::Update => "is not `update`, the only kind within an update",
    };
    Err(WireError::InvalidValue {
        field: "post.kind",
        reason: reason.to_owned(),
    })
}

impl<'a> From<&'a HitRecord> for HitRecordJson<'a> {
    fn from(record: &'a HitRecord) -> Self {
        match record {
            HitRecord::Hit(hit) => Self::Hit(hit.into()),
            HitRecord::Stub {
                topic,
                post,
                origin,
                found_at,
                bytes,
            } => Self::Stub(StubJson {
                v: V1,
                kind: StubKind::Stub,
                topic: topic.as_str().into(),
                post: Text(*post),
                origin: (*origin).into(),
                found_at: Text(*found_at),
                bytes: *bytes,
            }),
            HitRecord::Update { post, origin } => Self::Update(HitUpdateJson {
                v: V1,
                kind: UpdateKind::Update,
                origin: (*origin).into(),
                post: PostJson::of(PostKind::Update, post),
            }),
            HitRecord::Delete { deletion, origin } => Self::Delete(HitDeletionJson {
                v: V1,
                kind: DeleteKind::Delete,
                origin: (*origin).into(),
                deletion: deletion.into(),
            }),
            HitRecord::Marks(Marks(marks)) => Self::Marks(MarksJson {
                v: V1,
                kind: MarksKind::Marks,
                partitions: marks.iter().copied().map(Into::into).collect(),
            }),
        }
    }
}

impl<'a> From<&'a Hit> for HitJson<'a> {
    fn from(hit: &'a Hit) -> Self {
        Self {
            v: V1,
            kind: HitKind::Hit,
            topic: hit.topic.as_str().into(),
            version: hit.version.0,
            origin: hit.origin.into(),
            rules: hit.rules.iter().map(Into::into).collect(),
            subjects: hit.subjects.iter().map(Into::into).collect(),
            signature: SignatureJson {
                story: hit.signature.story.into(),
                runs: hit.signature.sketch.runs,
                numbers: Text(Bits(hit.signature.sketch.numbers)),
                least: Text(Bins(hit.signature.sketch.least)),
            },
            post: PostJson::of(PostKind::Post, &hit.post),
        }
    }
}

impl HitJson<'_> {
    /// The hit, each of its parts checked.
    pub fn into_model(self) -> Result<Hit, WireError> {
        Ok(Hit {
            topic: name("topic", &self.topic.0)?,
            version: LexiconNumber(self.version),
            origin: self.origin.into(),
            rules: self
                .rules
                .into_iter()
                .map(RuleHitJson::into_model)
                .collect::<Result<_, _>>()?,
            subjects: self.subjects.into_iter().map(Into::into).collect(),
            signature: Signature {
                story: StoryId(self.signature.story.0.0),
                sketch: Sketch {
                    runs: self.signature.runs,
                    numbers: self.signature.numbers.0.0,
                    least: self.signature.least.0.0,
                },
            },
            post: owned(self.post, PostKind::Post)?,
        })
    }
}

impl<'a> From<&'a RuleHit> for RuleHitJson<'a> {
    fn from(hit: &'a RuleHit) -> Self {
        Self {
            rule: hit.rule.as_str().into(),
            weight: hit.weight,
            class: Text(hit.class),
            spans: hit.spans.iter().map(Into::into).collect(),
        }
    }
}

impl RuleHitJson<'_> {
    fn into_model(self) -> Result<RuleHit, WireError> {
        Ok(RuleHit {
            rule: name("rules.rule", &self.rule.0)?,
            weight: self.weight,
            class: self.class.0,
            spans: self.spans.into_iter().map(Into::into).collect(),
        })
    }
}

impl From<PartitionMark> for PartitionMarkJson {
    fn from(mark: PartitionMark) -> Self {
        Self {
            partition: mark.partition.0,
            next: mark.next.0,
            found_at: Text(mark.found_at),
            at_end: mark.at_end,
            since: mark.since.map(Text),
        }
    }
}

impl From<PartitionMarkJson> for PartitionMark {
    fn from(json: PartitionMarkJson) -> Self {
        Self {
            partition: Partition(json.partition),
            next: Offset(json.next),
            found_at: json.found_at.0,
            at_end: json.at_end,
            since: json.since.map(|since| since.0),
        }
    }
}
