//! What is owed, until when, and how long that is.

use fengbiao_model::{
    CALM_METHOD, Deadline, DeadlineState, Duty, Notice, NoticeKind, Tier, TimeSpan, Timestamp,
    counted,
};

use super::Language;
use super::card::{Phrasing, detail, plain};
use super::language::words;
use super::line::{Line, Run, Style};

impl Phrasing {
    /// What changed, for the headline.
    pub(super) fn change(&self, notice: &Notice) -> String {
        match notice.kind {
            NoticeKind::DeadlineNear => self.near(notice),
            NoticeKind::DeadlineMissed => self.missed(notice),
            NoticeKind::ReplyNear => self.reply_near(notice),
            NoticeKind::ReplyMissed => self.reply_missed(notice),
            NoticeKind::Lapsed => self.lapsed(notice),
            kind => {
                let change = self
                    .language
                    .change(kind, notice.tier, notice.previous_tier);
                format!("{change}{}", self.how_it_went(notice))
            }
        }
    }

    /// How grave it was at its worst, where it has become calmer; and where it ended by itself, what
    /// nobody has done.
    fn how_it_went(&self, notice: &Notice) -> String {
        let undone = self.undone(notice);
        let said: Vec<String> = self.peak(notice).into_iter().chain(undone).collect();
        match self.language {
            _ if said.is_empty() => String::new(),
            Language::Zh => format!("（{}）", said.join("；")),
            Language::En => format!(" ({})", said.join("; ")),
        }
    }

    fn peak(&self, notice: &Notice) -> Option<String> {
        let calmer = matches!(notice.kind, NoticeKind::Calmed | NoticeKind::Closed);
        // A step down from the worst says so itself.
        let said = notice.kind == NoticeKind::Calmed && notice.previous_tier == notice.peak_tier;
        let peak = notice.peak_tier.filter(|_| calmer && !said)?;
        let peak = self.language.numeral(peak);
        Some(match self.language {
            Language::Zh => format!("最高曾达{peak}级"),
            Language::En => format!("at worst tier {peak}"),
        })
    }

    /// `自动平息；未接手、未核实`: what was still owed when calm ended it, since nobody is warned of that
    /// any more. At tier IV nobody is asked to take it on.
    fn undone(&self, notice: &Notice) -> Option<String> {
        if notice.kind != NoticeKind::Closed || notice.reason.method != CALM_METHOD {
            return None;
        }
        let loud = notice.peak_tier.max(Some(notice.tier)) > Some(Tier::IV);
        let taken = notice.taken_on.as_ref();
        let untaken = loud && taken.is_none_or(|taken| taken.ended.is_some());
        let open = |duty| {
            let mut owed = notice.deadlines.iter();
            owed.any(|one| one.duty == duty && one.state != DeadlineState::Met)
        };
        let undone = [
            (untaken, "未接手", "nobody took it on"),
            (open(Duty::Verify), "未核实", "not verified"),
            (open(Duty::Answer), "未回应", "not answered"),
        ];
        let undone = undone.into_iter().filter(|(is, ..)| *is);
        let undone: Vec<&str> = undone.map(|(_, zh, en)| self.pick(zh, en)).collect();
        match self.language {
            _ if undone.is_empty() => None,
            Language::Zh => Some(format!("自动平息；{}", undone.join("、"))),
            Language::En => Some(format!("calmed by itself; {}", undone.join(", "))),
        }
    }

    /// `核实时限将至（09:30，还剩 1 小时）`; where several were warned of, each with its time: the one
    /// that is near now need not be the first.
    fn near(&self, notice: &Notice) -> String {
        let warned = notice.deadlines.iter();
        let mut warned: Vec<&Deadline> = warned
            .filter(|deadline| deadline.state == DeadlineState::Warned)
            .collect();
        warned.sort_by_key(|deadline| deadline.due);
        let duty = |deadline: &Deadline| self.language.duty(deadline.duty);
        match (warned.as_slice(), self.language) {
            ([], language) => language.change(notice.kind, notice.tier, notice.previous_tier),
            ([one], Language::Zh) => format!("{}时限将至{}", duty(one), self.when(notice, one.due)),
            ([one], Language::En) => {
                format!(
                    "time to {} is running out{}",
                    duty(one),
                    self.when(notice, one.due)
                )
            }
            (many, Language::Zh) => {
                let each = many
                    .iter()
                    .map(|one| format!("{}{}", duty(one), self.when(notice, one.due)));
                format!("时限将至：{}", each.collect::<Vec<_>>().join("、"))
            }
            (many, Language::En) => {
                let each = many.iter();
                let each =
                    each.map(|one| format!("to {}{}", duty(one), self.when(notice, one.due)));
                format!(
                    "time is running out {}",
                    each.collect::<Vec<_>>().join(", ")
                )
            }
        }
    }

    /// `（09:30，还剩 1 小时）`
    pub(super) fn when(&self, notice: &Notice, due: Timestamp) -> String {
        let left = length(self.language, due.since(notice.made_at));
        let due = self.stamp_after(notice.made_at, due);
        match (self.language, left) {
            (Language::Zh, Some(left)) => format!("（{due}，还剩 {left}）"),
            (Language::Zh, None) => format!("（{due}）"),
            (Language::En, Some(left)) => format!(" ({due}, {left} left)"),
            (Language::En, None) => format!(" ({due})"),
        }
    }

    /// `已超过回应时限 40 分钟`, of the deadline that was missed last.
    fn missed(&self, notice: &Notice) -> String {
        let missed = notice.deadlines.iter();
        let missed = missed.filter(|deadline| deadline.state == DeadlineState::Missed);
        let Some(deadline) = missed.max_by_key(|deadline| deadline.due) else {
            return self
                .language
                .change(notice.kind, notice.tier, notice.previous_tier);
        };
        let over = length(self.language, notice.made_at.since(deadline.due));
        if deadline.duty == Duty::Report {
            return self.not_taken_on(over);
        }
        let duty = self.language.duty(deadline.duty);
        match (self.language, over) {
            (Language::Zh, Some(over)) => format!("已超过{duty}时限 {over}"),
            (Language::Zh, None) => format!("已到{duty}时限"),
            (Language::En, Some(over)) => format!("time to {duty} was over {over} ago"),
            (Language::En, None) => format!("time to {duty} is over"),
        }
    }

    fn not_taken_on(&self, over: Option<String>) -> String {
        match (self.language, over) {
            (Language::Zh, Some(over)) => format!("接手超时 {over}，仍无人接手"),
            (Language::Zh, None) => "接手超时，仍无人接手".to_owned(),
            (Language::En, Some(over)) => {
                format!("nobody has acknowledged it, time was over {over} ago")
            }
            (Language::En, None) => "nobody has acknowledged it in time".to_owned(),
        }
    }

    /// A line for each deadline; once it is over, for what was done or missed: no more is owed.
    pub(super) fn deadlines(&self, notice: &Notice) -> Vec<Line> {
        let label = words(self.language).deadlines;
        let over = notice.kind == NoticeKind::Closed;
        let settled = |state| matches!(state, DeadlineState::Met | DeadlineState::Missed);
        let shown = notice.deadlines.iter();
        let shown = shown.filter(|deadline| !over || settled(deadline.state));
        shown
            .enumerate()
            .map(|(index, deadline)| {
                let label = (index == 0).then_some(label);
                detail(label, self.deadline(notice, deadline))
            })
            .collect()
    }

    fn deadline(&self, notice: &Notice, deadline: &Deadline) -> Vec<Run> {
        let duty = self.language.duty(deadline.duty);
        let due = self.stamp_after(notice.made_at, deadline.due);
        let left = length(self.language, deadline.due.since(notice.made_at));
        let (before, state) = match (self.language, deadline.state) {
            (Language::Zh, DeadlineState::Running | DeadlineState::Warned) => {
                let left = left.map_or_else(String::new, |left| format!("（还剩 {left}）"));
                (format!("{duty} {due} 前{left}"), "")
            }
            (Language::Zh, DeadlineState::Met) if was_let_go(notice, deadline) => {
                (format!("{duty} {due} 前，"), "曾有人接手")
            }
            (Language::Zh, DeadlineState::Met) => (format!("{duty} {due} 前，"), "已完成"),
            (Language::Zh, DeadlineState::Missed) => (format!("{duty} {due} 前，"), "已逾期"),
            (Language::En, DeadlineState::Running | DeadlineState::Warned) => {
                let left = left.map_or_else(String::new, |left| format!(" ({left} left)"));
                (format!("{duty} by {due}{left}"), "")
            }
            (Language::En, DeadlineState::Met) => (format!("{duty} by {due}: "), "done"),
            (Language::En, DeadlineState::Missed) => (format!("{duty} by {due}: "), "missed"),
        };
        let mut runs = vec![plain(&before)];
        match deadline.state {
            DeadlineState::Missed => runs.push(Run::new(Style::Strong, state)),
            DeadlineState::Met => runs.push(plain(state)),
            DeadlineState::Running | DeadlineState::Warned => {}
        }
        runs
    }
}

/// Whether somebody took the incident on in time, but has it no longer.
fn was_let_go(notice: &Notice, deadline: &Deadline) -> bool {
    let taken = notice.taken_on.as_ref();
    deadline.duty == Duty::Report && taken.is_some_and(|taken| taken.ended.is_some())
}

/// `1 小时 20 分钟`; two units at most, none below a minute.
pub(super) fn length(language: Language, span: TimeSpan) -> Option<String> {
    let minutes = u64::try_from(span.as_millis() / 60_000).unwrap_or(0);
    let (days, hours) = (minutes / (24 * 60), minutes / 60 % 24);
    // Nobody counts minutes in a matter of days.
    let minutes = if days > 0 { 0 } else { minutes % 60 };
    let parts = [
        (days, "天", "day", "days"),
        (hours, "小时", "hour", "hours"),
        (minutes, "分钟", "minute", "minutes"),
    ];
    let shown = parts.into_iter().filter(|part| part.0 > 0);
    let shown: Vec<String> = shown
        .map(|(count, zh, one, many)| match language {
            Language::Zh => format!("{count} {zh}"),
            Language::En => counted(count, one, many),
        })
        .collect();
    (!shown.is_empty()).then(|| shown.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_said_in_two_units_at_most() {
        let check = |minutes, zh: Option<&str>, en: Option<&str>| {
            let span = TimeSpan::from_minutes(minutes);
            assert_eq!(length(Language::Zh, span).as_deref(), zh);
            assert_eq!(length(Language::En, span).as_deref(), en);
        };
        check(0, None, None);
        check(1, Some("1 分钟"), Some("1 minute"));
        check(60, Some("1 小时"), Some("1 hour"));
        check(80, Some("1 小时 20 分钟"), Some("1 hour 20 minutes"));
        check(24 * 60 + 5, Some("1 天"), Some("1 day"));
        check(51 * 60 + 59, Some("2 天 3 小时"), Some("2 days 3 hours"));
    }
}
