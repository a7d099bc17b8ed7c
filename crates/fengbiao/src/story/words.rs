//! What happened, in words: a short name and what there is to say, in the reader's language.

use fengbiao_model::{Duty, Event, Grade, Happening, Language, Quote, Reason, Tier, Timestamp};

use super::Hours;
use crate::terminal::harmless;

/// Words of one language.
pub(super) struct Words<'a> {
    pub(super) language: Language,
    pub(super) hours: Hours<'a>,
}

impl Words<'_> {
    pub(super) fn pick<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        self.language.pick(zh, en)
    }

    fn grade(&self, grade: Option<Grade>) -> &'static str {
        match (grade, self.language) {
            (Some(grade), language) => language.grade(grade),
            (None, Language::Zh) => "不定级",
            (None, Language::En) => "none",
        }
    }

    fn tiers(&self, from: Option<Tier>, to: Tier) -> String {
        let to = self.language.tier(to);
        match from {
            Some(from) => format!("{} → {to}", self.language.numeral(from)),
            None => to.to_owned(),
        }
    }

    /// Method and condition; then each measure with its threshold and what is usual of it.
    pub(super) fn reason(&self, reason: &Reason) -> Vec<String> {
        let method = self.language.method(&reason.method);
        let condition = harmless(reason.shown_condition());
        let mut lines = vec![format!("{method}{}{condition}", self.pick("：", ": "))];
        if !reason.measures.is_empty() {
            // Behind a backlog the posts lie well before the time at which it was decided.
            let until = self.hours.short(reason.at);
            let until = match self.language {
                Language::Zh => format!("判定时（{until}）的数值"),
                Language::En => format!("as of {until}"),
            };
            let measured = self.language.measures(reason);
            let told = [measured, until]
                .into_iter()
                .filter(|part| !part.is_empty());
            let told: Vec<String> = told.collect();
            lines.push(told.join(self.pick("；", "; ")));
        }
        lines
    }

    /// A short name, who, and what there is to say.
    pub(super) fn event(&self, event: &Event) -> (&str, Vec<String>) {
        let said = |note: &str| -> Vec<String> {
            let lines = note.lines().filter(|line| !line.trim().is_empty());
            lines.map(harmless).collect()
        };
        let with = |head: String, note: &str| [vec![head], said(note)].concat();
        match &event.what {
            Happening::Opened { tier, reason } => {
                let mut lines = vec![self.tiers(None, *tier)];
                lines.extend(self.reason(reason));
                (self.pick("开启", "opened"), lines)
            }
            Happening::TierChanged { from, to, reason } => {
                let lower = from.is_some_and(|from| from > *to);
                let name = if lower {
                    self.pick("降级", "calmed")
                } else {
                    self.pick("升级", "raised")
                };
                let mut lines = vec![self.tiers(*from, *to)];
                lines.extend(self.reason(reason));
                (name, lines)
            }
            Happening::TierHeld { tier, reason } => {
                let mut lines = vec![self.tiers(None, *tier)];
                lines.extend(self.reason(reason));
                (self.pick("维持", "held"), lines)
            }
            Happening::Closed { note, reason } => {
                let mut lines = said(note);
                lines.extend(reason.iter().flat_map(|reason| self.reason(reason)));
                (self.pick("结束", "closed"), lines)
            }
            Happening::Reopened { note } => (self.pick("重开", "reopened"), said(note)),
            Happening::Acknowledged => (self.pick("接手", "taken on"), Vec::new()),
            Happening::Staged { stage, note } => {
                let stage = self.language.stage(*stage).to_owned();
                (self.pick("进展", "stage"), with(stage, note))
            }
            Happening::Graded { grade, note } => {
                let grade = self.grade(*grade).to_owned();
                (self.pick("定级", "grade"), with(grade, note))
            }
            Happening::Classified { class, note } => {
                let class = self.language.class(*class).to_owned();
                (self.pick("定性", "class"), with(class, note))
            }
            Happening::Labelled { key, value } => {
                let line = match value {
                    Some(value) => format!("{key} = {}", harmless(value)),
                    None => format!("{key} {}", self.pick("已去除", "taken off")),
                };
                (self.pick("标签", "label"), vec![line])
            }
            Happening::Noted { text } => (self.pick("记录", "note"), said(text)),
            Happening::Asked {
                item,
                of,
                what,
                by_when,
            } => {
                let due = self.hours.short(*by_when);
                let due = format!("{} {due}", self.pick("限", "due"));
                let head = format!("#{item} {}（{due}）", harmless(of));
                (self.pick("询问", "asked"), with(head, what))
            }
            Happening::Replied { item, answer } => {
                (self.pick("答复", "reply"), with(format!("#{item}"), answer))
            }
            Happening::Assessed {
                owner,
                grade,
                opinion,
            } => {
                let grade = grade.map(|grade| format!(" {}", self.grade(Some(grade))));
                let head = format!("{}{}", harmless(owner), grade.unwrap_or_default());
                (self.pick("会商", "assessed"), with(head, opinion))
            }
            Happening::Answered { text, link } => {
                let mut lines = said(text);
                lines.extend(link.iter().map(|link| harmless(link)));
                (self.pick("回应", "answer"), lines)
            }
            Happening::Outcome { post, outcome } => (
                self.pick("去向", "outcome"),
                with(format!("{post}"), outcome),
            ),
            Happening::MergedInto { into, note } => (
                self.pick("并入", "merged"),
                with(format!("→ #{into}"), note),
            ),
            Happening::Absorbed { from, note } => (
                self.pick("并来", "absorbed"),
                with(format!("← #{from}"), note),
            ),
            Happening::SplitOff { into, posts, note } => {
                let head = format!("→ #{into}，{posts} {}", self.pick("帖", "posts"));
                (self.pick("拆出", "split"), with(head, note))
            }
            Happening::SplitFrom { from, posts, note } => {
                let head = format!("← #{from}，{posts} {}", self.pick("帖", "posts"));
                (self.pick("拆自", "split"), with(head, note))
            }
            Happening::FollowsUp { incident } => {
                (self.pick("接续", "follows"), vec![format!("#{incident}")])
            }
            Happening::Lapsed => (self.pick("接手过期", "lapsed"), Vec::new()),
            Happening::Escalated { chain, step, asked } => {
                let asked: Vec<&str> = asked.iter().map(|one| one.as_str()).collect();
                let step = u32::from(*step) + 1;
                let line = format!("{chain} {step} → {}", asked.join(self.pick("、", ", ")));
                (self.pick("上报", "escalated"), vec![line])
            }
            Happening::ToldWith { notice_of, to } => (
                self.pick("合并通知", "told with"),
                vec![format!("#{notice_of} → {to}")],
            ),
            Happening::Unanswered { chain, told } => (
                self.pick("无人接手", "unanswered"),
                vec![format!("{chain} → {told}")],
            ),
            Happening::DeadlineNear { duty, due } => {
                (self.pick("时限将至", "due soon"), self.owed(*duty, *due))
            }
            Happening::DeadlineMissed { duty, due } => {
                (self.pick("逾期", "missed"), self.owed(*duty, *due))
            }
            Happening::ReplyNear { item, of, due } => {
                let line = self.awaited(*item, of, *due);
                (self.pick("答复将到期", "reply due soon"), vec![line])
            }
            Happening::ReplyMissed { item, of, due } => {
                let line = self.awaited(*item, of, *due);
                (self.pick("未按时答复", "no reply"), vec![line])
            }
        }
    }

    /// What is owed, and until when.
    fn owed(&self, duty: Duty, due: Timestamp) -> Vec<String> {
        let (duty, due) = (self.language.duty(duty), self.hours.short(due));
        vec![format!("{duty}{}{due}", self.pick("，限 ", " by "))]
    }

    /// Whose reply is awaited, and until when.
    fn awaited(&self, item: u32, of: &str, due: Timestamp) -> String {
        let due = self.hours.short(due);
        let of = harmless(of);
        format!("#{item} {of}{}{due}", self.pick("，限 ", ", due "))
    }

    /// A post in one line: its title or the beginning of its text.
    pub(super) fn subject_of(quote: &Quote, chars: usize) -> String {
        let text = quote.title.as_deref().unwrap_or(&quote.text);
        let mut short: String = harmless(text).chars().take(chars).collect();
        if text.chars().count() > chars {
            short.push('…');
        }
        short
    }
}

#[cfg(test)]
mod tests {
    use fengbiao_model::Measure;

    use super::*;

    #[test]
    fn of_a_condition_the_branch_that_holds_is_shown_with_its_measures() {
        let measure = |name: &str, value| Measure {
            name: name.to_owned(),
            value,
            usual: None,
        };
        let reason = Reason {
            method: "count".to_owned(),
            condition: "voices_1h >= 20 || weight_max_1h >= 6 && voices_1h >= 15".to_owned(),
            holds: Some("weight_max_1h >= 6 && voices_1h >= 15".to_owned()),
            measures: vec![
                measure("voices_1h", 15.0),
                measure("weight_max_1h", 6.0),
                measure("rank_best_1h", 1_000_000.0),
            ],
            at: Timestamp::of_minute(60),
        };
        let words = Words {
            language: Language::Zh,
            hours: Hours(&jiff::tz::TimeZone::UTC),
        };
        assert_eq!(
            words.reason(&reason),
            [
                "计数达到阈值：weight_max_1h >= 6 && voices_1h >= 15",
                "1 小时内最高权重 6（阈值 ≥ 6）；1 小时内发声者 15（阈值 ≥ 15）；判定时（01-01 01:00）的数值",
            ]
        );
    }
}
