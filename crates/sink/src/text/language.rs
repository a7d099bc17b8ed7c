//! The two languages, and the words that a notice is made of.

use std::fmt;
use std::str::FromStr;

use fengbiao_model::{Class, Grade, NoticeKind, SubjectKey, Tier};

/// A language for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

/// The text is neither `zh` nor `en`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a language: `zh` or `en`")]
pub struct NotALanguage;

impl FromStr for Language {
    type Err = NotALanguage;
    fn from_str(text: &str) -> Result<Self, NotALanguage> {
        match text {
            "zh" => Ok(Self::Zh),
            "en" => Ok(Self::En),
            _ => Err(NotALanguage),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zh => "zh",
            Self::En => "en",
        })
    }
}

/// The labels and set phrases of a card.
pub(super) struct Words {
    pub(super) scale: &'static str,
    pub(super) time: &'static str,
    pub(super) why: &'static str,
    pub(super) note: &'static str,
    pub(super) judged: &'static str,
    pub(super) labels: &'static str,
    pub(super) answer: &'static str,
    pub(super) incident: &'static str,
    pub(super) acknowledge: &'static str,
    pub(super) original: &'static str,
    pub(super) copy: &'static str,
    pub(super) id: &'static str,
    pub(super) deadlines: &'static str,
    pub(super) asked: &'static str,
}

impl Language {
    /// The tier with its name and colour: `Ⅱ级 重大 橙`.
    #[must_use]
    pub fn tier(self, tier: Tier) -> &'static str {
        match (self, tier) {
            (Self::Zh, Tier::I) => "Ⅰ级 特别重大 红",
            (Self::Zh, Tier::II) => "Ⅱ级 重大 橙",
            (Self::Zh, Tier::III) => "Ⅲ级 较大 黄",
            (Self::Zh, Tier::IV) => "Ⅳ级 一般 蓝",
            (Self::En, Tier::I) => "Tier I · extremely serious · red",
            (Self::En, Tier::II) => "Tier II · serious · orange",
            (Self::En, Tier::III) => "Tier III · considerable · yellow",
            (Self::En, Tier::IV) => "Tier IV · ordinary · blue",
        }
    }

    /// The tier as short as can be: `Ⅱ`.
    #[must_use]
    pub fn numeral(self, tier: Tier) -> &'static str {
        match (self, tier) {
            (Self::En, tier) => tier.as_str(),
            (Self::Zh, Tier::I) => "Ⅰ",
            (Self::Zh, Tier::II) => "Ⅱ",
            (Self::Zh, Tier::III) => "Ⅲ",
            (Self::Zh, Tier::IV) => "Ⅳ",
        }
    }

    /// What kind of matter it is.
    #[must_use]
    pub fn class(self, class: Class) -> &'static str {
        match (self, class) {
            (Self::Zh, Class::Suggestion) => "建议",
            (Self::Zh, Class::Enquiry) => "咨询",
            (Self::Zh, Class::Complaint) => "投诉",
            (Self::Zh, Class::Rumour) => "传言",
            (Self::Zh, Class::Incident) => "事件",
            (Self::En, class) => class.as_str(),
        }
    }

    /// The grade that people gave, with its name: `Ⅲ级（较大）`.
    #[must_use]
    pub fn grade(self, grade: Grade) -> &'static str {
        match (self, grade) {
            (Self::Zh, Grade::I) => "Ⅰ级（特别重大）",
            (Self::Zh, Grade::II) => "Ⅱ级（重大）",
            (Self::Zh, Grade::III) => "Ⅲ级（较大）",
            (Self::Zh, Grade::IV) => "Ⅳ级（一般）",
            (Self::En, grade) => grade.as_str(),
        }
    }

    /// What changed: `升级 Ⅳ→Ⅲ`.
    #[must_use]
    pub fn change(self, kind: NoticeKind, tier: Tier, previous: Option<Tier>) -> String {
        let (word, moves) = match (self, kind) {
            (Self::Zh, NoticeKind::Opened) => ("新增", false),
            (Self::Zh, NoticeKind::Reopened) => ("再次出现", false),
            (Self::Zh, NoticeKind::Raised) => ("升级", true),
            (Self::Zh, NoticeKind::Repeated) => ("重复提醒，尚无人确认", false),
            (Self::Zh, NoticeKind::Calmed) => ("降级", true),
            (Self::Zh, NoticeKind::Closed) => ("结束", false),
            (Self::Zh, NoticeKind::Escalated) => ("无人确认，逐级上报", false),
            (Self::Zh, NoticeKind::Unanswered) => ("整条值班链无人确认", false),
            (Self::Zh, NoticeKind::Lapsed) => ("确认已过期，请重新接手", false),
            (Self::Zh, NoticeKind::DeadlineNear) => ("时限将至", false),
            (Self::Zh, NoticeKind::DeadlineMissed) => ("已超过时限", false),
            (Self::Zh, NoticeKind::ReplyNear) => ("答复将到期", false),
            (Self::Zh, NoticeKind::ReplyMissed) => ("未按时答复", false),
            (Self::En, NoticeKind::Opened) => ("new", false),
            (Self::En, NoticeKind::Reopened) => ("back again", false),
            (Self::En, NoticeKind::Raised) => ("raised", true),
            (Self::En, NoticeKind::Repeated) => ("reminder, nobody has acknowledged", false),
            (Self::En, NoticeKind::Calmed) => ("lowered", true),
            (Self::En, NoticeKind::Closed) => ("closed", false),
            (Self::En, NoticeKind::Escalated) => ("nobody has acknowledged, now you", false),
            (Self::En, NoticeKind::Unanswered) => {
                ("nobody on the whole chain has acknowledged", false)
            }
            (Self::En, NoticeKind::Lapsed) => (
                "the acknowledgement has expired, please take it on again",
                false,
            ),
            (Self::En, NoticeKind::DeadlineNear) => ("a deadline is near", false),
            (Self::En, NoticeKind::DeadlineMissed) => ("a deadline was missed", false),
            (Self::En, NoticeKind::ReplyNear) => ("a reply is due soon", false),
            (Self::En, NoticeKind::ReplyMissed) => ("a reply has not come in time", false),
        };
        match previous {
            Some(previous) if moves && previous != tier => {
                format!("{word} {}→{}", self.numeral(previous), self.numeral(tier))
            }
            _ => word.to_owned(),
        }
    }

    /// The subject, in words where it has no name.
    #[must_use]
    pub fn subject(self, subject: &SubjectKey) -> String {
        match (self, subject) {
            (_, SubjectKey::Named(subject)) => subject.name.clone(),
            (Self::Zh, SubjectKey::All) => "全部对象".to_owned(),
            (Self::Zh, SubjectKey::Unnamed) => "未指明对象".to_owned(),
            (Self::En, SubjectKey::All) => "all subjects".to_owned(),
            (Self::En, SubjectKey::Unnamed) => "no named subject".to_owned(),
        }
    }

    /// How a tier was decided, in words.
    #[must_use]
    pub fn method(self, method: &str) -> &str {
        match (self, method) {
            (Self::Zh, "ears" | "c1" | "c2" | "c3") => "比平时突增",
            (Self::Zh, "cusum") => "比平时持续偏高",
            (Self::Zh, "burst") => "占比突增",
            (Self::Zh, "growth") => "成倍增长",
            (Self::En, "ears" | "c1" | "c2" | "c3") => "a surge above the usual",
            (Self::En, "cusum") => "above the usual for some time",
            (Self::En, "burst") => "a share that has surged",
            (Self::En, "growth") => "many times as much as before",
            (Self::Zh, "count") => "计数达到阈值",
            (Self::Zh, "calm") => "持续平静",
            (Self::Zh, "command") => "由人决定",
            (Self::Zh, "watchdog") => "自检",
            (Self::En, "count") => "counts reached a threshold",
            (Self::En, "calm") => "calm for long enough",
            (Self::En, "command") => "decided by a person",
            (Self::Zh, "merge") => "与另一事件合并",
            (Self::Zh, "split") => "由另一事件拆出",
            (Self::En, "merge") => "merged with another incident",
            (Self::En, "split") => "split off from another incident",
            (Self::En, "watchdog") => "the pipeline's own watchdog",
            (_, other) => other,
        }
    }

    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::Zh => &Words {
                scale: "规模",
                time: "时间",
                why: "判定",
                note: "说明",
                judged: "定性",
                labels: "标签",
                answer: "回应",
                incident: "事件",
                acknowledge: "确认",
                original: "原文",
                copy: "同文",
                id: "通知",
                deadlines: "时限",
                asked: "待答复",
            },
            Self::En => &Words {
                scale: "Scale",
                time: "Time",
                why: "Why",
                note: "Note",
                judged: "Judged",
                labels: "Labels",
                answer: "Answer",
                incident: "Incident",
                acknowledge: "Acknowledge",
                original: "Source",
                copy: "Copy",
                id: "Notice",
                deadlines: "Deadlines",
                asked: "Asked",
            },
        }
    }
}

/// `1 post`, `2 posts`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
