//! The program's own log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The program's own log, on standard error.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Logging {
    /// `text` for people, `json` for machines.
    pub(crate) format: LogFormat,
    /// What is logged: `error`, `warn`, `info`, `debug`, or by room, such as
    /// `info,fengbiao_crawler=debug`.
    pub(crate) level: String,
}

impl Default for Logging {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: "info".to_owned(),
        }
    }
}

/// Form of the program's own log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// JSON lines.
    Json,
}
