//! What is kept of people's posts.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Length;
use super::bounds::within;
use crate::limits::{ROTATION_BOUNDS, TEXT_RETENTION_BOUNDS};

/// What is kept of people's posts, and for how long.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Privacy {
    /// File with the secret from which authors' pseudonyms are made, at least 32 bytes. All
    /// crawlers of one installation use the same. Without it one is made in `data_dir`.
    #[schemars(example = &"/etc/fengbiao/pseudonym-secret")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pseudonym_secret_file: Option<PathBuf>,
    /// After how long pseudonyms change, so that no voice can be followed for longer: `1h` to
    /// `366d`.
    pub(crate) pseudonym_rotation: Length,
    /// How long the text of posts is kept, `1h` to `3660d`. What an incident quotes is kept with the
    /// incident.
    pub(crate) text_retention: Length,
}

impl Default for Privacy {
    fn default() -> Self {
        Self {
            pseudonym_secret_file: None,
            pseudonym_rotation: Length::days(30),
            text_retention: Length::days(14),
        }
    }
}

impl Privacy {
    /// What is wrong, with its remedy.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let (rotation, retention) = (self.pseudonym_rotation.0, self.text_retention.0);
        let why = "with each change one voice counts as two";
        within(
            "privacy.pseudonym_rotation",
            rotation,
            &ROTATION_BOUNDS,
            why,
        )?;
        let why = "what is kept too short is gone before anybody has looked at it";
        within(
            "privacy.text_retention",
            retention,
            &TEXT_RETENTION_BOUNDS,
            why,
        )
    }
}
