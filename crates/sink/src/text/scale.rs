//! How many, since when, and what is new.

use fengbiao_model::{Notice, TimeSpan, counted};

use super::Language;
use super::card::{Phrasing, detail, faint, plain};
use super::deadline::length;
use super::language::words;
use super::line::Line;

impl Phrasing {
    pub(super) fn scale(&self, notice: &Notice) -> Line {
        let text = self.language.totals(&notice.totals);
        detail(Some(words(self.language).scale), vec![plain(&text)])
    }

    /// What is new since the notice before: `较上次通知（36 分钟前）：+12 帖 · +6 则内容 · …`.
    pub(super) fn grown(&self, notice: &Notice) -> Option<Line> {
        let told = notice.last_told?;
        let (now, before) = (&notice.totals, &told.totals);
        let more = [
            (now.posts, before.posts, "帖", "post", "posts"),
            (now.stories, before.stories, "则内容", "story", "stories"),
            (now.voices, before.voices, "位发声者", "voice", "voices"),
            (now.sources, before.sources, "个来源", "source", "sources"),
        ];
        let more = more.into_iter().filter(|(now, before, ..)| now > before);
        let more = more.map(|(now, before, unit, one, many)| {
            let more = now - before;
            match self.language {
                Language::Zh => format!("+{more} {unit}"),
                Language::En => format!("+{}", counted(more, one, many)),
            }
        });
        let more: Vec<String> = more.collect();
        // From the minutes that are shown, as the length of the whole is.
        let minutes = notice.made_at.minute() - told.at.minute();
        let ago = length(self.language, TimeSpan::from_minutes(minutes));
        let text = match (self.language, ago) {
            (Language::Zh, Some(ago)) => format!("较上次通知（{ago}前）："),
            (Language::Zh, None) => "较上次通知：".to_owned(),
            (Language::En, Some(ago)) => format!("since the last notice ({ago} ago): "),
            (Language::En, None) => "since the last notice: ".to_owned(),
        };
        let more = if more.is_empty() {
            self.pick("没有新帖", "no new posts").to_owned()
        } else {
            more.join(" · ")
        };
        Some(detail(None, vec![plain(&format!("{text}{more}"))]))
    }

    pub(super) fn time(&self, notice: &Notice) -> Line {
        let first = self.stamp(notice.first_found_at);
        let last = self.stamp_after(notice.first_found_at, notice.last_found_at);
        let offset = self
            .zoned(notice.first_found_at)
            .strftime("%:z")
            .to_string();
        // From the minutes that are shown, so that nobody finds another sum.
        let minutes = notice.last_found_at.minute() - notice.first_found_at.minute();
        let between = TimeSpan::from_minutes(minutes);
        let (text, long) = match (self.language, length(self.language, between)) {
            (Language::Zh, Some(long)) => (
                format!("首见 {first}，最近 {last}"),
                format!("（历时 {long}）"),
            ),
            (Language::En, Some(long)) => (
                format!("first {first}, latest {last}"),
                format!(" ({long})"),
            ),
            (Language::Zh, None) => (format!("首见 {first}"), String::new()),
            (Language::En, None) => (format!("first {first}"), String::new()),
        };
        let mut runs = vec![plain(&text), faint(&format!(" {offset}"))];
        if !long.is_empty() {
            runs.push(plain(&long));
        }
        detail(Some(words(self.language).time), runs)
    }
}
