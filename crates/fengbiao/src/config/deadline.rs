//! `[[deadline]]`: what is owed, and until when.

use anyhow::{Context, anyhow};
use fengbiao_model::{CalendarId, DeadlineRule, Duty, Tier, TimeSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Length;
use super::filter::topics;
use super::written::Written;

/// One deadline. Where several fit an incident, the earliest end counts.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = Deadline::of(Duty::Verify, 24), example = Deadline::of(Duty::Answer, 12))]
pub(crate) struct Deadline {
    /// What is owed: `report`, that somebody has acknowledged; `verify`, that a grade was given or
    /// an answer is out; `answer`, that a factual answer is out; `follow_up`, that something new
    /// was written into the record.
    #[schemars(example = &"answer")]
    #[schemars(with = "String")]
    pub(crate) duty: Written<Duty>,
    /// The topics it holds for; without it all, but for the alarms of the pipeline: they must be
    /// named (`pipeline`).
    #[schemars(example = &["food-safety"])]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) topics: Option<Vec<String>>,
    /// The tier it holds from; it counts from when the incident first reached that, a `follow_up`
    /// from what was last written into the record.
    #[serde(default = "third")]
    #[schemars(with = "String")]
    pub(crate) from_tier: Written<Tier>,
    /// How long it may take, `1m` to `1440h`; with `calendar`, in its hours.
    #[schemars(example = &"12h")]
    pub(crate) within: Length,
    /// How long before the end a warning goes out; `0s` means none.
    #[serde(default = "none")]
    pub(crate) warn_before: Length,
    /// The `[[calendar]]` whose hours `within` counts; without it, all hours.
    #[schemars(example = &"office")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) calendar: Option<String>,
}

fn third() -> Written<Tier> {
    Written(Tier::III)
}

fn none() -> Length {
    Length(TimeSpan::ZERO)
}

impl Deadline {
    /// Those that hold where none is written.
    pub(crate) fn usual() -> Vec<Self> {
        vec![Self::of(Duty::Verify, 24), Self::of(Duty::Answer, 12)]
    }

    fn of(duty: Duty, within_hours: i64) -> Self {
        Self {
            duty: Written(duty),
            topics: None,
            from_tier: third(),
            within: Length::hours(within_hours),
            warn_before: Length::hours(1),
            calendar: None,
        }
    }

    /// The rule it means; `number` is its place among the deadlines.
    pub(crate) fn value(&self, number: usize) -> anyhow::Result<DeadlineRule> {
        let name = || format!("deadline {number} (`{}`)", self.duty.0);
        let calendar = |id: &String| {
            let read = CalendarId::new(id.as_str());
            read.map_err(|why| anyhow!("`calendar` is `{id}`: {why}"))
        };
        let calendar = self.calendar.as_ref().map(calendar).transpose();
        let topics = self.topics.as_deref().map(topics).transpose();
        Ok(DeadlineRule {
            duty: self.duty.0,
            topics: topics.with_context(name)?,
            from_tier: self.from_tier.0,
            within: self.within.0,
            warn_before: self.warn_before.0,
            calendar: calendar.with_context(name)?,
        })
    }
}
