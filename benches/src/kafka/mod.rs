//! Fengbiao on a real broker: what matching costs beside bare reading and beside what users would
//! pick instead, how soon a notice follows its post, and how more processes share the work.

mod installation;
mod latency;
mod process;
mod read;
mod scale;
mod texts;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use self::texts::Texts;
use crate::figures::say;

/// Configuration of a matcher that uses one processor, so that several can be compared with one.
const ONE_THREAD: &str = "[matcher]\nthreads = 1\n";

/// Partitions of `posts`, where a measurement does not choose them.
const PARTITIONS: u32 = 4;

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A topic read bare, through the matcher's role, by Kafka Streams and by Python, in one run
    Read(read::Arguments),
    /// From the broker's acknowledgement of a post to the webhook of its notice, under load
    Latency(latency::Arguments),
    /// One, two and four partitions and matchers, and what a billion posts a day need
    Scale(scale::Arguments),
    /// The bare readers, each as a process of its own, started by `read`
    #[command(hide = true)]
    Bare(read::bare::Arguments),
}

/// Which brokers, and which daemon.
#[derive(Args)]
struct Common {
    /// Brokers, `host:port`; `cargo xtask kafka up` starts one and says where it is
    #[arg(long)]
    brokers: String,
    /// The daemon; by default the `fengbiao` that was built beside this program
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Keywords of the lexicon
    #[arg(long, default_value_t = 100_000)]
    keywords: usize,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.command {
        Command::Read(arguments) => read::run(arguments),
        Command::Latency(arguments) => latency::run(arguments),
        Command::Scale(arguments) => scale::run(arguments),
        Command::Bare(arguments) => read::bare::run(arguments),
    }
}

impl Common {
    /// The texts and keywords, told of.
    fn texts(&self) -> anyhow::Result<Texts> {
        let corpora = std::env::var_os("FENGBIAO_CORPORA").map(PathBuf::from);
        let texts = Texts::draw(corpora.as_deref(), self.keywords)?;
        say(format_args!(
            "{} texts, {} bytes on average, {}; {} keywords",
            texts.posts.len(),
            texts.mean_bytes(),
            if corpora.is_some() {
                "of the corpora"
            } else {
                "generated from the dictionary's words"
            },
            texts.keywords.len()
        ));
        Ok(texts)
    }
}

/// What reading records once took, after the warm-up.
#[derive(Clone, Copy)]
struct Cost {
    records: u64,
    wall: Duration,
    cpu: Duration,
    rss_mib: f64,
    /// Posts that were hit, where hits were looked for.
    hits: Option<u64>,
}

impl Cost {
    /// Between two looks at a process.
    fn between(
        (read, used): (u64, process::Used),
        (read_then, used_then): (u64, process::Used),
    ) -> Self {
        Self {
            records: read_then - read,
            wall: used_then.at - used.at,
            cpu: used_then.cpu.saturating_sub(used.cpu),
            rss_mib: used_then.rss_mib,
            hits: None,
        }
    }

    fn rate(&self) -> f64 {
        self.records() / self.wall.as_secs_f64()
    }

    fn cpu_per_million(&self) -> f64 {
        self.per_million(self.cpu)
    }

    /// Seconds per million of these records.
    fn per_million(&self, time: Duration) -> f64 {
        time.as_secs_f64() / self.records() * 1e6
    }

    #[allow(clippy::cast_precision_loss, reason = "below 2^53 records")]
    const fn records(&self) -> f64 {
        self.records as f64
    }
}

/// A word that no post has.
const NEVER: &str = "绝不会有的词";

/// A lexicon of one rule, which may name the keywords as `@many`.
fn lexicon(texts: &Texts, rule: &str) -> Vec<(&'static str, String)> {
    let first = texts.keywords.first().map_or("", String::as_str);
    let topic = format!(
        "topic = \"many\"\nname = \"许多词\"\npurpose = \"measure\"\nowner = \"bench\"\n\
         [lists]\nmany = {{ file = \"many.txt\" }}\n\
         [[rule]]\nid = \"many\"\nmatch = \"{rule}\"\n\
         hits = [\"{first}，{NEVER}\"]\nmisses = [\"。\"]\n"
    );
    vec![
        ("many.toml", topic),
        ("many.txt", texts.keywords.join("\n")),
    ]
}
