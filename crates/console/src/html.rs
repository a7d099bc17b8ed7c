//! The page as text. Everything that comes from outside is escaped where it is written.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fengbiao_model::{
    DeadlineState, Incident, Language, Notice, PLACE_WITHOUT_RANK, Quote, Tier, Timestamp,
};
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use crate::limits::MAX_PAGE_QUOTES;
use crate::words::tag;

const STYLE: &str = "\
body{font:16px/1.6 system-ui,sans-serif;margin:0 auto;max-width:40rem;padding:1rem;color:#1c2128;\
background:#fff}\
h1{font-size:1.3rem;border-left:.5rem solid var(--tier);padding-left:.7rem;margin:0 0 1rem}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:0 0 1rem}\
dt{color:#59636e}dd{margin:0;overflow-wrap:anywhere}\
blockquote{margin:0 0 1rem;padding:.6rem .8rem;background:#f3f4f6;border-radius:.4rem;\
overflow-wrap:anywhere;white-space:pre-wrap}\
blockquote footer{color:#59636e;font-size:.85rem;white-space:normal}\
form{display:grid;gap:.6rem;margin:0 0 1rem}\
input,button{font:inherit;padding:.7rem;border-radius:.4rem;border:1px solid #8c959f}\
button{background:#0b57a4;color:#fff;border:0;font-weight:600}\
.note{padding:.8rem;border-radius:.4rem;background:#fff4d6}\
.t0{--tier:#8c959f}.t1{--tier:#1f6feb}.t2{--tier:#e0b000}.t3{--tier:#e5730b}.t4{--tier:#d1242f}";

/// The `Content-Security-Policy` of the page: nothing but its own style and its own form.
pub(crate) fn content_security_policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
}

/// Text with the five characters that mean something in HTML written as references.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // Direction overrides could make one text read as another.
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => f.write_char('\u{fffd}')?,
                c if c.is_control() && c != '\n' && c != '\t' => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

fn document(language: Language, class: &str, title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{}</title><style>{STYLE}</style></head>\
         <body class=\"{class}\"><h1>{}</h1>{body}</body></html>",
        tag(language),
        Escaped(title),
        Escaped(title),
    )
}

/// A page with one message and nothing to do.
pub(crate) fn message(language: Language, title: &str, text: &str) -> String {
    document(language, "t0", title, &format!("<p>{}</p>", Escaped(text)))
}

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

/// The page of a notice: what is told, where the incident stands now, and the form where somebody
/// may still take it on by this notice.
pub(crate) struct NoticePage<'a> {
    pub(crate) language: Language,
    pub(crate) zone: &'a TimeZone,
    pub(crate) notice: &'a Notice,
    pub(crate) incident: &'a Incident,
    /// Something to say above all, such as why a name was refused.
    pub(crate) note: Option<&'a str>,
}

impl NoticePage<'_> {
    pub(crate) fn html(&self) -> String {
        let tier = self
            .incident
            .tier
            .or(self.incident.highest_tier)
            .unwrap_or(self.notice.tier);
        let title = format!(
            "{} · {} · {}",
            self.language.tier(tier),
            self.notice.topic_name,
            self.language.subject(&self.notice.subject)
        );
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
        let totals = incident.totals;
        let counts = match language {
            Language::Zh => format!(
                "{} 条帖文，{} 种说法，{} 个发声者，{} 个来源",
                totals.posts, totals.stories, totals.voices, totals.sources
            ),
            Language::En => format!(
                "{} posts, {} stories, {} voices, {} sources",
                totals.posts, totals.stories, totals.voices, totals.sources
            ),
        };
        let reason = &notice.reason;
        let condition = reason.holds.as_ref().unwrap_or(&reason.condition);
        let mut rows = vec![
            (
                language.pick("事件编号", "Incident"),
                notice.number.to_string(),
            ),
            (
                language.pick("状态", "Stage"),
                language.stage(incident.stage).to_owned(),
            ),
            (language.pick("数量", "Counts"), counts),
            (
                language.pick("首次发现", "First found"),
                format!("{} {}", self.time(incident.first_found_at), self.offset()),
            ),
            (
                language.pick("最近发现", "Last found"),
                self.time(incident.last_found_at),
            ),
            (
                language.pick("判定方法", "Method"),
                language.method(&reason.method).to_owned(),
            ),
            (language.pick("判定条件", "Condition"), condition.clone()),
            (
                language.pick("当时数值", "Measured"),
                self.measured(condition),
            ),
            (language.pick("责任方", "Owner"), notice.owner.clone()),
        ];
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
            let who = format!("{} · {}", taken.by, self.time(taken.at));
            rows.push((language.pick("接手人", "Taken on by"), who));
        }
        body.push_str("<dl>");
        for (name, value) in rows {
            push(
                body,
                format_args!("<dt>{name}</dt><dd>{}</dd>", Escaped(&value)),
            );
        }
        body.push_str("</dl>");
    }

    /// The measures that the condition compares; of several branches, those of the ones that hold.
    fn measured(&self, condition: &str) -> String {
        let in_condition = |name: &str| {
            let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
            condition.split(word).any(|found| found == name)
        };
        let measures = self.notice.reason.measures.iter();
        let measures = measures.filter(|measure| in_condition(&measure.name));
        let said = measures.map(|measure| {
            let (name, value) = (&measure.name, measure.value);
            let unlisted = name.starts_with("rank_best") && value >= f64::from(PLACE_WITHOUT_RANK);
            if unlisted {
                format!("{name}: {}", self.language.pick("未上榜", "on no list"))
            } else {
                format!("{name} = {value}")
            }
        });
        said.collect::<Vec<_>>().join(", ")
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
            let open = self.language.pick("原文", "Source");
            push(
                body,
                format_args!(
                    " · <a href=\"{}\" rel=\"noreferrer noopener nofollow\">{open}</a>",
                    Escaped(url)
                ),
            );
        }
        let copy = quote.widest_copy.as_ref();
        if let Some(copy) = copy.filter(|copy| is_web(&copy.url)) {
            let open = self.language.pick("同文", "Copy");
            push(
                body,
                format_args!(
                    " · <a href=\"{}\" rel=\"noreferrer noopener nofollow\">{open}</a> {}",
                    Escaped(&copy.url),
                    Escaped(copy.source.as_str())
                ),
            );
        }
        body.push_str("</footer></blockquote>");
    }

    /// The form posts to the very address of the page.
    fn form(&self, body: &mut String) {
        let name = self.language.pick("您的姓名或岗位", "Your name or post");
        let take = self.language.pick("我来接手", "I take it on");
        push(
            body,
            format_args!(
                "<form method=\"post\"><label for=\"by\">{name}</label>\
                 <input id=\"by\" name=\"by\" required maxlength=\"128\" autocomplete=\"name\">\
                 <button type=\"submit\">{take}</button></form>"
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

    /// By how much the times shown are ahead of UTC.
    fn offset(&self) -> String {
        let at = self.incident.first_found_at.as_millis();
        let at = jiff::Timestamp::from_millisecond(at).unwrap_or(jiff::Timestamp::MAX);
        let zoned = at.to_zoned_datetime(self.zone.clone());
        zoned.strftime("%:z").to_string()
    }

    fn time(&self, at: Timestamp) -> String {
        fengbiao_wire::format_minute(at, self.zone)
    }
}

/// Writing to a text cannot fail.
fn push(body: &mut String, text: fmt::Arguments<'_>) {
    let _ = body.write_fmt(text);
}

const fn tier_class(tier: Tier) -> &'static str {
    match tier {
        Tier::IV => "t1",
        Tier::III => "t2",
        Tier::II => "t3",
        Tier::I => "t4",
    }
}

/// A quote's link was checked when the post came in; it is checked again where it can be clicked.
fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        let shown = |text| Escaped(text).to_string();
        assert_eq!(
            shown("<script>alert(\"1\")</script>"),
            "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"
        );
        assert_eq!(
            shown("' onload='x' &amp;"),
            "&#39; onload=&#39;x&#39; &amp;amp;"
        );
        assert_eq!(shown("a\u{202e}b\u{0}c\nd"), "a\u{fffd}b\u{fffd}c\nd");
        assert!(!is_web("javascript:alert(1)"));
    }
}
