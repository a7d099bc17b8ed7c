//! The public shape of a post: what push and files accept.

use std::borrow::Cow;
use std::fmt;

use fengbiao_model::{
    Counts, IdError, Link, MAX_NAME_BYTES, PostText, ServiceId, SourceId, Timestamp, Title, Voice,
};
use jiff::tz::TimeZone;

use crate::error::WireError;
use crate::native_id::NativeId;
use crate::public_post::PublicPost;
use crate::record::{object_text, parse};

/// What is told of a post from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IncomingKind {
    /// A post, found for the first time or again.
    #[default]
    Post,
    /// A post whose text has changed.
    Update,
    /// A post that is gone.
    Delete,
}

/// Who spoke. It lives from here to where the crawler makes a voice of it, and shows itself in
/// no message: its `Debug` is empty.
#[derive(Clone, PartialEq, Eq)]
pub struct Author<'a>(Cow<'a, str>);

impl<'a> Author<'a> {
    /// Checks and keeps an identifier; an empty one is nobody's.
    pub(crate) fn new(text: Cow<'a, str>) -> Result<Option<Self>, IdError> {
        if text.len() > MAX_NAME_BYTES {
            return Err(IdError::TooLong {
                bytes: text.len(),
                limit: MAX_NAME_BYTES,
            });
        }
        Ok(if text.is_empty() {
            None
        } else {
            Some(Self(text))
        })
    }

    /// The identifier, for the keyed hash and for nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Author<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Author(…)")
    }
}

/// A post as it comes from outside, its types checked. What is not given is none: the crawler
/// fills in the defaults that the fields of the public shape name.
#[derive(Clone, Debug, PartialEq)]
pub struct IncomingPost<'a> {
    /// What is told of it.
    pub kind: IncomingKind,
    /// The service's own id.
    pub id: Option<NativeId<'a>>,
    /// The service it was made on.
    pub service: Option<ServiceId>,
    /// The source it was collected from.
    pub source: Option<SourceId>,
    /// Where it can be read.
    pub url: Option<Link<'a>>,
    /// Its title.
    pub title: Option<Title<'a>>,
    /// Its text: always there but in a delete.
    pub text: Option<PostText<'a>>,
    /// Who spoke.
    pub author: Option<Author<'a>>,
    /// A pseudonym made by a crawler that holds the same key. It wins over `author`.
    pub voice: Option<Voice>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// When it was found.
    pub found_at: Option<Timestamp>,
    /// What the service shows beside it.
    pub counts: Counts,
    /// The service's own id of the post that it passes on.
    pub repost_of: Option<NativeId<'a>>,
}

/// Reads one post of the public shape. Texts without escapes borrow from `bytes`. A time that
/// names no offset is in `zone`.
pub fn decode_incoming<'a>(
    bytes: &'a [u8],
    zone: &TimeZone,
) -> Result<IncomingPost<'a>, WireError> {
    let post: PublicPost<'a> = parse("post", object_text(bytes)?).map_err(|error| match error {
        // Every field reads every value, so this is all that its fields can be accused of.
        WireError::InvalidRecord { detail, .. } => WireError::DuplicateField { detail },
        error => error,
    })?;
    post.check(zone)?.complete()
}

impl IncomingPost<'_> {
    /// Whether all is there that its kind needs.
    fn complete(self) -> Result<Self, WireError> {
        if self.kind != IncomingKind::Delete && self.text.is_none() {
            let hint = "a field of another name is mapped with `--map text=NAME`";
            return Err(WireError::MissingField {
                field: "text",
                hint,
            });
        }
        if self.kind != IncomingKind::Post && self.id.is_none() && self.url.is_none() {
            let hint = "an update or delete names its post by `id` or `url`";
            return Err(WireError::MissingField { field: "id", hint });
        }
        Ok(self)
    }
}
