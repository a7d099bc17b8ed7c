//! What people ask of one incident.

use std::fmt;

use crate::limits::{
    MAX_ANSWER_BYTES, MAX_LABEL_BYTES, MAX_LINK_BYTES, MAX_NOTE_BYTES, MAX_PARTY_BYTES,
    MAX_SPLIT_POSTS,
};
use crate::{Class, Grade, IncidentNumber, LabelKey, PostId, Stage, Timestamp};

/// What is asked of one incident. Its texts are bounded; [`Deed::check`] says how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Somebody takes it on.
    Acknowledge,
    /// It is over.
    Close {
        /// Why, in a sentence.
        note: String,
    },
    /// It is not over after all.
    Reopen {
        /// Why, in a sentence.
        note: String,
    },
    /// It moves on in its life.
    Stage {
        /// To where.
        stage: Stage,
        /// What there is to say; may be empty.
        note: String,
    },
    /// The event is graded after verification, or the grade is taken back.
    Grade {
        /// The grade.
        grade: Option<Grade>,
        /// What there is to say; may be empty.
        note: String,
    },
    /// What kind of matter it is.
    Classify {
        /// The class.
        class: Class,
        /// What there is to say; may be empty.
        note: String,
    },
    /// A label is set or, without a value, taken off.
    Label {
        /// Which.
        key: LabelKey,
        /// Its value.
        value: Option<String>,
    },
    /// Something is written down.
    Note {
        /// What.
        text: String,
    },
    /// The contact sheet: somebody is asked something.
    Ask {
        /// Who.
        of: String,
        /// What.
        what: String,
        /// By when the reply is due (wall clock); none means a day after it was asked.
        by_when: Option<Timestamp>,
    },
    /// The contact sheet: a reply has come.
    Reply {
        /// To which item.
        item: u32,
        /// The reply.
        answer: String,
    },
    /// One owner's part in a joint assessment.
    Assess {
        /// Whose opinion it is.
        owner: String,
        /// The grade that this owner would give.
        grade: Option<Grade>,
        /// The opinion.
        opinion: String,
    },
    /// A factual answer to the public is out; it replaces an earlier one.
    Answer {
        /// What is said.
        text: String,
        /// Where.
        link: Option<String>,
    },
    /// What became of one post.
    Outcome {
        /// The post.
        post: PostId,
        /// What became of it.
        outcome: String,
    },
    /// It is the same matter as another one, which takes it in.
    Merge {
        /// Which.
        into: IncidentNumber,
        /// What there is to say; may be empty.
        note: String,
    },
    /// Some of its posts are another matter.
    Split {
        /// Which.
        posts: Vec<PostId>,
        /// What there is to say; may be empty.
        note: String,
    },
}

/// What is wrong with a deed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeedError {
    /// The field.
    pub field: &'static str,
    /// What it is, and what was expected.
    pub reason: String,
}

impl fmt::Display for DeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.field, self.reason)
    }
}

impl std::error::Error for DeedError {}

impl Deed {
    /// Its kind, as it is written.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Close { .. } => "close",
            Self::Reopen { .. } => "reopen",
            Self::Stage { .. } => "stage",
            Self::Grade { .. } => "grade",
            Self::Classify { .. } => "classify",
            Self::Label { .. } => "label",
            Self::Note { .. } => "note",
            Self::Ask { .. } => "ask",
            Self::Reply { .. } => "reply",
            Self::Assess { .. } => "assess",
            Self::Answer { .. } => "answer",
            Self::Outcome { .. } => "outcome",
            Self::Merge { .. } => "merge",
            Self::Split { .. } => "split",
        }
    }

    /// Whether its texts are there and within their bounds. Notes of what speaks for itself may be
    /// empty; what is the deed itself may not.
    pub fn check(&self) -> Result<(), DeedError> {
        match self {
            Self::Acknowledge => Ok(()),
            Self::Close { note } | Self::Reopen { note } => needed("note", note, MAX_NOTE_BYTES),
            Self::Stage { note, .. }
            | Self::Grade { note, .. }
            | Self::Classify { note, .. }
            | Self::Merge { note, .. } => bounded("note", note, MAX_NOTE_BYTES),
            Self::Label { value, .. } => match value {
                Some(value) => check_label_value(value),
                None => Ok(()),
            },
            Self::Note { text } => needed("text", text, MAX_NOTE_BYTES),
            Self::Ask { of, what, .. } => {
                line("of", of, MAX_PARTY_BYTES)?;
                needed("what", what, MAX_NOTE_BYTES)
            }
            Self::Reply { answer, .. } => needed("answer", answer, MAX_NOTE_BYTES),
            Self::Assess { owner, opinion, .. } => {
                line("owner", owner, MAX_PARTY_BYTES)?;
                needed("opinion", opinion, MAX_NOTE_BYTES)
            }
            Self::Answer { text, link } => {
                needed("text", text, MAX_ANSWER_BYTES)?;
                link.as_ref().map_or(Ok(()), |link| web_link(link))
            }
            Self::Outcome { outcome, .. } => needed("outcome", outcome, MAX_NOTE_BYTES),
            Self::Split { posts, note } => {
                bounded("note", note, MAX_NOTE_BYTES)?;
                some_posts(posts)
            }
        }
    }
}

/// Whether a text may be the value of a label: one line, neither blank nor too long.
pub fn check_label_value(value: &str) -> Result<(), DeedError> {
    line("value", value, MAX_LABEL_BYTES)
}

fn wrong<T>(field: &'static str, reason: String) -> Result<T, DeedError> {
    Err(DeedError { field, reason })
}

/// Anything that people write, lines included.
fn bounded(field: &'static str, text: &str, limit: usize) -> Result<(), DeedError> {
    if text.len() > limit {
        let bytes = text.len();
        return wrong(
            field,
            format!("has {bytes} bytes, expected at most {limit}"),
        );
    }
    let odd = |c: &char| c.is_control() && !matches!(c, '\n' | '\t');
    match text.chars().find(odd) {
        Some(c) => {
            let shown = c.escape_debug();
            wrong(
                field,
                format!("has the character `{shown}`, expected text without control characters"),
            )
        }
        None => Ok(()),
    }
}

fn needed(field: &'static str, text: &str, limit: usize) -> Result<(), DeedError> {
    if text.trim().is_empty() {
        return wrong(field, "is empty, expected a sentence".to_owned());
    }
    bounded(field, text, limit)
}

fn line(field: &'static str, text: &str, limit: usize) -> Result<(), DeedError> {
    if text.trim().is_empty() {
        return wrong(field, "is empty, expected a name or a word".to_owned());
    }
    if text.contains('\n') {
        return wrong(field, "has more than one line, expected one".to_owned());
    }
    bounded(field, text, limit)
}

/// A link is shown where it can be clicked: nothing but the web.
fn web_link(link: &str) -> Result<(), DeedError> {
    let web = ["http://", "https://"]
        .into_iter()
        .any(|scheme| link.len() > scheme.len() && link.starts_with(scheme));
    if !web || link.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return wrong(
            "link",
            format!(
                "is `{}`, expected one that begins with `https://` or `http://`",
                link.escape_debug()
            ),
        );
    }
    bounded("link", link, MAX_LINK_BYTES)
}

fn some_posts(posts: &[PostId]) -> Result<(), DeedError> {
    let count = posts.len();
    if count == 0 || count > MAX_SPLIT_POSTS {
        return wrong(
            "posts",
            format!("names {count} posts, expected 1 to {MAX_SPLIT_POSTS}"),
        );
    }
    let mut sorted = posts.to_vec();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => wrong(
            "posts",
            format!("names `{}` twice, expected every post once", pair[0]),
        ),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(n: u8) -> PostId {
        PostId::from_bytes([n; 16])
    }

    fn close(note: &str) -> Deed {
        Deed::Close {
            note: note.to_owned(),
        }
    }

    fn answer(link: &str) -> Deed {
        Deed::Answer {
            text: "已核实".to_owned(),
            link: Some(link.to_owned()),
        }
    }

    #[test]
    fn texts_are_there_and_within_their_bounds() {
        let long = "长".repeat(MAX_NOTE_BYTES / 3 + 1);
        let split = |posts: Vec<PostId>| Deed::Split {
            posts,
            note: String::new(),
        };
        let ask = |of: &str| Deed::Ask {
            of: of.to_owned(),
            what: "事发经过".to_owned(),
            by_when: None,
        };
        let cases = [
            (close("查无此事"), None),
            (close("一\n二"), None),
            (close(" "), Some("note")),
            (close(&long), Some("note")),
            (close("a\u{0}b"), Some("note")),
            (answer("https://example.org/a"), None),
            (answer("https://"), Some("link")),
            (answer("javascript:alert(1)"), Some("link")),
            (answer("https://a b"), Some("link")),
            (split(vec![]), Some("posts")),
            (split(vec![post(1), post(2), post(1)]), Some("posts")),
            (split(vec![post(1), post(2)]), None),
            (ask("教育局"), None),
            (ask("教育局\n学校"), Some("of")),
        ];
        for (deed, expected) in cases {
            let found = deed.check().err().map(|error| error.field);
            assert_eq!(found, expected, "{deed:?}");
        }
    }
}
