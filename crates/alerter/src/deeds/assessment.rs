//! What people find and say: grade, class, labels, notes, a joint assessment, the answer to the
//! public, what became of a post. Closed incidents take all of it: a review comes late.

use fengbiao_model::{Answer, Class, Grade, Happening, LabelKey, PostId, Stage};

use super::Doing;
use super::lifecycle::Done;
use crate::alerter::Alerter;
use crate::outcome::Outcome;

impl Alerter {
    pub(super) fn grade(
        &mut self,
        doing: &Doing<'_>,
        grade: Option<Grade>,
        note: &str,
        out: &mut Outcome,
    ) -> Done {
        let incident = self.head_mut(doing)?;
        incident.grade = grade;
        let said = note.to_owned();
        doing.write(incident, Happening::Graded { grade, note: said }, out);
        if let Some(entry) = self.entries.get_mut(&doing.id) {
            entry.duties.verified = grade.is_some();
            out.touched.duties.insert(doing.id);
        }
        Ok(grade.map_or("none", Grade::as_str).to_owned())
    }

    pub(super) fn classify(
        &mut self,
        doing: &Doing<'_>,
        class: Class,
        note: &str,
        out: &mut Outcome,
    ) -> Done {
        let incident = self.head_mut(doing)?;
        incident.class = class;
        incident.classified = true;
        let said = note.to_owned();
        doing.write(incident, Happening::Classified { class, note: said }, out);
        Ok(class.as_str().to_owned())
    }

    pub(super) fn label(
        &mut self,
        doing: &Doing<'_>,
        key: &LabelKey,
        value: Option<&String>,
        out: &mut Outcome,
    ) -> Done {
        let incident = self.head_mut(doing)?;
        match value {
            Some(value) => drop(incident.labels.insert(key.clone(), value.clone())),
            None => drop(incident.labels.remove(key)),
        }
        let (key, value) = (key.clone(), value.cloned());
        let note = match &value {
            Some(value) => format!("{key}={value}"),
            None => format!("{key} taken off"),
        };
        doing.write(incident, Happening::Labelled { key, value }, out);
        Ok(note)
    }

    pub(super) fn note(&mut self, doing: &Doing<'_>, text: &str, out: &mut Outcome) -> Done {
        let incident = self.head_mut(doing)?;
        let text = text.to_owned();
        doing.write(incident, Happening::Noted { text }, out);
        Ok(String::new())
    }

    pub(super) fn assess(
        &mut self,
        doing: &Doing<'_>,
        owner: &str,
        grade: Option<Grade>,
        opinion: &str,
        out: &mut Outcome,
    ) -> Done {
        let incident = self.head_mut(doing)?;
        let assessed = Happening::Assessed {
            owner: owner.to_owned(),
            grade,
            opinion: opinion.to_owned(),
        };
        doing.write(incident, assessed, out);
        Ok(owner.to_owned())
    }

    /// A factual answer is out: it is shown in every later notice. Who answers has taken it on.
    pub(super) fn answer(
        &mut self,
        doing: &Doing<'_>,
        text: &str,
        link: Option<&String>,
        out: &mut Outcome,
    ) -> Done {
        self.take_on(doing, out);
        let incident = self.head_mut(doing)?;
        incident.answer = Some(Answer {
            text: text.to_owned(),
            link: link.cloned(),
            by: doing.by().clone(),
            at: doing.command.at,
        });
        incident.stage = incident.stage.max(Stage::Answered);
        let (text, link) = (text.to_owned(), link.cloned());
        let note = link.clone().unwrap_or_default();
        doing.write(incident, Happening::Answered { text, link }, out);
        Ok(note)
    }

    /// What became of one of the posts that the incident quotes.
    pub(super) fn outcome(
        &mut self,
        doing: &Doing<'_>,
        post: PostId,
        outcome: &str,
        out: &mut Outcome,
    ) -> Done {
        let entry = self.entries.get(&doing.id);
        if entry.is_some_and(|entry| !entry.quotes.contains_key(&post)) {
            return Err(format!(
                "incident `{}` does not quote the post `{post}`, expected one of those it shows",
                doing.number
            ));
        }
        let incident = self.head_mut(doing)?;
        let outcome = outcome.to_owned();
        doing.write(incident, Happening::Outcome { post, outcome }, out);
        Ok(format!("post {post}"))
    }
}
