//! The running daemon, as its operator and the person on call meet it.

mod deeds;
mod demonstration;
mod document;
pub(crate) mod escalation;
mod guards;
mod health;
mod letters;
mod lexicon;
mod notices;
mod people;
mod record;
mod silences;
mod sources;
mod stopping;
mod watchdog;

use std::sync::Arc;
use std::time::Duration;

use fengbiao_log::embedded::{Embedded, Options};
use fengbiao_log::{Record, Topic};
use fengbiao_model::{Clock, TimeSpan, Timestamp};
use serde_json::{Value, json};

use crate::support::{Config, Daemon};

/// A small lexicon, whose tiers are reached by single posts.
const LEXICON: &str = r#"
topic   = "food-safety"
name    = "食品安全"
purpose = "尽早发现食品安全事件，核实并公开回应"
owner   = "food-desk"

[lists]
place = ["青禾县", "临溪县", "柳塘县", "石桥县", "云岭县", "白沙县"]

[subjects]
place = "@place"

[tiers]
IV  = "posts_1h >= 1"
III = "posts_1h >= 1"
II  = "posts_1h >= 4"

[[rule]]
id     = "canteen-illness"
match  = "食堂 NEAR/20 呕吐"
hits   = ["食堂午饭后十几个学生呕吐"]
misses = ["食堂今天加菜"]
"#;

/// Another rule for the end of [`LEXICON`].
const VERMIN: &str = r#"
[[rule]]
id     = "vermin"
match  = "老鼠 AND 后厨"
hits   = ["后厨里有老鼠"]
misses = ["老鼠爱大米"]
"#;

/// A configuration with the small lexicon in its folder `lexicon`.
fn config(text: &str) -> Config {
    let config = Config::new(&format!("lexicon_dir = \"lexicon\"\n{text}"));
    config.write("lexicon/food-safety.toml", LEXICON);
    config
}

/// A line to push: a post that hits at `place`; `number` makes its text a new one.
pub(crate) fn illness(place: &str, number: usize) -> String {
    json!({
        "text": format!("{place}第{number}小学食堂午饭后十几个学生呕吐"),
        "url": format!("https://forum.example/p/{place}-{number}"),
        "author": format!("voice {number}"),
    })
    .to_string()
}

/// The incidents that the daemon lists.
#[track_caller]
fn incidents(daemon: &Daemon) -> Vec<Value> {
    let answer = daemon.get("/v1/incidents");
    answer.json()["incidents"].as_array().unwrap().clone()
}

/// The posts in all listed incidents with a subject.
#[track_caller]
fn counted(daemon: &Daemon) -> u64 {
    let posts = |incident: &Value| incident["totals"]["posts"].as_u64().unwrap();
    incidents(daemon).iter().map(posts).sum()
}

/// Pushes lines that must all be accepted.
#[track_caller]
fn accepted(daemon: &Daemon, lines: &[String]) {
    let answer = daemon.push(&lines.join("\n"));
    assert_eq!(answer.status, 200, "{answer:?}");
    let outcomes = answer.body.matches("\"outcome\":\"accepted\"").count();
    assert_eq!(outcomes, lines.len(), "{answer:?}");
}

/// A clock that the log of a stopped daemon can be read with.
struct Epoch;

impl Clock for Epoch {
    fn wall(&self) -> Timestamp {
        Timestamp::from_millis(0)
    }
    fn monotonic(&self) -> TimeSpan {
        TimeSpan::ZERO
    }
    fn real(&self, _span: TimeSpan) -> Duration {
        Duration::from_secs(3_600)
    }
}

/// All records of a topic in the log of a daemon that does not run.
pub(crate) fn records(config: &Config, topic: Topic) -> Vec<Record> {
    records_with(config, topic, Options::default())
}

/// The same of a log with other options, such as more partitions.
pub(crate) fn records_with(config: &Config, topic: Topic, options: Options) -> Vec<Record> {
    let metrics = fengbiao_log::Metrics::register(&prometheus::Registry::new()).unwrap();
    let path = config.data().join("log.sqlite");
    let log = Embedded::open(&path, options, Arc::new(Epoch), metrics).unwrap();
    log.scan_topic(topic).unwrap().map(Result::unwrap).collect()
}
