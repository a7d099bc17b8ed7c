//! Who was told before, and the incidents that a notice stands for beside its own.

use fengbiao_model::{Notice, OtherIncident, ReceiverId};

use super::Language;
use super::card::{Phrasing, detail, faint, plain};
use super::language::counted;
use super::line::{Line, Role, Run, Style};

impl Phrasing {
    /// `此前已通知 duty-a、duty-b`
    pub(super) fn told_before(&self, notice: &Notice) -> Option<String> {
        if notice.told_before.is_empty() {
            return None;
        }
        let told = notice.told_before.iter().map(ReceiverId::as_str);
        let told = told.collect::<Vec<_>>().join(self.pick("、", ", "));
        Some(format!(
            "{}{told}",
            self.pick("此前已通知 ", "told before: ")
        ))
    }

    /// The other incidents, a line each.
    pub(super) fn others(&self, notice: &Notice) -> Vec<Line> {
        if notice.others.is_empty() {
            return Vec::new();
        }
        let count = u64::try_from(notice.others.len()).unwrap_or(u64::MAX);
        let head = match self.language {
            Language::Zh => format!("另有 {count} 个事件同时待通知："),
            Language::En => format!(
                "{} that had to be told at the same time:",
                counted(count, "other incident", "other incidents")
            ),
        };
        let head = detail(None, vec![Run::new(Style::Strong, &head)]);
        let mut lines = vec![Line::gap(), head];
        lines.extend(notice.others.iter().map(|other| self.other(other)));
        lines
    }

    fn other(&self, other: &OtherIncident) -> Line {
        let totals = &other.totals;
        let counts = match self.language {
            Language::Zh => format!("{} 帖、{} 则不同内容", totals.posts, totals.stories),
            Language::En => [
                counted(totals.posts, "post", "posts"),
                counted(totals.stories, "story", "stories"),
            ]
            .join(", "),
        };
        let subject = self.language.subject(&other.subject);
        let change = self.language.change(other.kind, other.tier, None);
        let mut runs = vec![
            Run::new(Style::Strong, &format!("#{}", other.number)),
            plain(&format!(
                " {} · {} · {subject} · {change} · {counts}",
                self.language.tier(other.tier),
                other.topic_name
            )),
        ];
        if !other.headline.is_empty() {
            let quote = match self.language {
                Language::Zh => format!("「{}」", other.headline),
                Language::En => format!("“{}”", other.headline),
            };
            runs.push(faint(&format!(" {quote}")));
        }
        Line::new(Role::Detail, None, runs)
    }
}
