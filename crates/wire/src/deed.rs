//! What people ask of one incident, inside commands and in the body of the API.

use fengbiao_model::{Class, Deed, Grade, IncidentNumber, PostId, Stage, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::name::name;
use crate::scalar::{Str, Text, owned};

/// What is asked of one incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum DeedJson<'a> {
    /// Somebody takes it on.
    Acknowledge {},
    /// It is over.
    Close {
        /// Why, in a sentence.
        #[serde(borrow)]
        note: Str<'a>,
    },
    /// It is not over after all.
    Reopen {
        /// Why, in a sentence.
        #[serde(borrow)]
        note: Str<'a>,
    },
    /// It moves on in its life.
    Stage {
        /// To where.
        stage: Text<Stage>,
        /// What there is to say.
        #[serde(borrow, default, skip_serializing_if = "Str::is_empty")]
        note: Str<'a>,
    },
    /// The event is graded after verification; without a grade, the grade is taken back.
    Grade {
        /// The grade.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grade: Option<Text<Grade>>,
        /// What there is to say.
        #[serde(borrow, default, skip_serializing_if = "Str::is_empty")]
        note: Str<'a>,
    },
    /// What kind of matter it is.
    Classify {
        /// The class.
        class: Text<Class>,
        /// What there is to say.
        #[serde(borrow, default, skip_serializing_if = "Str::is_empty")]
        note: Str<'a>,
    },
    /// A label is set or, without a value, taken off.
    Label {
        /// Which: lower-case letters, digits, `-` and `_`.
        #[serde(borrow)]
        key: Str<'a>,
        /// Its value.
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        value: Option<Str<'a>>,
    },
    /// Something is written down.
    Note {
        /// What.
        #[serde(borrow)]
        text: Str<'a>,
    },
    /// The contact sheet: somebody is asked something.
    Ask {
        /// Who.
        #[serde(borrow)]
        of: Str<'a>,
        /// What.
        #[serde(borrow)]
        what: Str<'a>,
        /// By when the reply is due (wall clock); not there: a day after it was asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by_when: Option<Text<Timestamp>>,
    },
    /// The contact sheet: a reply has come.
    Reply {
        /// To which item.
        item: u32,
        /// The reply.
        #[serde(borrow)]
        answer: Str<'a>,
    },
    /// One owner's part in a joint assessment.
    Assess {
        /// Whose opinion it is.
        #[serde(borrow)]
        owner: Str<'a>,
        /// The grade that this owner would give.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grade: Option<Text<Grade>>,
        /// The opinion.
        #[serde(borrow)]
        opinion: Str<'a>,
    },
    /// A factual answer to the public is out.
    Answer {
        /// What is said.
        #[serde(borrow)]
        text: Str<'a>,
        /// Where.
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        link: Option<Str<'a>>,
    },
    /// What became of one post.
    Outcome {
        /// The post.
        post: Text<PostId>,
        /// What became of it.
        #[serde(borrow)]
        outcome: Str<'a>,
    },
    /// It is the same matter as another one, which takes it in.
    Merge {
        /// Which.
        into: Text<IncidentNumber>,
        /// What there is to say.
        #[serde(borrow, default, skip_serializing_if = "Str::is_empty")]
        note: Str<'a>,
    },
    /// Some of its posts are another matter and become an incident of their own.
    Split {
        /// Which.
        posts: Vec<Text<PostId>>,
        /// What there is to say.
        #[serde(borrow, default, skip_serializing_if = "Str::is_empty")]
        note: Str<'a>,
    },
}

impl<'a> From<&'a Deed> for DeedJson<'a> {
    fn from(deed: &'a Deed) -> Self {
        match deed {
            Deed::Acknowledge => Self::Acknowledge {},
            Deed::Close { note } => Self::Close {
                note: note.as_str().into(),
            },
            Deed::Reopen { note } => Self::Reopen {
                note: note.as_str().into(),
            },
            Deed::Stage { stage, note } => Self::Stage {
                stage: Text(*stage),
                note: note.as_str().into(),
            },
            Deed::Grade { grade, note } => Self::Grade {
                grade: grade.map(Text),
                note: note.as_str().into(),
            },
            Deed::Classify { class, note } => Self::Classify {
                class: Text(*class),
                note: note.as_str().into(),
            },
            Deed::Label { key, value } => Self::Label {
                key: key.as_str().into(),
                value: value.as_deref().map(Into::into),
            },
            Deed::Note { text } => Self::Note {
                text: text.as_str().into(),
            },
            Deed::Ask { of, what, by_when } => Self::Ask {
                of: of.as_str().into(),
                what: what.as_str().into(),
                by_when: by_when.map(Text),
            },
            Deed::Reply { item, answer } => Self::Reply {
                item: *item,
                answer: answer.as_str().into(),
            },
            Deed::Assess {
                owner,
                grade,
                opinion,
            } => Self::Assess {
                owner: owner.as_str().into(),
                grade: grade.map(Text),
                opinion: opinion.as_str().into(),
            },
            Deed::Answer { text, link } => Self::Answer {
                text: text.as_str().into(),
                link: link.as_deref().map(Into::into),
            },
            Deed::Outcome { post, outcome } => Self::Outcome {
                post: Text(*post),
                outcome: outcome.as_str().into(),
            },
            Deed::Merge { into, note } => Self::Merge {
                into: Text(*into),
                note: note.as_str().into(),
            },
            Deed::Split { posts, note } => Self::Split {
                posts: posts.iter().copied().map(Text).collect(),
                note: note.as_str().into(),
            },
        }
    }
}

impl DeedJson<'_> {
    /// The deed, its names checked and its texts within their bounds.
    pub fn into_model(self) -> Result<Deed, WireError> {
        let deed = match self {
            Self::Acknowledge {} => Deed::Acknowledge,
            Self::Close { note } => Deed::Close {
                note: note.0.into_owned(),
            },
            Self::Reopen { note } => Deed::Reopen {
                note: note.0.into_owned(),
            },
            Self::Stage { stage, note } => Deed::Stage {
                stage: stage.0,
                note: note.0.into_owned(),
            },
            Self::Grade { grade, note } => Deed::Grade {
                grade: grade.map(|grade| grade.0),
                note: note.0.into_owned(),
            },
            Self::Classify { class, note } => Deed::Classify {
                class: class.0,
                note: note.0.into_owned(),
            },
            Self::Label { key, value } => Deed::Label {
                key: name("key", &key.0)?,
                value: value.map(owned),
            },
            Self::Note { text } => Deed::Note {
                text: text.0.into_owned(),
            },
            Self::Ask { of, what, by_when } => Deed::Ask {
                of: of.0.into_owned(),
                what: what.0.into_owned(),
                by_when: by_when.map(|by_when| by_when.0),
            },
            Self::Reply { item, answer } => Deed::Reply {
                item,
                answer: answer.0.into_owned(),
            },
            Self::Assess {
                owner,
                grade,
                opinion,
            } => Deed::Assess {
                owner: owner.0.into_owned(),
                grade: grade.map(|grade| grade.0),
                opinion: opinion.0.into_owned(),
            },
            Self::Answer { text, link } => Deed::Answer {
                text: text.0.into_owned(),
                link: link.map(owned),
            },
            Self::Outcome { post, outcome } => Deed::Outcome {
                post: post.0,
                outcome: outcome.0.into_owned(),
            },
            Self::Merge { into, note } => Deed::Merge {
                into: into.0,
                note: note.0.into_owned(),
            },
            Self::Split { posts, note } => Deed::Split {
                posts: posts.into_iter().map(|one| one.0).collect(),
                note: note.0.into_owned(),
            },
        };
        match deed.check() {
            Ok(()) => Ok(deed),
            Err(error) => Err(WireError::InvalidValue {
                field: error.field,
                reason: error.reason,
            }),
        }
    }
}
