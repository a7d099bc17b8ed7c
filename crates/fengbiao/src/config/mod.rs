//! The configuration: one strict TOML file.
//!
//! The comment beside a field is its documentation everywhere: the default file, the reference
//! page and the JSON Schema are made from these structs by `fengbiao generate`.

mod access;
mod calendar;
mod chain;
mod deadline;
mod filter;
mod holidays;
mod load;
mod log;
mod receiver;
mod reference;
mod route;
mod schedule;
mod span;
mod storm;
mod target;
mod watchdog;
mod written;

use std::net::SocketAddr;
use std::path::PathBuf;

use fengbiao_model::Floors;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use access::{Access, check_brokers};
pub(crate) use calendar::Calendar;
pub(crate) use chain::{Acknowledgement, Chain};
pub(crate) use deadline::Deadline;
pub(crate) use filter::Filter;
pub(crate) use load::{Loaded, load, reachable_with_token};
pub(crate) use log::{KafkaLog, Log, LogKind};
pub(crate) use receiver::{Receiver, ReceiverKind};
pub(crate) use reference::{default_file, json_schema, reference_page};
pub(crate) use route::{Inhibit, Route, USUAL_PACE};
pub(crate) use schedule::Schedule;
pub(crate) use span::Length;
pub(crate) use storm::Storm;
pub(crate) use watchdog::Watchdog;

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
    /// Counts: `posts`, `stories` (copies count once), `voices`, `sources`, `weight` (the sum),
    /// `weight_max` (the heaviest post), `reach` (reposts, comments and likes together); of lists that
    /// rank, `rank_best` (the best place: smaller is better, 1000000 where nothing has one),
    /// `list_hours` (the longest that one title has been listed), `lists` (how many hold it); and under
    /// `[tiers_all]` also `subjects`. Each has a window such as `_30m`, `_1h`, `_7d`; without one,
    /// `posts`, `stories`, `voices`, `sources` and `weight_max` count over the life of the incident.
    /// Detectors: `ears`, `c1`, `c2`, `c3`, `cusum`, `burst`, `growth`, over posts,
    /// or as in `ears_voices_1h` over stories or voices; they compare with the windows right before, or
    /// as in `ears_1h_same_hour` and `ears_1h_same_weekday` with the same hours of other days.
    /// `ears_1h >= 3.0` reads: three standard deviations above the usual.
    pub(crate) tiers: Tiers,
    /// Tiers of `*`, over all hits of a topic, where the topic has none of its own.
    pub(crate) tiers_all: TiersAll,
    /// How the pipeline watches itself: nobody should take silence for calm.
    pub(crate) watchdog: Watchdog,
    /// For how long acknowledgements are good.
    pub(crate) acknowledgement: Acknowledgement,
    /// When many notices come at once to one receiver.
    pub(crate) storm: Storm,
    /// Sources that the crawler reads, beside push.
    pub(crate) source: Vec<Source>,
    /// Receivers of notices. Without any, notices go to the terminal.
    pub(crate) receiver: Vec<Receiver>,
    /// Who hears of what: routes are asked in order, and the first that takes an incident tells it,
    /// as do those after it while they `go_on`. What none takes reaches only the receivers that
    /// nothing here names; those hear by their own keys.
    pub(crate) route: Vec<Route>,
    /// What mutes what.
    pub(crate) inhibit: Vec<Inhibit>,
    /// Escalation: whom to tell next while nobody has acknowledged.
    pub(crate) chain: Vec<Chain>,
    /// What is owed of an incident, and until when. Where none is written, those of the example
    /// hold; `deadline = []` above all sections means none.
    #[schemars(with = "Vec<Deadline>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deadline: Option<Vec<Deadline>>,
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
            acknowledgement: Acknowledgement::default(),
            storm: Storm::default(),
            source: Vec::new(),
            receiver: Vec::new(),
            route: Vec::new(),
            inhibit: Vec::new(),
            chain: Vec::new(),
            deadline: None,
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
        /// How often it is looked at.
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
        /// How the bytes are encoded: `utf-8` or `gb18030`.
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
