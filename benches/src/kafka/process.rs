//! A process beside this one: what it has used, and its end.

use std::fs;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// Clock ticks a second in `/proc`: what Linux shows to programs, whatever it counts itself.
const TICKS: f64 = 100.0;
/// How long a process may take to end by itself.
const END_WITHIN: Duration = Duration::from_secs(20);

/// A process that was started here; it is killed where it is not stopped.
pub(super) struct Process(Child);

/// What a process has used, and when that was seen.
#[derive(Clone, Copy)]
pub(super) struct Used {
    pub(super) at: Instant,
    /// Of the processors, itself and the system for it.
    pub(super) cpu: Duration,
    /// Resident memory.
    pub(super) rss_mib: f64,
}

impl Process {
    pub(super) fn start(command: &mut Command) -> anyhow::Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn();
        Ok(Self(
            child.with_context(|| format!("starting `{program}`"))?,
        ))
    }

    pub(super) fn used(&self) -> anyhow::Result<Used> {
        used(self.0.id())
    }

    /// What it reads and writes, where the command has pipes.
    pub(super) fn pipes(&mut self) -> anyhow::Result<(ChildStdin, ChildStdout)> {
        let pipes = self.0.stdin.take().zip(self.0.stdout.take());
        pipes.context("a process without pipes")
    }

    /// Whether it has not ended, nor died and not been seen to.
    pub(super) fn is_running(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap_or_default();
        let state = stat.rsplit_once(") ").map_or("", |(_, behind)| behind);
        !state.is_empty() && !state.starts_with('Z')
    }

    /// Sends a signal by its name.
    pub(super) fn signal(&self, name: &str) -> anyhow::Result<()> {
        let kill = format!("kill -{name} {}", self.0.id());
        Command::new("sh").args(["-c", &kill]).status()?;
        Ok(())
    }

    /// Asks it to end, so that it leaves its group and stores where it has come.
    pub(super) fn stop(mut self) -> anyhow::Result<()> {
        self.signal("TERM")?;
        self.end().map(drop)
    }

    /// Waits until it ends by itself; one that does not is killed.
    pub(super) fn end(&mut self) -> anyhow::Result<ExitStatus> {
        let began = Instant::now();
        while began.elapsed() < END_WITHIN {
            if let Some(status) = self.0.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.0.kill()?;
        Ok(self.0.wait()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a process of this machine has used.
pub(super) fn used(process: u32) -> anyhow::Result<Used> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name stands in brackets and may hold spaces; 12 and 13 behind it are the ticks.
    let behind = text.rsplit_once(')').map_or("", |(_, behind)| behind);
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
    let ticks = ticks(11).zip(ticks(12)).context("reading `/proc`")?;
    Ok(Used {
        at: Instant::now(),
        cpu: Duration::from_secs_f64((ticks.0 + ticks.1) / TICKS),
        rss_mib: rss_mib(process)?,
    })
}

fn rss_mib(process: u32) -> anyhow::Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    Ok(kibibytes.context("reading `/proc`")? / 1024.0)
}
