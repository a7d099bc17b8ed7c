//! What happened to an incident: from the model to JSON and back.

use fengbiao_model::Happening;

use super::HappeningJson;
use crate::error::WireError;
use crate::name::name;
use crate::scalar::{Text, owned};

impl<'a> From<&'a Happening> for HappeningJson<'a> {
    fn from(what: &'a Happening) -> Self {
        match what {
            Happening::Opened { tier, reason } => Self::Opened {
                tier: Text(*tier),
                reason: reason.into(),
            },
            Happening::TierChanged { from, to, reason } => Self::TierChanged {
                from: from.map(Text),
                to: Text(*to),
                reason: reason.into(),
            },
            Happening::TierHeld { tier, reason } => Self::TierHeld {
                tier: Text(*tier),
                reason: reason.into(),
            },
            Happening::Closed { note, reason } => Self::Closed {
                note: note.as_str().into(),
                reason: reason.as_ref().map(Into::into),
            },
            Happening::Reopened { note } => Self::Reopened {
                note: note.as_str().into(),
            },
            Happening::Acknowledged => Self::Acknowledged {},
            Happening::Staged { stage, note } => Self::Staged {
                stage: Text(*stage),
                note: note.as_str().into(),
            },
            Happening::Graded { grade, note } => Self::Graded {
                grade: grade.map(Text),
                note: note.as_str().into(),
            },
            Happening::Classified { class, note } => Self::Classified {
                class: Text(*class),
                note: note.as_str().into(),
            },
            Happening::Labelled { key, value } => Self::Labelled {
                key: key.as_str().into(),
                value: value.as_deref().map(Into::into),
            },
            Happening::Noted { text } => Self::Noted {
                text: text.as_str().into(),
            },
            Happening::Asked {
                item,
                of,
                what,
                by_when,
            } => Self::Asked {
                item: *item,
                of: of.as_str().into(),
                what: what.as_str().into(),
                by_when: Text(*by_when),
            },
            Happening::Replied { item, answer } => Self::Replied {
                item: *item,
                answer: answer.as_str().into(),
            },
            Happening::Assessed {
                owner,
                grade,
                opinion,
            } => Self::Assessed {
                owner: owner.as_str().into(),
                grade: grade.map(Text),
                opinion: opinion.as_str().into(),
            },
            Happening::Answered { text, link } => Self::Answered {
                text: text.as_str().into(),
                link: link.as_deref().map(Into::into),
            },
            Happening::Outcome { post, outcome } => Self::Outcome {
                post: Text(*post),
                outcome: outcome.as_str().into(),
            },
            Happening::MergedInto { into, note } => Self::MergedInto {
                into: Text(*into),
                note: note.as_str().into(),
            },
            Happening::Absorbed { from, note } => Self::Absorbed {
                from: Text(*from),
                note: note.as_str().into(),
            },
            Happening::SplitOff { into, posts, note } => Self::SplitOff {
                into: Text(*into),
                posts: *posts,
                note: note.as_str().into(),
            },
            Happening::SplitFrom { from, posts, note } => Self::SplitFrom {
                from: Text(*from),
                posts: *posts,
                note: note.as_str().into(),
            },
            Happening::FollowsUp { incident } => Self::FollowsUp {
                incident: Text(*incident),
            },
            Happening::Lapsed => Self::Lapsed {},
            Happening::Escalated { chain, step, asked } => Self::Escalated {
                chain: chain.as_str().into(),
                step: *step,
                asked: asked.iter().map(|id| id.as_str().into()).collect(),
            },
            Happening::ToldWith { notice_of, to } => Self::ToldWith {
                notice_of: Text(*notice_of),
                to: to.as_str().into(),
            },
            Happening::Unanswered { chain, told } => Self::Unanswered {
                chain: chain.as_str().into(),
                told: told.as_str().into(),
            },
            Happening::DeadlineNear { duty, due } => Self::DeadlineNear {
                duty: Text(*duty),
                due: Text(*due),
            },
            Happening::DeadlineMissed { duty, due } => Self::DeadlineMissed {
                duty: Text(*duty),
                due: Text(*due),
            },
            Happening::ReplyNear { item, of, due } => Self::ReplyNear {
                item: *item,
                of: of.as_str().into(),
                due: Text(*due),
            },
            Happening::ReplyMissed { item, of, due } => Self::ReplyMissed {
                item: *item,
                of: of.as_str().into(),
                due: Text(*due),
            },
        }
    }
}

impl HappeningJson<'_> {
    /// What happened, its names checked.
    pub(super) fn into_model(self) -> Result<Happening, WireError> {
        Ok(match self {
            Self::Opened { tier, reason } => Happening::Opened {
                tier: tier.0,
                reason: reason.into(),
            },
            Self::TierChanged { from, to, reason } => Happening::TierChanged {
                from: from.map(|from| from.0),
                to: to.0,
                reason: reason.into(),
            },
            Self::TierHeld { tier, reason } => Happening::TierHeld {
                tier: tier.0,
                reason: reason.into(),
            },
            Self::Closed { note, reason } => Happening::Closed {
                note: note.0.into_owned(),
                reason: reason.map(Into::into),
            },
            Self::Reopened { note } => Happening::Reopened {
                note: note.0.into_owned(),
            },
            Self::Acknowledged {} => Happening::Acknowledged,
            Self::Staged { stage, note } => Happening::Staged {
                stage: stage.0,
                note: note.0.into_owned(),
            },
            Self::Graded { grade, note } => Happening::Graded {
                grade: grade.map(|grade| grade.0),
                note: note.0.into_owned(),
            },
            Self::Classified { class, note } => Happening::Classified {
                class: class.0,
                note: note.0.into_owned(),
            },
            Self::Labelled { key, value } => Happening::Labelled {
                key: name("key", &key.0)?,
                value: value.map(owned),
            },
            Self::Noted { text } => Happening::Noted {
                text: text.0.into_owned(),
            },
            Self::Asked {
                item,
                of,
                what,
                by_when,
            } => Happening::Asked {
                item,
                of: of.0.into_owned(),
                what: what.0.into_owned(),
                by_when: by_when.0,
            },
            Self::Replied { item, answer } => Happening::Replied {
                item,
                answer: answer.0.into_owned(),
            },
            Self::Assessed {
                owner,
                grade,
                opinion,
            } => Happening::Assessed {
                owner: owner.0.into_owned(),
                grade: grade.map(|grade| grade.0),
                opinion: opinion.0.into_owned(),
            },
            Self::Answered { text, link } => Happening::Answered {
                text: text.0.into_owned(),
                link: link.map(owned),
            },
            Self::Outcome { post, outcome } => Happening::Outcome {
                post: post.0,
                outcome: outcome.0.into_owned(),
            },
            Self::MergedInto { into, note } => Happening::MergedInto {
                into: into.0,
                note: note.0.into_owned(),
            },
            Self::Absorbed { from, note } => Happening::Absorbed {
                from: from.0,
                note: note.0.into_owned(),
            },
            Self::SplitOff { into, posts, note } => Happening::SplitOff {
                into: into.0,
                posts,
                note: note.0.into_owned(),
            },
            Self::SplitFrom { from, posts, note } => Happening::SplitFrom {
                from: from.0,
                posts,
                note: note.0.into_owned(),
            },
            Self::FollowsUp { incident } => Happening::FollowsUp {
                incident: incident.0,
            },
            Self::Lapsed {} => Happening::Lapsed,
            Self::Escalated { chain, step, asked } => Happening::Escalated {
                chain: name("chain", &chain.0)?,
                step,
                asked: asked
                    .into_iter()
                    .map(|id| name("asked", &id.0))
                    .collect::<Result<_, _>>()?,
            },
            Self::ToldWith { notice_of, to } => Happening::ToldWith {
                notice_of: notice_of.0,
                to: name("to", &to.0)?,
            },
            Self::Unanswered { chain, told } => Happening::Unanswered {
                chain: name("chain", &chain.0)?,
                told: name("told", &told.0)?,
            },
            Self::DeadlineNear { duty, due } => Happening::DeadlineNear {
                duty: duty.0,
                due: due.0,
            },
            Self::DeadlineMissed { duty, due } => Happening::DeadlineMissed {
                duty: duty.0,
                due: due.0,
            },
            Self::ReplyNear { item, of, due } => Happening::ReplyNear {
                item,
                of: of.0.into_owned(),
                due: due.0,
            },
            Self::ReplyMissed { item, of, due } => Happening::ReplyMissed {
                item,
                of: of.0.into_owned(),
                due: due.0,
            },
        })
    }
}
