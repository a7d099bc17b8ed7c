//! `[matcher]`: how posts are matched.

use anyhow::bail;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How posts are matched.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Matcher {
    /// Threads that match the posts of a batch, at most 256; `0` means as many as there are processors
    /// that the daemon may use. A batch of few posts stays on one.
    pub(crate) threads: u32,
}

/// Threads at most.
const MAX_THREADS: u32 = 256;

impl Matcher {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        if self.threads > MAX_THREADS {
            bail!(
                "`matcher.threads` is `{}`, expected at most {MAX_THREADS}\n\
                 hint: leave it out for as many as there are processors",
                self.threads
            );
        }
        Ok(())
    }
}
