//! Posts on a schedule, or as many as the matcher takes.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use fengbiao_log::NewRecord;
use fengbiao_log::kafka::Kafka;
use fengbiao_model::Timestamp;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::super::installation::{Daemon, Installation};
use super::super::texts::record;
use crate::latency::places::place;
use crate::posts::{Numbers, text};

/// Different texts that speak of nothing.
const TEXTS: usize = 20_000;
/// Between two looks at what is due.
const TICK: Duration = Duration::from_millis(2);
/// Posts that are written before the matcher has taken the earlier ones, while its capacity is
/// looked for.
const AHEAD: u64 = 30_000;
/// Posts of one append, while its capacity is looked for.
const BATCH: usize = 1_000;

/// Writes posts through the log's own client, which says when they are acknowledged.
pub(super) struct Load {
    log: Arc<Kafka>,
    runtime: Runtime,
    texts: Vec<String>,
    /// Posts that open an incident, of each second.
    incidents: f64,
    posts: usize,
    places: usize,
}

/// A post that opens an incident.
pub(super) struct Sent {
    pub(super) place: String,
    /// When the schedule has it sent.
    pub(super) due: Instant,
    pub(super) acknowledged: Instant,
}

/// One schedule as it runs.
struct Schedule {
    began: Instant,
    opened: usize,
    appends: JoinSet<anyhow::Result<()>>,
    sender: Sender<Sent>,
}

impl Load {
    pub(super) fn new(installation: &Installation, incidents: f64) -> anyhow::Result<Self> {
        let mut numbers = Numbers(13);
        Ok(Self {
            log: Arc::clone(&installation.log),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_time()
                .build()?,
            texts: (0..TEXTS).map(|_| text(&mut numbers, false)).collect(),
            incidents,
            posts: 0,
            places: 0,
        })
    }

    /// So many posts a second for so long; the incidents among them, once all are acknowledged.
    pub(super) fn put_on(&mut self, rate: f64, time: Duration) -> anyhow::Result<Vec<Sent>> {
        let (mut schedule, sent) = Schedule::begin();
        let mut written = 0;
        loop {
            let passed = schedule.began.elapsed().min(time);
            let due = times(rate, passed);
            self.write(due - written, &mut schedule)?;
            written = due;
            self.open_incidents(passed, &mut schedule)?;
            if passed == time {
                return self.end(schedule, &sent);
            }
            std::thread::sleep(TICK);
        }
    }

    /// Writes as the matcher reads. Posts a second that it took, and the incidents among them.
    pub(super) fn flood(
        &mut self,
        matcher: &Daemon,
        time: Duration,
    ) -> anyhow::Result<(f64, Vec<Sent>)> {
        let (mut schedule, sent) = Schedule::begin();
        let (before, mut written) = (matcher.read()?, 0);
        let mut first = None;
        loop {
            let (read, passed) = (matcher.read()? - before, schedule.began.elapsed());
            if passed >= time / 5 && first.is_none() {
                first = Some((read, Instant::now()));
            }
            if passed >= time {
                let (from, at) = first.context("nothing was measured")?;
                #[allow(clippy::cast_precision_loss, reason = "below 2^53 posts")]
                let rate = (read - from) as f64 / at.elapsed().as_secs_f64();
                return Ok((rate, self.end(schedule, &sent)?));
            }
            while written < read + AHEAD {
                self.write(BATCH, &mut schedule)?;
                written += BATCH as u64;
            }
            self.open_incidents(passed, &mut schedule)?;
            std::thread::sleep(TICK);
        }
    }

    /// Posts that speak of nothing, in one append.
    fn write(&mut self, count: usize, schedule: &mut Schedule) -> anyhow::Result<()> {
        if count == 0 {
            return Ok(());
        }
        let now = now()?;
        let numbers = self.posts..self.posts + count;
        let records: anyhow::Result<Vec<NewRecord>> = numbers
            .map(|number| record(number, &self.texts[number % TEXTS], now))
            .collect();
        self.posts += count;
        let (log, records) = (Arc::clone(&self.log), records?);
        let append = async move {
            log.append_async(records).await?;
            Ok(())
        };
        schedule.appends.spawn_on(append, self.runtime.handle());
        Ok(())
    }

    /// Those that are due by now, each in an append of its own, so that it is known when it was
    /// acknowledged.
    fn open_incidents(&mut self, passed: Duration, schedule: &mut Schedule) -> anyhow::Result<()> {
        for number in schedule.opened..times(self.incidents, passed) {
            #[allow(clippy::cast_precision_loss, reason = "some thousands")]
            let after = Duration::from_secs_f64(number as f64 / self.incidents);
            let due = schedule.began + after;
            let place = place(self.places);
            let words = &self.texts[number % TEXTS];
            let post = record(self.posts, &format!("{place}从早上起停电，{words}"), now()?)?;
            self.posts += 1;
            self.places += 1;
            let (log, sender) = (Arc::clone(&self.log), schedule.sender.clone());
            let append = async move {
                log.append_async(vec![post]).await?;
                let acknowledged = Instant::now();
                sender.send(Sent {
                    place,
                    due,
                    acknowledged,
                })?;
                Ok(())
            };
            schedule.appends.spawn_on(append, self.runtime.handle());
            schedule.opened += 1;
        }
        Ok(())
    }

    /// Waits for the last acknowledgement.
    fn end(&self, mut schedule: Schedule, sent: &Receiver<Sent>) -> anyhow::Result<Vec<Sent>> {
        self.runtime.block_on(async {
            while let Some(append) = schedule.appends.join_next().await {
                append?.context("the brokers do not keep up with the load")?;
            }
            anyhow::Ok(())
        })?;
        Ok(sent.try_iter().collect())
    }
}

impl Schedule {
    fn begin() -> (Self, Receiver<Sent>) {
        let (sender, sent) = mpsc::channel();
        let schedule = Self {
            began: Instant::now(),
            opened: 0,
            appends: JoinSet::new(),
            sender,
        };
        (schedule, sent)
    }
}

/// How many of so many a second are due after a time.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "some millions"
)]
fn times(a_second: f64, passed: Duration) -> usize {
    (a_second * passed.as_secs_f64()) as usize
}

#[allow(
    clippy::disallowed_methods,
    reason = "the daemons that are measured tell the time by the system's clock, too"
)]
fn now() -> anyhow::Result<Timestamp> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Timestamp::from_millis(i64::try_from(since.as_millis())?))
}
