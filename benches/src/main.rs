//! Measurements beside the bare limit, in one run. `benches/README.md` keeps what was seen.

mod alerter;
mod clock;
mod figures;
mod kafka;
mod latency;
mod lead_time;
mod matcher;
mod pipeline;
mod posts;
mod setting;
mod stories;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Measures Fengbiao, and beside it in the same run what SQLite alone can do.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// From a file to stored hits, and on to stored steps: posts a second and each stage's share
    Pipeline(pipeline::Arguments),
    /// From the answer to a push to the webhook of its notice, through the running daemon
    Latency(latency::Arguments),
    /// Bare reading of a Kafka topic and the matcher's role over it, on a broker that runs
    Kafka(kafka::Arguments),
    /// The alerter with its ledger: speed of the whole transaction, memory, restart, growth
    Alerter(alerter::Arguments),
    /// How soon after it became visible a real incident wakes somebody, and how often nothing does
    LeadTime(lead_time::Arguments),
    /// The matcher by itself: its scan, word boundaries
    Matcher(matcher::Arguments),
    /// Copies and different posts told apart: precision and recall of methods, on the corpora
    Stories(stories::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Pipeline(arguments) => pipeline::run(&arguments),
        Command::Latency(arguments) => latency::run(&arguments),
        Command::Kafka(arguments) => kafka::run(&arguments),
        Command::Alerter(arguments) => alerter::run(&arguments),
        Command::LeadTime(arguments) => lead_time::run(&arguments),
        Command::Matcher(arguments) => matcher::run(&arguments),
        Command::Stories(arguments) => stories::run(&arguments),
    }
}
