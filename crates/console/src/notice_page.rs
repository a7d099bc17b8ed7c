//! The page of a notice: what was told, where the incident stands now, and the form that takes it on.

use fengbiao_model::{Actor, DeadlineState, Incident, Language, Notice, Quote, Tier, Timestamp};
use jiff::tz::TimeZone;

use crate::html::{Escaped, document, facts, push, tier_class};
use crate::limits::MAX_PAGE_QUOTES;

/// Why a notice is no longer good for taking the incident on, if it is not: the incident has become
/// worse than whoever held this notice was told, and an old link must not answer for that.
pub(crate) fn outgrown(language: Language, notice: &Notice, incident: &Incident) -> Option<String> {
    let now = incident.tier.filter(|tier| *tier > notice.tier)?;
    let tier = language.tier(now);
    Some(match language {
        Language::Zh => {
            format!(
                "此通知发出后，事件已升至 {tier}。请打开较新的通知接手，或在命令行、接口中接手。"
            )
        }
        Language::En => format!(
            "Since this notice the incident has been raised to {tier}. Please take it on by a newer \
             notice, by command line or API."
        ),
    })
}

/// The tier at which the incident stands, or stood last.
pub(crate) fn tier_now(notice: &Notice, incident: &Incident) -> Tier {
    incident
        .tier
        .or(incident.highest_tier)
        .unwrap_or(notice.tier)
}

/// `Ⅱ级 重大 橙 · 食品安全 · 青禾县`
pub(crate) fn matter(language: Language, tier: Tier, notice: &Notice) -> String {
    let subject = language.subject(&notice.subject);
    format!(
        "{} · {} · {subject}",
        language.tier(tier),
        notice.topic_name
    )
}

/// By how much times shown are ahead of UTC: `+08:00`.
pub(crate) fn offset(at: Timestamp, zone: &TimeZone) -> String {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or(jiff::Timestamp::MAX);
    let zoned = at.to_zoned_datetime(zone.clone());
    zoned.strftime("%:z").to_string()
}

/// The page of a notice: what is told, where the incident stands now, and the form where somebody
/// may still take it on by this notice.
pub(crate) struct NoticePage<'a> {
    pub(crate) language: Language,
    pub(crate) zone: &'a TimeZone,
    pub(crate) notice: &'a Notice,
    pub(crate) incident: &'a Incident,
    /// Until when it is taken on, where it is and that ends by itself.
    pub(crate) taken_until: Option<Timestamp>,
    /// The name that was given in this browser before.
    pub(crate) name: Option<&'a Actor>,
    /// Something to say above all, such as why a name was refused.
    pub(crate) note: Option<&'a str>,
}

impl NoticePage<'_> {
    pub(crate) fn html(&self) -> String {
        let tier = tier_now(self.notice, self.incident);
        let title = matter(self.language, tier, self.notice);
        let mut body = String::new();
        if let Some(note) = self.note {
            push(
                &mut body,
                format_args!("<p class=\"note\" role=\"status\">{}</p>", Escaped(note)),
            );
        }
        if self.incident.is_open() && self.incident.acknowledged.is_none() {
            match outgrown(self.language, self.notice, self.incident) {
                Some(why) if self.note.is_none() => push(
                    &mut body,
                    format_args!("<p class=\"note\">{}</p>", Escaped(&why)),
                ),
                Some(_) => {}
                None => self.form(&mut body),
            }
        }
        self.facts(&mut body);
        for quote in self.notice.quotes.iter().take(MAX_PAGE_QUOTES) {
            self.quote(&mut body, quote);
        }
        let more = self.notice.quotes.len().saturating_sub(MAX_PAGE_QUOTES);
        if more > 0 {
            let text = self
                .language
                .pick("条引文未在此显示", "more quotes are not shown here");
            push(&mut body, format_args!("<p>{more} {text}</p>"));
        }
        document(self.language, tier_class(tier), &title, &body)
    }

    fn facts(&self, body: &mut String) {
        let Self {
            language,
            notice,
            incident,
            ..
        } = self;
        let reason = &notice.reason;
        let condition = language.calm(notice);
        let condition = condition.unwrap_or_else(|| reason.shown_condition().to_owned());
        let mut rows = vec![
            (
                language.pick("事件编号", "Incident"),
                notice.number.to_string(),
            ),
            (
                language.pick("状态", "Stage"),
                language.stage(incident.stage).to_owned(),
            ),
            (
                language.pick("规模", "Scale"),
                language.totals(&incident.totals),
            ),
            (
                language.pick("首次发现", "First found"),
                format!(
                    "{} {}",
                    self.time(incident.first_found_at),
                    offset(incident.first_found_at, self.zone)
                ),
            ),
            (
                language.pick("最近发现", "Last found"),
                self.time(incident.last_found_at),
            ),
            (
                language.pick("判定方法", "Method"),
                language.method(&reason.method).to_owned(),
            ),
            (language.pick("判定条件", "Condition"), condition),
        ];
        let measured = language.measures(reason);
        if !measured.is_empty() {
            rows.push((language.pick("当时数值", "Measured"), measured));
        }
        rows.push((language.pick("责任方", "Owner"), notice.owner.clone()));
        for deadline in &notice.deadlines {
            rows.push((
                language.owed(deadline.duty),
                self.due(deadline.due, deadline.state),
            ));
        }
        for question in &notice.asked {
            let due = self.due(question.due, question.state);
            let said = format!(
                "#{} {} · {} · {due}",
                question.item, question.of, question.what
            );
            rows.push((language.pick("待答复", "Asked"), said));
        }
        if !incident.labels.is_empty() {
            let labels = incident.labels.iter();
            let labels: Vec<String> = labels.map(|(k, v)| format!("{k} = {v}")).collect();
            rows.push((language.pick("标签", "Labels"), labels.join(" · ")));
        }
        if let Some(answer) = &incident.answer {
            let link = answer.link.as_deref().unwrap_or_default();
            let said = format!("{} {link}", answer.text);
            rows.push((language.pick("公开回应", "Public answer"), said));
        }
        if let Some(taken) = &incident.acknowledged {
            let mut who = format!("{} · {}", taken.by, self.time(taken.at));
            if let Some(until) = self.taken_until {
                who.push_str(" · ");
                who.push_str(&language.good_until(&self.time(until)));
            }
            rows.push((language.pick("接手人", "Taken on by"), who));
        }
        body.push_str(&facts(&rows));
    }

    fn quote(&self, body: &mut String, quote: &Quote) {
        body.push_str("<blockquote>");
        if let Some(title) = &quote.title {
            push(body, format_args!("<strong>{}</strong>\n", Escaped(title)));
        }
        push(
            body,
            format_args!(
                "{}<footer>{}",
                Escaped(&quote.text),
                Escaped(quote.source.as_str())
            ),
        );
        push(body, format_args!(" · {}", self.time(quote.found_at)));
        if quote.copies > 1 {
            let copies = self.language.pick("条相同", "posts say the same");
            push(body, format_args!(" · {} {copies}", quote.copies));
        }
        if let Some(url) = quote.url.as_deref().filter(|url| is_web(url)) {
            link(body, url, self.language.pick("原文", "Source"));
        }
        let copy = quote.widest_copy.as_ref();
        if let Some(copy) = copy.filter(|copy| is_web(&copy.url)) {
            link(body, &copy.url, self.language.pick("同文", "Copy"));
            push(body, format_args!(" {}", Escaped(copy.source.as_str())));
        }
        body.push_str("</footer></blockquote>");
    }

    /// The form posts to the very address of the page. The name given here before is in it already;
    /// where several people use one device, they are told that it may be another's.
    fn form(&self, body: &mut String) {
        let ask = self.language.pick("您的姓名或岗位", "Your name or post");
        let take = self.language.pick("我来接手", "I take it on");
        let (known, hint) = match self.name {
            Some(name) => (
                name.as_str(),
                self.language.pick(
                    "（上次在此填写的，不是您请改）",
                    " (as given here last time, please change it if it is not you)",
                ),
            ),
            None => ("", ""),
        };
        push(
            body,
            format_args!(
                "<form method=\"post\"><label for=\"by\">{ask}{hint}</label>\
                 <input id=\"by\" name=\"by\" value=\"{}\" required maxlength=\"128\" \
                 autocomplete=\"name\"><button type=\"submit\">{take}</button></form>",
                Escaped(known)
            ),
        );
    }

    /// Until when, and what became of it by the time of the notice. What lay ahead then may be over
    /// now: of that the time alone is said.
    fn due(&self, due: Timestamp, state: DeadlineState) -> String {
        let due = self.time(due);
        match state {
            DeadlineState::Running | DeadlineState::Warned => due,
            DeadlineState::Missed => format!("{due} · {}", self.language.pick("已逾期", "missed")),
            DeadlineState::Met => format!("{due} · {}", self.language.pick("已完成", "done")),
        }
    }

    fn time(&self, at: Timestamp) -> String {
        fengbiao_wire::format_minute(at, self.zone)
    }
}

fn link(body: &mut String, url: &str, named: &str) {
    push(
        body,
        format_args!(
            " · <a href=\"{}\" rel=\"noreferrer noopener nofollow\">{named}</a>",
            Escaped(url)
        ),
    );
}

/// A quote's link was checked when the post came in; it is checked again where it can be clicked.
fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_of_the_web_can_be_followed() {
        assert!(is_web("https://example.org/1") && is_web("http://example.org/1"));
        assert!(!is_web("javascript:alert(1)") && !is_web("data:text/html,1"));
    }
}
