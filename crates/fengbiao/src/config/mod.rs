//! The configuration: one strict TOML file.
//!
//! The comment beside a field is its documentation everywhere: the default file, the reference
//! page and the JSON Schema are made from these structs by `fengbiao generate`.

mod access;
mod bounds;
mod calendar;
mod chain;
mod crawler;
mod deadline;
mod encoded;
mod filter;
mod holidays;
mod http;
mod lists;
mod load;
mod log;
mod logging;
mod matcher;
mod numbers;
mod privacy;
mod receiver;
mod receivers;
mod reference;
mod route;
mod schedule;
mod source;
mod sources;
mod span;
mod storm;
mod target;
mod tiers;
mod watchdog;
mod written;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use access::{Access, check_brokers};
pub(crate) use calendar::Calendar;
pub(crate) use chain::{Acknowledgement, Chain};
pub(crate) use crawler::Crawler;
pub(crate) use deadline::Deadline;
pub(crate) use filter::Filter;
pub(crate) use http::Http;
pub(crate) use load::{Loaded, load, reachable_with_token, zone};
pub(crate) use log::{KafkaLog, Log, LogKind};
pub(crate) use logging::{LogFormat, Logging};
pub(crate) use matcher::Matcher;
pub(crate) use privacy::Privacy;
pub(crate) use receiver::{Receiver, ReceiverKind};
pub(crate) use reference::{default_file, json_schema, reference_page};
pub(crate) use route::{Inhibit, Route, USUAL_PACE};
pub(crate) use schedule::Schedule;
pub(crate) use source::Source;
pub(crate) use span::Length;
pub(crate) use storm::Storm;
pub(crate) use tiers::{Hold, Tiers, TiersAll};
pub(crate) use watchdog::Watchdog;

/// The whole configuration. Every key has a default; an unknown key is an error.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "configuration")]
pub(crate) struct Config {
    /// Folder of the log, the ledger and the state of sources. One daemon uses it at a time; of roles
    /// that run apart on Kafka one alerter, and one crawler. A relative path is taken from the folder
    /// of this file.
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
    /// How posts are matched.
    pub(crate) matcher: Matcher,
    /// The program's own log.
    pub(crate) logging: Logging,
    /// Tiers of an incident with a subject, where the topic has none of its own. Every shipped topic
    /// has its own; these hold for topics that you add.
    /// Counts: `posts`, `stories` (copies count once), `voices`, `sources`, `weight` (the sum),
    /// `weight_max` (the heaviest post), `reach` (reposts, comments and likes together); of lists that
    /// rank, `rank_best` (the best place: smaller is better, 1000000 where nothing has one),
    /// `list_hours` (the longest that one title has been listed), `lists` (how many hold it); and under
    /// `[tiers_all]` also `subjects`. Each has a window such as `_30m`, `_1h`, `_7d`; without one,
    /// `posts`, `stories`, `voices`, `sources` and `weight_max` count over the life of the incident.
    /// Detectors: `ears`, `c1`, `c2`, `c3`, `cusum`, `burst`, `growth`, over posts,
    /// or as in `ears_voices_1h` over stories or voices; they compare with the windows right before, or
    /// as in `ears_1h_same_hour` and `ears_1h_same_weekday` with the same hours of other days.
    /// `ears_1h >= 3.0` reads: three standard deviations above the usual. All of it is in
    /// `docs/tiers.md`.
    pub(crate) tiers: Tiers,
    /// Tiers of `*`, over all hits of a topic, where the topic has none of its own. Every shipped
    /// topic has its own; these hold for topics that you add.
    pub(crate) tiers_all: TiersAll,
    /// How the pipeline watches itself: nobody should take silence for calm.
    pub(crate) watchdog: Watchdog,
    /// For how long acknowledgements are good.
    pub(crate) acknowledgement: Acknowledgement,
    /// When many notices come at once to one receiver.
    pub(crate) storm: Storm,
    /// Sources that the crawler reads, beside push.
    #[serde(deserialize_with = "lists::of")]
    #[schemars(with = "Vec<Source>")]
    pub(crate) source: Vec<Source>,
    /// Receivers of notices. Without any, notices go to the terminal.
    #[serde(deserialize_with = "lists::of")]
    #[schemars(with = "Vec<Receiver>")]
    pub(crate) receiver: Vec<Receiver>,
    /// Who hears of what: routes are asked in order, and the first that takes an incident tells it,
    /// as do those after it while they `go_on`. What none takes reaches only the receivers that
    /// nothing here names; those hear by their own keys.
    #[serde(deserialize_with = "lists::of")]
    #[schemars(with = "Vec<Route>")]
    pub(crate) route: Vec<Route>,
    /// What mutes what.
    #[serde(deserialize_with = "lists::of")]
    #[schemars(with = "Vec<Inhibit>")]
    pub(crate) inhibit: Vec<Inhibit>,
    /// Escalation: whom to tell next while nobody has acknowledged.
    #[serde(deserialize_with = "lists::of")]
    #[schemars(with = "Vec<Chain>")]
    pub(crate) chain: Vec<Chain>,
    /// What is owed of an incident, and until when. Where none is written, those of the example
    /// hold, and one that is written replaces them all; `deadline = []` above all sections means none.
    #[schemars(with = "Vec<Deadline>")]
    #[serde(
        deserialize_with = "lists::given",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) deadline: Option<Vec<Deadline>>,
    /// Who is on call, in turns.
    #[serde(deserialize_with = "lists::of")]
    #[schemars(with = "Vec<Schedule>")]
    pub(crate) schedule: Vec<Schedule>,
    /// Hours of business with their holidays.
    #[serde(deserialize_with = "lists::of")]
    #[schemars(with = "Vec<Calendar>")]
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
            matcher: Matcher::default(),
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

impl Language {
    /// As all rooms have it.
    pub(crate) const fn value(self) -> fengbiao_model::Language {
        match self {
            Self::Zh => fengbiao_model::Language::Zh,
            Self::En => fengbiao_model::Language::En,
        }
    }
}

/// A language of notices and results, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}
