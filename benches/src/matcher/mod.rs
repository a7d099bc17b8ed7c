//! The matcher.

mod boundaries;
mod command;
mod lexicons;
pub(crate) mod posts;
mod rules;
pub(crate) mod scan;
mod stage;
mod swap;

use clap::{Args, Subcommand};

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    measure: Measure,
}

#[derive(Subcommand)]
enum Measure {
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
    match &arguments.measure {
        Measure::Boundaries(arguments) => boundaries::run(arguments),
        Measure::Scan(arguments) => scan::run(arguments),
        Measure::Command(arguments) => command::run(arguments),
        Measure::Stage(arguments) => stage::run(arguments),
        Measure::Rules(arguments) => rules::run(arguments),
        Measure::Swap(arguments) => swap::run(arguments),
    }
}
