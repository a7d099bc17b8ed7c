//! The set phrases of a card; the words of the nouns are the model's.

use fengbiao_model::Language;

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
    pub(super) taken_on: &'static str,
    pub(super) subjects: &'static str,
}

pub(super) fn words(language: Language) -> &'static Words {
    match language {
        Language::Zh => &Words {
            scale: "规模",
            time: "时间",
            why: "判定",
            note: "说明",
            judged: "定性",
            labels: "标签",
            answer: "回应",
            incident: "事件",
            acknowledge: "接手",
            original: "原文",
            copy: "同文",
            id: "通知",
            deadlines: "时限",
            asked: "待答复",
            taken_on: "接手人",
            subjects: "涉及",
        },
        Language::En => &Words {
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
            taken_on: "Taken on",
            subjects: "Subjects",
        },
    }
}
