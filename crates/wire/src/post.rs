//! The records of the topic `posts`.

use fengbiao_model::{
    Control, Counts, Deletion, LexiconHash, LexiconNumber, Link, Post, PostId, PostRecord,
    PostText, Timestamp, Title, Voice,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::canonical::canonical_post;
use crate::error::WireError;
use crate::name::name;
use crate::names::Names;
use crate::record::{Head, encode, object_text, parse};
use crate::scalar::{Str, Text, V1};

/// Whether a post is told for the first time or its text has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PostKind {
    /// A post, found for the first time or again.
    Post,
    /// A post whose text has changed.
    Update,
}

/// A post as it is stored: masked, its author a pseudonym, its links rewritten.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostJson<'a> {
    /// Version of this shape.
    pub v: V1,
    /// What is told of the post.
    pub kind: PostKind,
    /// What the post is known by everywhere.
    pub id: Text<PostId>,
    /// The service's own id, as given.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub native_id: Option<Str<'a>>,
    /// The service it was made on.
    #[serde(borrow)]
    pub service: Str<'a>,
    /// The source it was collected from.
    #[serde(borrow)]
    pub source: Str<'a>,
    /// Where it can be read, in a form without an author.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Str<'a>>,
    /// Its title.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Str<'a>>,
    /// Its text.
    #[serde(borrow)]
    pub text: Str<'a>,
    /// A keyed pseudonym that counts an author's voice once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<Text<Voice>>,
    /// When it was published, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Text<Timestamp>>,
    /// When it was found. Windows count by it.
    pub found_at: Text<Timestamp>,
    /// What the service shows beside it.
    #[serde(default, skip_serializing_if = "CountsJson::is_empty")]
    pub counts: CountsJson,
    /// The post it passes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repost_of: Option<Text<PostId>>,
}

/// What a service shows beside a post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountsJson {
    /// Times it was passed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reposts: Option<u64>,
    /// Comments under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<u64>,
    /// Likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likes: Option<u64>,
    /// Views.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub views: Option<u64>,
    /// Place on a hot list, 1 at the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// Days on a hot list so far, the first counted as 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_on_list: Option<u32>,
}

/// A post is gone, says its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeletionJson<'a> {
    /// Version of this shape.
    pub v: V1,
    /// Always `delete`.
    pub kind: DeleteKind,
    /// The post.
    pub id: Text<PostId>,
    /// The service it was made on.
    #[serde(borrow)]
    pub service: Str<'a>,
    /// The source that says so.
    #[serde(borrow)]
    pub source: Str<'a>,
    /// When that was noticed.
    pub found_at: Text<Timestamp>,
}

/// From the next record of this partition on, another lexicon is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlJson {
    /// Version of this shape.
    pub v: V1,
    /// Always `control`.
    pub kind: ControlKind,
    /// The number of the lexicon.
    pub number: u64,
    /// The hash of its texts.
    pub hash: Text<LexiconHash>,
}

crate::kind::kinds! {
    /// The kind of a deletion.
    DeleteKind::Delete;
    /// The kind of a change of lexicon.
    ControlKind::Control;
}

/// One record of the topic `posts`, told apart by `kind`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(title = "post record")]
#[allow(clippy::large_enum_variant, reason = "nearly all records are posts")]
pub enum PostRecordJson<'a> {
    /// `kind` is `post` or `update`.
    Post(PostJson<'a>),
    /// `kind` is `delete`.
    Delete(DeletionJson<'a>),
    /// `kind` is `control`.
    Control(ControlJson),
}

const RECORD: &str = "post record";
/// How the canonical bytes of a post begin.
const CANONICAL_POST: &str = r#"{"v":1,"kind":"post","#;
const KINDS: &str = "`post`, `update`, `delete` or `control`";

/// The canonical bytes of a record of the topic `posts`.
#[must_use]
pub fn encode_post_record(record: &PostRecord<'_>) -> Vec<u8> {
    encode(&PostRecordJson::from(record))
}

/// Reads a record of the topic `posts`. Texts without escapes borrow from `bytes`.
///
/// # Errors
/// [`WireError`] for what is no such record.
pub fn decode_post_record(bytes: &[u8]) -> Result<PostRecord<'_>, WireError> {
    PostReader::default().read(bytes)
}

/// Reads records of the topic `posts`, one after another: make one for each thread. It remembers
/// names of services and sources, so that of a post without escapes nothing is copied.
#[derive(Debug, Default)]
pub struct PostReader {
    names: Names,
}

impl PostReader {
    /// Reads a record. Texts without escapes borrow from `bytes`.
    ///
    /// # Errors
    /// See [`decode_post_record`]: what was read before changes nothing.
    pub fn read<'a>(&mut self, bytes: &'a [u8]) -> Result<PostRecord<'a>, WireError> {
        match canonical_post(bytes, &mut self.names) {
            Some(record) => Ok(record),
            None => any_post_record(bytes),
        }
    }
}

/// Reads a record, canonical or not, by the general parser.
pub(crate) fn any_post_record(bytes: &[u8]) -> Result<PostRecord<'_>, WireError> {
    let text = object_text(bytes)?;
    // What begins like this need not be looked through for its kind.
    if text.starts_with(CANONICAL_POST) {
        return Ok(PostRecord::Post(
            parse::<PostJson<'_>>(RECORD, text)?.into_model()?,
        ));
    }
    match Head::of(RECORD, text)?.kind()? {
        "post" => Ok(PostRecord::Post(
            parse::<PostJson<'_>>(RECORD, text)?.into_model()?,
        )),
        "update" => Ok(PostRecord::Update(
            parse::<PostJson<'_>>(RECORD, text)?.into_model()?,
        )),
        "delete" => Ok(PostRecord::Delete(
            parse::<DeletionJson<'_>>(RECORD, text)?.into_model()?,
        )),
        "control" => {
            let control: ControlJson = parse(RECORD, text)?;
            let number = LexiconNumber(control.number);
            Ok(PostRecord::Control(Control {
                number,
                hash: control.hash.0,
            }))
        }
        other => Err(Head::unknown_kind(other, KINDS)),
    }
}

impl<'a> From<&'a PostRecord<'_>> for PostRecordJson<'a> {
    fn from(record: &'a PostRecord<'_>) -> Self {
        match record {
            PostRecord::Post(post) => Self::Post(PostJson::of(PostKind::Post, post)),
            PostRecord::Update(post) => Self::Post(PostJson::of(PostKind::Update, post)),
            PostRecord::Delete(deletion) => Self::Delete(DeletionJson::from(deletion)),
            PostRecord::Control(control) => Self::Control(ControlJson {
                v: V1,
                kind: ControlKind::Control,
                number: control.number.0,
                hash: Text(control.hash),
            }),
        }
    }
}

impl<'a> PostJson<'a> {
    /// A post as its record reads.
    #[must_use]
    pub fn of(kind: PostKind, post: &'a Post<'_>) -> Self {
        Self {
            v: V1,
            kind,
            id: Text(post.id),
            native_id: post.native_id.as_deref().map(Str::from),
            service: post.service.as_str().into(),
            source: post.source.as_str().into(),
            url: post.url.as_ref().map(|url| url.as_str().into()),
            title: post.title.as_ref().map(|title| title.as_str().into()),
            text: post.text.as_str().into(),
            voice: post.voice.map(Text),
            published_at: post.published_at.map(Text),
            found_at: Text(post.found_at),
            counts: post.counts.into(),
            repost_of: post.repost_of.map(Text),
        }
    }

    /// The post, each of its parts checked.
    pub fn into_model(self) -> Result<Post<'a>, WireError> {
        let url = self.url.map(|url| Link::new(url.0)).transpose();
        let title = self.title.map(|title| Title::new(title.0)).transpose();
        Ok(Post {
            id: self.id.0,
            native_id: self.native_id.map(|id| id.0),
            service: name("service", &self.service.0)?,
            source: name("source", &self.source.0)?,
            url: url.map_err(|error| WireError::post("url", &error))?,
            title: title.map_err(|error| WireError::post("title", &error))?,
            text: PostText::new(self.text.0).map_err(|error| WireError::post("text", &error))?,
            voice: self.voice.map(|voice| voice.0),
            published_at: self.published_at.map(|at| at.0),
            found_at: self.found_at.0,
            counts: self.counts.into(),
            repost_of: self.repost_of.map(|id| id.0),
        })
    }
}

impl<'a> From<&'a Deletion> for DeletionJson<'a> {
    fn from(deletion: &'a Deletion) -> Self {
        Self {
            v: V1,
            kind: DeleteKind::Delete,
            id: Text(deletion.id),
            service: deletion.service.as_str().into(),
            source: deletion.source.as_str().into(),
            found_at: Text(deletion.found_at),
        }
    }
}

impl DeletionJson<'_> {
    /// The deletion, its names checked.
    pub fn into_model(self) -> Result<Deletion, WireError> {
        Ok(Deletion {
            id: self.id.0,
            service: name("service", &self.service.0)?,
            source: name("source", &self.source.0)?,
            found_at: self.found_at.0,
        })
    }
}

impl CountsJson {
    /// Whether nothing is shown at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl From<Counts> for CountsJson {
    fn from(
        Counts {
            reposts,
            comments,
            likes,
            views,
            rank,
            days_on_list,
        }: Counts,
    ) -> Self {
        Self {
            reposts,
            comments,
            likes,
            views,
            rank,
            days_on_list,
        }
    }
}

impl From<CountsJson> for Counts {
    fn from(
        CountsJson {
            reposts,
            comments,
            likes,
            views,
            rank,
            days_on_list,
        }: CountsJson,
    ) -> Self {
        Self {
            reposts,
            comments,
            likes,
            views,
            rank,
            days_on_list,
        }
    }
}
