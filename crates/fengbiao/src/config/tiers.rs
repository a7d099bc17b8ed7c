//! Conditions of the tiers, where a topic has none of its own.

use fengbiao_model::Floors;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Length;

/// Conditions of the tiers over the window metrics of an incident. An empty one never fires.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[allow(
    non_snake_case,
    reason = "the tiers are written as Roman numerals everywhere"
)]
pub(crate) struct Tiers {
    /// IV 一般, blue: recorded, pages nobody.
    pub(crate) IV: String,
    /// III 较大, yellow.
    pub(crate) III: String,
    /// II 重大, orange.
    pub(crate) II: String,
    /// I 特别重大, red.
    pub(crate) I: String,
    /// What keeps a tier once it stands, beside its condition: `II = "voices_1h >= 8"` keeps II, which
    /// more voices have raised, until fewer than 8 have spoken in each hour for `calm_after`. Only a
    /// tier that has a condition can have one.
    #[schemars(with = "Hold", example = serde_json::json!({ "II": "voices_1h >= 8" }))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hold: Option<Hold>,
    /// How long neither a tier's condition nor its hold must have been true before it goes down.
    pub(crate) calm_after: Length,
    /// The least standard deviation of what is usual, in counts, 0.1 to 1000: with less, a detector
    /// takes a few posts after silence for a surge.
    pub(crate) min_sigma: f64,
    /// Posts that a detector's window must have; with less the detector is 0.
    pub(crate) min_posts: u64,
    /// Distinct sources that a detector's window must have; with less the detector is 0.
    pub(crate) min_sources: u64,
    /// What the window before must have counted for `growth`; with less it is 0.
    pub(crate) min_before: u64,
}

impl Default for Tiers {
    fn default() -> Self {
        let floors = Floors::default();
        Self {
            IV: "posts_1h >= 1".to_owned(),
            III: "voices_1h >= 5 && sources_1h >= 2 || stories_24h >= 8".to_owned(),
            II: "voices_1h >= 20 && sources_1h >= 2 || stories_24h >= 40 || \
                 ears_voices_1h_same_hour >= 3.0 && voices_1h >= 10 && sources_1h >= 2"
                .to_owned(),
            I: "voices_1h >= 200 || weight_max_1h >= 9 && voices_1h >= 50".to_owned(),
            hold: None,
            calm_after: Length::hours(24),
            min_sigma: floors.min_sigma,
            min_posts: floors.min_posts,
            min_sources: floors.min_sources,
            min_before: floors.min_before,
        }
    }
}

/// What keeps a tier that stands, by tier; an empty one holds nothing.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[allow(
    non_snake_case,
    reason = "the tiers are written as Roman numerals everywhere"
)]
pub(crate) struct Hold {
    /// Of IV.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) IV: String,
    /// Of III.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) III: String,
    /// Of II.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) II: String,
    /// Of I.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) I: String,
}

/// Conditions of the tiers over all hits of a topic. An empty one never fires.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[allow(
    non_snake_case,
    reason = "the tiers are written as Roman numerals everywhere"
)]
pub(crate) struct TiersAll {
    /// IV 一般, blue.
    pub(crate) IV: String,
    /// III 较大, yellow.
    pub(crate) III: String,
    /// II 重大, orange.
    pub(crate) II: String,
    /// I 特别重大, red.
    pub(crate) I: String,
    /// What keeps a tier once it stands, beside its condition: `II = "voices_1h >= 8"` keeps II, which
    /// more voices have raised, until fewer than 8 have spoken in each hour for `calm_after`. Only a
    /// tier that has a condition can have one.
    #[schemars(with = "Hold", example = serde_json::json!({ "II": "voices_1h >= 8" }))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hold: Option<Hold>,
    /// How long neither a tier's condition nor its hold must have been true before it goes down.
    pub(crate) calm_after: Length,
    /// The least standard deviation of what is usual, in counts, 0.1 to 1000: with less, a detector
    /// takes a few posts after silence for a surge.
    pub(crate) min_sigma: f64,
    /// Posts that a detector's window must have; with less the detector is 0.
    pub(crate) min_posts: u64,
    /// Distinct sources that a detector's window must have; with less the detector is 0.
    pub(crate) min_sources: u64,
    /// What the window before must have counted for `growth`; with less it is 0.
    pub(crate) min_before: u64,
}

impl Default for TiersAll {
    fn default() -> Self {
        let floors = Floors::default();
        Self {
            IV: String::new(),
            III: "voices_1h >= 30 && subjects_1h >= 5 || (ears_voices_1h_same_hour >= 3.0 || \
                  burst_1h >= 3.0) && voices_1h >= 15 && subjects_1h >= 3"
                .to_owned(),
            II: "voices_1h >= 100 && subjects_1h >= 10 || ears_voices_1h_same_hour >= 4.0 && \
                 voices_1h >= 50 && subjects_1h >= 5"
                .to_owned(),
            I: String::new(),
            hold: None,
            calm_after: Length::hours(24),
            min_sigma: floors.min_sigma,
            min_posts: floors.min_posts,
            min_sources: floors.min_sources,
            min_before: floors.min_before,
        }
    }
}
