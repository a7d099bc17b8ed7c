//! What whoever has taken an incident on reads: what it is, until when that is good, what comes next,
//! and what to do if it was a mistake.

use fengbiao_alerter::record::Duties;
use fengbiao_model::{Actor, DeadlineState, Incident, Language, Notice, Timestamp};
use jiff::tz::TimeZone;

use crate::html::{Escaped, document, facts, push, tier_class};
use crate::notice_page::{matter, offset, tier_now};

/// An incident just taken on, and still so.
pub(crate) struct TakenPage<'a> {
    pub(crate) language: Language,
    pub(crate) zone: &'a TimeZone,
    /// The notice whose link was used.
    pub(crate) notice: &'a Notice,
    /// As it stands now.
    pub(crate) incident: &'a Incident,
    /// What is owed of it now.
    pub(crate) duties: &'a Duties,
    /// Who has taken it on.
    pub(crate) by: &'a Actor,
}

impl TakenPage<'_> {
    pub(crate) fn html(&self) -> String {
        let (language, number) = (self.language, self.notice.number);
        let tier = tier_now(self.notice, self.incident);
        let title = match language {
            Language::Zh => format!("已接手事件 {number}"),
            Language::En => format!("Incident {number} is taken on"),
        };
        let mut body = facts(&self.rows(&matter(language, tier, self.notice)));
        for (name, text) in [
            (language.pick("接下来", "What comes next"), self.next()),
            (
                language.pick("如果是误点", "If it was a mistake"),
                self.mistaken(),
            ),
        ] {
            push(
                &mut body,
                format_args!("<h2>{name}</h2><p>{}</p>", Escaped(&text)),
            );
        }
        document(language, tier_class(tier), &title, &body)
    }

    fn rows(&self, matter: &str) -> Vec<(&'static str, String)> {
        let language = self.language;
        let mut rows = vec![
            (
                language.pick("接手人", "Taken on by"),
                self.by.as_str().to_owned(),
            ),
            (language.pick("事件", "Incident"), matter.to_owned()),
            (language.pick("有效期", "Valid"), self.valid()),
        ];
        for deadline in self.duties.deadlines.values() {
            if matches!(
                deadline.state,
                DeadlineState::Running | DeadlineState::Warned
            ) {
                rows.push((language.owed(deadline.duty), self.time(deadline.due)));
            }
        }
        rows
    }

    fn valid(&self) -> String {
        match self.duties.acknowledged_until {
            Some(until) => self.language.good_until(&self.time(until)),
            None => self.language.pick("不会自动失效", "without end").to_owned(),
        }
    }

    fn next(&self) -> String {
        let number = self.notice.number;
        match (self.language, self.duties.acknowledged_until.is_some()) {
            (Language::Zh, true) => format!(
                "在此级别上不再重复提醒，也不再逐级上报。事件升级、接手失效、时限将至或逾期时会再次通知。\
                 处理情况请写入记录（fengbiao incidents note {number}）；每写一条，接手的有效期重新计算。"
            ),
            (Language::Zh, false) => format!(
                "在此级别上不再重复提醒，也不再逐级上报。事件升级、时限将至或逾期时会再次通知。\
                 处理情况请写入记录（fengbiao incidents note {number}）。"
            ),
            (Language::En, true) => format!(
                "At this tier nobody is reminded or asked next. There will be a notice again when the \
                 incident is raised, when this acknowledgement expires, and when a deadline is near or \
                 missed. Please write down what is done (fengbiao incidents note {number}): each line \
                 makes the acknowledgement good for as long again."
            ),
            (Language::En, false) => format!(
                "At this tier nobody is reminded or asked next. There will be a notice again when the \
                 incident is raised and when a deadline is near or missed. Please write down what is \
                 done (fengbiao incidents note {number})."
            ),
        }
    }

    /// An acknowledgement cannot be taken back, and nobody else can take on what is taken; what is
    /// written would only prolong it.
    fn mistaken(&self) -> String {
        let owner = &self.notice.owner;
        let until = self.duties.acknowledged_until.map(|until| self.time(until));
        match (self.language, until) {
            (Language::Zh, Some(until)) => format!(
                "接手不能撤回。请马上告诉该处理的人（责任方 {owner}），不要写入记录：无人写入的话，到 {until} \
                 接手失效，会重新通知。"
            ),
            (Language::Zh, None) => format!(
                "接手不能撤回，也不会自动失效，系统不会再催别人。请马上告诉该处理的人（责任方 {owner}）。"
            ),
            (Language::En, Some(until)) => format!(
                "It cannot be taken back. Please tell whoever should handle it at once (owner: {owner}), \
                 and write nothing into the record: if nobody does, it expires at {until}, and people \
                 are told anew."
            ),
            (Language::En, None) => format!(
                "It cannot be taken back and does not expire: nobody else will be asked. Please tell \
                 whoever should handle it at once (owner: {owner})."
            ),
        }
    }

    fn time(&self, at: Timestamp) -> String {
        let minute = fengbiao_wire::format_minute(at, self.zone);
        format!("{minute} {}", offset(at, self.zone))
    }
}
