//! The conditions of the tiers of one topic, read and checked.

use std::ops::Range;

use fengbiao_model::{Floors, Ladder, Tier, TimeSpan, Timestamp};

use super::condition::Condition;
use super::metric::Quantity;
use crate::history::LookBack;

/// What is wrong with a ladder, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TierError {
    /// The tier whose condition it is.
    pub tier: Tier,
    /// The faulty part of the condition, in bytes.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What could help.
    pub hint: Option<String>,
}

/// Checks the conditions of a ladder: each reads, names what is known and gives a boolean. `all`
/// says whether it is that of `*`. `calm_after` is a matter of [`crate::check_policy`].
#[must_use]
pub fn check_ladder(ladder: &Ladder, all: bool) -> Vec<TierError> {
    CompiledLadder::new(ladder, all).err().unwrap_or_default()
}

/// A ladder that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CompiledLadder {
    /// From quiet to loud.
    pub(crate) conditions: Vec<(Tier, Condition)>,
    pub(crate) calm_after: TimeSpan,
    /// How many minutes after a hit a window may still hold it.
    pub(crate) reach_minutes: i64,
    pub(crate) floors: Floors,
    /// What its detectors look back at.
    look_backs: Vec<LookBack>,
}

impl CompiledLadder {
    pub(crate) fn new(ladder: &Ladder, all: bool) -> Result<Self, Vec<TierError>> {
        let mut errors = Vec::new();
        let mut conditions = Vec::new();
        for (&tier, text) in &ladder.conditions {
            match Condition::parse(text, all) {
                Ok(condition) => conditions.push((tier, condition)),
                Err(fault) => errors.push(TierError {
                    tier,
                    range: fault.range,
                    message: fault.message,
                    hint: fault.hint,
                }),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let metrics = conditions
            .iter()
            .flat_map(|(_, condition)| &condition.metrics);
        let look_backs = metrics.clone().filter_map(|(_, metric)| metric.look_back());
        let look_backs = look_backs.collect();
        let reach_minutes = metrics
            .map(|(_, metric)| metric.reach_minutes())
            .max()
            .unwrap_or_default();
        Ok(Self {
            conditions,
            calm_after: ladder.calm_after,
            reach_minutes,
            floors: ladder.floors,
            look_backs,
        })
    }

    /// When the event clock has passed all that its detectors compare a minute with; before that
    /// their word is not final. None where it names no detector.
    pub(crate) fn settles(&self, minute: i64) -> Option<Timestamp> {
        let after = self
            .look_backs
            .iter()
            .map(|back| back.settles_after(minute));
        after.max().map(|last| Timestamp::of_minute(last + 1))
    }

    /// Whether a condition measures a quantity.
    pub(crate) fn asks(&self, quantity: Quantity) -> bool {
        let conditions = self.conditions.iter();
        let mut metrics = conditions.flat_map(|(_, condition)| &condition.metrics);
        metrics.any(|(_, metric)| metric.quantity == quantity)
    }
}
