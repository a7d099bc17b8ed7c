//! What people have said of an incident: its class and grade, and the answer to the public.

use fengbiao_model::{Class, Notice};

use super::card::{detail, plain};
use super::language::words;
use super::line::{Line, Role, Run, Style};
use super::{Language, Phrasing};

impl Phrasing {
    /// What people say of it, or rules propose; nothing where it is an incident without a grade.
    pub(super) fn judged(&self, notice: &Notice) -> Option<Line> {
        let class = (notice.class != Class::Incident).then(|| self.language.class(notice.class));
        let grade = notice.grade.map(|grade| match self.language {
            Language::Zh => format!("定级 {}", self.language.grade(grade)),
            Language::En => format!("grade {}", self.language.grade(grade)),
        });
        let parts: Vec<String> = class.map(str::to_owned).into_iter().chain(grade).collect();
        if parts.is_empty() {
            return None;
        }
        let label = Some(words(self.language).judged);
        Some(detail(label, vec![plain(&parts.join(" · "))]))
    }

    /// What it is sorted by: `region = 东区 · drill = 是`.
    pub(super) fn labels(&self, notice: &Notice) -> Option<Line> {
        let labels = notice.labels.iter();
        let labels: Vec<String> = labels
            .map(|(key, value)| format!("{key} = {value}"))
            .collect();
        if labels.is_empty() {
            return None;
        }
        let label = Some(words(self.language).labels);
        Some(detail(label, vec![plain(&labels.join(" · "))]))
    }

    /// The factual answer that is out, whole, and where it can be read.
    pub(super) fn answer(&self, notice: &Notice) -> Vec<Line> {
        let Some(answer) = &notice.answer else {
            return Vec::new();
        };
        let said = answer.text.lines().filter(|line| !line.trim().is_empty());
        let label = |index| (index == 0).then_some(words(self.language).answer);
        let said = said.enumerate();
        let mut lines: Vec<Line> = said
            .map(|(index, line)| detail(label(index), vec![plain(line)]))
            .collect();
        if let Some(link) = &answer.link {
            lines.push(Line::new(
                Role::Link,
                None,
                vec![Run::new(Style::Link, link)],
            ));
        }
        lines
    }
}
