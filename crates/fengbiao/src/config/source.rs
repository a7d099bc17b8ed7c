//! What the crawler reads, beside push.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Access, Length};

/// One source.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Source {
    /// JSON lines in a file, plain or compressed with zstd or gzip.
    File {
        /// Name of the source; it stands in every post.
        #[schemars(example = &"archive")]
        name: String,
        /// The file. A relative path is taken from the folder of this file.
        #[schemars(example = &"posts.ndjson.zst")]
        path: PathBuf,
        /// Whether to wait for more at the end, also after the file was rotated.
        #[serde(default)]
        follow: bool,
        /// Fields of a foreign shape: `ours=theirs`, with commas between; a text in quotes is a
        /// constant.
        #[schemars(example = &"text=title,found_at=ts,service='weibo'")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        map: Option<String>,
        /// How the bytes are encoded: `utf-8` or `gb18030`, which `gbk` and `gb2312` mean, too.
        #[serde(default = "utf_8")]
        encoding: String,
        /// After how long without a successful poll it is dead, in place of
        /// `watchdog.dead_after`: at least `2m`; `0s` means never.
        #[schemars(example = &"1h")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dead_after: Option<Length>,
        /// After how long without a post it may be quiet, in place of `watchdog.quiet_after`; `0s`
        /// means never.
        #[schemars(example = &"2d")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quiet_after: Option<Length>,
    },
    /// An RSS, Atom or JSON feed.
    Feed {
        /// Name of the source; it stands in every post.
        #[schemars(example = &"city-news")]
        name: String,
        /// Its address.
        #[schemars(example = &"https://news.example.org/feed.xml")]
        url: String,
        /// How often it is looked at: `1s` to `7d`.
        #[schemars(example = &"5m")]
        #[serde(default = "feed_interval")]
        interval: Length,
        /// After how long without a successful poll it is dead, in place of
        /// `watchdog.dead_after`: at least `2m`; `0s` means never.
        #[schemars(example = &"1h")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dead_after: Option<Length>,
        /// After how long without a post it may be quiet, in place of `watchdog.quiet_after`; `0s`
        /// means never.
        #[schemars(example = &"2d")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quiet_after: Option<Length>,
    },
    /// A topic of Apache Kafka that other people's collectors fill: one post in JSON a record.
    Kafka {
        /// Name of the source; it stands in every post.
        #[schemars(example = &"partners")]
        name: String,
        /// The first brokers to ask: `host:port`, with commas between. They need not be the log's.
        #[schemars(example = &"kafka.example.org:9093")]
        brokers: String,
        /// The topic's name there. It may be none of Fengbiao's own.
        #[schemars(example = &"collected-posts")]
        topic: String,
        /// The group under which places are stored there; crawlers with the same one share the topic.
        #[serde(default = "foreign_group")]
        group: String,
        /// Whether the first start begins with what comes from then on, not with what is there.
        #[serde(default)]
        from_end: bool,
        /// Encryption and login.
        #[serde(default)]
        access: Box<Access>,
        /// Fields of a foreign shape: `ours=theirs`, with commas between; a text in quotes is a
        /// constant.
        #[schemars(example = &"text=title,found_at=ts,service='weibo'")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        map: Option<String>,
        /// How the bytes are encoded: `utf-8` or `gb18030`, which `gbk` and `gb2312` mean, too.
        #[serde(default = "utf_8")]
        encoding: String,
        /// After how long without a successful poll it is dead, in place of
        /// `watchdog.dead_after`: at least `2m`; `0s` means never.
        #[schemars(example = &"1h")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dead_after: Option<Length>,
        /// After how long without a post it may be quiet, in place of `watchdog.quiet_after`; `0s`
        /// means never.
        #[schemars(example = &"2d")]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quiet_after: Option<Length>,
    },
}

impl Source {
    /// Its name; it stands in every post.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::File { name, .. } | Self::Feed { name, .. } | Self::Kafka { name, .. } => name,
        }
    }

    /// Its fields of a foreign shape.
    pub(crate) fn map(&self) -> Option<&str> {
        match self {
            Self::File { map, .. } | Self::Kafka { map, .. } => map.as_deref(),
            Self::Feed { .. } => None,
        }
    }

    /// How its bytes are encoded, where it is not the source that says.
    pub(crate) fn encoding(&self) -> Option<&str> {
        match self {
            Self::File { encoding, .. } | Self::Kafka { encoding, .. } => Some(encoding),
            Self::Feed { .. } => None,
        }
    }

    /// After how long without a successful poll it is dead, and after how long without a post quiet,
    /// where it says so itself.
    pub(crate) const fn patience(&self) -> (Option<Length>, Option<Length>) {
        match self {
            Self::File {
                dead_after,
                quiet_after,
                ..
            }
            | Self::Feed {
                dead_after,
                quiet_after,
                ..
            }
            | Self::Kafka {
                dead_after,
                quiet_after,
                ..
            } => (*dead_after, *quiet_after),
        }
    }
}

fn foreign_group() -> String {
    "fengbiao".to_owned()
}

fn utf_8() -> String {
    "utf-8".to_owned()
}

fn feed_interval() -> Length {
    Length::minutes(5)
}
