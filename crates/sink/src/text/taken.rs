//! Who works on an incident, and why a notice comes only now.

use fengbiao_model::{AcknowledgementEnd, HeldBack, Notice, NoticeKind};

use super::Language;
use super::card::{Phrasing, detail, plain};
use super::language::words;
use super::line::Line;

impl Phrasing {
    /// `李明 05:35（无新记录则 05:40 失效）`, or why that holds no longer.
    pub(super) fn taken_on(&self, notice: &Notice) -> Option<Line> {
        use AcknowledgementEnd::{Expired, Raised};
        let taken = notice.taken_on.as_ref()?;
        let at = self.stamp_after(notice.made_at, taken.acknowledgement.at);
        let until = taken.until;
        let until = until.map(|until| self.stamp_after(notice.made_at, until));
        let over = notice.kind == NoticeKind::Closed;
        let holds = match (taken.ended, self.language) {
            (None, language) => until.map(|until| {
                let until = language.good_until(&until);
                match language {
                    Language::Zh => format!("（{until}）"),
                    Language::En => format!(" ({until})"),
                }
            }),
            (Some(ended), _) => Some(
                match (ended, over) {
                    (Raised, false) => self.pick(
                        "；升级后须重新接手",
                        "; raised since, to be acknowledged again",
                    ),
                    (Raised, true) => {
                        self.pick("；升级后无人再接手", "; raised since, and by nobody after")
                    }
                    (Expired, false) => self.pick(
                        "；已过期，须重新接手",
                        "; expired, to be acknowledged again",
                    ),
                    (Expired, true) => {
                        self.pick("；已过期，无人再接手", "; expired, and by nobody after")
                    }
                }
                .to_owned(),
            ),
        };
        let by = &taken.acknowledgement.by;
        let text = format!("{by} {at}{}", holds.unwrap_or_default());
        Some(detail(
            Some(words(self.language).taken_on),
            vec![plain(&text)],
        ))
    }

    /// `陈工的接手已过期，请重新接手`
    pub(super) fn lapsed(&self, notice: &Notice) -> String {
        let change = self
            .language
            .change(notice.kind, notice.tier, notice.previous_tier);
        let by = notice.taken_on.as_ref();
        match (by.map(|taken| &taken.acknowledgement.by), self.language) {
            (Some(by), Language::Zh) => format!("{by}的{change}"),
            (Some(by), Language::En) => {
                format!("the acknowledgement by {by} has expired, please take it on again")
            }
            (None, _) => change,
        }
    }

    /// `静默至 05:44（例行放散），首次通知`: why a notice comes only now, and that its receiver has heard
    /// nothing of what it speaks of.
    pub(super) fn held_back(&self, notice: &Notice) -> Option<String> {
        let held = notice
            .held_back
            .as_ref()
            .map(|held| self.held(notice, held));
        let first = self.first_word(notice, held.is_some());
        let said: Vec<String> = held.into_iter().chain(first).collect();
        (!said.is_empty()).then(|| said.join(self.pick("，", ", ")))
    }

    fn held(&self, notice: &Notice, held: &HeldBack) -> String {
        match (held, self.language) {
            (HeldBack::Silence { until, reason }, Language::Zh) => {
                let until = self.stamp_after(notice.made_at, *until);
                format!("静默至 {until}（{reason}）")
            }
            (HeldBack::Silence { until, reason }, Language::En) => {
                let until = self.stamp_after(notice.made_at, *until);
                format!("silenced until {until} ({reason})")
            }
            (HeldBack::QuietHours, _) => self
                .pick("免打扰时段内暂缓至今", "held over the quiet hours")
                .to_owned(),
        }
    }

    fn first_word(&self, notice: &Notice, held: bool) -> Option<String> {
        use NoticeKind::{DeadlineMissed, DeadlineNear, Lapsed, Repeated, ReplyMissed, ReplyNear};
        let of_old = matches!(
            notice.kind,
            DeadlineMissed | DeadlineNear | Lapsed | Repeated | ReplyMissed | ReplyNear
        );
        let first = notice.last_told.is_none() && (held || of_old);
        first.then(|| self.pick("首次通知", "the first notice").to_owned())
    }
}
