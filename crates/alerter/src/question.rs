//! The answers that people wait for: a reminder before one is due, and a word when it has not come.
//!
//! Like deadlines they go by the wall clock, and no silence and no other incident holds them back.

use std::cmp::Reverse;

use fengbiao_model::{
    DeadlineState, Happening, IncidentId, NoticeKind, Question, TimeSpan, Timestamp,
};

use crate::alerter::Alerter;
use crate::deadline::speaks_next;
use crate::entry::Entry;
use crate::limits::{CONTACT_REMINDED_BEFORE, MAX_NOTICE_QUESTIONS, MAX_QUESTION_CHARACTERS};
use crate::notify::on_one_line;
use crate::outcome::Outcome;

/// What is asked now. Whoever asks so late that the reminder would come at once is not reminded.
pub(crate) fn question(
    item: u32,
    of: &str,
    what: &str,
    due: Timestamp,
    now: Timestamp,
) -> Question {
    let warn_at = Some(due - CONTACT_REMINDED_BEFORE).filter(|at| *at > now);
    Question {
        item,
        of: of.to_owned(),
        what: what.to_owned(),
        due,
        warn_at,
        state: DeadlineState::Running,
    }
}

/// When a question has something to say next (wall clock).
pub(crate) fn next_of(question: &Question) -> Option<Timestamp> {
    speaks_next(question.state, question.warn_at, question.due)
}

/// The questions that a notice made now shows, each on one line.
pub(crate) fn shown_questions(entry: &Entry, now: Timestamp) -> Vec<Question> {
    let mut asked: Vec<&Question> = entry.duties.asked.values().collect();
    let apart = |at: Timestamp| at.since(now).max(now.since(at));
    // Of two as near, the one that is over.
    asked.sort_by_key(|question| {
        let over = now.since(question.due) >= TimeSpan::ZERO;
        (apart(question.due), Reverse(over), question.item)
    });
    asked.truncate(MAX_NOTICE_QUESTIONS);
    asked.sort_by_key(|question| (question.due, question.item));
    let shown = |question: &Question| Question {
        what: on_one_line(&question.what, MAX_QUESTION_CHARACTERS),
        ..question.clone()
    };
    asked.into_iter().map(shown).collect()
}

impl Alerter {
    /// A reminder or an end has come: one notice for all of the incident's that have.
    pub(crate) fn fire_questions(&mut self, id: IncidentId, out: &mut Outcome) {
        let wall = self.clocks.wall;
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let mut told = None::<NoticeKind>;
        let mut happened = Vec::new();
        for question in entry.duties.asked.values_mut() {
            if next_of(question).is_none_or(|at| at > wall) {
                continue;
            }
            let (item, of, due) = (question.item, question.of.clone(), question.due);
            let (state, kind, what) = if wall >= due {
                let what = Happening::ReplyMissed { item, of, due };
                (DeadlineState::Missed, NoticeKind::ReplyMissed, what)
            } else {
                let what = Happening::ReplyNear { item, of, due };
                (DeadlineState::Warned, NoticeKind::ReplyNear, what)
            };
            question.state = state;
            happened.push(what);
            told = told.max(Some(kind));
        }
        let Some(kind) = told else {
            return self.retime(id);
        };
        entry.incident.change += 1;
        out.touched.duties.insert(id);
        for what in happened {
            entry.happened(wall, what, out);
        }
        self.announce(id, kind, None, out);
    }
}
