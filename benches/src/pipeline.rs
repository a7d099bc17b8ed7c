//! The embedded pipeline, stage after stage on one thread, so that each stage's time is its own.
//!
//! The stages are the calls that the daemon's roles make, with the batches that they make them in.
//! In the daemon crawler, matcher and alerter run on threads of their own, so that on several cores
//! it is faster than the sum.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use fengbiao_alerter::{Alerter, Step};
use fengbiao_crawler::{Intake, Lines, Place, Preparer, PseudonymKeys, Times};
use fengbiao_ledger::{Ledger, PartitionRange, StepCommit, StepRecord};
use fengbiao_log::embedded::{Embedded, Options};
use fengbiao_log::{Consumer, Cursor, Destination, Event, NewRecord, Producer as _, Record, Topic};
use fengbiao_matcher::{Matcher, Scratch};
use fengbiao_model::{
    Clock, Command, HitRecord, Marks, Offset, Partition, PartitionMark, PostRecord, SourceId, Tier,
    TimeSpan, Timestamp,
};
use prometheus::Registry;

use crate::clock::{BEGINNING, StandingClock};
use crate::figures::{Spread, percent, rate, say};
use crate::posts::{self, Origin};
use crate::setting;

/// Records that a role takes at once, as in the daemon.
const BATCH: usize = 1_000;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Posts in the file
    #[arg(long, default_value_t = 100_000)]
    posts: usize,
    /// Posts of the corpora in `FENGBIAO_CORPORA` in place of generated ones
    #[arg(long)]
    corpus: bool,
    #[arg(long, default_value_t = 5)]
    repetitions: usize,
    /// Folder to write to, on the disk that is to be measured; a temporary one by default
    #[arg(long)]
    folder: Option<std::path::PathBuf>,
}

/// What takes time, in the order of the way of a post.
const STAGES: [&str; 10] = [
    "read, parse, prepare",
    "encode posts",
    "append posts, durable",
    "read posts",
    "decode posts",
    "match",
    "encode hits",
    "commit hits and cursor",
    "alerter: read, decode, step",
    "ledger: commit of the step",
];
/// Those that lead to stored hits; the others follow them.
const TO_HITS: usize = 8;

/// One run.
struct Run {
    posts: usize,
    hits: usize,
    stages: [Duration; STAGES.len()],
    /// Bare SQLite: the same bytes of posts and hits in the same batches.
    bare: Duration,
}

impl Run {
    fn to_hits(&self) -> Duration {
        self.stages[..TO_HITS].iter().sum()
    }

    fn whole(&self) -> Duration {
        self.stages.iter().sum()
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let origin = Origin::of(arguments.corpus)?;
    let scratch = match &arguments.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let file = scratch.path().join("posts.ndjson");
    let bytes = posts::write(&file, &origin, arguments.posts)?;
    let lexicon = setting::lexicon()?;
    let matcher = setting::matcher(&lexicon)?;
    let policy = setting::policy(&lexicon, Tier::IV)?;
    let mut runs = Vec::new();
    for _ in 0..arguments.repetitions.max(1) {
        let folder = tempfile::tempdir_in(scratch.path())?;
        runs.push(once(folder.path(), &file, &matcher, &policy)?);
    }
    let Some(first) = runs.first() else {
        return Ok(());
    };
    ensure!(first.posts == arguments.posts, "some posts were refused");
    say(format_args!(
        "{} {origin}, {} bytes of text each, {:.1} % hits, batches of {BATCH}; medians of {} runs \
         (least to greatest)",
        first.posts,
        bytes / first.posts.max(1),
        percent(first.hits, first.posts),
        runs.len(),
    ));
    table(&runs);
    Ok(())
}

fn table(runs: &[Run]) {
    say("");
    say("| stage | µs a post | share to stored hits | share of all |");
    say("|---|---|---|---|");
    for (at, name) in STAGES.iter().enumerate() {
        let of = |share: &dyn Fn(&Run) -> f64| Spread::of(runs.iter().map(share));
        let part = |run: &Run| run.stages[at].as_secs_f64();
        let micros = of(&|run| 1e6 / rate(run.posts, run.stages[at]));
        let to_hits = of(&|run| 100.0 * part(run) / run.to_hits().as_secs_f64()).median;
        let to_hits = if at < TO_HITS {
            format!("{to_hits:.1} %")
        } else {
            String::new()
        };
        let all = of(&|run| 100.0 * part(run) / run.whole().as_secs_f64()).median;
        say(format_args!(
            "| {name} | {micros:.2} | {to_hits} | {all:.1} % |"
        ));
    }
    let line = |name: &str, value: &dyn Fn(&Run) -> f64| {
        say(format_args!(
            "| {name} | {:.0} posts/s | | |",
            Spread::of(runs.iter().map(value))
        ));
    };
    line("**file to stored hits**", &|run| {
        rate(run.posts, run.to_hits())
    });
    line("**file to stored steps**", &|run| {
        rate(run.posts, run.whole())
    });
    line("bare SQLite, same bytes", &|run| rate(run.posts, run.bare));
    let ratio = |took: fn(&Run) -> Duration| {
        Spread::of(
            runs.iter()
                .map(move |run| run.bare.as_secs_f64() / took(run).as_secs_f64()),
        )
    };
    say("");
    say(format_args!(
        "to bare SQLite: {:.2} to stored hits, {:.2} to stored steps",
        ratio(Run::to_hits),
        ratio(Run::whole)
    ));
}

/// All stages over a file, into a new log and a new ledger; then the same bytes into bare SQLite.
fn once(folder: &Path, file: &Path, matcher: &Matcher, policy: &Command) -> anyhow::Result<Run> {
    let clock: Arc<dyn Clock> = Arc::new(StandingClock);
    let log = Embedded::open(
        &folder.join("log.sqlite"),
        Options::default(),
        Arc::clone(&clock),
        fengbiao_log::Metrics::register(&Registry::new())?,
    )?;
    let mut stages = [Duration::ZERO; STAGES.len()];
    let mut sizes = Sizes::default();
    let posts = append(&log, file, &clock, &mut stages, &mut sizes)?;
    let hits = match_all(&log, matcher, &mut stages, &mut sizes)?;
    alert(&log, folder, &clock, policy, &mut stages)?;
    let bare = bare_sqlite(&folder.join("bare.sqlite"), &sizes)?;
    Ok(Run {
        posts,
        hits,
        stages,
        bare,
    })
}

/// The records of each transaction as they were written, for the bare one.
#[derive(Default)]
struct Sizes {
    posts: Vec<Vec<Vec<u8>>>,
    hits: Vec<Vec<Vec<u8>>>,
}

/// Adds the time that something took to its stage.
fn timed<T>(stage: &mut Duration, work: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let value = work();
    *stage += began.elapsed();
    value
}

fn preparer(clock: &Arc<dyn Clock>) -> anyhow::Result<Preparer> {
    let mut intake = Intake::new(SourceId::new("bench")?);
    intake.times = Times::Archive;
    Ok(Preparer::new(
        intake,
        PseudonymKeys::new([7; 32], TimeSpan::from_hours(30 * 24)),
        Arc::clone(clock),
        fengbiao_crawler::Metrics::register(&Registry::new())?,
    ))
}

/// The crawler's part: from the file to the topic `posts`.
fn append(
    log: &Embedded,
    file: &Path,
    clock: &Arc<dyn Clock>,
    stages: &mut [Duration; STAGES.len()],
    sizes: &mut Sizes,
) -> anyhow::Result<usize> {
    let mut lines = Lines::open(Place::named(file), preparer(clock)?)?;
    let mut count = 0;
    loop {
        let batch = timed(&mut stages[0], || {
            let batch = lines.by_ref().take(BATCH);
            batch.collect::<Result<Vec<_>, _>>()
        })?;
        if batch.is_empty() {
            return Ok(count);
        }
        count += batch.len();
        let records: Vec<_> = timed(&mut stages[1], || {
            let record = |record: &PostRecord<'_>, key: Vec<u8>| NewRecord {
                topic: Topic::Posts,
                to: Destination::Key(key),
                payload: fengbiao_wire::encode_post_record(record),
            };
            let prepared = batch.iter().map(|line| &line.post);
            prepared
                .filter_map(|post| Some(record(&post.record, post.post_id()?.as_bytes().to_vec())))
                .collect()
        });
        sizes.posts.push(payloads(&records));
        timed(&mut stages[2], || log.append(records))?;
    }
}

fn payloads(records: &[NewRecord]) -> Vec<Vec<u8>> {
    records
        .iter()
        .map(|record| record.payload.clone())
        .collect()
}

/// Reads a topic to its end, as it is when the end is met first.
struct Batches {
    consumer: Box<dyn Consumer>,
    ended: bool,
}

impl Batches {
    fn of(log: &Embedded, group: &str, topic: Topic) -> anyhow::Result<Self> {
        Ok(Self {
            consumer: log.consumer(group, topic)?,
            ended: false,
        })
    }

    /// What a poll brought; none behind the end.
    fn next(&mut self) -> anyhow::Result<Option<Vec<Record>>> {
        if self.ended {
            return Ok(None);
        }
        let mut records = Vec::new();
        for event in self.consumer.poll(BATCH, Duration::ZERO)? {
            match event {
                Event::Records(_, more) => records.extend(more),
                Event::End { .. } => self.ended = true,
                Event::Assigned(_) | Event::Revoked(_) => {}
            }
        }
        Ok(Some(records))
    }
}

/// The matcher's part: from the topic `posts` to the topic `hits`. Gives the number of hits.
fn match_all(
    log: &Embedded,
    matcher: &Matcher,
    stages: &mut [Duration; STAGES.len()],
    sizes: &mut Sizes,
) -> anyhow::Result<usize> {
    let mut batches = Batches::of(log, "matcher", Topic::Posts)?;
    let (mut scratch, mut count) = (Scratch::default(), 0);
    while let Some(records) = timed(&mut stages[3], || batches.next())? {
        let Some(last) = records.last() else { continue };
        let (next, partition) = (Offset(last.position.offset.0 + 1), last.position.partition);
        let posts = timed(&mut stages[4], || {
            let decode = |record: &'_ Record| {
                fengbiao_wire::decode_post_record(&record.payload).map(|post| match post {
                    PostRecord::Post(post) => Some((record.position, post.into_owned())),
                    _ => None,
                })
            };
            records.iter().map(decode).collect::<Result<Vec<_>, _>>()
        })?;
        let hits: Vec<_> = timed(&mut stages[5], || {
            let posts = posts.iter().flatten();
            posts
                .flat_map(|(origin, post)| matcher.matches(post, *origin, &mut scratch))
                .collect()
        });
        count += hits.len();
        let found_at = posts.iter().flatten().map(|(_, post)| post.found_at);
        let found_at = found_at.max().unwrap_or(BEGINNING);
        let produced: Vec<_> = timed(&mut stages[6], || {
            let mark = PartitionMark {
                partition,
                next,
                found_at,
                at_end: true,
                since: None,
            };
            let records = hits.into_iter().map(HitRecord::Hit);
            let records = records.chain([HitRecord::Marks(Marks(vec![mark]))]);
            records
                .map(|record| NewRecord {
                    topic: Topic::Hits,
                    to: Destination::Partition(Partition(0)),
                    payload: fengbiao_wire::encode_hit_record(&record),
                })
                .collect()
        });
        sizes.hits.push(payloads(&produced));
        let cursor = Cursor {
            next,
            note: "lexicon=1 found_at=1700000000000".to_owned(),
        };
        timed(&mut stages[7], || {
            batches.consumer.commit(produced, vec![(partition, cursor)])
        })?;
    }
    Ok(count)
}

/// The alerter's part: from the topic `hits` to steps in the ledger.
fn alert(
    log: &Embedded,
    folder: &Path,
    clock: &Arc<dyn Clock>,
    policy: &Command,
    stages: &mut [Duration; STAGES.len()],
) -> anyhow::Result<()> {
    let path = folder.join("ledger.sqlite");
    let ledger = Ledger::open(&path, Arc::clone(clock), &Registry::new())?;
    let epoch = ledger.take_ownership()?;
    let mut before = ledger.positions()?;
    let mut alerter = Alerter::new();
    let mut batches = Batches::of(log, "alerter", Topic::Hits)?;
    let (mut commands, mut number, mut wall) = (vec![policy.clone()], 0, BEGINNING);
    while let Some(records) = timed(&mut stages[8], || batches.next())? {
        let Some(range) = range(&records) else {
            continue;
        };
        let began = Instant::now();
        let hits = records.iter().map(|record| {
            fengbiao_wire::decode_hit_record(&record.payload).map(|hit| (record.position, hit))
        });
        let hits = hits.collect::<Result<Vec<_>, _>>()?;
        wall = hits
            .iter()
            .filter_map(|(_, hit)| found_at(hit))
            .fold(wall, Timestamp::max);
        let step = Step {
            wall,
            monotonic: wall.since(BEGINNING),
            process: epoch,
            commands: std::mem::take(&mut commands),
            pulses: Vec::new(),
            hits,
        };
        let effects = alerter.step(&step);
        stages[8] += began.elapsed();
        let mut after = before.clone();
        after.hits.insert(range.partition, range.to);
        after.commands += step.commands.len() as u64;
        number += 1;
        let record = StepRecord {
            number,
            wall,
            monotonic: step.monotonic,
            process: epoch,
            commands: before.commands..after.commands,
            pulses: Vec::new(),
            hits: vec![range],
        };
        let commit = StepCommit {
            epoch,
            step: &record,
            before: &before,
            after: &after,
            effects: &effects,
        };
        timed(&mut stages[9], || ledger.commit_step(&commit))?;
        before = after;
    }
    Ok(())
}

fn found_at(record: &HitRecord) -> Option<Timestamp> {
    match record {
        HitRecord::Hit(hit) => Some(hit.post.found_at),
        _ => None,
    }
}

fn range(records: &[Record]) -> Option<PartitionRange> {
    let (first, last) = (records.first()?.position, records.last()?.position);
    Some(PartitionRange {
        partition: first.partition,
        from: first.offset,
        to: Offset(last.offset.0 + 1),
    })
}

/// The same bytes in the same transactions with nothing but SQLite, as durable as the log.
fn bare_sqlite(path: &Path, sizes: &Sizes) -> anyhow::Result<Duration> {
    let mut connection = rusqlite::Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE records (offset INTEGER PRIMARY KEY, payload BLOB NOT NULL)",
    )?;
    let began = Instant::now();
    for batch in sizes.posts.iter().chain(&sizes.hits) {
        let transaction = connection.transaction()?;
        for payload in batch {
            transaction
                .prepare_cached("INSERT INTO records (payload) VALUES (?1)")?
                .execute([payload])
                .context("appending to bare SQLite")?;
        }
        transaction.commit()?;
    }
    Ok(began.elapsed())
}
