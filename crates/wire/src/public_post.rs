//! The fields of the public shape: their documentation, their JSON Schema, their checks.

use std::borrow::Cow;

use fengbiao_model::{
    Counts, Link, MAX_LINK_BYTES, MAX_NAME_BYTES, MAX_TEXT_BYTES, MAX_TITLE_BYTES, PostText,
    Timestamp, Title, Voice,
};
use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::any::Any;
use crate::error::{TimeError, WireError, shown};
use crate::incoming::{Author, IncomingKind, IncomingPost};
use crate::limits::EPOCH_MILLIS_FROM;
use crate::name::name;
use crate::native_id::NativeId;
use crate::record::{Head, check_version};
use crate::time::{epoch, parse_time};

/// One post as push and files accept it. Nothing is needed but `text`. A field that is `null` is
/// a field that is not there; fields that are not named here are ignored.
#[derive(Deserialize, JsonSchema)]
#[schemars(title = "post")]
#[schemars(extend("anyOf" = [
    { "required": ["text"] },
    { "required": ["kind"], "properties": { "kind": { "const": "delete" } } },
]))]
pub struct PublicPost<'a> {
    /// Version of this shape. Default: 1, the only one.
    #[serde(borrow, default)]
    #[schemars(with = "Option<u32>", range(min = 1, max = 1))]
    v: Any<'a>,
    /// `post`; `update` where the text of a known post has changed; `delete` where a post is
    /// gone. Update and delete need `id` or `url`. Default: `post`.
    #[serde(borrow, default)]
    #[schemars(with = "Option<String>", extend("enum" = ["post", "update", "delete", null]))]
    kind: Any<'a>,
    /// The service's own id of the post: a string of 1 to 512 bytes or a whole number. Default:
    /// none; then the link, else source, title and text together say which post it is.
    #[serde(borrow, default)]
    #[schemars(with = "Option<NativeId<'a>>")]
    id: Any<'a>,
    /// The service the post was made on, such as `weibo`. Default: the source.
    #[serde(borrow, default)]
    #[schemars(with = "Option<String>", length(min = 1, max = 512))]
    service: Any<'a>,
    /// The source it was collected from. Default: the name under which the file or the sender is
    /// configured.
    #[serde(borrow, default)]
    #[schemars(with = "Option<String>", length(min = 1, max = 512))]
    source: Any<'a>,
    /// Where it can be read: an `http` or `https` link of at most 4096 bytes. Default, and the
    /// meaning of an empty string: none.
    #[serde(borrow, default)]
    #[schemars(with = "Option<String>")]
    url: Any<'a>,
    /// Its title, at most 4096 bytes. Default, and the meaning of a blank string: none.
    #[serde(borrow, default)]
    #[schemars(with = "Option<String>")]
    title: Any<'a>,
    /// Its text: not blank, at most 131072 bytes. Needed but in a delete.
    #[serde(borrow, default)]
    #[schemars(with = "String")]
    text: Any<'a>,
    /// Who spoke: any identifier, a string of at most 512 bytes or a whole number. It becomes a
    /// keyed pseudonym at once and is stored nowhere. Default, and the meaning of an empty
    /// string: none; the post then is one voice of its source.
    #[serde(borrow, default)]
    #[schemars(with = "StringOrInteger")]
    author: Any<'a>,
    /// Instead of `author`: the pseudonym that another crawler with the same key has made of it,
    /// 32 lower-case hexadecimal digits. It wins where both are there. Default: none.
    #[serde(borrow, default)]
    #[schemars(with = "Option<String>", regex(pattern = "^[0-9a-f]{32}$"))]
    voice: Any<'a>,
    /// When it was published: RFC 3339; or `2026-11-23 14:05:09` in the configured time zone; or
    /// seconds since 1970, or milliseconds from 100000000000 on, as a number or in digits.
    /// Default: unknown.
    #[serde(borrow, default)]
    #[schemars(with = "StringOrNumber")]
    published_at: Any<'a>,
    /// When it was found, in the same forms; a time to come counts as now. Default: now (in a
    /// replay: `published_at`).
    #[serde(borrow, default)]
    #[schemars(with = "StringOrNumber")]
    found_at: Any<'a>,
    /// What the service shows beside it. Default: nothing known.
    #[serde(borrow, default)]
    #[schemars(with = "Option<PublicCounts<'a>>")]
    counts: Any<'a, PublicCounts<'a>>,
    /// The service's own id of the post that this one passes on, in the forms of `id`.
    /// Default: none.
    #[serde(borrow, default)]
    #[schemars(with = "Option<NativeId<'a>>")]
    repost_of: Any<'a>,
}

/// What a service shows beside a post: whole numbers, also as strings and with `.0`. An empty
/// string or `null` is unknown, which is not zero. Other fields are ignored.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[schemars(rename = "PublicCounts")]
struct PublicCounts<'a> {
    /// Times it was passed on.
    #[serde(borrow, default)]
    #[schemars(with = "StringOrNumber")]
    reposts: Any<'a>,
    /// Comments under it.
    #[serde(borrow, default)]
    #[schemars(with = "StringOrNumber")]
    comments: Any<'a>,
    /// Likes.
    #[serde(borrow, default)]
    #[schemars(with = "StringOrNumber")]
    likes: Any<'a>,
    /// Views.
    #[serde(borrow, default)]
    #[schemars(with = "StringOrNumber")]
    views: Any<'a>,
    /// Place on a hot list, 1 at the top.
    #[serde(borrow, default)]
    #[schemars(with = "StringOrNumber")]
    rank: Any<'a>,
    /// Days on a hot list so far, the first counted as 1.
    #[serde(borrow, default)]
    #[schemars(with = "StringOrNumber")]
    days_on_list: Any<'a>,
}

macro_rules! forms {
    ($($(#[$doc:meta])* $type:ident: $schema:tt;)*) => {$(
        $(#[$doc])*
        enum $type {}

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

// What the fields accept, as JSON Schemas: the fields themselves read every value.
forms! {
    /// A time or a count.
    StringOrNumber: { "type": ["string", "number", "null"] };
    /// The identifier of an author.
    StringOrInteger: { "type": ["string", "integer", "null"], "maxLength": 512 };
}

const _: () = assert!(
    MAX_NAME_BYTES == 512
        && MAX_LINK_BYTES == 4_096
        && MAX_TITLE_BYTES == 4_096
        && MAX_TEXT_BYTES == 131_072
        && EPOCH_MILLIS_FROM == 100_000_000_000,
    "the documentation of the fields names these bounds"
);

const KINDS: &str = "`post`, `update` or `delete`";
const SOME_ID: &str = "a string or a whole number";
const SOME_TIME: &str = "a string or a number";
const SOME_COUNT: &str = "a whole number, not negative";

impl<'a> PublicPost<'a> {
    /// The post, each field checked by itself.
    pub(crate) fn check(self, zone: &TimeZone) -> Result<IncomingPost<'a>, WireError> {
        if self.v != Any::Absent {
            check_version(&self.v)?;
        }
        Ok(IncomingPost {
            kind: kind(&self.kind)?,
            id: id("id", self.id)?,
            service: string("service", self.service)?
                .map(|text| name("service", &text))
                .transpose()?,
            source: string("source", self.source)?
                .map(|text| name("source", &text))
                .transpose()?,
            url: string("url", self.url)?
                .filter(|text| !text.is_empty())
                .map(|text| Link::new(text).map_err(|error| WireError::post("url", &error)))
                .transpose()?,
            title: string("title", self.title)?
                .filter(|text| !text.trim().is_empty())
                .map(|text| Title::new(text).map_err(|error| WireError::post("title", &error)))
                .transpose()?,
            text: string("text", self.text)?
                .map(|text| PostText::new(text).map_err(|error| WireError::post("text", &error)))
                .transpose()?,
            author: author(self.author)?,
            voice: voice(self.voice)?,
            published_at: time("published_at", &self.published_at, zone)?,
            found_at: time("found_at", &self.found_at, zone)?,
            counts: counts(&self.counts)?,
            repost_of: id("repost_of", self.repost_of)?,
        })
    }
}

fn kind(value: &Any<'_>) -> Result<IncomingKind, WireError> {
    match value {
        Any::Absent => Ok(IncomingKind::default()),
        Any::Text(text) => match text.as_ref() {
            "post" => Ok(IncomingKind::Post),
            "update" => Ok(IncomingKind::Update),
            "delete" => Ok(IncomingKind::Delete),
            "control" => Err(WireError::ForbiddenKind),
            other => Err(Head::unknown_kind(other, KINDS)),
        },
        other => Err(other.wrong_type("kind", "a string")),
    }
}

fn string<'a>(field: &'static str, value: Any<'a>) -> Result<Option<Cow<'a, str>>, WireError> {
    match value {
        Any::Absent => Ok(None),
        Any::Text(text) => Ok(Some(text)),
        other => Err(other.wrong_type(field, "a string")),
    }
}

fn id<'a>(field: &'static str, value: Any<'a>) -> Result<Option<NativeId<'a>>, WireError> {
    let id = match value {
        Any::Absent => return Ok(None),
        Any::Text(text) => NativeId::new(text),
        Any::Unsigned(number) => Ok(NativeId::from(number)),
        Any::Signed(number) => Ok(NativeId::from(number)),
        other => return Err(other.wrong_type(field, SOME_ID)),
    };
    id.map(Some).map_err(|error| WireError::id(field, &error))
}

fn author(value: Any<'_>) -> Result<Option<Author<'_>>, WireError> {
    let author = match value {
        Any::Absent => return Ok(None),
        Any::Text(text) => text,
        Any::Unsigned(_) | Any::Signed(_) => Cow::Owned(value.shown_number()),
        other => return Err(other.wrong_type("author", SOME_ID)),
    };
    Author::new(author).map_err(|error| WireError::id("author", &error))
}

fn voice(value: Any<'_>) -> Result<Option<Voice>, WireError> {
    let Some(text) = string("voice", value)? else {
        return Ok(None);
    };
    // Whatever it is, it may be an author's name: it is not shown.
    text.parse().map(Some).map_err(|_| WireError::InvalidValue {
        field: "voice",
        reason: "is not 32 lower-case hexadecimal digits; hint: an author's identifier belongs \
                 into `author`"
            .to_owned(),
    })
}

fn time(
    field: &'static str,
    value: &Any<'_>,
    zone: &TimeZone,
) -> Result<Option<Timestamp>, WireError> {
    let (found, read) = match value {
        Any::Absent => return Ok(None),
        Any::Text(text) => (shown(text), parse_time(text, zone)),
        Any::Unsigned(number) => (
            value.shown_number(),
            i64::try_from(*number)
                .map_err(|_| TimeError::Range)
                .and_then(epoch),
        ),
        Any::Signed(number) => (value.shown_number(), epoch(*number)),
        // Whole seconds or milliseconds: the parts behind the point are cut off.
        #[allow(
            clippy::cast_possible_truncation,
            reason = "`as` saturates; that is out of range"
        )]
        Any::Double(number) => (value.shown_number(), epoch(number.floor() as i64)),
        other => return Err(other.wrong_type(field, SOME_TIME)),
    };
    read.map(Some).map_err(|reason| WireError::InvalidTime {
        field,
        found,
        reason,
    })
}

fn counts(value: &Any<'_, PublicCounts<'_>>) -> Result<Counts, WireError> {
    let given = match value {
        Any::Absent => return Ok(Counts::default()),
        Any::Object(given) => given,
        other => return Err(other.wrong_type("counts", "an object")),
    };
    let rank = from_one("counts.rank", &given.rank, "a place")?;
    let days_on_list = from_one("counts.days_on_list", &given.days_on_list, "days")?;
    Ok(Counts {
        reposts: count("counts.reposts", &given.reposts)?,
        comments: count("counts.comments", &given.comments)?,
        likes: count("counts.likes", &given.likes)?,
        views: count("counts.views", &given.views)?,
        rank,
        days_on_list,
    })
}

/// A count that begins at 1: a place, or days.
fn from_one(field: &'static str, value: &Any<'_>, what: &str) -> Result<Option<u32>, WireError> {
    let check = |number: u64| {
        u32::try_from(number)
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| WireError::InvalidValue {
                field,
                reason: format!("is `{number}`, expected {what} from 1 to {}", u32::MAX),
            })
    };
    count(field, value)?.map(check).transpose()
}

fn count(field: &'static str, value: &Any<'_>) -> Result<Option<u64>, WireError> {
    let (found, read) = match value {
        Any::Absent => return Ok(None),
        Any::Unsigned(number) => return Ok(Some(*number)),
        Any::Text(text) if text.is_empty() => return Ok(None),
        Any::Text(text) => (
            shown(text),
            text.parse().ok().or_else(|| whole(text.parse().ok()?)),
        ),
        Any::Signed(_) => (value.shown_number(), None),
        Any::Double(number) => (value.shown_number(), whole(*number)),
        other => return Err(other.wrong_type(field, "a number")),
    };
    let reason = || format!("is `{found}`, expected {SOME_COUNT}");
    read.map(Some).ok_or_else(|| WireError::InvalidValue {
        field,
        reason: reason(),
    })
}

/// A double that is a whole number and so small that doubles still tell it from its neighbours.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it was just found to be whole and within the range"
)]
fn whole(number: f64) -> Option<u64> {
    const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;
    let sound = number.fract() == 0.0 && (0.0..EXACT_BELOW).contains(&number);
    sound.then_some(number as u64)
}
