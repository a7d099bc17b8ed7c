//! The floors under the detectors of a ladder.

use fengbiao_model::Floors;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scalar::Number;

/// What a detector must have before it says anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FloorsJson {
    /// The least standard deviation of a baseline, in counts.
    pub min_sigma: Number,
    /// Posts that the current window must have.
    pub min_posts: u64,
    /// Distinct sources that the current window must have.
    pub min_sources: u64,
    /// What the window before must have counted for `growth`.
    pub min_before: u64,
}

impl From<Floors> for FloorsJson {
    fn from(floors: Floors) -> Self {
        Self {
            min_sigma: Number(floors.min_sigma),
            min_posts: floors.min_posts,
            min_sources: floors.min_sources,
            min_before: floors.min_before,
        }
    }
}

impl From<FloorsJson> for Floors {
    fn from(json: FloorsJson) -> Self {
        Self {
            min_sigma: json.min_sigma.0,
            min_posts: json.min_posts,
            min_sources: json.min_sources,
            min_before: json.min_before,
        }
    }
}
