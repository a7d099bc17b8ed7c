//! One topic on one broker read by everyone in turn: bare loops over the client, the matcher's role,
//! and what users would pick instead.

pub(super) mod bare;
mod batches;
mod peers;
mod reader;
mod table;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::{Args, ValueEnum as _};
use fengbiao_log::kafka::Kafka;
use fengbiao_log::{Cursor, Event, Topic};
use fengbiao_model::{Offset, TimeSpan};

use self::bare::Way;
use self::peers::{Peer, Run};
use super::installation::Installation;
use super::texts::Texts;
use super::{Common, Cost, PARTITIONS, lexicon};
use crate::clock::BEGINNING;
use crate::figures::say;

/// How long the matchers' group may take to come together.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Posts in the topic
    #[arg(long, default_value_t = 1_000_000)]
    posts: usize,
    /// How often each way is measured
    #[arg(long, default_value_t = 3)]
    repetitions: usize,
    /// Leaves out Kafka Streams and Python
    #[arg(long)]
    no_peers: bool,
}

/// Measures one way once; the number of the round makes its names its own.
type Measure<'a> = Box<dyn Fn(usize) -> anyhow::Result<Cost> + 'a>;

/// A way of reading, and what it took each time; or why it cannot run here.
struct Row<'a> {
    name: &'static str,
    measure: anyhow::Result<Measure<'a>>,
    costs: Vec<Cost>,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let texts = arguments.common.texts()?;
    let every_place = Filled::new(arguments, &texts, true)?;
    let words = Filled::new(arguments, &texts, false)?;
    let keywords = every_place
        .installation
        .write("keywords.txt", &texts.keywords.join("\n"))?;
    let brokers = arguments.common.brokers.as_str();
    let mut rows = vec![
        every_place.bare("bare batch call of the client", brokers, Way::Batch),
        every_place.bare("bare `poll` of the client", brokers, Way::Poll),
        every_place.bare("the log's consumer", brokers, Way::Log),
        every_place.matcher("**the matcher's role**, keywords in every place", ""),
        words.matcher("**the matcher's role**, keywords as words (default)", ""),
        words.matcher("the same on one thread", super::ONE_THREAD),
    ];
    if !arguments.no_peers {
        for (name, short, peer) in [
            (
                "Kafka Streams, double-array trie",
                "streams",
                Peer::streams(),
            ),
            ("Python, orjson, ahocorasick_rs", "python", Peer::python()),
        ] {
            rows.push(every_place.peer(name, short, &arguments.common, peer, &keywords)?);
        }
    }
    for round in 0..arguments.repetitions.max(1) {
        for row in &mut rows {
            if let Ok(measure) = &row.measure {
                row.costs.push(measure(round)?);
            }
        }
    }
    say(format_args!(
        "{} records, {PARTITIONS} partitions, lz4; medians of {} runs (least to greatest)",
        every_place.records, arguments.repetitions
    ));
    table::print(&rows);
    Ok(())
}

/// A topic of posts, with a lexicon in force in it.
struct Filled {
    installation: Installation,
    /// Posts and control records.
    records: u64,
}

impl Filled {
    fn new(arguments: &Arguments, texts: &Texts, every_place: bool) -> anyhow::Result<Self> {
        let name = if every_place { "places" } else { "words" };
        let rule = if every_place {
            "substring:@many"
        } else {
            "@many"
        };
        let lexicon = lexicon(texts, rule);
        let installation = Installation::new(&arguments.common, name, PARTITIONS, &lexicon)?;
        installation.publish()?;
        let posts = (0_i64..).zip(0..arguments.posts);
        installation.fill(posts.map(|(millis, number)| {
            texts.record(number, BEGINNING + TimeSpan::from_millis(millis))
        }))?;
        let records = installation.written(Topic::Posts)?;
        Ok(Self {
            installation,
            records,
        })
    }

    fn bare<'a>(&'a self, name: &'static str, brokers: &'a str, way: Way) -> Row<'a> {
        let measure = move |round| {
            let mut command = Command::new(std::env::current_exe()?);
            let way = way.to_possible_value().map(|way| way.get_name().to_owned());
            command.args(["kafka", "bare", "--way", &way.unwrap_or_default()]);
            command.args(["--brokers", brokers, "--prefix", &self.installation.prefix]);
            command.args(["--partitions", &PARTITIONS.to_string()]);
            command.args(["--group", &format!("bare-{round}")]);
            command.args(["--records", &self.records.to_string()]);
            reader::measure(&mut command, self.records, self.records / 10)
        };
        Row::new(name, Ok(Box::new(measure)))
    }

    /// The role; `sections` are more configuration.
    fn matcher(&self, name: &'static str, sections: &'static str) -> Row<'_> {
        let measure = |_| {
            let daemon = self.installation.start("matcher", "matcher", sections)?;
            let first = daemon.until_read(self.records / 10)?;
            let last = daemon.until_read(self.records)?;
            let hits = Some(daemon.hits()?);
            daemon.process.stop()?;
            rewind(&self.installation.log)?;
            Ok(Cost {
                hits,
                ..Cost::between(first, last)
            })
        };
        Row::new(name, Ok(Box::new(measure)))
    }

    /// A peer reads this topic and writes to topics of its own.
    fn peer<'a>(
        &'a self,
        name: &'static str,
        short: &'static str,
        common: &'a Common,
        peer: anyhow::Result<Peer>,
        keywords: &'a Path,
    ) -> anyhow::Result<Row<'a>> {
        let peer = match peer {
            Ok(peer) => peer,
            Err(missing) => return Ok(Row::new(name, Err(missing))),
        };
        let to = Installation::new(common, short, PARTITIONS, &[])?;
        // What is compiled while it runs is compiled during the first half.
        let warm_up = match peer {
            Peer::Streams(_) => self.records / 2,
            Peer::Python(_) => self.records / 10,
        };
        let measure = move |round| {
            let run = Run {
                brokers: &common.brokers,
                group: format!("{}{round}", to.prefix),
                posts: format!("{}posts", self.installation.prefix),
                hits: format!("{}hits", to.prefix),
                keywords,
                records: self.records,
            };
            let before = to.written(Topic::Hits)?;
            let cost = reader::measure(&mut peer.command(&run), self.records, warm_up)?;
            let hits = Some(to.written(Topic::Hits)? - before);
            Ok(Cost { hits, ..cost })
        };
        Ok(Row::new(name, Ok(Box::new(measure))))
    }
}

impl<'a> Row<'a> {
    const fn new(name: &'static str, measure: anyhow::Result<Measure<'a>>) -> Self {
        Self {
            name,
            measure,
            costs: Vec::new(),
        }
    }
}

/// Takes the matchers' places back to the beginning, where the control records stand.
fn rewind(log: &Kafka) -> anyhow::Result<()> {
    let mut consumer = log.consumer("matcher", Topic::Posts)?;
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        for event in consumer.poll(1, Duration::from_millis(100))? {
            if let Event::Assigned(partitions) = event {
                let beginning = |(partition, _)| {
                    let (next, note) = (Offset(0), String::new());
                    (partition, Cursor { next, note })
                };
                let cursors = partitions.into_iter().map(beginning).collect::<Vec<_>>();
                let all = cursors.len() == usize::try_from(PARTITIONS)?;
                consumer.commit(Vec::new(), cursors)?;
                if all {
                    return Ok(());
                }
            }
        }
    }
    bail!("the matchers' group did not come together")
}
