//! A post as a card shows it: its own words, then where they come from.

use fengbiao_model::{Counts, Field, Language, Notice, Quote, counted};

use super::card::{Phrasing, faint};
use super::language::words;
use super::line::{Line, Role, Run, Style};

impl Phrasing {
    pub(super) fn quote(&self, notice: &Notice, quote: &Quote) -> Vec<Line> {
        let mut lines = Vec::new();
        let title = quote.title.as_deref().filter(|title| *title != quote.text);
        if let Some(title) = title {
            lines.extend(quoted(title, quote, Field::Title, Style::Strong));
        }
        // Where title and text are equal the text is shown, with the spans of both.
        lines.extend(quoted(&quote.text, quote, Field::Text, Style::Plain));
        let origin = vec![faint(&self.origin(notice, quote))];
        lines.push(Line::new(Role::Origin, None, origin));
        if let Some(url) = &quote.url {
            let label = Some(words(self.language).original);
            lines.push(Line::new(
                Role::Link,
                label,
                vec![Run::new(Style::Link, url)],
            ));
        }
        if let Some(copy) = &quote.widest_copy {
            let label = Some(words(self.language).copy);
            let link = vec![Run::new(Style::Link, &copy.url)];
            lines.push(Line::new(Role::Link, label, link));
        }
        lines
    }

    fn origin(&self, notice: &Notice, quote: &Quote) -> String {
        let mut facts = vec![quote.source.to_string()];
        match quote.published_at {
            Some(at) => {
                let at = self.stamp_after(notice.made_at, at);
                facts.push(format!("{at}{}", self.pick(" 发布", "")));
            }
            None => facts.push(format!(
                "{} {}",
                self.pick("采集于", "found"),
                self.stamp_after(notice.made_at, quote.found_at)
            )),
        }
        facts.extend(self.counts(quote.counts));
        facts.push(format!("{} {}", self.pick("规则", "rule"), quote.rule));
        let others = quote.copies.saturating_sub(1);
        if others > 0 {
            facts.push(match self.language {
                Language::Zh => format!("另有 {others} 条相同或相近"),
                Language::En => {
                    format!("and {}", counted(others, "copy of it", "copies of it"))
                }
            });
        }
        if let Some(copy) = &quote.widest_copy {
            let (source, reach) = (&copy.source, copy.reach);
            facts.push(match self.language {
                Language::Zh => format!("其中 {source} 一条附后，转评赞共 {reach}"),
                Language::En => {
                    format!("one of them on {source} below, {reach} reposts, comments and likes")
                }
            });
        }
        facts.join(" · ")
    }

    fn counts(&self, counts: Counts) -> Vec<String> {
        let rank = counts.rank.map(u64::from);
        let days = counts.days_on_list.map(u64::from);
        let shown = [
            (rank, "榜位", "rank"),
            (days, "在榜天数", "days on the list"),
            (counts.reposts, "转发", "reposts"),
            (counts.comments, "评论", "comments"),
            (counts.likes, "赞", "likes"),
            (counts.views, "阅读", "views"),
        ];
        let known = shown
            .into_iter()
            .filter_map(|(count, zh, en)| Some((count?, zh, en)));
        known
            .map(|(count, zh, en)| format!("{} {count}", self.pick(zh, en)))
            .collect()
    }
}

/// A field of a post between 「 and 」, a line of its own for each of its lines, keywords marked.
fn quoted(text: &str, quote: &Quote, field: Field, style: Style) -> Vec<Line> {
    let mut pieces = vec![(style, "「")];
    let mut at = 0;
    for (start, end) in marks(text, quote, field) {
        pieces.push((style, &text[at..start]));
        pieces.push((Style::Keyword, &text[start..end]));
        at = end;
    }
    pieces.extend([(style, &text[at..]), (style, "」")]);
    let mut lines: Vec<Vec<(Style, String)>> = vec![Vec::new()];
    for (style, piece) in pieces {
        for (index, part) in piece.split('\n').enumerate() {
            if index > 0 {
                lines.push(Vec::new());
            }
            let part = part.strip_suffix('\r').unwrap_or(part);
            let Some(line) = lines.last_mut() else {
                continue;
            };
            match line.last_mut() {
                Some(last) if last.0 == style => last.1.push_str(part),
                _ if part.is_empty() => {}
                _ => line.push((style, part.to_owned())),
            }
        }
    }
    let runs = |line: Vec<(Style, String)>| {
        line.into_iter()
            .map(|(style, text)| Run::new(style, &text))
            .collect()
    };
    lines
        .into_iter()
        .map(|line| Line::new(Role::Quote, None, runs(line)))
        .collect()
}

/// Where a number begins of which a keyword takes the end only: 2【1人死亡】 reads as one dead.
fn whole_number(text: &str, start: usize) -> usize {
    if !text[start..].starts_with(|c: char| c.is_ascii_digit()) {
        return start;
    }
    text[..start]
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .len()
}

/// The byte ranges of keywords in one field: in order, joined where they touch or overlap, without
/// those that do not fit the text (it may have been changed since).
fn marks(text: &str, quote: &Quote, field: Field) -> Vec<(usize, usize)> {
    let same = quote.title.as_deref() == Some(quote.text.as_str());
    let mut all: Vec<(usize, usize)> = quote
        .spans
        .iter()
        .filter(|keyword| same || keyword.span.field == field)
        .map(|keyword| (keyword.span.start, keyword.span.end))
        .filter(|&(start, end)| start < end && text.get(start..end).is_some())
        .map(|(start, end)| (whole_number(text, start), end))
        .collect();
    all.sort_unstable();
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (start, end) in all {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}
