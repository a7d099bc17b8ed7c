//! Posts and what else goes through the topic `posts`.

use std::borrow::Cow;
use std::fmt;

use crate::id::Text;
use crate::limits::{MAX_LINK_BYTES, MAX_TEXT_BYTES, MAX_TITLE_BYTES, SHOWN_LINK_CHARS};
use crate::{LexiconHash, LexiconNumber, PostId, ServiceId, SourceId, Timestamp, Voice};

/// A part of a post that is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The title.
    Title,
    /// The text.
    Text,
}

impl Field {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Text => "text",
        }
    }
}

/// Why a part of a post is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostError {
    /// A text or title of nothing but white space.
    Blank(Field),
    /// Longer than the bound.
    TooLong {
        /// Which part: `title`, `text`, `url`.
        part: &'static str,
        /// Bytes it has.
        bytes: usize,
        /// Bytes it may have.
        limit: usize,
    },
    /// Not an absolute `http` or `https` link.
    NotALink(String),
}

impl fmt::Display for PostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank(field) => write!(f, "`{}` is blank", field.as_str()),
            Self::TooLong { part, bytes, limit } => {
                write!(f, "`{part}` has {bytes} bytes, at most {limit} are allowed")
            }
            Self::NotALink(found) => {
                write!(
                    f,
                    "`url` is `{}`, expected an `http` or `https` link",
                    found.escape_debug()
                )
            }
        }
    }
}

impl std::error::Error for PostError {}

macro_rules! texts {
    ($($(#[$doc:meta])* $type:ident checked by $check:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type<'a>(Text<'a>);

        impl<'a> $type<'a> {
            /// Checks and keeps it.
            pub fn new(text: impl Into<Cow<'a, str>>) -> Result<Self, PostError> {
                let text = text.into();
                let check: fn(&str) -> Result<(), PostError> = $check;
                check(&text)?;
                Ok(Self(text))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The same, owning its text.
            #[must_use]
            pub fn into_owned(self) -> $type<'static> {
                $type(Cow::Owned(self.0.into_owned()))
            }
        }
    )*};
}

fn check_text(field: Field, text: &str, limit: usize) -> Result<(), PostError> {
    if text.len() > limit {
        return Err(PostError::TooLong {
            part: field.as_str(),
            bytes: text.len(),
            limit,
        });
    }
    if text.trim().is_empty() {
        Err(PostError::Blank(field))
    } else {
        Ok(())
    }
}

fn check_link(text: &str) -> Result<(), PostError> {
    if text.len() > MAX_LINK_BYTES {
        let bytes = text.len();
        return Err(PostError::TooLong {
            part: "url",
            bytes,
            limit: MAX_LINK_BYTES,
        });
    }
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let sound = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    if sound {
        Ok(())
    } else {
        Err(PostError::NotALink(
            text.chars().take(SHOWN_LINK_CHARS).collect(),
        ))
    }
}

texts! {
    /// The text of a post: not blank, at most [`MAX_TEXT_BYTES`].
    PostText checked by |text| check_text(Field::Text, text, MAX_TEXT_BYTES);
    /// The title of a post: not blank, at most [`MAX_TITLE_BYTES`].
    Title checked by |text| check_text(Field::Title, text, MAX_TITLE_BYTES);
    /// An absolute link over `http` or `https`, without white space.
    Link checked by check_link;
}

/// What a service shows beside a post. None where it shows nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Times it was passed on.
    pub reposts: Option<u64>,
    /// Comments under it.
    pub comments: Option<u64>,
    /// Likes.
    pub likes: Option<u64>,
    /// Views.
    pub views: Option<u64>,
    /// Place on a hot list, 1 at the top.
    pub rank: Option<u32>,
    /// Days on a hot list so far, the first counted as 1.
    pub days_on_list: Option<u32>,
}

impl Counts {
    /// Whether it comes from a ranking source, one whose posts carry a place or days on a list.
    #[must_use]
    pub const fn are_of_a_list(self) -> bool {
        self.rank.is_some() || self.days_on_list.is_some()
    }

    /// What is known after the post was found again: the greatest counts, the best rank.
    #[must_use]
    pub fn merged(self, again: Self) -> Self {
        let best = |a: Option<u32>, b: Option<u32>| match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self {
            reposts: self.reposts.max(again.reposts),
            comments: self.comments.max(again.comments),
            likes: self.likes.max(again.likes),
            views: self.views.max(again.views),
            rank: best(self.rank, again.rank),
            days_on_list: self.days_on_list.max(again.days_on_list),
        }
    }

    /// How far a post reaches, for an order among posts: reposts, comments and likes together.
    /// Views are left out: services count them in ways that differ by orders of magnitude.
    #[must_use]
    pub fn reach(self) -> u64 {
        [self.reposts, self.comments, self.likes]
            .into_iter()
            .flatten()
            .fold(0, u64::saturating_add)
    }
}

/// One public text, as it is stored: masked, its author a pseudonym, its links rewritten.
#[derive(Clone, Debug, PartialEq)]
pub struct Post<'a> {
    /// What it is known by.
    pub id: PostId,
    /// The service's own id, as given.
    pub native_id: Option<Cow<'a, str>>,
    /// The service it was made on.
    pub service: ServiceId,
    /// The source it was collected from.
    pub source: SourceId,
    /// Where it can be read.
    pub url: Option<Link<'a>>,
    /// Its title.
    pub title: Option<Title<'a>>,
    /// Its text.
    pub text: PostText<'a>,
    /// Who speaks. Without one it is a voice of its source.
    pub voice: Option<Voice>,
    /// When it was published, where known.
    pub published_at: Option<Timestamp>,
    /// When it was found. Windows count by it.
    pub found_at: Timestamp,
    /// What the service shows beside it.
    pub counts: Counts,
    /// The post it passes on.
    pub repost_of: Option<PostId>,
}

impl Post<'_> {
    /// The same, owning its texts.
    #[must_use]
    pub fn into_owned(self) -> Post<'static> {
        Post {
            id: self.id,
            native_id: self.native_id.map(|id| Cow::Owned(id.into_owned())),
            service: self.service,
            source: self.source,
            url: self.url.map(Link::into_owned),
            title: self.title.map(Title::into_owned),
            text: self.text.into_owned(),
            voice: self.voice,
            published_at: self.published_at,
            found_at: self.found_at,
            counts: self.counts,
            repost_of: self.repost_of,
        }
    }

    /// The searched parts it has, title first.
    pub fn fields(&self) -> impl Iterator<Item = (Field, &str)> {
        let title = self
            .title
            .as_ref()
            .map(|title| (Field::Title, title.as_str()));
        title.into_iter().chain([(Field::Text, self.text.as_str())])
    }

    /// The text of one part, where the post has it.
    #[must_use]
    pub fn field(&self, field: Field) -> Option<&str> {
        match field {
            Field::Title => self.title.as_ref().map(Title::as_str),
            Field::Text => Some(self.text.as_str()),
        }
    }
}

/// The word of a source that a post is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// The post.
    pub id: PostId,
    /// The service it was made on.
    pub service: ServiceId,
    /// The source that says so.
    pub source: SourceId,
    /// When that was noticed.
    pub found_at: Timestamp,
}

impl Deletion {
    /// Whether it speaks of what was found at a source: a source takes back its own posts only.
    /// What is quoted keeps no service; one that was collected from a source without a service of
    /// its own bears the source's name for both.
    #[must_use]
    pub fn is_of(&self, source: &SourceId) -> bool {
        [self.source.as_str(), self.service.as_str()].contains(&source.as_str())
    }
}

/// From the record after this one on, another lexicon is in force in this partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// Its number.
    pub number: LexiconNumber,
    /// The hash of its texts.
    pub hash: LexiconHash,
}

/// One record of the topic `posts`.
#[derive(Clone, Debug, PartialEq)]
pub enum PostRecord<'a> {
    /// A post, found for the first time or again.
    Post(Post<'a>),
    /// A post whose text has changed.
    Update(Post<'a>),
    /// A post that is gone.
    Delete(Deletion),
    /// A change of lexicon.
    Control(Control),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_check_themselves() {
        assert_eq!(PostText::new(" \n"), Err(PostError::Blank(Field::Text)));
        assert!(matches!(
            PostText::new("a".repeat(MAX_TEXT_BYTES + 1)),
            Err(PostError::TooLong { part: "text", .. })
        ));
        assert!(Link::new("https://example.org/a?b=c").is_ok());
        for wrong in [
            "",
            "ftp://a",
            "http://",
            "http:///a",
            "https://a b",
            "javascript:alert(1)",
        ] {
            assert!(
                matches!(Link::new(wrong), Err(PostError::NotALink(_))),
                "{wrong}"
            );
        }
    }

    #[test]
    fn found_again_takes_the_greatest_count_and_the_best_rank() {
        let first = Counts {
            reposts: Some(3),
            rank: Some(7),
            days_on_list: Some(2),
            ..Counts::default()
        };
        let again = Counts {
            reposts: Some(2),
            likes: Some(1),
            rank: Some(4),
            days_on_list: Some(1),
            ..Counts::default()
        };
        let merged = first.merged(again);
        assert_eq!(
            (
                merged.reposts,
                merged.likes,
                merged.rank,
                merged.days_on_list
            ),
            (Some(3), Some(1), Some(4), Some(2))
        );
        assert_eq!(merged.reach(), 4);
    }
}
