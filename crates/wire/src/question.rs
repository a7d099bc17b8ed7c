//! What somebody was asked, for notices, the ledger and the API.

use fengbiao_model::{DeadlineState, Question, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scalar::{Str, Text};

/// An item of a contact sheet that waits for its reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionJson<'a> {
    /// Number of the item within the incident, from 1.
    pub item: u32,
    /// Who was asked.
    #[serde(borrow)]
    pub of: Str<'a>,
    /// What was asked; in a notice its beginning, on one line.
    #[serde(borrow)]
    pub what: Str<'a>,
    /// By when the reply is due (wall clock).
    pub due: Text<Timestamp>,
    /// When people are reminded (wall clock); not there: they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_at: Option<Text<Timestamp>>,
    /// How it stands; never `met`: what is replied to is no longer asked.
    pub state: Text<DeadlineState>,
}

impl<'a> From<&'a Question> for QuestionJson<'a> {
    fn from(question: &'a Question) -> Self {
        Self {
            item: question.item,
            of: question.of.as_str().into(),
            what: question.what.as_str().into(),
            due: Text(question.due),
            warn_at: question.warn_at.map(Text),
            state: Text(question.state),
        }
    }
}

impl From<QuestionJson<'_>> for Question {
    fn from(json: QuestionJson<'_>) -> Self {
        Self {
            item: json.item,
            of: json.of.0.into_owned(),
            what: json.what.0.into_owned(),
            due: json.due.0,
            warn_at: json.warn_at.map(|at| at.0),
            state: json.state.0,
        }
    }
}
