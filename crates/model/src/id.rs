//! Names and identities.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::limits::{MAX_NAME_BYTES, MAX_SLUG_BYTES};

/// Why a name is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdError {
    /// Nothing in it.
    Empty,
    /// Longer than the bound.
    TooLong {
        /// Bytes it has.
        bytes: usize,
        /// Bytes it may have.
        limit: usize,
    },
    /// A character that is not allowed, and where (byte).
    Character {
        /// The character.
        found: char,
        /// Its byte offset.
        at: usize,
    },
    /// Not 32 lower-case hexadecimal digits.
    NotHex,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::TooLong { bytes, limit } => {
                write!(f, "has {bytes} bytes, at most {limit} are allowed")
            }
            Self::Character { found, at } => {
                write!(
                    f,
                    "has the character `{}` at byte {at}",
                    found.escape_debug()
                )
            }
            Self::NotHex => f.write_str("is not 32 hexadecimal digits"),
        }
    }
}

impl std::error::Error for IdError {}

fn slug(text: &str) -> Result<(), IdError> {
    bounded(text, MAX_SLUG_BYTES)?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    match text
        .char_indices()
        .find(|&(at, c)| !fits(c) || (at == 0 && c == '-'))
    {
        Some((at, found)) => Err(IdError::Character { found, at }),
        None => Ok(()),
    }
}

/// The characters of the names in the IANA time zone database. Whether there is such a zone is
/// for the one who holds its rules to say.
fn zone(text: &str) -> Result<(), IdError> {
    bounded(text, MAX_SLUG_BYTES)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+');
    match text.char_indices().find(|&(_, c)| !fits(c)) {
        Some((at, found)) => Err(IdError::Character { found, at }),
        None => Ok(()),
    }
}

fn name(text: &str) -> Result<(), IdError> {
    bounded(text, MAX_NAME_BYTES)?;
    match text.char_indices().find(|(_, c)| c.is_control()) {
        Some((at, found)) => Err(IdError::Character { found, at }),
        None => Ok(()),
    }
}

fn bounded(text: &str, limit: usize) -> Result<(), IdError> {
    if text.is_empty() {
        Err(IdError::Empty)
    } else if text.len() > limit {
        Err(IdError::TooLong {
            bytes: text.len(),
            limit,
        })
    } else {
        Ok(())
    }
}

macro_rules! names {
    ($($(#[$doc:meta])* $type:ident checked by $check:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Arc<str>);

        impl $type {
            /// Checks and keeps a name. Its copies share one text: names are copied all the time.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                $check(&text)?;
                Ok(Self(text.into()))
            }

            /// The name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $type {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }
    )*};
}

/// Kinds of names of which the program keeps some for itself.
macro_rules! reserves {
    ($($type:ident)*) => {$(
        impl $type {
            /// A name that the program keeps for itself; whoever writes it down here has checked it.
            pub(crate) fn reserved(name: &'static str) -> Self {
                Self(name.into())
            }
        }
    )*};
}

names! {
    /// A topic: lower-case letters, digits, `-` and `_`, not beginning with `-`.
    TopicId checked by slug;
    /// A rule inside a topic: the same characters.
    RuleId checked by slug;
    /// A receiver of notices: the same characters.
    ReceiverId checked by slug;
    /// A schedule of people on call: the same characters.
    ScheduleId checked by slug;
    /// A chain of escalation: the same characters.
    ChainId checked by slug;
    /// A calendar of business hours: the same characters.
    CalendarId checked by slug;
    /// A time zone, by its IANA name: `Asia/Shanghai`.
    Zone checked by zone;
    /// The key of a label of an incident: the same characters.
    LabelKey checked by slug;
    /// Where a post was collected: any text without control characters.
    SourceId checked by name;
    /// The service a post was made on; two sources may read one service.
    ServiceId checked by name;
}

reserves! { TopicId RuleId ReceiverId ServiceId SourceId }

macro_rules! digests {
    ($($(#[$doc:meta])* $type:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type([u8; 16]);

        impl $type {
            /// From the 16 bytes of a digest.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// From the first 16 bytes of a BLAKE3 digest.
            #[must_use]
            pub fn from_digest(hash: blake3::Hash) -> Self {
                let mut bytes = [0; 16];
                bytes.copy_from_slice(&hash.as_bytes()[..16]);
                Self(bytes)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                hex(&self.0, f)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self)
            }
        }

        impl FromStr for $type {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                hex16(text).map(Self)
            }
        }
    )*};
}

digests! {
    /// One post, wherever and however often it is found. 32 hexadecimal digits when shown.
    PostId;
    /// A pseudonym that counts an author's voice once. It is shown to nobody.
    Voice;
    /// The hash of a lexicon's texts.
    LexiconHash;
    /// The hash of a policy's text.
    PolicyId;
}

/// Sixteen bytes as 32 digits, in one piece: ids are written far more often than all else.
fn hex(bytes: &[u8; 16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 32];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
}

fn hex16(text: &str) -> Result<[u8; 16], IdError> {
    let digits = text.as_bytes();
    if digits.len() != 32 {
        return Err(IdError::NotHex);
    }
    // All digits are looked up before any is decided on: two or three ids stand in every record.
    let mut bytes = [0; 16];
    let mut seen = 0;
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = [pair[0], pair[1]].map(|digit| NIBBLES[usize::from(digit)]);
        *byte = high << 4 | low & 0xF;
        seen |= high | low;
    }
    if seen > 0xF {
        return Err(IdError::NotHex);
    }
    Ok(bytes)
}

/// What each digit is worth, and 255 what is none.
static NIBBLES: [u8; 256] = {
    let mut nibbles = [u8::MAX; 256];
    let mut value = 0;
    while value < 16 {
        nibbles[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    nibbles
};

/// What a post is known by, best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostIdentity<'a> {
    /// The service's own id of the post.
    Native(&'a str),
    /// Its canonical link.
    Link(&'a str),
    /// Nothing better: where it was found and what it says.
    Content {
        /// The source it was collected from.
        source: &'a SourceId,
        /// Its title, where it has one.
        title: Option<&'a str>,
        /// Its text.
        text: &'a str,
    },
}

impl PostId {
    /// The identity of a post of `service`. Parts are hashed with their lengths, so that no two
    /// different identities run together.
    #[must_use]
    pub fn of(service: &ServiceId, identity: &PostIdentity<'_>) -> Self {
        let mut hasher = blake3::Hasher::new();
        let mut part = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        match identity {
            PostIdentity::Native(id) => {
                part("native");
                part(service.as_str());
                part(id);
            }
            PostIdentity::Link(link) => {
                part("link");
                part(link);
            }
            PostIdentity::Content {
                source,
                title,
                text,
            } => {
                part("content");
                part(source.as_str());
                part(if title.is_some() { "title" } else { "" });
                part(title.unwrap_or_default());
                part(text);
            }
        }
        Self::from_digest(hasher.finalize())
    }
}

/// The number of a published lexicon; 1 is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LexiconNumber(pub u64);

impl fmt::Display for LexiconNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A short-lived or owned piece of text.
pub(crate) type Text<'a> = Cow<'a, str>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_and_names() {
        assert!(TopicId::new("food-safety").is_ok());
        assert_eq!(TopicId::new(""), Err(IdError::Empty));
        assert_eq!(
            TopicId::new("Food"),
            Err(IdError::Character { found: 'F', at: 0 })
        );
        assert_eq!(
            RuleId::new("a b"),
            Err(IdError::Character { found: ' ', at: 1 })
        );
        assert!(SourceId::new("武汉市卫健委").is_ok());
        assert_eq!(TopicId::new("pipeline"), Ok(TopicId::pipeline()));
        assert_eq!(SourceId::new("fengbiao-canary"), Ok(SourceId::canary()));
        assert!(matches!(
            SourceId::new("a\nb"),
            Err(IdError::Character { at: 1, .. })
        ));
        assert!(matches!(
            SourceId::new("a".repeat(513)),
            Err(IdError::TooLong { .. })
        ));
    }

    #[test]
    fn identities_do_not_run_together() {
        let service = |text| ServiceId::new(text).unwrap();
        let source = SourceId::new("s").unwrap();
        let content = |title, text| {
            PostId::of(
                &service("s"),
                &PostIdentity::Content {
                    source: &source,
                    title,
                    text,
                },
            )
        };
        let ids = [
            PostId::of(&service("a"), &PostIdentity::Native("bc")),
            PostId::of(&service("ab"), &PostIdentity::Native("c")),
            PostId::of(&service("a"), &PostIdentity::Link("bc")),
            content(None, "ab"),
            content(Some("a"), "b"),
            content(Some(""), "ab"),
        ];
        for (i, a) in ids.iter().enumerate() {
            assert!(ids[i + 1..].iter().all(|b| a != b), "{i}");
        }
    }

    #[test]
    fn digests_are_read_as_they_are_shown() {
        let id = PostId::of(&ServiceId::new("s").unwrap(), &PostIdentity::Native("1"));
        assert_eq!(id.to_string().parse::<PostId>(), Ok(id));
        assert_eq!("xyz".parse::<PostId>(), Err(IdError::NotHex));
        assert_eq!("G".repeat(32).parse::<PostId>(), Err(IdError::NotHex));
    }
}
