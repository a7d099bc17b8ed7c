//! Why a line or an entry did not become a post.

use fengbiao_model::{CANARY_SOURCE, PostError, SourceId};
use fengbiao_wire::WireError;

use crate::encoding;
use crate::field_map::MapError;
use crate::mask::mask;

/// Why a line or an entry did not become a post. No message shows an author.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The bytes are not a post.
    #[error("{}", in_its_line(.0))]
    Wire(#[from] WireError),
    /// The field map does not fit the line.
    #[error(transparent)]
    Map(#[from] MapError),
    /// The bytes are not in the encoding they should be in.
    #[error(transparent)]
    Encoding(#[from] encoding::EncodingError),
    /// A text that broke a bound only here.
    #[error("{0}")]
    Post(String),
    /// Longer than a line may be.
    #[error("the line is longer than {limit} bytes; hint: one post is one line of JSON")]
    LineTooLong {
        /// Bytes a line may have.
        limit: usize,
    },
    /// A post that speaks for another source.
    #[error(
        "`source` is `{found}`, expected `{expected}` or none; hint: name the source once, with \
         the request"
    )]
    OtherSource {
        /// What the post says.
        found: SourceId,
        /// Who speaks.
        expected: SourceId,
    },
    /// A post that calls itself one of Fengbiao's own.
    #[error("`source` is `{CANARY_SOURCE}`, which Fengbiao keeps for itself; hint: name another")]
    ReservedSource,
    /// A deletion that does not say of what.
    #[error("`id` is missing; hint: a `delete` names its post by `id` or by `url`")]
    NothingToDelete,
}

impl Refusal {
    /// A stable name of the reason, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Wire(error) => error.code(),
            Self::Map(error) => error.code(),
            Self::Encoding(_) => "invalid_encoding",
            Self::Post(_) => "invalid_value",
            Self::LineTooLong { .. } => "line_too_long",
            Self::OtherSource { .. } => "other_source",
            Self::ReservedSource => "reserved_source",
            Self::NothingToDelete => "missing_field",
        }
    }
}

/// A post is one line, and which one is said by whoever counts them: the parser's own `line 1`
/// would only mislead.
fn in_its_line(error: &WireError) -> String {
    error
        .to_string()
        .replace(" at line 1 column ", " at column ")
}

impl From<PostError> for Refusal {
    fn from(error: PostError) -> Self {
        Self::Post(mask(&error.to_string()).into_owned())
    }
}
