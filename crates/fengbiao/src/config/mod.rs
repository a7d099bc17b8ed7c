//! The configuration: one strict TOML file.
//!
//! The comment beside a field is its documentation everywhere: the default file, the reference
//! page and the JSON Schema are made from these structs by `fengbiao generate`.

mod calendar;
mod holidays;
mod load;
mod reference;
mod schedule;
mod span;
mod written;

use std::net::SocketAddr;
use std::path::PathBuf;

use fengbiao_model::{Floors, Tier, TimeSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use calendar::Calendar;
pub(crate) use load::{Loaded, load};
pub(crate) use reference::{default_file, json_schema, reference_page};
pub(crate) use schedule::Schedule;
pub(crate) use span::Length;

/// The whole configuration. Every key has a default; an unknown key is an error.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Folder of the log, the ledger and the state of sources. One daemon uses it at a time.
    /// A relative path is taken from the folder of this file.
    pub(crate) data_dir: PathBuf,
    /// Language of notices and results: `zh` or `en`.
    pub(crate) language: Language,
    /// Time zone in which times are shown, and read where they carry none, and in which a
    /// year of incidents begins; an IANA name.
    pub(crate) time_zone: String,
    /// How long after its last post a closed incident that returns is opened again under its
    /// number, where the topic says nothing of it; later it is a new one with a link to the old.
    pub(crate) reopen_within: Length,
    /// Folder of the lexicon. Without it the topics that are shipped inside the program are used.
    #[schemars(example = &"lexicon")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lexicon_dir: Option<PathBuf>,
    /// The HTTP listener: push, API, the page that acknowledges, metrics.
    pub(crate) http: Http,
    /// What is kept of people's posts, and for how long.
    pub(crate) privacy: Privacy,
    /// The durable log.
    pub(crate) log: Log,
    /// How the crawler behaves towards other people's servers.
    pub(crate) crawler: Crawler,
    /// The program's own log.
    pub(crate) logging: Logging,
    /// Tiers of an incident with a subject, where the topic has none of its own.
    /// Counts: `posts`, `stories`, `voices`, `sources`, `weight`, `weight_max`, each with a window such as
    /// `_30m`, `_1h`, `_7d`. Detectors: `ears`, `c1`, `c2`, `c3`, `cusum`, `burst`, `growth`, over posts,
    /// or as in `ears_voices_1h` over stories or voices; they compare with the windows right before, or
    /// as in `ears_1h_same_hour` and `ears_1h_same_weekday` with the same hours of other days.
    /// `ears_1h >= 3.0` reads: three standard deviations above the usual.
    pub(crate) tiers: Tiers,
    /// Tiers of `*`, over all hits of a topic, where the topic has none of its own.
    pub(crate) tiers_all: TiersAll,
    /// How the pipeline watches itself: nobody should take silence for calm.
    pub(crate) watchdog: Watchdog,
    /// Sources that the crawler reads, beside push.
    pub(crate) source: Vec<Source>,
    /// Receivers of notices. Without any, notices go to the terminal.
    pub(crate) receiver: Vec<Receiver>,
    /// Who is on call, in turns.
    pub(crate) schedule: Vec<Schedule>,
    /// Hours of business with their holidays.
    pub(crate) calendar: Vec<Calendar>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: "fengbiao-data".into(),
            language: Language::Zh,
            time_zone: "Asia/Shanghai".to_owned(),
            reopen_within: Length::hours(72),
            lexicon_dir: None,
            http: Http::default(),
            privacy: Privacy::default(),
            log: Log::default(),
            crawler: Crawler::default(),
            logging: Logging::default(),
            tiers: Tiers::default(),
            tiers_all: TiersAll::default(),
            watchdog: Watchdog::default(),
            source: Vec::new(),
            receiver: Vec::new(),
            schedule: Vec::new(),
            calendar: Vec::new(),
        }
    }
}

/// A language of notices and results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// The HTTP listener.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Http {
    /// Address and port. Any other address than loopback needs `token_file`.
    #[schemars(with = "String")]
    pub(crate) listen: SocketAddr,
    /// File with the token that push and API ask for as `Authorization: Bearer …`.
    #[schemars(example = &"/etc/fengbiao/token")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_file: Option<PathBuf>,
    /// Address under which people reach this listener; links that acknowledge begin with it.
    /// Without it they begin with the address of `listen`.
    #[schemars(example = &"https://fengbiao.example.org")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_url: Option<String>,
    /// How long a link that acknowledges is good for.
    pub(crate) acknowledge_link_valid: Length,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7311)),
            token_file: None,
            public_url: None,
            acknowledge_link_valid: Length::hours(24),
        }
    }
}

/// What is kept of people's posts, and for how long.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Privacy {
    /// File with the secret from which authors' pseudonyms are made, at least 32 bytes. All
    /// crawlers of one installation use the same. Without it one is made in `data_dir`.
    #[schemars(example = &"/etc/fengbiao/pseudonym-secret")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pseudonym_secret_file: Option<PathBuf>,
    /// After how long pseudonyms change, so that no voice can be followed for longer.
    pub(crate) pseudonym_rotation: Length,
    /// How long the text of posts is kept. What an incident quotes is kept with the incident.
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

/// The durable log.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    /// Which log: `embedded`, on SQLite in `data_dir`.
    pub(crate) kind: LogKind,
    /// Partitions of the topic `posts`. The number never changes while the log holds records.
    pub(crate) posts_partitions: u32,
    /// Partitions of the topic `hits`. The number never changes while the log holds records.
    pub(crate) hits_partitions: u32,
    /// Most bytes that the topic `posts` may hold; the oldest records that all have read go first.
    pub(crate) posts_max_bytes: u64,
    /// How long an append may wait for others to share its write to disk.
    pub(crate) group_commit_millis: u64,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            kind: LogKind::Embedded,
            posts_partitions: 1,
            hits_partitions: 1,
            posts_max_bytes: 20 * 1024 * 1024 * 1024,
            group_commit_millis: 2,
        }
    }
}

/// Which log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogKind {
    /// SQLite in `data_dir`: nothing else to install.
    Embedded,
}

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
    /// How long a tier must not have been true before it goes down.
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
            II: "voices_1h >= 20 && sources_1h >= 2 || stories_24h >= 40".to_owned(),
            I: "voices_1h >= 200 || weight_max_1h >= 9 && voices_1h >= 50".to_owned(),
            calm_after: Length::hours(24),
            min_sigma: floors.min_sigma,
            min_posts: floors.min_posts,
            min_sources: floors.min_sources,
            min_before: floors.min_before,
        }
    }
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
    /// How long a tier must not have been true before it goes down.
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
            III: "voices_1h >= 30 && subjects_1h >= 5".to_owned(),
            II: "voices_1h >= 100 && subjects_1h >= 10".to_owned(),
            I: String::new(),
            calm_after: Length::hours(24),
            min_sigma: floors.min_sigma,
            min_posts: floors.min_posts,
            min_sources: floors.min_sources,
            min_before: floors.min_before,
        }
    }
}

/// How the pipeline watches itself. Its alarms are incidents of the topic `pipeline`, told to every
/// receiver that hears of that topic, and they close by themselves when life returns.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Watchdog {
    /// Whether it does.
    pub(crate) enabled: bool,
    /// Who answers for its alarms.
    pub(crate) owner: String,
    /// A source without a successful poll for so long is dead; a feed has time for three polls at
    /// least. Sources give signs of life once a minute. `0s` means never.
    pub(crate) dead_after: Length,
    /// A source that is polled well but brings nothing for so long is quiet, where it usually would
    /// have brought some twenty posts by then, by the hour of the day. `0s` means never.
    pub(crate) quiet_after: Length,
    /// A topic without a hit for so long is quiet, where by its last two weeks it would have had
    /// some twenty. `0s` means never: most topics are calm by nature.
    pub(crate) topic_quiet_after: Length,
    /// Tier of the alarm that one source is dead or quiet.
    pub(crate) source_tier: String,
    /// Tier of the alarm that all sources are.
    pub(crate) all_sources_tier: String,
    /// Tier of the alarm that a topic is quiet.
    pub(crate) topic_tier: String,
    /// Tier of the alarm that no matcher reads a partition of `posts`.
    pub(crate) partition_tier: String,
    /// Tier of the alarm that a canary has not come out in time.
    pub(crate) canary_tier: String,
    /// How often a canary, a post of Fengbiao's own, is put in at the source side; it must come out
    /// as a notice to nobody, and counts nowhere. `0s` means never.
    pub(crate) canary_interval: Length,
    /// How long the way of a canary may take.
    pub(crate) canary_within: Length,
    /// Where a heartbeat goes by HTTP GET, only while the pipeline is whole: a dead man's switch
    /// outside of this machine, which tells somebody when it stops.
    #[schemars(example = &"https://hc.example.org/ping/fengbiao")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) heartbeat_url: Option<String>,
    /// A file with that address, where it holds a secret.
    #[schemars(example = &"/etc/fengbiao/heartbeat-url")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) heartbeat_url_file: Option<PathBuf>,
    /// How often the heartbeat goes.
    pub(crate) heartbeat_interval: Length,
}

impl Default for Watchdog {
    fn default() -> Self {
        Self {
            enabled: true,
            owner: "operations".to_owned(),
            dead_after: Length::minutes(15),
            quiet_after: Length::hours(3),
            topic_quiet_after: Length(TimeSpan::ZERO),
            source_tier: "III".to_owned(),
            all_sources_tier: "II".to_owned(),
            topic_tier: "III".to_owned(),
            partition_tier: "II".to_owned(),
            canary_tier: "II".to_owned(),
            canary_interval: Length::minutes(1),
            canary_within: Length::minutes(1),
            heartbeat_url: None,
            heartbeat_url_file: None,
            heartbeat_interval: Length::minutes(1),
        }
    }
}

impl Watchdog {
    /// How often a canary is put in and how long it may take; none where there are none.
    pub(crate) fn canary(&self) -> Option<(TimeSpan, TimeSpan)> {
        let on = self.enabled && self.canary_interval.0 > TimeSpan::ZERO;
        on.then_some((self.canary_interval.0, self.canary_within.0))
    }
}

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
        /// How the bytes are encoded: `utf-8` or `gb18030`.
        #[serde(default = "utf_8")]
        encoding: String,
        /// After how long without a successful poll it is dead, in place of
        /// `watchdog.dead_after`; `0s` means never.
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
        /// How often it is looked at.
        #[schemars(example = &"5m")]
        #[serde(default = "feed_interval")]
        interval: Length,
        /// After how long without a successful poll it is dead, in place of
        /// `watchdog.dead_after`; `0s` means never.
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

fn utf_8() -> String {
    "utf-8".to_owned()
}

fn feed_interval() -> Length {
    Length::minutes(5)
}

/// One receiver of notices.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = Receiver::duty_log(), example = Receiver::desk(), example = Receiver::group())]
pub(crate) struct Receiver {
    /// Its id: lower-case letters, digits, `-` and `_`.
    #[schemars(example = &"desk")]
    pub(crate) id: String,
    /// What it is.
    #[schemars(example = &"webhook")]
    pub(crate) kind: ReceiverKind,
    /// The quietest tier it hears of. Without it, `terminal` and `file` hear of all and the others
    /// from III on; tier IV goes to `terminal` and `file` only: it pages nobody.
    #[schemars(example = &"III")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from_tier: Option<String>,
    /// The topics it hears of; without it, all.
    #[schemars(example = &["food-safety"])]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) topics: Option<Vec<String>>,
    /// How long a first notice waits for more of its incident. Terminal and file do not wait
    /// unless this is set; the others wait 30 s.
    #[schemars(example = &"30s")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) group_wait: Option<Length>,
    /// After how long an incident that nobody has acknowledged is told again; `0s` means never.
    #[schemars(example = &"4h")]
    #[serde(default = "repeat_interval")]
    pub(crate) repeat_interval: Length,
    /// Who hears of it when this receiver cannot be reached: the id of another receiver.
    #[schemars(example = &"duty-log")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fallback: Option<String>,
    /// For `file`: the file that events are appended to, as JSON lines. A relative path is taken
    /// from the folder of this file.
    #[schemars(example = &"notices.ndjson")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<PathBuf>,
    /// For `webhook`: its address.
    #[schemars(example = &"https://hooks.example.org/fengbiao")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    /// For `webhook`: a file with the secret, `whsec_…`; further lines hold the other secrets that
    /// are good while it rotates.
    #[schemars(example = &"/etc/fengbiao/webhook-secret")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secret_file: Option<PathBuf>,
    /// For `wecom`: a file with the bot's whole address, key included.
    #[schemars(example = &"/etc/fengbiao/wecom-url")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) url_file: Option<PathBuf>,
    /// For `wecom`: whether tiers I and II mention everybody in the group.
    #[schemars(example = &true)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mention_all: Option<bool>,
}

impl Receiver {
    /// The one that is there when none is configured: every tier, at once, on standard output.
    pub(crate) fn terminal() -> Self {
        Self {
            id: "terminal".to_owned(),
            kind: ReceiverKind::Terminal,
            from_tier: None,
            topics: None,
            group_wait: None,
            repeat_interval: repeat_interval(),
            fallback: None,
            path: None,
            url: None,
            secret_file: None,
            url_file: None,
            mention_all: None,
        }
    }

    /// The quietest tier it hears of, or the text that is no tier.
    pub(crate) fn quietest(&self) -> Result<Tier, &str> {
        match &self.from_tier {
            Some(text) => text.parse().map_err(|_| text.as_str()),
            None if self.kind.pages() => Ok(Tier::III),
            None => Ok(Tier::IV),
        }
    }

    /// An example: a record of everything.
    fn duty_log() -> Self {
        Self {
            id: "duty-log".to_owned(),
            kind: ReceiverKind::File,
            path: Some("notices.ndjson".into()),
            ..Self::terminal()
        }
    }

    /// An example: the system of a desk, with a stand-in for when it cannot be reached.
    fn desk() -> Self {
        Self {
            id: "desk".to_owned(),
            kind: ReceiverKind::Webhook,
            url: Some("https://hooks.example.org/fengbiao".to_owned()),
            secret_file: Some("/etc/fengbiao/webhook-secret".into()),
            fallback: Some("duty-log".to_owned()),
            ..Self::terminal()
        }
    }

    /// An example: a group of persons on call.
    fn group() -> Self {
        Self {
            id: "night-shift".to_owned(),
            kind: ReceiverKind::Wecom,
            from_tier: Some("II".to_owned()),
            topics: Some(vec!["food-safety".to_owned()]),
            group_wait: Some(Length(TimeSpan::from_secs(30))),
            url_file: Some("/etc/fengbiao/wecom-url".into()),
            mention_all: Some(true),
            ..Self::terminal()
        }
    }
}

fn repeat_interval() -> Length {
    Length::hours(4)
}

/// What a receiver is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReceiverKind {
    /// Cards on standard output. Pages nobody.
    Terminal,
    /// Events as JSON lines in a file. Pages nobody.
    File,
    /// CloudEvents by HTTP POST, signed as Standard Webhooks.
    Webhook,
    /// A WeCom (企业微信) group bot.
    Wecom,
}

impl ReceiverKind {
    /// As it is written.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::File => "file",
            Self::Webhook => "webhook",
            Self::Wecom => "wecom",
        }
    }

    /// Whether a message there may wake a person.
    pub(crate) const fn pages(self) -> bool {
        matches!(self, Self::Webhook | Self::Wecom)
    }
}
