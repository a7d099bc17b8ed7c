//! The conditions of the tiers of one topic, read and checked.

use std::collections::BTreeMap;
use std::ops::Range;

use fengbiao_model::{Floors, Ladder, Tier, TimeSpan, Timestamp};

use super::condition::{Condition, Truth};
use super::metric::Quantity;
use crate::history::LookBack;

/// What is wrong with a ladder, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if *hold { "hold: " } else { "" })]
pub struct TierError {
    /// The tier whose condition it is.
    pub tier: Tier,
    /// Whether it is the hold of the tier.
    pub hold: bool,
    /// The faulty part of the condition, in bytes.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What could help.
    pub hint: Option<String>,
}

/// Checks the conditions and holds of a ladder: each reads, names what is known and gives a
/// boolean, and no tier is held that nothing raises. Whether a hold is looser than its condition
/// cannot be decided of any two: a stricter one holds nothing. `all` says whether it is that of `*`.
/// `calm_after` and the floors are a matter of [`crate::faults_of_ladder`].
#[must_use]
pub fn check_ladder(ladder: &Ladder, all: bool) -> Vec<TierError> {
    CompiledLadder::new(ladder, all).err().unwrap_or_default()
}

/// The conditions and holds of a ladder that are true where nothing was counted, so that every post
/// raises, or holds, the tier; none where one of them does not read. That can be meant, and is no
/// error.
#[must_use]
pub fn tiers_of_nothing(ladder: &Ladder, all: bool) -> Vec<TierError> {
    let Ok(read) = CompiledLadder::new(ladder, all) else {
        return Vec::new();
    };
    let of_nothing = |hold| {
        move |(tier, condition): &(Tier, Condition)| {
            let nothing: Vec<f64> = condition
                .metrics
                .iter()
                .map(|(_, it)| it.of_nothing())
                .collect();
            (condition.holds(&nothing) == Truth::True).then(|| TierError {
                tier: *tier,
                hold,
                range: 0..condition.text.len(),
                message: format!(
                    "it is true where nothing was counted: every post {} `{tier}`",
                    if hold { "holds" } else { "raises" }
                ),
                hint: Some("where that is meant, `posts_1h >= 1` says it".to_owned()),
            })
        }
    };
    let conditions = read.conditions.iter().filter_map(of_nothing(false));
    let holds = read.holds.iter().filter_map(of_nothing(true));
    conditions.chain(holds).collect()
}

/// A ladder that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CompiledLadder {
    /// From quiet to loud.
    pub(crate) conditions: Vec<(Tier, Condition)>,
    /// What keeps a tier that stands, from quiet to loud.
    pub(crate) holds: Vec<(Tier, Condition)>,
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
        let conditions = read(&ladder.conditions, (all, false), &mut errors);
        let holds = read(&ladder.holds, (all, true), &mut errors);
        let raised = |tier| ladder.conditions.contains_key(tier);
        let idle = ladder.holds.iter().filter(|(tier, _)| !raised(tier));
        errors.extend(idle.map(|(&tier, text)| TierError {
            tier,
            hold: true,
            range: 0..text.len(),
            message: format!("`{tier}` has no condition that raises it"),
            hint: Some(format!("write one for `{tier}`, or leave its hold out")),
        }));
        if !errors.is_empty() {
            return Err(errors);
        }
        let metrics = conditions
            .iter()
            .chain(&holds)
            .flat_map(|(_, condition)| &condition.metrics);
        let look_backs = metrics.clone().filter_map(|(_, metric)| metric.look_back());
        let look_backs = look_backs.collect();
        let reach_minutes = metrics
            .map(|(_, metric)| metric.reach_minutes())
            .max()
            .unwrap_or_default();
        Ok(Self {
            conditions,
            holds,
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

    /// What keeps a tier that stands, beside its condition.
    pub(crate) fn hold(&self, tier: Tier) -> Option<&Condition> {
        let mut holds = self.holds.iter();
        holds.find_map(|(of, hold)| (*of == tier).then_some(hold))
    }

    /// Whether a condition or hold measures a quantity.
    pub(crate) fn asks(&self, quantity: Quantity) -> bool {
        let conditions = self.conditions.iter().chain(&self.holds);
        let mut metrics = conditions.flat_map(|(_, condition)| &condition.metrics);
        metrics.any(|(_, metric)| metric.quantity == quantity)
    }
}

/// Reads the conditions or, under the second flag, the holds of a ladder.
fn read(
    texts: &BTreeMap<Tier, String>,
    (all, hold): (bool, bool),
    errors: &mut Vec<TierError>,
) -> Vec<(Tier, Condition)> {
    let mut conditions = Vec::new();
    for (&tier, text) in texts {
        match Condition::parse(text, all) {
            Ok(condition) => conditions.push((tier, condition)),
            Err(fault) => errors.push(TierError {
                tier,
                hold,
                range: fault.range,
                message: fault.message,
                hint: fault.hint,
            }),
        }
    }
    conditions
}
