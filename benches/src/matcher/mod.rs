//! The matcher.

mod boundaries;
mod command;
mod lexicons;
mod posts;
mod rules;
mod scan;
mod stage;
mod swap;

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
    /// `fengbiao scan` as a whole process beside `rg -F -f`, over all corpora
    Command(command::Arguments),
    /// From a post's JSON to its hits: posts a second and each part's share
    Stage(stage::Arguments),
    /// What rules cost, from ten to a hundred thousand
    Rules(rules::Arguments),
    /// Lexicons changed under load
    Swap(swap::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.command {
        Command::Boundaries(arguments) => boundaries::run(arguments),
        Command::Scan(arguments) => scan::run(arguments),
        Command::Command(arguments) => command::run(arguments),
        Command::Stage(arguments) => stage::run(arguments),
        Command::Rules(arguments) => rules::run(arguments),
        Command::Swap(arguments) => swap::run(arguments),
    }
}
