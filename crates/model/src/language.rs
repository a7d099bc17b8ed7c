//! The two languages, and the words that the nouns have in them: one name for one thing, wherever
//! people read it.

use crate::{Class, Duty, Grade, NoticeKind, Stage, SubjectKey, Tier, Totals};

/// A language for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Language {
    /// One of two texts.
    #[must_use]
    pub const fn pick<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

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
            (Self::Zh, NoticeKind::Repeated) => ("重复提醒，尚无人接手", false),
            (Self::Zh, NoticeKind::Calmed) => ("降级", true),
            (Self::Zh, NoticeKind::Closed) => ("结束", false),
            (Self::Zh, NoticeKind::Escalated) => ("无人接手，逐级上报", false),
            (Self::Zh, NoticeKind::Unanswered) => ("整条值班链无人接手", false),
            (Self::Zh, NoticeKind::Lapsed) => ("接手已过期，请重新接手", false),
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
            (Self::Zh, SubjectKey::All) => "多地（全话题）".to_owned(),
            (Self::Zh, SubjectKey::Unnamed) => "地点未识别".to_owned(),
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

    /// How far people have come with an incident.
    #[must_use]
    pub const fn stage(self, stage: Stage) -> &'static str {
        match stage {
            Stage::Detected => self.pick("已发现，待接手", "detected, nobody has taken it on yet"),
            Stage::Reported => self.pick("已接手", "taken on"),
            Stage::Verifying => self.pick("核实中", "being verified"),
            Stage::Answered => self.pick("已回应", "answered"),
            Stage::Following => self.pick("跟踪中", "being followed"),
            Stage::Closed => self.pick("已结束", "closed"),
            Stage::Reviewed => self.pick("已复盘", "reviewed"),
        }
    }

    /// How much it is: `40 帖 · 12 则不同内容 · 31 位发声者 · 3 个来源`.
    #[must_use]
    pub fn totals(self, totals: &Totals) -> String {
        let Totals {
            posts,
            stories,
            voices,
            sources,
            ..
        } = *totals;
        match self {
            Self::Zh => {
                format!("{posts} 帖 · {stories} 则不同内容 · {voices} 位发声者 · {sources} 个来源")
            }
            Self::En => [
                counted(posts, "post", "posts"),
                counted(stories, "story", "stories"),
                counted(voices, "voice", "voices"),
                counted(sources, "source", "sources"),
            ]
            .join(" · "),
        }
    }

    /// Until when an acknowledgement is good; `until` is a time as it is shown where this stands.
    #[must_use]
    pub fn good_until(self, until: &str) -> String {
        match self {
            Self::Zh => format!("无新记录则 {until} 失效"),
            Self::En => format!("good until {until} if nothing is written"),
        }
    }

    /// What is owed, as the verb of a sentence.
    #[must_use]
    pub const fn duty(self, duty: Duty) -> &'static str {
        match (self, duty) {
            (Self::Zh, Duty::Report) => "接手",
            (Self::Zh, Duty::Verify) => "核实",
            (Self::Zh, Duty::Answer) => "回应",
            (Self::Zh, Duty::FollowUp) => "跟进",
            (Self::En, Duty::Report) => "acknowledge",
            (Self::En, Duty::Verify) => "verify",
            (Self::En, Duty::Answer) => "answer",
            (Self::En, Duty::FollowUp) => "follow up",
        }
    }

    /// What is owed, above the time until which it is.
    #[must_use]
    pub const fn owed(self, duty: Duty) -> &'static str {
        match duty {
            Duty::Report => self.pick("接手时限", "Take on by"),
            Duty::Verify => self.pick("核实时限", "Verify by"),
            Duty::Answer => self.pick("回应时限", "Answer by"),
            Duty::FollowUp => self.pick("跟进时限", "Follow up by"),
        }
    }
}

/// `1 post`, `2 posts`.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
