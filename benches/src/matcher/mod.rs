//! The matcher.

mod boundaries;
mod scan;

use clap::{Args, Subcommand};

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Where a short keyword is read as a word: precision and recall of measures on labelled text
    Boundaries(boundaries::Arguments),
    /// The scan for keywords beside what users would pick: MB/s, build time, memory, in one run
    Scan(scan::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.command {
        Command::Boundaries(arguments) => boundaries::run(arguments),
        Command::Scan(arguments) => scan::run(arguments),
    }
}
