//! Measures durable appends of the embedded log beside bare SQLite appends of the same bytes, in
//! the same run and folder: `cargo run --release -p fengbiao-log --example append [FOLDER]`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fengbiao_log::embedded::{Embedded, Options};
use fengbiao_log::{Destination, Metrics, NewRecord, Producer as _, Topic};
use fengbiao_model::{Clock, Partition, TimeSpan, Timestamp};

const PAYLOAD_BYTES: usize = 400;
const BATCH: usize = 1_000;
const BATCHES: usize = 500;
const SINGLE_THREADS: usize = 8;
const SINGLES: usize = 1_000;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A clock that stands still: the time of a record does not change its cost.
struct StandingClock;

impl Clock for StandingClock {
    fn wall(&self) -> Timestamp {
        Timestamp::EPOCH
    }
    fn monotonic(&self) -> TimeSpan {
        TimeSpan::ZERO
    }
    fn real(&self, _span: TimeSpan) -> Duration {
        Duration::from_secs(3_600)
    }
}

fn record(index: usize) -> NewRecord {
    let mut payload = vec![b'x'; PAYLOAD_BYTES];
    payload[..8].copy_from_slice(&index.to_le_bytes());
    NewRecord {
        topic: Topic::Posts,
        to: Destination::Partition(Partition(0)),
        payload,
    }
}

/// Records a second, in thousands.
#[allow(clippy::cast_precision_loss, reason = "a few hundred thousand records")]
fn thousands(records: usize, took: Duration) -> f64 {
    records as f64 / took.as_secs_f64() / 1_000.0
}

fn bare_sqlite(folder: &Path, batch: usize, batches: usize) -> Result<f64, Failure> {
    let path = folder.join(format!("bare-{batch}.sqlite"));
    let mut connection = rusqlite::Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE records (offset INTEGER PRIMARY KEY, payload BLOB NOT NULL)",
    )?;
    let started = Instant::now();
    for number in 0..batches {
        let transaction = connection.transaction()?;
        for index in 0..batch {
            let payload = record(number * batch + index).payload;
            transaction
                .prepare_cached("INSERT INTO records (payload) VALUES (?1)")?
                .execute([payload])?;
        }
        transaction.commit()?;
    }
    Ok(thousands(batch * batches, started.elapsed()))
}

fn in_batches(log: &Embedded) -> Result<f64, Failure> {
    let started = Instant::now();
    for number in 0..BATCHES {
        log.append(
            (0..BATCH)
                .map(|index| record(number * BATCH + index))
                .collect(),
        )?;
    }
    Ok(thousands(BATCH * BATCHES, started.elapsed()))
}

fn one_by_one(log: &Arc<Embedded>, threads: usize) -> Result<f64, Failure> {
    let started = Instant::now();
    let threads: Vec<_> = (0..threads)
        .map(|_| {
            let log = Arc::clone(log);
            std::thread::spawn(move || {
                (0..SINGLES).try_for_each(|index| log.append(vec![record(index)]).map(drop))
            })
        })
        .collect();
    let count = threads.len();
    for thread in threads {
        thread.join().map_err(|_| "a thread panicked")??;
    }
    Ok(thousands(count * SINGLES, started.elapsed()))
}

/// Reads everything, in polls of a batch; records a second, in thousands.
fn read_all(log: &Embedded) -> Result<f64, Failure> {
    let mut consumer = log.consumer("measure", Topic::Posts)?;
    consumer.poll(1, Duration::ZERO)?;
    let started = Instant::now();
    let mut count = 0;
    loop {
        let mut ended = false;
        for event in consumer.poll(BATCH, Duration::ZERO)? {
            match event {
                fengbiao_log::Event::Records(_, records) => count += records.len(),
                fengbiao_log::Event::End { .. } => ended = true,
                _ => {}
            }
        }
        if ended {
            return Ok(thousands(count, started.elapsed()));
        }
    }
}

#[allow(clippy::print_stdout, reason = "the figures are what it is for")]
fn main() -> Result<(), Failure> {
    let scratch = tempfile::tempdir()?;
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.as_deref().unwrap_or(scratch.path());
    let metrics = Metrics::register(&prometheus::Registry::new())?;
    let path = folder.join("log.sqlite");
    let log = Embedded::open(&path, Options::default(), Arc::new(StandingClock), metrics)?;
    let bare = bare_sqlite(folder, BATCH, BATCHES)?;
    let batches = in_batches(&log)?;
    println!(
        "batches of {BATCH}: {batches:.0} k/s, bare SQLite {bare:.0} k/s, ratio {:.2}",
        batches / bare
    );
    let bare = bare_sqlite(folder, 1, SINGLES)?;
    let alone = one_by_one(&log, 1)?;
    println!(
        "one by one: {alone:.2} k/s, bare SQLite {bare:.2} k/s, ratio {:.2}",
        alone / bare
    );
    let shared = one_by_one(&log, SINGLE_THREADS)?;
    println!(
        "one by one, {SINGLE_THREADS} threads: {shared:.2} k/s, ratio {:.2}",
        shared / bare
    );
    println!("read: {:.0} k/s", read_all(&log)?);
    Ok(())
}
