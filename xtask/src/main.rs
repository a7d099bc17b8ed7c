//! The project's own tasks: `cargo xtask test`, `gen`, `neon`, `miri`, `data`, `kafka`.

mod dictionary;
mod engines;
mod fold;
mod generate;
mod kafka;
mod manual;
mod test;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "The project's own tasks", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything that must pass before a change lands: format, lints, generated files, tests
    Test {
        /// Shorten the tests that kill processes: fewer kills (as wherever `CI` is set)
        #[arg(long)]
        short: bool,
        /// Fail where the tests on Kafka cannot run, instead of leaving them out
        #[arg(long)]
        need_kafka: bool,
    },
    /// Write everything that is generated from the code: default configuration, references, schemas
    Gen {
        /// Write nothing; fail where a file differs from what would be written
        #[arg(long)]
        check: bool,
    },
    /// The scan's tests on NEON, emulated
    Neon,
    /// Tests that reach the unsafe code of the scan, under Miri with AVX2
    Miri,
    /// Make the matcher's data anew from their named sources; these need the network
    Data {
        #[command(subcommand)]
        which: Data,
    },
    /// A real Apache Kafka on loopback for the tests; needs Java, and Maven the first time
    Kafka {
        #[command(subcommand)]
        what: Kafka,
    },
}

#[derive(Subcommand)]
enum Kafka {
    /// Start brokers, wait until they answer and write `target/kafka/run/address`
    Up {
        /// How many: 1 or 3
        #[arg(long, default_value_t = 1)]
        nodes: u32,
    },
    /// Stop the brokers that `up` started
    Down,
    /// Kill one of them without farewell
    Kill {
        /// Its number, from 1
        #[arg(long)]
        node: u32,
    },
    /// Start one again that was killed
    Start {
        /// Its number, from 1
        #[arg(long)]
        node: u32,
    },
}

#[derive(Subcommand)]
enum Data {
    /// The folding table
    Fold,
    /// The segmenter's dictionary
    Dictionary,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Test { short, need_kafka } => test::run(short, need_kafka),
        Task::Gen { check } => generate::run(check),
        Task::Neon => engines::neon(),
        Task::Miri => engines::miri(),
        Task::Data { which: Data::Fold } => fold::run(),
        Task::Data {
            which: Data::Dictionary,
        } => dictionary::run(),
        Task::Kafka { what } => match what {
            Kafka::Up { nodes } => kafka::up(nodes),
            Kafka::Down => kafka::down(),
            Kafka::Kill { node } => kafka::kill(node),
            Kafka::Start { node } => kafka::start(node),
        },
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            report(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// The root of the checkout.
fn root() -> anyhow::Result<PathBuf> {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    Ok(manifest
        .parent()
        .context("xtask lies in the root of the project")?
        .to_owned())
}

/// The cargo that runs this task.
fn cargo() -> std::process::Command {
    std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

#[allow(clippy::print_stderr, reason = "a task talks to the terminal")]
fn report(line: &str) {
    eprintln!("{line}");
}
