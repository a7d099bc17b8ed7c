//! The project's own tasks: `cargo xtask test`, `cargo xtask gen`, `cargo xtask data`.

mod dictionary;
mod engines;
mod fold;
mod generate;
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
        /// Leave out what takes more than a few minutes (the long kill tests)
        #[arg(long)]
        short: bool,
    },
    /// Write everything that is generated from the code: default configuration, references, schemas
    Gen {
        /// Write nothing; fail where a file differs from what would be written
        #[arg(long)]
        check: bool,
    },
    /// The scan's tests on NEON, emulated
    Neon,
    /// The scan's tests under Miri, portable and with AVX2
    Miri,
    /// Make the matcher's data anew from their named sources; these need the network
    Data {
        #[command(subcommand)]
        which: Data,
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
        Task::Test { short } => test::run(short),
        Task::Gen { check } => generate::run(check),
        Task::Neon => engines::neon(),
        Task::Miri => engines::miri(),
        Task::Data { which: Data::Fold } => fold::run(),
        Task::Data {
            which: Data::Dictionary,
        } => dictionary::run(),
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
