//! How the crawler behaves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the crawler behaves towards other people's servers.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Crawler {
    /// How to reach you: a link or a mail address. It stands in the `User-Agent`, so that whoever
    /// is bothered can say so. Feeds are not read without it.
    #[schemars(example = &"https://example.org/fengbiao")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contact: Option<String>,
}

#[allow(
    clippy::derivable_impls,
    reason = "every section states its defaults in one place"
)]
impl Default for Crawler {
    fn default() -> Self {
        Self { contact: None }
    }
}
