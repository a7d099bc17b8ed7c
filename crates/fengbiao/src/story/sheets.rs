//! The sheets behind the course of things: whom was asked what, the counts, every post and what
//! became of it, and the audit trail.

use std::collections::BTreeMap;

use fengbiao_model::{DeadlineState, Happening, PostId, Quote, Timestamp};
use unicode_width::UnicodeWidthStr as _;

use super::Story;
use super::words::Words;
use crate::limits::{MAX_BAR_CHARS, MAX_COUNT_ROWS, MAX_TRAIL_LINES, SHOWN_POST_CHARS};
use crate::terminal::harmless;

impl Story {
    /// What is owed, until when, and how it stands: what runs and what is met as well as what is late.
    pub(super) fn duties(&self, words: &Words<'_>, out: &mut String) {
        if self.deadlines.is_empty() {
            return;
        }
        out.push_str(&format!("\n{}\n", words.pick("时限", "owed")));
        for deadline in &self.deadlines {
            let name = words.language.duty(deadline.duty);
            let gap = " ".repeat(12_usize.saturating_sub(name.width()));
            let due = words.hours.minute(deadline.due);
            let state = match deadline.state {
                DeadlineState::Running => words.pick("进行中", "running"),
                DeadlineState::Warned => words.pick("将到期", "due soon"),
                DeadlineState::Missed => words.pick("已逾期", "missed"),
                DeadlineState::Met => words.pick("已完成", "met"),
            };
            out.push_str(&format!("  {name}{gap}{due} · {state}\n"));
        }
    }

    /// Who was asked what, by when, and the reply.
    pub(super) fn contact_sheet(&self, words: &Words<'_>, out: &mut String) {
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
                        words.pick("答", "replied"),
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
                let late = self.events.iter().any(
                    |event| matches!(event.what, Happening::ReplyMissed { item: of, .. } if of == item),
                );
                let state = if late {
                    words.pick("尚未答复，已逾期", "no reply yet, overdue")
                } else {
                    words.pick("尚未答复", "no reply yet")
                };
                lines.push(state.to_owned());
            }
            for (nth, line) in lines.iter().enumerate() {
                let indent = if nth == 0 { "  " } else { "     " };
                out.push_str(&format!("{indent}{line}\n"));
            }
        }
    }

    /// The first quoted post of each story, and each of which people said what became of it: link,
    /// subject, published, found, reported, outcome.
    pub(super) fn posts(&self, words: &Words<'_>, out: &mut String) {
        let hours = &words.hours;
        let title = words.pick(
            "各则内容的首帖：发布、发现、首报、结果",
            "first post of each story: published, found, reported, outcome",
        );
        let total = self.incident.totals.stories;
        let of = words.pick("共", "of");
        let mut told = std::collections::BTreeSet::new();
        let mut quotes: Vec<&Quote> = self.quotes.iter().collect();
        quotes.retain(|quote| told.insert(quote.story) || self.has_outcome(quote.post));
        let shown = told.len();
        out.push_str(&format!("\n{title}（{shown}，{of} {total}）\n"));
        for quote in quotes {
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
            let copies = match quote.copies {
                0 | 1 => String::new(),
                copies => format!("  {} {copies}", words.pick("同文", "copies")),
            };
            let line = format!("    {}{copies}  {url}", times.join("  "));
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

    fn has_outcome(&self, wanted: PostId) -> bool {
        let mut events = self.events.iter();
        events.any(|event| matches!(event.what, Happening::Outcome { post, .. } if post == wanted))
    }

    /// Who looked at it and who did what, as the audit trail has it.
    pub(super) fn trail(&self, words: &Words<'_>, out: &mut String) {
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
    pub(super) fn counts(&self, words: &Words<'_>, out: &mut String) {
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
                let bar = (posts * MAX_BAR_CHARS).div_ceil(most);
                let bar = "█".repeat(usize::try_from(bar).unwrap_or_default());
                out.push_str(&format!("  {name}  {bar} {posts}\n"));
            }
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use fengbiao_model::{
        Acknowledgement, Actor, Counts, Deadline, Duty, Event, Incident, IncidentId, RuleId,
        SourceId, StoryId, SubjectKey, TopicId,
    };
    use fengbiao_sink::text::{Language, Phrasing};

    use super::*;

    #[test]
    fn what_is_owed_is_shown_however_it_stands_and_what_is_left_out_is_said() {
        let at = |hours: i64| Timestamp::of_minute(hours * 60);
        let deadline = |duty, state, hours| Deadline {
            duty,
            due: at(hours),
            warn_at: None,
            state,
        };
        let topic = TopicId::new("food").unwrap();
        let mut incident = Incident::latent(IncidentId(1), topic, SubjectKey::Unnamed, at(1));
        incident.acknowledged = Some(Acknowledgement {
            by: Actor::new("duty").unwrap(),
            at: at(2),
        });
        let story = Story {
            audit: Vec::new(),
            incident,
            quotes: Vec::new(),
            stories: Vec::new(),
            told: Vec::new(),
            older_notices: 7,
            deadlines: vec![
                deadline(Duty::Report, DeadlineState::Met, 3),
                deadline(Duty::Answer, DeadlineState::Running, 12),
                deadline(Duty::FollowUp, DeadlineState::Missed, 6),
            ],
            acknowledged_until: Some(at(4)),
            events: Vec::new(),
            posts_by_minute: Vec::new(),
        };
        let text = story.text(&Phrasing {
            language: Language::En,
            time_zone: jiff::tz::TimeZone::UTC,
        });
        for shown in [
            "duty · 1970-01-01 02:00 · good until 01-01 04:00 if nothing is written",
            "  acknowledge 1970-01-01 03:00 · met",
            "  answer      1970-01-01 12:00 · running",
            "  follow up   1970-01-01 06:00 · missed",
            "7 older notices are not shown",
        ] {
            assert!(text.contains(shown), "{shown} in\n{text}");
        }
    }

    #[test]
    fn copies_are_a_count_beside_the_first_post_of_their_story() {
        let quote = |number: u8, story: u64| Quote {
            post: PostId::from_bytes([number; 16]),
            story: StoryId(story),
            source: SourceId::new("forum").unwrap(),
            url: Some(format!("https://forum.example/{number}")),
            title: None,
            text: "食堂".to_owned(),
            published_at: None,
            found_at: Timestamp::of_minute(number.into()),
            counts: Counts::default(),
            rule: RuleId::new("r").unwrap(),
            spans: Vec::new(),
            copies: 3,
            widest_copy: None,
        };
        let outcome = Event {
            incident: IncidentId(1),
            number: 1,
            at: Timestamp::of_minute(9),
            by: Actor::new("duty").unwrap(),
            what: Happening::Outcome {
                post: PostId::from_bytes([3; 16]),
                outcome: "已辟谣".to_owned(),
            },
        };
        let topic = TopicId::new("food").unwrap();
        let at = Timestamp::of_minute(1);
        let story = Story {
            audit: Vec::new(),
            incident: Incident::latent(IncidentId(1), topic, SubjectKey::Unnamed, at),
            quotes: vec![quote(1, 7), quote(2, 7), quote(3, 7), quote(4, 8)],
            stories: Vec::new(),
            told: Vec::new(),
            older_notices: 0,
            deadlines: Vec::new(),
            acknowledged_until: None,
            events: vec![outcome],
            posts_by_minute: Vec::new(),
        };
        let words = Words {
            language: Language::Zh,
            hours: super::super::Hours(&jiff::tz::TimeZone::UTC),
        };
        let mut sheet = String::new();
        story.posts(&words, &mut sheet);
        let shown = |number| sheet.contains(&format!("  同文 3  https://forum.example/{number}\n"));
        assert_eq!(
            [1, 2, 3, 4].map(shown),
            [true, false, true, true],
            "{sheet}"
        );
    }
}
