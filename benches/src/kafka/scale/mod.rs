//! The matcher's work shared: one, two and four partitions and processes on one machine, and what a
//! billion posts a day need by what it cost.

mod size;
mod traffic;

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::Args;
use fengbiao_log::Topic;
use fengbiao_model::TimeSpan;

use self::size::Size;
use super::installation::{Daemon, Installation};
use super::process::{Process, Used, used};
use super::texts::Texts;
use super::{Common, Cost, lexicon};
use crate::clock::BEGINNING;
use crate::figures::say;

/// Partitions, and matchers that share them.
const SHAPES: [(u32, u32); 6] = [(1, 1), (2, 1), (2, 2), (4, 1), (4, 2), (4, 4)];
/// How long the matchers may take to agree who reads what, and to read all.
const PATIENCE: Duration = Duration::from_secs(180);
/// Between two looks at how far they have come.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Posts in the topic
    #[arg(long, default_value_t = 500_000)]
    posts: usize,
    /// The number of the broker's process, where it runs on this machine: its processor time is
    /// told too
    #[arg(long)]
    broker_process: Option<u32>,
}

/// What one shape took.
struct Measured {
    matchers: Cost,
    /// Of the broker while the matchers read.
    broker: Option<Duration>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let texts = arguments.common.texts()?;
    let mut size = None;
    say("");
    say(
        "| partitions | matchers | k posts/s | to one | CPU s per million posts | RSS MiB of all | \
         broker, CPU s per million posts |",
    );
    say("|---|---|---|---|---|---|---|");
    let mut one = None;
    for (partitions, matchers) in SHAPES {
        let name = format!("scale-{partitions}-{matchers}");
        let files = lexicon(&texts, "@many");
        let installation = Installation::new(&arguments.common, &name, partitions, &files)?;
        let measured = measure(arguments, &installation, matchers, &texts)?;
        let cost = &measured.matchers;
        let broker = measured.broker.map(|cpu| cost.per_million(cpu));
        let rate = cost.rate();
        say(format_args!(
            "| {partitions} | {matchers} | {:.0} | {:.2} | {:.2} | {:.0} | {} |",
            rate / 1e3,
            rate / *one.get_or_insert(rate),
            cost.cpu_per_million(),
            cost.rss_mib,
            broker.map_or_else(|| "–".to_owned(), |cpu| format!("{cpu:.2}")),
        ));
        if size.is_none() {
            size = Some(Size {
                cpu: cost.cpu_per_million(),
                rate,
                posts: traffic::bytes_a_record(&arguments.common, &installation, Topic::Posts)?,
                hits: traffic::bytes_a_record(&arguments.common, &installation, Topic::Hits)?,
                hit: cost.hits.unwrap_or_default() as f64 / arguments.posts.max(1) as f64,
            });
        }
    }
    size.context("nothing was measured")?.print();
    Ok(())
}

/// The matchers agree who reads what and are stopped; the topic is filled; all go on at once.
fn measure(
    arguments: &Arguments,
    installation: &Installation,
    matchers: u32,
    texts: &Texts,
) -> anyhow::Result<Measured> {
    installation.publish()?;
    let names = (0..matchers).map(|number| format!("matcher-{number}"));
    let matchers: anyhow::Result<Vec<Daemon>> = names
        .map(|name| installation.start("matcher", &name, super::ONE_THREAD))
        .collect();
    let matchers = Matchers(matchers?);
    matchers.until_shared(installation)?;
    let before = matchers.read()?;
    matchers.signal("STOP")?;
    let posts = (0_i64..).zip(0..arguments.posts);
    installation.fill(
        posts.map(|(millis, number)| {
            texts.record(number, BEGINNING + TimeSpan::from_millis(millis))
        }),
    )?;
    let posts = arguments.posts as u64;
    matchers.signal("CONT")?;
    let broker = || arguments.broker_process.map(used).transpose();
    let first = matchers.until_read(before + posts / 10)?;
    let broker_first = broker()?;
    let last = matchers.until_read(before + posts)?;
    let broker = broker()?.zip(broker_first);
    let hits = matchers
        .0
        .iter()
        .map(Daemon::hits)
        .sum::<anyhow::Result<u64>>()?;
    matchers.stop()?;
    Ok(Measured {
        matchers: Cost {
            hits: Some(hits),
            ..Cost::between(first, last)
        },
        broker: broker.map(|(last, first)| last.cpu.saturating_sub(first.cpu)),
    })
}

/// Processes that share the partitions.
struct Matchers(Vec<Daemon>);

impl Matchers {
    /// Waits until each of them has its share of the partitions.
    fn until_shared(&self, installation: &Installation) -> anyhow::Result<()> {
        let partitions = u64::from(installation.partitions());
        let share = partitions / self.0.len() as u64;
        self.until(|matchers| {
            let owned: anyhow::Result<Vec<u64>> = matchers.iter().map(Daemon::owned).collect();
            let owned = owned?;
            let fair = owned.iter().all(|&owned| owned >= share);
            Ok((fair && owned.iter().sum::<u64>() == partitions).then_some(()))
        })
    }

    /// How many records they have read, once they are enough; with what they had used by then.
    fn until_read(&self, enough: u64) -> anyhow::Result<(u64, Used)> {
        let read = self.until(|_| Ok(Some(self.read()?).filter(|&read| read >= enough)))?;
        let used: anyhow::Result<Vec<Used>> = self.processes().map(Process::used).collect();
        let used = used?;
        Ok((
            read,
            Used {
                at: Instant::now(),
                cpu: used.iter().map(|used| used.cpu).sum(),
                rss_mib: used.iter().map(|used| used.rss_mib).sum(),
            },
        ))
    }

    fn until<T>(&self, look: impl Fn(&[Daemon]) -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(seen) = look(&self.0)? {
                return Ok(seen);
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        bail!(
            "the matchers did not come so far in {} s",
            PATIENCE.as_secs()
        )
    }

    fn read(&self) -> anyhow::Result<u64> {
        self.0.iter().map(Daemon::read).sum()
    }

    fn processes(&self) -> impl Iterator<Item = &Process> {
        self.0.iter().map(|daemon| &daemon.process)
    }

    fn signal(&self, name: &str) -> anyhow::Result<()> {
        self.processes()
            .try_for_each(|process| process.signal(name))
    }

    fn stop(self) -> anyhow::Result<()> {
        self.0
            .into_iter()
            .try_for_each(|daemon| daemon.process.stop())
    }
}
