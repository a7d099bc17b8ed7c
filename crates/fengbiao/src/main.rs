//! Fengbiao: early warning over public posts in Chinese.

mod app;
mod cli;
mod clock;
mod commands;
mod config;
mod daemon;
mod demo;
mod lexicons;
mod limits;
mod lock;
mod log;
mod metrics;
mod policy;
mod posts;
mod secrets;
mod story;
mod terminal;

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Nothing was found, or a check failed.
const NOTHING: u8 = 1;
/// It could not be done: wrong use, wrong input, or something outside failed.
const FAILED: u8 = 2;
/// Another process has the place of this one, and starting it again would not help.
const REPLACED: u8 = 3;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match commands::dispatch(cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(NOTHING),
        Err(error) => {
            terminal::remark(&format!("error: {error:#}"));
            ExitCode::from(if error.is::<commands::Refused>() {
                NOTHING
            } else if error.is::<daemon::Replaced>() {
                REPLACED
            } else {
                FAILED
            })
        }
    }
}
