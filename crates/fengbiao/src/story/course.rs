//! The course of things: posts, events and notices in order of time.

use std::collections::BTreeSet;

use fengbiao_model::{Actor, PostId, Quote, Timestamp};
use unicode_width::UnicodeWidthStr as _;

use super::words::Words;
use super::{Story, Told};
use crate::limits::{SHOWN_POST_CHARS, SHOWN_POSTS_EACH_WAY};
use crate::terminal::harmless;

/// Something that happened at a time.
struct Moment {
    at: Timestamp,
    name: String,
    who: String,
    lines: Vec<String>,
}

impl Story {
    /// All that happened, by time.
    pub(super) fn course(&self, words: &Words<'_>, out: &mut String) {
        if self.older_notices > 0 {
            let older = self.older_notices;
            out.push_str(&match words.pick("", "en") {
                "" => format!("\n更早的 {older} 条通知未列出\n"),
                _ => format!("\n{older} older notices are not shown\n"),
            });
        }
        let (shown, all) = (self.shown_posts().len(), self.incident.totals.posts);
        if u64::try_from(shown).is_ok_and(|shown| shown < all) {
            let each = SHOWN_POSTS_EACH_WAY;
            out.push_str(&match words.pick("", "en") {
                "" => format!("\n帖文只列最早与转评赞最多的各 {each} 条，共 {all} 条\n"),
                _ => format!("\nof {all} posts the first {each} and the widest {each} are shown\n"),
            });
        }
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
            let gap = " ".repeat(10_usize.saturating_sub(moment.name.width()).max(1));
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
                more.push(format!("{} {reach}", words.pick("转评赞", "reach")));
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
            let machine = event.by == Actor::daemon();
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
