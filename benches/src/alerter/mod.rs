//! The alerter with its ledger: from hits to durable steps, beside bare SQLite rows.

mod bare;
mod detectors;
mod hits;
mod incidents;
mod late;
mod session;
mod transaction;
mod windows;

use clap::{Args, Subcommand};

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    part: Part,
}

#[derive(Subcommand)]
enum Part {
    /// Hits a second through the whole transaction, by mix of hits and size of step, beside bare
    /// SQLite rows of the same bytes
    Transaction(transaction::Arguments),
    /// Many open incidents: memory, a step that touches one, a step with nothing due, a restart
    Incidents(incidents::Arguments),
    /// What detectors and holds of the shipped ladders cost, by turns with the same ladders without
    Detectors(detectors::Arguments),
    /// Hits that come late and out of order, beside the same in order
    Late(late::Arguments),
    /// Windows that are full as far back as they reach, and rules by the thousand
    Windows(windows::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.part {
        Part::Transaction(arguments) => transaction::run(arguments),
        Part::Incidents(arguments) => incidents::run(arguments),
        Part::Detectors(arguments) => detectors::run(arguments),
        Part::Late(arguments) => late::run(arguments),
        Part::Windows(arguments) => windows::run(arguments),
    }
}
