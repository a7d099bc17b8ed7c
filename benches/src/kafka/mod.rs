//! What matching costs beside bare reading, on a real broker: the topic `posts` read by a bare loop
//! over the client's `poll`, by the log's own consumer, and by the matcher's role as a process of its
//! own with many keywords; all in one run over the same records.

mod bare;
mod role;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use fengbiao_crawler::{Intake, Lines, Place, Preparer, PseudonymKeys, Times};
use fengbiao_log::kafka::{Kafka, Options};
use fengbiao_log::{Destination, Metrics, NewRecord, Producer as _, Topic};
use fengbiao_model::{Clock, PostRecord, SourceId, TimeSpan};
use prometheus::Registry;

use crate::clock::StandingClock;
use crate::figures::{Spread, as_f64, say};
use crate::posts::{self, Origin};

/// Partitions of `posts`, as in the measurements that this is held against.
const PARTITIONS: u32 = 4;
/// Records of one append.
const BATCH: usize = 2_000;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Brokers, `host:port`; `cargo xtask kafka up` starts one and says where it is
    #[arg(long)]
    brokers: String,
    /// Posts in the topic
    #[arg(long, default_value_t = 500_000)]
    posts: usize,
    /// Keywords beside those of the shipped lexicon
    #[arg(long, default_value_t = 100_000)]
    keywords: usize,
    /// How often each way is measured
    #[arg(long, default_value_t = 3)]
    repetitions: usize,
    /// The daemon; by default the `fengbiao` that was built beside this program
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// What reading the records once took, after the first tenth of them.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    posts: f64,
    wall: Duration,
    cpu: Duration,
    rss_mib: f64,
}

impl Cost {
    fn rate(&self) -> f64 {
        self.posts / self.wall.as_secs_f64()
    }

    fn cpu_per_million(&self) -> f64 {
        self.cpu.as_secs_f64() / self.posts * 1e6
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let prefix = format!("bench-{}.", std::process::id());
    let place = role::Place::new(arguments, &prefix)?;
    // The control records stand before the posts.
    place.publish()?;
    let log = open(&arguments.brokers, &prefix)?;
    let bytes = fill(&log, arguments.posts)?;
    say(format_args!(
        "{} posts, {:.0} bytes of text each, {PARTITIONS} partitions, lz4; {} keywords beside the shipped lexicon",
        arguments.posts,
        as_f64(bytes) / as_f64(arguments.posts),
        arguments.keywords
    ));
    let mut costs: [Vec<Cost>; 3] = Default::default();
    let mut hits = Vec::new();
    for round in 0..arguments.repetitions {
        costs[0].push(bare::poll(&arguments.brokers, &prefix, arguments.posts)?);
        costs[1].push(bare::consumer(&log, arguments.posts, round)?);
        let (cost, found) = place.matcher(arguments.posts)?;
        costs[2].push(cost);
        hits.push(found);
        bare::rewind(&log)?;
    }
    table(&costs, &hits);
    Ok(())
}

fn table(costs: &[Vec<Cost>; 3], hits: &[u64]) {
    say("| reader | k posts/s | CPU s per million posts | RSS MiB | to the bare loop |");
    say("|---|---|---|---|---|");
    let bare = Spread::of(costs[0].iter().map(Cost::rate)).median;
    let names = [
        "bare `poll` of the client",
        "the log's consumer",
        "the matcher's role",
    ];
    for (name, costs) in names.into_iter().zip(costs) {
        let rate = Spread::of(costs.iter().map(|cost| cost.rate() / 1e3));
        let cpu = Spread::of(costs.iter().map(Cost::cpu_per_million));
        let rss = Spread::of(costs.iter().map(|cost| cost.rss_mib)).median;
        let ratio = rate.median * 1e3 / bare;
        say(format_args!(
            "| {name} | {rate:.0} | {cpu:.2} | {rss:.0} | {ratio:.2} |"
        ));
    }
    say(format_args!("hits found by the matcher's role: {hits:?}"));
}

fn open(brokers: &str, prefix: &str) -> anyhow::Result<Arc<Kafka>> {
    let mut options = Options::new(brokers);
    prefix.clone_into(&mut options.prefix);
    options.topic_mut(Topic::Posts).partitions = PARTITIONS;
    let clock: Arc<dyn Clock> = Arc::new(StandingClock);
    Ok(Kafka::open(
        options,
        clock,
        Metrics::register(&Registry::new())?,
    )?)
}

/// The crawler's part: prepared posts, keyed by what they are. Gives the bytes of all texts.
fn fill(log: &Arc<Kafka>, count: usize) -> anyhow::Result<usize> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("posts.ndjson");
    let bytes = posts::write(&path, &Origin::Generated, count)?;
    let mut intake = Intake::new(SourceId::new("bench")?);
    intake.times = Times::Archive;
    let preparer = Preparer::new(
        intake,
        PseudonymKeys::new([7; 32], TimeSpan::from_hours(30 * 24)),
        Arc::new(StandingClock),
        fengbiao_crawler::Metrics::register(&Registry::new())?,
    );
    let mut lines = Lines::open(Place::named(&path), preparer)?;
    loop {
        let mut records = Vec::with_capacity(BATCH);
        for prepared in lines.by_ref().take(BATCH) {
            let record = prepared?.post.record;
            let PostRecord::Post(post) = &record else {
                continue;
            };
            records.push(NewRecord {
                topic: Topic::Posts,
                to: Destination::Key(post.id.as_bytes().to_vec()),
                payload: fengbiao_wire::encode_post_record(&record),
            });
        }
        if records.is_empty() {
            return Ok(bytes);
        }
        log.append(records).context("filling the topic")?;
    }
}
