//! Whose reply is awaited, and until when.

use fengbiao_model::{DeadlineState, Notice, NoticeKind, Question};

use super::Language;
use super::card::{Phrasing, detail, plain};
use super::deadline::length;
use super::language::words;
use super::line::{Line, Run, Style};

impl Phrasing {
    /// `教育局的答复将到期（09:30，还剩 1 小时）`; where several were warned of, each with its time.
    pub(super) fn reply_near(&self, notice: &Notice) -> String {
        let warned = asked(notice, DeadlineState::Warned);
        let each = warned.iter().map(|question| {
            let when = self.when(notice, question.due);
            format!("{}{when}", question.of)
        });
        let each: Vec<String> = each.collect();
        match (warned.as_slice(), self.language) {
            ([], language) => language.change(notice.kind, notice.tier, notice.previous_tier),
            ([one], Language::Zh) => {
                format!("{}的答复将到期{}", one.of, self.when(notice, one.due))
            }
            (_, Language::Zh) => format!("答复将到期：{}", each.join("、")),
            (_, Language::En) => format!("a reply is due soon: {}", each.join(", ")),
        }
    }

    /// `教育局未按时答复，已超过 40 分钟`, of the reply that was missed last.
    pub(super) fn reply_missed(&self, notice: &Notice) -> String {
        let missed = asked(notice, DeadlineState::Missed);
        let Some(question) = missed.last() else {
            return self
                .language
                .change(notice.kind, notice.tier, notice.previous_tier);
        };
        let of = &question.of;
        let over = length(self.language, notice.made_at.since(question.due));
        match (self.language, over) {
            (Language::Zh, Some(over)) => format!("{of}未按时答复，已超过 {over}"),
            (Language::Zh, None) => format!("{of}未按时答复"),
            (Language::En, Some(over)) => format!("no reply from {of}, due {over} ago"),
            (Language::En, None) => format!("no reply from {of} in time"),
        }
    }

    /// A line for each question without a reply; none once it is over.
    pub(super) fn questions(&self, notice: &Notice) -> Vec<Line> {
        if notice.kind == NoticeKind::Closed {
            return Vec::new();
        }
        let label = words(self.language).asked;
        let lines = notice.asked.iter().enumerate().map(|(index, question)| {
            let label = (index == 0).then_some(label);
            detail(label, self.question(notice, question))
        });
        lines.collect()
    }

    fn question(&self, notice: &Notice, question: &Question) -> Vec<Run> {
        let due = self.stamp_after(notice.made_at, question.due);
        let left = length(self.language, question.due.since(notice.made_at));
        let (item, of, what) = (question.item, &question.of, &question.what);
        let missed = question.state == DeadlineState::Missed;
        match (self.language, missed) {
            (Language::Zh, false) => {
                let left = left.map_or_else(String::new, |left| format!("（还剩 {left}）"));
                vec![plain(&format!("#{item} {of}，{due} 前{left}：{what}"))]
            }
            (Language::Zh, true) => vec![
                plain(&format!("#{item} {of}，{due} 前，")),
                Run::new(Style::Strong, "未答复"),
                plain(&format!("：{what}")),
            ],
            (Language::En, false) => {
                let left = left.map_or_else(String::new, |left| format!(" ({left} left)"));
                vec![plain(&format!("#{item} {of}, by {due}{left}: {what}"))]
            }
            (Language::En, true) => vec![
                plain(&format!("#{item} {of}, by {due}, ")),
                Run::new(Style::Strong, "no reply"),
                plain(&format!(": {what}")),
            ],
        }
    }
}

/// The questions that stand so, in the order in which they are due.
fn asked(notice: &Notice, state: DeadlineState) -> Vec<&Question> {
    let all = notice.asked.iter();
    let mut asked: Vec<&Question> = all.filter(|question| question.state == state).collect();
    asked.sort_by_key(|question| (question.due, question.item));
    asked
}
