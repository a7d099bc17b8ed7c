//! The program's own log.

use anyhow::bail;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

/// The program's own log, on standard error.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Logging {
    /// `text` for people, `json` for machines.
    pub(crate) format: LogFormat,
    /// What is logged: `off`, `error`, `warn`, `info`, `debug` or `trace`, also by room, such as
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

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Who writes into the log: our own rooms, and those of other people's libraries that say anything.
/// A name that nobody writes under would switch off what it was meant to show.
const ROOMS: [&str; 20] = [
    "fengbiao",
    "fengbiao_alerter",
    "fengbiao_console",
    "fengbiao_crawler",
    "fengbiao_ledger",
    "fengbiao_lexicon",
    "fengbiao_log",
    "fengbiao_matcher",
    "fengbiao_model",
    "fengbiao_sink",
    "fengbiao_wire",
    "axum",
    "h2",
    "hyper",
    "hyper_util",
    "librdkafka",
    "rdkafka",
    "reqwest",
    "rustls",
    "tower",
];

impl Logging {
    /// What passes into the log.
    pub(crate) fn filter(&self) -> anyhow::Result<EnvFilter> {
        for part in self.level.split(',').map(str::trim) {
            let sound = match part.split_once('=') {
                Some((place, level)) => is_room(place.trim()) && is_level(level.trim()),
                None => is_level(part),
            };
            if !sound {
                bail!(
                    "`logging.level` has `{part}`, expected one of `{}`, or `room=level` with commas \
                     between\nhint: such as `info,fengbiao_crawler=debug`; the rooms are `{}`",
                    LEVELS.join("`, `"),
                    ROOMS.join("`, `")
                );
            }
        }
        let level = self.level.replace(char::is_whitespace, "");
        EnvFilter::try_new(level)
            .map_err(|error| anyhow::anyhow!("`logging.level` is `{}`: {error}", self.level))
    }
}

fn is_level(text: &str) -> bool {
    LEVELS.iter().any(|level| level.eq_ignore_ascii_case(text))
}

/// A room, or a module in it.
fn is_room(text: &str) -> bool {
    let room = text.split("::").next().unwrap_or_default();
    ROOMS.contains(&room)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(level: &str) -> anyhow::Result<EnvFilter> {
        let level = level.to_owned();
        let format = LogFormat::Text;
        Logging { format, level }.filter()
    }

    #[test]
    fn levels_and_rooms_are_taken_and_nothing_else() {
        for level in [
            "off",
            "WARN",
            "info,fengbiao_crawler=debug",
            "info, fengbiao::daemon=trace ,rdkafka=off",
        ] {
            assert!(filter(level).is_ok(), "{level}");
        }
        for level in [
            "",
            "verbose",
            "warning",
            "info,",
            "fengbiao_crawler",
            "fengbiao_crawler=loud",
            "info,crawler=debug",
        ] {
            let error = filter(level).unwrap_err().to_string();
            let wrong = level.rsplit(',').next().unwrap();
            let named = format!("`logging.level` has `{wrong}`, expected one of `off`");
            assert!(error.contains(&named), "{error}");
            assert!(error.contains("hint: such as `info,"), "{error}");
        }
    }

    #[test]
    fn every_room_there_is_may_be_named() {
        let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for entry in std::fs::read_dir(crates).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let room = match name.as_str() {
                "fengbiao" => name,
                _ => format!("fengbiao_{name}"),
            };
            assert!(is_room(&room), "{room}");
        }
    }
}
