//! The story as text: what stands now, then all that happened in order of time, then what is owed
//! and what became of each post.

use std::collections::{BTreeMap, BTreeSet};

use fengbiao_model::{Happening, PostId, Quote, Timestamp};
use fengbiao_sink::text::Phrasing;
use unicode_width::UnicodeWidthStr as _;

use super::words::Words;
use super::{Hours, Story, Told};
use crate::commands::harmless;

/// Posts that are shown because they were the first, and as many because they reach widest.
const SHOWN_POSTS_EACH_WAY: usize = 5;
/// Characters of a post that are shown in the course of things.
const SHOWN_POST_CHARS: usize = 60;
/// Lines of the audit trail.
const MAX_TRAIL_LINES: usize = 20;
/// Rows of the table of counts.
const MAX_COUNT_ROWS: usize = 36;
/// Longest bar of the table of counts.
const MAX_BAR: u64 = 40;

/// Something that happened at a time.
struct Moment {
    at: Timestamp,
    name: String,
    who: String,
    lines: Vec<String>,
}

impl Story {
    /// The whole story.
    pub(crate) fn text(&self, phrasing: &Phrasing) -> String {
        let words = Words {
            language: phrasing.language,
            hours: Hours(&phrasing.time_zone),
        };
        let mut out = self.head(&words);
        self.course(&words, &mut out);
        self.contact_sheet(&words, &mut out);
        self.counts(&words, &mut out);
        self.posts(&words, &mut out);
        self.trail(&words, &mut out);
        out
    }

    /// Where it stands.
    fn head(&self, words: &Words<'_>) -> String {
        let incident = &self.incident;
        let (language, hours) = (words.language, &words.hours);
        let notice = self.told.first().map(|told| &told.notice);
        let topic = notice.map_or(incident.topic.as_str(), |notice| notice.topic_name.as_str());
        let number = incident.number.map(|number| number.to_string());
        let tier = incident.tier.map_or("–", |tier| language.tier(tier));
        let mut out = format!(
            "#{} · {topic} · {} · {tier} · {}\n",
            number.unwrap_or_default(),
            language.subject(&incident.subject),
            words.stage(incident.stage),
        );
        let mut line = |name: &str, text: String| {
            let gap = " ".repeat(6_usize.saturating_sub(name.width()));
            out.push_str(&format!("  {name}{gap}{text}\n"));
        };
        let totals = incident.totals;
        let counts = match words.pick("", "en") {
            "" => format!(
                "{} 帖 · {} 则内容 · {} 位发声者 · {} 个来源",
                totals.posts, totals.stories, totals.voices, totals.sources
            ),
            _ => format!(
                "{} posts · {} stories · {} voices · {} sources",
                totals.posts, totals.stories, totals.voices, totals.sources
            ),
        };
        line(words.pick("规模", "scale"), counts);
        let (first, last) = (incident.first_found_at, incident.last_found_at);
        let found = format!("{} – {}", hours.minute(first), hours.minute(last));
        line(words.pick("时间", "found"), found);
        let highest = incident
            .highest_tier
            .map_or("–", |tier| language.tier(tier));
        let mut judged = vec![
            format!("{} {highest}", words.pick("最高", "highest")),
            format!(
                "{} {}",
                words.pick("定性", "class"),
                language.class(incident.class)
            ),
        ];
        judged.extend(
            incident
                .grade
                .map(|grade| format!("{} {}", words.pick("定级", "grade"), language.grade(grade))),
        );
        line(words.pick("判定", "judged"), judged.join(" · "));
        if !incident.labels.is_empty() {
            let labels = incident.labels.iter();
            let labels: Vec<String> = labels
                .map(|(k, v)| format!("{k} = {}", harmless(v)))
                .collect();
            line(words.pick("标签", "labels"), labels.join(" · "));
        }
        if let Some(taken) = &incident.acknowledged {
            let text = format!("{} · {}", taken.by, hours.minute(taken.at));
            line(words.pick("接手", "taken"), text);
        }
        if let Some(answer) = &incident.answer {
            let link = answer.link.as_deref().map(harmless).unwrap_or_default();
            let text = format!("{} {link}", harmless(&answer.text));
            line(words.pick("回应", "answer"), text.trim_end().to_owned());
        }
        for (name, number) in [
            (words.pick("接续", "follow"), incident.follows),
            (words.pick("并入", "merged"), incident.merged_into),
            (words.pick("拆自", "split"), incident.split_from),
        ] {
            if let Some(number) = number {
                line(name, format!("#{number}"));
            }
        }
        out
    }

    /// All that happened, by time.
    fn course(&self, words: &Words<'_>, out: &mut String) {
        let mut moments = self.moments(words);
        moments.sort_by_key(|moment| moment.at);
        let mut day = String::new();
        for moment in moments {
            let today = words.hours.day(moment.at);
            if today != day {
                out.push_str(&format!("\n{today}\n"));
                day = today;
            }
            let clock = words.hours.clock(moment.at);
            let gap = " ".repeat(8_usize.saturating_sub(moment.name.width()));
            let head = format!("  {clock}  {}{gap}", moment.name);
            let indent = " ".repeat(head.width());
            let mut lines = moment.lines.iter();
            let first = lines.next().map(String::as_str).unwrap_or_default();
            let who = if moment.who.is_empty() || first.is_empty() {
                moment.who.clone()
            } else {
                format!("{}  ", moment.who)
            };
            out.push_str(&format!("{head}{who}{first}\n"));
            for line in lines {
                out.push_str(&format!("{indent}{line}\n"));
            }
        }
    }

    fn moments(&self, words: &Words<'_>) -> Vec<Moment> {
        let mut moments = Vec::new();
        let shown = self.shown_posts();
        for quote in self
            .quotes
            .iter()
            .filter(|quote| shown.contains(&quote.post))
        {
            let subject = Words::subject_of(quote, SHOWN_POST_CHARS);
            let mut lines = vec![format!("[{}] {subject}", harmless(quote.source.as_str()))];
            let reach = quote.counts.reach();
            let mut more: Vec<String> = quote.url.iter().map(|url| harmless(url)).collect();
            if reach > 0 {
                more.push(format!("{} {reach}", words.pick("传播", "reach")));
            }
            if quote.copies > 1 {
                more.push(format!("{} {}", words.pick("同文", "copies"), quote.copies));
            }
            if !more.is_empty() {
                lines.push(more.join(" · "));
            }
            moments.push(Moment {
                at: quote.found_at,
                name: words.pick("帖文", "post").to_owned(),
                who: String::new(),
                lines,
            });
        }
        for event in &self.events {
            let (name, lines) = words.event(event);
            let machine = event.by == fengbiao_model::Actor::daemon();
            moments.push(Moment {
                at: event.at,
                name: name.to_owned(),
                who: if machine {
                    String::new()
                } else {
                    event.by.to_string()
                },
                lines,
            });
        }
        moments.extend(self.told.iter().map(|told| telling(told, words)));
        moments
    }

    /// The first posts, and those of widest reach.
    fn shown_posts(&self) -> BTreeSet<PostId> {
        let first = self.quotes.iter().take(SHOWN_POSTS_EACH_WAY);
        let mut widest: Vec<&Quote> = self.quotes.iter().collect();
        widest.sort_by_key(|quote| std::cmp::Reverse(quote.counts.reach()));
        let widest = widest.into_iter().take(SHOWN_POSTS_EACH_WAY);
        first.chain(widest).map(|quote| quote.post).collect()
    }

    /// Who was asked what, by when, and the answer.
    fn contact_sheet(&self, words: &Words<'_>, out: &mut String) {
        let mut sheet: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for event in &self.events {
            match &event.what {
                Happening::Asked {
                    item,
                    of,
                    what,
                    by_when,
                } => {
                    let due = words.hours.short(*by_when);
                    let due = format!("{} {due}", words.pick("限", "due"));
                    let line = format!("#{item} {} · {} · {due}", harmless(of), harmless(what));
                    sheet.entry(*item).or_default().push(line);
                }
                Happening::Replied { item, answer } => {
                    let at = words.hours.short(event.at);
                    let line = format!(
                        "{} {at} · {}",
                        words.pick("答", "answered"),
                        harmless(answer)
                    );
                    sheet.entry(*item).or_default().push(line);
                }
                _ => {}
            }
        }
        if sheet.is_empty() {
            return;
        }
        out.push_str(&format!("\n{}\n", words.pick("联络单", "contact sheet")));
        for (item, mut lines) in sheet {
            if self.incident.asked.contains_key(&item) {
                lines.push(words.pick("尚未答复", "not answered yet").to_owned());
            }
            for (nth, line) in lines.iter().enumerate() {
                let indent = if nth == 0 { "  " } else { "     " };
                out.push_str(&format!("{indent}{line}\n"));
            }
        }
    }

    /// Every post that is quoted: link, subject, published, found, reported, outcome.
    fn posts(&self, words: &Words<'_>, out: &mut String) {
        let hours = &words.hours;
        let title = words.pick(
            "各帖：发布、发现、首报、结果",
            "posts: published, found, reported, outcome",
        );
        let total = self.incident.totals.posts;
        let (of, kept) = (words.pick("共", "of"), self.quotes.len());
        out.push_str(&format!("\n{title}（{kept}，{of} {total}）\n"));
        for quote in &self.quotes {
            let subject = Words::subject_of(quote, SHOWN_POST_CHARS);
            out.push_str(&format!("  {}  {subject}\n", quote.post));
            let time = |at: Option<Timestamp>| at.map_or("–".to_owned(), |at| hours.short(at));
            let reported = self.told.iter().filter_map(|told| {
                let after = told.notice.made_at >= quote.found_at;
                told.finished_at
                    .filter(|_| after && told.state == "delivered")
            });
            let times = [
                time(quote.published_at),
                hours.short(quote.found_at),
                time(reported.min()),
            ];
            let url = quote.url.as_deref().map(harmless).unwrap_or_default();
            let line = format!("    {}  {url}", times.join("  "));
            out.push_str(&format!("{}\n", line.trim_end()));
            for event in &self.events {
                if let Happening::Outcome { post, outcome } = &event.what
                    && *post == quote.post
                {
                    let (name, at) = (words.pick("结果", "outcome"), hours.short(event.at));
                    let said = harmless(outcome);
                    out.push_str(&format!("    {name} {at} · {} · {said}\n", event.by));
                }
            }
        }
    }

    /// Who looked at it and who did what, as the audit trail has it.
    fn trail(&self, words: &Words<'_>, out: &mut String) {
        if self.audit.is_empty() {
            return;
        }
        let title = words.pick("审计，最近在前", "audit trail, latest first");
        out.push_str(&format!("\n{title}\n"));
        for line in self.audit.iter().take(MAX_TRAIL_LINES) {
            let at = words.hours.short(line.at);
            let said = harmless(line.words.trim_end());
            out.push_str(&format!("  {at}  {said}\n"));
        }
    }

    /// Posts by hour, or by day where there are too many hours.
    fn counts(&self, words: &Words<'_>, out: &mut String) {
        for format in ["%m-%d %H:00", "%Y-%m-%d"] {
            let mut rows: Vec<(String, u64)> = Vec::new();
            for &(minute, posts) in &self.posts_by_minute {
                let at = words.hours.local(Timestamp::of_minute(minute));
                let name = at.strftime(format).to_string();
                match rows.last_mut() {
                    Some((last, count)) if *last == name => *count += posts,
                    _ => rows.push((name, posts)),
                }
            }
            if rows.is_empty() || (rows.len() > MAX_COUNT_ROWS && format.starts_with("%m")) {
                continue;
            }
            let most = rows
                .iter()
                .map(|(_, posts)| *posts)
                .max()
                .unwrap_or(1)
                .max(1);
            out.push_str(&format!("\n{}\n", words.pick("帖数", "posts over time")));
            for (name, posts) in rows {
                let bar = (posts * MAX_BAR).div_ceil(most);
                let bar = "█".repeat(usize::try_from(bar).unwrap_or_default());
                out.push_str(&format!("  {name}  {bar} {posts}\n"));
            }
            return;
        }
    }
}

/// A notice: what was told to whom, and whether it arrived.
fn telling(told: &Told, words: &Words<'_>) -> Moment {
    let notice = &told.notice;
    let change = words
        .language
        .change(notice.kind, notice.tier, notice.previous_tier);
    let outcome = match (told.state.as_str(), told.finished_at) {
        ("delivered", Some(at)) => format!(
            "{} {}",
            words.pick("已送达", "delivered"),
            words.hours.clock(at)
        ),
        ("dead", _) => words.pick("未能送达，已放弃", "given up").to_owned(),
        _ => words.pick("待送", "waiting").to_owned(),
    };
    let tries = told.attempts;
    let tries = if tries > 1 {
        format!("（{tries} {}）", words.pick("次", "attempts"))
    } else {
        String::new()
    };
    let mut lines = vec![format!(
        "{change} → {}{}{outcome}{tries}",
        notice.key.receiver,
        words.pick("：", ": ")
    )];
    if let Some(error) = told
        .last_error
        .as_ref()
        .filter(|_| told.state != "delivered")
    {
        lines.push(harmless(error));
    }
    Moment {
        at: notice.made_at,
        name: words.pick("通知", "notice").to_owned(),
        who: String::new(),
        lines,
    }
}
