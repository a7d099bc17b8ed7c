//! `[matcher]`: how posts are matched.

use anyhow::bail;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits::MAX_MATCHER_THREADS;

/// How posts are matched.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Matcher {
    /// Threads that read and match the posts of one partition side by side, at most 64; `0` means as many
    /// as there are processors that the daemon may use. Where fewer than a hundred posts wait, one does
    /// it. What is written is the same.
    pub(crate) threads: u32,
}

impl Matcher {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        if self.threads > MAX_MATCHER_THREADS {
            bail!(
                "`matcher.threads` is `{}`, expected at most {MAX_MATCHER_THREADS}\n\
                 hint: leave it out for as many as there are processors",
                self.threads
            );
        }
        Ok(())
    }
}
