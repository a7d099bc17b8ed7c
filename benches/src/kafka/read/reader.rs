//! A reader as a process of its own: it tells on standard output how many records it has read, and
//! ends when its standard input does.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::super::Cost;
use super::super::process::Process;

/// How long a reader may take for a hundredth of the records, or to start.
const PATIENCE: Duration = Duration::from_secs(180);

/// Lets it read all records; what it took after the first `warm_up`.
pub(super) fn measure(command: &mut Command, records: u64, warm_up: u64) -> anyhow::Result<Cost> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = Process::start(command)?;
    let (input, output) = process.pipes()?;
    let (sender, told) = mpsc::channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(output).lines().map_while(Result::ok);
        let counts = lines.filter_map(|line| line.trim().parse::<u64>().ok());
        // Whoever measures may have given up.
        let _ = counts.map(|count| sender.send(count)).find(Result::is_err);
    });
    let mut first = None;
    loop {
        let read = match told.recv_timeout(PATIENCE) {
            Ok(read) => read,
            Err(RecvTimeoutError::Timeout) => bail!("a reader stands still"),
            Err(RecvTimeoutError::Disconnected) => {
                bail!("a reader ended too early: {}", process.end()?)
            }
        };
        if first.is_none() && read >= warm_up {
            first = Some((read, process.used()?));
        }
        if read >= records {
            let first = first.context("nothing was measured")?;
            let cost = Cost::between(first, (read, process.used()?));
            drop(input);
            process.end()?;
            return Ok(cost);
        }
    }
}
