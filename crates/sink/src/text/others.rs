//! Who was told before, and the incidents that a notice stands for beside its own.

use fengbiao_model::{Notice, OtherIncident, ReceiverId, counted};

use super::Language;
use super::card::{Phrasing, detail, faint, plain};
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
            Language::Zh => format!("另有 {count} 起事件合并在本条："),
            Language::En => format!(
                "{} that this notice stands for:",
                counted(count, "other incident", "other incidents")
            ),
        };
        let head = detail(None, vec![Run::new(Style::Strong, &head)]);
        let mut lines = vec![Line::gap(), head];
        lines.extend(notice.others.iter().map(|other| self.other(other)));
        lines.extend(notice.others.first().map(|first| self.take_on_each(first)));
        lines
    }

    /// The link of the notice is of its own incident: how the others are taken on.
    fn take_on_each(&self, first: &OtherIncident) -> Line {
        let how = self.pick("须逐起接手，如：", "take on each, such as: ");
        let command = format!("fengbiao incidents acknowledge {}", first.number);
        detail(None, vec![plain(how), Run::new(Style::Code, &command)])
    }

    /// `（另含 3 起事件，最高Ⅲ级）`, behind the headline.
    pub(super) fn more(&self, notice: &Notice) -> String {
        let tiers = notice.others.iter().map(|other| other.tier);
        let Some(loudest) = tiers.clone().max() else {
            return String::new();
        };
        let count = u64::try_from(notice.others.len()).unwrap_or(u64::MAX);
        let tier = self.language.numeral(loudest);
        let alike = tiers.min() == Some(loudest);
        let counted = counted(count, "other incident", "other incidents");
        match (self.language, alike) {
            (Language::Zh, true) => format!("（另含 {count} 起{tier}级事件）"),
            (Language::Zh, false) => format!("（另含 {count} 起事件，最高{tier}级）"),
            (Language::En, true) => format!(" (and {counted} of tier {tier})"),
            (Language::En, false) => format!(" (and {counted}, up to tier {tier})"),
        }
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
