//! `[storm]`: when many notices come at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Length;

/// When many notices come at once.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Storm {
    /// Notices to one receiver that go by themselves, at most 1000; zero means no bound. The rest
    /// become one, which names the incidents. Tier I always goes by itself.
    pub(crate) notices: u32,
    /// The time in which they are counted, `1m` to `1h`.
    pub(crate) within: Length,
}

impl Default for Storm {
    fn default() -> Self {
        let storm = fengbiao_model::Storm::default();
        Self {
            notices: storm.notices,
            within: Length(storm.within),
        }
    }
}

impl Storm {
    /// What it means.
    pub(crate) fn value(&self) -> fengbiao_model::Storm {
        fengbiao_model::Storm {
            notices: self.notices,
            within: self.within.0,
        }
    }
}
