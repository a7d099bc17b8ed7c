//! Why a tier is what it is, in words: one wording for notices, pages and the story of an incident.

use std::collections::BTreeSet;

use crate::condition::{names, thresholds};
use crate::measure::{self, Detected, measured_number};
use crate::{CALM_METHOD, Language, Measure, Notice, NoticeKind, Reason};

/// A part of what is said of a measure. Put together in their order they are the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Words.
    Words(String),
    /// The number that it is about, or what stands for it.
    Number(String),
    /// What stands beside it: the thresholds.
    Beside(String),
}

impl Said {
    /// What it says.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Words(text) | Self::Number(text) | Self::Beside(text) => text,
        }
    }
}

impl Reason {
    /// The condition without the branches that were not true.
    #[must_use]
    pub fn shown_condition(&self) -> &str {
        self.holds.as_deref().unwrap_or(&self.condition)
    }

    /// The measures that [`Reason::shown_condition`] names, in its order: those of branches that were
    /// not true decided nothing.
    #[must_use]
    pub fn shown_measures(&self) -> Vec<&Measure> {
        let names = names(self.shown_condition());
        let place = |measure: &&Measure| names.iter().position(|name| *name == measure.name);
        let mut shown: Vec<&Measure> = self.measures.iter().collect();
        shown.retain(|measure| place(measure).is_some());
        shown.sort_by_key(place);
        shown
    }
}

impl Language {
    /// The measures that decided, each with its threshold and with what is usual of it, in a line:
    /// `1 小时内发声者 15（阈值 ≥ 15）；1 小时内最高权重 6（阈值 ≥ 6）`. Empty where nothing was measured.
    #[must_use]
    pub fn measures(self, reason: &Reason) -> String {
        let shown = reason.shown_measures().into_iter();
        let said = shown.map(|measure| -> String {
            let parts = self.measured(measure, reason);
            parts.iter().map(Said::text).collect()
        });
        said.collect::<Vec<_>>().join(self.pick("；", "; "))
    }

    /// One measure of a reason, beside it its threshold, and what is usual where a detector compared it.
    #[must_use]
    pub fn measured(self, measure: &Measure, reason: &Reason) -> Vec<Said> {
        let (mut said, judged) = match Detected::of(&measure.name) {
            Some(detected) => self.compared(measure, &detected),
            None => (self.counted(measure), true),
        };
        if judged {
            said.extend(self.limits(&measure.name, reason.shown_condition()));
        }
        said
    }

    /// A measure that is a number by itself.
    fn counted(self, measure: &Measure) -> Vec<Said> {
        let name = measure::in_words(self, &measure.name);
        let number = if measure::is_on_no_list(&measure.name, measure.value) {
            self.pick("未上榜", "none").to_owned()
        } else {
            measured_number(measure.value)
        };
        vec![Said::Words(format!("{name} ")), Said::Number(number)]
    }

    /// A measure that compares a count with what is usual of it, and whether there was enough to judge
    /// it by.
    fn compared(self, measure: &Measure, detected: &Detected) -> (Vec<Said>, bool) {
        let name = measure::in_words(self, &detected.count);
        let statistic = detected.statistic(self);
        let Some(usual) = measure.usual else {
            let text = match self {
                Self::Zh => format!("{name}：{statistic} 未作判断（历史不足或帖数太少）"),
                Self::En => {
                    format!("{name}: {statistic} not judged (too little history or too few posts)")
                }
            };
            return (vec![Said::Words(text)], false);
        };
        let comma = self.pick("，", ", ");
        let compared = detected.compared(self);
        let (baseline, spread) = (measure::short(usual.baseline), measure::short(usual.spread));
        let said = vec![
            Said::Words(format!("{name} ")),
            Said::Number(measured_number(usual.count)),
            Said::Words(format!(
                "{comma}{compared} {baseline}±{spread}{comma}{statistic} "
            )),
            Said::Number(measure::short(measure.value)),
        ];
        (said, true)
    }

    /// What a condition asks of a measure: `（阈值 ≥ 5）`.
    fn limits(self, name: &str, condition: &str) -> Option<Said> {
        let known = thresholds(condition).into_iter();
        let of_it = known.filter(|threshold| threshold.name == name);
        let mut limits: Vec<String> = of_it
            .map(|threshold| format!("{} {}", threshold.operator, threshold.number))
            .collect();
        // Two branches that hold may ask for the same.
        let mut seen = BTreeSet::new();
        limits.retain(|limit| seen.insert(limit.clone()));
        let text = limits.join(self.pick("、", ", "));
        (!limits.is_empty()).then(|| {
            Said::Beside(match self {
                Self::Zh => format!("（阈值 {text}）"),
                Self::En => format!(" (threshold {text})"),
            })
        })
    }

    /// What the condition of a calm means: `2 小时内没有新帖使其再达到Ⅱ级` in place of `calm_after = 2h`;
    /// where the tier has a hold, that it was not true either. What is told later of an incident that
    /// stands where calm has left it says how it came there. None where something else decided.
    #[must_use]
    pub fn calm(self, notice: &Notice) -> Option<String> {
        let reason = Some(&notice.reason).filter(|reason| reason.method == CALM_METHOD)?;
        let span = reason.condition.strip_prefix("calm_after = ")?;
        let (span, hold) = match span.split_once(", hold = ") {
            Some((span, hold)) => (span, Some(hold)),
            None => (span, None),
        };
        let span = measure::window_in_words(self, span)?;
        let tier = match notice.kind {
            NoticeKind::Calmed => notice.previous_tier?,
            NoticeKind::Closed => notice.tier,
            _ => {
                let tier = self.numeral(notice.tier);
                return Some(match self {
                    Self::Zh => format!("平静 {span}后降至{tier}级"),
                    Self::En => format!("came down to tier {tier} after {span} of calm"),
                });
            }
        };
        let tier = self.numeral(tier);
        Some(match (self, hold) {
            (Self::Zh, None) => format!("{span}内没有新帖使其再达到{tier}级"),
            (Self::Zh, Some(hold)) => {
                format!("{span}内没有新帖使其再达到{tier}级，也没有满足维持条件 {hold}")
            }
            (Self::En, None) => {
                format!("no new post has brought it to tier {tier} within {span}")
            }
            (Self::En, Some(hold)) => {
                format!(
                    "no new post has brought it to tier {tier} within {span}, nor held it there ({hold})"
                )
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Timestamp, Usual};

    fn reason() -> Reason {
        let measure = |name: &str, value| Measure {
            name: name.to_owned(),
            value,
            usual: None,
        };
        Reason {
            method: "count".to_owned(),
            condition: "voices_1h >= 20 || weight_max_1h >= 6 && voices_1h >= 15".to_owned(),
            holds: Some("weight_max_1h >= 6 && voices_1h >= 15".to_owned()),
            measures: vec![
                measure("voices_1h", 15.0),
                measure("weight_max_1h", 6.0),
                measure("rank_best_1h", 1_000_000.0),
            ],
            at: Timestamp::of_minute(60),
        }
    }

    #[test]
    fn of_a_condition_the_branch_that_holds_is_told_with_its_measures_in_its_order() {
        assert_eq!(
            Language::Zh.measures(&reason()),
            "1 小时内最高权重 6（阈值 ≥ 6）；1 小时内发声者 15（阈值 ≥ 15）"
        );
        assert_eq!(
            Language::En.measures(&reason()),
            "heaviest weight within 1 hour 6 (threshold ≥ 6); voices within 1 hour 15 (threshold ≥ 15)"
        );
    }

    #[test]
    fn a_detector_says_what_is_usual_and_a_place_on_no_list_is_none() {
        let usual = Usual {
            count: 12.0,
            baseline: 2.04,
            spread: 1.5,
            windows: 14,
        };
        let mut reason = Reason {
            condition: "ears_posts_1h >= 3.0 || rank_best_1h <= 50 || rank_best_1h <= 50"
                .to_owned(),
            holds: None,
            ..reason()
        };
        reason.measures = vec![Measure {
            name: "ears_posts_1h".to_owned(),
            value: 6.64,
            usual: Some(usual),
        }];
        reason.measures.push(Measure {
            name: "rank_best_1h".to_owned(),
            value: 1_000_000.0,
            usual: None,
        });
        assert_eq!(
            Language::Zh.measures(&reason),
            "1 小时内帖数 12，平时 2±1.5，EARS 6.6（阈值 ≥ 3.0）；1 小时内最高榜位 未上榜（阈值 ≤ 50）"
        );
        reason.measures[0].usual = None;
        reason.measures.truncate(1);
        assert_eq!(
            Language::Zh.measures(&reason),
            "1 小时内帖数：EARS 未作判断（历史不足或帖数太少）"
        );
    }
}
