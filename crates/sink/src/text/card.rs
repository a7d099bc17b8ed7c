//! A notice as lines of words.

use fengbiao_model::{Notice, NoticeKind, Quote, Said, SubjectKey, Tier, Timestamp, counted};
use jiff::tz::TimeZone;

use super::Language;
use super::language::words;
use super::line::{Line, Role, Run, Style};
use crate::Outgoing;
use crate::limits::{DATA_AS_OLD_AS_THE_NOTICE_SECS, MAX_RELIEF_QUOTES};

/// For whom a card is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrasing {
    /// The language.
    pub language: Language,
    /// The time zone of the times shown.
    pub time_zone: TimeZone,
}

/// A notice as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its tier, for the colour.
    pub tier: Tier,
    /// Its lines, the headline first.
    pub lines: Vec<Line>,
}

impl Card {
    /// Writes a notice in words. Everything the notice holds for people is in it, whole; but one
    /// that says that it is calmer, or over, quotes less than it holds.
    #[must_use]
    pub fn new(outgoing: &Outgoing, phrasing: &Phrasing) -> Self {
        let notice = &outgoing.notice;
        let mut lines = vec![phrasing.headline(notice), Line::gap()];
        // The pipeline's own alarms have no posts, and what is known of them fits a sentence.
        if notice.topic.is_pipeline() {
            lines.extend(phrasing.alarm(notice));
        } else {
            lines.push(phrasing.scale(notice));
            lines.extend(phrasing.grown(notice));
            lines.push(phrasing.time(notice));
            lines.extend(phrasing.subjects(notice));
            lines.extend(phrasing.why(notice));
        }
        lines.extend(phrasing.judged(notice));
        lines.extend(phrasing.labels(notice));
        lines.extend(phrasing.answer(notice));
        lines.extend(phrasing.notes(notice));
        for quote in quotes(notice) {
            lines.push(Line::gap());
            lines.extend(phrasing.quote(notice, quote));
        }
        lines.extend(phrasing.not_shown(notice));
        lines.extend(phrasing.others(notice));
        lines.push(Line::gap());
        let mut owed: Vec<Line> = phrasing.taken_on(notice).into_iter().collect();
        owed.extend(phrasing.deadlines(notice));
        owed.extend(phrasing.questions(notice));
        lines.extend(phrasing.foot(outgoing, owed));
        Self {
            tier: notice.tier,
            lines,
        }
    }

    /// The few words that must be enough on a locked telephone: the headline without style, the
    /// incident's number, and the link that acknowledges it.
    #[must_use]
    pub fn brief(outgoing: &Outgoing, phrasing: &Phrasing) -> Vec<Line> {
        let mut lines = vec![phrasing.headline(&outgoing.notice)];
        lines.extend(phrasing.foot(outgoing, Vec::new()));
        lines
    }
}

/// The posts that are shown: where it has only become calmer since the notice before, the first and
/// the one of widest reach.
fn quotes(notice: &Notice) -> &[Quote] {
    let relief = matches!(notice.kind, NoticeKind::Calmed | NoticeKind::Closed);
    let shown = if relief && notice.merged == 0 {
        notice.quotes.len().min(MAX_RELIEF_QUOTES)
    } else {
        notice.quotes.len()
    };
    &notice.quotes[..shown]
}

pub(super) fn detail(label: Option<&'static str>, runs: Vec<Run>) -> Line {
    Line::new(Role::Detail, label, runs)
}

pub(super) fn plain(text: &str) -> Run {
    Run::new(Style::Plain, text)
}

pub(super) fn faint(text: &str) -> Run {
    Run::new(Style::Faint, text)
}

impl Phrasing {
    pub(super) fn pick<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    fn headline(&self, notice: &Notice) -> Line {
        let change = self.change(notice);
        let subject = match &notice.subject {
            SubjectKey::All if notice.topic.is_pipeline() => {
                self.pick("全部来源", "all sources").to_owned()
            }
            subject => self.language.subject(subject),
        };
        let mut runs = vec![
            Run::new(Style::Badge, self.language.tier(notice.tier)),
            plain(" · "),
            Run::new(Style::Strong, &format!("{} · {subject}", notice.topic_name)),
            plain(" · "),
            Run::new(Style::Strong, &change),
        ];
        let more = self.more(notice);
        runs.extend((!more.is_empty()).then(|| plain(&more)));
        Line::new(Role::Headline, None, runs)
    }

    /// Method, condition, and under it each measure with its threshold, beside what is usual. Of a
    /// condition with several branches, those that hold.
    pub(super) fn why(&self, notice: &Notice) -> Vec<Line> {
        let reason = &notice.reason;
        let method = self.language.method(&reason.method);
        let why = self.language.calm(notice).map_or_else(
            || Run::new(Style::Code, reason.shown_condition()),
            |text| plain(&text),
        );
        let head = vec![plain(method), plain(self.pick("：", ": ")), why];
        let mut lines = vec![detail(Some(words(self.language).why), head)];
        for measure in reason.shown_measures() {
            let said = self.language.measured(measure, reason);
            let runs = said.iter().map(|part| {
                let style = match part {
                    Said::Words(_) => Style::Plain,
                    Said::Number(_) => Style::Strong,
                    Said::Beside(_) => Style::Faint,
                };
                Run::new(style, part.text())
            });
            lines.push(detail(None, runs.collect()));
        }
        // The minute that was looked at ends about when the notice is made; else it is said.
        let old = notice.made_at.since(reason.at).as_millis();
        if old > DATA_AS_OLD_AS_THE_NOTICE_SECS * 1_000 && !reason.measures.is_empty() {
            let at = self.stamp_after(notice.made_at, reason.at);
            let text = match (self.language, notice.kind) {
                (Language::Zh, NoticeKind::Raised) => format!("升级时（{at}）的数值"),
                (Language::Zh, _) => format!("判定时（{at}）的数值"),
                (Language::En, _) => format!("as it stood when that was decided ({at})"),
            };
            lines.push(detail(None, vec![faint(&text)]));
        }
        lines
    }

    /// What a reader must know to take the notice rightly.
    fn notes(&self, notice: &Notice) -> Vec<Line> {
        let mut notes: Vec<String> = self.told_before(notice).into_iter().collect();
        notes.extend(self.held_back(notice));
        if notice.late {
            notes.push(
                self.pick(
                    "迟发：帖文早先已采集，此时才处理到",
                    "late: its posts were found a while before they came through",
                )
                .to_owned(),
            );
        }
        if notice.merged > 0 {
            notes.push(match self.language {
                Language::Zh => format!("合并了此前 {} 条待发通知", notice.merged),
                Language::En => format!(
                    "stands for {} that had not gone out yet",
                    counted(
                        u64::from(notice.merged),
                        "earlier notice",
                        "earlier notices"
                    )
                ),
            });
        }
        let label = |index| (index == 0).then_some(words(self.language).note);
        let lines = notes.iter().enumerate();
        lines
            .map(|(index, note)| detail(label(index), vec![plain(note)]))
            .collect()
    }

    /// How much of the incident is not among the quotes, of which no two tell one story.
    fn not_shown(&self, notice: &Notice) -> Vec<Line> {
        let shown = u64::try_from(quotes(notice).len()).unwrap_or(u64::MAX);
        let others = notice.totals.stories.saturating_sub(shown);
        if others == 0 {
            return Vec::new();
        }
        let text = match self.language {
            Language::Zh => format!("另有 {others} 则不同内容未列出"),
            Language::En => {
                format!(
                    "{} not shown here",
                    counted(others, "other story", "other stories")
                )
            }
        };
        vec![
            Line::gap(),
            Line::new(Role::Origin, None, vec![faint(&text)]),
        ]
    }

    /// The incident, what is owed, and at the end what acknowledges it: what is over needs nobody.
    fn foot(&self, outgoing: &Outgoing, owed: Vec<Line>) -> Vec<Line> {
        let notice = &outgoing.notice;
        let words = words(self.language);
        let incident = vec![
            Run::new(Style::Strong, &format!("#{}", notice.number)),
            plain(&format!(
                " · {} {}",
                self.pick("负责", "owner"),
                notice.owner
            )),
        ];
        let mut lines = vec![detail(Some(words.incident), incident)];
        lines.extend(owed);
        let over = notice.kind == NoticeKind::Closed;
        if let Some(url) = outgoing.acknowledge_url.as_ref().filter(|_| !over) {
            let link = vec![Run::new(Style::Link, url)];
            lines.push(Line::new(Role::Link, Some(words.acknowledge), link));
        }
        let made_at = self.stamp(notice.made_at);
        let id = vec![faint(&format!("{} · {made_at}", outgoing.id()))];
        lines.push(detail(Some(words.id), id));
        lines
    }

    pub(super) fn zoned(&self, at: Timestamp) -> jiff::ZonedDateTime {
        // The model's last hours of the year 9999 are beyond jiff's range; nobody reads them.
        let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or(jiff::Timestamp::MAX);
        at.to_zoned_datetime(self.time_zone.clone())
    }

    pub(super) fn stamp(&self, at: Timestamp) -> String {
        self.zoned(at).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// A time that follows another: without the date where that is the same.
    pub(super) fn stamp_after(&self, before: Timestamp, at: Timestamp) -> String {
        let (before, at) = (self.zoned(before), self.zoned(at));
        let format = if before.date() == at.date() {
            "%H:%M"
        } else {
            "%Y-%m-%d %H:%M"
        };
        at.strftime(format).to_string()
    }
}
