//! Until when something is owed.

use fengbiao_model::{DeadlineRule, Duty, Tier, TimeSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::name::{distinct, name};
use crate::scalar::{Str, Text};

/// Until when something is owed. Where several rules fit, the earliest end counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadlineRuleJson<'a> {
    /// What is owed.
    pub duty: Text<Duty>,
    /// The topics it holds for; not there: all.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub topics: Option<Vec<Str<'a>>>,
    /// The quietest tier it holds for; it counts from when an incident first reached that.
    pub from_tier: Text<Tier>,
    /// How long it may take, in milliseconds.
    pub within_ms: i64,
    /// How long before its end a warning goes out, in milliseconds; 0: none does.
    pub warn_before_ms: i64,
    /// The calendar whose hours `within_ms` counts; not there: all hours.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Str<'a>>,
}

impl<'a> From<&'a DeadlineRule> for DeadlineRuleJson<'a> {
    fn from(rule: &'a DeadlineRule) -> Self {
        let topics = rule.topics.as_ref();
        Self {
            duty: Text(rule.duty),
            topics: topics.map(|topics| topics.iter().map(|topic| topic.as_str().into()).collect()),
            from_tier: Text(rule.from_tier),
            within_ms: rule.within.as_millis(),
            warn_before_ms: rule.warn_before.as_millis(),
            calendar: rule.calendar.as_ref().map(|id| id.as_str().into()),
        }
    }
}

impl DeadlineRuleJson<'_> {
    /// The rule, its names checked; a topic that stands there twice is an error.
    pub fn into_model(self) -> Result<DeadlineRule, WireError> {
        let topic = |topic: Str<'_>| name("deadlines.topics", &topic.0);
        let topics = self
            .topics
            .map(|topics| distinct("deadlines.topics", topics.into_iter().map(topic)));
        let calendar = self.calendar;
        Ok(DeadlineRule {
            duty: self.duty.0,
            topics: topics.transpose()?,
            from_tier: self.from_tier.0,
            within: TimeSpan::from_millis(self.within_ms),
            warn_before: TimeSpan::from_millis(self.warn_before_ms),
            calendar: calendar
                .map(|id| name("deadlines.calendar", &id.0))
                .transpose()?,
        })
    }
}
